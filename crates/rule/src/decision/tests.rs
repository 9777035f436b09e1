use super::*;
use crate::facts::{IamUser, UserId, UserName};

fn created() -> DateTime<Utc> {
    "2024-07-01T12:00:00Z".parse().unwrap()
}

fn user() -> IamUser {
    IamUser {
        user_name: UserName::parse("elise").unwrap(),
        user_id: UserId::parse("AIDAEXAMPLE000000001").unwrap(),
        arn: "arn:aws:iam::111122223333:user/elise".to_owned(),
        create_date: created(),
    }
}

fn key(position: usize, seconds: i64) -> AccessKey {
    AccessKey {
        access_key_id: AccessKeyId::parse(format!("AKIAEXAMPLE{position:05}")).unwrap(),
        status: AccessKeyStatus::Active,
        create_date: created() + TimeDelta::seconds(seconds),
    }
}

#[test]
fn finding_holds_all_facts_of_every_flagged_key_oldest_first() {
    let parameters = RuleParameters { criterion: Criterion::SetupOrUnused, ..RuleParameters::default() };
    let (later, at_setup, fine) = (key(1, 3600), key(2, 17), key(3, 7200));
    let password = ConsolePassword::Enabled { since: Some(created() + TimeDelta::seconds(147)) };
    let used = LastUsed::At(created() + TimeDelta::days(9));
    let mut facts = UserFacts::new(user(), None);
    facts.learn_console_password(password);
    facts.learn_access_keys(vec![later.clone(), at_setup.clone(), fine.clone()]);
    facts.learn_last_used(&later.access_key_id, Some(LastUsed::Never));
    facts.learn_last_used(&at_setup.access_key_id, Some(used));
    facts.learn_last_used(&fine.access_key_id, Some(used));
    assert_eq!(next(&facts, &parameters, created()), Step::Read(Fact::Tags), "of flagged users only");
    facts.learn_tags(vec![]);

    let Step::Decided(Decision::NonCompliant(finding)) = next(&facts, &parameters, created()) else {
        panic!()
    };

    assert_eq!(
        finding,
        Finding {
            console_password: password,
            keys: vec![
                FlaggedKey {
                    access_key: at_setup,
                    after_user: TimeDelta::seconds(17),
                    created_with_user: true,
                    last_used: used,
                },
                FlaggedKey {
                    access_key: later,
                    after_user: TimeDelta::seconds(3600),
                    created_with_user: false,
                    last_used: LastUsed::Never,
                },
            ],
            void_exception: None,
        }
    );
    assert_eq!(
        finding.keys.iter().map(FlaggedKey::remedy).collect::<Vec<_>>(),
        [Remedy::Rotate, Remedy::Delete]
    );
}

fn reported(active: bool, used: bool, seconds: i64) -> ReportedKey {
    let time = |time| ReportField::Value(time);
    ReportedKey {
        active,
        last_rotated: time(created() + TimeDelta::seconds(seconds)),
        last_used: if used { time(created() + TimeDelta::days(9)) } else { ReportField::NotApplicable },
    }
}

const NO_KEY: ReportedKey = ReportedKey {
    active: false,
    last_rotated: ReportField::NotApplicable,
    last_used: ReportField::NotApplicable,
};

/// What is done first with a user of whom the report says this: C = compliant, N = cannot be flagged,
/// - = out of scope, k = the keys are read, p = the password is read.
fn first_step(row: ReportRow, age: ReportAge, parameters: &RuleParameters) -> char {
    let facts = UserFacts::new(user(), Some(Reported { row, age }));
    match next(&facts, parameters, created()) {
        Step::Decided(Decision::Compliant) => 'C',
        Step::Decided(Decision::NotFlagged { .. }) => 'N',
        Step::Decided(Decision::OutOfScope) => '-',
        Step::Read(Fact::AccessKeys) => 'k',
        Step::Read(Fact::ConsolePassword) => 'p',
        other => panic!("{other:?}"),
    }
}

/// One letter for each criterion: setup-and-unused, setup, unused, setup-or-unused.
#[test]
fn what_a_report_settles() {
    let row = |keys| ReportRow {
        user_created: created(),
        password_enabled: ReportField::Value(true),
        keys,
        password_last_changed: None,
        password_last_used: None,
        has_additional_credentials: false,
    };
    let no_password = ReportRow { password_enabled: ReportField::Value(false), ..row([NO_KEY; 2]) };
    let unknown_password = ReportRow { password_enabled: ReportField::NotSupported, ..row([NO_KEY; 2]) };
    let more_keys = ReportRow { has_additional_credentials: true, ..row([NO_KEY; 2]) };
    let (used_later, used_at_setup) = (reported(true, true, 7200), reported(true, true, 60));
    #[rustfmt::skip]
    let cases = [
        // what the row says                                                    fresh   older   fresh with inactive keys
        ("no key", row([NO_KEY; 2]),                                            "CCCC", "NNkk", "CCCC"),
        ("a key, never used", row([NO_KEY, reported(true, false, 7200)]),       "kkkk", "kkkk", "kkkk"),
        ("a used key", row([used_later, NO_KEY]),                               "CkCk", "Nkkk", "CkCk"),
        ("an inactive key, never used", row([reported(false, false, 0), NO_KEY]), "CCCC", "kkkk", "kkkk"),
        ("an inactive used key", row([reported(false, true, 0), NO_KEY]),       "CCCC", "Nkkk", "CkCk"),
        ("a used key, and one made at setup", row([used_later, used_at_setup]), "CkCk", "Nkkk", "CkCk"),
        ("two used keys made at setup: a third?", row([used_at_setup; 2]),      "kkkk", "kkkk", "kkkk"),
        ("more keys than two", more_keys,                                       "kkkk", "kkkk", "kkkk"),
        ("no password", no_password,                                            "----", "NNkk", "----"),
        ("no word on the password", unknown_password,                           "pppp", "pppp", "pppp"),
    ];
    for (situation, row, fresh, older, with_inactive) in cases {
        let steps = |age, include_inactive_keys| -> String {
            let step = |(_, criterion)| {
                let parameters =
                    RuleParameters { criterion, include_inactive_keys, ..RuleParameters::default() };
                first_step(row, age, &parameters)
            };
            Criterion::NAMES.into_iter().map(step).collect()
        };
        assert_eq!(steps(ReportAge::Fresh, false), fresh, "fresh: {situation}");
        assert_eq!(steps(ReportAge::Older, false), older, "older: {situation}");
        assert_eq!(
            steps(ReportAge::Fresh, true),
            with_inactive,
            "fresh, inactive keys included: {situation}"
        );
    }
}

