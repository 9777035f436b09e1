use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};

use crate::client::{Answer, query, start};
use crate::clock::system_time;
use crate::credential_report::ReportMaking;
use crate::identity::User;
use crate::server::LocalAws;
use crate::state::State;

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
                      password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,\
                      access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
                      access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
                      access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
                      cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

const ROOT: &str = "<root_account>,arn:aws:iam::111122223333:root,1970-01-01T00:00:00Z,not_supported,\
                    no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,\
                    false,N/A,false,N/A";

const USERS: &str = r#"{
    "clock": "2024-07-01T12:00:00.5Z",
    "users": [
        {"userName": "bob", "createDate": "2024-01-02T00:00:00Z"},
        {"userName": "Ada", "path": "/ops/", "createDate": "2024-01-01T00:00:00.9Z",
         "loginProfile": {"createDate": "2024-01-01T00:00:05Z"},
         "accessKeys": [
            {"accessKeyId": "AKIAEXAMPLE000000002", "createDate": "2024-01-01T00:00:01Z"},
            {"accessKeyId": "AKIAEXAMPLE000000001", "status": "Inactive", "createDate": "2024-02-01T00:00:00Z",
             "lastUsed": {"date": "2024-03-01T00:00:00Z", "serviceName": "s3", "region": "N/A"}}]}]
}"#;

const ADA: &str = "Ada,arn:aws:iam::111122223333:user/ops/Ada,2024-01-01T00:00:00Z,true,no_information,\
                   2024-01-01T00:00:05Z,N/A,false,false,2024-02-01T00:00:00Z,2024-03-01T00:00:00Z,N/A,s3,true,\
                   2024-01-01T00:00:01Z,N/A,N/A,N/A,false,N/A,false,N/A";

const BOB: &str = "bob,arn:aws:iam::111122223333:user/bob,2024-01-02T00:00:00Z,false,N/A,N/A,N/A,false,false,N/A,\
                   N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A";

fn time_of(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn state() -> State {
    State::parse(USERS).expect("a state")
}

fn report_of(state: &mut State) -> String {
    state.make_credential_report(time_of("2024-07-01T12:00:00Z"));
    state.credential_report.latest.as_ref().expect("a report").content.clone()
}

async fn generate(aws: &LocalAws) -> Answer {
    query(aws, "iam", "GenerateCredentialReport", "").await
}

async fn get(aws: &LocalAws) -> Answer {
    query(aws, "iam", "GetCredentialReport", "").await
}

fn content(answer: &Answer) -> String {
    let bytes = STANDARD.decode(answer.element("Content").expect("a content")).expect("base64");
    String::from_utf8(bytes).expect("text")
}

/// Makes these calls, and returns the status and the state or code of each answer.
async fn told(aws: &LocalAws, calls: &[&str]) -> String {
    let mut told = Vec::new();
    for call in calls {
        let answer = if *call == "generate" { generate(aws).await } else { get(aws).await };
        let word = ["State", "Code", "ReportFormat"].iter().find_map(|name| answer.element(name));
        told.push(format!("{call}: {} {}", answer.status, word.expect("a word")));
    }
    told.join(", ")
}

#[tokio::test]
async fn a_report_has_its_life_cycle() {
    const MAKING: &str = r#""making": {}"#;
    const AT_FOUR_HOURS: &str = r#""latest": {"generatedTime": "2024-07-01T08:00:00Z", "content": "old"}"#;
    const EXPIRED: &str = r#""latest": {"generatedTime": "2024-07-01T07:59:59Z", "content": "old"}"#;
    let expired_and_making = format!("{EXPIRED}, {MAKING}");
    // none yet; begun by us, ready after so many polls; begun by another; still good; expired
    for (polls, report, calls) in [
        (1, "", "get: 410 ReportNotPresent"),
        (
            1,
            "",
            "generate: 200 STARTED, generate: 200 INPROGRESS, get: 404 ReportInProgress, \
             generate: 200 COMPLETE, get: 200 text/csv, get: 200 text/csv",
        ),
        (0, "", "generate: 200 STARTED, get: 200 text/csv"),
        (
            2,
            "",
            "generate: 200 STARTED, get: 404 ReportInProgress, get: 404 ReportInProgress, get: 200 text/csv",
        ),
        (1, MAKING, "generate: 200 INPROGRESS, get: 404 ReportInProgress, get: 200 text/csv"),
        (1, AT_FOUR_HOURS, "generate: 200 COMPLETE, get: 200 text/csv"),
        (
            1,
            EXPIRED,
            "get: 410 ReportExpired, generate: 200 STARTED, get: 404 ReportInProgress, get: 200 text/csv",
        ),
        (1, &expired_and_making, "get: 404 ReportInProgress, generate: 200 COMPLETE"),
    ] {
        let aws = start(&format!(
            r#"{{"clock": "2024-07-01T12:00:00Z", "credentialReport": {{{report}}},
                 "behaviour": {{"credentialReport": {{"readyAfterPolls": {polls}}}}}}}"#
        ))
        .await;
        let names: Vec<&str> = calls.split(", ").filter_map(|call| Some(call.split_once(':')?.0)).collect();
        assert_eq!(told(&aws, &names).await, calls, "{report}");
    }
}

