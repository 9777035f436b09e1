use super::*;
use crate::report::Rows;

const HEADER: &str = "user,arn,user_creation_time,password_enabled,access_key_1_active,access_key_1_last_rotated,\
                      access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,\
                      access_key_2_last_used_date,additional_credentials_info";

fn verdict(row: &str, parameters: &RuleParameters) -> Option<ComplianceType> {
    let content = format!("{HEADER}\nparas,arn:aws:iam::111122223333:user/paras,2016-01-12T16:30:00Z,{row}");
    let mut rows = Rows::read(content.as_bytes()).unwrap();
    let row = rows.next_row().unwrap().unwrap().facts().unwrap();
    KnownUser::from_report(&row).verdict(parameters)
}

fn criterion(criterion: Criterion) -> RuleParameters {
    RuleParameters { criterion, ..RuleParameters::default() }
}

#[test]
fn unknown_that_could_turn_the_verdict_leaves_it_unknown() {
    use ComplianceType::{Compliant, NonCompliant, NotApplicable};
    let none = "false,N/A,N/A";
    let setup_unused = "true,2016-01-12T16:30:10Z,N/A";
    let setup_used = "true,2016-01-12T16:30:10Z,2020-01-01T00:00:00Z";
    let cases = [
        // the password is not known
        (format!("no_information,{setup_unused},{none},"), Criterion::SetupAndUnused, None),
        (format!("no_information,{none},{none},"), Criterion::SetupAndUnused, None),
        (format!("false,{setup_unused},{none},"), Criterion::SetupAndUnused, Some(NotApplicable)),
        // the creation date is not known
        (format!("true,true,N/A,N/A,{none},"), Criterion::SetupAndUnused, None),
        (format!("true,true,N/A,N/A,{none},"), Criterion::Unused, Some(NonCompliant)),
        (format!("true,true,N/A,2020-01-01T00:00:00Z,{none},"), Criterion::SetupAndUnused, Some(Compliant)),
        // the last use is not known
        (format!("true,true,2016-01-12T16:30:10Z,no_information,{none},"), Criterion::SetupAndUnused, None),
        (
            format!("true,true,2016-01-12T16:30:10Z,no_information,{none},"),
            Criterion::Setup,
            Some(NonCompliant),
        ),
        (
            format!("true,true,2016-03-12T16:30:10Z,no_information,{none},"),
            Criterion::SetupAndUnused,
            Some(Compliant),
        ),
        // further keys are not known
        (format!("true,{setup_used},{none},1 more"), Criterion::SetupAndUnused, None),
        (format!("true,{setup_used},{setup_unused},1 more"), Criterion::SetupAndUnused, Some(NonCompliant)),
        (format!("true,{setup_used},{none},N/A"), Criterion::SetupAndUnused, Some(Compliant)),
    ];
    for (row, by, expected) in cases {
        assert_eq!(verdict(&row, &criterion(by)), expected, "{row} {by:?}");
    }
}

#[test]
fn a_slot_with_a_date_of_an_inactive_key_is_a_key() {
    let row = "true,false,2016-01-12T16:30:10Z,N/A,false,N/A,N/A,";
    let inactive = RuleParameters { include_inactive_keys: true, ..RuleParameters::default() };

    assert_eq!(verdict(row, &RuleParameters::default()), Some(ComplianceType::Compliant));
    assert_eq!(verdict(row, &inactive), Some(ComplianceType::NonCompliant));
}
