//! From decisions to what is delivered: compares what a run found with the results that AWS Config stores. Scheduled runs
//! and change events end in the same [`Plan`].
//!
//! AWS Config is the only state: which findings are new follows from its stored results, and a finding about which no
//! alert was sent yet carries a marker in its annotation. The order of delivery is the caller's.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::annotation::Annotation;
use crate::decision::{Decision, Finding, Outcome};
use crate::evaluation::{ACCOUNT, Evaluation, EvaluationResult, IAM_USER, OrderingTimestamp};
use crate::event::Change;
use crate::exemption::Exemption;
use crate::iam::{AccountId, IamUser, UserId, UserName};
use crate::parameters::RuleParameters;
use crate::verdict::ComplianceType;

/// A result is reported again this long before it reaches `refreshAfterDays`: schedules are not exact.
const REFRESH_TOLERANCE: TimeDelta = TimeDelta::hours(1);

/// A change event alerts at once about a user or a key created within this time before the event. Creating a rule sends
/// every user, and those are for the next scheduled run.
const RECENT: TimeDelta = TimeDelta::hours(24);

/// What a run delivers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Plan {
    /// Reported first: everything but new findings. If AWS Config does not take this, no alert is sent, and the next run
    /// finds the same findings new.
    pub first: Vec<Evaluation>,
    /// Published, then reported; empty where no alerts are sent.
    pub new_findings: Vec<NewFinding>,
    /// Published, then reported; empty where no alerts are sent.
    pub new_exemptions: Vec<NewExemption>,
    /// Every user who would be flagged and is exempt.
    pub exempt: Vec<(IamUser, Exemption)>,
    /// Stored findings that are resolved.
    pub resolved: Vec<Resolved>,
    /// The number of users in scope.
    pub in_scope: usize,
    /// The number of noncompliant users.
    pub flagged: usize,
    /// The number of noncompliant users about whom no alert was sent before, as far as the stored results show.
    pub new: usize,
    /// The number of users who could not be read.
    pub not_read: usize,
    /// Whether the plan is about all users of the account, not about the one of a change event.
    pub covers_account: bool,
}

/// A finding about which no alert was sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewFinding {
    /// The user.
    pub user: IamUser,
    /// Why.
    pub finding: Finding,
    /// The evaluation to report.
    pub evaluation: Evaluation,
    /// Whether the finding is stored with the marker: an earlier run could not alert, so it comes first in the alert.
    pub waiting: bool,
    /// Whether the stored result, marker included, need not be reported again if the alert is not sent.
    pub stands: bool,
}

/// An exemption that takes effect. It is published before its evaluation is reported, so that none takes effect in
/// silence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewExemption {
    /// The user.
    pub user: IamUser,
    /// The exemption.
    pub exemption: Exemption,
    /// The evaluation that clears the stored finding; `None` where there is none.
    pub evaluation: Option<Evaluation>,
}

/// A resolved finding.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Resolved {
    /// The unique ID of the user.
    pub user_id: String,
    /// The name, if the stored annotation has it.
    pub user_name: Option<UserName>,
}

impl Resolved {
    fn new(previous: &EvaluationResult) -> Self {
        let user_name = previous.annotation.as_ref().and_then(Annotation::user_name);
        Self { user_id: previous.resource_id.clone(), user_name }
    }
}

/// What AWS Config stores of one user.
#[derive(Clone, Copy, Debug)]
enum Previous<'a> {
    /// The stored results could not be read.
    NotRead,
    /// No result.
    None,
    /// This result.
    Stored(&'a EvaluationResult),
}

impl<'a> Previous<'a> {
    fn of(resource_id: &str, results: Option<&'a [EvaluationResult]>) -> Self {
        match results {
            None => Self::NotRead,
            Some(results) => results
                .iter()
                .find(|result| result.resource_type == IAM_USER && result.resource_id == resource_id)
                .map_or(Self::None, Self::Stored),
        }
    }

    fn result(self) -> Option<&'a EvaluationResult> {
        match self {
            Self::Stored(result) => Some(result),
            Self::NotRead | Self::None => None,
        }
    }
}