#[tokio::test]
async fn rows_are_the_users_when_it_is_finished() {
    let aws = start(USERS).await;
    let answer = generate(&aws).await;
    assert_eq!(
        answer.element("Description"),
        Some("No report exists. Starting a new report generation task")
    );
    get(&aws).await;
    {
        let mut state = aws.state();
        state.users.push(User::new("cy", time_of("2024-07-01T12:00:00Z")));
        state.clock = Some(time_of("2024-07-01T12:01:00.5Z"));
    }
    let answer = get(&aws).await;
    assert_eq!(answer.element("GeneratedTime"), Some("2024-07-01T12:01:00Z"));
    assert!(content(&answer).contains("\ncy,"));
    aws.state().users.clear();
    assert_eq!(generate(&aws).await.element("State"), Some("COMPLETE"));
    assert_eq!(content(&get(&aws).await), content(&answer), "it is served unchanged");
}

#[tokio::test]
async fn a_report_may_take_real_time() {
    let aws = start(r#"{"behaviour": {"credentialReport": {"readyAfterMillis": 3600000}}}"#).await;
    assert_eq!(
        told(&aws, &["generate", "get", "get", "generate"]).await,
        "generate: 200 STARTED, get: 404 ReportInProgress, get: 404 ReportInProgress, generate: 200 INPROGRESS"
    );
    let an_hour_ago = system_time() - TimeDelta::hours(1);
    aws.state().credential_report.making.as_mut().expect("one is being made").begun = Some(an_hour_ago);
    assert_eq!(told(&aws, &["generate", "get"]).await, "generate: 200 COMPLETE, get: 200 text/csv");
}

#[tokio::test]
async fn faults_apply_to_it() {
    let aws = start(
        r#"{"behaviour": {"throttleFirst": {"GenerateCredentialReport": 1},
                          "faults": [{"operation": "GetCredentialReport", "effect": "accessDenied"}]}}"#,
    )
    .await;
    assert_eq!(
        told(&aws, &["generate", "generate", "get"]).await,
        "generate: 400 Throttling, generate: 200 STARTED, get: 403 AccessDenied"
    );
}

#[test]
fn a_report_is_written_as_the_service_writes_it() {
    assert_eq!(report_of(&mut state()), [HEADER, ROOT, ADA, BOB].join("\n"));
}

#[test]
fn a_report_of_an_earlier_time_can_be_made() {
    let mut state = state();
    state.credential_report.making = Some(ReportMaking::default());
    state.make_credential_report(time_of("2024-07-01T09:00:00Z"));
    let reports = &state.credential_report;
    assert_eq!(reports.making, None);
    let latest = reports.latest.as_ref().expect("a report");
    assert_eq!(latest.generated_time, time_of("2024-07-01T09:00:00Z"));
    assert_eq!(reports.current(state.now()), Some(latest));
}

#[test]
fn times_may_end_as_they_once_did() {
    let mut state = state();
    state.behaviour.credential_report.plus_zero_times = true;
    assert_eq!(report_of(&mut state), [HEADER, ROOT, ADA, BOB].join("\n").replace("Z,", "+00:00,"));
}

#[test]
fn two_of_three_keys_are_reported() {
    let mut state = state();
    for key in ["AKIAEXAMPLE000000009", "AKIAEXAMPLE000000000"] {
        let mut ada = state.users[1].clone().with_key(0).key_id(key);
        ada.access_keys[2..].iter_mut().for_each(|key| key.create_date = time_of("2024-06-01T00:00:00Z"));
        state.users[1] = ada;
    }
    let report = report_of(&mut state);
    let ada: csv::StringRecord =
        csv::Reader::from_reader(report.as_bytes()).into_records().nth(1).expect("a row").expect("CSV");
    assert_eq!(
        (&ada[9], &ada[14]),
        ("2024-06-01T00:00:00Z", "2024-02-01T00:00:00Z"),
        "the two that come first by id"
    );

    state.behaviour.credential_report.additional_credentials_info = true;
    let report = report_of(&mut state);
    let lines: Vec<&str> = report.split('\n').collect();
    assert_eq!(lines[0], format!("{HEADER},additional_credentials_info"));
    assert_eq!(lines[1], format!("{ROOT},"));
    assert!(lines[2].ends_with("false,N/A,false,N/A,2 more access keys"), "{}", lines[2]);
    assert_eq!(lines[3], format!("{BOB},"));
}

#[test]
fn a_comma_in_a_name_is_quoted() {
    let mut state = state();
    state.users = vec![User::new("a,b", time_of("2024-01-02T00:00:00Z"))];
    let row = BOB.replacen("bob,", r#""a,b","#, 1);
    let row = row.replace("arn:aws:iam::111122223333:user/bob", r#""arn:aws:iam::111122223333:user/a,b""#);
    assert_eq!(report_of(&mut state), [HEADER, ROOT, &row].join("\n"));
}
