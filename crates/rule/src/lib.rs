//! The decision of the AWS Config rule `iam-user-no-setup-access-key`.
//!
//! Data flows one way: [`event`] -> [`facts`] -> [`decision`] -> [`results`] -> [`alert`]. Which facts are
//! read next is asked here and answered by the caller: this crate has no SDK, no clock, no async, no I/O.
//!
//! The default is the remediation text of CIS AWS Foundations ("Do not set up access keys during initial
//! user setup for all IAM users that have a console password"): a key is flagged when it was created with
//! the user *and* was never used. CIS's console audit looks only at the first half, its command-line audit
//! only at the second; [`parameters::Criterion`] names all of them.

pub mod alert;
pub mod annotation;
pub mod change;
pub mod decision;
pub mod evaluation;
pub mod event;
pub mod exception;
pub mod facts;
pub mod function_arn;
pub mod known;
pub mod parameters;
pub mod plan;
mod quoted;
pub mod remediation;
pub mod report;
pub mod results;
pub mod turn;
