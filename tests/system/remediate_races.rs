//! The account goes on living while a remediation runs: it changes while a call is on its way.

use serde_json::json;
use setupkey_local_aws::AccessKeyStatus::{Active, Inactive};
use setupkey_local_aws::{Effect, Fault, LastUsed, Outcome, State, User};
use setupkey_tests::words::{USED, USER_IS_EXEMPT};
use setupkey_tests::{
    Remediate, actions, answer, assert_failure, deactivated_tag, error, exemption, fault, now, reason,
    rfc3339, setup, user_in,
};

fn change_user(state: &mut State, name: &str, change: impl FnOnce(&mut User)) {
    change(user_in(state, name));
}

fn used() -> Option<LastUsed> {
    Some(LastUsed::at(now()))
}

/// Runs, and changes the account while the call, the `nth` of its operation, is on its way.
async fn run_and_change(
    scene: &mut Remediate,
    mode: &str,
    (operation, nth): (&str, usize),
    change: impl FnOnce(&mut State) + Send + 'static,
) -> Outcome {
    scene.aws.before(operation, nth - 1, change);
    scene.run("anitha", mode).await
}

/// The same, where the first key has to be refused and nothing be changed but the tags.
async fn refused_after(
    scene: &mut Remediate,
    mode: &str,
    call: (&str, usize),
    change: impl FnOnce(&mut State) + Send + 'static,
    expected: &str,
) {
    let key = scene.key_id("anitha", 0);
    let answer = answer(&run_and_change(scene, mode, call, change).await);
    assert_eq!(answer["actions"], json!([]), "{answer}");
    let reason = reason(&answer, &key);
    assert!(reason.starts_with(expected), "{reason}");
    let writes: Vec<_> = scene.writes().into_iter().map(|call| call.operation).collect();
    assert!(!writes.contains(&"UpdateAccessKey".to_owned()), "{writes:?}");
    assert!(!writes.contains(&"DeleteAccessKey".to_owned()), "{writes:?}");
}

#[tokio::test]
async fn key_used_between_look_and_act_stays() {
    let used =
        |state: &mut State| change_user(state, "anitha", |user| user.access_keys[0].last_used = used());
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    refused_after(&mut scene, "deactivate", ("GetUser", 1), used, USED).await;
    scene.assert_no_write();

    // after the tag: the tag says more than is true, and that is not kept quiet
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    let outcome = run_and_change(&mut scene, "deactivate", ("TagUser", 1), used).await;
    assert_failure(&outcome, "DeactivationIncomplete", &format!("remove the tag: {USED}"));
    assert_eq!(scene.count("UpdateAccessKey"), 0);
    assert_eq!(scene.statuses("anitha"), [Active]);
    let [message] = scene.messages().try_into().unwrap();
    assert_eq!(message.subject.as_deref(), Some("1 access key left active in 111122223333"));
}

#[tokio::test]
async fn key_used_before_its_deletion_stays() {
    let mut scene = Remediate::new(&[setup("anitha").inactive()]).await;
    scene.tag("anitha", &scene.tag_key("anitha", 0), &deactivated_tag(8 * 24));
    let used =
        |state: &mut State| change_user(state, "anitha", |user| user.access_keys[0].last_used = used());

    // AWS's record lags: a use from before the deactivation can turn up at any time
    refused_after(&mut scene, "delete", ("GetAccessKeyLastUsed", 2), used, USED).await;

    assert_eq!(scene.statuses("anitha"), [Inactive]);
}

/// Calls go by name, and the name has got another owner.
#[tokio::test]
async fn user_of_the_same_name_and_another_id_is_left_alone() {
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    let recreate = |state: &mut State| {
        change_user(state, "anitha", |user| {
            user.user_id = "AIDAEXAMPLEOTHER00001".to_owned();
            user.access_keys[0].access_key_id = "AKIAEXAMPLEOTHER0001".to_owned();
        });
    };

    let expected = "the name `anitha` belongs to another user now, `AIDAEXAMPLEOTHER00001`";
    refused_after(&mut scene, "deactivate", ("GetUser", 1), recreate, expected).await;

    scene.assert_no_write();
    assert_eq!(scene.user("anitha").tags, [].into());
}

