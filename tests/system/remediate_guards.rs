//! Each guard, with the real function: the key stays as it is, and the answer says why. The limits of each guard are
//! tested where the guards are, in `rule`; here one key on the wrong side of each.

use chrono::TimeDelta;
use serde_json::{Value, json};
use setupkey_local_aws::AccessKeyStatus::Active;
use setupkey_local_aws::User;
use setupkey_tests::words::{USED, USER_IS_EXEMPT};
use setupkey_tests::{
    Remediate, actions, assert_failure, deactivated_tag, exempt, exemption, now, of_age, reason, rfc3339,
    setup,
};

/// The first key of the user is refused for this reason in each of the modes, with these fields in the request.
async fn assert_left_alone(user: User, modes: &[&str], fields: &[(&str, Value)], expected: &str) {
    assert_left_alone_under("{}", user, modes, fields, expected).await;
}

/// The same under these parameters of the stack's rule.
async fn assert_left_alone_under(
    parameters: &str,
    user: User,
    modes: &[&str],
    fields: &[(&str, Value)],
    expected: &str,
) {
    for mode in modes {
        let guards = [("RULE_PARAMETERS", parameters)];
        let mut scene = Remediate::with_guards(std::slice::from_ref(&user), &guards).await;
        let mut request = scene.request(&user.user_name, mode);
        for (field, value) in fields {
            request[field] = value.clone();
        }

        let answer = scene.answer_to(&request).await;

        assert_eq!(answer["actions"], json!([]), "{mode}");
        let reason = reason(&answer, &user.access_keys[0].access_key_id);
        assert!(reason.starts_with(expected), "{mode}: {reason}");
        scene.assert_no_write();
        assert_eq!(scene.user(&user.user_name), user, "{mode}");
    }
}

/// The modes that look at an active key.
const ACTIVE: &[&str] = &["dry-run", "deactivate"];
/// The modes that look at an inactive key.
const INACTIVE: &[&str] = &["dry-run", "delete"];

const ID: &str = "AKIAEXAMPLE000000001";
const TAG: &str = "setup-key-deactivated:AKIAEXAMPLE000000001";

/// Has a key that a remediation deactivates.
fn anitha() -> User {
    setup("anitha").key_id(ID)
}

/// Has a key that a remediation deactivated this many hours ago.
fn deactivated(hours: i64) -> User {
    anitha().inactive().with_tag(TAG, deactivated_tag(hours))
}

#[tokio::test]
async fn guard_used() {
    let used = of_age("anitha", 9_000).with_key(0).used();
    let parameters = r#"{"criterion": "setup"}"#;
    assert_left_alone_under(parameters, used, &["dry-run", "deactivate", "delete"], &[], USED).await;
}

#[tokio::test]
async fn guard_setup_window() {
    let late = of_age("anitha", 9_000).with_key(61);
    let parameters = r#"{"criterion": "unused"}"#;
    let expected = "not created with the user: created +61 s after it, the setup window is 60 s";
    assert_left_alone_under(parameters, late, &["dry-run", "deactivate", "delete"], &[], expected).await;
    let narrower = [("setupWindowSeconds", json!(16))];
    let expected = "not created with the user: created +17 s after it, the setup window is 16 s";
    assert_left_alone_under(parameters, anitha(), &["dry-run", "deactivate", "delete"], &narrower, expected)
        .await;
}

#[tokio::test]
async fn guard_minimum_age() {
    assert_left_alone(of_age("anitha", 23).with_key(0), ACTIVE, &[], "too young: created ").await;
    let older = [("minimumKeyAgeHours", json!(87_600))];
    assert_left_alone(deactivated(8 * 24), &["delete"], &older, "too young: created ").await;
}

#[tokio::test]
async fn guard_exemption() {
    let next_week = rfc3339(now() + TimeDelta::days(7));
    let expected = format!("{USER_IS_EXEMPT}{next_week}, TICKET-17");
    assert_left_alone(exempt(anitha(), &next_week), ACTIVE, &[], &expected).await;
    assert_left_alone(exempt(deactivated(8 * 24), &next_week), INACTIVE, &[], &expected).await;
    // the prefix of a request counts beside the one of the stack, never in its place
    for prefix in ["team-exception", "none"] {
        let fields = [("exceptionTagPrefix", json!(prefix))];
        assert_left_alone(exempt(anitha(), &next_week), ACTIVE, &fields, &expected).await;
    }
    let mut of_team = anitha();
    for (key, value) in exemption(&next_week) {
        of_team = of_team.with_tag(key.replace("setup-key-exception", "team-exception"), value);
    }
    let fields = [("exceptionTagPrefix", json!("team-exception"))];
    assert_left_alone(of_team, ACTIVE, &fields, &expected).await;
}

