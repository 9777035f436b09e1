//! What the records of a period come to. Here: reading them, and what the reader must know. Not here: the formats.

use std::path::PathBuf;

use setupkey_history::{Episode, History, Period};
use setupkey_rule::parameters::RuleParameters;

use super::files::{self, NotRead, Read};
use super::lookup::{LookedUp, Lookup};
use crate::outcome::{Outcome, say};
use crate::text::counted;

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
        report.say_what_is_missing();
        Ok(report)
    }

    /// What was looked up.
    pub(super) fn of_lookup(looked_up: LookedUp, parameters: RuleParameters) -> Self {
        let LookedUp { trail, lookup, not_read } = looked_up;
        let history = trail.history(&parameters);
        let report =
            Self { parameters, history, files_read: 0, files_passed_over: 0, not_read, lookup: Some(lookup) };
        report.say_what_is_missing();
        report
    }

    /// Says why the exit code is 2.
    fn say_what_is_missing(&self) {
        for NotRead { path, reason } in &self.not_read {
            say("error", format!("{path}: {reason}"));
        }
        self.gaps().iter().for_each(|gap| say("error", format!("CloudTrail records: {gap}")));
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

    /// What is missing in the records that were read, a line for each kind.
    fn gaps(&self) -> Vec<String> {
        let coverage = &self.history.coverage;
        let counted =
            |count: u64, one, many| counted(usize::try_from(count).unwrap_or(usize::MAX), one, many);
        let users = self.history.episodes.iter().filter(|episode| !episode.is_complete()).count() as u64;
        let gaps = [
            (
                coverage.not_understood,
                format!(
                    "{} not used: fields that are needed are missing",
                    counted(coverage.not_understood, "record about a user", "records about users")
                ),
            ),
            (
                coverage.not_records,
                format!(
                    "{} not used: not a CloudTrail record",
                    counted(coverage.not_records, "JSON object", "JSON objects")
                ),
            ),
            (
                coverage.left_out,
                format!(
                    "{} left out because there are too many; choose a shorter period",
                    counted(coverage.left_out, "record", "records")
                ),
            ),
            (
                users,
                format!(
                    "{} with a gap: a later record shows that an earlier one is missing",
                    counted(users, "user", "users")
                ),
            ),
        ];
        gaps.into_iter().filter(|(count, _)| *count > 0).map(|(_, gap)| gap).collect()
    }

    /// What the reader must know about the records: what is missing, and what cannot be known.
    pub(crate) fn notes(&self) -> Vec<String> {
        let coverage = &self.history.coverage;
        let mut notes = self.gaps();
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
