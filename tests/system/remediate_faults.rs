//! What AWS does wrong while a remediation runs: nothing is changed that must not be, and nothing goes wrong in
//! silence.

use setupkey_tests::words::{INTERRUPTED, TIMED_OUT};
use setupkey_tests::{Remediate, actions, assert_failure, deactivated_tag, error, fault, reason, setup};

use serde_json::json;
use setupkey_local_aws::AccessKeyStatus::{Active, Inactive};
use setupkey_local_aws::{Effect, Fault};

/// A user whose only key can be deleted.
async fn deletable() -> Remediate {
    let scene = Remediate::new(&[setup("anitha").inactive()]).await;
    scene.tag("anitha", &scene.tag_key("anitha", 0), &deactivated_tag(8 * 24));
    scene
}

/// The answer is lost, and the next look finds no key.
#[tokio::test]
async fn deletion_with_a_lost_answer_is_a_deletion() {
    let mut scene = deletable().await;
    let key = scene.key_id("anitha", 0);
    scene.set_faults(vec![Fault { times: Some(1), ..fault("DeleteAccessKey", Effect::DropAfter) }]);

    let answer = scene.answer("anitha", "delete").await;

    assert_eq!(actions(&answer), [(key, "deleted".to_owned())]);
    assert_eq!(scene.count("DeleteAccessKey"), 1);
    assert_eq!(scene.messages().len(), 1, "and it is published");
}

/// No answer ever comes; what became of the key is looked up.
#[tokio::test]
async fn write_without_an_answer_is_looked_up() {
    let mut scene = Remediate::with_timeout(&[setup("anitha")], 8).await;
    scene.set_faults(vec![fault("UpdateAccessKey", Effect::DropAfter)]);
    let answer = scene.answer("anitha", "deactivate").await;
    assert_eq!(actions(&answer), [(scene.key_id("anitha", 0), "deactivated".to_owned())]);
    assert_eq!(scene.messages().len(), 1);

    let mut scene = Remediate::with_timeout(&[setup("anitha").inactive()], 8).await;
    scene.tag("anitha", &scene.tag_key("anitha", 0), &deactivated_tag(8 * 24));
    let key = scene.key_id("anitha", 0);
    scene.set_faults(vec![fault("DeleteAccessKey", Effect::DropAfter)]);
    let answer = scene.answer("anitha", "delete").await;
    assert_eq!(actions(&answer), [(key, "deleted".to_owned())]);
}

/// Without its tag a key could be deactivated twice, and never be deleted.
#[tokio::test]
async fn key_that_cannot_be_tagged_is_not_deactivated() {
    for effect in [
        Effect::AccessDenied,
        error(409, "LimitExceeded"),
        error(409, "ConcurrentModification"),
        error(400, "InvalidInput"),
        error(404, "NoSuchEntity"),
    ] {
        let mut scene = Remediate::new(&[setup("anitha").with_key(0)]).await;
        let first = Fault { matching: Some(scene.tag_key("anitha", 0)), ..fault("TagUser", effect.clone()) };
        scene.set_faults(vec![first]);

        let outcome = scene.run("anitha", "deactivate").await;

        assert_failure(&outcome, "KeysLeftAlone", "iam:TagUser failed: ");
        assert_failure(&outcome, "KeysLeftAlone", &scene.key_id("anitha", 0));
        assert_eq!(scene.statuses("anitha"), [Active, Inactive], "after the rest: {effect:?}");
        let [line] = scene.audited(&scene.key_id("anitha", 0)).try_into().unwrap();
        assert_eq!(line["action"], "refused");
        assert!(line["reason"].as_str().unwrap().contains("iam:TagUser failed"), "{line}");
        let [message] = scene.messages().try_into().unwrap();
        assert!(
            message.message.contains(&scene.key_id("anitha", 1)),
            "what was done is told: {}",
            message.message
        );
        assert!(!message.message.contains(&scene.key_id("anitha", 0)));
    }
}

