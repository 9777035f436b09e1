use super::*;
use crate::exemption::VoidExemption;
use crate::fixtures::{PASSWORD, access_key, exemption, finding, time, user_name};
use crate::iam::{AccessKey, AccessKeyStatus, ConsolePassword, LastUsed};
use crate::parameters::Criterion;

fn key(seconds: i64, status: AccessKeyStatus) -> AccessKey {
    access_key("AKIAIOSFODNN7EXAMPLE", seconds, status)
}

#[test]
fn finding_reads_as_an_auditor_wants_it() {
    use AccessKeyStatus::{Active, Expired, Inactive};
    let used = LastUsed::At(time("2026-01-02T03:04:05Z"));
    let other = |seconds| access_key("AKIAI44QH8DHBEXAMPL2", seconds, Active);
    let cases = [
        (
            PASSWORD,
            vec![(key(0, Active), LastUsed::Never)],
            "brandon: console password; access key ...MPLE created with the user (+0 s), active, never used: \
             deactivate it, then delete it",
        ),
        (
            ConsolePassword::Absent,
            vec![(key(-1, Inactive), LastUsed::Never)],
            "brandon: no console password; access key ...MPLE created with the user (-1 s), inactive, never used: \
             delete it",
        ),
        (
            PASSWORD,
            vec![(key(0, Expired), used)],
            "brandon: console password; access key ...MPLE created with the user (+0 s), expired, used: delete it",
        ),
        (
            PASSWORD,
            vec![(key(17, Active), used), (other(61), LastUsed::Never)],
            "brandon: console password; access key ...MPLE created with the user (+17 s), active, used: switch to the \
             other key, then delete it; access key ...MPL2 created later (+61 s), active, never used: deactivate it, \
             then delete it",
        ),
        (
            PASSWORD,
            vec![(key(-61, Active), used)],
            "brandon: console password; access key ...MPLE created later (-61 s), active, used: rotate it",
        ),
    ];
    for (console_password, keys, expected) in cases {
        let annotation = Annotation::non_compliant(&user_name("brandon"), &finding(console_password, keys));

        assert_eq!(annotation.to_string(), expected);
        assert_eq!(annotation.with_alert_pending().to_string(), format!("{expected} [alert pending]"));
    }
}

#[test]
fn long_annotation_is_cut_with_room_for_the_marker() {
    let keys = vec![(key(0, AccessKeyStatus::Active), LastUsed::Never); 5];
    let void_exemption = Some(VoidExemption::Incomplete { missing: vec!["owner", "reason"] });
    let finding = Finding { void_exemption, ..finding(ConsolePassword::Absent, keys) };

    let annotation = Annotation::non_compliant(&user_name(&"n".repeat(64)), &finding);

    assert!(annotation.to_string().ends_with(" [truncated]"));
    assert!(
        annotation
            .to_string()
            .contains("n: exemption incomplete: no owner, no reason; no console password; ")
    );
    assert_eq!(annotation.to_string().chars().count(), 240);
    assert_eq!(annotation.with_alert_pending().to_string().chars().count(), 256);
}

#[test]
fn text_is_cut_between_characters_not_bytes() {
    let annotation = Annotation::new("é".repeat(300));

    assert_eq!(annotation.to_string(), format!("{} [truncated]", "é".repeat(228)));
}

#[test]
fn stored_annotation_is_read_with_or_without_the_marker() {
    let brandon = || Some(user_name("brandon"));
    let cases = [
        // stored text, whether an alert is pending, user name
        ("brandon: console password", false, brandon()),
        ("brandon: console password [alert pending]", true, brandon()),
        ("brandon: console password [alert pending] [alert pending]", true, brandon()),
        ("brandon: [alert pending]: later", false, brandon()),
        (" [alert pending]", true, None),
        ("", false, None),
        ("the user does not exist any more", false, None),
        ("2 IAM users, 1 in scope", false, None),
        ("two words: console password", false, None),
        (": console password", false, None),
        ("brandon:console password", false, None),
    ];
    for (text, alert_pending, user_name) in cases {
        let stored = Annotation::parse(text);

        assert_eq!(stored.to_string(), text);
        assert_eq!(stored.is_alert_pending(), alert_pending, "{text}");
        assert_eq!(stored.user_name(), user_name, "{text}");
    }
}

