//! The alert: one digest in plain text about users that became noncompliant, for a person to read in an
//! email and act on.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::decision::{FlaggedKey, Remedy};
use crate::evaluation::Evaluation;
use crate::facts::{AccessKeyStatus, ConsolePassword, LastUsed, UserId};
use crate::parameters::{Criterion, Scope};
use crate::results::{NewFinding, Resolved};

/// This many users are described in full, the others in one line each.
pub const MAX_USERS_IN_FULL: usize = 50;

/// The message grows up to this many bytes; SNS takes 262,144 with the attributes (SNS API reference,
/// Publish).
pub const MAX_MESSAGE_BYTES: usize = 200 * 1024;

/// A subject has fewer than 100 characters (SNS API reference, Publish).
const MAX_SUBJECT_CHARACTERS: usize = 99;

/// The ARN of the function, as far as the rule needs it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FunctionArn {
    /// `aws`, `aws-cn`, `aws-us-gov` or another.
    pub partition: String,
    /// The region.
    pub region: String,
    /// The account that the function may speak about.
    pub account_id: String,
}

/// An ARN that is not a function's.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("the invoked function ARN is `{0}`, expected `arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME`")]
pub struct FunctionArnError(String);

impl FunctionArn {
    /// Reads the ARN that Lambda tells with each invocation.
    ///
    /// # Errors
    ///
    /// The text is no function ARN.
    pub fn parse(text: &str) -> Result<Self, FunctionArnError> {
        let mut parts = text.split(':');
        match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("arn"), Some(partition), Some("lambda"), Some(region), Some(account), Some("function")) => {
                Ok(Self {
                    partition: partition.to_owned(),
                    region: region.to_owned(),
                    account_id: account.to_owned(),
                })
            }
            _ => Err(FunctionArnError(text.to_owned())),
        }
    }

    /// The page of the rule in the AWS Config console.
    fn console_link(&self, config_rule_name: &str) -> String {
        let region = &self.region;
        let host = match self.partition.as_str() {
            "aws-cn" => format!("{region}.console.amazonaws.cn"),
            "aws-us-gov" => "console.amazonaws-us-gov.com".to_owned(),
            _ => format!("{region}.console.aws.amazon.com"),
        };
        format!("https://{host}/config/home?region={region}#/rules/details?configRuleName={config_rule_name}")
    }
}

/// What an alert says beside its findings.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The function, for account and console link.
    pub function: &'a FunctionArn,
    /// The name of the rule as deployed.
    pub config_rule_name: &'a str,
    /// The time of the event.
    pub created: DateTime<Utc>,
    /// What the rule looks for.
    pub criterion: Criterion,
    /// Whom the rule looks at.
    pub scope: Scope,
    /// All users that are noncompliant, new or not; `None` where only one user was looked at.
    pub flagged: Option<usize>,
    /// Findings that are none any more.
    pub resolved: &'a [Resolved],
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
    /// Who is new but did not fit: still to be alerted about.
    pub left_out: BTreeSet<UserId>,
}

impl Alert {
    /// Writes the alert about these findings.
    #[must_use]
    pub fn new(findings: &[NewFinding], circumstances: &Circumstances<'_>) -> Self {
        let mut sorted: Vec<&NewFinding> = findings.iter().collect();
        // who waits comes first, then the worst
        sorted.sort_by_key(|new| {
            let in_use = new.finding.keys.iter().filter(|key| key.in_use()).count();
            let keys = new.finding.keys.len();
            (!new.waiting, usize::MAX - in_use, usize::MAX - keys, new.user.user_name.as_str())
        });
        let in_use = findings.iter().flat_map(|new| &new.finding.keys).any(FlaggedKey::in_use);
        let severity = if in_use { Severity::Medium } else { Severity::Low };
        let flagged = circumstances.flagged.unwrap_or(findings.len());
        let account = &circumstances.function.account_id;
        let users = counted_users(findings.len());
        let verb = if findings.len() == 1 { "has" } else { "have" };
        let what = circumstances.criterion.in_words();

        let mut message = format!(
            "{users} in account {account} {verb} access keys {what}.\n\nSeverity {severity}. Rule {rule}, \
             evaluated {when}.",
            rule = circumstances.config_rule_name,
            when = circumstances.created.format("%Y-%m-%d %H:%M UTC"),
        );
        if circumstances.scope == Scope::ConsoleUsers {
            message.push_str(" It looks at users with a console password.");
        }
        message.push('\n');

        let closing = closing(circumstances, flagged);
        let room = MAX_MESSAGE_BYTES.saturating_sub(closing.len() + LEFT_OUT_ROOM);
        let mut left_out = BTreeSet::new();
        for (position, new) in sorted.into_iter().enumerate() {
            let entry = if position < MAX_USERS_IN_FULL { in_full(new) } else { in_one_line(new) };
            // once one is left out, so is everybody behind: the order is a promise
            if left_out.is_empty() && message.len() + entry.len() <= room {
                message.push_str(&entry);
            } else {
                left_out.insert(new.user.user_id.clone());
            }
        }
        if !left_out.is_empty() {
            // writing to a String cannot fail
            let _ = writeln!(message, "\n{} more did not fit; the next alert names them.", left_out.len());
        }
        message.push_str(&closing);

        let subject = format!("{users} with access keys {what} in {account}");
        let subject = subject.chars().take(MAX_SUBJECT_CHARACTERS).collect();
        Self { subject, message, severity, new: findings.len(), flagged, left_out }
    }
}

