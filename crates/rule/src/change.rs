//! From the verdict on one user to what a change event delivers: at most one evaluation.
//!
//! Scheduled runs are in [`results`](crate::results).

use chrono::TimeDelta;

use crate::annotation::Annotation;
use crate::decision::Decision;
use crate::evaluation::{Evaluation, HeldResult};
use crate::event::Change;
use crate::facts::IamUser;
use crate::parameters::RuleParameters;
use crate::plan::NewFinding;
use crate::results::{evaluation, is_due};

/// A change event alerts at once about a user made this short a time before the event.
const RECENT: TimeDelta = TimeDelta::hours(24);

/// What a change event delivers: at most one evaluation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ChangeResult {
    /// AWS Config holds it already.
    Nothing,
    /// Put.
    Put(Evaluation),
    /// Alert, then put.
    Alert(Box<NewFinding>),
}

impl ChangeResult {
    /// A resource that the rule does not speak about: always NOT_APPLICABLE.
    #[must_use]
    pub fn not_applicable(change: &Change, annotation: Annotation) -> Self {
        let Change { resource_type, resource_id, captured, .. } = change;
        Self::Put(Evaluation::not_applicable(resource_type, resource_id, annotation, *captured))
    }

    /// A user who was decided. `held` is what AWS Config holds of the user, `None` if that could not be
    /// read; `alerts` says whether anybody is alerted.
    ///
    /// Only a user made within the 24 hours before the event is alerted about at once. Creating a rule
    /// sends every user, and those are for the next scheduled run.
    #[must_use]
    pub fn decided(
        change: &Change,
        user: &IamUser,
        decision: &Decision,
        parameters: &RuleParameters,
        held: Option<Option<&HeldResult>>,
        alerts: bool,
    ) -> Self {
        // an exception takes effect when somebody can be told: in the next scheduled run
        if let Decision::Excepted(_) = decision {
            return Self::Nothing;
        }
        let Some(evaluation) = evaluation(user, decision, parameters, change.captured) else {
            return Self::not_applicable(change, Annotation::out_of_scope(&user.user_name));
        };
        let now = change.created.unwrap_or(change.captured.0);
        // without a topic there is no marker
        let marker_stands = |held: &HeldResult| alerts || !held.is_alert_pending();
        let stands = held.flatten().is_some_and(|held| {
            held.says(&evaluation) && marker_stands(held) && !is_due(now, held, parameters)
        });
        let alerted = held.flatten().is_some_and(HeldResult::is_alerted_finding);
        match decision {
            Decision::NonCompliant(finding) if alerts && !alerted => {
                let recent = change.created.is_some_and(|created| created - user.create_date <= RECENT);
                if held.is_some() && recent {
                    let (user, finding) = (user.clone(), finding.clone());
                    Self::Alert(Box::new(NewFinding { user, finding, evaluation, waiting: false }))
                } else if stands {
                    Self::Nothing
                } else {
                    Self::Put(evaluation.with_alert_pending())
                }
            }
            _ if stands => Self::Nothing,
            _ => Self::Put(evaluation),
        }
    }
}

#[cfg(test)]
mod tests;
