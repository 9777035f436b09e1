//! From verdicts to what is delivered: compares the verdicts of a scheduled run with what AWS Config holds.
//! What a change event delivers is in [`change`](crate::change).
//!
//! AWS Config is the only state: who is new follows from the results it holds, and a finding that nobody
//! was alerted about yet carries a marker in its annotation. The order of delivery is the caller's.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::annotation::Annotation;
use crate::decision::Decision;
use crate::evaluation::{ACCOUNT, ComplianceType, Evaluation, HeldResult, IAM_USER, OrderingTimestamp};
use crate::exception::Exception;
use crate::facts::{IamUser, UserId};
use crate::parameters::RuleParameters;
use crate::plan::{Cleared, Excepted, NewFinding, Plan, Resolved};

/// A result is put again this much before it reaches `refreshAfterDays`: schedules are not exact.
const REFRESH_TOLERANCE: TimeDelta = TimeDelta::hours(1);

/// What became of a listed user.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Decided.
    Decided(Decision),
    /// A fact could not be read: never a verdict, the result that AWS Config holds stands.
    Unread,
    /// Gone, or under another name, before the facts were read.
    Gone,
}

/// All that a scheduled run found out.
#[derive(Clone, Copy, Debug)]
pub struct ScheduledRun<'a> {
    /// The account.
    pub account_id: &'a str,
    /// The time of the event.
    pub created: DateTime<Utc>,
    /// The parameters.
    pub parameters: &'a RuleParameters,
    /// Every listed user.
    pub users: &'a BTreeMap<UserId, (IamUser, Verdict)>,
    /// Whether the listing reached its end.
    pub listing_complete: bool,
    /// The users of the second listing, where one was made and reached its end.
    pub listed_again: Option<&'a BTreeMap<UserId, IamUser>>,
    /// What AWS Config holds; `None` if that could not be read in full.
    pub held: Option<&'a [HeldResult]>,
    /// Whether anybody is alerted: a topic is set and the run is no trial.
    pub alerts: bool,
}

impl<'a> ScheduledRun<'a> {
    /// Whether a second listing is needed: nobody's result is cleared on one look.
    #[must_use]
    pub fn needs_second_listing(&self) -> bool {
        !self.cleanups().is_empty()
    }

    /// What is delivered.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let mut plan = Plan::default();
        let by_id: BTreeMap<&str, &HeldResult> =
            self.held_users().map(|h| (h.resource_id.as_str(), h)).collect();
        let mut unchanged = Vec::new();

