//! `setupkey`: the auditor's command line. Here: which command was asked for, and the exit code.
//! Not here: what a command does; each has a module of its name.

mod audit;
mod check_template;
mod diff;
mod explain;
mod help;
mod history;
mod outcome;
mod page;
mod parameters;
mod text;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

use crate::outcome::Outcome;

/// Finds IAM users whose access keys were created with the user.
#[derive(Debug, Parser)]
#[command(name = "setupkey", version, max_term_width = help::WIDTH, after_help = help::EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Audit the IAM users of an account, or of a credential report
    #[command(after_help = help::AUDIT)]
    Audit(Box<audit::Args>),
    /// Compare two audits: what is new, resolved or changed
    #[command(after_help = help::DIFF)]
    Diff(diff::Args),
    /// Explain one user: every fact, every verdict, and the commands of the remedy
    #[command(after_help = help::EXPLAIN)]
    Explain(Box<explain::Args>),
    /// Find templates that create an access key together with its console user
    #[command(after_help = help::CHECK_TEMPLATE)]
    CheckTemplate(check_template::Args),
    /// Find out from CloudTrail who created keys with their user in a period
    #[command(after_help = help::HISTORY)]
    History(Box<history::Args>),
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the man pages: of the program, then of each command
    Man {
        /// Write them into this folder instead, a file each
        #[arg(long, value_name = "FOLDER")]
        output_dir: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Audit(args) => audit::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::CheckTemplate(args) => check_template::run(&args),
        Command::History(args) => history::run(&args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "setupkey", &mut script);
            printed(Ok(script))
        }
        Command::Man { output_dir } => man(output_dir.as_deref()),
    };
    outcome.into()
}

fn man(folder: Option<&Path>) -> Outcome {
    match (help::man_pages(&mut Cli::command()), folder) {
        (Err(error), _) => outcome::failed(error),
        (Ok(pages), None) => printed(Ok(pages.into_iter().flat_map(|(_, page)| page).collect())),
        (Ok(pages), Some(folder)) => match help::write_man_pages(&pages, folder) {
            Ok(()) => Outcome::NothingFlagged,
            Err(error) => outcome::failed(error),
        },
    }
}

fn printed(text: io::Result<Vec<u8>>) -> Outcome {
    match text.and_then(|text| outcome::print(&text)) {
        Ok(()) => Outcome::NothingFlagged,
        Err(error) => outcome::failed(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_fit_together() {
        Cli::command().debug_assert();
    }
}
