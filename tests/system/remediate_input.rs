use serde_json::{Value, json};
use setupkey_tests::{Remediate, actions, assert_failure, event, setup};

#[tokio::test]
async fn bad_requests_are_told_do_nothing_and_the_process_lives_on() {
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    let good = scene.request("anitha", "deactivate");
    let with = |field: &str, value: Value| {
        let mut request = good.clone();
        request[field] = value;
        request.to_string()
    };
    let without = |field: &str| {
        let mut request = good.clone();
        request.as_object_mut().unwrap().remove(field);
        request.to_string()
    };
    let cases = [
        (
            "this is not json".to_owned(),
            "InvalidEvent",
            "`event` is `this is not json`, expected a JSON object",
        ),
        (String::new(), "InvalidEvent", "`event` is ``, expected a JSON object"),
        ("null".to_owned(), "InvalidEvent", "expected a JSON object"),
        (
            without("resourceId"),
            "InvalidEvent",
            "`resourceId` is missing, expected the unique id of an IAM user",
        ),
        (with("resourceId", json!("anitha")), "InvalidEvent", "`resourceId` is `anitha`, expected"),
        (without("mode"), "InvalidEvent", "`mode` is missing, expected `dry-run`, `deactivate`, `delete`"),
        (
            with("mode", json!("destroy")),
            "InvalidEvent",
            "`mode` is `destroy`, expected `dry-run`, `deactivate`, `delete`",
        ),
        (with("mode", json!(true)), "InvalidEvent", "`mode` is `true`, expected"),
        (
            with("Mode", json!("delete")),
            "InvalidEvent",
            "`Mode` (value `delete`) is unknown, expected `resourceId`, `mode`",
        ),
        (with("userName", json!("anitha")), "InvalidEvent", "`userName` (value `anitha`) is unknown"),
        (
            with("minimumKeyAgeHours", json!("a day")),
            "InvalidEvent",
            "`minimumKeyAgeHours` is `a day`, expected a whole number from 0 to 87600",
        ),
        (with("minimumKeyAgeHours", json!(-1)), "InvalidEvent", "`minimumKeyAgeHours` is `-1`"),
        (with("minimumInactiveDays", json!({})), "InvalidEvent", "`minimumInactiveDays` is `{}`"),
        (
            with("criterion", json!("everything")),
            "InvalidParameters",
            "rule parameter `criterion` is `everything`, expected `setup-and-unused`",
        ),
        (
            with("setupWindowSeconds", json!(86_401)),
            "InvalidParameters",
            "expected a whole number from 0 to 86400",
        ),
        (with("includeInactiveKeys", json!("yes")), "InvalidParameters", "`includeInactiveKeys` is `yes`"),
    ];
    for (text, error_type, error_message) in cases {
        scene.aws.forget_calls();
        let outcome = scene.function.invoke(&text).await;

        assert_failure(&outcome, error_type, error_message);
        assert_eq!(scene.aws.calls(), [], "{text}");
    }

    assert_eq!(actions(&scene.answer("anitha", "deactivate").await).len(), 1, "the next request is served");
}

/// The values of a Systems Manager document are strings, all of them. The sample event is such a payload, and asks for
/// anitha of the sample account.
#[tokio::test]
async fn the_sample_event_is_understood() {
    let sample = event("remediate");
    let anitha = setup("anitha").with_id(sample["resourceId"].as_str().unwrap());
    let mut scene = Remediate::new(&[anitha]).await;

    let answer = scene.answer_to(&sample).await;

    assert_eq!(actions(&answer), [(scene.key_id("anitha", 0), "would-deactivate".to_owned())]);
    assert!(sample.as_object().unwrap().values().all(Value::is_string));
    let audited = scene.audited(&scene.key_id("anitha", 0));
    assert_eq!(audited[0]["automation_execution_id"], sample["automationExecutionId"]);
}
