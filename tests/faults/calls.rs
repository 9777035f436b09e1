//! Rows of calls that go wrong: faults that end, and faults that do not.
//!
//! How a call is repeated is the SDK's work, configured once for each service. So each kind of fault that ends is
//! tried with one operation of a service, and each operation has two faults that last: one that the SDK does not
//! retry, and one that keeps the function waiting.

use setupkey_local_aws::{Effect, Fault};
use setupkey_tests::{error, fault};

use crate::row::{Act, Alert, Expected, RIGHT, Results, Row, SHORT};

/// What it means that an operation never works.
#[derive(Clone, Copy)]
struct Consequence {
    /// If the call fails.
    fails: Expected,
    /// If the call keeps the function waiting.
    waits: Expected,
}

const fn alike(ends: &'static str, results: Results, alert: Alert) -> Consequence {
    let expected = Expected { ends, results, alert };
    Consequence { fails: expected, waits: expected }
}

/// Users are not read. Where the time is over there is none for the second look, without which nothing is cleared.
const fn unread(failed: Results, late: Results) -> Consequence {
    Consequence {
        fails: Expected { ends: "UsersUnread", results: failed, alert: Alert::ByTheNextRun },
        waits: Expected { ends: "DeadlineNear", results: late, alert: Alert::ByTheNextRun },
    }
}

const NOTHING: Consequence = Consequence { fails: RIGHT, waits: RIGHT };

/// The operations of a scheduled run.
const SCHEDULED: [(&str, Consequence); 12] = [
    ("ListUsers", alike("ListingIncomplete", ALL_OLD, Alert::ByTheNextRun)),
    ("ListAccessKeys", unread(UNREAD, UNREAD_LATE)),
    ("GetAccessKeyLastUsed", unread(UNREAD, UNREAD_LATE)),
    ("GetLoginProfile", unread(UNREAD, UNREAD_LATE)),
    ("ListUserTags", unread(UNREAD, UNREAD_LATE)),
    ("GetComplianceDetailsByConfigRule", alike("PreviousResultsUnread", NOT_CLEARED, Alert::ByTheNextRun)),
    ("PutEvaluations", alike("EvaluationsNotPut", ALL_OLD, Alert::ByTheNextRun)),
    ("Publish", alike("AlertNotSent", NOT_EXEMPT, Alert::ByTheNextRun)),
    ("GetTopicAttributes", NOTHING),
    ("GenerateCredentialReport", NOTHING),
    ("GetCredentialReport", NOTHING),
    ("ListAccountAliases", NOTHING),
];

/// The operations of a change event, which is about brandon alone.
const CHANGE: [(&str, Consequence); 10] = [
    ("GetUser", unread(ALL_OLD, ALL_OLD)),
    ("ListAccessKeys", unread(ALL_OLD, ALL_OLD)),
    ("GetAccessKeyLastUsed", unread(ALL_OLD, ALL_OLD)),
    ("GetLoginProfile", unread(ALL_OLD, ALL_OLD)),
    ("ListUserTags", unread(ALL_OLD, ALL_OLD)),
    ("GetComplianceDetailsByResource", alike("PreviousResultsUnread", OTHERS, Alert::ByTheNextRun)),
    ("PutEvaluations", alike("EvaluationsNotPut", ALL_OLD, Alert::ByTheNextRun)),
    ("GetTopicAttributes", alike("success", OTHERS, Alert::AtOnce)),
    ("Publish", alike("AlertNotSent", OTHERS, Alert::ByTheNextRun)),
    ("ListAccountAliases", alike("success", OTHERS, Alert::AtOnce)),
];

/// Every user of whom something changed.
pub(crate) const ALL_OLD: Results =
    Results::old(&["brandon", "elise", "gone", "lost", "tagged"], "all from the previous run");

/// All of them but the one that a change event is about.
const OTHERS: Results = Results::old(&["elise", "gone", "lost", "tagged"], "current for this user");

/// The users to confirm live.
const UNREAD: Results =
    Results::old(&["brandon", "tagged"], "from the previous run for users that could not be read");

/// The same, and the users to clear.
const UNREAD_LATE: Results = Results::old(
    &["brandon", "gone", "lost", "tagged"],
    "from the previous run for users that could not be read or are to be cleared",
);

/// The users to clear.
const NOT_CLEARED: Results = Results::old(&["gone", "lost", "tagged"], "current, but none is cleared");

