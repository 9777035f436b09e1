//! `setupkey check-template`: templates that would make a console user and an access key for it in one go.
//! Here: which files, in which order, how it ends. Not here: what the templates say; each kind has a module.

mod cloudformation;
mod finding;
mod input;
mod json;
mod node;
mod terraform;
mod yaml;

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::outcome::{self, Outcome};
use finding::{Checked, Seen};
use input::Document;
use node::TemplateError;

/// What `check-template` is given.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// CloudFormation and SAM templates (YAML, JSON), Terraform plans (JSON); `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A line a finding, or one JSON document (schemas/check-template.schema.json)
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
    let written = match args.format {
        Format::Text => outcome::print(finding::lines(&checked).as_bytes()),
        Format::Json => finding::json(&checked)
            .map_err(Into::into)
            .and_then(|document| outcome::print(document.as_bytes())),
    };
    match args.format {
        Format::Text => finding::say_notes_and_summary(&checked),
        Format::Json => finding::say_errors(&checked),
    }
    match written {
        Ok(()) => checked.iter().map(ended).max().unwrap_or_default(),
        Err(error) => outcome::failed(format!("cannot write the result: {error}")),
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

fn ended(checked: &Checked) -> Outcome {
    match &checked.seen {
        Ok(seen) if seen.findings.is_empty() => Outcome::NothingFlagged,
        Ok(_) => Outcome::Flagged,
        Err(_) => Outcome::Failed,
    }
}

#[cfg(test)]
mod tests;
