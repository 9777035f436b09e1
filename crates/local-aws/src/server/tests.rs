use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use super::*;
use crate::behaviour::{Fault, RateLimit};
use crate::client::{config, query, request, send, signed, start};

const STATE: &str = r#"{
    "users": [{"userName": "ada", "createDate": "2024-01-01T00:00:00Z"},
              {"userName": "bob", "createDate": "2024-01-01T00:00:00Z"}],
    "configRules": [{"configRuleName": "keys", "resultToken": "token"}],
    "topics": [{"topicArn": "arn:aws:sns:us-east-1:111122223333:alerts"}]
}"#;

const PUBLISH: &str = "TopicArn=arn:aws:sns:us-east-1:111122223333:alerts&Message=x";

fn fault(aws: &LocalAws, operation: &str, effect: Effect) {
    let fault = Fault { operation: operation.to_owned(), matching: None, skip: 0, times: Some(1), effect };
    aws.state().behaviour.faults.push(fault);
}

#[tokio::test]
async fn what_is_not_known_is_named() {
    let aws = start(STATE).await;
    for service in ["iam", "sns"] {
        let answer = query(&aws, service, "MakeCoffee", "").await;
        assert_eq!((answer.status, answer.element("Code")), (400, Some("InvalidAction")));
        assert!(answer.element("Message").expect("a message").contains("MakeCoffee"));
    }
    let answer = config(&aws, "MakeCoffee", &json!({})).await;
    assert_eq!((answer.status, &answer.json()["__type"]), (400, &json!("UnknownOperationException")));
    assert!(answer.body.contains("MakeCoffee"));
    let body = "Action=ListQueues&Version=2012-11-05";
    let answer = send(&aws.endpoint_url(), &request("POST /", &signed("sqs"), body)).await;
    assert_eq!((answer.status, answer.element("Code")), (400, Some("InvalidAction")));
    assert!(answer.body.contains("ListQueues") && answer.body.contains("2012-11-05"), "{answer:?}");
}

