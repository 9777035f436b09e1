use setupkey_local_aws::{ComplianceType, Effect, Fault, Topic};
use setupkey_tests::words::MARKER;
use setupkey_tests::{
    Scene, TOPIC, assert_failure, assert_success, compliant, fault, flagged, scheduled, user,
};

/// PutEvaluations fails for good from the call after so many.
fn put_refused(skip: u64) -> Fault {
    let code = "InvalidResultTokenException".to_owned();
    let effect = Effect::Error { status: 400, code, message: "the token is not valid".to_owned() };
    Fault { skip, ..fault("PutEvaluations", effect) }
}

#[tokio::test]
async fn findings_wait_with_a_marker_for_a_working_topic() {
    let mut scene = Scene::new(&[flagged("brandon"), compliant("paras")]).await;
    scene.aws.state().topics.clear();

    let outcome = scene.run(0).await;

    assert_failure(&outcome, "AlertNotSent", "sns:Publish failed: NotFound");
    assert_eq!(scene.noncompliant(), [format!("brandon{MARKER}")]);
    assert_eq!(scene.results()["paras"].0, ComplianceType::Compliant);

    scene.aws.state().topics.push(Topic::new(TOPIC));
    assert_success(&scene.run(1).await);
    assert_eq!(scene.alerted(), [["brandon"]]);
    assert_eq!(scene.noncompliant(), ["brandon"], "the marker is gone");

    assert_success(&scene.run(2).await);
    assert_eq!(scene.alerted().len(), 1, "no second alert");
}

/// Nothing but new findings to put: without a put before the alert, every run would alert again.
#[tokio::test]
async fn findings_that_cannot_be_reported_send_no_alert() {
    let mut scene = Scene::new(&[flagged("brandon")]).await;
    scene.set_faults(vec![put_refused(0)]);

    for hours in 0..3 {
        assert_failure(&scene.run(hours).await, "EvaluationsNotPut", "1 of 1 evaluations not reported");
    }

    assert_eq!(scene.messages(), []);
}

#[tokio::test]
async fn findings_that_cannot_be_reported_after_the_alert_alert_once_more() {
    let mut scene = Scene::new(&[flagged("brandon"), compliant("paras")]).await;
    scene.set_faults(vec![put_refused(1)]);

    assert_failure(&scene.run(0).await, "EvaluationsNotPut", "1 of 1 evaluations not reported");
    assert_eq!(scene.alerted(), [["brandon"]]);
    assert_eq!(scene.noncompliant(), Vec::<String>::new());

    scene.set_faults(vec![]);
    assert_success(&scene.run(1).await);
    assert_success(&scene.run(2).await);
    assert_eq!(scene.alerted(), [["brandon"], ["brandon"]]);
}

#[tokio::test]
async fn unreadable_previous_results_neither_alert_nor_clear() {
    let mut scene = Scene::new(&[flagged("brandon"), flagged("anitha"), compliant("paras")]).await;
    assert_success(&scene.run(0).await);
    scene.remove_user("anitha");
    scene.set_faults(vec![fault("GetComplianceDetailsByConfigRule", Effect::AccessDenied)]);

    let outcome = scene.run(1).await;

    assert_failure(
        &outcome,
        "PreviousResultsUnread",
        "GetComplianceDetailsByConfigRule failed: AccessDenied",
    );
    assert_eq!(scene.calls("Publish"), 0);
    assert_eq!(scene.noncompliant(), ["anitha".to_owned(), format!("brandon{MARKER}")]);

    scene.set_faults(vec![]);
    assert_success(&scene.run(2).await);
    assert_eq!(scene.alerted()[1..], [["brandon"]], "at least once, rather than never");
    assert_eq!(scene.noncompliant(), ["brandon"]);
}

