//! What was found, and how it is shown: a line a finding, or one JSON document.

use std::fmt::Write as _;

use serde::Serialize;

use super::node::{Position, TemplateError};

/// An access key that is made in one go with the console user that it is for.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The line of the access key, counted from 1; JSON is read without lines.
    pub line: Option<usize>,
    /// Logical id or address of the access key.
    pub access_key: String,
    /// Logical id or address of the user.
    pub user: String,
    /// The name of the user, if the template tells.
    pub user_name: Option<String>,
    /// What makes it a console user, where that is a resource of its own.
    pub login_profile: Option<String>,
    /// The conditions of the template that the key and the user have, if any.
    pub conditions: Vec<String>,
}

/// What is worth saying but is no finding: above all, what was not looked into.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Note {
    /// The line, if it is known.
    pub line: Option<usize>,
    /// What.
    pub message: String,
}

impl Note {
    /// A note about a place.
    pub fn at(at: Option<Position>, message: impl Into<String>) -> Self {
        Self { line: at.map(|at| at.line), message: message.into() }
    }
}

/// What was seen in a template.
#[derive(Debug, Default)]
pub struct Seen {
    /// The findings.
    pub findings: Vec<Finding>,
    /// The notes.
    pub notes: Vec<Note>,
}

/// A file, and what was seen in it.
#[derive(Debug)]
pub struct Checked {
    /// The path as it was given.
    pub file: String,
    /// What was seen.
    pub seen: Result<Seen, TemplateError>,
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
    numbers.fold(file.to_owned(), |place, number| format!("{place}:{number}"))
}

/// The findings, a line each; control characters are those of the template.
pub fn lines(checked: &[Checked]) -> Vec<String> {
    let mut lines = Vec::new();
    for Checked { file, seen } in checked {
        for finding in seen.iter().flat_map(|seen| &seen.findings) {
            let place = place(file, finding.line, None);
            lines.push(format!("{place}: {}: {}", finding.access_key, finding.reason()));
        }
    }
    lines
}

/// What standard error is told beside the findings, each with its kind: notes, why files were not looked at, and the
/// summary.
pub fn messages(checked: &[Checked]) -> Vec<(&'static str, String)> {
    let mut messages = Vec::new();
    for Checked { file, seen } in checked {
        for note in seen.iter().flat_map(|seen| &seen.notes) {
            messages.push(("note", format!("{}: {}", place(file, note.line, None), note.message)));
        }
    }
    for Checked { file, seen } in checked {
        if let Err(error) = seen {
            let place = place(file, error.at.map(|at| at.line), error.at.map(|at| at.column));
            messages.push(("error", format!("{place}: {}", error.reason)));
        }
    }
    let Summary { files, findings, errors } = Summary::of(checked);
    let number = |number: usize, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
    let found = number(findings, "access key");
    let not_looked_at = match errors {
        0 => String::new(),
        errors => format!("; {} not looked at", number(errors, "file")),
    };
    let files = number(files, "file");
    messages
        .push(("summary", format!("{found} made in one go with a console user, in {files}{not_looked_at}")));
    messages
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
pub fn json(checked: &[Checked]) -> serde_json::Result<String> {
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
