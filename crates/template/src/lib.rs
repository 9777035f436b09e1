//! Finds the access keys that an infrastructure template creates together with the console user they are for.
//!
//! The path of a file through the code: `files` finds and reads it, `document` recognizes its kind, `yaml`
//! builds its `tree`, `cloudformation` or `terraform` finds the keys, `report` collects them, and `format` prints them.
//! Not here: AWS, and the rule in the account.

mod baseline;
mod cloudformation;
mod document;
mod error;
mod files;
mod finding;
mod format;
mod report;
mod terraform;
mod tree;
mod yaml;

pub use baseline::Baseline;
pub use document::check;
pub use error::TemplateError;
pub use files::check_all;
pub use finding::{Finding, Note, Seen, SuppressedBy, Suppression};
pub use report::{Checked, Report};
pub use tree::Position;