#[tokio::test]
async fn key_with_an_unreadable_last_use_is_left_alone() {
    for effect in [Effect::AccessDenied, error(400, "ValidationError")] {
        let mut scene = Remediate::new(&[setup("anitha").with_key(0)]).await;
        let key = scene.key_id("anitha", 0);
        scene
            .set_faults(vec![Fault { matching: Some(key.clone()), ..fault("GetAccessKeyLastUsed", effect) }]);

        let outcome = scene.run("anitha", "deactivate").await;

        assert_failure(
            &outcome,
            "KeysLeftAlone",
            &format!("access key `{key}` left alone: iam:GetAccessKeyLastUsed failed"),
        );
        assert_eq!(scene.statuses("anitha"), [Active, Inactive]);
        assert!(!scene.user("anitha").tags.contains_key(&scene.tag_key("anitha", 0)));
        assert_eq!(scene.audited(&key).len(), 1);
    }
}

/// The tag is there, the second look fails: the key is left alone, and that is told, for no later remediation will
/// deactivate it.
#[tokio::test]
async fn tagged_key_that_stays_active_is_in_the_alert() {
    for (operation, skip, effect) in [
        ("GetAccessKeyLastUsed", 2, Effect::AccessDenied),
        ("UpdateAccessKey", 0, Effect::AccessDenied),
        ("UpdateAccessKey", 0, error(409, "LimitExceeded")),
        ("UpdateAccessKey", 0, error(400, "InvalidInput")),
    ] {
        let mut scene = Remediate::new(&[setup("anitha").with_key(0)]).await;
        let (key, tag) = (scene.key_id("anitha", 0), scene.tag_key("anitha", 0));
        scene.set_faults(vec![Fault { matching: Some(key.clone()), skip, ..fault(operation, effect) }]);

        let outcome = scene.run("anitha", "deactivate").await;

        let expected = format!("access key `{key}` is tagged as deactivated and may still be active");
        assert_failure(&outcome, "DeactivationIncomplete", &expected);
        assert_failure(&outcome, "DeactivationIncomplete", &format!("iam:{operation} failed: "));
        assert_eq!(scene.statuses("anitha"), [Active, Inactive], "the other key is done");
        let [message] = scene.messages().try_into().unwrap();
        assert_eq!(
            message.subject.as_deref(),
            Some("1 access key deactivated, 1 access key left active in 111122223333")
        );
        for command in [
            format!("aws iam update-access-key --user-name anitha --access-key-id {key} --status Inactive"),
            format!("aws iam untag-user --user-name anitha --tag-keys \"{tag}\""),
        ] {
            assert!(message.message.contains(&command), "{}", message.message);
        }

        // the next pass cannot know who left the key active, and says so; without the tag it goes on
        scene.set_faults(vec![]);
        let answer = scene.answer("anitha", "deactivate").await;
        assert!(reason(&answer, &key).contains(INTERRUPTED), "{answer}");
        assert_eq!(scene.statuses("anitha"), [Active, Inactive]);
        let subject = scene.messages().pop().unwrap().subject;
        assert_eq!(subject.as_deref(), Some("1 access key active again in 111122223333"));
        scene.change("anitha", |user| drop(user.tags.remove(&tag)));
        assert_eq!(actions(&scene.answer("anitha", "deactivate").await), [(key, "deactivated".to_owned())]);
    }
}

/// Whether the tag was written is not known, as far as no look shows it: then the alert says so. One look that showed no
/// tag was taken for the proof that it was not written.
#[tokio::test]
async fn tag_without_an_answer_is_in_the_alert() {
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    scene.set_faults(vec![fault("TagUser", Effect::DropAfter)]);
    let answer = scene.answer("anitha", "deactivate").await;
    assert_eq!(actions(&answer), [(scene.key_id("anitha", 0), "deactivated".to_owned())]);
    assert_eq!(scene.count("TagUser"), 1, "the next look shows the tag");

    let mut scene = Remediate::with_timeout(&[setup("anitha")], 8).await;
    scene.set_faults(vec![fault("TagUser", Effect::DropBefore)]);

    let outcome = scene.run("anitha", "deactivate").await;

    assert_failure(&outcome, "DeactivationIncomplete", &scene.key_id("anitha", 0));
    assert_eq!(scene.statuses("anitha"), [Active]);
    assert_eq!(scene.messages().len(), 1);
    let mut values: Vec<_> =
        scene.writes().iter().map(|call| call.parameters["Tags.member.1.Value"].to_string()).collect();
    values.retain(|value| value != "null");
    values.dedup();
    assert_eq!(values.len(), 1, "the tag has one value, however often it is sent");
}

