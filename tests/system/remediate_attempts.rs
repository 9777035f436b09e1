//! One look, one write: a write was sent again for up to 150 s after the last look, whatever the owner did meanwhile.

use setupkey_local_aws::AccessKeyStatus::{Active, Inactive};
use setupkey_local_aws::{AccessKeyStatus, Effect, Fault, LastUsed, State};
use setupkey_tests::words::USED;
use setupkey_tests::{
    Remediate, actions, answer, assert_failure, deactivated_tag, fault, now, reason, setup, user_in,
};

type Change = fn(&mut State);

fn set_status(state: &mut State, status: AccessKeyStatus) {
    user_in(state, "anitha").access_keys[0].status = status;
}

const REACTIVATED: Change = |state| set_status(state, Active);
const USED_ONCE: Change = |state| {
    user_in(state, "anitha").access_keys[0].last_used = Some(LastUsed::at(now()));
};

/// A user with a key to deactivate, or one to delete.
async fn scene(mode: &str) -> Remediate {
    if mode == "deactivate" {
        return Remediate::new(&[setup("anitha")]).await;
    }
    let scene = Remediate::new(&[setup("anitha").inactive()]).await;
    scene.tag("anitha", &scene.tag_key("anitha", 0), &deactivated_tag(8 * 24));
    scene
}

/// IAM throttled a deletion for 100 s: the owner activated the key at 5.5 s, and attempt 275 deleted it.
#[tokio::test]
async fn key_reactivated_while_its_deletion_is_throttled_is_never_touched_again() {
    let mut scene = scene("delete").await;
    let key = scene.key_id("anitha", 0);
    scene.set_faults(vec![fault("DeleteAccessKey", Effect::Throttle)]);
    scene.aws.before("DeleteAccessKey", 0, REACTIVATED);

    let answer = scene.answer("anitha", "delete").await;

    assert!(reason(&answer, &key).starts_with("active: only an inactive key"), "{answer}");
    assert_eq!(scene.count("DeleteAccessKey"), 1, "the next look shows that the owner wants the key");
    assert_eq!(scene.statuses("anitha"), [Active]);
    let [message] = scene.messages().try_into().unwrap();
    assert_eq!(message.subject.as_deref(), Some("1 access key active again in 111122223333"));
}

/// The answer of a deactivation was lost: the owner activated the key at 20 s, and attempt 171 deactivated it again.
#[tokio::test]
async fn key_reactivated_after_a_lost_answer_is_never_touched_again() {
    let mut scene = scene("deactivate").await;
    scene.set_faults(vec![Fault { times: Some(1), ..fault("UpdateAccessKey", Effect::DropAfter) }]);
    // the look after the one before the tag and the one after it
    scene.aws.before("GetUser", 2, REACTIVATED);

    let outcome = scene.run("anitha", "deactivate").await;

    assert_failure(&outcome, "DeactivationIncomplete", &scene.key_id("anitha", 0));
    assert_eq!(scene.count("UpdateAccessKey"), 1);
    assert_eq!(scene.statuses("anitha"), [Active]);
    assert_eq!(scene.messages().len(), 1, "and it is published");

    let mut scene = self::scene("delete").await;
    let key = scene.key_id("anitha", 0);
    scene.set_faults(vec![Fault { times: Some(1), ..fault("DeleteAccessKey", Effect::DropBefore) }]);
    scene.aws.before("GetUser", 1, REACTIVATED);
    let answer = scene.answer("anitha", "delete").await;
    assert!(reason(&answer, &key).starts_with("active: only an inactive key"), "{answer}");
    assert_eq!(scene.count("DeleteAccessKey"), 1);
    assert_eq!(scene.statuses("anitha"), [Active]);
}

/// The last use was read before the first attempt only.
#[tokio::test]
async fn key_used_between_two_attempts_is_never_touched_again() {
    for (mode, write, left) in
        [("deactivate", "UpdateAccessKey", Active), ("delete", "DeleteAccessKey", Inactive)]
    {
        let mut scene = scene(mode).await;
        scene.set_faults(vec![fault(write, Effect::Throttle)]);
        scene.aws.before(write, 0, USED_ONCE);

        let outcome = scene.run("anitha", mode).await;

        if mode == "deactivate" {
            // the tag is there, and says more than is true
            assert_failure(&outcome, "DeactivationIncomplete", USED);
        } else {
            let answer = answer(&outcome);
            assert!(reason(&answer, &scene.key_id("anitha", 0)).starts_with(USED), "{answer}");
        }
        assert_eq!(scene.count(write), 1, "{mode}");
        assert_eq!(scene.statuses("anitha"), [left], "{mode}");
    }
}

/// Each attempt has a look of its own, and the fifth is the last.
#[tokio::test]
async fn throttled_write_is_tried_five_times_each_after_a_look() {
    for (mode, write) in [("deactivate", "UpdateAccessKey"), ("delete", "DeleteAccessKey")] {
        let mut scene = scene(mode).await;
        scene.set_faults(vec![fault(write, Effect::Throttle)]);

        let outcome = scene.run("anitha", mode).await;

        let error_type = if mode == "deactivate" { "DeactivationIncomplete" } else { "KeysLeftAlone" };
        assert_failure(&outcome, error_type, &format!("iam:{write} failed: Throttling"));
        assert_eq!(scene.count(write), 5, "{mode}");
        let operations = scene.operations();
        let looks = ["GetUser", "ListAccessKeys", "GetAccessKeyLastUsed"];
        for (place, _) in operations.iter().enumerate().filter(|(_, operation)| *operation == write) {
            let mut before = operations[place - 3..place].to_vec();
            before.sort();
            let mut looks = looks.to_vec();
            looks.sort_unstable();
            assert_eq!(before, looks, "{mode}: {operations:?}");
        }
    }
}

/// The time of the look was reported as the time of the deactivation.
#[tokio::test]
async fn time_of_a_deactivation_is_that_of_its_answer() {
    let mut scene = scene("deactivate").await;
    scene.set_faults(vec![Fault { times: Some(1), ..fault("UpdateAccessKey", Effect::Throttle) }]);

    let answer = scene.answer("anitha", "deactivate").await;

    assert_eq!(actions(&answer).len(), 1);
    let tag = scene.user("anitha").tags[&scene.tag_key("anitha", 0)].clone();
    let at = answer["actions"][0]["at"].as_str().unwrap();
    let (tag, _) = tag.split_once(' ').unwrap();
    assert!(at > tag, "deactivated {at}, a second or more after the tag of {tag}");
}
