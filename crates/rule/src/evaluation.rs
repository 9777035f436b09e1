//! What is reported to AWS Config, and what AWS Config stores.

use chrono::{DateTime, Utc};

use crate::annotation::Annotation;
use crate::verdict::ComplianceType;

/// The resource type of IAM users in AWS Config.
pub const IAM_USER: &str = "AWS::IAM::User";

/// The resource type of the account as a whole in AWS Config.
pub const ACCOUNT: &str = "AWS::::Account";

/// The time of the event that an evaluation answers: the notification of a scheduled run, the capture of a configuration
/// item. Never the time of the run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OrderingTimestamp(pub DateTime<Utc>);

/// One evaluation for AWS Config.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evaluation {
    /// The resource type: [`IAM_USER`], [`ACCOUNT`], or the type that a change event names.
    pub resource_type: String,
    /// The resource ID: of a user the unique ID (`AIDA...`), never the name.
    pub resource_id: String,
    /// The verdict.
    pub compliance_type: ComplianceType,
    /// The reason.
    pub annotation: Annotation,
    /// The time of the event.
    pub ordering_timestamp: OrderingTimestamp,
}

impl Evaluation {
    /// The same evaluation with the marker of an alert that is still owed.
    #[must_use]
    pub fn with_alert_pending(&self) -> Self {
        Self { annotation: self.annotation.with_alert_pending(), ..self.clone() }
    }
}

/// A COMPLIANT or NON_COMPLIANT result of this rule that AWS Config stores (AWS Config API reference, EvaluationResult).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EvaluationResult {
    /// The resource type.
    pub resource_type: String,
    /// The resource ID.
    pub resource_id: String,
    /// Whether it is NON_COMPLIANT.
    pub non_compliant: bool,
    /// The annotation as stored.
    pub annotation: Option<Annotation>,
    /// When AWS Config recorded it.
    pub result_recorded_time: DateTime<Utc>,
}

impl EvaluationResult {
    /// Whether it is a finding about which an alert was sent.
    #[must_use]
    pub fn is_alerted_finding(&self) -> bool {
        self.non_compliant && !self.is_alert_pending()
    }

    /// Whether it carries the marker of an alert that is still owed.
    #[must_use]
    pub fn is_alert_pending(&self) -> bool {
        self.annotation.as_ref().is_some_and(Annotation::is_alert_pending)
    }

    /// Whether it says what the evaluation says; the marker makes no difference.
    #[must_use]
    pub fn says(&self, evaluation: &Evaluation) -> bool {
        let same_verdict = match evaluation.compliance_type {
            ComplianceType::Compliant => !self.non_compliant,
            ComplianceType::NonCompliant => self.non_compliant,
            ComplianceType::NotApplicable => false,
        };
        same_verdict && self.annotation.as_ref().is_some_and(|stored| stored.says(&evaluation.annotation))
    }
}
