use chrono::TimeDelta;
use serde_json::{Value, json};
use setupkey_local_aws::{ComplianceType, Effect, User};
use setupkey_tests::words::MARKER;
use setupkey_tests::{
    BRANDON, Scene, assert_failure, assert_success, compliant, event, exempt, fault, flagged, time, user,
    with_message,
};

/// brandon of the sample events, created 12 minutes before the capture of the configuration item.
fn created_today(name: &str) -> User {
    User::new(name, time(0) - TimeDelta::minutes(20)).with_id(BRANDON)
}

fn brandon() -> User {
    created_today("brandon").with_password().with_key(17)
}

#[tokio::test]
async fn change_of_a_new_user_is_evaluated_and_alerts_once() {
    for name in ["change", "change-oversized"] {
        let mut scene = Scene::new(&[brandon(), compliant("paras")]).await;

        assert_success(&scene.invoke(&event(name)).await);

        assert_eq!(scene.noncompliant(), ["brandon"]);
        assert_eq!(scene.alerted(), [["brandon"]]);
        assert_eq!(scene.logged("CloudWatchMetrics")[0]["ScheduledRuns"], 0, "no schedule brought it");
        let held = scene.held();
        assert_eq!(held.len(), 1, "no other user has a result");
        assert_eq!(
            held[0].ordering_timestamp.to_rfc3339(),
            "2026-11-22T05:52:11.807+00:00",
            "the time of capture"
        );

        assert_success(&scene.invoke(&event(name)).await);
        assert_success(&scene.run(0).await);
        assert_eq!(scene.alerted().len(), 1, "once");
    }
}

#[tokio::test]
async fn change_of_an_old_user_waits_for_the_scheduled_run_to_alert() {
    let mut scene = Scene::new(&[flagged("brandon").with_id(BRANDON), compliant("paras")]).await;

    assert_success(&scene.invoke(&event("change")).await);

    assert_eq!(scene.noncompliant(), [format!("brandon{MARKER}")]);
    assert_eq!(scene.messages(), []);

    scene.aws.forget_calls();
    assert_success(&scene.invoke(&event("change")).await);
    assert_eq!(scene.puts(), Vec::<Vec<Value>>::new(), "the marker stands");
    assert_eq!(scene.messages(), []);

    assert_success(&scene.run(0).await);
    assert_eq!(scene.noncompliant(), ["brandon"]);
    assert_eq!(scene.alerted(), [["brandon"]]);
}

#[tokio::test]
async fn change_without_a_working_topic_leaves_the_marker() {
    let mut scene = Scene::new(&[brandon()]).await;
    scene.set_faults(vec![fault("Publish", Effect::AccessDenied)]);

    let outcome = scene.invoke(&event("change")).await;

    assert_failure(&outcome, "AlertNotSent", "sns:Publish failed");
    assert_eq!(scene.noncompliant(), [format!("brandon{MARKER}")]);

    scene.set_faults(vec![]);
    assert_success(&scene.invoke(&event("change")).await);
    assert_eq!(scene.alerted(), [["brandon"]]);
    assert_eq!(scene.noncompliant(), ["brandon"]);
}

#[tokio::test]
async fn change_out_of_scope_is_cleared_without_a_read() {
    let item = |pointer: &str, value: Value| {
        with_message(event("change"), |message| {
            *message.pointer_mut(&format!("/configurationItem/{pointer}")).unwrap() = value;
        })
    };
    let cases = [
        (event("change-deleted"), "AWS::IAM::User", "the user is deleted"),
        (event("change-left-scope"), "AWS::IAM::User", "the user left the scope of the rule"),
        (
            item("configurationItemStatus", json!("ResourceDeletedNotRecorded")),
            "AWS::IAM::User",
            "the user is deleted",
        ),
        (item("resourceType", json!("AWS::S3::Bucket")), "AWS::S3::Bucket", "resource type AWS::S3::Bucket"),
    ];
    for (event, resource_type, reason) in cases {
        let mut scene = Scene::new(&[brandon()]).await;

        assert_success(&scene.invoke(&event).await);

        let held = scene.held();
        let [result] = held.as_slice() else { panic!("{held:?}") };
        assert_eq!((result.resource_type.as_str(), result.resource_id.as_str()), (resource_type, BRANDON));
        assert_eq!(result.compliance_type, ComplianceType::NotApplicable);
        assert_eq!(result.annotation.as_deref(), Some(format!("out of scope: {reason}").as_str()));
        assert_eq!(scene.aws.calls().len(), 1, "only PutEvaluations");
    }
}

