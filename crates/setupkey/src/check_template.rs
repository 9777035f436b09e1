//! `setupkey check-template`: the arguments, and how the command ends. Not here: the check, `crates/template`.

use std::path::PathBuf;

use clap::ValueEnum;
use setupkey_template::Checked;

use crate::outcome::{self, Outcome, say};
use crate::text::visible;

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
    let checked: Vec<Checked> = args.files.iter().map(|file| setupkey_template::check(file)).collect();
    let written = match args.format {
        Format::Text => {
            let lines = setupkey_template::lines(&checked);
            let lines: String = lines.iter().map(|line| format!("{}\n", visible(line))).collect();
            outcome::print(lines.as_bytes())
        }
        Format::Json => setupkey_template::json(&checked)
            .map_err(Into::into)
            .and_then(|document| outcome::print(document.as_bytes())),
    };
    for (kind, message) in setupkey_template::messages(&checked) {
        if matches!(args.format, Format::Text) || kind == "error" {
            say(kind, message);
        }
    }
    match written {
        Ok(()) => checked.iter().map(ended).max().unwrap_or_default(),
        Err(error) => outcome::failed(format!("cannot write the result: {error}")),
    }
}

fn ended(checked: &Checked) -> Outcome {
    match &checked.seen {
        Ok(seen) if seen.findings.is_empty() => Outcome::NothingFlagged,
        Ok(_) => Outcome::Flagged,
        Err(_) => Outcome::Failed,
    }
}
