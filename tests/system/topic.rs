//! Topics that a message cannot reach anyone by: SNS takes it, and it is lost.

use chrono::TimeDelta;
use setupkey_local_aws::{AccessKeyStatus, ComplianceType, Effect, User};
use setupkey_tests::words::MARKER;
use setupkey_tests::{
    BRANDON, Remediate, Scene, actions, assert_success, compliant, event, exemption, fault, flagged, setup,
    time, user_in,
};

/// The alert was sent before the subscription was confirmed, and the finding counted as alerted.
#[tokio::test]
async fn findings_wait_for_a_confirmed_subscription() {
    let mut scene = Scene::new(&[flagged("brandon"), flagged("anitha"), compliant("paras")]).await;
    assert_success(&scene.run(0).await);
    scene.set_confirmed(false);
    scene.aws.state().users.push(flagged("new"));
    user_in(&mut scene.aws.state(), "anitha").tags.extend(exemption("2027-01-31"));

    for hours in 1..3 {
        assert_success(&scene.run(hours).await);
        assert_eq!(scene.calls("Publish"), 0);
        assert_eq!(scene.noncompliant(), ["anitha".to_owned(), "brandon".to_owned(), format!("new{MARKER}")]);
        let warnings = scene.logged("no confirmed subscription");
        assert_eq!(warnings.len(), usize::try_from(hours).unwrap());
        assert_eq!(warnings[0]["level"], "WARN");
    }

    scene.set_confirmed(true);
    assert_success(&scene.run(3).await);
    assert_eq!(scene.alerted()[1..], [["new"]]);
    assert_eq!(scene.noncompliant(), ["brandon", "new"]);
    assert_eq!(
        scene.results()["anitha"].0,
        ComplianceType::NotApplicable,
        "no exemption takes effect in silence"
    );
}

#[tokio::test]
async fn topic_that_cannot_be_looked_at_gets_its_alert() {
    let mut scene = Scene::new(&[flagged("brandon"), compliant("paras")]).await;
    scene.set_confirmed(false);
    scene.set_faults(vec![fault("GetTopicAttributes", Effect::AccessDenied)]);

    assert_success(&scene.run(0).await);

    assert_eq!(scene.alerted(), [["brandon"]]);
    assert_eq!(scene.noncompliant(), ["brandon"]);
}

fn brandon() -> User {
    User::new("brandon", time(0) - TimeDelta::minutes(20)).with_id(BRANDON).with_password().with_key(17)
}

/// A change event published before AWS Config had taken anything: a junk token was enough to send an email.
#[tokio::test]
async fn change_event_reports_the_finding_before_it_publishes() {
    let mut scene = Scene::new(&[brandon()]).await;

    assert_success(&scene.invoke(&event("change")).await);

    let operations = scene.operations();
    let delivery = operations.iter().skip_while(|operation| *operation != "PutEvaluations");
    assert_eq!(
        delivery.collect::<Vec<_>>(),
        ["PutEvaluations", "ListAccountAliases", "GetTopicAttributes", "Publish", "PutEvaluations"]
    );
    let annotations: Vec<_> = scene.puts().concat().iter().map(|put| put["Annotation"].to_string()).collect();
    assert!(annotations[0].contains(MARKER) && !annotations[1].contains(MARKER), "{annotations:?}");

    let mut scene = Scene::new(&[brandon()]).await;
    let mut junk = event("change");
    junk["resultToken"] = "junk".into();
    let outcome = scene.function.invoke(&junk.to_string()).await;
    assert_eq!(setupkey_tests::ends(&outcome), "EvaluationsNotPut");
    assert_eq!(scene.calls("Publish"), 0);
    assert_eq!(scene.messages(), []);
}

#[tokio::test]
async fn change_event_keeps_the_marker_without_a_confirmed_subscription() {
    let mut scene = Scene::new(&[brandon()]).await;
    scene.set_confirmed(false);

    assert_success(&scene.invoke(&event("change")).await);

    assert_eq!(scene.noncompliant(), [format!("brandon{MARKER}")]);
    assert_eq!((scene.puts().len(), scene.calls("Publish")), (1, 0));
}

#[tokio::test]
async fn deactivation_without_a_confirmed_subscription_is_no_failure() {
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    scene.set_confirmed(false);

    assert_eq!(actions(&scene.answer("anitha", "deactivate").await).len(), 1);

    assert_eq!(scene.count("Publish"), 0);
    assert_eq!(scene.statuses("anitha"), [AccessKeyStatus::Inactive]);
    assert!(scene.function.log().contains("no confirmed subscription"));
}
