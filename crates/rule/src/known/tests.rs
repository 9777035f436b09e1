use super::*;
use crate::facts::{IamUser, UserId, UserName};
use crate::report::Rows;

const HEADER: &str = "user,arn,user_creation_time,password_enabled,access_key_1_active,access_key_1_last_rotated,\
                      access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,\
                      access_key_2_last_used_date,additional_credentials_info";

fn verdict(row: &str, parameters: &RuleParameters) -> Option<ComplianceType> {
    KnownUser::from_report(&facts(row)).verdict(parameters)
}

fn facts(row: &str) -> ReportRow {
    let content = format!("{HEADER}\nparas,arn:aws:iam::111122223333:user/paras,2016-01-12T16:30:00Z,{row}");
    let mut rows = Rows::read(content.as_bytes()).unwrap();
    rows.next_row().unwrap().unwrap().facts().unwrap()
}

fn paras() -> IamUser {
    IamUser {
        user_name: UserName::parse("paras").unwrap(),
        user_id: UserId::parse("AIDAEXAMPLE0000PARAS").unwrap(),
        arn: "arn:aws:iam::111122223333:user/paras".to_owned(),
        create_date: "2016-01-12T16:30:00Z".parse().unwrap(),
    }
}

fn active(number: usize, made: &str) -> AccessKey {
    AccessKey {
        access_key_id: AccessKeyId::parse(format!("AKIAEXAMPLE0000000{number}A")).unwrap(),
        status: AccessKeyStatus::Active,
        create_date: made.parse().unwrap(),
    }
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

#[test]
fn use_of_a_key_that_was_not_asked_is_that_of_its_slot() {
    let used = "2016-03-01T00:00:00Z";
    let row = |second: &str| format!("true,true,2016-01-12T16:30:10Z,{used},true,{second},N/A,");
    let uses = |second: &str, listed: [&str; 2], age| {
        let user = paras();
        let reported = Reported { row: facts(&row(second)), age };
        let mut facts = UserFacts::new(user, Some(reported));
        let keys = listed.iter().enumerate().map(|(number, made)| active(number, made));
        facts.learn_access_keys(keys.collect());
        KnownUser::from_facts(&facts).keys.unwrap().iter().map(|key| key.last_used).collect::<Vec<_>>()
    };
    let at = Some(LastUsed::At(used.parse().unwrap()));
    let (first, later, unlisted) = ("2016-01-12T16:30:10Z", "2017-01-01T00:00:00Z", "2018-01-01T00:00:00Z");

    assert_eq!(uses(later, [first, later], ReportAge::Fresh), [at, Some(LastUsed::Never)]);
    assert_eq!(uses(later, [first, later], ReportAge::Older), [at, None], "it can have been used since");
    assert_eq!(uses(later, [first, unlisted], ReportAge::Fresh), [at, None]);
    assert_eq!(uses(first, [first, later], ReportAge::Fresh), [None, None], "two slots of one date");
    assert_eq!(uses(later, [first, first], ReportAge::Fresh), [None, None], "two keys of one date");
}

#[test]
fn password_that_was_asked_for_is_the_one_that_counts() {
    let row = "true,true,2016-01-12T16:30:10Z,N/A,false,N/A,N/A,";
    let asked = |answer: Option<ConsolePassword>| {
        let reported = Reported { row: facts(row), age: ReportAge::Older };
        let mut facts = UserFacts::new(paras(), Some(reported));
        if let Some(answer) = answer {
            facts.learn_console_password(answer);
        }
        KnownUser::from_facts(&facts).console_password
    };

    assert_eq!(asked(None), Some(true), "the report's word");
    assert_eq!(asked(Some(ConsolePassword::Absent)), Some(false));
    assert_eq!(asked(Some(ConsolePassword::Enabled { since: None })), Some(true));
}

#[test]
fn keys_are_sorted_by_age_then_id() {
    let mut facts = UserFacts::new(paras(), None);
    let (older, younger) = ("2016-01-12T16:30:10Z", "2017-01-01T00:00:00Z");
    facts.learn_access_keys(vec![active(0, younger), active(2, older), active(1, older)]);
    let mut known = KnownUser::from_facts(&facts);

    known.sort_keys();

    let keys = known.keys.unwrap();
    let ids: Vec<&str> =
        keys.iter().filter_map(|key| key.access_key_id.as_ref()).map(AccessKeyId::as_str).collect();
    assert_eq!(ids, ["AKIAEXAMPLE00000001A", "AKIAEXAMPLE00000002A", "AKIAEXAMPLE00000000A"]);
}
