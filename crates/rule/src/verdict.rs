//! The verdict: one evaluation of what is known, in three values. Unknown facts are `None`, and an unknown fact that
//! could turn the verdict leaves it unknown.
//!
//! This is the only place that knows what a criterion, a scope, the setup window and a status mean. What to read next,
//! what a credential report settles, and what the command line shows all stand on it.

use chrono::TimeDelta;

use crate::iam::AccessKeyStatus;
use crate::parameters::{Criterion, RuleParameters, Scope};

/// The three compliance types that PutEvaluations accepts (AWS Config API reference, Evaluation).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ComplianceType {
    /// No key is flagged.
    Compliant,
    /// At least one key is flagged.
    NonCompliant,
    /// The resource is out of scope, exempt or gone; clears the stored result.
    NotApplicable,
}

impl ComplianceType {
    /// The name that AWS Config writes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Compliant => "COMPLIANT",
            Self::NonCompliant => "NON_COMPLIANT",
            Self::NotApplicable => "NOT_APPLICABLE",
        }
    }
}

/// What is known about one access key.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct KnownKey {
    /// The status.
    pub status: Option<AccessKeyStatus>,
    /// How long after the user the key was created; negative if before.
    pub after_user: Option<TimeDelta>,
    /// Whether the key was ever used.
    pub is_used: Option<bool>,
}

impl KnownKey {
    /// A key about which nothing is known, not even whether it exists.
    pub const UNKNOWN: Self = Self { status: None, after_user: None, is_used: None };

    /// Whether the key was created with the user: within the setup window, both ends included.
    #[must_use]
    pub fn is_created_with_user(&self, parameters: &RuleParameters) -> Option<bool> {
        self.after_user.map(|after| after.abs() <= parameters.setup_window)
    }

    /// Whether the status of the key counts.
    #[must_use]
    pub fn counts(&self, parameters: &RuleParameters) -> Option<bool> {
        match self.status {
            _ if parameters.include_inactive_keys => Some(true),
            status => status.map(|status| status == AccessKeyStatus::Active),
        }
    }

    /// Whether the key counts and meets the criterion, whatever the scope.
    #[must_use]
    pub fn is_flagged(&self, parameters: &RuleParameters) -> Option<bool> {
        let created_with_user = self.is_created_with_user(parameters);
        let unused = self.is_used.map(|is_used| !is_used);
        let meets = match parameters.criterion {
            Criterion::SetupAndUnused => and(created_with_user, unused),
            Criterion::Setup => created_with_user,
            Criterion::Unused => unused,
            Criterion::SetupOrUnused => or(created_with_user, unused),
        };
        and(self.counts(parameters), meets)
    }
}

/// Whether any of these keys is flagged.
#[must_use]
pub fn any_flagged(keys: impl IntoIterator<Item = KnownKey>, parameters: &RuleParameters) -> Option<bool> {
    keys.into_iter().map(|key| key.is_flagged(parameters)).reduce(or).unwrap_or(Some(false))
}

/// Whether a user is in scope.
#[must_use]
pub fn is_in_scope(has_console_password: Option<bool>, parameters: &RuleParameters) -> Option<bool> {
    match parameters.scope {
        Scope::AllUsers => Some(true),
        Scope::ConsoleUsers => has_console_password,
    }
}

/// The verdict on a user, exemptions aside: NOT_APPLICABLE is a user who is out of scope. `None` if it depends on an
/// unknown fact.
#[must_use]
pub fn compliance_type(
    has_console_password: Option<bool>,
    keys: impl IntoIterator<Item = KnownKey>,
    parameters: &RuleParameters,
) -> Option<ComplianceType> {
    match (is_in_scope(has_console_password, parameters), any_flagged(keys, parameters)) {
        (Some(false), _) => Some(ComplianceType::NotApplicable),
        (Some(true), Some(true)) => Some(ComplianceType::NonCompliant),
        (Some(true), Some(false)) => Some(ComplianceType::Compliant),
        (None, _) | (_, None) => None,
    }
}

/// Both: one that is false is enough to know.
fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        (None, _) | (_, None) => None,
    }
}

/// Either: one that is true is enough to know.
fn or(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    and(a.map(|a| !a), b.map(|b| !b)).map(|neither| !neither)
}

#[cfg(test)]
mod tests;