/// Even if everything else is the same, the key ID too, it is another user.
#[tokio::test]
async fn user_with_another_id_and_the_same_key_id_is_left_alone() {
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    let other = |state: &mut State| {
        change_user(state, "anitha", |user| user.user_id = "AIDAEXAMPLEOTHER00001".to_owned());
    };

    refused_after(&mut scene, "deactivate", ("GetUser", 1), other, "the name `anitha` belongs to another")
        .await;

    scene.assert_no_write();
}

#[tokio::test]
async fn user_or_key_deleted_between_look_and_act_is_not_a_failure() {
    let gone = |state: &mut State| state.users.clear();
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    refused_after(&mut scene, "deactivate", ("GetUser", 1), gone, "no user is named `anitha` any more").await;
    scene.assert_no_write();

    let no_key = |state: &mut State| change_user(state, "anitha", |user| user.access_keys.clear());
    for call in [("ListAccessKeys", 2), ("TagUser", 1), ("GetAccessKeyLastUsed", 2)] {
        let mut scene = Remediate::new(&[setup("anitha")]).await;
        refused_after(&mut scene, "deactivate", call, no_key, "the access key does not exist any more").await;
    }
    // the very last moment
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    let key = scene.key_id("anitha", 0);
    let answer = answer(&run_and_change(&mut scene, "deactivate", ("UpdateAccessKey", 1), no_key).await);
    assert_eq!(
        (&answer["actions"], reason(&answer, &key).as_str()),
        (&json!([]), "the access key does not exist any more")
    );
}

#[tokio::test]
async fn exemption_granted_between_look_and_act_counts() {
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    let except = |state: &mut State| {
        let expires = rfc3339(now() + chrono::TimeDelta::days(9));
        change_user(state, "anitha", |user| user.tags.extend(exemption(&expires)));
    };

    refused_after(&mut scene, "deactivate", ("GetUser", 1), except, USER_IS_EXEMPT).await;

    scene.assert_no_write();
}

#[tokio::test]
async fn status_changed_by_hand_between_look_and_act_counts() {
    let set = |status| {
        move |state: &mut State| change_user(state, "anitha", |user| user.access_keys[0].status = status)
    };
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    refused_after(&mut scene, "deactivate", ("ListAccessKeys", 2), set(Inactive), "inactive already").await;
    scene.assert_no_write();
    let mut scene = Remediate::new(&[setup("anitha").inactive()]).await;
    scene.tag("anitha", &scene.tag_key("anitha", 0), &deactivated_tag(8 * 24));
    refused_after(&mut scene, "delete", ("ListAccessKeys", 2), set(Active), "active: only an inactive key")
        .await;
    let [tag, published] = scene.writes().try_into().unwrap();
    assert_eq!(published.operation, "Publish", "an owner who activates a key again is reported");
    assert_eq!(tag.operation, "TagUser");
    assert!(tag.parameters["Tags.member.1.Value"].as_str().unwrap().starts_with("reactivated "));
}

/// The first function is held before its second look. The second one deactivates, and the owner activates the key again:
/// the first one leaves the key alone.
#[tokio::test]
async fn overlapping_remediations_deactivate_once() {
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    let mut second = scene.another_function().await;
    scene.set_faults(vec![Fault { times: Some(1), ..fault("GetUser", Effect::Hold) }]);
    let request = scene.request("anitha", "deactivate").to_string();
    let key = scene.key_id("anitha", 0);
    let (aws, first) = (&scene.aws, &mut scene.function);

    let meanwhile = async {
        aws.called("GetUser", 1).await;
        let outcome = second.invoke(&request).await;
        let mut state = aws.state();
        change_user(&mut state, "anitha", |user| user.access_keys[0].status = Active);
        state.behaviour.faults.clear();
        outcome
    };
    let (of_first, of_second) = tokio::join!(first.invoke(&request), meanwhile);

    assert_eq!(actions(&answer(&of_second)), [(key.clone(), "deactivated".to_owned())]);
    assert!(reason(&answer(&of_first), &key).starts_with("active, and tagged"), "{of_first:?}");
    assert_eq!(scene.statuses("anitha"), [Active]);
    let updates = scene.writes().into_iter().filter(|call| call.operation == "UpdateAccessKey").count();
    assert_eq!(updates, 1);
}

