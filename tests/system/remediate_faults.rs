//! What AWS does wrong while a remediation runs: nothing is changed that must not be, and nothing goes wrong in
//! silence.

use setupkey_tests::{Remediate, actions, assert_failure, deactivated_tag, error, fault, reason, setup};
use std::collections::BTreeMap;

use serde_json::{Value, json};
use setupkey_local_aws::AccessKeyStatus::{Active, Inactive};
use setupkey_local_aws::{Effect, Fault};

const READS: [&str; 6] =
    ["ListUsers", "GetUser", "GetLoginProfile", "ListAccessKeys", "GetAccessKeyLastUsed", "ListUserTags"];

/// A user whose only key can be deleted.
async fn deletable() -> Remediate {
    let scene = Remediate::new(&[setup("anitha").inactive()]).await;
    scene.tag("anitha", &scene.tag_key("anitha", 0), &deactivated_tag(8 * 24));
    scene
}

#[tokio::test]
async fn throttling_that_ends_costs_nothing_but_time() {
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    let operations = READS.into_iter().chain(["TagUser", "UpdateAccessKey", "Publish"]);
    scene.aws.state().behaviour.throttle_first =
        operations.map(|operation| (operation.to_owned(), 2)).collect::<BTreeMap<_, _>>();

    assert_eq!(actions(&scene.answer("anitha", "deactivate").await).len(), 1);

    assert_eq!(scene.statuses("anitha"), [Inactive]);
    assert_eq!(scene.messages().len(), 1);
}

/// Failures of the service, and connections that break before and after the call took effect.
#[tokio::test]
async fn faults_that_end_cost_nothing_but_time() {
    let writes = ["TagUser", "UpdateAccessKey", "Publish"];
    for effect in [Effect::ServiceFailure, Effect::DropBefore, Effect::DropAfter] {
        let mut scene = Remediate::new(&[setup("anitha")]).await;
        let operations = READS.into_iter().chain(writes);
        scene.set_faults(
            operations
                .map(|operation| Fault { times: Some(1), ..fault(operation, effect.clone()) })
                .collect(),
        );

        let answer = scene.answer("anitha", "deactivate").await;

        assert_eq!(actions(&answer), [(scene.key_id("anitha", 0), "deactivated".to_owned())], "{effect:?}");
        assert_eq!(scene.statuses("anitha"), [Inactive]);
        assert_eq!(
            scene.user("anitha").tags[&scene.tag_key("anitha", 0)],
            answer["actions"][0]["at"].as_str().unwrap()
        );
        assert!(!scene.messages().is_empty());
    }
}

/// The answer is lost, the SDK asks again, and the key is gone already.
#[tokio::test]
async fn deletion_whose_answer_was_lost_is_a_deletion() {
    let mut scene = deletable().await;
    let key = scene.key_id("anitha", 0);
    scene.set_faults(vec![Fault { times: Some(1), ..fault("DeleteAccessKey", Effect::DropAfter) }]);

    let answer = scene.answer("anitha", "delete").await;

    assert_eq!(actions(&answer), [(key, "deleted".to_owned())]);
    assert_eq!(scene.messages().len(), 1, "and it is told");
}

