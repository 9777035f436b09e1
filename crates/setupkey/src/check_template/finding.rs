//! What was found, and how it is shown: a line a finding, or one JSON document.

use std::fmt::Write as _;

use serde::Serialize;

use super::node::{Position, TemplateError};
use crate::outcome::say;
use crate::text::visible;

/// An access key that is made in one go with the console user that it is for.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Finding {
    /// The line of the access key, counted from 1; JSON is read without lines.
    pub(super) line: Option<usize>,
    /// Logical id or address of the access key.
    pub(super) access_key: String,
    /// Logical id or address of the user.
    pub(super) user: String,
    /// The name of the user, if the template tells.
    pub(super) user_name: Option<String>,
    /// What makes it a console user, where that is a resource of its own.
    pub(super) login_profile: Option<String>,
    /// The conditions of the template that the key and the user have, if any.
    pub(super) conditions: Vec<String>,
}

/// What is worth saying but is no finding: above all, what was not looked into.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(super) struct Note {
    /// The line, if it is known.
    pub(super) line: Option<usize>,
    /// What.
    pub(super) message: String,
}

impl Note {
    /// A note about a place.
    pub(super) fn at(at: Option<Position>, message: impl Into<String>) -> Self {
        Self { line: at.map(|at| at.line), message: message.into() }
    }
}

/// What was seen in a template.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) findings: Vec<Finding>,
    pub(super) notes: Vec<Note>,
}

/// A file, and what was seen in it.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) file: String,
    pub(super) seen: Result<Seen, TemplateError>,
}

impl Finding {
    /// Why it is a finding.
    fn reason(&self) -> String {
        let Self { user, user_name, login_profile, conditions, .. } = self;
        let mut reason = format!("access key of the console user {user}");
        if let Some(name) = user_name {
            let _ = write!(reason, " (`{name}`)");
        }
        let login_profile = login_profile.as_deref().unwrap_or("its LoginProfile");
        let _ = write!(reason, ", made in one go with the user and {login_profile}");
        if !conditions.is_empty() {
            let _ = write!(reason, " under {}", conditions.join(" and "));
        }
        reason
    }
}

/// A place in a file, as compilers write it.
fn place(file: &str, line: Option<usize>, column: Option<usize>) -> String {
    let numbers = [line, column].into_iter().flatten();
    numbers.fold(visible(file).into_owned(), |place, number| format!("{place}:{number}"))
}

/// The findings, a line each.
pub(super) fn lines(checked: &[Checked]) -> String {
    let mut lines = String::new();
    for Checked { file, seen } in checked {
        for finding in seen.iter().flat_map(|seen| &seen.findings) {
            let place = place(file, finding.line, None);
            let _ =
                writeln!(lines, "{place}: {}: {}", visible(&finding.access_key), visible(&finding.reason()));
        }
    }
    lines
}

/// What standard error is told beside the findings: notes, why files were not looked at, and the summary.
pub(super) fn say_notes_and_summary(checked: &[Checked]) {
    for Checked { file, seen } in checked {
        for note in seen.iter().flat_map(|seen| &seen.notes) {
            say("note", format!("{}: {}", place(file, note.line, None), note.message));
        }
    }
    say_errors(checked);
    let Summary { files, findings, errors } = Summary::of(checked);
    let number = |number: usize, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
    let found = number(findings, "access key");
    let not_looked_at = match errors {
        0 => String::new(),
        errors => format!("; {} not looked at", number(errors, "file")),
    };
    let files = number(files, "file");
    say("summary", format!("{found} made in one go with a console user, in {files}{not_looked_at}"));
}

/// Why files were not looked at, a line each.
pub(super) fn say_errors(checked: &[Checked]) {
    for Checked { file, seen } in checked {
        if let Err(error) = seen {
            let place = place(file, error.at.map(|at| at.line), error.at.map(|at| at.column));
            say("error", format!("{place}: {}", error.reason));
        }
    }
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    findings: usize,
    errors: usize,
}

impl Summary {
    fn of(checked: &[Checked]) -> Self {
        let seen = checked.iter().filter_map(|checked| checked.seen.as_ref().ok());
        Self {
            files: checked.len(),
            findings: seen.map(|seen| seen.findings.len()).sum(),
            errors: checked.iter().filter(|checked| checked.seen.is_err()).count(),
        }
    }
}

/// One JSON document.
///
/// # Errors
///
/// None: memory takes what is written.
pub(super) fn json(checked: &[Checked]) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Document<'a> {
        version: &'a str,
        files: Vec<File<'a>>,
        summary: Summary,
    }
    #[derive(Serialize)]
    struct File<'a> {
        file: &'a str,
        findings: &'a [Finding],
        notes: &'a [Note],
        error: Option<Failure<'a>>,
    }
    #[derive(Serialize)]
    struct Failure<'a> {
        line: Option<usize>,
        column: Option<usize>,
        message: &'a str,
    }
    let files = checked.iter().map(|Checked { file, seen }| {
        let (findings, notes) =
            seen.as_ref().map_or((&[][..], &[][..]), |seen| (&seen.findings, &seen.notes));
        let error = seen.as_ref().err().map(|error| Failure {
            line: error.at.map(|at| at.line),
            column: error.at.map(|at| at.column),
            message: &error.reason,
        });
        File { file, findings, notes, error }
    });
    let summary = Summary::of(checked);
    let document = Document { version: env!("CARGO_PKG_VERSION"), files: files.collect(), summary };
    serde_json::to_string_pretty(&document).map(|document| document + "\n")
}
