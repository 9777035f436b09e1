use std::time::Duration;

use setupkey_local_aws::{LocalAws, State};
use setupkey_tests::setupkey;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Calls IAM as a client in a shell would.
async fn call(aws: &LocalAws, operation: &str, form: &str) -> String {
    let body = format!("Action={operation}&Version=2010-05-08&{form}");
    let request = format!(
        "POST / HTTP/1.1\r\nhost: iam.amazonaws.com\r\nconnection: close\r\nuser-agent: aws-cli/2.22.0\r\n\
         content-type: application/x-www-form-urlencoded\r\nauthorization: AWS4-HMAC-SHA256 \
         Credential=ASIALOCALAWS00000000/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature={}\r\n\
         content-length: {}\r\n\r\n{body}",
        "0".repeat(64),
        body.len()
    );
    let mut stream = TcpStream::connect(aws.endpoint_url().trim_start_matches("http://")).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn element<'a>(answer: &'a str, name: &str) -> &'a str {
    let (_, rest) = answer.split_once(&format!("<{name}>")).unwrap();
    rest.split_once("</").unwrap().0
}

/// From API calls to the history, in one go: local AWS records the calls as CloudTrail does.
#[tokio::test]
async fn calls_become_the_history_of_the_account() {
    let aws = LocalAws::start(State::default()).await.unwrap();
    call(
        &aws,
        "CreateUser",
        "UserName=brandon&Tags.member.1.Key=setup-key-exception%3Aowner&Tags.member.1.Value=it",
    )
    .await;
    call(&aws, "CreateLoginProfile", "UserName=brandon&Password=not-a-password").await;
    let key = call(&aws, "CreateAccessKey", "UserName=brandon").await;
    let key = element(&key, "AccessKeyId");
    let again = call(&aws, "CreateUser", "UserName=Brandon").await;
    assert_eq!(element(&again, "Code"), "EntityAlreadyExists");
    call(&aws, "UpdateAccessKey", &format!("UserName=brandon&AccessKeyId={key}&Status=Inactive")).await;
    call(&aws, "DeleteAccessKey", &format!("UserName=brandon&AccessKeyId={key}")).await;
    // the period ends with the second in which the command starts
    tokio::time::sleep(Duration::from_millis(1_100)).await;

    let args = ["history", "--live", "--pace-milliseconds", "1", "--format", "json"];
    let ran = setupkey(&aws, &args).await;

    let document: serde_json::Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err));
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_eq!(document["summary"]["complete"], true);
    let episode = &document["episodes"][0];
    assert_eq!((episode["userName"].as_str(), episode["violation"].as_bool()), (Some("brandon"), Some(true)));
    assert_eq!(episode["created"]["tool"], "aws-cli");
    assert_eq!(episode["exemptions"][0]["tags"][0]["value"], "it");
    let found = &episode["keys"][0];
    assert_eq!((found["accessKeyId"].as_str(), found["fate"].as_str()), (Some(key), Some("deleted")));
    assert_eq!((found["sameActor"].as_bool(), found["selfMade"].as_bool()), (Some(true), Some(false)));
    assert_eq!(document["coverage"]["recordsNotUsed"]["refused"], 1);
    assert!(!aws.state().events.iter().any(|event| event.to_string().contains("not-a-password")));
}
