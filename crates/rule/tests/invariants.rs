use chrono::TimeDelta;
use proptest::prelude::*;
use setupkey_rule::annotation::{ALERT_PENDING, Annotation, MAX_CHARACTERS};
use setupkey_rule::decision::{Decision, Fact};
use setupkey_rule::iam::{AccessKeyStatus, UserName};
use setupkey_rule::parameters::{Criterion, RuleParameters, Scope};
use setupkey_rule::verdict::{KnownKey, compliance_type};

use crate::population::{TrueKey, Truth, access_keys, decide, decide_listed};
use crate::tried;

fn keys() -> impl Strategy<Value = Vec<TrueKey>> {
    let status = prop_oneof![
        Just(AccessKeyStatus::Active),
        Just(AccessKeyStatus::Inactive),
        Just(AccessKeyStatus::Expired)
    ];
    // around the default window, around the ends of the parameter, and far away
    let seconds = prop_oneof![-65i64..=65, 86_390i64..=86_410, -100_000i64..10_000_000];
    let key = (status, seconds, any::<bool>()).prop_map(|(status, seconds_after_user, used)| TrueKey {
        status,
        seconds_after_user,
        used,
    });
    prop::collection::vec(key, 0..6)
}

fn truth() -> impl Strategy<Value = Truth> {
    (any::<bool>(), keys()).prop_map(|(console_password, keys)| Truth { console_password, keys })
}

pub(crate) fn parameters() -> impl Strategy<Value = RuleParameters> {
    let criterion = prop::sample::select(Criterion::NAMES.map(|(_, criterion)| criterion).to_vec());
    let scope = prop::sample::select(Scope::NAMES.map(|(_, scope)| scope).to_vec());
    (criterion, scope, 0i64..=86_400, any::<bool>()).prop_map(
        |(criterion, scope, seconds, include_inactive_keys)| RuleParameters {
            criterion,
            scope,
            setup_window: TimeDelta::seconds(seconds),
            include_inactive_keys,
            ..RuleParameters::default()
        },
    )
}

/// The keys as they are known in full.
fn known(truth: &Truth) -> Vec<KnownKey> {
    let key = |key: &TrueKey| KnownKey {
        status: Some(key.status),
        after_user: Some(TimeDelta::seconds(key.seconds_after_user)),
        is_used: Some(key.used),
    };
    truth.keys.iter().map(key).collect()
}

fn is_flagged(truth: &Truth, parameters: &RuleParameters) -> bool {
    matches!(decide(truth, parameters).0, Decision::NonCompliant(_))
}

