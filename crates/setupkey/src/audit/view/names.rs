//! The names that values have in every format.

use setupkey_rule::decision::Remedy;
use setupkey_rule::evaluation::ComplianceType;
use setupkey_rule::facts::{AccessKeyStatus, LastUsed};

use crate::audit::model::Source;
use crate::text::time;

/// Where the facts come from.
pub(crate) fn source_name(source: Source) -> &'static str {
    match source {
        Source::Live => "live",
        Source::CredentialReport => "credential-report",
    }
}

/// A verdict, as AWS Config writes it.
pub(crate) fn compliance_name(compliance_type: ComplianceType) -> &'static str {
    match compliance_type {
        ComplianceType::Compliant => "COMPLIANT",
        ComplianceType::NonCompliant => "NON_COMPLIANT",
        ComplianceType::NotApplicable => "NOT_APPLICABLE",
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

/// What to do about a key.
pub(crate) fn remedy_name(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::Delete => "delete",
        Remedy::Rotate => "rotate",
    }
}
