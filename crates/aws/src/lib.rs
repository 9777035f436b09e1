//! Facts in from AWS, results out to AWS.
//!
//! [`Aws`] holds the SDK clients; `iam` reads users, `iam_writes` changes their keys, `report` the credential report, [`reading`] answers what the decision asks for,
//! `config` reads and puts results, `sns` publishes alerts. What any of it means is decided in
//! `setupkey-rule`; nothing here has an opinion.

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
mod session;
mod sns;

pub use calls::{CallCounts, Calls};
pub use clients::Aws;
#[cfg(feature = "cloudtrail")]
pub use cloudtrail::{CloudTrail, LookedUp};
pub use error::AwsError;
pub use iam::UserListing;
pub use iam_writes::Written;
pub use report::ReportUnavailable;
pub use session::{Caller, Session};
