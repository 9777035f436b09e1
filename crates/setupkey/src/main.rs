//! `setupkey`: the auditor's command line. Here: which command was asked for, and the exit code.
//! Not here: what a command does; each has a module of its name.

use std::process::ExitCode;

use clap::Parser;

/// Finds IAM users whose access keys were set up together with the user.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {}

fn main() -> ExitCode {
    let Cli {} = Cli::parse();
    ExitCode::SUCCESS
}