/// No answer ever comes; what became of the key is looked up.
#[tokio::test]
async fn write_that_took_effect_without_any_answer_is_found_out() {
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
async fn without_the_tag_nothing_is_deactivated() {
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
async fn key_whose_last_use_cannot_be_read_is_left_alone_and_the_other_is_not() {
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
async fn key_that_is_tagged_and_not_deactivated_is_told_and_not_forgotten() {
    for (operation, skip, effect) in [
        ("GetAccessKeyLastUsed", 1, Effect::AccessDenied),
        ("UpdateAccessKey", 0, Effect::AccessDenied),
        ("UpdateAccessKey", 0, error(409, "LimitExceeded")),
        ("UpdateAccessKey", 0, error(400, "InvalidInput")),
    ] {
        let mut scene = Remediate::new(&[setup("anitha").with_key(0)]).await;
        let (key, tag) = (scene.key_id("anitha", 0), scene.tag_key("anitha", 0));
        scene.set_faults(vec![Fault { matching: Some(key.clone()), skip, ..fault(operation, effect) }]);

        let outcome = scene.run("anitha", "deactivate").await;

        let expected = format!("access key `{key}` is tagged as deactivated and still active");
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
            format!("aws iam untag-user --user-name anitha --tag-keys {tag}"),
        ] {
            assert!(message.message.contains(&command), "{}", message.message);
        }

        // the next pass cannot know who left the key active, and says so; without the tag it goes on
        scene.set_faults(vec![]);
        let answer = scene.answer("anitha", "deactivate").await;
        assert!(reason(&answer, &key).contains("or a deactivation was cut short"), "{answer}");
        scene.assert_no_write();
        scene.change("anitha", |user| drop(user.tags.remove(&tag)));
        assert_eq!(actions(&scene.answer("anitha", "deactivate").await), [(key, "deactivated".to_owned())]);
    }
}

/// Whether the tag was written nobody can tell: then it is told as if.
#[tokio::test]
async fn tag_without_any_answer_is_told() {
    let mut scene = Remediate::with_timeout(&[setup("anitha")], 8).await;
    scene.set_faults(vec![fault("TagUser", Effect::DropAfter)]);

    let outcome = scene.run("anitha", "deactivate").await;

    assert_failure(&outcome, "DeactivationIncomplete", &scene.key_id("anitha", 0));
    assert_eq!(scene.statuses("anitha"), [Active]);
    assert_eq!(scene.messages().len(), 1);
}

#[tokio::test]
async fn killed_between_tag_and_update_leaves_a_key_that_every_later_pass_names() {
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

    for _ in 0..2 {
        let answer = scene.answer("anitha", "deactivate").await;
        assert!(reason(&answer, &key).contains("or a deactivation was cut short"), "{answer}");
        scene.assert_no_write();
    }
    assert_eq!(scene.audited(&key).len(), 2);
}

/// What cannot be read is no ground to do anything.
#[tokio::test]
async fn unreadable_user_is_left_alone_and_the_invocation_fails() {
    for (operation, error_type) in [
        ("ListUsers", "ListingIncomplete"),
        ("GetLoginProfile", "UsersUnread"),
        ("ListAccessKeys", "UsersUnread"),
        ("ListUserTags", "UsersUnread"),
        ("GetAccessKeyLastUsed", "KeysLeftAlone"),
        ("GetUser", "KeysLeftAlone"),
    ] {
        let garbage = Effect::Body { status: 200, body: "<html>captive portal</html>".to_owned() };
        for effect in [Effect::AccessDenied, garbage] {
            for mode in ["dry-run", "deactivate", "delete"] {
                let user = if mode == "delete" { setup("anitha").inactive() } else { setup("anitha") };
                let mut scene = Remediate::new(&[user]).await;
                scene.tag("anitha", "setup-key-deactivated:other", "2020-01-01T00:00:00Z");
                if mode == "delete" {
                    scene.tag("anitha", &scene.tag_key("anitha", 0), &deactivated_tag(8 * 24));
                }
                let before = scene.user("anitha");
                scene.set_faults(vec![fault(operation, effect.clone())]);

                let outcome = scene.run("anitha", mode).await;

                assert_failure(&outcome, error_type, &format!("iam:{operation} failed: "));
                scene.assert_no_write();
                assert_eq!(scene.user("anitha"), before);
            }
        }
    }
}

/// Keys that are known are named in the log, with the reason.
#[tokio::test]
async fn tags_that_cannot_be_read_leave_an_audit_line_a_key() {
    let mut scene = Remediate::new(&[setup("anitha").with_key(0)]).await;
    scene.set_faults(vec![fault("ListUserTags", Effect::AccessDenied)]);

    scene.run("anitha", "deactivate").await;

    for position in 0..2 {
        let [line] = scene.audited(&scene.key_id("anitha", position)).try_into().unwrap();
        assert!(line["reason"].as_str().unwrap().starts_with("iam:ListUserTags failed"), "{line}");
    }
}

#[tokio::test]
async fn listing_that_ends_early_is_not_a_user_who_is_gone() {
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
async fn deletion_that_is_not_allowed_fails_and_the_key_stays() {
    let mut scene = deletable().await;
    scene.set_faults(vec![fault("DeleteAccessKey", Effect::AccessDenied)]);

    let outcome = scene.run("anitha", "delete").await;

    assert_failure(&outcome, "KeysLeftAlone", "iam:DeleteAccessKey failed: AccessDenied");
    assert_eq!(scene.statuses("anitha"), [Inactive]);
    assert_eq!(scene.messages(), []);
}

#[tokio::test]
async fn alert_that_is_not_sent_fails_the_invocation_and_the_log_tells_what_was_done() {
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    scene.set_faults(vec![fault("Publish", Effect::AccessDenied)]);

    let outcome = scene.run("anitha", "deactivate").await;

    assert_failure(&outcome, "AlertNotSent", "sns:Publish failed: AuthorizationError");
    assert_eq!(scene.statuses("anitha"), [Inactive]);
    let [line] = scene.audited(&scene.key_id("anitha", 0)).try_into().unwrap();
    assert_eq!(line["action"], "deactivated");
}

/// No call is waited for longer than there is time, and what was not begun is not half done.
#[tokio::test]
async fn invocation_ends_before_its_deadline_whatever_hangs() {
    for (operation, error_type) in [
        ("ListUsers", "DeadlineNear"),
        ("GetLoginProfile", "DeadlineNear"),
        ("ListUserTags", "DeadlineNear"),
        ("GetUser", "KeysLeftAlone"),
        ("TagUser", "KeysLeftAlone"),
        ("UpdateAccessKey", "DeactivationIncomplete"),
        ("Publish", "AlertNotSent"),
    ] {
        let mut scene = Remediate::with_timeout(&[setup("anitha")], 4).await;
        scene.set_faults(vec![fault(operation, Effect::Hang)]);

        let outcome = scene.run("anitha", "deactivate").await;

        assert_failure(&outcome, error_type, "time was up");
        let expected = if operation == "Publish" { Inactive } else { Active };
        assert_eq!(scene.statuses("anitha"), [expected], "{operation}");
    }
}

#[tokio::test]
async fn key_for_which_there_is_no_time_is_not_begun() {
    let mut scene = Remediate::with_timeout(&[setup("anitha").with_key(0)], 4).await;
    let tags = [0, 1].map(|position| scene.tag_key("anitha", position));
    scene.set_faults(vec![fault("TagUser", Effect::Hang)]);

    let outcome = scene.run("anitha", "deactivate").await;

    assert_failure(&outcome, "DeadlineNear", "time was up, the next remediation goes on");
    let tagged: Vec<_> =
        scene.writes().iter().map(|call| call.parameters["Tags.member.1.Key"].clone()).collect();
    assert_eq!(tagged, [json!(tags[0])]);
    assert_eq!(scene.audited(&scene.key_id("anitha", 1))[0]["reason"], "time was up");
}

/// The secret of the environment is in no line of the log.
#[tokio::test]
async fn no_credential_is_logged() {
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    scene.set_faults(vec![Fault { times: Some(1), ..fault("TagUser", Effect::DropBefore) }]);
    let answer: Value = scene.answer("anitha", "deactivate").await;
    assert_ne!(answer["actions"], json!([]));
    let log = scene.function.log();
    assert!(!log.contains("ASIALOCALAWS") && !log.contains("authorization"), "{log}");
}
