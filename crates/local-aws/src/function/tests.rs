use serde_json::Value;

use super::*;
use crate::behaviour::{Effect, Fault};
use crate::client::start;
use crate::clock::system_time;

const STAND_IN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/function/stand-in.py");
const STATE: &str = r#"{"users": [{"userName": "ada", "createDate": "2024-01-01T00:00:00Z"}]}"#;

#[tokio::test]
async fn a_function_answers_fails_and_exits() {
    let aws = start(STATE).await;
    let settings = FunctionSettings::new(STAND_IN, &aws);
    let mut function = Function::start(settings, &aws).await.expect("it starts");
    let Outcome::Success(users) = function.invoke("list users").await else { panic!("{}", function.log()) };
    assert!(users.contains("<UserName>ada</UserName>"), "{users}");
    assert_eq!(aws.calls()[0].status, Some(200));
    let failure = Outcome::Failure { error_type: "Told".to_owned(), error_message: "as told".to_owned() };
    assert_eq!(function.invoke("fail").await, failure);
    assert_eq!(function.invoke("exit").await, Outcome::Exited(Some(3)));
    assert_eq!(function.log(), "event: list users\nevent: fail\nevent: exit\n");
    assert_eq!(function.invoke("anything").await, Outcome::Exited(Some(3)));
}

#[tokio::test]
async fn an_answer_counts_though_the_process_ends_then() {
    let aws = start(STATE).await;
    let mut function = Function::start(FunctionSettings::new(STAND_IN, &aws), &aws).await.expect("it starts");
    assert_eq!(function.invoke("answer and exit").await, Outcome::Success("null".to_owned()));
}

#[tokio::test]
async fn the_environment_and_the_headers_are_those_of_lambda() {
    let aws = start(STATE).await;
    let mut settings = FunctionSettings::new(STAND_IN, &aws);
    settings.timeout = Duration::from_secs(60);
    settings.environment.push(("ALERT_TOPIC_ARN".to_owned(), "topic".to_owned()));
    let mut function = Function::start(settings, &aws).await.expect("it starts");
    let before = system_time().timestamp_millis();
    let Outcome::Success(answer) = function.invoke("not JSON").await else { panic!("{}", function.log()) };
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    let environment = answer["environment"].as_object().expect("an object");
    assert_eq!(environment["AWS_ENDPOINT_URL"], aws.endpoint_url());
    assert_eq!(environment["AWS_REGION"], "us-east-1");
    assert_eq!(environment["ALERT_TOPIC_ARN"], "topic");
    assert_eq!(environment.keys().filter(|name| name.starts_with("CARGO")).count(), 0, "not the test's own");
    let head = |name: &str| answer["head"][name].as_str().expect(name);
    assert_eq!(
        head("lambda-runtime-invoked-function-arn"),
        "arn:aws:lambda:us-east-1:111122223333:function:stand-in"
    );
    let deadline: i64 = head("lambda-runtime-deadline-ms").parse().expect("a number");
    assert!((before + 60_000..=system_time().timestamp_millis() + 60_000).contains(&deadline), "{deadline}");
    assert!(!head("lambda-runtime-aws-request-id").is_empty());
}

#[tokio::test]
async fn a_function_that_cannot_start_says_so() {
    let aws = start(STATE).await;
    let mut settings = FunctionSettings::new(STAND_IN, &aws);
    settings.environment.push(("FAIL_AT_START".to_owned(), "1".to_owned()));
    let mut function = Function::start(settings, &aws).await.expect("it starts");
    let failure =
        Outcome::Failure { error_type: "Start".to_owned(), error_message: "cannot start".to_owned() };
    assert_eq!(function.invoke("anything").await, failure);
    assert!(Function::start(FunctionSettings::new("/nowhere/binary", &aws), &aws).await.is_err());
}

#[tokio::test]
async fn a_function_is_killed_in_the_middle_of_a_call() {
    let aws = start(STATE).await;
    let operation = "ListUsers".to_owned();
    let fault = Fault { operation, matching: None, skip: 0, times: Some(1), effect: Effect::Hang };
    aws.state().behaviour.faults.push(fault);
    let mut function = Function::start(FunctionSettings::new(STAND_IN, &aws), &aws).await.expect("it starts");
    tokio::select! {
        outcome = function.invoke("list users") => panic!("an outcome: {outcome:?}"),
        () = aws.called("ListUsers", 1) => {}
    }
    function.kill().await;
    assert_eq!(aws.calls()[0].status, None);
}
