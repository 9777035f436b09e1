//! Notice before action: a key is announced, then deactivated, and a notice without a receiver starts no clock.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use setupkey_local_aws::AccessKeyStatus::{Active, Inactive};
use setupkey_local_aws::{Effect, Topic};
use setupkey_tests::{
    Remediate, TOPIC, actions, assert_failure, exemption, fault, notice_tag, now, reason, rfc3339, setup,
};

const ONE_DAY: [(&str, &str); 1] = [("MINIMUM_NOTICE_DAYS", "1")];

async fn scene() -> Remediate {
    Remediate::with_guards(&[setup("anitha")], &ONE_DAY).await
}

#[tokio::test]
async fn key_is_announced_and_deactivated_a_day_later() {
    let mut scene = scene().await;
    let (key, tag) = (scene.key_id("anitha", 0), scene.notice_key("anitha", 0));

    let answer = scene.answer("anitha", "dry-run").await;
    assert_eq!(actions(&answer), [(key.clone(), "would-announce".to_owned())]);
    assert!(answer["actions"][0]["notBefore"].is_string(), "{answer}");
    scene.assert_no_write();

    let before = now();
    let answer = scene.answer("anitha", "deactivate").await;
    assert_eq!(actions(&answer), [(key.clone(), "announced".to_owned())]);
    let writes: Vec<_> = scene.writes().into_iter().map(|call| call.operation).collect();
    assert_eq!(writes, ["Publish", "TagUser"], "the clock starts with the message");
    let not_before = answer["actions"][0]["notBefore"].as_str().unwrap().to_owned();
    let announced = scene.user("anitha").tags[&tag].clone();
    let (published, topic) = announced.split_once(' ').unwrap();
    let published: DateTime<Utc> = published.parse().unwrap();
    assert_eq!((rfc3339(published + TimeDelta::days(1)), topic), (not_before.clone(), TOPIC));
    let [message] = scene.messages().try_into().unwrap();
    assert_eq!(message.subject.as_deref(), Some("1 access key will be deactivated in 111122223333"));
    // written before it is published, and the clock starts with its publication
    let (_, after) = message.message.split_once("by the first remediation after ").unwrap();
    let written: DateTime<Utc> = after.split_once(". ").unwrap().0.parse().unwrap();
    let written = written - TimeDelta::days(1);
    assert!(
        before - TimeDelta::seconds(1) < written && written <= published,
        "{before} {written} {published}"
    );
    for part in [&key, "Use the key", "Delete the key", "aws iam tag-user --user-name anitha"] {
        assert!(message.message.contains(part), "{part}: {}", message.message);
    }
    assert_eq!(scene.statuses("anitha"), [Active]);

    let answer = scene.answer("anitha", "deactivate").await;
    assert!(reason(&answer, &key).contains(&format!("not deactivated before {not_before}")), "{answer}");
    scene.assert_no_write();

    scene.tag("anitha", &tag, &notice_tag(25));
    let answer = scene.answer("anitha", "deactivate").await;
    assert_eq!(actions(&answer), [(key, "deactivated".to_owned())]);
    assert_eq!(scene.statuses("anitha"), [Inactive]);
}

#[tokio::test]
async fn notice_that_sns_did_not_take_starts_no_clock() {
    let mut scene = scene().await;
    scene.set_faults(vec![fault("Publish", Effect::AccessDenied)]);

    let outcome = scene.run("anitha", "deactivate").await;

    assert_failure(&outcome, "AlertNotSent", "notice not sent");
    assert_eq!(scene.count("TagUser"), 0);
    scene.set_faults(vec![]);
    let announced = actions(&scene.answer("anitha", "deactivate").await);
    assert_eq!(announced, [(scene.key_id("anitha", 0), "announced".to_owned())]);
}

#[tokio::test]
async fn notice_without_a_receiver_starts_no_clock() {
    let mut scene = scene().await;
    scene.set_confirmed(false);

    let outcome = scene.run("anitha", "deactivate").await;

    assert_failure(&outcome, "AlertNotSent", "no confirmed subscription");
    scene.assert_no_write();
    scene.set_confirmed(true);
    assert_eq!(actions(&scene.answer("anitha", "deactivate").await)[0].1, "announced");

    let mut scene = self::scene().await.without_topic().await;
    let outcome = scene.run("anitha", "deactivate").await;
    assert_failure(&outcome, "KeysLeftAlone", "no alert topic is set");
    scene.assert_no_write();
}

/// The readers of another topic received nothing, and a lapsed exemption was a reason not to act.
#[tokio::test]
async fn other_topic_or_lapsed_exemption_starts_a_new_notice() {
    const OTHER: &str = "arn:aws:sns:us-east-1:111122223333:other";
    let mut scene = scene().await.with_topic(Some(OTHER)).await;
    scene.aws.state().topics.push(Topic::new(OTHER));
    scene.tag("anitha", &scene.notice_key("anitha", 0), &notice_tag(48));
    assert_eq!(actions(&scene.answer("anitha", "deactivate").await)[0].1, "announced");
    assert!(scene.user("anitha").tags[&scene.notice_key("anitha", 0)].ends_with(OTHER));

    let mut scene = self::scene().await;
    scene.tag("anitha", &scene.notice_key("anitha", 0), &notice_tag(48));
    let yesterday = rfc3339(now() - TimeDelta::hours(30));
    scene.change("anitha", |user| user.tags.extend(exemption(&yesterday)));
    assert_eq!(actions(&scene.answer("anitha", "deactivate").await)[0].1, "announced");
    assert_eq!(scene.statuses("anitha"), [Active]);
}

#[tokio::test]
async fn request_can_ask_for_a_longer_notice() {
    let mut scene = scene().await;
    scene.tag("anitha", &scene.notice_key("anitha", 0), &notice_tag(25));
    let mut request = scene.request("anitha", "deactivate");
    request["minimumNoticeDays"] = json!("2");

    let answer = scene.answer_to(&request).await;

    assert!(reason(&answer, &scene.key_id("anitha", 0)).starts_with("announced "), "{answer}");
    scene.assert_no_write();
}
