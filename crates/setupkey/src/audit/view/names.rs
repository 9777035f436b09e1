//! The names that values have in every format.

use setupkey_rule::iam::{AccessKeyStatus, LastUsed};

use crate::audit::model::Source;
use crate::text::time;

/// Where the facts come from.
pub(crate) fn source_name(source: Source) -> &'static str {
    match source {
        Source::Live => "live",
        Source::CredentialReport => "credential-report",
    }
}

/// The status of a key, as IAM writes it.
pub(crate) fn status_name(status: AccessKeyStatus) -> &'static str {
    match status {
        AccessKeyStatus::Active => "Active",
        AccessKeyStatus::Inactive => "Inactive",
        AccessKeyStatus::Expired => "Expired",
    }
}

/// The last use of a key: a time, or `never`.
pub(crate) fn last_used(last_used: LastUsed) -> String {
    match last_used {
        LastUsed::Never => "never".to_owned(),
        LastUsed::At(when) => time(when),
    }
}