/// The user with a new exemption.
pub(crate) const NOT_EXEMPT: Results =
    Results::old(&["tagged"], "current, but new exemptions do not count yet");

/// A report from before the run cannot tell that a password is gone: the next fresh one does.
pub(crate) const OLDER: Results =
    Results::old(&["lost"], "current, but a deleted password may count one run later");

/// A fault of one operation, after which the same run comes to the right results, or nearly.
fn that_ends(
    problem: &'static str,
    operation: &'static str,
    times: u64,
    effect: Effect,
    expected: Expected,
) -> Row {
    Row::faults(
        problem,
        quoted(operation),
        expected,
        vec![Fault { times: Some(times), ..fault(operation, effect) }],
    )
}

/// Faults that end.
pub(crate) fn that_end() -> Vec<Row> {
    const THROTTLED: &str = "throttled three times";
    const LOST: &str = "the reply is lost once, after the call took effect";
    const HALF_ONCE: &str = "half of the answer, once";
    // SNS cannot know that it was asked the same
    let twice = Expected { alert: Alert::Twice, ..RIGHT };
    // the report that was begun seems to be another tool's: it does not count as a fresh one
    let older = Expected { results: OLDER, ..RIGHT };
    let mut rows = vec![
        that_ends(THROTTLED, "ListAccessKeys", 3, Effect::Throttle, RIGHT),
        that_ends(THROTTLED, "PutEvaluations", 3, Effect::Throttle, RIGHT),
        that_ends(THROTTLED, "Publish", 3, Effect::Throttle, RIGHT),
        that_ends("status 500 twice", "GetLoginProfile", 2, Effect::ServiceFailure, RIGHT),
        that_ends("status 503 twice", "PutEvaluations", 2, error(503, "ServiceUnavailable"), RIGHT),
        that_ends("connection reset twice", "ListUsers", 2, Effect::DropBefore, RIGHT),
        that_ends("connection reset twice", "Publish", 2, Effect::DropBefore, RIGHT),
        that_ends(LOST, "ListUserTags", 1, Effect::DropAfter, RIGHT),
        that_ends(LOST, "PutEvaluations", 1, Effect::DropAfter, RIGHT),
        that_ends(LOST, "Publish", 1, Effect::DropAfter, twice),
        that_ends(LOST, "GenerateCredentialReport", 1, Effect::DropAfter, older),
        that_ends(HALF_ONCE, "GetCredentialReport", 1, Effect::Truncate, RIGHT),
        that_ends(HALF_ONCE, "PutEvaluations", 1, Effect::Truncate, RIGHT),
    ];
    let all = |effect, times| vec![Fault { times, ..fault("*", effect) }];
    rows.push(Row::faults(THROTTLED, "the first 25 calls of any", RIGHT, all(Effect::Throttle, Some(25))));
    rows.push(Row::faults("300 ms late", "every answer", RIGHT, all(Effect::Delay { millis: 300 }, None)));
    rows.push(that_ends(
        "evaluations come back as failed, twice",
        "PutEvaluations",
        2,
        Effect::FailedEvaluations { resource_ids: None },
        RIGHT,
    ));
    for (problem, empty) in [("pages of one item", 0), ("two empty pages, then pages of one item", 2)] {
        rows.push(Row::new(problem, "every listing", RIGHT, move |scene| {
            let listings =
                ["ListUsers", "ListAccessKeys", "ListUserTags", "GetComplianceDetailsByConfigRule"];
            let behaviour = &mut scene.aws.state().behaviour;
            behaviour.page_sizes = listings.map(|operation| (operation.to_owned(), 1)).into();
            behaviour.empty_pages = listings.map(|operation| (operation.to_owned(), empty)).into();
        }));
    }
    rows
}

/// A fault that lasts as long as the run.
struct Lasting {
    case: &'static str,
    effect: Effect,
    /// Whether the function is kept waiting: the SDK retries this.
    waits: bool,
}

impl Lasting {
    fn row(&self, act: &Act, operation: &str, consequence: Consequence) -> Row {
        let Consequence { fails, waits } = consequence;
        let (expected, seconds) = if self.waits { (waits, SHORT) } else { (fails, crate::row::PATIENT) };
        let problem = match (fails == waits, self.waits) {
            (true, _) => "fails, or does not answer",
            (false, true) => "does not answer",
            (false, false) => "fails",
        };
        let faults = vec![fault(operation, self.effect.clone())];
        let row = Row::faults(problem, quoted(operation), expected, faults);
        Row { case: self.case, act: act.clone(), seconds, ..row }
    }
}

