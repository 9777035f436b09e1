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
            "`setupWindowSeconds` is `ten`, expected a whole number from 0 to 86400",
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

/// A rule name of several lines was printed raw in the security email, twice.
#[tokio::test]
async fn rule_name_of_several_lines_reaches_no_log_and_no_message() {
    for name in ["scheduled", "change"] {
        let mut scene = Scene::new(&[flagged("brandon")]).await;
        for rule in ["rule\nYour account is suspended: call", "a\u{2028}b", &"r".repeat(129)] {
            let mut event = event(name);
            event["configRuleName"] = json!(rule);

            let outcome = scene.invoke(&event).await;

            assert_failure(&outcome, "InvalidEvent", "expected one line of 1 to 128 characters");
            assert_eq!(scene.aws.calls(), []);
            let lines: Vec<Value> =
                scene.function.log().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert!(lines.iter().all(|line| !line.to_string().contains(rule)), "{lines:?}");
        }
    }
}

#[tokio::test]
async fn rule_name_is_encoded_in_the_link_of_an_alert() {
    let mut scene = Scene::new(&[flagged("brandon")]).await;
    let mut event = scheduled(0);
    event["configRuleName"] = json!("a b&c=#d");
    scene.aws.state().config_rules[0].config_rule_name = "a b&c=#d".to_owned();

    assert_success(&scene.invoke(&event).await);

    let message = scene.messages().remove(0).message;
    assert!(message.contains("?configRuleName=a%20b%26c%3D%23d\n"), "{message}");
}

/// A leap second is a time to the parser and none to the SDK's type, which panicked: no result and no `errorType`.
#[tokio::test]
async fn leap_second_is_an_invalid_event() {
    const LEAP: &str = "2016-12-31T23:59:60Z";
    let created =
        with_message(event("scheduled"), |message| message["notificationCreationTime"] = json!(LEAP));
    let captured = with_message(event("change"), |message| {
        message["configurationItem"]["configurationItemCaptureTime"] = json!(LEAP);
    });
    for (event, field) in [(created, "notificationCreationTime"), (captured, "configurationItemCaptureTime")]
    {
        let mut scene = Scene::new(&[flagged("brandon")]).await;

        let outcome = scene.invoke(&event).await;

        assert_failure(&outcome, "InvalidEvent", &format!("`{field}` is `{LEAP}`"));
        assert_eq!(scene.aws.calls(), []);
    }
}
