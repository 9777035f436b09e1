//! `setupkey check-template`: the arguments, and how the command ends. Not here: the check, `crates/template`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use setupkey_template::{Baseline, Report};

use crate::outcome::{self, Outcome, say};
use crate::text::visible;

/// The arguments of `check-template`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files, folders or globs: CloudFormation and SAM templates (YAML, JSON), Terraform plans (JSON); `-` is standard
    /// input. Files of a folder that are not templates are passed over, as is what `.gitignore` names
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Output format: a line per finding, one JSON document (schemas/check-template.schema.json), SARIF 2.1.0, or
    /// annotations of GitHub Actions
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Suppress the findings of an earlier run: a file that `--format json` printed
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Exit with 2 if there are notes: something was not checked
    #[arg(long)]
    strict: bool,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
    Sarif,
    Github,
}

/// Checks the templates.
pub(crate) fn run(args: &Args) -> Outcome {
    let baseline = match args.baseline.as_deref().map(baseline).transpose() {
        Ok(baseline) => baseline,
        Err(error) => return outcome::failed(error),
    };
    let mut report = setupkey_template::check_all(&args.paths);
    if let Some(baseline) = baseline {
        report.suppress(&baseline);
    }
    let lines = |lines: Vec<String>| lines.iter().map(|line| format!("{}\n", visible(line))).collect();
    let printed: String = match args.format {
        Format::Text => lines(report.lines()),
        Format::Json => report.json(),
        Format::Sarif => report.sarif(),
        Format::Github => lines(report.github_lines()),
    };
    let messages = if args.format == Format::Text { report.messages() } else { report.error_messages() };
    let printed = outcome::print(printed.as_bytes());
    for (kind, message) in messages {
        say(kind, message);
    }
    match printed {
        Ok(()) => ended(&report, args.strict),
        Err(error) => outcome::failed(format!("cannot write the result: {error}")),
    }
}

fn baseline(file: &Path) -> Result<Baseline, String> {
    let document = fs::read_to_string(file)
        .map_err(|error| format!("cannot read the baseline {}: {error}", file.display()))?;
    Baseline::parse(&document).map_err(|error| {
        format!(
            "the baseline {} is not a document of `check-template --format json`: {error}",
            file.display()
        )
    })
}

fn ended(report: &Report, strict: bool) -> Outcome {
    if report.has_errors() || strict && report.has_notes() {
        Outcome::Failed
    } else if report.has_findings() {
        Outcome::Flagged
    } else {
        Outcome::NothingFlagged
    }
}
