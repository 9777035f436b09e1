use super::*;
use crate::fixtures::{
    NO_KEY, PASSWORD, access_key, active_key, after_user, event_time, report_row, reported, reported_key,
    tags, time, user, user_created,
};
use crate::parameters::{Criterion, Scope};
use crate::report::{ReportField, ReportRow, Reported};

const DAY: i64 = 86_400;

fn used() -> LastUsed {
    LastUsed::At(user_created() + TimeDelta::days(9))
}

fn step(facts: &UserFacts, parameters: &RuleParameters) -> Step {
    next(facts, parameters, event_time())
}

fn finding(facts: &UserFacts, parameters: &RuleParameters) -> Finding {
    match step(facts, parameters) {
        Step::Decided(Decision::NonCompliant(finding)) => finding,
        other => panic!("{other:?}"),
    }
}

fn last_used_of(key: &AccessKey) -> Step {
    Step::Read(Fact::LastUsed(key.access_key_id.clone()))
}

#[test]
fn finding_holds_all_facts_of_every_flagged_key_oldest_first() {
    let parameters = RuleParameters { criterion: Criterion::SetupOrUnused, ..RuleParameters::default() };
    let (later, at_setup, fine) = (active_key(1, 3600), active_key(2, 17), active_key(3, 7200));
    let console_password = ConsolePassword::Enabled { since: Some(after_user(147)) };
    let mut facts = UserFacts::new(user("elise"), None);
    facts.learn_console_password(console_password);
    facts.learn_access_keys(vec![later.clone(), at_setup.clone(), fine.clone()]);
    facts.learn_last_used(&later.access_key_id, Some(LastUsed::Never));
    facts.learn_last_used(&at_setup.access_key_id, Some(used()));
    facts.learn_last_used(&fine.access_key_id, Some(used()));
    assert_eq!(step(&facts, &parameters), Step::Read(Fact::Tags), "of flagged users only");
    facts.learn_tags(vec![]);

    assert_eq!(
        finding(&facts, &parameters),
        Finding {
            console_password,
            keys: vec![
                FlaggedKey {
                    access_key: at_setup,
                    after_user: TimeDelta::seconds(17),
                    created_with_user: true,
                    last_used: used(),
                    // the third key leaves no room for another
                    remedy: Remedy::SwitchToOtherKey,
                },
                FlaggedKey {
                    access_key: later,
                    after_user: TimeDelta::seconds(3600),
                    created_with_user: false,
                    last_used: LastUsed::Never,
                    remedy: Remedy::Deactivate,
                },
            ],
            void_exemption: None,
        }
    );
}

/// Listings are in no order, and the annotation must not depend on it.
#[test]
fn flagged_keys_are_sorted_by_age_then_id() {
    let (first, second, youngest) = (active_key(7, 10), active_key(8, 10), active_key(1, 20));
    let mut facts = UserFacts::new(user("elise"), None);
    facts.learn_console_password(PASSWORD);
    facts.learn_access_keys(vec![youngest.clone(), second.clone(), first.clone()]);
    for key in [&first, &second, &youngest] {
        facts.learn_last_used(&key.access_key_id, Some(LastUsed::Never));
    }
    facts.learn_tags(vec![]);

    let keys = finding(&facts, &RuleParameters::default()).keys;

    assert_eq!(keys.into_iter().map(|key| key.access_key).collect::<Vec<_>>(), [first, second, youngest]);
}

