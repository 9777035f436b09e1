use serde_json::{Value, json};
use setupkey_tests::{Remediate, actions, assert_failure, event, setup};

/// Every field that is not accepted is tested in `rule`; here that a request with one reaches nothing.
#[tokio::test]
async fn invalid_request_changes_nothing() {
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    let with = |field: &str, value: Value| {
        let mut request = scene.request("anitha", "deactivate");
        request[field] = value;
        request.to_string()
    };
    let cases = [
        (
            "this is not json".to_owned(),
            "InvalidEvent",
            "`event` is `this is not json`, expected a JSON object",
        ),
        (String::new(), "InvalidEvent", "`event` is ``, expected a JSON object"),
        (with("mode", json!("destroy")), "InvalidEvent", "`mode` is `destroy`, expected `dry-run`, "),
        (with("Mode", json!("delete")), "InvalidEvent", "`Mode` (value `delete`) is unknown, expected"),
        (
            with("criterion", json!("everything")),
            "InvalidParameters",
            "`criterion` is `everything`, expected",
        ),
    ];
    for (text, error_type, error_message) in cases {
        let outcome = scene.function.invoke(&text).await;

        assert_failure(&outcome, error_type, error_message);
        assert_eq!(scene.aws.calls(), [], "{text}");
    }

    assert_eq!(actions(&scene.answer("anitha", "deactivate").await).len(), 1, "the next request is served");
}

/// A Systems Manager document passes strings only. The sample event is such a payload, and asks for anitha of the
/// sample account.
#[tokio::test]
async fn sample_event_has_string_values_only() {
    let sample = event("remediate");
    let anitha = setup("anitha").with_id(sample["resourceId"].as_str().unwrap());
    let mut scene = Remediate::new(&[anitha]).await;

    let answer = scene.answer_to(&sample).await;

    assert_eq!(actions(&answer), [(scene.key_id("anitha", 0), "would-deactivate".to_owned())]);
    assert!(sample.as_object().unwrap().values().all(Value::is_string));
    let audited = scene.audited(&scene.key_id("anitha", 0));
    assert_eq!(audited[0]["automation_execution_id"], sample["automationExecutionId"]);
}
