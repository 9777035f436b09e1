use serde_json::json;
use setupkey_local_aws::{ComplianceType, Effect};
use setupkey_tests::words::{EXEMPT_UNTIL, EXEMPT_USER, EXEMPT_USERS, EXEMPTION, MARKER};
use setupkey_tests::{
    BRANDON, Scene, assert_failure, assert_success, compliant, event, exemption, fault, flagged, user_in,
    with_message,
};

fn tag(scene: &Scene, name: &str, tags: impl IntoIterator<Item = (String, String)>) {
    user_in(&mut scene.aws.state(), name).tags = tags.into_iter().collect();
}

fn last_message(scene: &Scene) -> String {
    scene.messages().pop().unwrap().message
}

/// An exemption that clears a finding, is in force, and lapses.
#[tokio::test]
async fn exemption_that_starts_or_ends_alerts() {
    let mut scene = Scene::new(&[flagged("brandon"), compliant("paras")]).await;
    assert_success(&scene.run(0).await);
    assert_eq!(scene.noncompliant(), ["brandon"]);

    tag(&scene, "brandon", exemption("2026-11-23"));
    assert_success(&scene.run(1).await);
    assert_eq!(
        scene.results()["brandon"],
        (ComplianceType::NotApplicable, format!("brandon: {EXEMPT_UNTIL}2026-11-23, owner payments"))
    );
    let message = last_message(&scene);
    assert!(
        message.starts_with(&format!(
            "1 {EXEMPTION} took effect in account 111122223333. There are no new findings.\n"
        )),
        "{message}"
    );
    let line = format!(
        "  brandon ({}): owner payments, until 2026-11-23, TICKET-17; ends within 14 days\n",
        scene.user_id("brandon")
    );
    assert_eq!(message.matches(&line).count(), 2, "cleared, and in force: {message}");

    assert_success(&scene.run(2).await);
    assert_eq!(scene.messages().len(), 2, "an exception in force is not told again");
    assert_eq!(scene.logged(EXEMPT_USER).len(), 2, "but logged by each run");
    assert_eq!(scene.logged("CloudWatchMetrics")[2][EXEMPT_USERS], 1);

    // 2026-11-24 06:00
    assert_success(&scene.run(48).await);
    let (verdict, annotation) = scene.results()["brandon"].clone();
    assert_eq!(verdict, ComplianceType::NonCompliant);
    assert!(
        annotation.starts_with(&format!("brandon: {EXEMPTION} expired 2026-11-23; console password; ")),
        "{annotation}"
    );
    assert!(last_message(&scene).contains(&format!("): {EXEMPTION} expired 2026-11-23\n")));
    assert_eq!(scene.alerted(), [vec!["brandon".to_owned()], vec![], vec!["brandon".to_owned()]]);
}

#[tokio::test]
async fn user_exempt_from_the_start_gets_no_evaluation() {
    let mut scene = Scene::new(&[flagged("brandon"), compliant("paras")]).await;
    tag(&scene, "brandon", exemption("2027-01-31"));

    assert_success(&scene.run(0).await);

    assert_eq!(scene.results().keys().collect::<Vec<_>>(), ["paras"]);
    assert_eq!(scene.messages(), []);
    let line = &scene.logged(EXEMPT_USER)[0];
    assert_eq!(
        (&line["user_name"], &line["owner"], &line["expires"]),
        (&json!("brandon"), &json!("payments"), &json!("2027-01-31"))
    );
}

#[tokio::test]
async fn exemption_without_an_alert_does_not_count() {
    let mut scene = Scene::new(&[flagged("brandon"), compliant("paras")]).await;
    assert_success(&scene.run(0).await);
    tag(&scene, "brandon", exemption("2027-01-31"));
    scene.set_faults(vec![fault("Publish", Effect::AccessDenied)]);

    assert_failure(&scene.run(1).await, "AlertNotSent", "sns:Publish failed");
    assert_eq!(scene.noncompliant(), ["brandon"]);

    scene.set_faults(vec![]);
    assert_success(&scene.run(2).await);
    assert_eq!(scene.results()["brandon"].0, ComplianceType::NotApplicable);
    assert!(last_message(&scene).contains(&format!("1 {EXEMPTION} took effect")));
}

#[tokio::test]
async fn exemption_counts_without_a_topic() {
    let mut scene = Scene::without_topic(&[flagged("brandon"), compliant("paras")]).await;
    assert_success(&scene.run(0).await);
    tag(&scene, "brandon", exemption("2027-01-31"));

    assert_success(&scene.run(1).await);

    assert_eq!(scene.results()["brandon"].0, ComplianceType::NotApplicable);
}