/// The first function is held between its tag and its deactivation. The second one took the tag for one of a key that was
/// activated again, and rewrote it; then neither deactivated.
#[tokio::test]
async fn remediation_leaves_the_tag_of_another_that_still_runs() {
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    let mut second = scene.another_function().await;
    scene.set_faults(vec![Fault { times: Some(1), skip: 1, ..fault("GetUser", Effect::Hold) }]);
    let request = scene.request("anitha", "deactivate").to_string();
    let key = scene.key_id("anitha", 0);
    let (aws, first) = (&scene.aws, &mut scene.function);

    let meanwhile = async {
        aws.called("GetUser", 2).await;
        let outcome = second.invoke(&request).await;
        aws.state().behaviour.faults.clear();
        outcome
    };
    let (of_first, of_second) = tokio::join!(first.invoke(&request), meanwhile);

    assert!(reason(&answer(&of_second), &key).starts_with("active, and tagged"), "{of_second:?}");
    assert_eq!(actions(&answer(&of_first)), [(key, "deactivated".to_owned())]);
    assert_eq!((scene.statuses("anitha"), scene.count("TagUser")), (vec![Inactive], 1));
}

#[tokio::test]
async fn concurrent_remediations_end_with_an_inactive_tagged_key() {
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    let mut second = scene.another_function().await;
    let request = scene.request("anitha", "deactivate").to_string();

    let (one, two) = tokio::join!(scene.function.invoke(&request), second.invoke(&request));

    assert!(!actions(&answer(&one)).is_empty() || !actions(&answer(&two)).is_empty(), "{one:?} {two:?}");
    assert_eq!(scene.statuses("anitha"), [Inactive]);
    assert!(scene.user("anitha").tags.contains_key(&scene.tag_key("anitha", 0)));
}

/// NoSuchEntity can mean that the user is gone, has no password, or has another name.
#[tokio::test]
async fn renamed_user_does_not_count_as_compliant() {
    let rename =
        |state: &mut State| change_user(state, "anitha", |user| user.user_name = "anitha2".to_owned());
    for operation in ["GetLoginProfile", "ListAccessKeys"] {
        let mut scene = Remediate::new(&[setup("anitha")]).await;
        let outcome = run_and_change(&mut scene, "deactivate", (operation, 1), rename).await;
        assert_failure(&outcome, "UsersUnread", "renamed to `anitha2` between two calls");
        scene.assert_no_write();
    }
    // and it can have the old name again by the time of the last look
    let mut scene = Remediate::new(&[setup("anitha")]).await;
    scene.set_faults(vec![fault("ListAccessKeys", error(404, "NoSuchEntity"))]);
    let unlikely = "IAM lists `anitha`, but did not find it in another call";
    assert_failure(&scene.run("anitha", "deactivate").await, "UsersUnread", unlikely);
    scene.assert_no_write();

    let gone = |state: &mut State| state.users.clear();
    for operation in ["GetLoginProfile", "ListAccessKeys"] {
        let mut scene = Remediate::new(&[setup("anitha")]).await;
        let answer = answer(&run_and_change(&mut scene, "deactivate", (operation, 1), gone).await);
        assert_eq!(
            (&answer["userName"], &answer["actions"], &answer["refusals"]),
            (&json!(null), &json!([]), &json!([]))
        );
    }
}
