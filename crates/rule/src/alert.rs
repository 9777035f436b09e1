//! The alert: one digest in plain text about users that became noncompliant and exceptions that took effect,
//! for a person to read in an email and act on.
//!
//! Here is what goes in, who fits, and what is put afterwards; the sentences are in `alert/text.rs`.

mod text;

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use chrono::{DateTime, Utc};

use crate::decision::FlaggedKey;
use crate::evaluation::Evaluation;
use crate::facts::UserId;
use crate::function_arn::FunctionArn;
use crate::parameters::RuleParameters;
use crate::plan::{Cleared, Excepted, NewFinding, Resolved};

/// This many users are described in full, the others in one line each.
pub const MAX_USERS_IN_FULL: usize = 50;

/// The message grows up to this many bytes; SNS takes 262,144 with the attributes (SNS API reference,
/// Publish).
pub const MAX_MESSAGE_BYTES: usize = 200 * 1024;

/// At most this many exceptions that take effect are named, and so take effect, at a time.
pub const MAX_CLEARED: usize = 200;

/// A subject has fewer than 100 characters (SNS API reference, Publish).
const MAX_SUBJECT_CHARACTERS: usize = 99;

/// Room for the line that says how many did not fit.
const LEFT_OUT_ROOM: usize = 200;

/// Whose alert it is.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The function, for account and console link.
    pub function: &'a FunctionArn,
    /// The alias of the account, if it has one.
    pub account_alias: Option<&'a str>,
    /// The name of the rule as deployed.
    pub config_rule_name: &'a str,
    /// The time of the event.
    pub created: DateTime<Utc>,
    /// What the rule looks for, and at whom.
    pub parameters: &'a RuleParameters,
}

/// What there is to tell.
#[derive(Clone, Copy, Debug, Default)]
pub struct News<'a> {
    /// Findings that nobody was told about.
    pub findings: &'a [NewFinding],
    /// Findings that exceptions clear.
    pub cleared: &'a [Cleared],
    /// All exceptions in force, those that clear a finding among them.
    pub excepted: &'a [Excepted],
    /// Findings that are none any more.
    pub resolved: &'a [Resolved],
    /// All users that are noncompliant, new or not; `None` where only one user was looked at.
    pub flagged: Option<usize>,
    /// How many users could not be read.
    pub unread: usize,
}

/// How urgent an alert is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severity {
    /// No flagged key is in use.
    Low,
    /// A flagged key is in use.
    Medium,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
        })
    }
}

/// An alert, ready to be published.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Alert {
    /// One line of printable ASCII, under 100 characters.
    pub subject: String,
    /// Plain text.
    pub message: String,
    /// For filter policies.
    pub severity: Severity,
    /// How many users are new.
    pub new: usize,
    /// How many users are noncompliant.
    pub flagged: usize,
    /// Who is new but did not fit: still to be told about.
    left_out: BTreeSet<UserId>,
}

impl Alert {
    /// Writes the alert.
    #[must_use]
    pub fn new(news: &News<'_>, circumstances: &Circumstances<'_>) -> Self {
        let mut sorted: Vec<&NewFinding> = news.findings.iter().collect();
        // who waits comes first, then the worst
        sorted.sort_by_key(|new| {
            let in_use = new.finding.keys.iter().filter(|key| key.in_use()).count();
            let keys = new.finding.keys.len();
            (!new.waiting, usize::MAX - in_use, usize::MAX - keys, new.user.user_name.as_str())
        });
        let in_use = news.findings.iter().flat_map(|new| &new.finding.keys).any(FlaggedKey::in_use);
        let severity = if in_use { Severity::Medium } else { Severity::Low };

        let mut message = text::opening(news, severity, circumstances);
        let closing = text::closing(news, circumstances);
        let room = MAX_MESSAGE_BYTES.saturating_sub(closing.len() + LEFT_OUT_ROOM);
        let prefix = circumstances.parameters.exception_tag_prefix.as_deref();
        let mut left_out = BTreeSet::new();
        for (position, new) in sorted.into_iter().enumerate() {
            let entry = if position < MAX_USERS_IN_FULL {
                text::in_full(new, prefix)
            } else {
                text::in_one_line(new)
            };
            // once one is left out, so is everybody behind: the order is a promise
            if left_out.is_empty() && message.len() + entry.len() <= room {
                message.push_str(&entry);
            } else {
                left_out.insert(new.user.user_id.clone());
            }
        }
        if !left_out.is_empty() {
            // writing to a String cannot fail
            let _ = writeln!(
                message,
                "\nNot shown for lack of room: {} more. The next alerts name them.",
                left_out.len()
            );
        }
        message.push_str(&closing);
        Self {
            subject: text::subject(news, circumstances).chars().take(MAX_SUBJECT_CHARACTERS).collect(),
            message,
            severity,
            new: news.findings.len(),
            flagged: news.flagged.unwrap_or(news.findings.len()),
            left_out,
        }
    }

    /// The results to be put after publishing: findings, with the marker for whoever was not told, and, if the
    /// alert was sent, the exceptions that it named.
    #[must_use]
    pub fn evaluations(&self, news: &News<'_>, sent: bool) -> Vec<Evaluation> {
        let findings = news.findings.iter().map(|new| {
            if sent && !self.left_out.contains(&new.user.user_id) {
                new.evaluation.clone()
            } else {
                new.evaluation.with_alert_pending()
            }
        });
        let cleared = named(news.cleared).iter().filter(|_| sent).map(|cleared| cleared.evaluation.clone());
        findings.chain(cleared).collect()
    }
}

/// The exceptions that take effect with this alert.
fn named(cleared: &[Cleared]) -> &[Cleared] {
    cleared.get(..MAX_CLEARED).unwrap_or(cleared)
}

#[cfg(test)]
mod tests;
