//! Rows of what others do while the function works, and of what happens to the function itself.

use chrono::TimeDelta;
use setupkey_local_aws::{AccessKeyStatus, Effect, State, User};
use setupkey_tests::{Scene, error, exemption, fault, time, user_in};

use crate::account::{HOUR, last_used};
use crate::calls::{NOT_EXEMPT, OLDER, quoted};
use crate::row::{Act, Alert, Expected, RIGHT, Results, Row};

type Change = fn(&mut State);

/// What others do, to the user brandon unless it says otherwise.
const CHANGES: [(&str, Results, Change); 10] = [
    ("the user is deleted", Results::CURRENT, |state| {
        state.users.retain(|user| user.user_name != "brandon");
    }),
    ("the key is deleted", Results::CURRENT, |state| user_in(state, "brandon").access_keys.clear()),
    ("the key is used", Results::CURRENT, |state| {
        user_in(state, "brandon").access_keys[0].last_used = Some(last_used());
    }),
    ("the key is deactivated", Results::CURRENT, |state| {
        user_in(state, "brandon").access_keys[0].status = AccessKeyStatus::Inactive;
    }),
    ("the password is deleted", Results::CURRENT, |state| user_in(state, "brandon").login_profile = None),
    ("the user is renamed", RENAMED, |state| {
        user_in(state, "brandon").user_name = "brandon.lee".to_owned();
    }),
    ("the user is deleted, and another one of that name created", Results::CURRENT, |state| {
        replace(state, "brandon");
    }),
    ("the user becomes exempt", Results::CURRENT, |state| {
        user_in(state, "brandon").tags.extend(exemption("2027-01-31"));
    }),
    ("a noncompliant user is deleted", Results::CURRENT, |state| {
        state.users.retain(|user| user.user_name != "anitha");
    }),
    ("a compliant user gets a key, long after being created", Results::CURRENT, |state| {
        let paras = user_in(state, "paras");
        *paras = paras.clone().with_key(200 * 86_400);
    }),
];

/// IAM is read by name, and the name has changed.
const RENAMED: Results = Results::old(&["brandon"], "current, or from the previous run for that user");

/// The user is deleted, and a minute after the event there is another one of that name, with a password and a key.
fn replace(state: &mut State, name: &str) {
    state.users.retain(|user| user.user_name != name);
    let user = User::new(name, time(HOUR) + TimeDelta::seconds(30)).with_id("AIDAEXAMPLENAMESAKE01");
    state.users.push(user.with_password().with_key(0).key_id("AKIAEXAMPLENAMESAKE1"));
}

/// Each change at the first call of these operations: before the facts are read, between two of them, after them.
pub(crate) fn changes() -> Vec<Row> {
    let operations =
        ["ListUsers", "ListAccessKeys", "GetAccessKeyLastUsed", "GetLoginProfile", "ListUserTags", "Publish"];
    let mut rows = Vec::new();
    for (problem, results, change) in CHANGES {
        for operation in operations {
            let expected =
                Expected { ends: "success", results: results.at_most(), alert: Alert::IfStillFlagged };
            rows.push(Row::new(problem, quoted(operation), expected, move |scene| {
                scene.aws.before(operation, 0, change);
            }));
        }
    }
    rows
}

/// A user created twenty seconds before the event, without a key, is replaced by one that has a key: it would be a
/// key that was created with the first one.
pub(crate) fn namesakes() -> Vec<Row> {
    let operations = ["ListAccessKeys", "GetLoginProfile", "ListUserTags"];
    let row = |operation: &'static str| {
        let problem = "a new user without a key is replaced by one of that name with a key";
        Row::new(problem, quoted(operation), RIGHT, move |scene| {
            let zoe = User::new("zoe", time(HOUR) - TimeDelta::seconds(20)).with_password();
            scene.aws.state().users.push(zoe);
            scene.aws.before(operation, 0, |state| replace(state, "zoe"));
        })
    };
    operations.map(row).into()
}

/// What happens to the topic and to the function.
pub(crate) fn runs() -> Vec<Row> {
    let alert = Expected { ends: "AlertNotSent", results: NOT_EXEMPT, alert: Alert::ByTheNextRun };
    // one of the two did not begin the report
    let overlap = Expected { results: OLDER.at_most(), alert: Alert::OnceOrTwice, ..RIGHT };
    // SNS would take the message, and nobody would get it
    let waits = Expected { results: NOT_EXEMPT, alert: Alert::ByTheNextRun, ..RIGHT };
    const TOPIC: &str = "does not exist, or its key must not be used";
    let gone = |scene: &Scene| scene.aws.state().topics.clear();
    let denied = vec![fault("Publish", error(400, "KMSAccessDenied"))];
    vec![
        Row { case: "the topic does not exist", ..Row::new(TOPIC, "the topic", alert, gone) },
        Row { case: "the topic's key", ..Row::faults(TOPIC, "the topic", alert, denied) },
        Row::new("has no confirmed subscription", "the topic", waits, |scene| scene.set_confirmed(false)),
        Row { act: Act::ScheduleTwice, ..Row::new("arrives twice", "the event", RIGHT, |_| {}) },
        Row { act: Act::ScheduleTwo, ..Row::new("overlap", "two runs", overlap, |_| {}) },
    ]
}

/// A process that is killed at a call, before or after it took effect, and the event again.
pub(crate) fn kills() -> Vec<Row> {
    const BEFORE: &str = "killed before the call took effect, and run again";
    const AFTER: &str = "killed after the call took effect, and run again";
    // the report that was begun before is an older one for the run after
    let once = Expected { results: OLDER.at_most(), ..RIGHT };
    let twice = Expected { alert: Alert::Twice, ..once };
    let kill = |operation, nth, effect: Effect, expected| {
        let problem = if effect == Effect::Hang { BEFORE } else { AFTER };
        let at = if nth == 1 { quoted(operation) } else { format!("the second {}", quoted(operation)) };
        Row { act: Act::Kill(operation, nth, effect), ..Row::new(problem, at, expected, |_| {}) }
    };
    let mut rows = Vec::new();
    for operation in
        ["ListUsers", "GenerateCredentialReport", "ListAccessKeys", "GetLoginProfile", "PutEvaluations"]
    {
        rows.push(kill(operation, 1, Effect::Hang, once));
    }
    rows.push(kill("Publish", 1, Effect::Hang, once));
    rows.push(kill("PutEvaluations", 2, Effect::Hang, twice));
    for operation in ["GenerateCredentialReport", "PutEvaluations"] {
        rows.push(kill(operation, 1, Effect::HangAfter, once));
    }
    rows.push(kill("Publish", 1, Effect::HangAfter, twice));
    rows.push(kill("PutEvaluations", 2, Effect::HangAfter, once));
    rows
}
