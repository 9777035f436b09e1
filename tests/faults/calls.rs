//! Rows of calls that go wrong: faults that end, and faults that do not.

use setupkey_local_aws::{Effect, Fault};

use crate::row::{Act, Expected, RIGHT, Row, Told};
use crate::scene::fault;

/// The operations of a scheduled run, and what it means that one of them never works: whose last result stands,
/// when brandon is told of, how the run ends if the call fails, and how if it keeps the function waiting.
const SCHEDULED: [(&str, &[&str], Told, &str, &str); 11] = [
    ("ListUsers", CHANGED, Told::ByTheNextRun, "ListingIncomplete", "ListingIncomplete"),
    ("GenerateCredentialReport", &[], Told::AtOnce, "success", "success"),
    ("GetCredentialReport", &[], Told::AtOnce, "success", "success"),
    ("ListAccessKeys", UNREAD, Told::ByTheNextRun, "UsersUnread", "DeadlineNear"),
    ("GetAccessKeyLastUsed", UNREAD, Told::ByTheNextRun, "UsersUnread", "DeadlineNear"),
    ("GetLoginProfile", UNREAD, Told::ByTheNextRun, "UsersUnread", "DeadlineNear"),
    ("ListUserTags", UNREAD, Told::ByTheNextRun, "UsersUnread", "DeadlineNear"),
    ("ListAccountAliases", &[], Told::AtOnce, "success", "success"),
    ("PutEvaluations", CHANGED, Told::ByTheNextRun, "EvaluationsNotPut", "EvaluationsNotPut"),
    (
        "GetComplianceDetailsByConfigRule",
        NOT_CLEARED,
        Told::ByTheNextRun,
        "PreviousResultsUnread",
        "PreviousResultsUnread",
    ),
    ("Publish", &["tagged"], Told::ByTheNextRun, "AlertNotSent", "AlertNotSent"),
];

/// The same of a change event, which is about brandon alone.
const CHANGE: [(&str, &[&str], Told, &str, &str); 9] = [
    ("GetUser", CHANGED, Told::ByTheNextRun, "UsersUnread", "DeadlineNear"),
    ("ListAccessKeys", CHANGED, Told::ByTheNextRun, "UsersUnread", "DeadlineNear"),
    ("GetAccessKeyLastUsed", CHANGED, Told::ByTheNextRun, "UsersUnread", "DeadlineNear"),
    ("GetLoginProfile", CHANGED, Told::ByTheNextRun, "UsersUnread", "DeadlineNear"),
    ("ListUserTags", CHANGED, Told::ByTheNextRun, "UsersUnread", "DeadlineNear"),
    ("ListAccountAliases", OTHERS, Told::AtOnce, "success", "success"),
    (
        "GetComplianceDetailsByResource",
        OTHERS,
        Told::ByTheNextRun,
        "PreviousResultsUnread",
        "PreviousResultsUnread",
    ),
    // without a put before the alert it is told, and told again
    ("PutEvaluations", CHANGED, Told::AtOnceAndAgain, "EvaluationsNotPut", "EvaluationsNotPut"),
    ("Publish", OTHERS, Told::ByTheNextRun, "AlertNotSent", "AlertNotSent"),
];

/// Everybody of whom something changed.
pub(crate) const CHANGED: &[&str] = &["brandon", "elise", "gone", "lost", "tagged"];
/// All of them but the one that a change event is about.
const OTHERS: &[&str] = &["elise", "gone", "lost", "tagged"];
/// Whoever is to be confirmed live.
const UNREAD: &[&str] = &["brandon", "tagged"];
/// Whoever would be cleared.
const NOT_CLEARED: &[&str] = &["gone", "lost", "tagged"];

fn error(status: u16, code: &str, message: &str) -> Effect {
    Effect::Error { status, code: code.to_owned(), message: message.to_owned() }
}

fn body(text: &str) -> Effect {
    Effect::Body { status: 200, body: text.to_owned() }
}

