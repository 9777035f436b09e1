//! `setupkey check-template`: templates that would make a console user and an access key for it in one go.
//! Here: which files, in which order, how it ends. Not here: what the templates say; each kind has a module.

mod cloudformation;
mod finding;
mod input;
mod json;
mod node;
mod terraform;
mod yaml;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::outcome::{Outcome, failed};
use finding::{Checked, Seen};
use input::Document;
use node::TemplateError;

/// What `check-template` is given.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// CloudFormation and SAM templates (YAML, JSON), Terraform plans (JSON); `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A line a finding, or one JSON document
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
}

/// Looks at every file.
pub(crate) fn run(args: &Args) -> Outcome {
    let checked: Vec<Checked> = args.files.iter().map(|file| check(file)).collect();
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    let written = match args.format {
        Format::Text => finding::write_text(&checked, &mut out, &mut err),
        Format::Json => {
            finding::write_json(&checked, &mut out).and_then(|()| finding::write_errors(&checked, &mut err))
        }
    };
    let outcome = checked.iter().map(outcome).max().unwrap_or_default();
    match written.and_then(|()| out.flush()) {
        // whoever closed the pipe has read enough
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => outcome,
        Err(error) => failed(error),
        Ok(()) => outcome,
    }
}

fn check(file: &Path) -> Checked {
    let seen = input::read(file).and_then(|document| look(&document));
    Checked { file: file.to_string_lossy().into_owned(), seen }
}

fn look(document: &Document) -> Result<Seen, TemplateError> {
    match document {
        Document::CloudFormation(root) => cloudformation::look(root),
        Document::TerraformPlan(root) => terraform::look(root),
    }
}

fn outcome(checked: &Checked) -> Outcome {
    match &checked.seen {
        Ok(seen) if seen.findings.is_empty() => Outcome::NothingFlagged,
        Ok(_) => Outcome::Flagged,
        Err(_) => Outcome::Failed,
    }
}

#[cfg(test)]
mod tests;
