use serde_json::{Value, json};
use setupkey_tests::{Scene, assert_failure, assert_success, event, flagged, scheduled, with_message};

/// Every field that is not accepted is tested in `rule`; here that an event with one reaches nothing.
#[tokio::test]
async fn invalid_event_evaluates_nothing() {
    let mut scene = Scene::new(&[flagged("brandon")]).await;
    let with = |field: &str, value: Value| {
        let mut event = event("scheduled");
        event[field] = value;
        event.to_string()
    };
    let foreign = with_message(event("scheduled"), |message| message["awsAccountId"] = json!("444455556666"));
    let cases = [
        (
            "this is not json".to_owned(),
            "InvalidEvent",
            "`event` is `this is not json`, expected a JSON object",
        ),
        (String::new(), "InvalidEvent", "`event` is ``, expected a JSON object"),
        (with("resultToken", Value::Null), "InvalidEvent", "`resultToken` is missing"),
        (with("evaluationMode", json!("PROACTIVE")), "InvalidEvent", "expected `DETECTIVE`"),
        (
            with("accountId", json!("444455556666")),
            "ForeignAccount",
            "`accountId` is `444455556666`, expected `111122223333`",
        ),
        (foreign.to_string(), "ForeignAccount", "`awsAccountId` is `444455556666`, expected `111122223333`"),
        (
            with("ruleParameters", json!(r#"{"setupWindowSeconds": "ten"}"#)),
            "InvalidParameters",
            "rule parameter `setupWindowSeconds` is `ten`, expected a whole number from 0 to 86400",
        ),
    ];
    for (text, error_type, error_message) in cases {
        let outcome = scene.invoke_text(&text).await;

        assert_failure(&outcome, error_type, error_message);
        assert_eq!(scene.aws.calls(), [], "{text}");
    }

    assert_success(&scene.invoke(&scheduled(0)).await);
    assert_eq!(scene.noncompliant(), ["brandon"], "the next event is evaluated");
}

#[tokio::test]
async fn unknown_message_type_is_logged_and_not_retried() {
    let mut scene = Scene::new(&[flagged("brandon")]).await;
    let event = with_message(event("scheduled"), |message| {
        message["messageType"] = json!("ConfigurationSnapshotDeliveryCompleted");
    });

    assert_success(&scene.invoke(&event).await);

    assert_eq!(scene.aws.calls(), []);
    let log = scene.function.log();
    let line = log.lines().find(|line| line.contains("unknown message type")).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["level"], json!("ERROR"));
    assert_eq!(line["message_type"], json!("ConfigurationSnapshotDeliveryCompleted"));
    assert_eq!(
        line["accepted"],
        json!(
            "ScheduledNotification, ConfigurationItemChangeNotification, \
             OversizedConfigurationItemChangeNotification"
        )
    );
}
