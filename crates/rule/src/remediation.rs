//! Remediation: which access keys of a user are deactivated or deleted, and why the others are left alone.
//!
//! [`Remediation::next`] decides with the rule's own [`decision`] and asks for facts as it does;
//! every key that may be acted on then becomes an [`attempt::Attempt`], which looks again before it writes. Both
//! ask the same [`guards`]. What is sent to AWS, and in which order, is said here; who sends it is the caller.

pub mod answer;
pub mod attempt;
pub mod guards;
pub mod notice;
pub mod request;

use chrono::{DateTime, Utc};

use self::answer::Refusal;
use self::guards::Known;
use self::request::Remediation;
use crate::decision::{self, Decision, Fact, Step};
use crate::facts::{AccessKey, AccessKeyId, UserFacts};

/// What to do next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RemediationStep {
    /// Read this fact, add it to the facts, ask again.
    Read(Fact),
    /// No key of the user meets the criterion, or the rule does not speak about the user: there is nothing to do.
    NotFlagged,
    /// The user is flagged.
    Planned(Plan),
}

/// What becomes of the keys of a flagged user: each is in one of the two lists.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Plan {
    /// Keys to act on, after a second look.
    pub candidates: Vec<AccessKey>,
    /// Keys to leave alone.
    pub refusals: Vec<Refusal>,
}

impl Remediation {
    /// Says what to read next of a user, or what becomes of the keys. The time is the caller's own: nothing in a
    /// request says what time it is.
    #[must_use]
    pub fn next(&self, facts: &UserFacts, now: DateTime<Utc>) -> RemediationStep {
        match decision::next(facts, &self.parameters, now) {
            Step::Read(fact) => RemediationStep::Read(fact),
            Step::Decided(Decision::OutOfScope | Decision::Compliant | Decision::NotFlagged { .. }) => {
                RemediationStep::NotFlagged
            }
            // the guards know exceptions too: there is one place that says who is excepted
            Step::Decided(Decision::NonCompliant(_) | Decision::Excepted(_)) => self.plan(facts, now),
        }
    }

    /// Every key of a flagged user, those that do not meet the criterion too: whoever asked is told about each.
    fn plan(&self, facts: &UserFacts, now: DateTime<Utc>) -> RemediationStep {
        let Some(tags) = &facts.tags else { return RemediationStep::Read(Fact::Tags) };
        let mut tags = tags.clone();
        let mut plan = Plan::default();
        for (key, last_used) in facts.access_keys.iter().flatten() {
            let Some(last_used) = *last_used else {
                return RemediationStep::Read(Fact::LastUsed(key.access_key_id.clone()));
            };
            let known = Known { user: &facts.user, key, last_used, tags: &tags, now };
            match guards::check(self, &known) {
                Ok(act) => {
                    plan.candidates.push(key.clone());
                    // the tags of the keys before take room too
                    tags.extend(act.tag(&key.access_key_id, now));
                }
                Err(reason) => plan.refusals.push(Refusal::guarded(&key.access_key_id, &reason, self.mode)),
            }
        }
        RemediationStep::Planned(plan)
    }
}

/// The key of the user tag that says when a key was deactivated.
#[must_use]
pub fn deactivated_tag_key(access_key_id: &AccessKeyId) -> String {
    format!("{DEACTIVATED_TAG_PREFIX}{access_key_id}")
}

/// Begins the key of the user tag that a deactivation writes; the id of the access key follows. The policy of the
/// function allows it no other tags.
pub const DEACTIVATED_TAG_PREFIX: &str = "setup-key-deactivated:";

#[cfg(test)]
mod tests;
