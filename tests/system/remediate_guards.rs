//! Each guard, against the real binary: the key stays as it is, and the answer says why.

use chrono::TimeDelta;
use serde_json::json;
use setupkey_local_aws::AccessKeyStatus::{Active, Inactive};
use setupkey_local_aws::User;
use setupkey_tests::{
    Remediate, actions, assert_failure, deactivated_tag, exempt, now, of_age, reason, rfc3339, setup,
};

/// The first key of the user is refused for this reason in every mode that could act on it.
async fn assert_left_alone(user: User, modes: &[&str], expected: &str) {
    let name = user.user_name.clone();
    for mode in modes {
        let mut scene = Remediate::new(std::slice::from_ref(&user)).await;
        let before = scene.user(&name);

        let answer = scene.answer(&name, mode).await;

        assert_eq!(answer["actions"], json!([]), "{mode}");
        let reason = reason(&answer, &before.access_keys[0].access_key_id);
        assert!(reason.starts_with(expected), "{mode}: {reason}");
        scene.assert_no_write();
        assert_eq!(scene.user(&name), before, "{mode}");
    }
}

const FIRST: &str = "AKIAEXAMPLE000000001";
const TAG: &str = "setup-key-deactivated:AKIAEXAMPLE000000001";

/// Set up, unused, long ago; with a key id that tags can name.
fn anitha() -> User {
    setup("anitha").key_id(FIRST)
}

#[tokio::test]
async fn guard_used() {
    for criterion in ["setup", "setup-or-unused"] {
        let mut scene = Remediate::new(&[of_age("anitha", 9_000).with_key(0).used()]).await;
        for mode in ["dry-run", "deactivate", "delete"] {
            let mut request = scene.request("anitha", mode);
            request["criterion"] = json!(criterion);
            let answer = scene.answer_to(&request).await;
            assert_eq!(answer["actions"], json!([]));
            assert!(reason(&answer, &scene.key_id("anitha", 0)).starts_with("used: rotate it"), "{answer}");
            scene.assert_no_write();
        }
    }
}

#[tokio::test]
async fn guard_setup_window() {
    for criterion in ["unused", "setup-or-unused"] {
        let mut scene = Remediate::new(&[of_age("anitha", 9_000).with_key(61)]).await;
        for mode in ["dry-run", "deactivate", "delete"] {
            let mut request = scene.request("anitha", mode);
            request["criterion"] = json!(criterion);
            let answer = scene.answer_to(&request).await;
            assert_eq!(answer["actions"], json!([]));
            let reason = reason(&answer, &scene.key_id("anitha", 0));
            assert_eq!(reason, "not set up with the user: created +61 s after it, the setup window is 60 s");
            scene.assert_no_write();
        }
    }
}

#[tokio::test]
async fn guard_minimum_age() {
    let young = of_age("anitha", 23).with_key(0);
    assert_left_alone(young.clone(), &["dry-run", "deactivate"], "too young: created ").await;

    for (hours, expected) in
        [(json!(22), 1), (json!("22"), 1), (json!(24), 0), (json!(0), 1), (json!("1000"), 0)]
    {
        let mut scene = Remediate::new(std::slice::from_ref(&young)).await;
        let mut request = scene.request("anitha", "deactivate");
        request["minimumKeyAgeHours"] = hours;
        assert_eq!(actions(&scene.answer_to(&request).await).len(), expected, "{request}");
    }
    // the age counts for a deletion too
    let mut scene = Remediate::new(&[anitha().inactive().with_tag(TAG, deactivated_tag(8 * 24))]).await;
    let mut request = scene.request("anitha", "delete");
    request["minimumKeyAgeHours"] = json!(87_600);
    assert!(reason(&scene.answer_to(&request).await, FIRST).starts_with("too young"));
}

/// "Now" is never in the request: a field that says so is unknown.
#[tokio::test]
async fn nobody_can_tell_the_function_what_time_it_is() {
    let mut scene = Remediate::new(&[of_age("anitha", 1).with_key(0)]).await;
    // nor does the time of AWS's side count
    scene.aws.state().clock = Some(now() + TimeDelta::days(900));
    assert!(
        reason(&scene.answer("anitha", "deactivate").await, &scene.key_id("anitha", 0))
            .starts_with("too young")
    );
    for field in ["now", "at", "time"] {
        let mut request = scene.request("anitha", "deactivate");
        request[field] = json!("2126-01-01T00:00:00Z");
        assert_failure(&scene.invoke(&request).await, "InvalidEvent", "is unknown, expected");
    }
    scene.assert_no_write();
}

