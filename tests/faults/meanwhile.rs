//! Rows of what others do while the function works, and of what happens to the function itself.

use chrono::TimeDelta;
use setupkey_local_aws::{AccessKeyStatus, Effect, State, User};
use setupkey_tests::{exemption, fault, time, user_in};

use crate::account::{HOUR, last_used};
use crate::calls::{CHANGED, quoted};
use crate::row::{Act, Expected, RIGHT, Row, Told};

type Change = fn(&mut State);

/// What others do, and to whom.
const CHANGES: [(&str, &[&str], Change); 10] = [
    ("brandon is deleted", &[], |state| state.users.retain(|user| user.user_name != "brandon")),
    ("brandon's key is deleted", &[], |state| user_in(state, "brandon").access_keys.clear()),
    ("brandon's key is used", &[], |state| {
        user_in(state, "brandon").access_keys[0].last_used = Some(last_used());
    }),
    ("brandon's key is deactivated", &[], |state| {
        user_in(state, "brandon").access_keys[0].status = AccessKeyStatus::Inactive;
    }),
    ("brandon's password is deleted", &[], |state| user_in(state, "brandon").login_profile = None),
    ("brandon is renamed", &["brandon"], |state| {
        user_in(state, "brandon").user_name = "brandon.lee".to_owned();
    }),
    ("brandon is deleted and made again", &[], |state| again(state, "brandon")),
    ("brandon is tagged with an exception", &[], |state| {
        user_in(state, "brandon").tags.extend(exemption("2027-01-31"))
    }),
    ("anitha, noncompliant before, is deleted", &[], |state| {
        state.users.retain(|user| user.user_name != "anitha");
    }),
    ("paras gets a key, long after being created", &[], |state| {
        let paras = user_in(state, "paras");
        *paras = paras.clone().with_key(200 * 86_400);
    }),
];

/// The user is deleted, and a minute after the event there is another one of that name, with a password and a key.
fn again(state: &mut State, name: &str) {
    state.users.retain(|user| user.user_name != name);
    let user = User::new(name, time(HOUR) + TimeDelta::seconds(30)).with_id("AIDAEXAMPLENAMESAKE01");
    let user = user.with_password().with_key(0).key_id("AKIAEXAMPLENAMESAKE1");
    state.users.push(user);
}

/// Each change at the first call of each operation.
pub(crate) fn changes() -> Vec<Row> {
    let operations = [
        "ListUsers",
        "GenerateCredentialReport",
        "GetCredentialReport",
        "GetComplianceDetailsByConfigRule",
        "ListAccessKeys",
        "GetAccessKeyLastUsed",
        "GetLoginProfile",
        "ListUserTags",
        "PutEvaluations",
        "Publish",
    ];
    let mut rows = Vec::new();
    for (words, stands, change) in CHANGES {
        for operation in operations {
            let expected = Expected { ends: "success", stands, told: Told::IfStillFlagged };
            rows.push(Row::new(words, format!("at {}", quoted(operation)), expected, move |scene| {
                scene.aws.before(operation, 0, change);
            }));
        }
    }
    rows
}

/// A user made twenty seconds before the event, without a key, is made again with one: it would be a key that was
/// set up with the first one.
pub(crate) fn namesakes() -> Vec<Row> {
    let operations =
        ["ListAccessKeys", "GetAccessKeyLastUsed", "GetLoginProfile", "ListUserTags", "PutEvaluations"];
    let row = |operation: &'static str| {
        Row::new(
            "zoe is deleted and made again with a key",
            format!("at {}", quoted(operation)),
            RIGHT,
            move |scene| {
                let zoe = User::new("zoe", time(HOUR) - TimeDelta::seconds(20)).with_password();
                scene.aws.state().users.push(zoe);
                scene.aws.before(operation, 0, |state| again(state, "zoe"));
            },
        )
    };
    operations.map(row).into()
}

/// What happens to the alerts and to the function.
pub(crate) fn runs() -> Vec<Row> {
    let alert = Expected { ends: "AlertNotSent", stands: &["tagged"], told: Told::ByTheNextRun };
    let kms = Effect::Error {
        status: 400,
        code: "KMSAccessDenied".to_owned(),
        message: "the key may not be used".to_owned(),
    };
    // one of the two did not begin the report
    let again = Expected { stands: &["lost"], told: Told::OnceOrTwice, ..RIGHT };
    vec![
        Row::new("the topic", "is gone", alert.clone(), |scene| scene.aws.state().topics.clear()),
        Row::faults("the topic", "its key may not be used", alert, vec![fault("Publish", kms)]),
        Row { act: Act::ScheduleTwice, ..Row::new("the same event", "twice", RIGHT, |_| {}) },
        Row { act: Act::ScheduleTwo, ..Row::new("two runs", "overlap", again, |_| {}) },
    ]
}

/// More calls than a run makes.
const CALLS: usize = 32;

/// A process that is killed when so many calls were made, before or after the last one took effect, and the event
/// again. A run may have ended before that.
pub(crate) fn kills() -> Vec<Row> {
    let mut rows = Vec::new();
    for (words, effect) in [
        ("killed before the call took effect, and run again", Effect::Hang),
        ("killed after the call took effect, and run again", Effect::HangAfter),
    ] {
        for calls in 1..=CALLS {
            let row = Row::new(words, format!("at call {calls}"), RIGHT, |_| {});
            // the report that was begun before is an older one for the run after
            let expected = Expected { stands: &["lost"], told: Told::OnceOrTwice, ..RIGHT };
            rows.push(Row { act: Act::Kill(calls, effect.clone()), expected, ..row });
        }
    }
    rows
}

/// Everything is refused: nothing is said, and nothing is lost.
pub(crate) fn all_refused() -> Row {
    let expected = Expected {
        ends: "EvaluationsNotPut or PreviousResultsUnread or ListingIncomplete",
        stands: CHANGED,
        told: Told::ByTheNextRun,
    };
    Row::faults("access denied", "every call", expected, vec![fault("*", Effect::AccessDenied)])
}