/// Faults that last.
pub(crate) fn that_last() -> Vec<Row> {
    let body = |text: &str| Effect::Body { status: 200, body: text.to_owned() };
    let lasting = |case, effect, waits| Lasting { case, effect, waits };
    let denied = lasting("access denied", Effect::AccessDenied, false);
    let no_answer = lasting("no answer", Effect::Hang, true);
    let throttled = lasting("throttled without end", Effect::Throttle, true);
    let failing = lasting("status 500 without end", Effect::ServiceFailure, true);
    let reset = lasting("connection reset without end", Effect::DropBefore, true);
    let half = lasting("half of each answer", Effect::Truncate, true);
    let empty = lasting("empty answers", body(""), false);
    let garbage = lasting("answers of a captive portal", body("<html><body>log in</body></html>"), false);

    let mut rows = Vec::new();
    for (act, operations) in [(Act::Schedule, &SCHEDULED[..]), (Act::Change, &CHANGE[..])] {
        for (operation, consequence) in operations {
            rows.push(denied.row(&act, operation, *consequence));
            rows.push(no_answer.row(&act, operation, *consequence));
        }
    }
    // one operation of each service for the others
    let of = |operation| SCHEDULED.into_iter().find(|(name, _)| *name == operation).unwrap().1;
    for (fault, operation) in [
        (&throttled, "ListAccessKeys"),
        (&throttled, "PutEvaluations"),
        (&throttled, "Publish"),
        (&failing, "GetLoginProfile"),
        (&failing, "GetComplianceDetailsByConfigRule"),
        (&reset, "ListUsers"),
        (&reset, "Publish"),
        (&half, "ListUserTags"),
        (&empty, "ListAccessKeys"),
        (&empty, "GetComplianceDetailsByConfigRule"),
        (&empty, "Publish"),
        (&garbage, "ListUsers"),
        (&garbage, "PutEvaluations"),
    ] {
        rows.push(fault.row(&Act::Schedule, operation, of(operation)));
    }
    // the call takes effect each time, and the function cannot know
    const HALF: &str = "takes effect, but half of each answer is missing";
    let not_put = |results, alert| Expected { ends: "EvaluationsNotPut", results, alert };
    let not_sent = |results| Expected { ends: "AlertNotSent", results, alert: Alert::Often };
    for (act, operation, expected) in [
        (Act::Schedule, "PutEvaluations", not_put(UNREAD_FINDINGS, Alert::ByTheNextRun)),
        (Act::Schedule, "Publish", not_sent(NOT_EXEMPT)),
        (Act::Change, "PutEvaluations", not_put(OTHERS, Alert::ByTheNextRun)),
        (Act::Change, "Publish", not_sent(OTHERS)),
    ] {
        let row = Row::faults(HALF, quoted(operation), expected, vec![fault(operation, Effect::Truncate)]);
        rows.push(Row { act, seconds: SHORT, ..row });
    }
    // the finding is stored with the marker, so the next run alerts again
    let second = Fault { skip: 1, ..fault("PutEvaluations", Effect::AccessDenied) };
    let row = Row::faults(
        "fails",
        "the second `PutEvaluations`",
        not_put(OTHERS, Alert::AtOnceAndAgain),
        vec![second],
    );
    rows.push(Row { case: "access denied", act: Act::Change, ..row });
    // the heaviest of those that failed; without a user or a result read there is nothing to report
    let ends = "EvaluationsNotPut or PreviousResultsUnread or ListingIncomplete";
    let expected = Expected { ends, results: ALL_OLD, alert: Alert::ByTheNextRun };
    for (case, skip, effect) in [
        ("access denied", 0, Effect::AccessDenied),
        ("expired credentials", 4, error(403, "ExpiredToken")),
        ("expired credentials", 12, error(403, "ExpiredToken")),
    ] {
        let at = if skip == 0 { "every call".to_owned() } else { format!("every call after {skip} others") };
        let row = Row::faults("fails", at, expected, vec![Fault { skip, ..fault("*", effect) }]);
        rows.push(Row { case, ..row });
    }
    rows
}

/// New findings wait for the alert, and new exemptions for the message about them.
const UNREAD_FINDINGS: Results = Results::old(&["brandon", "tagged"], "current, but nothing new counts yet");

pub(crate) fn quoted(operation: &str) -> String {
    format!("`{operation}`")
}
