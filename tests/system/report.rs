use chrono::TimeDelta;
use serde_json::{Value, json};
use setupkey_local_aws::{AccessKeyStatus, Effect, ReportMaking, User};
use setupkey_tests::words::{NO_REPORT, REPORT_READ};
use setupkey_tests::{
    Scene, assert_success, compliant, event, fault, flagged, scheduled, time, user, with_message,
};

/// brandon is flagged; helene has a key that was created later and never used, paras a used one, and
/// build-robot no password.
fn users() -> [User; 4] {
    [
        flagged("brandon"),
        compliant("helene").with_key(3600),
        compliant("paras").with_key(0).used(),
        user("build-robot").with_key(0),
    ]
}

/// ListUsers, GenerateCredentialReport, GetCredentialReport, ListAccessKeys, GetAccessKeyLastUsed,
/// GetLoginProfile.
fn reads(scene: &Scene) -> [usize; 6] {
    [
        "ListUsers",
        "GenerateCredentialReport",
        "GetCredentialReport",
        "ListAccessKeys",
        "GetAccessKeyLastUsed",
        "GetLoginProfile",
    ]
    .map(|operation| scene.calls(operation))
}

/// The age of the report that is in the log.
fn ages(scene: &Scene) -> Vec<Value> {
    scene.logged(REPORT_READ).iter().map(|line| line["age"].clone()).collect()
}

#[tokio::test]
async fn fresh_report_leaves_only_candidates_to_read() {
    let mut scene = Scene::new(&users()).await;

    assert_success(&scene.run(0).await);

    assert_eq!(ages(&scene), ["Fresh"]);
    // the report is ready when it is asked for again; keys of brandon and helene; last use and password only
    // of brandon, to confirm
    assert_eq!(reads(&scene), [1, 1, 2, 2, 1, 1]);
    assert_eq!(scene.noncompliant(), ["brandon"]);
    assert_eq!(scene.results().len(), 3);
}

#[tokio::test]
async fn older_report_leaves_users_that_could_have_changed_to_read() {
    let mut scene = Scene::new(&users()).await;
    scene.aws.state().make_credential_report(time(-2));

    assert_success(&scene.run(0).await);

    assert_eq!(ages(&scene), ["Older"]);
    // build-robot may have a password by now: the keys are read, and then the password
    assert_eq!(reads(&scene), [1, 1, 1, 3, 2, 2]);
    assert_eq!(scene.noncompliant(), ["brandon"]);
    assert_eq!(scene.results().len(), 3);
}

#[tokio::test]
async fn without_a_report_every_user_is_read() {
    let mut scene = Scene::new(&users()).await;
    scene.set_faults(vec![fault("GenerateCredentialReport", Effect::AccessDenied)]);

    assert_success(&scene.run(0).await);

    assert_eq!(scene.logged(NO_REPORT).len(), 1);
    let [_, _, _, keys, last_used, passwords] = reads(&scene);
    assert_eq!([keys, last_used, passwords], [3, 2, 4]);
    assert_eq!(scene.noncompliant(), ["brandon"]);
}

/// A report that another tool started may have rows from before this run's event: an inactive key in it can be active
/// by now.
#[tokio::test]
async fn report_started_by_another_tool_is_not_fresh() {
    let mut scene = Scene::new(&[flagged("ann").inactive()]).await;
    scene.aws.state().credential_report.making = Some(serde_json::from_value(json!({})).unwrap());

    assert_success(&scene.run(0).await);

    assert_eq!(ages(&scene), ["Older"]);
    assert_eq!(scene.calls("ListAccessKeys"), 1, "the key may be active by now");
}

/// AWS gives the time of a report in whole seconds: one of 06:00:00.9 says 06:00:00, which is before an event of 06:00:00.5.
#[tokio::test]
async fn report_that_this_run_started_in_the_second_of_the_event_is_fresh() {
    let at = |millis| time(0) + TimeDelta::milliseconds(millis);
    for (event_time, generated, age) in [(500, 900, "Fresh"), (1500, 900, "Older")] {
        let mut scene = Scene::new(&users()).await;
        scene.aws.state().clock = Some(at(generated));
        let event = with_message(event("scheduled"), |message| {
            message["notificationCreationTime"] = json!(at(event_time).to_rfc3339());
        });

        assert_success(&scene.invoke(&event).await);

        assert_eq!(ages(&scene), [age], "event {event_time}, report {generated}");
    }
}

#[tokio::test]
async fn report_older_than_the_event_is_not_fresh() {
    let mut scene = Scene::new(&users()).await;
    // local AWS's clock is behind the event
    scene.aws.state().clock = Some(time(-1));

    assert_success(&scene.invoke(&scheduled(0)).await);

    assert_eq!(ages(&scene), ["Older"]);
}

#[tokio::test]
async fn key_reactivated_after_the_report_is_found() {
    let mut scene = Scene::new(&[flagged("ann").inactive(), compliant("paras")]).await;
    assert_success(&scene.run(0).await);
    assert_eq!(scene.noncompliant(), Vec::<String>::new());
    scene.aws.state().users[0].access_keys[0].status = AccessKeyStatus::Active;

    assert_success(&scene.run(1).await);

    assert_eq!(scene.noncompliant(), ["ann"]);
    assert_eq!(scene.alerted(), [["ann"]]);
}

#[tokio::test]
async fn report_with_times_as_before_july_2024_is_read() {
    let mut scene = Scene::new(&users()).await;
    scene.aws.state().behaviour.credential_report.plus_zero_times = true;

    assert_success(&scene.run(0).await);

    assert_eq!(ages(&scene), ["Fresh"]);
    assert_eq!(reads(&scene), [1, 1, 2, 2, 1, 1]);
}

/// A report expired between two calls and another tool began the next one: GetCredentialReport was sent 147 times in 10 s,
/// without a wait in between.
#[tokio::test]
async fn report_that_another_tool_begins_again_is_waited_for() {
    let mut scene = Scene::with_timeout(&users(), 12).await;
    {
        let mut state = scene.aws.state();
        state.make_credential_report(time(-1));
        state.behaviour.credential_report.ready_after_polls = u64::MAX;
    }
    scene.aws.before("GetCredentialReport", 0, |state| {
        state.credential_report.latest = None;
    });
    scene.aws.before("GenerateCredentialReport", 1, |state| {
        state.credential_report.making = Some(ReportMaking::default());
    });

    assert_success(&scene.run(0).await);

    // a quarter of the time to read is 2.4 s, and no wait is shorter than 250 ms
    let polls = scene.calls("GetCredentialReport");
    assert!((2..=11).contains(&polls), "{polls}");
    assert_eq!(scene.noncompliant(), ["brandon"]);
}
