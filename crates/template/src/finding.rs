//! What a check of a template returns: findings, notes, or the reason why the file was not checked.

use std::collections::HashMap;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::tree::{Node, Position};

/// Notes on one file. A template has a handful; a hostile file could have millions.
const MAX_NOTES: usize = 100;

/// An access key that a template creates together with the console user that it is for.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The position of the access key.
    #[serde(flatten, serialize_with = "place")]
    pub at: Option<Position>,
    /// The logical ID or the address of the access key.
    pub access_key: String,
    /// The logical ID or the address of the user.
    pub user: String,
    /// The name of the user, if the template says it.
    pub user_name: Option<String>,
    /// The address of the login profile, where it is a resource of its own.
    pub login_profile: Option<String>,
    /// The conditions under which both exist, such as `IsProd` and `not IsDev`.
    pub conditions: Vec<String>,
    /// The path of the access key in a CDK application.
    pub construct_path: Option<String>,
    /// Why it does not count, if it does not.
    pub suppressed: Option<Suppression>,
}

/// Why a finding does not count for the exit code.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Suppression {
    /// Where it was suppressed.
    pub by: SuppressedBy,
    /// The reason that was given.
    pub reason: String,
}

/// Where a finding was suppressed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuppressedBy {
    /// In the template, by a comment or by `Metadata`.
    Template,
    /// In the baseline file.
    Baseline,
}

impl Finding {
    /// Says why it is a finding.
    pub(crate) fn reason(&self) -> String {
        let name = self.user_name.as_ref().map_or(String::new(), |name| format!(" (`{name}`)"));
        let login_profile = self.login_profile.as_deref().unwrap_or("its LoginProfile");
        let conditions = match self.conditions.as_slice() {
            [] => String::new(),
            conditions => format!(" under {}", conditions.join(" and ")),
        };
        let path = self.construct_path.as_ref().map_or(String::new(), |path| format!(" [{path}]"));
        format!(
            "access key of the console user {}{name}, created together with the user and {login_profile}{conditions}{path}",
            self.user
        )
    }
}

/// Something that is not a finding: above all, what was not checked.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Note {
    /// The position, if there is one.
    #[serde(flatten, serialize_with = "place")]
    pub at: Option<Position>,
    /// The message, in one line.
    pub message: String,
}

impl Note {
    /// A note on a place.
    pub(crate) fn at(at: impl Into<Option<Position>>, message: impl Into<String>) -> Self {
        Self { at: at.into(), message: message.into() }
    }
}

/// The notes on a file, bounded.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<Note>);

impl Notes {
    /// Adds a note; after the last one that fits, one that says so.
    pub(crate) fn push(&mut self, note: Note) {
        match self.0.len() {
            len if len < MAX_NOTES => self.0.push(note),
            MAX_NOTES => self.0.push(Note::at(None, format!("only the first {MAX_NOTES} notes are listed"))),
            _ => {}
        }
    }
}

/// What a template contains.
#[derive(Debug, Default)]
pub struct Seen {
    /// The access keys that are created together with their console user.
    pub findings: Vec<Finding>,
    /// The notes.
    pub notes: Vec<Note>,
}

impl Seen {
    /// What was found, in the order of the file.
    pub(crate) fn new(mut findings: Vec<Finding>, Notes(mut notes): Notes) -> Self {
        let place = |at: Option<Position>| (at.is_none(), at.map(|at| (at.line, at.column)));
        findings.sort_by_key(|finding| place(finding.at));
        notes.sort_by_key(|note| place(note.at));
        Self { findings, notes }
    }
}

/// Why a file was not checked.
#[derive(Debug, Eq, PartialEq)]
pub struct TemplateError {
    /// Whether the file was read and is of another kind, as most files of a repository are.
    pub is_other_file: bool,
    /// The position, if the reason has one.
    pub at: Option<Position>,
    /// The reason, in one line.
    pub reason: String,
}

impl TemplateError {
    /// A file that may be a template, but cannot be checked.
    pub(crate) fn invalid(at: impl Into<Option<Position>>, reason: impl Into<String>) -> Self {
        Self { is_other_file: false, at: at.into(), reason: reason.into() }
    }

    /// A file of another kind.
    pub(crate) fn no_template(at: impl Into<Option<Position>>, reason: impl Into<String>) -> Self {
        Self { is_other_file: true, ..Self::invalid(at, reason) }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// The comments `# setupkey:ignore REASON` of a text, by line.
#[derive(Debug, Default)]
pub(crate) struct IgnoreComments<'t>(HashMap<u32, &'t str>);

impl<'t> IgnoreComments<'t> {
    /// Finds the comments.
    pub(crate) fn of(text: &'t str) -> Self {
        let comment = |(line, text): (u32, &'t str)| {
            let comment = text.trim().strip_prefix('#')?.trim_start().strip_prefix("setupkey:ignore")?;
            Some((line, comment))
        };
        Self((1..).zip(text.lines()).filter_map(comment).collect())
    }

    /// The reason for which a resource is suppressed in its template: `Metadata: {setupkey: {ignore: REASON}}`, or a
    /// comment on the line before it. Without a reason there is a note, and nothing is suppressed.
    pub(crate) fn suppression(&self, id: &str, resource: &Node, notes: &mut Notes) -> Option<Suppression> {
        let metadata = resource.path(&["Metadata", "setupkey", "ignore"]);
        let comment = self.0.get(&resource.at.line.saturating_sub(1)).copied();
        let reason = metadata.map(|reason| reason.text().unwrap_or_default()).or(comment)?.trim();
        if !reason.contains(char::is_alphanumeric) {
            let message = format!("`{id}` is not ignored: `setupkey:ignore` needs a reason after it");
            notes.push(Note::at(resource.at, message));
            return None;
        }
        Some(Suppression { by: SuppressedBy::Template, reason: reason.to_owned() })
    }
}

/// Writes a position as `line` and `column`, null where there is none.
fn place<S: Serializer>(at: &Option<Position>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Place {
        line: Option<u32>,
        column: Option<u32>,
    }
    Place { line: at.map(|at| at.line), column: at.map(|at| at.column) }.serialize(serializer)
}
