//! The formats.

mod csv;
mod json;
mod markdown;
mod table;

use std::io::{self, Write as _};

use chrono::{DateTime, NaiveDate, Utc};
use clap::ValueEnum;
use setupkey_history::actor::Actor;
use setupkey_history::episode::{Act, Done, Key};

use super::report::Report;
use crate::audit::destination::Destination;
use crate::text::visible;

/// Output format.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// For people: violations, what the records cover, and a summary
    #[default]
    Table,
    /// All users, in one document (schemas/history.schema.json)
    Json,
    /// All users, a line for each access key, for spreadsheets
    Csv,
    /// Violations, all users and coverage, for tickets and reports
    Markdown,
}

/// Writes the result.
///
/// # Errors
///
/// It could not be written.
pub(super) fn write(format: Format, mut destination: Destination, report: &Report) -> io::Result<()> {
    match format {
        Format::Table => destination.write_all(table::text(report).as_bytes())?,
        Format::Json => json::write(&mut destination, report)?,
        Format::Csv => csv::write(&mut destination, report)?,
        Format::Markdown => destination.write_all(markdown::text(report).as_bytes())?,
    }
    destination.finish()
}

/// A time for people.
fn when(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Who acted, and with what, for people.
fn by(actor: &Actor) -> String {
    format!("by {}", visible(&actor.to_string()))
}

/// When, and by whom, for people.
fn done(done: &Done) -> String {
    done.as_ref().map_or_else(
        || "at an unknown time: the record is missing".to_owned(),
        |Act { time, actor }| format!("{} {}", when(*time), by(actor)),
    )
}

/// How a key relates to the user, for people.
fn relation(key: &Key) -> String {
    let Some(seconds) = key.seconds_after_user else { return "created at an unknown time".to_owned() };
    let with = if key.created_with_user == Some(true) { "created with the user, " } else { "" };
    let who = match (key.self_made, key.same_actor) {
        (Some(true), _) => "by the user",
        (_, Some(true)) => "by the same actor",
        _ => "by another actor",
    };
    format!("{with}{seconds:+} s, {who}")
}

/// More ranges of days than this are counted only: JSON has them all.
const MAX_RANGES: usize = 20;

/// Days, as ranges: `2026-03-03, 2026-03-08 to 2026-03-11`.
fn ranges(days: &[NaiveDate]) -> String {
    let ranges = days.chunk_by(|one, two| one.succ_opt() == Some(*two)).filter_map(|days| match days {
        [] => None,
        [day] => Some(day.to_string()),
        [first, .., last] => Some(format!("{first} to {last}")),
    });
    let mut ranges: Vec<_> = ranges.collect();
    let more = ranges.len().saturating_sub(MAX_RANGES);
    ranges.truncate(MAX_RANGES);
    if more > 0 {
        ranges.push(format!("and {more} more"));
    }
    ranges.join(", ")
}

/// What was asked and what was read, in lines for people.
fn coverage(report: &Report) -> Vec<String> {
    let coverage = &report.history.coverage;
    let period = &report.history.period;
    let open = |time: Option<DateTime<Utc>>, open: &str| time.map_or_else(|| open.to_owned(), when);
    let mut lines = vec![format!(
        "Period: {} to {}",
        open(period.since, "the first event"),
        open(period.until, "the last event")
    )];
    lines.push(match (coverage.first_event, coverage.last_event) {
        (Some(first), Some(last)) => format!("Events: from {} to {}", when(first), when(last)),
        _ => "Events: none in the period".to_owned(),
    });
    if let Some(lookup) = &report.lookup {
        lines.push(format!(
            "Source: the event history of account {} in {} (LookupEvents)",
            visible(&lookup.account_id),
            lookup.region
        ));
    } else {
        let days = coverage.days_without_events(period);
        lines.push(match days.len() {
            0 => "Days without events: none".to_owned(),
            count => format!("Days without events: {count} ({})", ranges(&days)),
        });
        lines.push(format!(
            "Files: {} read, {} not read, {} passed over",
            report.files_read,
            report.not_read.len(),
            report.files_passed_over
        ));
    }
    lines.push(format!(
        "Records: {} read; {} used, {} about users created before the period, {} refused by IAM, {} of other calls, {} \
         duplicates, {} outside the period",
        coverage.records,
        coverage.records_used,
        coverage.other_users,
        coverage.refused,
        coverage.other,
        coverage.duplicates,
        coverage.outside_period
    ));
    lines
}

/// What it comes to, in one line.
fn summary(report: &Report) -> String {
    let episodes = report.history.episodes.len();
    let violations = report.violations().count();
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let complete = if report.is_complete() { "complete" } else { "incomplete" };
    format!(
        "{episodes} user{} created in the period, {violations} violation{}; the records are {complete}",
        plural(episodes),
        plural(violations)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_in_a_row_are_one_range() {
        let days = |days: &[&str]| ranges(&days.iter().map(|day| day.parse().unwrap()).collect::<Vec<_>>());
        assert_eq!(days(&[]), "");
        assert_eq!(days(&["2026-02-28", "2026-03-01", "2026-03-03"]), "2026-02-28 to 2026-03-01, 2026-03-03");
    }
}
