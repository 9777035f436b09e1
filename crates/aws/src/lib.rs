//! Facts in from AWS, evaluations and messages out to AWS.
//!
//! [`Aws`] holds the SDK clients. `iam` reads users, `report` the credential report, `config` the stored results;
//! [`reading`] answers what the decision asks for. `config` reports evaluations, `sns` publishes alerts, `iam_writes`
//! changes keys. What any of it means is decided in `setupkey-rule`; there is no policy here.

mod account;
mod calls;
mod clients;
#[cfg(feature = "cloudtrail")]
mod cloudtrail;
mod config;
mod error;
mod iam;
mod iam_writes;
mod paging;
pub mod reading;
mod report;
mod said;
#[cfg(feature = "command-line")]
mod session;
mod sns;

pub use calls::{CallCounts, Calls};
pub use clients::Aws;
#[cfg(feature = "cloudtrail")]
pub use cloudtrail::{CloudTrail, LookedUp};
pub use config::wire;
pub use error::AwsError;
pub use iam::UserListing;
#[cfg(feature = "command-line")]
pub use session::{AssumeRole, Caller, Login, OrganizationAccount, Session, SessionError};
