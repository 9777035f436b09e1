//! `setupkey audit`: who was handed an access key together with the user. Here: its arguments, and what is
//! done in which order. Not here: what a verdict is (`setupkey-rule`).

pub(crate) mod model;
pub(crate) mod remedy;

use crate::outcome::{Outcome, failed};

/// What `audit` is given.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Audits and writes the result.
pub(crate) fn run(_args: &Args) -> Outcome {
    failed("not there yet")
}