/// What is done first with a user about whom the report says this: C = compliant, N = cannot be flagged,
/// - = out of scope, k = the keys are read, p = the password is read.
fn first_step(row: ReportRow, age: ReportAge, parameters: &RuleParameters) -> char {
    match step(&UserFacts::new(user("elise"), Some(reported(row, age))), parameters) {
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
    let row = report_row;
    let no_password = ReportRow { password_enabled: ReportField::Value(false), ..row([NO_KEY; 2]) };
    let unknown_password = ReportRow { password_enabled: ReportField::NotSupported, ..row([NO_KEY; 2]) };
    let more_keys = ReportRow { has_additional_credentials: true, ..row([NO_KEY; 2]) };
    let (used_later, used_at_setup) = (reported_key(true, true, 7200), reported_key(true, true, 60));
    let use_unknown = ReportedKey { last_used_date: ReportField::NoInformation, ..used_later };
    #[rustfmt::skip]
    let cases = [
        // what the row says                                                    fresh   older   fresh with inactive keys
        ("no key", row([NO_KEY; 2]),                                            "CCCC", "NNkk", "CCCC"),
        ("a key, never used", row([NO_KEY, reported_key(true, false, 7200)]),   "kkkk", "kkkk", "kkkk"),
        ("a used key", row([used_later, NO_KEY]),                               "CkCk", "Nkkk", "CkCk"),
        ("a key of unknown use", row([use_unknown, NO_KEY]),                    "kkkk", "kkkk", "kkkk"),
        ("an inactive key, never used", row([reported_key(false, false, 0), NO_KEY]), "CCCC", "kkkk", "kkkk"),
        ("an inactive used key", row([reported_key(false, true, 0), NO_KEY]),   "CCCC", "Nkkk", "CkCk"),
        ("a used key, and one created with the user", row([used_later, used_at_setup]), "CkCk", "Nkkk", "CkCk"),
        ("two used keys created with the user: a third?", row([used_at_setup; 2]), "kkkk", "kkkk", "kkkk"),
        ("more keys than two", more_keys,                                       "kkkk", "kkkk", "kkkk"),
        ("no password", no_password,                                            "----", "NNkk", "----"),
        ("nothing about the password", unknown_password,                        "pppp", "pppp", "pppp"),
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

/// A key that an older report does not show was created after the last second that it shows. If that second ends the
/// setup window, no such key was created with the user.
#[test]
fn older_report_that_shows_the_whole_window_leaves_no_setup_key_to_come() {
    for (shown_seconds, expected) in [
        (60, Step::Decided(Decision::NotFlagged { had_console_password: true })),
        (59, Step::Read(Fact::AccessKeys)),
    ] {
        let reported = Reported {
            shows_keys_until: after_user(shown_seconds),
            ..reported(report_row([NO_KEY; 2]), ReportAge::Older)
        };
        let facts = UserFacts::new(user("elise"), Some(reported));

        assert_eq!(step(&facts, &RuleParameters::default()), expected, "{shown_seconds}");
    }
}

#[test]
fn under_all_users_a_report_settles_users_without_saying_anything_about_the_password() {
    let row = ReportRow { password_enabled: ReportField::NotSupported, ..report_row([NO_KEY; 2]) };
    let parameters = RuleParameters { scope: Scope::AllUsers, ..RuleParameters::default() };

    assert_eq!(first_step(row, ReportAge::Fresh, &parameters), 'C');
    assert_eq!(first_step(row, ReportAge::Older, &parameters), 'C');
}

/// The password of a fresh report and the keys of now make a verdict only if they were true together.
#[test]
fn password_of_the_report_counts_only_with_the_keys_of_the_report() {
    let row = report_row([reported_key(true, false, 7200), NO_KEY]);
    let after_listing = |keys| {
        let mut facts = UserFacts::new(user("elise"), Some(reported(row, ReportAge::Fresh)));
        facts.learn_access_keys(keys);
        step(&facts, &RuleParameters::default())
    };

    assert_eq!(
        after_listing(vec![active_key(1, 7200)]),
        Step::Decided(Decision::Compliant),
        "created later: never flagged"
    );
    assert_eq!(after_listing(vec![]), Step::Read(Fact::ConsolePassword), "deleted: may have been flagged");
}

#[test]
fn password_that_was_read_overrides_the_report() {
    let (reads_keys, out_of_scope) = (Step::Read(Fact::AccessKeys), Step::Decided(Decision::OutOfScope));
    let cases = [
        // report, age, what was read, step
        (true, ReportAge::Older, None, &reads_keys),
        (true, ReportAge::Older, Some(ConsolePassword::Absent), &out_of_scope),
        (true, ReportAge::Older, Some(PASSWORD), &reads_keys),
        (true, ReportAge::Fresh, Some(ConsolePassword::Absent), &out_of_scope),
        (false, ReportAge::Fresh, None, &out_of_scope),
        (false, ReportAge::Fresh, Some(PASSWORD), &reads_keys),
    ];
    for (has_password, age, read, expected) in cases {
        let row = ReportRow {
            password_enabled: ReportField::Value(has_password),
            ..report_row([reported_key(true, false, 0), NO_KEY])
        };
        let mut facts = UserFacts::new(user("elise"), Some(reported(row, age)));
        if let Some(console_password) = read {
            facts.learn_console_password(console_password);
        }
        assert_eq!(step(&facts, &RuleParameters::default()), *expected, "{has_password} {age:?} {read:?}");
    }
}

/// What was used stays used. That a key was not used can have changed since the report, so it is read.
#[test]
fn use_that_the_report_shows_is_not_read_again() {
    let parameters = RuleParameters { criterion: Criterion::Unused, ..RuleParameters::default() };
    let (first, later) = (active_key(1, 10), active_key(2, 9 * DAY));
    let same_date = AccessKey { create_date: first.create_date, ..later.clone() };
    let slots = |uses: [bool; 2], seconds: [i64; 2]| {
        report_row([0, 1].map(|slot| reported_key(true, uses[slot], seconds[slot])))
    };
    let (dates, both_later) = ([10, 9 * DAY], [9 * DAY, 9 * DAY]);
    let compliant = Step::Decided(Decision::Compliant);
    let no_slot_fits = slots([true, true], [10, 10]);
    #[rustfmt::skip]
    let cases = [
        ("both used",                        slots([true, true], dates),       [&first, &later],     compliant.clone()),
        ("the later one unused",             slots([true, false], dates),      [&first, &later],     last_used_of(&later)),
        ("the first one unused",             slots([false, true], dates),      [&first, &later],     last_used_of(&first)),
        ("either can be the unused one",     slots([true, false], both_later), [&first, &later],     last_used_of(&first)),
        ("two keys of one date",             slots([true, false], dates),      [&first, &same_date], last_used_of(&first)),
        ("two keys of one date, both used",  slots([true, true], dates),       [&first, &same_date], compliant),
        ("used, but no slot fits the dates", no_slot_fits,                     [&first, &later],     last_used_of(&first)),
    ];
    for (situation, row, keys, expected) in cases {
        for age in [ReportAge::Fresh, ReportAge::Older] {
            let mut facts = UserFacts::new(user("elise"), Some(reported(row, age)));
            facts.learn_console_password(PASSWORD);
            facts.learn_access_keys(keys.map(AccessKey::clone).to_vec());
            assert_eq!(step(&facts, &parameters), expected, "{age:?}: {situation}");
        }
    }
}

/// The report shows one key as used and one as unused, and their dates do not say which is which. The key that turns out
/// to be unused now is not the one that was used, so the other one was. One that is used now says nothing: it can have
/// been used since.
#[test]
fn use_of_the_other_key_follows_from_the_one_that_was_never_used() {
    let [first, second] = [active_key(1, 17), active_key(2, 17)];
    let row = report_row([true, false].map(|is_used| reported_key(true, is_used, 17)));
    for (last_used, expected) in [(LastUsed::Never, Step::Read(Fact::Tags)), (used(), last_used_of(&second))]
    {
        for age in [ReportAge::Fresh, ReportAge::Older] {
            let mut facts = UserFacts::new(user("elise"), Some(reported(row, age)));
            facts.learn_console_password(PASSWORD);
            facts.learn_access_keys(vec![first.clone(), second.clone()]);
            facts.learn_last_used(&first.access_key_id, Some(last_used));
            assert_eq!(step(&facts, &RuleParameters::default()), expected, "{age:?}: {last_used:?}");
        }
    }
}

#[test]
fn exemption_counts_until_it_ends() {
    let mut facts = UserFacts::new(user("elise"), None);
    facts.learn_console_password(PASSWORD);
    facts.learn_access_keys(vec![active_key(1, 0)]);
    facts.learn_last_used(&active_key(1, 0).access_key_id, Some(LastUsed::Never));
    facts.learn_tags(tags(&[
        ("setup-key-exception:owner", "payments"),
        ("setup-key-exception:expires", "2026-11-22"),
        ("setup-key-exception:reason", "TICKET-17"),
    ]));
    let none = RuleParameters { exception_tag_prefix: None, ..RuleParameters::default() };
    let default = RuleParameters::default();
    let at = |text: &str, parameters| next(&facts, parameters, time(text));

    let Step::Decided(Decision::Exempt(exemption, exempt)) = at("2026-11-22T23:59:59Z", &default) else {
        panic!()
    };
    assert_eq!(exemption.owner, "payments");
    let Step::Decided(Decision::NonCompliant(lapsed)) = at("2026-11-23T00:00:00Z", &default) else {
        panic!()
    };
    assert_eq!(lapsed.void_exemption, Some(VoidExemption::Expired { expires: "2026-11-22".to_owned() }));
    let Step::Decided(Decision::NonCompliant(finding)) = at("2026-11-22T06:00:00Z", &none) else { panic!() };
    assert_eq!(finding.void_exemption, None, "no exemptions, no tags");
    assert_eq!(exempt, finding, "an exempt user keeps the finding");
}

/// A key at the end of the setup window was created with the user. It was unused in the report, so it may have been a
/// finding then, and the password is read, although the key was used since.
#[test]
fn key_at_the_end_of_the_window_may_have_been_a_finding_in_the_report() {
    for (seconds, expected) in [
        (60, Step::Read(Fact::ConsolePassword)),
        (-60, Step::Read(Fact::ConsolePassword)),
        (61, Step::Decided(Decision::Compliant)),
    ] {
        let row = report_row([reported_key(true, false, seconds), NO_KEY]);
        let mut facts = UserFacts::new(user("elise"), Some(reported(row, ReportAge::Fresh)));
        facts.learn_access_keys(vec![active_key(1, seconds)]);
        facts.learn_last_used(&active_key(1, seconds).access_key_id, Some(used()));

        assert_eq!(step(&facts, &RuleParameters::default()), expected, "{seconds}");
    }
}

#[test]
fn flagged_key_that_was_created_after_the_event_may_belong_to_a_namesake() {
    let seconds = (event_time() - user_created()).num_seconds();
    for (seconds, expected) in [(0, false), (seconds, false), (seconds + 1, true)] {
        let key = access_key("AKIAIOSFODNN7EXAMPLE", seconds, AccessKeyStatus::Active);
        let finding = crate::fixtures::finding(PASSWORD, vec![(key, LastUsed::Never)]);
        let exempt = Decision::Exempt(crate::fixtures::exemption("2026-12-31"), finding.clone());

        for decision in [Decision::NonCompliant(finding), exempt] {
            assert_eq!(decision.may_be_of_namesake(event_time()), expected, "{seconds}: {decision:?}");
        }
    }
    assert!(!Decision::Compliant.may_be_of_namesake(event_time()));
}