#[tokio::test]
async fn invalid_exemption_does_not_count_and_says_why() {
    let [owner, expires, reason] = exemption("2026-12-31");
    let named = |(key, _): (String, String), value: &str| (key, value.to_owned());
    let near_miss = ("Setup-Key_Exception:Owner".to_owned(), owner.1.clone());
    let cases = [
        (
            vec![near_miss, expires.clone(), reason.clone()],
            format!(
                "{EXEMPTION} tag `Setup-Key_Exception:Owner` ignored, expected `setup-key-exception:owner`; "
            ),
        ),
        // two letters or digits, or it says nothing
        (
            vec![named(owner.clone(), "n"), expires.clone(), reason.clone()],
            format!("{EXEMPTION} incomplete: no owner; "),
        ),
        (
            vec![owner, expires.clone(), named(reason.clone(), "- .")],
            format!("{EXEMPTION} incomplete: no reason; "),
        ),
        (vec![expires, reason], format!("{EXEMPTION} incomplete: no owner; ")),
        (exemption("soon").to_vec(), format!("{EXEMPTION} malformed: expires `soon`, ")),
        (exemption("2030-01-01").to_vec(), format!("{EXEMPTION} malformed: expires `2030-01-01`, ")),
        (exemption("2026-11-21").to_vec(), format!("{EXEMPTION} expired 2026-11-21; ")),
    ];
    for (tags, expected) in cases {
        let mut scene = Scene::new(&[flagged("brandon")]).await;
        tag(&scene, "brandon", tags);

        assert_success(&scene.run(0).await);

        let (verdict, annotation) = scene.results()["brandon"].clone();
        assert_eq!(verdict, ComplianceType::NonCompliant);
        assert!(annotation.starts_with(&format!("brandon: {expected}")), "{annotation}");
    }
}

#[tokio::test]
async fn approver_is_in_the_alert_and_in_the_log() {
    let mut scene = Scene::new(&[flagged("brandon")]).await;
    assert_success(&scene.run(0).await);
    let approver = ("setup-key-exception:approver".to_owned(), "jane doe".to_owned());
    tag(&scene, "brandon", exemption("2026-12-31").into_iter().chain([approver]));

    assert_success(&scene.run(1).await);

    let message = last_message(&scene);
    let shown = "owner payments, until 2026-12-31, TICKET-17, approved by jane doe";
    assert_eq!(message.matches(shown).count(), 2, "took effect, and in force: {message}");
    assert_eq!(scene.logged(EXEMPT_USER)[0]["approver"], "jane doe");
}

#[tokio::test]
async fn tags_are_read_only_of_flagged_users() {
    let mut scene = Scene::new(&[flagged("brandon"), compliant("paras")]).await;
    tag(&scene, "brandon", exemption("2027-01-31"));
    tag(&scene, "paras", exemption("2027-01-31"));
    for (prefix, tags_read, expected) in
        [("setup-key-exception", 1, vec![]), ("none", 0, vec!["brandon"]), ("other", 1, vec!["brandon"])]
    {
        scene.aws.forget_calls();
        let mut event = event("scheduled");
        event["ruleParameters"] = json!(json!({"exceptionTagPrefix": prefix}).to_string());

        assert_success(&scene.invoke(&event).await);

        assert_eq!(scene.calls("ListUserTags"), tags_read, "{prefix}");
        assert_eq!(scene.noncompliant(), expected, "{prefix}");
    }
}

/// Tagging a user makes a change event; the exemption waits for the run that can alert about it.
#[tokio::test]
async fn change_event_leaves_exemptions_to_the_scheduled_run() {
    let mut scene = Scene::new(&[flagged("brandon").with_id(BRANDON), compliant("paras")]).await;
    assert_success(&scene.run(0).await);
    tag(&scene, "brandon", exemption("2027-01-31"));
    let change = with_message(event("change"), |message| {
        message["notificationCreationTime"] = json!("2026-11-22T06:30:00Z")
    });

    assert_success(&scene.invoke(&change).await);
    assert_eq!(scene.noncompliant(), ["brandon"]);

    assert_success(&scene.run(1).await);
    assert_eq!(scene.results()["brandon"].0, ComplianceType::NotApplicable);
    assert_eq!(scene.messages().len(), 2);
}

#[tokio::test]
async fn alert_has_the_account_alias_if_it_can_be_read() {
    let mut scene = Scene::new(&[flagged("brandon")]).await;
    scene.aws.state().account_aliases = vec!["example-corp".to_owned()];
    assert_success(&scene.run(0).await);
    assert!(
        last_message(&scene).starts_with("1 IAM user in account 111122223333 (example-corp) has access keys")
    );

    let mut scene = Scene::new(&[flagged("brandon")]).await;
    scene.set_faults(vec![fault("ListAccountAliases", Effect::AccessDenied)]);
    assert_success(&scene.run(0).await);
    assert!(last_message(&scene).starts_with("1 IAM user in account 111122223333 has access keys"));
    assert!(!scene.noncompliant().concat().contains(MARKER));
}