proptest! {
    #![proptest_config(tried(2_000))]

    #[test]
    fn the_order_of_keys_never_matters(
        truth in truth(),
        parameters in parameters(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 6),
    ) {
        let listed = access_keys(&truth);
        let mut shuffled = listed.clone();
        for (position, with) in order.iter().enumerate().take(listed.len()) {
            shuffled.swap(position, with.index(listed.len()));
        }

        let in_order = decide_listed(&truth, &listed, &parameters).0;
        let out_of_order = decide_listed(&truth, &shuffled, &parameters).0;

        prop_assert_eq!(in_order, out_of_order);
    }

    #[test]
    fn verdict_from_what_is_known_is_the_decision_where_all_is_known(
        truth in truth(),
        parameters in parameters(),
    ) {
        let verdict = compliance_type(Some(truth.console_password), known(&truth), &parameters);

        prop_assert_eq!(verdict, Some(decide(&truth, &parameters).0.compliance_type()));
    }

    /// To forget a fact may make the verdict unknown, and never another one.
    #[test]
    fn verdict_never_turns_on_an_unknown_fact(
        truth in truth(),
        parameters in parameters(),
        forgotten in prop::collection::vec(any::<[bool; 3]>(), 6),
        no_password in any::<bool>(),
        has_unseen_keys in any::<bool>(),
    ) {
        let mut less = known(&truth);
        for (key, [status, date, last_used]) in less.iter_mut().zip(forgotten) {
            key.status = key.status.filter(|_| !status);
            key.after_user = key.after_user.filter(|_| !date);
            key.is_used = key.is_used.filter(|_| !last_used);
        }
        less.extend(has_unseen_keys.then_some(KnownKey::UNKNOWN));
        let password = Some(truth.console_password).filter(|_| !no_password);

        let verdict = compliance_type(password, less, &parameters);

        let in_full = compliance_type(Some(truth.console_password), known(&truth), &parameters);
        prop_assert!(verdict.is_none() || verdict == in_full);
    }

    #[test]
    fn a_wider_window_never_acquits(truth in truth(), parameters in parameters(), wider in 0i64..=86_400) {
        let widened = RuleParameters {
            setup_window: (parameters.setup_window + TimeDelta::seconds(wider)).min(TimeDelta::seconds(86_400)),
            ..parameters.clone()
        };

        prop_assert!(!is_flagged(&truth, &parameters) || is_flagged(&truth, &widened));
    }

    #[test]
    fn no_user_without_console_password_is_flagged_among_console_users(
        keys in keys(),
        parameters in parameters(),
    ) {
        let parameters = RuleParameters { scope: Scope::ConsoleUsers, ..parameters };
        let (decision, asked) = decide(&Truth { console_password: false, keys }, &parameters);

        prop_assert_eq!(decision, Decision::OutOfScope);
        prop_assert_eq!(asked, [Fact::ConsolePassword]);
    }

    /// `decide` refuses a fact that is asked for twice; here: no fact that could not matter.
    #[test]
    fn nothing_is_asked_that_cannot_matter(truth in truth(), parameters in parameters()) {
        let (decision, asked) = decide(&truth, &parameters);

        let listed = access_keys(&truth);
        for fact in &asked {
            let Fact::LastUsed(id) = fact else { continue };
            let position = listed.iter().position(|key| key.access_key_id == *id).unwrap();
            let key = &truth.keys[position];
            let counts = key.status == AccessKeyStatus::Active || parameters.include_inactive_keys;
            prop_assert!(counts, "asked for the last use of a key that does not count");
            let in_window = TimeDelta::seconds(key.seconds_after_user.abs()) <= parameters.setup_window;
            let only_setup = matches!(parameters.criterion, Criterion::SetupAndUnused | Criterion::Setup);
            prop_assert!(in_window || !only_setup, "asked for the last use of a key made later");
        }
        if parameters.scope == Scope::AllUsers && decision == Decision::Compliant {
            prop_assert!(!asked.contains(&Fact::ConsolePassword), "asked for a password nobody needs");
        }
    }

    #[test]
    fn the_two_halves_make_the_other_criteria(truth in truth(), parameters in parameters()) {
        let under = |criterion| is_flagged(&truth, &RuleParameters { criterion, ..parameters.clone() });

        prop_assert_eq!(
            under(Criterion::Setup) || under(Criterion::Unused),
            under(Criterion::SetupOrUnused)
        );
        prop_assert!(!under(Criterion::SetupAndUnused) || (under(Criterion::Setup) && under(Criterion::Unused)));
    }

    #[test]
    fn an_annotation_always_fits_with_its_marker(
        truth in truth(),
        parameters in parameters(),
        name in "[A-Za-z0-9_+=,.@-]{1,64}",
    ) {
        let name = UserName::parse(name).unwrap();
        let annotation = match decide(&truth, &parameters).0 {
            Decision::NonCompliant(finding) => Annotation::non_compliant(&name, &finding),
            Decision::Compliant => Annotation::compliant(&name, &parameters),
            Decision::OutOfScope => Annotation::out_of_scope(&name),
            Decision::NotFlagged { .. } | Decision::Exempt(..) => panic!("no report and no tags here"),
        };
        let (plain, pending) = (annotation.to_string(), annotation.with_alert_pending().to_string());

        prop_assert!((1..=MAX_CHARACTERS).contains(&plain.chars().count()));
        prop_assert!(pending.chars().count() <= MAX_CHARACTERS);
        prop_assert!(pending.ends_with(ALERT_PENDING));
        prop_assert!(plain.starts_with(name.as_str()), "the name comes first: {}", plain);
        prop_assert_eq!(&Annotation::parse(&plain), &annotation);
        prop_assert_eq!(Annotation::parse(&pending), annotation.with_alert_pending());
        prop_assert_eq!(annotation.user_name(), Some(name.clone()));
        for key in access_keys(&truth) {
            prop_assert!(!plain.contains(key.access_key_id.as_str()), "a whole key id: {}", plain);
        }
    }
}