/// All that a scheduled run found.
#[derive(Clone, Copy, Debug)]
pub struct ScheduledRun<'a> {
    /// The account.
    pub account_id: &'a AccountId,
    /// The event time.
    pub event_time: DateTime<Utc>,
    /// The parameters.
    pub parameters: &'a RuleParameters,
    /// Every listed user.
    pub users: &'a BTreeMap<UserId, (IamUser, Outcome)>,
    /// Whether the listing reached its end.
    pub listing_complete: bool,
    /// The users of the second listing, where one was made and reached its end.
    pub listed_again: Option<&'a BTreeMap<UserId, IamUser>>,
    /// The stored results; `None` if they could not be read in full.
    pub previous: Option<&'a [EvaluationResult]>,
    /// Whether alerts are sent: a topic is set, and the run is no test.
    pub alerts: bool,
}

impl<'a> ScheduledRun<'a> {
    /// Whether a second listing is needed: no result is cleared on one look.
    #[must_use]
    pub fn needs_second_listing(&self) -> bool {
        !self.cleanups().is_empty()
    }

    /// Returns what is delivered.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let mut plan = Plan { covers_account: true, ..Plan::default() };
        let by_id: BTreeMap<&str, &EvaluationResult> =
            self.stored_users().map(|result| (result.resource_id.as_str(), result)).collect();
        let mut unchanged = Vec::new();

        for (user, outcome) in self.users.values() {
            let Outcome::Decided(decision) = outcome else {
                plan.not_read += usize::from(matches!(outcome, Outcome::NotRead(_)));
                continue;
            };
            let stored = by_id.get(user.user_id.as_str()).copied();
            let decision = match decision {
                // a user with a stored result counts as in scope until a fresh report says otherwise
                Decision::NotFlagged { .. } if stored.is_some() => &Decision::Compliant,
                decision => decision,
            };
            if let Decision::Exempt(exemption, _) = decision {
                plan.in_scope += 1;
                self.exempt(&mut plan, user, exemption, stored);
                continue;
            }
            let Some(evaluation) = self.evaluation(user, decision) else { continue };
            plan.in_scope += 1;

            if let Decision::NonCompliant(finding) = decision {
                plan.flagged += 1;
                if self.previous.is_none() {
                    // whether it is new is not known: the marker makes the next run alert
                    let pending = if self.alerts { evaluation.with_alert_pending() } else { evaluation };
                    plan.first.push(pending);
                    continue;
                }
                if !stored.is_some_and(EvaluationResult::is_alerted_finding) {
                    let waiting = stored.is_some_and(EvaluationResult::is_alert_pending);
                    plan.new_findings.push(NewFinding {
                        user: user.clone(),
                        finding: finding.clone(),
                        stands: waiting && stored.is_some_and(|stored| self.stands(stored, &evaluation)),
                        waiting,
                        evaluation,
                    });
                    continue;
                }
            } else if let Some(stored) = stored.filter(|stored| stored.non_compliant) {
                plan.resolved.push(Resolved::new(stored));
            }

            match stored {
                Some(stored) if self.stands(stored, &evaluation) => {
                    unchanged.push((stored.result_recorded_time, evaluation));
                }
                _ => plan.first.push(evaluation),
            }
        }