#[tokio::test]
async fn key_of_a_killed_remediation_is_named_by_every_later_one() {
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    let key = scene.key_id("anitha", 0);
    scene.set_faults(vec![fault("UpdateAccessKey", Effect::Hang)]);
    let mut killed = scene.another_function().await;
    let request = scene.request("anitha", "deactivate").to_string();
    tokio::select! {
        outcome = killed.invoke(&request) => panic!("{outcome:?}"),
        () = scene.aws.called("UpdateAccessKey", 1) => {}
    }
    killed.kill().await;
    scene.set_faults(vec![]);

    for pass in 1..=2 {
        let answer = scene.answer("anitha", "deactivate").await;
        assert!(reason(&answer, &key).contains(INTERRUPTED), "{answer}");
        assert_eq!(scene.count("UpdateAccessKey"), 0);
        let message = scene.messages().pop().unwrap();
        assert_eq!(message.subject.as_deref(), Some("1 access key active again in 111122223333"));
        assert_eq!(scene.messages().len(), pass, "by each of them");
    }
    assert_eq!(scene.audited(&key).len(), 2);
}

/// Keys that are known are named in the log, with the reason.
#[tokio::test]
async fn unreadable_tags_leave_an_audit_line_for_each_key() {
    let mut scene = Remediate::new(&[setup("anitha").with_key(0)]).await;
    scene.set_faults(vec![fault("ListUserTags", Effect::AccessDenied)]);

    scene.run("anitha", "deactivate").await;

    for position in 0..2 {
        let [line] = scene.audited(&scene.key_id("anitha", position)).try_into().unwrap();
        assert!(line["reason"].as_str().unwrap().starts_with("iam:ListUserTags failed"), "{line}");
    }
}

#[tokio::test]
async fn incomplete_listing_does_not_mean_a_deleted_user() {
    let mut scene = Remediate::new(&["ann", "bob", "cyd"].map(setup)).await;
    scene.aws.state().behaviour.page_sizes.insert("ListUsers".to_owned(), 1);
    scene.set_faults(vec![Fault { skip: 1, ..fault("ListUsers", Effect::AccessDenied) }]);

    let outcome = scene.run("cyd", "deactivate").await;

    assert_failure(
        &outcome,
        "ListingIncomplete",
        &format!("users not listed as far as `{}`", scene.user_id("cyd")),
    );
    // the fault has counted down
    scene.set_faults(vec![Fault { skip: 1, ..fault("ListUsers", Effect::AccessDenied) }]);
    assert_eq!(actions(&scene.answer("ann", "deactivate").await).len(), 1, "who comes before is found");
}

#[tokio::test]
async fn denied_deletion_fails_the_invocation() {
    let mut scene = deletable().await;
    scene.set_faults(vec![fault("DeleteAccessKey", Effect::AccessDenied)]);

    let outcome = scene.run("anitha", "delete").await;

    assert_failure(&outcome, "KeysLeftAlone", "iam:DeleteAccessKey failed: AccessDenied");
    assert_eq!(scene.statuses("anitha"), [Inactive]);
    assert_eq!(scene.messages(), []);
}

#[tokio::test]
async fn key_without_enough_time_is_not_started() {
    let mut scene = Remediate::with_timeout(&[setup("anitha").with_key(0)], 4).await;
    let tags = [0, 1].map(|position| scene.tag_key("anitha", position));
    scene.set_faults(vec![fault("TagUser", Effect::Hang)]);

    let outcome = scene.run("anitha", "deactivate").await;

    // whether the tag of the first key was written is not known
    assert_failure(&outcome, "DeactivationIncomplete", &scene.key_id("anitha", 0));
    let deadline = format!("{TIMED_OUT}, the next remediation continues");
    assert!(scene.function.log().contains(&deadline));
    let mut tagged: Vec<_> =
        scene.writes().iter().map(|call| call.parameters["Tags.member.1.Key"].clone()).collect();
    // the message
    assert_eq!(tagged.pop(), Some(json!(null)));
    assert_eq!(tagged, [json!(tags[0])]);
    assert_eq!(scene.audited(&scene.key_id("anitha", 1))[0]["reason"], TIMED_OUT);
}