#[tokio::test]
async fn failed_evaluations_are_reported_again() {
    let mut scene = Scene::new(&[compliant("ann"), compliant("bob"), compliant("cy")]).await;
    let bob = scene.user_id("bob");
    let effect = Effect::FailedEvaluations { resource_ids: Some(vec![bob.clone()]) };
    scene.set_faults(vec![Fault { times: Some(2), ..fault("PutEvaluations", effect.clone()) }]);

    assert_success(&scene.run(0).await);

    assert_eq!(scene.puts().iter().map(Vec::len).collect::<Vec<_>>(), [3, 1, 1]);
    assert_eq!(scene.results().len(), 3);

    scene.set_faults(vec![fault("PutEvaluations", effect)]);
    let outcome = scene.run(24).await;
    assert_failure(
        &outcome,
        "EvaluationsNotPut",
        &format!("1 of 3 evaluations not reported: came back as failed 4 times: {bob}"),
    );
}

#[tokio::test]
async fn without_a_topic_there_is_no_marker() {
    let mut scene = Scene::without_topic(&[flagged("brandon"), user("robot")]).await;

    assert_success(&scene.run(0).await);

    assert_eq!(scene.noncompliant(), ["brandon"]);
    assert_eq!(scene.calls("Publish"), 0);
    assert!(scene.function.log().contains("no alerts in this run"));
}

#[tokio::test]
async fn user_flagged_a_second_time_alerts_a_second_time() {
    let mut scene = Scene::new(&[flagged("brandon"), compliant("paras")]).await;
    assert_success(&scene.run(0).await);
    let keys = std::mem::take(&mut scene.aws.state().users[0].access_keys);
    assert_success(&scene.run(1).await);
    assert_eq!(scene.noncompliant(), Vec::<String>::new());
    scene.aws.state().users[0].access_keys = keys;

    assert_success(&scene.run(2).await);

    assert_eq!(scene.alerted(), [["brandon"], ["brandon"]]);
}

/// A digest holds 200 KiB: the next alerts name the users who do not fit, each user once.
#[tokio::test]
async fn findings_beyond_the_size_of_a_message_alert_with_the_next_runs() {
    let users: Vec<_> = (0..300)
        .map(|n| (0..6).fold(compliant(&format!("user{n:03}")), |user, second| user.with_key(second)))
        .collect();
    let mut scene = Scene::new(&users).await;
    scene.aws.state().behaviour.credential_report.additional_credentials_info = true;

    assert_success(&scene.run(0).await);
    let told = scene.alerted().concat();
    assert!((100..300).contains(&told.len()), "{}", told.len());
    let left = 300 - told.len();
    assert!(
        scene.messages()[0]
            .message
            .contains(&format!("\nUsers not shown for lack of space: {left}. The next alerts name them.\n"))
    );
    assert_eq!(scene.noncompliant().iter().filter(|name| name.ends_with(MARKER)).count(), left);

    assert_success(&scene.run(1).await);
    assert_success(&scene.run(2).await);
    assert_eq!(scene.messages().len(), 2, "nothing new, nothing sent");
    let mut alerted = scene.alerted().concat();
    assert_eq!(alerted.len(), 300, "no user twice");
    alerted.sort();
    alerted.dedup();
    assert_eq!(alerted.len(), 300, "every user");
}

/// One old finding, one new, one resolved: the alert says which is which.
#[tokio::test]
async fn alert_has_new_and_resolved_findings() {
    let mut scene =
        Scene::new(&[flagged("old"), flagged("resolved"), compliant("new").with_key(0).used()]).await;
    let mut event = scheduled(0);
    assert_success(&scene.invoke(&event).await);
    scene.aws.state().users[1].access_keys.clear();
    event["ruleParameters"] = serde_json::json!(r#"{"criterion": "setup", "scope": "all-users"}"#);

    assert_success(&scene.invoke(&event).await);

    assert_eq!(scene.alerted()[1], ["new"]);
    let message = scene.messages().remove(1);
    assert_eq!(message.subject.unwrap(), "1 IAM user with access keys created with the user in 111122223333");
    assert!(message.message.contains("\nResolved since the last evaluation:\n  resolved (AIDA"));
    assert!(message.message.contains("\nNoncompliant users in the account: 2.\n"));
    assert!(message.message.contains(" created 0 s after the user, last used 2024-07-01 13:00 UTC\n"));
    assert!(!message.message.contains("old (AIDA"));
    let attribute = |name: &str| message.message_attributes[name].string_value.clone();
    assert_eq!(["new", "flagged", "severity"].map(attribute), ["1", "2", "MEDIUM"]);
}