impl Alert {
    /// The results of the findings, to be put after publishing: with the marker for whoever was not told.
    #[must_use]
    pub fn evaluations(&self, findings: &[NewFinding], sent: bool) -> Vec<Evaluation> {
        findings
            .iter()
            .map(|new| {
                if sent && !self.left_out.contains(&new.user.user_id) {
                    new.evaluation.clone()
                } else {
                    new.evaluation.with_alert_pending()
                }
            })
            .collect()
    }
}

/// Room for the line that says how many did not fit.
const LEFT_OUT_ROOM: usize = 100;

fn counted_users(count: usize) -> String {
    if count == 1 { "1 IAM user".to_owned() } else { format!("{count} IAM users") }
}

fn in_full(new: &NewFinding) -> String {
    let name = &new.user.user_name;
    let password = match new.finding.console_password {
        ConsolePassword::Enabled { since: Some(since) } => {
            format!("console password since {}", since.format("%Y-%m-%d"))
        }
        ConsolePassword::Enabled { since: None } => "console password".to_owned(),
        ConsolePassword::Absent => "no console password".to_owned(),
    };
    let mut text = format!(
        "\n{name} ({}), created {}, {password}\n",
        new.user.user_id,
        new.user.create_date.format("%Y-%m-%d %H:%M:%S UTC"),
    );
    for key in &new.finding.keys {
        let id = &key.access_key.access_key_id;
        let target = format!("--user-name {name} --access-key-id {id}");
        let _ = writeln!(text, "  Access key {id}: {}", key_summary(key));
        let active = key.access_key.status == AccessKeyStatus::Active;
        let _ = match key.remedy() {
            Remedy::Delete if active => {
                writeln!(text, "  Nobody has used it. Deactivate it; if nobody misses it, delete it:")
            }
            Remedy::Delete => writeln!(text, "  Nobody has used it. Delete it:"),
            Remedy::Rotate => writeln!(
                text,
                "  It was used. Make a new key, move to it whatever uses this one, then retire this one:\n    \
                 aws iam create-access-key --user-name {name}"
            ),
        };
        if active {
            let _ = writeln!(text, "    aws iam update-access-key {target} --status Inactive");
        }
        let _ = writeln!(text, "    aws iam delete-access-key {target}");
    }
    text
}

fn in_one_line(new: &NewFinding) -> String {
    let keys: Vec<String> = new
        .finding
        .keys
        .iter()
        .map(|key| format!("{} {}", key.access_key.access_key_id, key_summary(key)))
        .collect();
    format!("\n{} ({}): {}\n", new.user.user_name, new.user.user_id, keys.join("; "))
}

fn key_summary(key: &FlaggedKey) -> String {
    let used = match key.last_used {
        LastUsed::Never => "never used".to_owned(),
        LastUsed::At(when) => format!("last used {}", when.format("%Y-%m-%d %H:%M UTC")),
    };
    let seconds = key.after_user.num_seconds();
    let (count, side) = (seconds.unsigned_abs(), if seconds < 0 { "before" } else { "after" });
    format!("{}, created {count} s {side} the user, {used}", key.access_key.status)
}

fn closing(circumstances: &Circumstances<'_>, flagged: usize) -> String {
    let mut text = String::new();
    if !circumstances.resolved.is_empty() {
        text.push_str("\nResolved since the last evaluation:\n");
        for resolved in circumstances.resolved.iter().take(MAX_USERS_IN_FULL) {
            let _ = match &resolved.user_name {
                Some(name) => writeln!(text, "  {name} ({})", resolved.user_id),
                None => writeln!(text, "  {}", resolved.user_id),
            };
        }
        if let more @ 1.. = circumstances.resolved.len().saturating_sub(MAX_USERS_IN_FULL) {
            let _ = writeln!(text, "  and {more} more");
        }
    }
    let link = circumstances.function.console_link(circumstances.config_rule_name);
    if circumstances.flagged.is_some() {
        let _ = writeln!(text, "\nNoncompliant in all: {flagged}.");
    }
    let _ = writeln!(text, "\nThe rule in the AWS Config console: {link}");
    text
}

#[cfg(test)]
mod tests;