#[test]
fn marker_makes_no_difference_to_what_an_annotation_says() {
    let keys = |count| vec![(key(0, AccessKeyStatus::Active), LastUsed::Never); count];
    let short = Annotation::non_compliant(&user_name("brandon"), &finding(PASSWORD, keys(1)));
    let cut = Annotation::non_compliant(&user_name(&"n".repeat(128)), &finding(PASSWORD, keys(3)));
    for annotation in [short, cut] {
        for written in [annotation.clone(), annotation.with_alert_pending()] {
            let stored = Annotation::parse(&written.to_string());

            assert_eq!(stored, written, "what is read is what was written");
            assert!(stored.says(&annotation) && annotation.says(&stored));
            assert!(!stored.says(&Annotation::gone()));
        }
    }
}

#[test]
fn compliant_says_what_was_looked_for() {
    let under = |criterion, include_inactive_keys| {
        let parameters = RuleParameters { criterion, include_inactive_keys, ..RuleParameters::default() };
        Annotation::compliant(&user_name("elise"), &parameters).to_string()
    };

    assert_eq!(
        under(Criterion::SetupAndUnused, false),
        "elise: no active access key that was created with the user and never used"
    );
    assert_eq!(under(Criterion::Setup, true), "elise: no access key that was created with the user");
    assert_eq!(under(Criterion::Unused, false), "elise: no active access key that was never used");
    assert_eq!(
        under(Criterion::SetupOrUnused, true),
        "elise: no access key that was created with the user or never used"
    );
}

#[test]
fn annotation_of_what_is_not_evaluated_says_why() {
    let cy = user_name("cy");
    assert_eq!(Annotation::out_of_scope(&cy).to_string(), "cy: no console password, out of scope");
    assert_eq!(Annotation::gone().to_string(), "the user does not exist any more");
    let not_applicable = Annotation::not_applicable("the user is deleted");
    assert_eq!(not_applicable.to_string(), "out of scope: the user is deleted");
}

#[test]
fn account_line_counts() {
    let texts = [(0, 0), (1, 0), (5000, 0), (1, 1), (5000, 12)]
        .map(|(users, in_scope)| Annotation::account(users, in_scope).to_string());

    assert_eq!(
        texts,
        [
            "0 IAM users, 0 in scope",
            "1 IAM user, 0 in scope",
            "5000 IAM users, 0 in scope",
            "1 IAM user, 1 in scope",
            "5000 IAM users, 12 in scope",
        ]
    );
}

#[test]
fn exemption_is_shown_with_owner_and_end() {
    let exempt = |owner: &str, expires: &str| {
        let exemption =
            Exemption { owner: owner.to_owned(), expires: expires.to_owned(), ..exemption("2026-12-31") };
        Annotation::exempt(&user_name(&"n".repeat(64)), &exemption).to_string()
    };

    assert_eq!(
        exempt("payments", "2026-12-31"),
        format!("{}: exempt until 2026-12-31, owner payments", "n".repeat(64))
    );
    assert!(exempt("pay\nments", "2026-12-31").ends_with("owner pay ments"), "one line");
    let cut = exempt(&"o".repeat(256), "2026-12-31T23:59:59.123456789+02:00");
    assert!(
        cut.contains("until 2026-12-31T23:59:59.123456789+02:00, owner ooo"),
        "the end is never cut: {cut}"
    );
    assert!(cut.chars().count() <= 240);
}

#[test]
fn void_exemption_comes_before_the_keys() {
    let keys = vec![(key(0, AccessKeyStatus::Active), LastUsed::Never)];
    for (void, expected) in [
        (VoidExemption::Expired { expires: "2026-11-01".to_owned() }, "exemption expired 2026-11-01"),
        (VoidExemption::Incomplete { missing: vec!["reason"] }, "exemption incomplete: no reason"),
        (
            VoidExemption::Misspelled { key: "Ex:Owner".to_owned(), expected: "ex:owner".to_owned() },
            "exemption tag `Ex:Owner` ignored, expected `ex:owner`",
        ),
        (
            VoidExemption::Malformed { expires: "2030-01-01".to_owned() },
            "exemption malformed: expires `2030-01-01`, expected a date or RFC 3339 within 366 days",
        ),
    ] {
        let finding =
            Finding { void_exemption: Some(void), ..finding(ConsolePassword::Absent, keys.clone()) };
        let text = Annotation::non_compliant(&user_name("brandon"), &finding).to_string();
        assert!(
            text.starts_with(&format!("brandon: {expected}; no console password; access key ...MPLE")),
            "{text}"
        );
    }
}
