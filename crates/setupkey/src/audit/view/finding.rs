//! What the formats of other tools have in common: one finding per user in scope, with an ID that stays the same from
//! run to run.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use serde_json::Value;
use setupkey_rule::iam::{AccessKeyId, LastUsed};
use setupkey_rule::verdict::ComplianceType;

use super::json::write;
use crate::audit::model::{Account, Audit, Key, Tagged, User};
use crate::text::{after_user, time, visible};

/// The control, as AWS Config names the rule.
pub(super) const CONTROL: &str = "iam-user-no-setup-access-key";

/// The title of the control.
pub(super) const TITLE: &str =
    "IAM users do not have access keys that were created during initial user setup";

/// The latest standard that has the control.
pub(super) const STANDARD: &str = "CIS AWS Foundations Benchmark v6.0.0, 2.10";

/// A finding about a user.
pub(super) struct Finding {
    /// Account, user ID and control: the same from run to run. A report has no user IDs: the name stands for it.
    pub(super) id: String,
    /// The twelve digits; zeros if unknown.
    pub(super) account_id: String,
    /// The partition.
    pub(super) partition: String,
    /// What is the matter with the user.
    pub(super) description: String,
    /// When the first flagged key was created, or the user.
    pub(super) created: DateTime<Utc>,
    /// What to do about it.
    pub(super) commands: Vec<String>,
}

impl Finding {
    /// The finding about a user; `None` if the user is out of scope.
    pub(super) fn of(account: &Account, user: &User) -> Option<Self> {
        if user.compliance_type == Some(ComplianceType::NotApplicable) && !user.is_exempt() {
            return None;
        }
        let account_id = account.account_id.clone().unwrap_or_else(|| "0".repeat(12));
        let who =
            user.user_id.as_ref().map_or_else(|| format!("user/{}", user.user_name), ToString::to_string);
        let flagged: Vec<&Key> = user.keys.iter().flatten().filter(|key| key.is_flagged()).collect();
        let created = flagged.iter().filter_map(|key| key.create_date).min().unwrap_or(user.create_date);
        Some(Self {
            id: format!("setupkey/{account_id}/{who}/{CONTROL}"),
            account_id,
            partition: user.arn.split(':').nth(1).unwrap_or("aws").to_owned(),
            description: description(user, &flagged),
            created,
            commands: flagged.iter().flat_map(|key| commands(user, key)).collect(),
        })
    }

    /// The verdict in words, and who answers for an exemption.
    pub(super) fn status_detail(&self, user: &User) -> String {
        match (&user.exemption, user.compliance_type) {
            (Some(Tagged::InForce(exemption)), _) => {
                format!("exempt through {}, owner {}", exemption.expires, exemption.owner)
            }
            (_, Some(ComplianceType::NonCompliant)) => "NON_COMPLIANT".to_owned(),
            (_, Some(_)) => "COMPLIANT".to_owned(),
            (_, None) => "the user could not be read".to_owned(),
        }
    }
}

fn commands(user: &User, key: &Key) -> Vec<String> {
    key.remedy.map_or_else(Vec::new, |remedy| remedy.commands(&user.user_name, key.access_key_id.as_ref()))
}

fn description(user: &User, flagged: &[&Key]) -> String {
    let name = visible(user.user_name.as_str());
    if flagged.is_empty() {
        return match user.compliance_type {
            Some(ComplianceType::Compliant) => format!("IAM user {name} has no access key that is flagged."),
            Some(_) => format!("IAM user {name} is exempt."),
            None => format!("IAM user {name} could not be read."),
        };
    }
    let keys = flagged.iter().map(|key| {
        let id = key.access_key_id.as_ref().map_or("(ID unknown)", AccessKeyId::as_str);
        let after = key.seconds_after_user.map_or_else(
            || "created at an unknown time".to_owned(),
            |seconds| {
                let words = after_user(seconds);
                if seconds < 0 {
                    format!("created {words} the user")
                } else {
                    format!("created {words} after the user")
                }
            },
        );
        let used = match key.last_used {
            Some(LastUsed::Never) => "never used".to_owned(),
            Some(LastUsed::At(when)) => format!("last used {}", time(when)),
            None => "last use unknown".to_owned(),
        };
        format!("access key {id}, {after}, {used}")
    });
    format!("IAM user {name}: {}.", keys.collect::<Vec<_>>().join("; "))
}

/// How a format writes a finding.
type Element = fn(&Audit, &Account, &User, &Finding) -> Value;

/// An array of findings that is being written.
pub(crate) struct Document<W> {
    out: W,
    has_findings: bool,
    audit: Audit,
    element: Element,
}

impl<W: Write> Document<W> {
    /// Begins the array.
    pub(super) fn begin(mut out: W, audit: &Audit, element: Element) -> io::Result<Self> {
        out.write_all(b"[")?;
        Ok(Self { out, has_findings: false, audit: audit.clone(), element })
    }

    /// Writes the users of an account.
    pub(super) fn account(&mut self, account: &Account) -> io::Result<()> {
        for user in &account.users {
            if let Some(finding) = Finding::of(account, user) {
                self.out.write_all(if self.has_findings { b",\n" } else { b"\n" })?;
                self.has_findings = true;
                write(&mut self.out, &(self.element)(&self.audit, account, user, &finding))?;
            }
        }
        Ok(())
    }

    /// Ends the array.
    pub(super) fn end(mut self) -> io::Result<W> {
        self.out.write_all(b"\n]\n")?;
        Ok(self.out)
    }
}
