//! Members of JSON documents about a period: those of `history`, and of an audit with a history.

use serde_json::{Value, json};

use super::report::Report;
use crate::text::time;

/// What the records cover.
pub(crate) fn coverage(report: &Report) -> Value {
    let coverage = &report.history.coverage;
    let period = &report.history.period;
    let not_read = report.not_read.iter().map(|file| json!({"path": file.path, "reason": file.reason}));
    let lookup = report.lookup.as_ref();
    let lookup = lookup.map(|lookup| json!({"accountId": lookup.account_id, "region": lookup.region}));
    // a lookup has some events of a day only
    let days = lookup.is_none().then(|| coverage.days_without_events(period));
    let days = days.map(|days| days.iter().map(ToString::to_string).collect::<Vec<_>>());
    json!({
        "since": period.since.map(time),
        "until": period.until.map(time),
        "firstEvent": coverage.first_event.map(time),
        "lastEvent": coverage.last_event.map(time),
        "eventHistory": lookup,
        "daysWithoutEvents": days,
        "filesRead": report.files_read,
        "filesNotRead": not_read.collect::<Vec<_>>(),
        "filesPassedOver": report.files_passed_over,
        "records": coverage.records,
        "recordsUsed": coverage.records_used,
        "recordsNotUsed": {
            "otherUsers": coverage.other_users,
            "refused": coverage.refused,
            "otherCalls": coverage.other,
            "duplicates": coverage.duplicates,
            "outsidePeriod": coverage.outside_period,
            "notUnderstood": coverage.not_understood,
            "notRecords": coverage.not_records,
            "leftOut": coverage.left_out,
        },
        "notes": report.notes(),
    })
}

/// What the period comes to.
pub(crate) fn summary(report: &Report) -> Value {
    json!({
        "episodes": report.history.episodes.len(),
        "violations": report.violations().count(),
        "complete": report.is_complete(),
    })
}