        plan.new = plan.new_findings.len();
        if !self.alerts {
            plan.first.extend(plan.new_findings.drain(..).map(|new| new.evaluation));
        }
        self.clear(&mut plan);
        self.show_life(&mut plan, unchanged);
        plan
    }

    fn stored_users(&self) -> impl Iterator<Item = &'a EvaluationResult> {
        self.previous.unwrap_or_default().iter().filter(|result| result.resource_type == IAM_USER)
    }

    fn stands(&self, stored: &EvaluationResult, evaluation: &Evaluation) -> bool {
        stored.says(evaluation) && !is_due(self.event_time, stored, self.parameters)
    }

    /// The stored results of users who are out of scope or gone, with the user in the first case.
    fn cleanups(&self) -> Vec<(&'a EvaluationResult, Option<&'a IamUser>)> {
        // a user missing from an incomplete listing may exist
        if !self.listing_complete {
            return Vec::new();
        }
        self.stored_users()
            .filter_map(|stored| match user_of(stored, self.users) {
                None | Some((_, Outcome::Gone)) => Some((stored, None)),
                Some((user, Outcome::Decided(Decision::OutOfScope))) => Some((stored, Some(user))),
                Some(_) => None,
            })
            .collect()
    }

    /// An exempt user gets no evaluation, unless one clears a stored result.
    fn exempt(
        &self,
        plan: &mut Plan,
        user: &IamUser,
        exemption: &Exemption,
        stored: Option<&EvaluationResult>,
    ) {
        let (user, exemption) = (user.clone(), exemption.clone());
        plan.exempt.push((user.clone(), exemption.clone()));
        let Some(stored) = stored else { return };
        let annotation = Annotation::exempt(&user.user_name, &exemption);
        let evaluation = self.not_applicable(IAM_USER, user.user_id.as_str(), annotation);
        if stored.non_compliant && self.alerts {
            plan.new_exemptions.push(NewExemption { user, exemption, evaluation: Some(evaluation) });
        } else {
            plan.first.push(evaluation);
        }
    }

    fn clear(&self, plan: &mut Plan) {
        let Some(listed_again) = self.listed_again else { return };
        for (stored, out_of_scope) in self.cleanups() {
            let annotation = match (out_of_scope, user_of(stored, listed_again)) {
                (_, None) => Annotation::gone(),
                // IAM reads are by name, so they are valid only if the name has not changed
                (Some(user), Some(again)) if user.user_name == again.user_name => {
                    Annotation::out_of_scope(&user.user_name)
                }
                _ => continue,
            };
            if stored.non_compliant {
                plan.resolved.push(Resolved::new(stored));
            }
            plan.first.push(self.not_applicable(IAM_USER, &stored.resource_id, annotation));
        }
    }

    /// Reports something in every run, and before every alert: a rule that runs can be told from one that is broken, and
    /// a run that can publish but not report does not alert again and again.
    fn show_life(&self, plan: &mut Plan, unchanged: Vec<(DateTime<Utc>, Evaluation)>) {
        if !plan.first.is_empty() || self.previous.is_none() {
            return;
        }
        if let Some((_, oldest)) = unchanged.into_iter().min_by_key(|(recorded, _)| *recorded) {
            plan.first.push(oldest);
            return;
        }
        let nothing_stored =
            self.stored_users().next().is_none() && self.listing_complete && plan.not_read == 0;
        if nothing_stored || !plan.new_findings.is_empty() || !plan.new_exemptions.is_empty() {
            let annotation = Annotation::account(self.users.len(), plan.in_scope);
            plan.first.push(self.not_applicable(ACCOUNT, self.account_id.as_str(), annotation));
        }
    }

    fn not_applicable(&self, resource_type: &str, resource_id: &str, annotation: Annotation) -> Evaluation {
        not_applicable(resource_type, resource_id, annotation, OrderingTimestamp(self.event_time))
    }

    fn evaluation(&self, user: &IamUser, decision: &Decision) -> Option<Evaluation> {
        evaluation(user, decision, self.parameters, OrderingTimestamp(self.event_time))
    }
}

/// All that a change event found.
#[derive(Clone, Copy, Debug)]
pub struct ChangeEvent<'a> {
    /// The change.
    pub change: &'a Change,
    /// The parameters.
    pub parameters: &'a RuleParameters,
    /// The stored results of the user; `None` if they could not be read.
    pub previous: Option<&'a [EvaluationResult]>,
    /// Whether alerts are sent: a topic is set, and the event is no test.
    pub alerts: bool,
}