#[test]
fn all_users_are_settled_without_a_word_on_the_password() {
    let row = ReportRow {
        user_created: created(),
        password_enabled: ReportField::NotSupported,
        keys: [NO_KEY; 2],
        password_last_changed: None,
        password_last_used: None,
        has_additional_credentials: false,
    };
    let parameters = RuleParameters { scope: Scope::AllUsers, ..RuleParameters::default() };

    assert_eq!(first_step(row, ReportAge::Fresh, &parameters), 'C');
    assert_eq!(first_step(row, ReportAge::Older, &parameters), 'C');
}

/// Of a fresh report, a password of then and keys of now make a verdict only if they were true together.
#[test]
fn password_of_the_report_is_believed_only_beside_keys_of_the_report() {
    let unused = reported(true, false, 7200);
    let row = ReportRow {
        user_created: created(),
        password_enabled: ReportField::Value(true),
        keys: [unused, NO_KEY],
        password_last_changed: None,
        password_last_used: None,
        has_additional_credentials: false,
    };
    let after_listing = |keys| {
        let mut facts = UserFacts::new(user(), Some(Reported { row, age: ReportAge::Fresh }));
        facts.learn_access_keys(keys);
        next(&facts, &RuleParameters::default(), created())
    };

    assert_eq!(
        after_listing(vec![key(1, 7200)]),
        Step::Decided(Decision::Compliant),
        "made later: never flagged"
    );
    assert_eq!(after_listing(vec![]), Step::Read(Fact::ConsolePassword), "deleted: may have been flagged");
}

#[test]
fn exception_counts_until_it_ends() {
    let tags = [("owner", "payments"), ("expires", "2026-11-22"), ("reason", "TICKET-17")]
        .map(|(ending, value)| (format!("setup-key-exception:{ending}"), value.to_owned()));
    let mut facts = UserFacts::new(user(), None);
    facts.learn_console_password(ConsolePassword::Enabled { since: None });
    facts.learn_access_keys(vec![key(1, 0)]);
    facts.learn_last_used(&key(1, 0).access_key_id, Some(LastUsed::Never));
    facts.learn_tags(tags.to_vec());
    let none = RuleParameters { exception_tag_prefix: None, ..RuleParameters::default() };
    let default = RuleParameters::default();
    let at = |time: &str, parameters| next(&facts, parameters, time.parse().unwrap());

    let Step::Decided(Decision::Excepted(exception)) = at("2026-11-22T23:59:59Z", &default) else { panic!() };
    assert_eq!(exception.owner, "payments");
    let Step::Decided(Decision::NonCompliant(finding)) = at("2026-11-23T00:00:00Z", &default) else {
        panic!()
    };
    assert_eq!(finding.void_exception, Some(VoidException::Expired { expires: "2026-11-22".to_owned() }));
    let Step::Decided(Decision::NonCompliant(finding)) = at("2026-11-22T06:00:00Z", &none) else { panic!() };
    assert_eq!(finding.void_exception, None, "no exceptions, no tags");
}

/// A key on the edge of the window was set up with the user: unused in the report, it may have been a finding then,
/// so the password is asked for, though the key was used since.
#[test]
fn key_at_the_end_of_the_window_may_have_been_a_finding_when_the_report_was_made() {
    let parameters = RuleParameters::default();
    for (seconds, expected) in [
        (60, Step::Read(Fact::ConsolePassword)),
        (-60, Step::Read(Fact::ConsolePassword)),
        (61, Step::Decided(Decision::Compliant)),
    ] {
        let row = ReportRow {
            user_created: created(),
            password_enabled: ReportField::Value(true),
            keys: [reported(true, false, seconds), NO_KEY],
            password_last_changed: None,
            password_last_used: None,
            has_additional_credentials: false,
        };
        let mut facts = UserFacts::new(user(), Some(Reported { row, age: ReportAge::Fresh }));
        facts.learn_access_keys(vec![key(1, seconds)]);
        facts.learn_last_used(&key(1, seconds).access_key_id, Some(LastUsed::At(created())));

        assert_eq!(next(&facts, &parameters, created()), expected, "{seconds}");
    }
}
