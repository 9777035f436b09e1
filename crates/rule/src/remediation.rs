//! Remediation: which access keys of a user are deactivated or deleted, and why the others are left alone.
//!
//! [`Remediation::next`](request::Remediation::next) decides with the rule's own [`decision`] and asks for facts as it does.
//! Every key that something may be done to then becomes an [`attempt::Attempt`]: one look, one write, and another look
//! before another write. Both [`check()`] a key against the same [`guards`], which the stack sets. What is sent to AWS, and in which order, is said
//! here; sending it is up to the caller.

pub mod answer;
pub mod attempt;
pub mod check;
pub mod guards;
pub mod notice;
pub mod request;
pub mod tags;

use chrono::{DateTime, Utc};

use self::answer::Refusal;
use self::check::{Act, Known, check};
use self::request::Remediation;
use self::tags::{deactivated_tag, notice_tag};
use crate::decision::{self, Decision, Fact, Step};
use crate::facts::UserFacts;
use crate::iam::AccessKey;

/// What to do next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RemediationStep {
    /// Read this fact, add it to the facts, ask again.
    Read(Fact),
    /// No key of the user is flagged, or the user is out of scope: there is nothing to do.
    NotFlagged,
    /// The user is flagged.
    Planned(Plan),
}

/// What becomes of the keys of a flagged user: each is in one of the two lists.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Plan {
    /// Keys that something may be done to, after another look.
    pub candidates: Vec<AccessKey>,
    /// Keys to leave alone.
    pub refusals: Vec<Refusal>,
}

impl Remediation {
    /// Returns what to read next about a user, or what becomes of the keys. The time is the caller's own: nothing in a
    /// request says what time it is.
    #[must_use]
    pub fn next(&self, facts: &UserFacts, now: DateTime<Utc>) -> RemediationStep {
        match decision::next(facts, &self.guards.parameters, now) {
            Step::Read(fact) => RemediationStep::Read(fact),
            Step::Decided(Decision::OutOfScope | Decision::Compliant | Decision::NotFlagged { .. }) => {
                RemediationStep::NotFlagged
            }
            // the guards know exemptions too: there is one place that says who is exempt
            Step::Decided(Decision::NonCompliant(_) | Decision::Exempt(..)) => self.plan(facts, now),
        }
    }

    /// Every key of a flagged user, those that are not flagged too: the answer says something about each.
    fn plan(&self, facts: &UserFacts, now: DateTime<Utc>) -> RemediationStep {
        let Some(tags) = facts.tags() else { return RemediationStep::Read(Fact::Tags) };
        let mut tags = tags.to_vec();
        let mut plan = Plan::default();
        for key in facts.keys().unwrap_or_default() {
            let Some(last_used) = key.last_used else {
                return RemediationStep::Read(Fact::LastUsed(key.access_key.access_key_id.clone()));
            };
            let key = &key.access_key;
            let known = Known { user: facts.user(), key, last_used, tags: &tags, now };
            match check(self, &known) {
                Ok(act) => {
                    plan.candidates.push(key.clone());
                    // the tags of the keys before take room too
                    tags.extend(match act {
                        Act::Announce => Some(notice_tag(&key.access_key_id, now, "")),
                        Act::Deactivate => Some(deactivated_tag(&key.access_key_id, now, "")),
                        Act::Delete => None,
                    });
                }
                // its tag says so from now on
                Err(reason) if reason.is_active_again() => plan.candidates.push(key.clone()),
                Err(reason) => plan.refusals.push(Refusal::guarded(&key.access_key_id, &reason, self.mode)),
            }
        }
        RemediationStep::Planned(plan)
    }
}

#[cfg(test)]
mod tests;
