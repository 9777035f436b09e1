//! What is put into AWS Config, and what AWS Config holds.

use chrono::{DateTime, Utc};

use crate::annotation::{ALERT_PENDING, Annotation};

/// The resource type of IAM users in AWS Config.
pub const IAM_USER: &str = "AWS::IAM::User";

/// The resource type of the account as a whole in AWS Config.
pub const ACCOUNT: &str = "AWS::::Account";

/// The three compliance types that PutEvaluations accepts (AWS Config API reference, Evaluation).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ComplianceType {
    /// No key meets the criterion.
    Compliant,
    /// A key meets the criterion.
    NonCompliant,
    /// The rule does not speak about the resource; clears what AWS Config holds.
    NotApplicable,
}

/// The time of the event that an evaluation answers: the notification of a scheduled run, the capture of
/// a configuration item. Never the time of the run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OrderingTimestamp(pub DateTime<Utc>);

/// One result for AWS Config.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evaluation {
    /// The resource type, [`IAM_USER`] but for the account and for resources that are not ours.
    pub resource_type: String,
    /// The resource id: of a user the unique id (`AIDA...`), never the name.
    pub resource_id: String,
    /// The verdict.
    pub compliance_type: ComplianceType,
    /// The reason.
    pub annotation: Annotation,
    /// The time of the event.
    pub ordering_timestamp: OrderingTimestamp,
}

impl Evaluation {
    /// The evaluation that clears what AWS Config holds of a resource, or says that the rule does not speak
    /// about it.
    #[must_use]
    pub fn not_applicable(
        resource_type: &str,
        resource_id: &str,
        annotation: Annotation,
        ordering_timestamp: OrderingTimestamp,
    ) -> Self {
        Self {
            resource_type: resource_type.to_owned(),
            resource_id: resource_id.to_owned(),
            compliance_type: ComplianceType::NotApplicable,
            annotation,
            ordering_timestamp,
        }
    }

    /// The same evaluation with the marker of an alert that is still owed.
    #[must_use]
    pub fn with_alert_pending(&self) -> Self {
        Self { annotation: self.annotation.with_alert_pending(), ..self.clone() }
    }
}

/// A result of this rule that AWS Config holds: COMPLIANT or NON_COMPLIANT.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HeldResult {
    /// The resource type.
    pub resource_type: String,
    /// The resource id.
    pub resource_id: String,
    /// Whether it is NON_COMPLIANT.
    pub non_compliant: bool,
    /// The annotation as stored.
    pub annotation: Option<String>,
    /// When AWS Config recorded it.
    pub recorded: DateTime<Utc>,
}

impl HeldResult {
    /// Whether it is a finding that somebody was alerted about.
    #[must_use]
    pub fn is_alerted_finding(&self) -> bool {
        self.non_compliant && !self.is_alert_pending()
    }

    /// Whether it carries the marker of an alert that is still owed.
    #[must_use]
    pub fn is_alert_pending(&self) -> bool {
        self.annotation.as_deref().is_some_and(|annotation| annotation.ends_with(ALERT_PENDING))
    }

    /// Whether it says what the evaluation says; the marker makes no difference.
    #[must_use]
    pub fn says(&self, evaluation: &Evaluation) -> bool {
        let same_verdict = match evaluation.compliance_type {
            ComplianceType::Compliant => !self.non_compliant,
            ComplianceType::NonCompliant => self.non_compliant,
            ComplianceType::NotApplicable => false,
        };
        same_verdict && evaluation.annotation.is_held_as(self.annotation.as_deref())
    }
}
