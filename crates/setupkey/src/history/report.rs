//! What the records of a period come to. Here: reading them, and what the reader must know. Not here: the formats.

use std::path::PathBuf;

use setupkey_history::{Episode, History, Period};
use setupkey_rule::parameters::RuleParameters;

use super::files::{self, NotRead, Read};
use super::lookup::{LookedUp, Lookup};
use crate::outcome::{Outcome, say};

/// What every format shows.
#[derive(Debug)]
pub(crate) struct Report {
    /// What was asked.
    pub(super) parameters: RuleParameters,
    /// What happened.
    pub(crate) history: History,
    /// How many files were read to their end.
    pub(crate) files_read: u64,
    /// How many files of the folders are no log files.
    pub(super) files_passed_over: u64,
    /// What could not be read, or not to its end.
    pub(crate) not_read: Vec<NotRead>,
    /// What was looked up, if the records are of the event history.
    pub(super) lookup: Option<Lookup>,
}

impl Report {
    /// Reads log files. What cannot be read is said on standard error and kept.
    ///
    /// # Errors
    ///
    /// There are no log files.
    pub(crate) fn of_files(
        paths: &[PathBuf],
        period: Period,
        parameters: RuleParameters,
    ) -> Result<Self, String> {
        let Read { trail, files_read, files_passed_over, not_read } = files::read(paths, period);
        if files_read == 0 && not_read.is_empty() {
            return Err("no log files of CloudTrail (.json, .json.gz) were found".to_owned());
        }
        let history = trail.history(&parameters);
        let report = Self { parameters, history, files_read, files_passed_over, not_read, lookup: None };
        report.say_what_was_not_read();
        Ok(report)
    }

    /// What was looked up.
    pub(super) fn of_lookup(looked_up: LookedUp, parameters: RuleParameters) -> Self {
        let LookedUp { trail, lookup, not_read } = looked_up;
        let history = trail.history(&parameters);
        let report =
            Self { parameters, history, files_read: 0, files_passed_over: 0, not_read, lookup: Some(lookup) };
        report.say_what_was_not_read();
        report
    }

    fn say_what_was_not_read(&self) {
        for NotRead { path, reason } in &self.not_read {
            say("error", format!("{path}: {reason}"));
        }
    }

    /// The users with a violation, by time.
    pub(crate) fn violations(&self) -> impl Iterator<Item = &Episode> {
        self.history.episodes.iter().filter(|episode| episode.violation)
    }

    /// Whether every file was read, every record that matters understood, and no gap was seen.
    pub(crate) fn is_complete(&self) -> bool {
        self.not_read.is_empty() && self.history.is_complete()
    }

    pub(super) fn outcome(&self) -> Outcome {
        if !self.is_complete() {
            Outcome::Failed
        } else if self.violations().next().is_some() {
            Outcome::Flagged
        } else {
            Outcome::NothingFlagged
        }
    }

    /// What the reader must know about the records: what is missing, and what cannot be known.
    pub(crate) fn notes(&self) -> Vec<String> {
        let coverage = &self.history.coverage;
        let mut notes = Vec::new();
        let mut count = |count: u64, what: &str| {
            if count > 0 {
                notes.push(format!("{count} {what}"));
            }
        };
        count(
            coverage.not_understood,
            "records concern a user but lack fields that are needed; they are not used",
        );
        count(coverage.not_records, "JSON objects are not CloudTrail records; they are not used");
        count(coverage.left_out, "records were left out because there are too many; choose a shorter period");
        let gaps = self.history.episodes.iter().filter(|episode| !episode.is_complete()).count();
        count(gaps as u64, "users have a gap: a later record shows that an earlier one is missing");
        let period = &self.history.period;
        let start = period.since.or(coverage.first_event);
        let end = period.until.or(coverage.last_event);
        if let (Some(start), Some(end)) = (start, end) {
            let [start, end] = [start, end].map(crate::text::time);
            notes.push(format!(
                "users who were created before {start} are not judged: their creation is not in the period"
            ));
            if self.lookup.is_some() {
                notes.push(
                    "events can take some minutes to appear in the event history, which keeps them for 90 days"
                        .to_owned(),
                );
                return notes;
            }
            notes.push(
                "a day without events can be a day without calls, a gap in the trail, or missing log files"
                    .to_owned(),
            );
            notes.push(format!(
                "log files can be changed after delivery; validate them: aws cloudtrail validate-logs --trail-arn TRAIL_ARN \
                 --start-time {start} --end-time {end}"
            ));
        }
        notes
    }
}
