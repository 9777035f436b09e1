//! Run after run while users come, change and go, and anything can fail: once the faults end, one run brings AWS
//! Config to the truth, and everybody who is flagged by then was told of.

use setupkey_tests::words::MARKER;
use setupkey_tests::{Scene, assert_success, exemption, scheduled, time};
use std::env;

use chrono::TimeDelta;
use libtest_mimic::Trial;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use setupkey_local_aws::{AccessKeyStatus, ComplianceType, Effect, Fault, LoginProfile, State, User};

use crate::account::{self, last_used};
use crate::row;
use crate::trial_of;

/// So many histories, always the same; `HISTORIES` says otherwise.
const HISTORIES: usize = 24;

/// The seconds that the function has for a run.
const SECONDS: u64 = 10;

/// Users of this many names.
const NAMES: usize = 6;

/// What happens from one run to the next, and in it.
#[derive(Clone, Debug)]
struct Step {
    hours: i64,
    changes: Vec<(usize, Change)>,
    /// A change while the run goes on, when so many calls were made.
    meanwhile: Option<(usize, (usize, Change))>,
    faults: Vec<Fault>,
    /// The process is killed when so many calls were made.
    killed_at: Option<usize>,
}

/// What becomes of the user of a name.
#[derive(Clone, Copy, Debug)]
enum Change {
    Made { with_key: bool, with_password: bool },
    Deleted,
    KeyUsed,
    KeyToggled,
    PasswordToggled,
    ExceptionToggled,
}

fn change() -> impl Strategy<Value = (usize, Change)> {
    let change = prop_oneof![
        4 => (prop::bool::weighted(0.8), prop::bool::weighted(0.8))
            .prop_map(|(with_key, with_password)| Change::Made { with_key, with_password }),
        1 => Just(Change::Deleted),
        1 => Just(Change::KeyUsed),
        1 => Just(Change::KeyToggled),
        1 => Just(Change::PasswordToggled),
        1 => Just(Change::ExceptionToggled),
    ];
    (0..NAMES, change)
}

fn fault() -> impl Strategy<Value = Fault> {
    let operation = prop::sample::select(vec![
        "*",
        "ListUsers",
        "GenerateCredentialReport",
        "GetCredentialReport",
        "ListAccessKeys",
        "GetAccessKeyLastUsed",
        "GetLoginProfile",
        "ListUserTags",
        "GetComplianceDetailsByConfigRule",
        "PutEvaluations",
        "GetTopicAttributes",
        "Publish",
    ]);
    let effect = prop::sample::select(vec![
        Effect::Throttle,
        Effect::AccessDenied,
        Effect::ServiceFailure,
        Effect::DropBefore,
        Effect::DropAfter,
        Effect::Truncate,
        Effect::Hang,
        Effect::Body { status: 200, body: String::new() },
        Effect::Body { status: 200, body: "<html>busy</html>".to_owned() },
    ]);
    let times = prop_oneof![3 => (1..4u64).prop_map(Some), 1 => Just(None)];
    (operation, effect, 0..6u64, times).prop_map(|(operation, effect, skip, times)| Fault {
        operation: operation.to_owned(),
        matching: None,
        skip,
        times,
        effect,
    })
}

fn step() -> impl Strategy<Value = Step> {
    (
        1..30i64,
        prop::collection::vec(change(), 0..4),
        prop::option::weighted(0.3, (0..25usize, change())),
        prop::collection::vec(fault(), 0..3),
        prop::option::weighted(0.15, 1..25usize),
    )
        .prop_map(|(hours, changes, meanwhile, faults, killed_at)| Step {
            hours,
            changes,
            meanwhile,
            faults,
            killed_at,
        })
}

pub(crate) fn trials() -> Vec<Trial> {
    let histories = env::var("HISTORIES").ok().and_then(|text| text.parse().ok()).unwrap_or(HISTORIES);
    let mut runner = TestRunner::deterministic();
    let strategy = prop::collection::vec(step(), 2..6);
    (0..histories)
        .map(|number| {
            let steps = strategy.new_tree(&mut runner).unwrap().current();
            trial_of(format!("history {number}"), run(steps))
        })
        .collect()
}

async fn run(steps: Vec<Step>) {
    let mut scene = Scene::with_timeout(&[], SECONDS).await;
    let mut hours = 0;
    for step in &steps {
        hours += step.hours;
        scene.aws.state().clock = Some(time(hours));
        scene.aws.forget_calls();
        for (which, change) in &step.changes {
            make(&mut scene.aws.state(), *which, *change, hours);
        }
        if let Some((calls, (which, change))) = step.meanwhile {
            scene.aws.before("*", calls, move |state| make(state, which, change, hours));
        }
        scene.set_faults(step.faults.clone());
        let event = scheduled(hours).to_string();
        let outcome = match step.killed_at {
            None => Some(scene.function.invoke(&event).await),
            Some(calls) => tokio::select! {
                outcome = scene.function.invoke(&event) => Some(outcome),
                () = scene.aws.called("*", calls) => None,
            },
        };
        match outcome {
            Some(outcome) => scene.assert_no_secret(&outcome),
            None => scene.restart().await,
        }
        scene.aws.settled().await;
        scene.aws.forget_changes();
    }

    row::recover(&scene);
    assert_success(&scene.run(hours + 24).await);

    let truth = account::truth(&scene.aws.state());
    assert_eq!(account::held(&scene), truth, "{steps:#?}");
    let marked = account::marked(&scene);
    assert!(marked.is_empty(), "still{MARKER}: {marked:?}\n{steps:#?}");
    let messages = scene.messages();
    for (user_id, _) in truth.iter().filter(|(_, verdict)| **verdict == ComplianceType::NonCompliant) {
        let alerted = messages.iter().any(|message| message.message.contains(user_id.as_str()));
        assert!(alerted, "no alert about {user_id}\n{steps:#?}");
    }
}

/// The user of a name is made anew each time, with an id of its own.
fn make(state: &mut State, which: usize, change: Change, hours: i64) {
    let name = format!("user{which}");
    let Some(place) = state.users.iter().position(|user| user.user_name == name) else {
        if let Change::Made { with_key, with_password } = change {
            state.users.push(user(&name, hours, with_key, with_password));
        }
        return;
    };
    let user = &mut state.users[place];
    match change {
        Change::Made { .. } | Change::Deleted => drop(state.users.remove(place)),
        Change::KeyUsed => user.access_keys.iter_mut().for_each(|key| key.last_used = Some(last_used())),
        Change::KeyToggled => user.access_keys.iter_mut().for_each(|key| {
            key.status = match key.status {
                AccessKeyStatus::Active => AccessKeyStatus::Inactive,
                _ => AccessKeyStatus::Active,
            };
        }),
        Change::PasswordToggled => {
            user.login_profile = match user.login_profile {
                Some(_) => None,
                None => Some(LoginProfile { create_date: time(hours) }),
            };
        }
        Change::ExceptionToggled if user.tags.is_empty() => user.tags.extend(exemption("2027-01-31")),
        Change::ExceptionToggled => user.tags.clear(),
    }
}

fn user(name: &str, hours: i64, with_key: bool, with_password: bool) -> User {
    let created = time(hours) - TimeDelta::minutes(50);
    let id = format!("{}H{hours:03}", name.to_uppercase());
    let mut user = User::new(name, created).with_id(format!("AIDAEXAMPLE{id}"));
    if with_password {
        user = user.with_password();
    }
    if with_key {
        user = user.with_key(0).key_id(&format!("AKIAEXAMPLE{id}"));
    }
    user
}