/// Faults that end: the same run comes to the right results.
pub(crate) fn that_end() -> Vec<Row> {
    let kinds: [(&str, u64, Effect); 7] = [
        ("throttled three times", 3, Effect::Throttle),
        ("500 twice", 2, Effect::ServiceFailure),
        ("503 twice", 2, error(503, "ServiceUnavailable", "try again")),
        ("reset twice before the call took effect", 2, Effect::DropBefore),
        ("reset after the call took effect: the reply is lost", 1, Effect::DropAfter),
        ("half of the answer, once", 1, Effect::Truncate),
        ("slow: each answer takes 300 ms", u64::MAX, Effect::Delay { millis: 300 }),
    ];
    let mut rows = Vec::new();
    for (words, times, effect) in kinds {
        let is_lost = matches!(effect, Effect::DropAfter | Effect::Truncate);
        for (operation, ..) in SCHEDULED {
            // SNS cannot know that it was asked the same
            let told = if is_lost && operation == "Publish" { Told::Twice } else { Told::AtOnce };
            let fault = Fault { times: Some(times), ..fault(operation, effect.clone()) };
            rows.push(Row::faults(words, quoted(operation), Expected { told, ..RIGHT }, vec![fault]));
        }
    }
    let account = || Fault { times: Some(25), ..fault("*", Effect::Throttle) };
    rows.push(Row::faults(
        "throttled three times",
        "the first 25 calls of the account",
        RIGHT,
        vec![account()],
    ));
    rows.push(Row::faults(
        "evaluations come back as failed, twice",
        "`PutEvaluations`",
        RIGHT,
        vec![Fault {
            times: Some(2),
            ..fault("PutEvaluations", Effect::FailedEvaluations { resource_ids: None })
        }],
    ));
    for (words, empty) in
        [("pages of one item", 0), ("two empty pages with more to come, then pages of one", 2)]
    {
        rows.push(Row::new(words, "every listing", RIGHT, move |scene| {
            let listings =
                ["ListUsers", "ListAccessKeys", "ListUserTags", "GetComplianceDetailsByConfigRule"];
            let behaviour = &mut scene.aws.state().behaviour;
            behaviour.page_sizes = listings.map(|operation| (operation.to_owned(), 1)).into();
            behaviour.empty_pages = listings.map(|operation| (operation.to_owned(), empty)).into();
        }));
    }
    rows
}

/// Faults that last as long as the run.
pub(crate) fn that_last() -> Vec<Row> {
    let kinds: [(&str, bool, Effect); 8] = [
        ("access denied", false, Effect::AccessDenied),
        ("throttled for ever", true, Effect::Throttle),
        ("500 for ever", true, Effect::ServiceFailure),
        ("reset for ever", true, Effect::DropBefore),
        ("never an answer", true, Effect::Hang),
        ("half of the answer, for ever", true, Effect::Truncate),
        ("empty answers for ever", false, body("")),
        ("garbage for ever", false, body("<html><body>captive portal</body></html>")),
    ];
    let mut rows = Vec::new();
    for (words, waits, effect) in kinds {
        for (act, operations) in [(Act::Schedule, &SCHEDULED[..]), (Act::Change, &CHANGE[..])] {
            for (operation, stands, told, fails, late) in operations.iter().copied() {
                let ends = if waits { late } else { fails };
                let expected = Expected { ends, stands, told };
                let at = match act {
                    Act::Change => format!("{}, change event", quoted(operation)),
                    _ => quoted(operation),
                };
                let row = Row::faults(words, at, expected, vec![fault(operation, effect.clone())]);
                rows.push(Row { act: act.clone(), ..row });
            }
        }
    }
    let expired = error(403, "ExpiredToken", "The security token included in the request is expired");
    for skip in [0, 4, 12] {
        let fault = Fault { skip, ..fault("*", expired.clone()) };
        let expected = Expected { ends: "EvaluationsNotPut", stands: CHANGED, told: Told::ByTheNextRun };
        let at = format!("every call after the first {skip}");
        rows.push(Row::faults("the credentials expire during the run", at, expected, vec![fault]));
    }
    rows
}

pub(crate) fn quoted(operation: &str) -> String {
    format!("`{operation}`")
}
