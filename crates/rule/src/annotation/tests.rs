use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::exception::{Exception, VoidException};
use crate::facts::{AccessKey, AccessKeyId, LastUsed};
use crate::parameters::Criterion;

fn flagged(id: &str, seconds: i64, status: AccessKeyStatus, last_used: LastUsed) -> FlaggedKey {
    let user_created: DateTime<Utc> = "2024-07-01T12:00:00Z".parse().unwrap();
    FlaggedKey {
        access_key: AccessKey {
            access_key_id: AccessKeyId::parse(id).unwrap(),
            status,
            create_date: user_created + TimeDelta::seconds(seconds),
        },
        after_user: TimeDelta::seconds(seconds),
        created_with_user: seconds.abs() <= 60,
        last_used,
    }
}

fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

#[test]
fn finding_reads_as_an_auditor_wants_it() {
    let used = LastUsed::At("2026-01-02T03:04:05Z".parse().unwrap());
    let enabled = ConsolePassword::Enabled { since: None };
    let cases = [
        (
            enabled,
            vec![flagged("AKIAIOSFODNN7EXAMPLE", 0, AccessKeyStatus::Active, LastUsed::Never)],
            "brandon: console password; access key ...MPLE set up with the user (+0 s), active, never used: \
             deactivate, then delete it",
        ),
        (
            ConsolePassword::Absent,
            vec![flagged("AKIAIOSFODNN7EXAMPLE", -1, AccessKeyStatus::Inactive, LastUsed::Never)],
            "brandon: no console password; access key ...MPLE set up with the user (-1 s), inactive, never used: \
             delete it",
        ),
        (
            enabled,
            vec![
                flagged("AKIAIOSFODNN7EXAMPLE", 17, AccessKeyStatus::Active, used),
                flagged("AKIAI44QH8DHBEXAMPL2", 61, AccessKeyStatus::Active, LastUsed::Never),
            ],
            "brandon: console password; access key ...MPLE set up with the user (+17 s), active, used: rotate it; \
             access key ...MPL2 made later (+61 s), active, never used: deactivate, then delete it",
        ),
    ];
    for (console_password, keys, expected) in cases {
        let annotation = Annotation::non_compliant(
            &name("brandon"),
            &Finding { console_password, keys, void_exception: None },
        );

        assert_eq!(annotation.to_string(), expected);
        assert_eq!(annotation.with_alert_pending().to_string(), format!("{expected} [alert pending]"));
    }
}

#[test]
fn long_annotation_is_cut_with_room_for_the_marker() {
    let keys = vec![flagged("AKIAIOSFODNN7EXAMPLE", 0, AccessKeyStatus::Active, LastUsed::Never); 5];
    let void_exception = Some(VoidException::Incomplete { missing: vec!["owner", "reason"] });
    let finding = Finding { console_password: ConsolePassword::Absent, keys, void_exception };

    let annotation = Annotation::non_compliant(&name(&"n".repeat(64)), &finding);

    assert!(annotation.to_string().ends_with(" [truncated]"));
    assert!(
        annotation
            .to_string()
            .contains("n: exception incomplete: no owner, no reason; no console password; ")
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
fn compliant_says_what_was_looked_for() {
    let under = |criterion, include_inactive_keys| {
        let parameters = RuleParameters { criterion, include_inactive_keys, ..RuleParameters::default() };
        Annotation::compliant(&name("elise"), &parameters).to_string()
    };

    assert_eq!(
        under(Criterion::SetupAndUnused, false),
        "elise: no active access key that was set up with the user and never used"
    );
    assert_eq!(under(Criterion::Setup, true), "elise: no access key that was set up with the user");
    assert_eq!(under(Criterion::Unused, false), "elise: no active access key that was never used");
    assert_eq!(
        under(Criterion::SetupOrUnused, true),
        "elise: no access key that was set up with the user or never used"
    );
}

#[test]
fn account_line_counts() {
    let texts = [(0, 0), (1, 0), (5000, 0), (1, 1), (5000, 12)]
        .map(|(users, in_scope)| Annotation::account(users, in_scope).to_string());

    assert_eq!(
        texts,
        [
            "no IAM users",
            "1 IAM user, not in the scope of this rule",
            "5000 IAM users, none in the scope of this rule",
            "1 IAM user, 1 in the scope of this rule",
            "5000 IAM users, 12 in the scope of this rule",
        ]
    );
}

#[test]
fn exception_is_told_with_owner_and_end() {
    let excepted = |owner: &str, expires: &str| {
        let exception = Exception {
            owner: owner.to_owned(),
            expires: expires.to_owned(),
            until: "2027-01-01T00:00:00Z".parse().unwrap(),
            reason: "TICKET-17".to_owned(),
        };
        Annotation::excepted(&name(&"n".repeat(64)), &exception).to_string()
    };

    assert_eq!(
        excepted("payments", "2026-12-31"),
        format!("{}: excepted until 2026-12-31, owner payments", "n".repeat(64))
    );
    let cut = excepted(&"o".repeat(256), "2026-12-31T23:59:59.123456789+02:00");
    assert!(
        cut.contains("until 2026-12-31T23:59:59.123456789+02:00, owner ooo"),
        "the end is never cut: {cut}"
    );
    assert!(cut.chars().count() <= 240);

    let mut finding = Finding {
        console_password: ConsolePassword::Absent,
        keys: vec![flagged("AKIAIOSFODNN7EXAMPLE", 0, AccessKeyStatus::Active, LastUsed::Never)],
        void_exception: None,
    };
    for (void, expected) in [
        (VoidException::Expired { expires: "2026-11-01".to_owned() }, "exception expired 2026-11-01"),
        (VoidException::Incomplete { missing: vec!["reason"] }, "exception incomplete: no reason"),
        (
            VoidException::Malformed { expires: "2030-01-01".to_owned() },
            "exception malformed: expires `2030-01-01`, expected a date or RFC 3339 within 366 days",
        ),
    ] {
        finding.void_exception = Some(void);
        let text = Annotation::non_compliant(&name("brandon"), &finding).to_string();
        assert!(
            text.starts_with(&format!("brandon: {expected}; no console password; access key ...MPLE")),
            "{text}"
        );
    }
}
