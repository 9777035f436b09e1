//! A small AWS on loopback, for development only: the operations of IAM, STS, SNS and Config that the
//! project calls, with the limits of the services, and the Lambda Runtime API, so that the real
//! function binary runs against it as a child process.
//!
//! It holds what a [`State`] says, and nothing else of AWS: no signatures are verified, no policy is
//! evaluated. It listens on 127.0.0.1 only and never ships.

mod behaviour;
mod changes;
mod config;
mod credential_report;
mod error;
mod evaluations;
mod function;
mod http;
mod iam;
mod identity;
mod json;
mod page;
mod query;
mod record;
mod request;
mod runtime_api;
mod server;
mod sns;
mod state;
mod sts;

#[cfg(test)]
mod client;

pub use behaviour::{Behaviour, Effect, Fault, RateLimit};
pub use credential_report::{CredentialReport, CredentialReports, ReportBehaviour, ReportMaking};
pub use evaluations::{ComplianceType, ConfigRule, EvaluationResult};
pub use function::{Function, FunctionSettings, Outcome};
pub use identity::{AccessKey, AccessKeyStatus, LastUsed, LoginProfile, User};
pub use server::{Call, LocalAws};
pub use sns::{Message, MessageAttribute, Topic};
pub use state::{State, StateError};
pub use sts::Role;