#[tokio::test]
async fn guard_exception() {
    let next_week = rfc3339(now() + TimeDelta::days(7));
    let expected = format!("the user is excepted until {next_week}, owner payments");
    assert_left_alone(exempt(anitha(), &next_week), &["dry-run", "deactivate"], &expected).await;
    let deletable = anitha().inactive().with_tag(TAG, deactivated_tag(8 * 24));
    assert_left_alone(exempt(deletable, &next_week), &["dry-run", "delete"], &expected).await;

    // one that ended excepts nobody, nor does one with another prefix
    for (user, prefix) in [
        (exempt(anitha(), &rfc3339(now() - TimeDelta::hours(1))), "setup-key-exception"),
        (exempt(anitha(), &next_week), "other"),
        (exempt(anitha(), &next_week), "none"),
    ] {
        let mut scene = Remediate::new(&[user]).await;
        let mut request = scene.request("anitha", "deactivate");
        request["exceptionTagPrefix"] = json!(prefix);
        assert_eq!(actions(&scene.answer_to(&request).await).len(), 1);
    }
}

/// Deactivated by us, activated again by somebody: that decided, whatever the tag's value has become.
#[tokio::test]
async fn guard_second_deactivation() {
    let mut scene = Remediate::new(&[anitha()]).await;
    assert_eq!(actions(&scene.answer("anitha", "deactivate").await).len(), 1);
    scene.change("anitha", |user| user.access_keys[0].status = Active);
    for value in [None, Some("by hand"), Some(""), Some("2020-01-01T00:00:00Z")] {
        if let Some(value) = value {
            scene.tag("anitha", TAG, value);
        }
        for mode in ["dry-run", "deactivate"] {
            let answer = scene.answer("anitha", mode).await;
            assert_eq!(answer["actions"], json!([]));
            assert!(reason(&answer, FIRST).starts_with(&format!("active, and tagged `{TAG}`")), "{answer}");
            scene.assert_no_write();
        }
        assert!(
            reason(&scene.answer("anitha", "delete").await, FIRST)
                .starts_with("active: only an inactive key")
        );
    }
    assert_eq!(scene.statuses("anitha"), [Active]);

    // without the tag nobody has decided anything
    scene.change("anitha", |user| user.tags.clear());
    assert_eq!(actions(&scene.answer("anitha", "deactivate").await).len(), 1);
}

#[tokio::test]
async fn guard_tag_age() {
    let just_short = anitha().inactive().with_tag(TAG, deactivated_tag(7 * 24 - 1));
    assert_left_alone(just_short.clone(), &["dry-run", "delete"], "deactivated too recently: ").await;
    for unreadable in ["", "yesterday", "2020-01-01"] {
        let user = anitha().inactive().with_tag(TAG, unreadable);
        assert_left_alone(user, &["dry-run", "delete"], "deactivated too recently: ").await;
    }
    for (user, days, expected) in [
        (just_short.clone(), json!("6"), 1),
        (just_short, json!(7), 0),
        (anitha().inactive().with_tag(TAG, "yesterday"), json!(0), 1),
    ] {
        let mut scene = Remediate::new(&[user]).await;
        let mut request = scene.request("anitha", "delete");
        request["minimumInactiveDays"] = days;
        assert_eq!(actions(&scene.answer_to(&request).await).len(), expected, "{request}");
    }
}

#[tokio::test]
async fn guard_deactivated_by_somebody_else() {
    assert_left_alone(anitha().inactive(), &["dry-run", "delete"], "inactive, but not by a remediation")
        .await;
    let of_another_key =
        anitha().inactive().with_tag("setup-key-deactivated:AKIAEXAMPLE000000002", "2020-01-01T00:00:00Z");
    assert_left_alone(of_another_key, &["delete"], "inactive, but not by a remediation").await;
}

#[tokio::test]
async fn guard_delete_never_touches_an_active_key() {
    assert_left_alone(anitha(), &["delete"], "active: only an inactive key is deleted").await;
    assert_left_alone(anitha().with_tag(TAG, "2020-01-01T00:00:00Z"), &["delete"], "active: ").await;
}

#[tokio::test]
async fn deactivate_never_deletes_and_says_what_is_inactive() {
    let mut scene = Remediate::new(&[anitha().inactive().with_tag(TAG, "2020-01-01T00:00:00Z")]).await;
    let mut request = scene.request("anitha", "deactivate");
    request["includeInactiveKeys"] = json!("true");
    let answer = scene.answer_to(&request).await;
    assert_eq!((&answer["actions"], reason(&answer, FIRST)), (&json!([]), "inactive already".to_owned()));
    scene.assert_no_write();
    assert_eq!(scene.statuses("anitha"), [Inactive]);
}

#[tokio::test]
async fn without_room_for_the_tag_nothing_is_deactivated_and_the_invocation_fails() {
    let mut user = anitha();
    user.tags = (0..50).map(|n| (format!("k{n}"), "v".to_owned())).collect();
    let mut scene = Remediate::new(&[user]).await;

    let outcome = scene.run("anitha", "deactivate").await;

    assert_failure(&outcome, "KeysLeftAlone", "the user has 50 tags, the most that IAM allows");
    scene.assert_no_write();
    let answer = scene.answer("anitha", "dry-run").await;
    assert!(reason(&answer, FIRST).starts_with("the user has 50 tags"), "{answer}");
}
