//! The account in which every fault happens, and what is true of it, from the words of the control.

use setupkey_tests::words::MARKER;
use setupkey_tests::{BRANDON, Scene, assert_success, compliant, exemption, flagged, time, user, user_in};
use std::collections::BTreeMap;

use chrono::TimeDelta;
use setupkey_local_aws::{AccessKeyStatus, ComplianceType, EvaluationResult, LastUsed, State, User};

/// The first run is at 0, the one that meets the fault at this hour, the one after it a day later.
pub(crate) const HOUR: i64 = 24;

/// The users, with what happened to them since the first run.
pub(crate) const USERS: [(&str, &str); 9] = [
    ("anitha", "noncompliant before and now"),
    ("brandon", "created since, with a password and a key that was never used: a new finding"),
    ("elise", "noncompliant before; the key was used since"),
    ("gone", "noncompliant before, and deleted since"),
    ("helene", "compliant: the key is used"),
    ("lost", "compliant before; the password was deleted since"),
    ("paras", "compliant: no key"),
    ("robot", "out of scope: no password"),
    ("tagged", "noncompliant before; exempt since"),
];

/// The verdicts of users, by ID; a user without one is out of scope, exempt or deleted.
pub(crate) type Verdicts = BTreeMap<String, ComplianceType>;

/// The account after a first run and what happened since, the clock at the second one; names by ID.
pub(crate) async fn scene(seconds: u64) -> (Scene, BTreeMap<String, String>) {
    let before = [
        flagged("anitha"),
        flagged("elise"),
        flagged("gone"),
        compliant("helene").with_key(0).used(),
        compliant("lost"),
        compliant("paras"),
        user("robot").with_key(0),
        flagged("tagged"),
    ];
    let mut scene = Scene::with_timeout(&before, seconds).await;
    assert_success(&scene.run(0).await);
    let mut names: BTreeMap<_, _> =
        scene.aws.state().users.iter().map(|user| (user.user_id.clone(), user.user_name.clone())).collect();
    names.insert(BRANDON.to_owned(), "brandon".to_owned());
    since(&mut scene.aws.state());
    scene.aws.state().clock = Some(time(HOUR));
    scene.aws.forget_calls();
    (scene, names)
}

fn since(state: &mut State) {
    state.users.retain(|user| user.user_name != "gone");
    user_in(state, "lost").login_profile = None;
    user_in(state, "tagged").tags.extend(exemption("2027-01-31"));
    user_in(state, "elise").access_keys[0].last_used = Some(last_used());
    state.users.push(brandon());
}

/// A use since the first run.
pub(crate) fn last_used() -> LastUsed {
    LastUsed::at(time(HOUR))
}

/// Created an hour before the run that meets the fault.
pub(crate) fn brandon() -> User {
    let user = User::new("brandon", time(HOUR - 1)).with_id(BRANDON);
    user.with_password().with_key(0).key_id("AKIAEXAMPLEBRANDON01")
}

/// The verdict on every user, from the words of the control and of the design, not from the code.
pub(crate) fn truth(state: &State) -> Verdicts {
    let verdict = |user: &User| {
        user.login_profile?;
        let flagged = user.access_keys.iter().any(|key| {
            let with_the_user = (key.create_date - user.create_date).abs() <= TimeDelta::seconds(60);
            key.status == AccessKeyStatus::Active && with_the_user && key.last_used.is_none()
        });
        match (flagged, user.tags.is_empty()) {
            (true, true) => Some(ComplianceType::NonCompliant),
            (true, false) => None,
            (false, _) => Some(ComplianceType::Compliant),
        }
    };
    state
        .users
        .iter()
        .filter_map(|user| verdict(user).map(|verdict| (user.user_id.clone(), verdict)))
        .collect()
}

/// The stored results of users.
pub(crate) fn held(scene: &Scene) -> Verdicts {
    users_in_config(scene)
        .filter(|result| result.compliance_type != ComplianceType::NotApplicable)
        .map(|result| (result.resource_id, result.compliance_type))
        .collect()
}

/// The users whose finding carries the marker, by ID.
pub(crate) fn marked(scene: &Scene) -> Vec<String> {
    users_in_config(scene)
        .filter(|result| result.annotation.as_deref().is_some_and(|text| text.ends_with(MARKER)))
        .map(|result| result.resource_id)
        .collect()
}

fn users_in_config(scene: &Scene) -> impl Iterator<Item = EvaluationResult> {
    scene.held().into_iter().filter(|result| result.resource_type == "AWS::IAM::User")
}
