//! A small AWS on loopback, for development only: the operations of IAM, STS, SNS, Config and CloudTrail that the
//! project calls, and the Lambda Runtime API, so that the real function binary runs against it as a child process.
//!
//! It serves what a [`State`] says, and has the limits and errors that the services' models do not have. What the
//! models have, the contract tests validate in each recorded exchange. No signatures are verified, no policy is
//! evaluated. It listens on 127.0.0.1 only and never ships.
//!
//! A request goes from `server` to the operation of a service (`iam`, `sts`, `sns`, `config`, `cloudtrail`), which reads and
//! changes the [`State`]; what the state holds is in files that know no operation (`identity`, `evaluations`,
//! `topics`, `credential_report`, `behaviour`).

mod behaviour;
mod changes;
mod clock;
mod cloudtrail;
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
mod portal;
mod query;
mod record;
mod report_content;
mod request;
mod runtime_api;
mod server;
mod service;
mod sign_in;
mod sns;
mod state;
mod sts;
mod topics;

#[cfg(test)]
mod client;

pub use behaviour::{Behaviour, Effect, Fault, RateLimit, ReportBehaviour};
pub use credential_report::{CredentialReport, CredentialReports, ReportMaking};
pub use evaluations::{ComplianceType, ConfigRule, EvaluationResult};
pub use function::{Function, FunctionSettings, Outcome};
pub use identity::{AccessKey, AccessKeyStatus, LastUsed, LoginProfile, Role, User};
pub use portal::{OrganizationAccount, Portal};
pub use server::{Call, LocalAws};
pub use state::{State, StateError};
pub use topics::{Message, MessageAttribute, Topic};
