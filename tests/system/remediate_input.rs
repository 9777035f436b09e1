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
        (with("Mode", json!("delete")), "InvalidEvent", "`Mode` is `delete`, expected only `resourceId`, "),
        (
            with("criterion", json!("setup")),
            "InvalidEvent",
            "`criterion` is `setup`, expected only `resourceId`, ",
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

/// The caller set the guards: `exceptionTagPrefix=none` and `minimumKeyAgeHours=0` in a request deactivated the key of an
/// exempt user.
#[tokio::test]
async fn looser_request_changes_nothing_and_names_the_floor() {
    let guards = [
        ("MINIMUM_KEY_AGE_HOURS", "48"),
        ("MINIMUM_INACTIVE_DAYS", "9"),
        ("MINIMUM_NOTICE_DAYS", "2"),
        ("RULE_PARAMETERS", r#"{"setupWindowSeconds": "30"}"#),
    ];
    let mut scene = Remediate::with_guards(&[setup("anitha")], &guards).await;
    for (field, value, expected) in [
        ("minimumKeyAgeHours", "47", "`minimumKeyAgeHours` is `47`, expected a whole number from 48, "),
        ("minimumInactiveDays", "8", "`minimumInactiveDays` is `8`, expected a whole number from 9, "),
        ("minimumNoticeDays", "0", "`minimumNoticeDays` is `0`, expected a whole number from 2, "),
        ("setupWindowSeconds", "31", "`setupWindowSeconds` is `31`, expected a whole number from 0 to 30, "),
        ("automationExecutionId", "x", "`automationExecutionId` is `x`, expected the ID of an automation"),
    ] {
        let mut request = scene.request("anitha", "deactivate");
        request[field] = json!(value);

        let outcome = scene.invoke(&request).await;

        assert_failure(&outcome, "InvalidEvent", expected);
        assert_eq!(scene.aws.calls(), [], "{field}");
    }
    let id = scene.user_id("anitha");
    let doubled = format!(r#"{{"resourceId": "{id}", "mode": "dry-run", "mode": "deactivate"}}"#);
    assert_failure(&scene.function.invoke(&doubled).await, "InvalidEvent", "`mode` is there twice");
    assert_eq!(scene.aws.calls(), []);
}

#[tokio::test]
async fn environment_that_is_not_understood_fails_every_invocation_by_its_name() {
    for (name, value) in [
        ("MINIMUM_KEY_AGE_HOURS", "soon"),
        ("MINIMUM_INACTIVE_DAYS", "-1"),
        ("MINIMUM_NOTICE_DAYS", "1.5"),
        ("RULE_PARAMETERS", r#"{"scope": "everybody"}"#),
    ] {
        let mut scene = Remediate::with_guards(&[setup("anitha")], &[(name, value)]).await;

        let outcome = scene.run("anitha", "deactivate").await;

        assert_failure(&outcome, "InvalidParameters", name);
        assert_eq!(scene.aws.calls(), []);
    }
}