        for (user, verdict) in self.users.values() {
            let Verdict::Decided(decision) = verdict else { continue };
            let held = by_id.get(user.user_id.as_str()).copied();
            let decision = match decision {
                // whom AWS Config holds a result of is in scope until a fresh report says otherwise
                Decision::NotFlagged { .. } if held.is_some() => &Decision::Compliant,
                decision => decision,
            };
            if let Decision::Excepted(exception) = decision {
                plan.in_scope += 1;
                self.except(&mut plan, user, exception, held);
                continue;
            }
            let Some(evaluation) = self.evaluation(user, decision) else { continue };
            plan.in_scope += 1;

            if let Decision::NonCompliant(finding) = decision {
                plan.flagged += 1;
                if self.held.is_none() {
                    // nobody is known to be new: the marker makes the next run tell
                    let pending = if self.alerts { evaluation.with_alert_pending() } else { evaluation };
                    plan.first.push(pending);
                    continue;
                }
                if !held.is_some_and(HeldResult::is_alerted_finding) {
                    let waiting = held.is_some_and(HeldResult::is_alert_pending);
                    let (user, finding) = (user.clone(), finding.clone());
                    plan.new_findings.push(NewFinding { user, finding, evaluation, waiting });
                    continue;
                }
            } else if let Some(held) = held.filter(|held| held.non_compliant) {
                plan.resolved.push(Resolved::new(held));
            }

            match held {
                Some(held) if held.says(&evaluation) && !self.is_due(held) => {
                    unchanged.push((held.recorded, evaluation));
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

    fn held_users(&self) -> impl Iterator<Item = &'a HeldResult> {
        self.held.unwrap_or_default().iter().filter(|held| held.resource_type == IAM_USER)
    }

    fn is_due(&self, held: &HeldResult) -> bool {
        is_due(self.created, held, self.parameters)
    }

    /// The held results of users that are out of scope or not there, with the user in the first case.
    fn cleanups(&self) -> Vec<(&'a HeldResult, Option<&'a IamUser>)> {
        // who is missing from an incomplete listing may exist
        if !self.listing_complete {
            return Vec::new();
        }
        self.held_users()
            .filter_map(|held| match user_of(held, self.users) {
                None | Some((_, Verdict::Gone)) => Some((held, None)),
                Some((user, Verdict::Decided(Decision::OutOfScope))) => Some((held, Some(user))),
                Some(_) => None,
            })
            .collect()
    }

    /// An excepted user gets no evaluation, unless AWS Config holds one to be cleared.
    fn except(&self, plan: &mut Plan, user: &IamUser, exception: &Exception, held: Option<&HeldResult>) {
        let (user, exception) = (user.clone(), exception.clone());
        plan.excepted.push(Excepted { user: user.clone(), exception: exception.clone() });
        let Some(held) = held else { return };
        let annotation = Annotation::excepted(&user.user_name, &exception);
        let evaluation = self.not_applicable(IAM_USER, user.user_id.as_str(), annotation);
        if held.non_compliant && self.alerts {
            plan.cleared.push(Cleared { user, exception, evaluation });
        } else {
            plan.first.push(evaluation);
        }
    }

    fn clear(&self, plan: &mut Plan) {
        let Some(listed_again) = self.listed_again else { return };
        for (held, out_of_scope) in self.cleanups() {
            let annotation = match (out_of_scope, user_of(held, listed_again)) {
                (_, None) => Annotation::gone(),
                // reads go by name: only under the same name they were about this user
                (Some(user), Some(again)) if user.user_name == again.user_name => {
                    Annotation::out_of_scope(&user.user_name)
                }
                _ => continue,
            };
            if held.non_compliant {
                plan.resolved.push(Resolved::new(held));
            }
            plan.first.push(self.not_applicable(IAM_USER, &held.resource_id, annotation));
        }
    }

    /// Puts something in every run, and before every alert: a rule that runs can be told from one that is
    /// broken, and a run that can publish but not put does not alert again and again.
    fn show_life(&self, plan: &mut Plan, mut unchanged: Vec<(DateTime<Utc>, Evaluation)>) {
        if !plan.first.is_empty() || self.held.is_none() {
            return;
        }
        unchanged.sort_by_key(|(recorded, _)| *recorded);
        if let Some((_, oldest)) = unchanged.into_iter().next() {
            plan.first.push(oldest);
            return;
        }
        let all_read = !self.users.values().any(|(_, verdict)| *verdict == Verdict::Unread);
        let nothing_held = self.held_users().next().is_none() && self.listing_complete && all_read;
        if nothing_held || !plan.new_findings.is_empty() || !plan.cleared.is_empty() {
            let annotation = Annotation::account(self.users.len(), plan.in_scope);
            plan.first.push(self.not_applicable(ACCOUNT, self.account_id, annotation));
        }
    }

    fn not_applicable(&self, resource_type: &str, resource_id: &str, annotation: Annotation) -> Evaluation {
        Evaluation::not_applicable(resource_type, resource_id, annotation, OrderingTimestamp(self.created))
    }

    fn evaluation(&self, user: &IamUser, decision: &Decision) -> Option<Evaluation> {
        evaluation(user, decision, self.parameters, OrderingTimestamp(self.created))
    }
}

/// What is listed under the id that a result is held of.
fn user_of<'u, T>(held: &HeldResult, listed: &'u BTreeMap<UserId, T>) -> Option<&'u T> {
    UserId::parse(held.resource_id.as_str()).ok().and_then(|id| listed.get(&id))
}

pub(crate) fn evaluation(
    user: &IamUser,
    decision: &Decision,
    parameters: &RuleParameters,
    ordering_timestamp: OrderingTimestamp,
) -> Option<Evaluation> {
    let (compliance_type, annotation) = match decision {
        Decision::OutOfScope
        | Decision::Excepted(_)
        | Decision::NotFlagged { had_console_password: false } => return None,
        Decision::Compliant | Decision::NotFlagged { had_console_password: true } => {
            (ComplianceType::Compliant, Annotation::compliant(&user.user_name, parameters))
        }
        Decision::NonCompliant(finding) => {
            (ComplianceType::NonCompliant, Annotation::non_compliant(&user.user_name, finding))
        }
    };
    Some(Evaluation {
        resource_type: IAM_USER.to_owned(),
        resource_id: user.user_id.as_str().to_owned(),
        compliance_type,
        annotation,
        ordering_timestamp,
    })
}

pub(crate) fn is_due(now: DateTime<Utc>, held: &HeldResult, parameters: &RuleParameters) -> bool {
    now - held.recorded >= parameters.refresh_after - REFRESH_TOLERANCE
}

#[cfg(test)]
pub(crate) mod tests;