#[tokio::test]
async fn user_without_console_password_is_not_applicable() {
    let mut scene = Scene::new(&[created_today("brandon").with_key(0)]).await;

    assert_success(&scene.invoke(&event("change")).await);

    assert_eq!(scene.results()["brandon"].0, ComplianceType::NotApplicable);
    assert_eq!(scene.messages(), []);
}

#[tokio::test]
async fn user_deleted_since_the_capture_is_not_applicable() {
    let mut scene = Scene::new(&[compliant("paras")]).await;

    assert_success(&scene.invoke(&event("change")).await);

    let held = scene.held();
    assert_eq!((held.len(), held[0].compliance_type), (1, ComplianceType::NotApplicable));
    assert_eq!(held[0].resource_id, BRANDON);
}

#[tokio::test]
async fn renamed_user_is_found_by_id() {
    let renamed = created_today("brandon.lee").with_password().with_key(17);
    let mut scene = Scene::new(&[renamed]).await;

    assert_success(&scene.invoke(&event("change")).await);

    assert_eq!(scene.noncompliant(), ["brandon.lee"]);
}

/// The configuration item is about a deleted user; a new user has the name and would be flagged.
#[tokio::test]
async fn keys_of_a_new_user_of_the_same_name_do_not_count() {
    let namesake = brandon().with_id("AIDAEXAMPLEBRANDON002");
    let mut scene = Scene::new(&[namesake]).await;

    assert_success(&scene.invoke(&event("change")).await);

    let held = scene.held();
    let [result] = held.as_slice() else { panic!("{held:?}") };
    assert_eq!(result.resource_id, BRANDON);
    assert_eq!(result.compliance_type, ComplianceType::NotApplicable);
}

#[tokio::test]
async fn result_of_another_rule_is_not_a_previous_result() {
    let mut scene = Scene::new(&[brandon(), user("robot")]).await;
    {
        let mut state = scene.aws.state();
        let result = json!({
            "resourceType": "AWS::IAM::User", "resourceId": BRANDON, "complianceType": "NON_COMPLIANT",
            "annotation": "another rule", "orderingTimestamp": "2026-11-22T05:50:00Z",
            "resultRecordedTime": "2026-11-22T05:50:00Z",
        });
        let rule = json!({"configRuleName": "iam-user-mfa-enabled", "configRuleId": "config-rule-mfamfa",
            "resultToken": "another", "results": [result]});
        state.config_rules.push(serde_json::from_value(rule).unwrap());
    }

    assert_success(&scene.invoke(&event("change")).await);

    assert_eq!(scene.alerted(), [["brandon"]], "new to this rule");
}

/// An item that is not recorded cleared a true finding, and the next schedule alerted again: anyone allowed to stop the recorder
/// could silence the rule.
#[tokio::test]
async fn user_that_is_not_recorded_is_judged_live() {
    let mut scene = Scene::new(&[brandon(), compliant("paras")]).await;
    assert_success(&scene.run(0).await);
    let event = with_message(event("change"), |message| {
        message["configurationItem"]["configurationItemStatus"] = json!("ResourceNotRecorded");
    });

    assert_success(&scene.invoke(&event).await);
    assert_success(&scene.run(1).await);

    assert_eq!(scene.noncompliant(), ["brandon"]);
    assert_eq!(scene.alerted(), [["brandon"]], "once");
}

/// A user created with the tags of an exemption had no finding to clear, so no alert was sent about it.
#[tokio::test]
async fn exemption_of_a_new_user_is_reported_and_published() {
    let mut scene = Scene::new(&[exempt(brandon(), "2026-11-30")]).await;

    assert_success(&scene.invoke(&event("change")).await);

    assert_eq!(scene.results()["brandon"].0, ComplianceType::NotApplicable);
    let [message] = scene.messages().try_into().unwrap();
    assert_eq!(message.subject.as_deref(), Some("1 exemption took effect in 111122223333"));
    assert!(message.message.contains("owner payments, until 2026-11-30, TICKET-17; ends within 14 days"));
    let operations = scene.operations();
    let place = |operation: &str| operations.iter().position(|called| called == operation).unwrap();
    assert!(place("PutEvaluations") < place("Publish"), "{operations:?}");
    let metrics = &scene.logged("CloudWatchMetrics")[0];
    assert_eq!((&metrics["Exempted"], &metrics["ExemptionsEnding"]), (&json!(1), &json!(1)));
}
