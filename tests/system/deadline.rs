use setupkey_tests::words::{TIMED_OUT, USERS_NOT_READ};
use setupkey_tests::{Scene, assert_failure, assert_success, compliant, fault, flagged};
use std::collections::BTreeSet;

use setupkey_local_aws::{Effect, Fault, User};

/// In each run IAM answers the keys of three users out of twelve, and throttles for ever after that. There is no
/// state between the runs: the place where each begins follows from the time of its event.
#[tokio::test]
async fn throttled_runs_read_every_user_within_twelve_runs() {
    const USERS: usize = 12;
    const READS: u64 = 3;
    let users: Vec<User> = (0..USERS).map(|n| flagged(&format!("user{n:02}"))).collect();
    let mut scene = Scene::with_timeout(&users, 3).await;
    let mut runs = 0;
    while scene.held().len() < USERS {
        assert!(runs < 12, "{} of {USERS} users after {runs} runs", scene.held().len());
        scene.set_faults(vec![Fault { skip: READS, ..fault("ListAccessKeys", Effect::Throttle) }]);

        let outcome = scene.run(runs).await;

        assert_failure(
            &outcome,
            "DeadlineNear",
            &format!("{USERS_NOT_READ}{TIMED_OUT}); their stored results are unchanged"),
        );
        runs += 1;
    }

    scene.set_faults(vec![]);
    assert_success(&scene.run(runs).await);
    let alerted: BTreeSet<String> = scene.alerted().concat().into_iter().collect();
    assert_eq!(alerted.len(), USERS, "{alerted:?}");
}

/// Reading ends in time to report what is decided, to alert about it, and to say that the run timed out.
#[tokio::test]
async fn reading_ends_in_time_to_deliver() {
    let users = [flagged("brandon"), flagged("slow"), compliant("paras")];
    let mut scene = Scene::with_timeout(&users, 5).await;
    let hang = Fault { matching: Some("slow".to_owned()), ..fault("ListAccessKeys", Effect::Hang) };
    scene.set_faults(vec![hang]);

    let outcome = scene.run(0).await;

    assert_failure(
        &outcome,
        "DeadlineNear",
        &format!("1{USERS_NOT_READ}{TIMED_OUT}); their stored results are unchanged"),
    );
    assert_eq!(scene.noncompliant(), ["brandon"]);
    assert_eq!(scene.alerted(), [["brandon"]]);
    assert_eq!(scene.results().keys().collect::<Vec<_>>(), ["brandon", "paras"]);

    scene.set_faults(vec![]);
    assert_success(&scene.run(1).await);
    assert_eq!(scene.alerted(), [["brandon"], ["slow"]]);
}

/// The first page arrives, the second never does: users are read after the listing, which takes all the time that there
/// is, and nothing is reported of an account that is not known.
#[tokio::test]
async fn listing_that_does_not_end_reports_no_verdict_and_ends_in_time() {
    let mut scene = Scene::with_timeout(&[flagged("ann"), flagged("bob")], 5).await;
    scene.aws.state().behaviour.page_sizes.insert("ListUsers".to_owned(), 1);
    scene.set_faults(vec![Fault { skip: 1, ..fault("ListUsers", Effect::Hang) }]);

    let outcome = scene.run(0).await;

    assert_failure(&outcome, "ListingIncomplete", TIMED_OUT);
    assert_eq!(scene.held(), []);
    assert_eq!(scene.messages(), []);

    scene.set_faults(vec![]);
    assert_success(&scene.run(1).await);
    assert_eq!(scene.noncompliant(), ["ann", "bob"]);
}
