//! Rows of what others do while the function works, and of what happens to the function itself.

use chrono::TimeDelta;
use setupkey_local_aws::{AccessKeyStatus, Effect, State};

use crate::account::{brandon, exception, last_used, user_of};
use crate::calls::{CHANGED, quoted};
use crate::row::{Act, Expected, RIGHT, Row, Told};
use crate::scene::fault;

type Change = fn(&mut State);

/// What others do, and to whom.
const CHANGES: [(&str, &[&str], Change); 10] = [
    ("brandon is deleted", &[], |state| state.users.retain(|user| user.user_name != "brandon")),
    ("brandon's key is deleted", &[], |state| user_of(state, "brandon").access_keys.clear()),
    ("brandon's key is used", &[], |state| {
        user_of(state, "brandon").access_keys[0].last_used = Some(last_used());
    }),
    ("brandon's key is deactivated", &[], |state| {
        user_of(state, "brandon").access_keys[0].status = AccessKeyStatus::Inactive;
    }),
    ("brandon's password is deleted", &[], |state| user_of(state, "brandon").login_profile = None),
    ("brandon is renamed", &["brandon"], |state| {
        user_of(state, "brandon").user_name = "brandon.lee".to_owned();
    }),
    ("brandon is deleted and made again", &["the new brandon"], |state| {
        state.users.retain(|user| user.user_name != "brandon");
        let mut again = brandon();
        again.user_id = "AIDAEXAMPLEBRANDON002".to_owned();
        again.create_date += TimeDelta::seconds(90);
        again.access_keys[0].access_key_id = "AKIAEXAMPLEBRANDON02".to_owned();
        again.access_keys[0].create_date += TimeDelta::seconds(90);
        state.users.push(again);
    }),
    ("brandon is tagged with an exception", &[], |state| user_of(state, "brandon").tags = exception()),
    ("anitha, noncompliant before, is deleted", &["anitha"], |state| {
        state.users.retain(|user| user.user_name != "anitha");
    }),
    ("paras gets a password later and a key", &[], |state| {
        let paras = user_of(state, "paras");
        let now = paras.create_date + TimeDelta::days(200);
        paras.add_access_key(now);
    }),
];

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

/// What happens to the alerts and to the function.
pub(crate) fn runs() -> Vec<Row> {
    let alert = Expected { ends: "AlertNotSent", stands: &["tagged"], told: Told::ByTheNextRun };
    let kms = Effect::Error {
        status: 400,
        code: "KMSAccessDenied".to_owned(),
        message: "the key may not be used".to_owned(),
    };
    let again = Expected { told: Told::OnceOrTwice, ..RIGHT };
    vec![
        Row::new("the topic", "is gone", alert.clone(), |scene| scene.aws.state().topics.clear()),
        Row::faults("the topic", "its key may not be used", alert, vec![fault("Publish", kms)]),
        Row { act: Act::ScheduleTwice, ..Row::new("the same event", "twice", RIGHT, |_| {}) },
        Row { act: Act::ScheduleTwo, ..Row::new("two runs", "overlap", again, |_| {}) },
    ]
}

/// More calls than a run makes.
const CALLS: usize = 40;

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
            let expected = Expected { told: Told::OnceOrTwice, ..RIGHT };
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
