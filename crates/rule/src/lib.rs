//! The decision of the AWS Config rule `iam-user-no-setup-access-key`.
//!
//! Start with [`event::RuleInvocation`], what AWS Config sends, and [`plan::Plan`], what is delivered. Data flows one way:
//!
//! 1. [`event`]: the event becomes types, or an [`input::InvalidInput`] that names what is wrong.
//! 2. [`report`]: the credential report shows which users need no further call.
//! 3. [`decision::next`] asks for one fact after the other, and [`facts`] holds them, until the user is decided.
//! 4. [`verdict`] evaluates what is known in three values. It alone knows what a criterion means.
//! 5. [`exemption`]: the tags of a user who would be flagged. [`remedy`]: what to do about a flagged key.
//! 6. [`plan`] compares the decisions with the stored results: what to report, what to publish.
//! 7. [`annotation`] and [`alert`] are the words of that.
//!
//! The caller reads and delivers: this crate has no SDK, no clock, no async, no I/O. [`remediation`] decides in the same
//! way which keys may be deactivated or deleted.
//!
//! The default is the remediation text of CIS AWS Foundations ("Do not set up access keys during initial user setup for
//! all IAM users that have a console password"): a key is flagged if it was created with the user *and* was never used.
//! CIS's console audit looks only at the first half, its command-line audit only at the second;
//! [`parameters::Criterion`] names all of them.

pub mod alert;
pub mod annotation;
pub mod decision;
pub mod evaluation;
pub mod event;
pub mod exemption;
pub mod facts;
#[cfg(test)]
mod fixtures;
pub mod function_arn;
pub mod iam;
pub mod input;
pub mod parameters;
pub mod plan;
pub mod remediation;
pub mod remedy;
pub mod report;
pub mod turn;
pub mod verdict;
