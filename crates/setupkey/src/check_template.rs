//! `setupkey check-template`.

use std::path::PathBuf;

use crate::outcome::{Outcome, failed};

/// What `check-template` is given.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// CloudFormation and SAM templates (YAML, JSON), Terraform plans (JSON)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Looks at every file.
pub(crate) fn run(args: &Args) -> Outcome {
    failed(format!("not there yet: {} files were not looked at", args.files.len()))
}