#[tokio::test]
async fn a_request_is_signed_for_its_service() {
    let aws = start(STATE).await;
    let body = "Action=ListUsers&Version=2010-05-08";
    let answer = send(&aws.endpoint_url(), &request("POST /", "", body)).await;
    assert_eq!((answer.status, answer.element("Code")), (403, Some("MissingAuthenticationToken")));
    let answer = send(&aws.endpoint_url(), &request("POST /", &signed("sns"), body)).await;
    assert_eq!((answer.status, answer.element("Code")), (403, Some("SignatureDoesNotMatch")));
    let answer = send(&aws.endpoint_url(), &request("POST /", &signed("iam"), body)).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn calls_are_logged_in_order() {
    let aws = start(STATE).await;
    query(&aws, "iam", "GetUser", "UserName=ada").await;
    query(&aws, "iam", "GetUser", "UserName=eve").await;
    let calls = aws.calls();
    let brief: Vec<_> =
        calls.iter().map(|call| (call.parameters["UserName"].as_str(), call.status)).collect();
    assert_eq!(brief, [(Some("ada"), Some(200)), (Some("eve"), Some(404))]);
    assert_eq!((calls[0].service.as_str(), calls[0].operation.as_str()), ("iam", "GetUser"));
    aws.forget_calls();
    assert_eq!(aws.calls(), []);
}

#[tokio::test]
async fn calls_above_the_rate_are_refused() {
    let aws = start(STATE).await;
    for operation in ["GetUser", "Publish", "GetComplianceDetailsByConfigRule"] {
        let limit = RateLimit { per_second: 0.0, burst: 1.0 };
        aws.state().behaviour.rate_limits.insert(operation.to_owned(), limit);
    }
    assert_eq!(query(&aws, "iam", "GetUser", "UserName=ada").await.status, 200);
    let answer = query(&aws, "iam", "GetUser", "UserName=ada").await;
    assert_eq!((answer.status, answer.element("Code")), (400, Some("Throttling")));
    assert_eq!(answer.element("Message"), Some("Rate exceeded"));
    query(&aws, "sns", "Publish", PUBLISH).await;
    let answer = query(&aws, "sns", "Publish", PUBLISH).await;
    assert_eq!((answer.status, answer.element("Code")), (429, Some("Throttled")));
    let rule = json!({"ConfigRuleName": "keys"});
    config(&aws, "GetComplianceDetailsByConfigRule", &rule).await;
    let answer = config(&aws, "GetComplianceDetailsByConfigRule", &rule).await;
    assert_eq!((answer.status, &answer.json()["__type"]), (400, &json!("ThrottlingException")));
}

#[tokio::test]
async fn errors_are_those_of_the_service() {
    let aws = start(STATE).await;
    let own = Effect::Error { status: 409, code: "LimitExceeded".to_owned(), message: "a < b".to_owned() };
    for (effect, status, code) in [
        (Effect::Throttle, 400, "Throttling"),
        (Effect::AccessDenied, 403, "AccessDenied"),
        (Effect::ServiceFailure, 500, "ServiceFailure"),
        (own, 409, "LimitExceeded"),
        (Effect::Delay { millis: 1 }, 200, ""),
    ] {
        fault(&aws, "GetUser", effect);
        let answer = query(&aws, "iam", "GetUser", "UserName=ada").await;
        assert_eq!((answer.status, answer.element("Code").unwrap_or_default()), (status, code));
    }
    fault(&aws, "PutEvaluations", Effect::AccessDenied);
    let answer = config(&aws, "PutEvaluations", &json!({"ResultToken": "token"})).await;
    assert_eq!((answer.status, &answer.json()["__type"]), (400, &json!("AccessDeniedException")));
}

#[tokio::test]
async fn a_connection_is_closed_before_or_after_the_effect() {
    let aws = start(STATE).await;
    fault(&aws, "Publish", Effect::DropBefore);
    assert_eq!(query(&aws, "sns", "Publish", PUBLISH).await.status, 0);
    assert_eq!(aws.state().topics[0].messages.len(), 0);
    fault(&aws, "Publish", Effect::DropAfter);
    assert_eq!(query(&aws, "sns", "Publish", PUBLISH).await.status, 0);
    assert_eq!(aws.state().topics[0].messages.len(), 1);
    assert!(aws.calls().iter().all(|call| call.status.is_none()));
}

#[tokio::test]
async fn a_call_that_is_held_meets_what_was_changed_meanwhile() {
    let aws = start(STATE).await;
    fault(&aws, "GetUser", Effect::Hold);
    let change = async {
        aws.called("GetUser", 1).await;
        let mut state = aws.state();
        state.users[0].user_id = "AIDAEXAMPLECHANGED001".to_owned();
        state.behaviour.faults.clear();
    };
    let (answer, ()) = tokio::join!(query(&aws, "iam", "GetUser", "UserName=ada"), change);
    assert_eq!(answer.element("UserId"), Some("AIDAEXAMPLECHANGED001"));
}

#[tokio::test]
async fn a_call_goes_on_when_its_client_has_gone() {
    let aws = start(STATE).await;
    fault(&aws, "Publish", Effect::Delay { millis: 20 });
    tokio::select! {
        answer = query(&aws, "sns", "Publish", PUBLISH) => panic!("an answer: {answer:?}"),
        () = aws.called("Publish", 1) => {}
    }
    while aws.calls()[0].status.is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(aws.state().topics[0].messages.len(), 1);
}

#[tokio::test]
async fn garbage_is_answered_on_request() {
    let aws = start(STATE).await;
    fault(&aws, "GetUser", Effect::Body { status: 200, body: "<html>".to_owned() });
    let answer = query(&aws, "iam", "GetUser", "UserName=ada").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "<html>"));
}

#[tokio::test]
async fn a_call_may_hang_and_is_seen_all_the_same() {
    let aws = start(STATE).await;
    fault(&aws, "GetUser", Effect::Hang);
    let hanging = query(&aws, "iam", "GetUser", "UserName=ada");
    tokio::select! {
        answer = hanging => panic!("an answer: {answer:?}"),
        () = aws.called("GetUser", 1) => {}
    }
    assert_eq!(aws.calls()[0].status, None);
    assert_eq!(query(&aws, "iam", "GetUser", "UserName=ada").await.status, 200);
}

