//! Rows of calls that go wrong: faults that end, and faults that do not.

use setupkey_local_aws::{Effect, Fault};
use setupkey_tests::{error, fault};

use crate::row::{Act, Expected, RIGHT, Row, SHORT, Told};

/// What it means that an operation never works.
#[derive(Clone, Copy)]
struct Consequence {
    /// How the run ends if the call fails, and whose last result stands then.
    fails: (&'static str, &'static [&'static str]),
    /// The same if the call keeps the function waiting.
    waits: (&'static str, &'static [&'static str]),
    /// When somebody is told of brandon.
    told: Told,
}

const fn alike(ends: &'static str, stands: &'static [&'static str], told: Told) -> Consequence {
    Consequence { fails: (ends, stands), waits: (ends, stands), told }
}

/// Users are not read. Where time was up there is none for the second look, without which nobody is cleared.
const fn unread(failed: &'static [&'static str], late: &'static [&'static str]) -> Consequence {
    Consequence { fails: ("UsersUnread", failed), waits: ("DeadlineNear", late), told: Told::ByTheNextRun }
}

/// The operations of a scheduled run.
const SCHEDULED: [(&str, Consequence); 11] = [
    ("ListUsers", alike("ListingIncomplete", CHANGED, Told::ByTheNextRun)),
    ("GenerateCredentialReport", alike("success", &[], Told::AtOnce)),
    ("GetCredentialReport", alike("success", &[], Told::AtOnce)),
    ("ListAccessKeys", unread(UNREAD, UNREAD_LATE)),
    ("GetAccessKeyLastUsed", unread(UNREAD, UNREAD_LATE)),
    ("GetLoginProfile", unread(UNREAD, UNREAD_LATE)),
    ("ListUserTags", unread(UNREAD, UNREAD_LATE)),
    ("ListAccountAliases", alike("success", &[], Told::AtOnce)),
    ("PutEvaluations", alike("EvaluationsNotPut", CHANGED, Told::ByTheNextRun)),
    ("GetComplianceDetailsByConfigRule", alike("PreviousResultsUnread", NOT_CLEARED, Told::ByTheNextRun)),
    ("Publish", alike("AlertNotSent", &["tagged"], Told::ByTheNextRun)),
];

/// The operations of a change event, which is about brandon alone.
const CHANGE: [(&str, Consequence); 9] = [
    ("GetUser", unread(CHANGED, CHANGED)),
    ("ListAccessKeys", unread(CHANGED, CHANGED)),
    ("GetAccessKeyLastUsed", unread(CHANGED, CHANGED)),
    ("GetLoginProfile", unread(CHANGED, CHANGED)),
    ("ListUserTags", unread(CHANGED, CHANGED)),
    ("ListAccountAliases", alike("success", OTHERS, Told::AtOnce)),
    ("GetComplianceDetailsByResource", alike("PreviousResultsUnread", OTHERS, Told::ByTheNextRun)),
    // nothing is put before the alert: it is told, and told again
    ("PutEvaluations", alike("EvaluationsNotPut", CHANGED, Told::AtOnceAndAgain)),
    ("Publish", alike("AlertNotSent", OTHERS, Told::ByTheNextRun)),
];

/// Everybody of whom something changed.
pub(crate) const CHANGED: &[&str] = &["brandon", "elise", "gone", "lost", "tagged"];
/// All of them but the one that a change event is about.
const OTHERS: &[&str] = &["elise", "gone", "lost", "tagged"];
/// Whoever is to be confirmed live.
const UNREAD: &[&str] = &["brandon", "tagged"];
/// The same, and whoever would be cleared.
const UNREAD_LATE: &[&str] = &["brandon", "gone", "lost", "tagged"];
/// Whoever would be cleared.
const NOT_CLEARED: &[&str] = &["gone", "lost", "tagged"];

fn body(text: &str) -> Effect {
    Effect::Body { status: 200, body: text.to_owned() }
}

/// Faults that end: the same run comes to the right results.
pub(crate) fn that_end() -> Vec<Row> {
    let kinds: [(&str, u64, Effect); 7] = [
        ("throttled three times", 3, Effect::Throttle),
        ("500 twice", 2, Effect::ServiceFailure),
        ("503 twice", 2, error(503, "ServiceUnavailable")),
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
            let expected = match (operation, is_lost) {
                // SNS cannot know that it was asked the same
                ("Publish", true) => Expected { told: Told::Twice, ..RIGHT },
                // the report that was begun seems to be another tool's: it is not believed as a fresh one
                ("GenerateCredentialReport", true) => Expected { stands: &["lost"], ..RIGHT },
                _ => RIGHT,
            };
            let fault = Fault { times: Some(times), ..fault(operation, effect.clone()) };
            rows.push(Row::faults(words, quoted(operation), expected, vec![fault]));
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

const HALF: &str = "half of the answer, for ever";

/// Faults that last as long as the run.
pub(crate) fn that_last() -> Vec<Row> {
    let kinds: [(&str, bool, Effect); 8] = [
        ("access denied", false, Effect::AccessDenied),
        ("throttled for ever", true, Effect::Throttle),
        ("500 for ever", true, Effect::ServiceFailure),
        ("reset for ever", true, Effect::DropBefore),
        ("never an answer", true, Effect::Hang),
        (HALF, true, Effect::Truncate),
        ("empty answers for ever", false, body("")),
        ("garbage for ever", false, body("<html><body>captive portal</body></html>")),
    ];
    let mut rows = Vec::new();
    for (words, waits, effect) in kinds {
        for (act, operations) in [(Act::Schedule, &SCHEDULED[..]), (Act::Change, &CHANGE[..])] {
            for (operation, consequence) in operations.iter().copied() {
                let (ends, stands) = if waits { consequence.waits } else { consequence.fails };
                let expected = match (words, &act, operation) {
                    // the call took effect each time
                    (HALF, Act::Schedule, "PutEvaluations") => {
                        Expected { ends, stands: UNREAD, told: Told::ByTheNextRun }
                    }
                    (HALF, Act::Change, "PutEvaluations") => {
                        Expected { ends, stands: OTHERS, told: Told::AtOnce }
                    }
                    (HALF, _, "Publish") => Expected { ends, stands, told: Told::Often },
                    _ => Expected { ends, stands, told: consequence.told },
                };
                let at = match act {
                    Act::Change => format!("{}, change event", quoted(operation)),
                    _ => quoted(operation),
                };
                let row = Row::faults(words, at, expected, vec![fault(operation, effect.clone())]);
                let seconds = if waits { SHORT } else { row.seconds };
                rows.push(Row { act: act.clone(), seconds, ..row });
            }
        }
    }
    let expired = error(403, "ExpiredToken");
    for skip in [0, 4, 12] {
        let fault = Fault { skip, ..fault("*", expired.clone()) };
        // the heaviest of those that failed; without a user or a result read there is nothing to put
        let ends = "EvaluationsNotPut or PreviousResultsUnread or ListingIncomplete";
        let expected = Expected { ends, stands: CHANGED, told: Told::ByTheNextRun };
        let at = format!("every call after the first {skip}");
        rows.push(Row::faults("the credentials expire during the run", at, expected, vec![fault]));
    }
    rows
}

pub(crate) fn quoted(operation: &str) -> String {
    format!("`{operation}`")
}
