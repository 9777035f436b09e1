//! The alert: one digest in plain text about users that became noncompliant and exemptions that took effect, for a person
//! to read in an email and act on.
//!
//! Here is what goes in, who fits, and what is reported afterwards; the sentences are in `alert/text.rs`.

mod text;

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use chrono::{DateTime, Utc};

use crate::decision::FlaggedKey;
use crate::evaluation::Evaluation;
use crate::event::RuleName;
use crate::function_arn::FunctionArn;
use crate::iam::UserId;
use crate::parameters::RuleParameters;
use crate::plan::{NewExemption, NewFinding, Plan};

/// This many users are described in full, the others in one line each.
pub const MAX_USERS_IN_FULL: usize = 50;

/// The message grows up to this many bytes; SNS takes 262,144 with the attributes (SNS API reference, Publish).
pub const MAX_MESSAGE_BYTES: usize = 200 * 1024;

/// At most this many exemptions are named, and so take effect, at a time.
pub const MAX_NEW_EXEMPTIONS: usize = 200;

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
    pub config_rule_name: &'a RuleName,
    /// The event time.
    pub event_time: DateTime<Utc>,
    /// The parameters of the rule.
    pub parameters: &'a RuleParameters,
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
    /// The number of new findings.
    pub new: usize,
    /// The number of noncompliant users.
    pub flagged: usize,
    /// Users with a new finding that did not fit: the next alert names them.
    left_out: BTreeSet<UserId>,
}

impl Alert {
    /// Writes the alert about the new findings and new exemptions of a plan.
    #[must_use]
    pub fn new(plan: &Plan, circumstances: &Circumstances<'_>) -> Self {
        let mut sorted: Vec<&NewFinding> = plan.new_findings.iter().collect();
        // those that wait come first, then the worst
        sorted.sort_by_key(|new| {
            let in_use = new.finding.keys.iter().filter(|key| key.in_use()).count();
            let keys = new.finding.keys.len();
            (!new.waiting, usize::MAX - in_use, usize::MAX - keys, new.user.user_name.as_str())
        });
        let in_use = plan.new_findings.iter().flat_map(|new| &new.finding.keys).any(FlaggedKey::in_use);
        let severity = if in_use { Severity::Medium } else { Severity::Low };

        let mut message = text::opening(plan, severity, circumstances);
        let closing = text::closing(plan, circumstances);
        let room = MAX_MESSAGE_BYTES.saturating_sub(closing.len() + LEFT_OUT_ROOM);
        let prefix = circumstances.parameters.exception_tag_prefix.as_deref();
        let mut left_out = BTreeSet::new();
        for (position, new) in sorted.into_iter().enumerate() {
            let entry = if position < MAX_USERS_IN_FULL {
                text::in_full(new, prefix)
            } else {
                text::in_one_line(new)
            };
            // once one is left out, so are all behind it: the order is a promise
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
                "\nUsers not shown for lack of space: {}. The next alerts name them.",
                left_out.len()
            );
        }
        message.push_str(&closing);
        Self {
            subject: text::subject(plan, circumstances).chars().take(MAX_SUBJECT_CHARACTERS).collect(),
            message,
            severity,
            new: plan.new_findings.len(),
            flagged: plan.flagged,
            left_out,
        }
    }

    /// The evaluations to report after publishing: findings, with the marker for those that the alert does not name or
    /// that was not sent, and, if it was sent, the exemptions that it names.
    #[must_use]
    pub fn evaluations(&self, plan: &Plan, sent: bool) -> Vec<Evaluation> {
        let findings = plan.new_findings.iter().filter_map(|new| {
            if sent && !self.left_out.contains(&new.user.user_id) {
                Some(new.evaluation.clone())
            } else {
                (!new.stands).then(|| new.evaluation.with_alert_pending())
            }
        });
        let exemptions = named(&plan.new_exemptions).iter().filter(|_| sent);
        findings.chain(exemptions.filter_map(|new| new.evaluation.clone())).collect()
    }
}

/// The exemptions that take effect with this alert.
fn named(new: &[NewExemption]) -> &[NewExemption] {
    new.get(..MAX_NEW_EXEMPTIONS).unwrap_or(new)
}

#[cfg(test)]
mod tests;