#[tokio::test]
async fn local_aws_answers_while_the_test_blocks() {
    let aws = start(STATE).await;
    let address = aws.endpoint_url().trim_start_matches("http://").to_owned();
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    let text = request("POST /", &signed("iam"), "Action=ListUsers&Version=2010-05-08");
    std::io::Write::write_all(&mut stream, text.as_bytes()).expect("it reads");
    let answer = std::io::read_to_string(stream).expect("it answers");
    assert!(answer.contains("<UserName>ada</UserName>"), "{answer}");
}

#[tokio::test]
async fn dropping_it_frees_the_port_at_once() {
    let aws = start(STATE).await;
    fault(&aws, "GetUser", Effect::Hang);
    let address = aws.endpoint_url();
    let form = "Action=GetUser&Version=2010-05-08&UserName=ada";
    let hanging = tokio::spawn(async move { send(&address, &request("POST /", &signed("iam"), form)).await });
    aws.called("GetUser", 1).await;
    drop(aws);
    let answer = timeout(Duration::from_secs(10), hanging).await.expect("it ends").expect("no panic");
    assert_eq!(answer.status, 0);
}

#[tokio::test]
async fn exchanges_are_recorded() {
    let folder = std::env::temp_dir().join(format!("local-aws-exchanges-{}", std::process::id()));
    let state = State::parse(STATE).expect("a state");
    let shared = Shared::new(state, Record::in_folder(&folder).expect("a folder"));
    let drop_before = Fault {
        operation: "GetUser".to_owned(),
        matching: None,
        skip: 1,
        times: None,
        effect: Effect::DropBefore,
    };
    shared.state().behaviour.faults.push(drop_before);
    let asked = Request {
        method: "POST".to_owned(),
        path: "/".to_owned(),

        query: String::new(),
        headers: [(
            "authorization".to_owned(),
            signed("iam").split_once(": ").expect("a header").1.to_owned(),
        )]
        .into(),
        body: "Action=GetUser&Version=2010-05-08&UserName=ada".to_owned(),
    };
    shared.serve(asked.clone()).await.expect("an answer");
    shared.serve(asked).await.expect_err("no answer");
    let file = std::fs::read_dir(&folder).expect("a folder").next().expect("a file").expect("an entry");
    let text = std::fs::read_to_string(file.path()).expect("text");
    std::fs::remove_dir_all(folder).expect("it is ours");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((&lines[0]["service"], &lines[0]["operation"]), (&json!("iam"), &json!("GetUser")));
    assert_eq!((&lines[0]["response"]["status"], &lines[0]["deliberate"]), (&json!(200), &json!(false)));
    assert!(lines[0]["request"]["headers"]["authorization"].is_string());
    assert_eq!((&lines[1]["response"], &lines[1]["deliberate"]), (&Value::Null, &json!(true)));
}

#[tokio::test]
async fn an_answer_that_breaks_off_took_effect() {
    let aws = start(STATE).await;
    fault(&aws, "Publish", Effect::Truncate);

    let answer = query(&aws, "sns", "Publish", PUBLISH).await;

    assert_eq!(aws.state().topics[0].messages.len(), 1);
    let length = answer.head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let announced: usize = length.expect("a length").parse().expect("a number");
    assert!(answer.body.len() < announced, "{answer:?}");
}

#[tokio::test]
async fn a_call_can_take_effect_and_hang() {
    let aws = start(STATE).await;
    fault(&aws, "*", Effect::HangAfter);

    let hanging = timeout(Duration::from_millis(100), query(&aws, "sns", "Publish", PUBLISH)).await;

    assert!(hanging.is_err(), "{hanging:?}");
    aws.settled().await;
    assert_eq!(aws.state().topics[0].messages.len(), 1);
    assert_eq!(aws.calls()[0].status, None);
}

#[tokio::test]
async fn the_state_changes_when_a_call_arrives_and_before_it_is_answered() {
    let aws = start(STATE).await;
    aws.before("GetUser", 1, |state| state.users.clear());

    let statuses = [
        query(&aws, "iam", "GetUser", "UserName=ada").await.status,
        query(&aws, "iam", "ListUserTags", "UserName=ada").await.status,
        query(&aws, "iam", "GetUser", "UserName=ada").await.status,
    ];

    assert_eq!(statuses, [200, 200, 404]);
}
