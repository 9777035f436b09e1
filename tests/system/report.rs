use serde_json::{Value, json};
use setupkey_local_aws::{AccessKeyStatus, Effect, Fault, User};
use setupkey_tests::{Scene, assert_success, compliant, fault, flagged, scheduled, time, user};

/// brandon is to be flagged; helene has a key that was made later and never used, paras a used one, and
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

/// The age of the report that the log tells of.
fn ages(scene: &Scene) -> Vec<Value> {
    scene.logged("credential report read").iter().map(|line| line["age"].clone()).collect()
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
async fn older_report_leaves_whoever_could_have_changed_to_read() {
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
async fn without_a_report_everybody_is_read_live_and_the_log_says_so() {
    let error =
        |status, code: &str| Effect::Error { status, code: code.to_owned(), message: "no".to_owned() };
    let garbage = Effect::Body { status: 200, body: "<html>busy</html>".to_owned() };
    let content = |text: &str| {
        let mut scene_report = json!({"generatedTime": time(-1)});
        scene_report["content"] = json!(text);
        Some(scene_report)
    };
    let cases = [
        ("denied", Some(("GenerateCredentialReport", Effect::AccessDenied)), None),
        ("limit", Some(("GenerateCredentialReport", error(409, "LimitExceeded"))), None),
        ("not given out", Some(("GetCredentialReport", Effect::AccessDenied)), None),
        ("garbage on the wire", Some(("GetCredentialReport", garbage)), None),
        ("no CSV", None, content("<html>busy</html>")),
        (
            "a value that cannot be",
            None,
            content(
                "user,arn,user_creation_time,password_enabled,access_key_1_active,\
            access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,\
            access_key_2_last_used_date\nbrandon,arn,never,true,true,N/A,N/A,false,N/A,N/A",
            ),
        ),
    ];
    for (situation, failing, latest) in cases {
        let mut scene = Scene::new(&users()).await;
        if let Some((operation, effect)) = failing {
            scene.set_faults(vec![fault(operation, effect)]);
        }
        if let Some(latest) = latest {
            scene.aws.state().credential_report.latest = Some(serde_json::from_value(latest).unwrap());
        }

        assert_success(&scene.run(0).await);

        assert_eq!(scene.logged("no credential report, all users are read live").len(), 1, "{situation}");
        let [_, _, _, keys, last_used, passwords] = reads(&scene);
        assert_eq!([keys, last_used, passwords], [3, 2, 4], "{situation}");
        assert_eq!(scene.noncompliant(), ["brandon"], "{situation}");
    }
}

#[tokio::test]
async fn report_that_is_never_ready_is_not_waited_for_to_the_end() {
    for throttled in [false, true] {
        let mut scene = Scene::with_timeout(&users(), 10).await;
        if throttled {
            scene.set_faults(vec![fault("GenerateCredentialReport", Effect::Throttle)]);
        } else {
            scene.aws.state().behaviour.credential_report.ready_after_polls = 1_000;
        }

        assert_success(&scene.run(0).await);

        let line = &scene.logged("no credential report")[0];
        assert_eq!(line["error"], json!("the credential report was not ready in time"));
        assert_eq!(scene.noncompliant(), ["brandon"]);
    }
}

#[tokio::test]
async fn report_that_expires_between_the_two_calls_is_begun_again() {
    let mut scene = Scene::new(&users()).await;
    scene.aws.state().make_credential_report(time(-2));
    let expired =
        Effect::Error { status: 410, code: "ReportExpired".to_owned(), message: "Unknown".to_owned() };
    scene.set_faults(vec![Fault { times: Some(1), ..fault("GetCredentialReport", expired) }]);

    assert_success(&scene.run(0).await);

    assert_eq!(reads(&scene)[1..3], [2, 2]);
    assert_eq!(scene.noncompliant(), ["brandon"]);
}

/// A report that somebody else began may hold rows from before this run's event: an inactive key in it can be
/// active by now.
#[tokio::test]
async fn report_in_progress_is_not_taken_as_fresh() {
    let mut scene = Scene::new(&[flagged("ann").inactive()]).await;
    scene.aws.state().credential_report.making = Some(serde_json::from_value(json!({})).unwrap());

    assert_success(&scene.run(0).await);

    assert_eq!(ages(&scene), ["Older"]);
    assert_eq!(scene.calls("ListAccessKeys"), 1, "the key may be active by now");
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
async fn key_activated_again_after_the_report_is_found() {
    let mut scene = Scene::new(&[flagged("ann").inactive(), compliant("paras")]).await;
    assert_success(&scene.run(0).await);
    assert_eq!(scene.noncompliant(), Vec::<String>::new());
    scene.aws.state().users[0].access_keys[0].status = AccessKeyStatus::Active;

    assert_success(&scene.run(1).await);

    assert_eq!(scene.noncompliant(), ["ann"]);
    assert_eq!(scene.alerted(), [["ann"]]);
}

#[tokio::test]
async fn report_of_before_july_2024_is_read() {
    let mut scene = Scene::new(&users()).await;
    scene.aws.state().behaviour.credential_report.plus_zero_times = true;

    assert_success(&scene.run(0).await);

    assert_eq!(ages(&scene), ["Fresh"]);
    assert_eq!(reads(&scene), [1, 1, 2, 2, 1, 1]);
}
