//! What proves that an audit is what it says: who called, when, from which report, and how many users IAM counts.

use std::{env, iter};

use chrono::{DateTime, Utc};

/// The commit that the binary was built from, where the build says so: `SETUPKEY_COMMIT`.
pub(crate) const COMMIT: Option<&str> = option_env!("SETUPKEY_COMMIT");

/// The command line of this process, as it can be typed again.
pub(crate) fn command() -> String {
    let arguments = env::args_os().skip(1).map(|argument| quoted(&argument.to_string_lossy()));
    iter::once("setupkey".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// The text as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/:".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// What is known about the reading of one account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evidence {
    /// The ARN of the credentials that read the account.
    pub(crate) caller_arn: Option<String>,
    /// The alias of the account.
    pub(crate) account_alias: Option<String>,
    /// The name of the account in its organization.
    pub(crate) account_name: Option<String>,
    /// When the reading began.
    pub(crate) started_at: Option<DateTime<Utc>>,
    /// When the reading ended.
    pub(crate) finished_at: Option<DateTime<Utc>>,
    /// The credential report that was read.
    pub(crate) report: Option<ReportEvidence>,
    /// How many users ListUsers returned.
    pub(crate) users_listed: Option<usize>,
    /// How many users GetAccountSummary counts.
    pub(crate) account_summary_users: Option<u64>,
}

/// A credential report.
#[derive(Clone, Debug)]
pub(crate) struct ReportEvidence {
    /// When AWS generated it; a bare CSV file does not say.
    pub(crate) generated_time: Option<DateTime<Utc>>,
    /// The SHA-256 of its CSV, in hexadecimal.
    pub(crate) sha256: String,
    /// How many rows it has besides the header.
    pub(crate) rows: usize,
}

impl Evidence {
    /// What people call the account: its name in the organization, or its alias.
    pub(crate) fn name(&self) -> Option<&str> {
        self.account_name.as_deref().or(self.account_alias.as_deref())
    }

    /// Says that IAM counts another number of users than it lists; users can come and go meanwhile.
    pub(crate) fn difference(&self) -> Option<String> {
        let (listed, counted) = (self.users_listed?, self.account_summary_users?);
        (u64::try_from(listed) != Ok(counted))
            .then(|| format!("GetAccountSummary counts {counted} users, ListUsers returned {listed}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_can_be_typed_again() {
        assert_eq!(quoted("--output=a/b.json"), "--output=a/b.json");
        assert_eq!(quoted("$(id)"), "'$(id)'");
        assert_eq!(quoted("o'neill; rm"), r"'o'\''neill; rm'");
        assert_eq!(quoted(""), "''");
    }
}