impl ChangeEvent<'_> {
    /// Returns what is delivered about a resource that is not a user to evaluate: always NOT_APPLICABLE.
    #[must_use]
    pub fn plan_not_applicable(&self, annotation: Annotation) -> Plan {
        let Change { resource_type, resource_id, captured, .. } = self.change;
        let evaluation = not_applicable(resource_type, resource_id, annotation, *captured);
        Plan { first: vec![evaluation], ..Plan::default() }
    }

    /// Returns what is delivered about a user who was not decided.
    #[must_use]
    pub fn plan_without_user(&self, outcome: &Outcome) -> Plan {
        match outcome {
            Outcome::Gone => self.plan_not_applicable(Annotation::gone()),
            Outcome::NotRead(_) | Outcome::Decided(_) => Plan { not_read: 1, ..Plan::default() },
        }
    }

    /// Returns what is delivered about a user: at most one evaluation, which is reported before anything is published.
    #[must_use]
    pub fn plan(&self, user: &IamUser, decision: &Decision) -> Plan {
        let previous = Previous::of(&self.change.resource_id, self.previous);
        if let Decision::Exempt(exemption, finding) = decision {
            return self.plan_exempt(user, exemption, finding, previous);
        }
        let Some(evaluation) = evaluation(user, decision, self.parameters, self.change.captured) else {
            return self.plan_not_applicable(Annotation::out_of_scope(&user.user_name));
        };
        let mut plan = Plan { in_scope: 1, ..Plan::default() };
        let stored = previous.result();
        let now = self.change.event_time();
        // without a topic there is no marker
        let stands = stored.is_some_and(|stored| {
            stored.says(&evaluation)
                && (self.alerts || !stored.is_alert_pending())
                && !is_due(now, stored, self.parameters)
        });
        let alerted = stored.is_some_and(EvaluationResult::is_alerted_finding);
        match decision {
            Decision::NonCompliant(finding) => {
                plan.flagged = 1;
                let owes_alert = self.alerts && !alerted;
                if owes_alert && self.is_recent(user, finding) && !matches!(previous, Previous::NotRead) {
                    plan.new = 1;
                    // with the marker first: AWS Config must take the token before anything is published
                    plan.first.push(evaluation.with_alert_pending());
                    plan.new_findings.push(NewFinding {
                        user: user.clone(),
                        finding: finding.clone(),
                        evaluation,
                        waiting: false,
                        stands: true,
                    });
                } else if !stands {
                    plan.first.push(if owes_alert { evaluation.with_alert_pending() } else { evaluation });
                }
            }
            _ if stands => {}
            _ => plan.first.push(evaluation),
        }
        plan
    }

    /// An exemption of a user who has no stored result would never be seen taking effect by a scheduled run; the next
    /// scheduled run publishes all others.
    fn plan_exempt(
        &self,
        user: &IamUser,
        exemption: &Exemption,
        finding: &Finding,
        previous: Previous<'_>,
    ) -> Plan {
        let mut plan =
            Plan { in_scope: 1, exempt: vec![(user.clone(), exemption.clone())], ..Plan::default() };
        if self.alerts && matches!(previous, Previous::None) && self.is_recent(user, finding) {
            let annotation = Annotation::exempt(&user.user_name, exemption);
            let Change { resource_type, resource_id, captured, .. } = self.change;
            plan.first.push(not_applicable(resource_type, resource_id, annotation, *captured));
            let (user, exemption) = (user.clone(), exemption.clone());
            plan.new_exemptions.push(NewExemption { user, exemption, evaluation: None });
        }
        plan
    }

    /// Whether the user or a flagged key was created within the day before the event.
    fn is_recent(&self, user: &IamUser, finding: &Finding) -> bool {
        let keys = finding.keys.iter().map(|key| key.access_key.create_date);
        self.change.created.is_some_and(|created| {
            keys.chain([user.create_date]).any(|create_date| created - create_date <= RECENT)
        })
    }
}

impl Change {
    /// The event time: when AWS Config sent the event, or when it captured the item where the event does not say.
    #[must_use]
    pub fn event_time(&self) -> DateTime<Utc> {
        self.created.unwrap_or(self.captured.0)
    }
}

/// What is listed under the ID of a stored result.
fn user_of<'u, T>(stored: &EvaluationResult, listed: &'u BTreeMap<UserId, T>) -> Option<&'u T> {
    UserId::parse(stored.resource_id.as_str()).ok().and_then(|id| listed.get(&id))
}

fn not_applicable(
    resource_type: &str,
    resource_id: &str,
    annotation: Annotation,
    ordering_timestamp: OrderingTimestamp,
) -> Evaluation {
    Evaluation {
        resource_type: resource_type.to_owned(),
        resource_id: resource_id.to_owned(),
        compliance_type: ComplianceType::NotApplicable,
        annotation,
        ordering_timestamp,
    }
}

/// The evaluation of a user in scope who is not exempt.
fn evaluation(
    user: &IamUser,
    decision: &Decision,
    parameters: &RuleParameters,
    ordering_timestamp: OrderingTimestamp,
) -> Option<Evaluation> {
    let annotation = match (decision, decision.compliance_type()) {
        (_, ComplianceType::NotApplicable) => return None,
        (Decision::NonCompliant(finding), _) => Annotation::non_compliant(&user.user_name, finding),
        _ => Annotation::compliant(&user.user_name, parameters),
    };
    Some(Evaluation {
        resource_type: IAM_USER.to_owned(),
        resource_id: user.user_id.as_str().to_owned(),
        compliance_type: decision.compliance_type(),
        annotation,
        ordering_timestamp,
    })
}

fn is_due(now: DateTime<Utc>, stored: &EvaluationResult, parameters: &RuleParameters) -> bool {
    now - stored.result_recorded_time >= parameters.refresh_after - REFRESH_TOLERANCE
}

#[cfg(test)]
mod tests;
