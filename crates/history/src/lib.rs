//! CloudTrail records in, setup episodes out: who created a user, its console password and its access keys, when, and
//! what became of them.
//!
//! [`split`] finds the records in the bytes of a log file, [`trail`] keeps the calls that matter and counts the rest,
//! [`episode`] joins them to one episode per user. As pure as the rule: no SDK, no clock, no async, no I/O.

pub mod actor;
pub mod coverage;
pub mod episode;
mod event;
mod join;
mod record;
pub mod split;
mod text;
mod time;
pub mod trail;

pub use coverage::{Coverage, Period};
pub use episode::Episode;
pub use split::{SplitError, Splitter};
pub use trail::{History, Trail};
