use super::*;

const NOT_READ: KnownKey = KnownKey::UNKNOWN;

/// An active key. Setup keys are created 10 s after the user, later keys two months after.
fn active(after_user: Option<i64>, is_used: Option<bool>) -> KnownKey {
    let status = Some(AccessKeyStatus::Active);
    KnownKey { status, after_user: after_user.map(TimeDelta::seconds), is_used }
}

fn criterion(criterion: Criterion) -> RuleParameters {
    RuleParameters { criterion, ..RuleParameters::default() }
}

#[test]
fn unknown_fact_that_could_turn_the_verdict_leaves_it_unknown() {
    use ComplianceType::{Compliant, NonCompliant, NotApplicable};
    use Criterion::{Setup, SetupAndUnused, SetupOrUnused, Unused};
    const SETUP: Option<i64> = Some(10);
    const LATER: Option<i64> = Some(60 * 86_400);
    let setup_unused = active(SETUP, Some(false));
    let setup_used = active(SETUP, Some(true));
    let no_status = KnownKey { status: None, ..setup_unused };
    #[rustfmt::skip]
    let cases = [
        // what is unknown, password, keys, criterion, verdict
        ("password", None, vec![setup_unused], SetupAndUnused, None),
        ("password", None, vec![], SetupAndUnused, None),
        ("nothing", Some(false), vec![setup_unused], SetupAndUnused, Some(NotApplicable)),
        ("all keys of a user out of scope", Some(false), vec![NOT_READ], SetupAndUnused, Some(NotApplicable)),
        ("creation date", Some(true), vec![active(None, Some(false))], SetupAndUnused, None),
        ("creation date", Some(true), vec![active(None, Some(false))], Unused, Some(NonCompliant)),
        ("creation date", Some(true), vec![active(None, Some(true))], SetupAndUnused, Some(Compliant)),
        ("creation date", Some(true), vec![active(None, Some(false))], SetupOrUnused, Some(NonCompliant)),
        ("creation date", Some(true), vec![active(None, Some(true))], SetupOrUnused, None),
        ("last use", Some(true), vec![active(SETUP, None)], SetupAndUnused, None),
        ("last use", Some(true), vec![active(SETUP, None)], Setup, Some(NonCompliant)),
        ("last use", Some(true), vec![active(LATER, None)], SetupAndUnused, Some(Compliant)),
        ("last use", Some(true), vec![active(SETUP, None)], SetupOrUnused, Some(NonCompliant)),
        ("last use", Some(true), vec![active(LATER, None)], SetupOrUnused, None),
        ("status", Some(true), vec![no_status], SetupAndUnused, None),
        ("status", Some(true), vec![KnownKey { status: None, ..setup_used }], SetupAndUnused, Some(Compliant)),
        ("further keys", Some(true), vec![setup_used, NOT_READ], SetupAndUnused, None),
        ("further keys", Some(true), vec![setup_used, setup_unused, NOT_READ], SetupAndUnused, Some(NonCompliant)),
        ("nothing", Some(true), vec![setup_used], SetupAndUnused, Some(Compliant)),
        ("nothing", Some(true), vec![], SetupAndUnused, Some(Compliant)),
    ];
    for (unknown, password, keys, by, expected) in cases {
        let verdict = compliance_type(password, keys.clone(), &criterion(by));
        assert_eq!(verdict, expected, "unknown {unknown}: {password:?} {keys:?} {by:?}");
    }
}

#[test]
fn inactive_and_expired_keys_count_only_where_the_parameter_says_so() {
    let with_inactive = RuleParameters { include_inactive_keys: true, ..RuleParameters::default() };
    for (status, by_default) in [
        (Some(AccessKeyStatus::Active), Some(ComplianceType::NonCompliant)),
        (Some(AccessKeyStatus::Inactive), Some(ComplianceType::Compliant)),
        (Some(AccessKeyStatus::Expired), Some(ComplianceType::Compliant)),
        (None, None),
    ] {
        let key = KnownKey { status, ..active(Some(0), Some(false)) };

        assert_eq!(compliance_type(Some(true), [key], &RuleParameters::default()), by_default, "{status:?}");
        let counted = compliance_type(Some(true), [key], &with_inactive);
        assert_eq!(counted, Some(ComplianceType::NonCompliant), "{status:?}");
    }
}

#[test]
fn setup_window_includes_both_ends() {
    let parameters = criterion(Criterion::Setup);
    for (seconds, expected) in [(-61, false), (-60, true), (0, true), (60, true), (61, false)] {
        assert_eq!(active(Some(seconds), None).is_flagged(&parameters), Some(expected), "{seconds}");
    }
}

#[test]
fn under_all_users_the_password_makes_no_difference() {
    let parameters = RuleParameters { scope: Scope::AllUsers, ..RuleParameters::default() };
    for password in [None, Some(false), Some(true)] {
        let verdict = compliance_type(password, [active(Some(0), Some(false))], &parameters);
        assert_eq!(verdict, Some(ComplianceType::NonCompliant), "{password:?}");
    }
}

#[test]
fn names_are_those_of_aws_config() {
    let names = [ComplianceType::Compliant, ComplianceType::NonCompliant, ComplianceType::NotApplicable];
    assert_eq!(names.map(ComplianceType::name), ["COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE"]);
}
