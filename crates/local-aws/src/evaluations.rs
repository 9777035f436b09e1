//! What Config holds: rules, and the last result of each rule for each resource.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::identity::derived_id;

/// A Config rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfigRule {
    /// The name as deployed.
    pub config_rule_name: String,
    /// The ID, `config-rule-` and six characters; derived from the name if left out.
    #[serde(default)]
    pub config_rule_id: String,
    /// The token that its events carry, and that its evaluations have to carry.
    pub result_token: String,
    /// The last result for each resource.
    #[serde(default)]
    pub results: Vec<EvaluationResult>,
}

/// The last result of a rule for one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EvaluationResult {
    /// Such as `AWS::IAM::User`.
    pub resource_type: String,
    /// The resource's ID; for a user the unique ID, never the name.
    pub resource_id: String,
    /// The verdict.
    pub compliance_type: ComplianceType,
    /// The rule's explanation.
    #[serde(default)]
    pub annotation: Option<String>,
    /// The time that the rule said its verdict is of.
    pub ordering_timestamp: DateTime<Utc>,
    /// When the rule was invoked; when the result was recorded if left out.
    #[serde(default)]
    pub config_rule_invoked_time: Option<DateTime<Utc>>,
    /// When the result was recorded.
    pub result_recorded_time: DateTime<Utc>,
}

/// The verdicts that Config keeps (AWS Config API reference, PutEvaluations).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ComplianceType {
    /// The resource complies.
    Compliant,
    /// It does not.
    NonCompliant,
    /// The rule does not apply to it; kept, but listed only if asked for.
    NotApplicable,
}

impl ConfigRule {
    pub(crate) fn derive_id(&mut self) {
        if self.config_rule_id.is_empty() {
            let suffix = derived_id("", 6, &self.config_rule_name).to_lowercase();
            self.config_rule_id = format!("config-rule-{suffix}");
        }
    }

    /// Replaces an earlier result for the resource, whatever their ordering timestamps:
    /// the last recorded stands.
    pub(crate) fn keep(&mut self, result: EvaluationResult) {
        let mut results = self.results.iter_mut();
        let same = |held: &&mut EvaluationResult| {
            held.resource_type == result.resource_type && held.resource_id == result.resource_id
        };
        match results.find(same) {
            Some(held) => *held = result,
            None => self.results.push(result),
        }
    }
}