/// The tag of a deactivation was an opt-out without an end: a key that is active again is reported by each remediation,
/// whatever became of the value of the tag, and the tag says what was found.
#[tokio::test]
async fn guard_second_deactivation() {
    let mut scene = Remediate::new(&[anitha()]).await;
    assert_eq!(actions(&scene.answer("anitha", "deactivate").await).len(), 1);
    scene.change("anitha", |user| user.access_keys[0].status = Active);
    // at once, the tag can be that of a remediation that still runs
    scene.answer("anitha", "deactivate").await;
    assert_eq!((scene.count("TagUser"), scene.messages().len()), (0, 2), "reported, not rewritten");
    scene.tag("anitha", TAG, &deactivated_tag(1));
    let tagged = scene.user("anitha");
    let expected = format!("active, and tagged `{TAG}`");
    assert_left_alone(tagged.clone(), &["dry-run"], &[], &expected).await;
    for (value, is_rewritten) in [(None, true), (Some("by hand"), false)] {
        if let Some(value) = value {
            scene.tag("anitha", TAG, value);
        }
        let before = scene.messages().len();
        for pass in 1..=2 {
            let answer = scene.answer("anitha", "deactivate").await;
            assert_eq!(answer["actions"], json!([]));
            assert!(reason(&answer, ID).starts_with(&expected), "{answer}");
            assert_eq!(scene.count("UpdateAccessKey"), 0);
            assert_eq!(scene.count("TagUser"), usize::from(is_rewritten && pass == 1), "{value:?}");
            let messages = scene.messages();
            assert_eq!(messages.len(), before + pass, "each time");
            let subject = messages.last().unwrap().subject.clone();
            assert_eq!(subject.as_deref(), Some("1 access key active again in 111122223333"));
        }
        let value_now = scene.user("anitha").tags[TAG].clone();
        assert_eq!(value_now.starts_with("reactivated 20"), is_rewritten, "{value_now}");
        assert_eq!(scene.statuses("anitha"), [Active]);
    }

    // without the tag it is like any other key
    scene.change("anitha", |user| user.tags.clear());
    assert_eq!(actions(&scene.answer("anitha", "deactivate").await).len(), 1);
}

#[tokio::test]
async fn guard_minimum_inactive_days() {
    let expected = "deactivated too recently: ";
    assert_left_alone(deactivated(7 * 24 - 1), INACTIVE, &[], expected).await;
    assert_left_alone(deactivated(8 * 24), &["delete"], &[("minimumInactiveDays", json!(9))], expected).await;
}

#[tokio::test]
async fn guard_deactivated_by_other_means() {
    let expected = "inactive, but not by a remediation";
    assert_left_alone(anitha().inactive(), INACTIVE, &[], expected).await;
    assert_left_alone(anitha().inactive().with_tag(TAG, "yesterday"), INACTIVE, &[], expected).await;
    let other_key = anitha().inactive().with_tag("setup-key-deactivated:AKIAEXAMPLE000000002", "2020-01-01");
    assert_left_alone(other_key, &["delete"], &[], expected).await;
}

/// A key that its owner activated and later deactivated again was deleted on the strength of the old tag.
#[tokio::test]
async fn guard_active_key_is_never_deleted() {
    assert_left_alone(anitha(), &["delete"], &[], "active: only an inactive key is deleted").await;

    let mut scene = Remediate::new(&[anitha().with_tag(TAG, "2020-01-01T00:00:00Z")]).await;
    for pass in 1..=2 {
        let answer = scene.answer("anitha", "delete").await;
        assert_eq!(answer["actions"], json!([]));
        let expected = format!("active: only an inactive key is deleted; tagged `{TAG}` = `reactivated 20");
        assert!(reason(&answer, ID).starts_with(&expected), "{answer}");
        assert_eq!(
            scene.count("TagUser"),
            usize::from(pass == 1),
            "the tag says that the key is active again"
        );
        assert_eq!(scene.messages().len(), pass, "reported each time");
    }
    let subject = scene.messages()[1].subject.clone();
    assert_eq!(subject.as_deref(), Some("1 access key active again in 111122223333"));
    let tagged = scene.user("anitha");
    assert!(tagged.tags[TAG].starts_with("reactivated 20"), "{:?}", tagged.tags);

    let by_hand = tagged.inactive();
    assert_left_alone(by_hand, INACTIVE, &[], "inactive, but not by a remediation").await;
}

#[tokio::test]
async fn guard_inactive_key_is_never_deactivated() {
    let parameters = r#"{"includeInactiveKeys": "true"}"#;
    assert_left_alone_under(parameters, deactivated(9_000), &["deactivate"], &[], "inactive already").await;
}

/// The function has a clock of its own: neither the request nor AWS says what time it is.
#[tokio::test]
async fn guard_time() {
    let mut scene = Remediate::new(&[of_age("anitha", 1).with_key(0)]).await;
    scene.aws.state().clock = Some(now() + TimeDelta::days(900));
    let answer = scene.answer("anitha", "deactivate").await;
    assert!(reason(&answer, &scene.key_id("anitha", 0)).starts_with("too young"), "{answer}");
    let mut request = scene.request("anitha", "deactivate");
    request["now"] = json!("2126-01-01T00:00:00Z");
    assert_failure(
        &scene.invoke(&request).await,
        "InvalidEvent",
        "`now` is `2126-01-01T00:00:00Z`, expected only `resourceId`, ",
    );
    scene.assert_no_write();
}

#[tokio::test]
async fn guard_room_for_the_tag() {
    let mut user = anitha();
    user.tags = (0..50).map(|n| (format!("k{n}"), "v".to_owned())).collect();
    let mut scene = Remediate::new(std::slice::from_ref(&user)).await;

    let outcome = scene.run("anitha", "deactivate").await;

    assert_failure(&outcome, "KeysLeftAlone", "the user has 50 tags, the most that IAM allows");
    scene.assert_no_write();
    assert_left_alone(user, &["dry-run"], &[], "the user has 50 tags").await;
}
