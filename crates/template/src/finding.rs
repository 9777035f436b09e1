//! What a check of a template returns: findings and notes.

use std::collections::HashMap;

use serde::{Serialize, Serializer};

use crate::error::{Budget, TemplateError};
use crate::tree::{Entry, Position};

/// Notes on one file. A template has a handful; a hostile file could have millions.
const MAX_NOTES: usize = 100;

/// Bytes of findings and notes, as they are printed. A template may have 500 resources; a plan has more.
const MAX_FOUND_BYTES: usize = 16 * 1024 * 1024;
const FOUND_BYTES_PER_BYTE: usize = 4;

/// What a finding takes as SARIF, without its texts.
const FINDING_BYTES: usize = 6_000;

/// How often a text is printed, and how much longer it is if all its characters are escaped.
const COPIES: usize = 24;

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

/// What a template contains.
#[derive(Debug, Default)]
pub struct Seen {
    /// The access keys that are created together with their console user.
    pub findings: Vec<Finding>,
    /// The notes.
    pub notes: Vec<Note>,
}

/// What has been found in a file so far. Each finding repeats texts of the file, so together they have a bound.
#[derive(Debug)]
pub(crate) struct Found {
    seen: Seen,
    budget: Budget,
}

impl Found {
    /// Nothing yet, in a file with this text.
    pub(crate) fn in_text(text: &str) -> Self {
        let bytes = MAX_FOUND_BYTES.max(FOUND_BYTES_PER_BYTE * text.len());
        Self { seen: Seen::default(), budget: Budget::new(bytes, "the findings are too large to print") }
    }

    /// Adds a finding.
    ///
    /// # Errors
    /// The findings are too large.
    pub(crate) fn finding(&mut self, finding: Finding) -> Result<(), TemplateError> {
        let suppression = finding.suppressed.as_ref().map_or(0, |suppression| suppression.reason.len());
        let texts = finding.access_key.len() + finding.reason().len() + suppression;
        self.budget.charge(FINDING_BYTES + COPIES * texts)?;
        self.seen.findings.push(finding);
        Ok(())
    }

    /// Adds a note; after the last one that fits, one that says so.
    ///
    /// # Errors
    /// The notes are too large.
    pub(crate) fn note(
        &mut self,
        at: impl Into<Option<Position>>,
        message: String,
    ) -> Result<(), TemplateError> {
        let notes = &mut self.seen.notes;
        let note = match notes.len() {
            len if len < MAX_NOTES => Note { at: at.into(), message },
            MAX_NOTES => Note { at: None, message: format!("only the first {MAX_NOTES} notes are listed") },
            _ => return Ok(()),
        };
        self.budget.charge(COPIES * note.message.len())?;
        notes.push(note);
        Ok(())
    }

    /// What was found, in the order of the file.
    pub(crate) fn in_order(mut self) -> Seen {
        let place = |at: Option<Position>| (at.is_none(), at.map(|at| (at.line, at.column)));
        self.seen.findings.sort_by_key(|finding| place(finding.at));
        self.seen.notes.sort_by_key(|note| place(note.at));
        self.seen
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
    pub(crate) fn suppression(
        &self,
        Entry { key: id, node }: &Entry,
        found: &mut Found,
    ) -> Result<Option<Suppression>, TemplateError> {
        let metadata = node.path(&["Metadata", "setupkey", "ignore"]);
        let comment = self.0.get(&node.at.line.saturating_sub(1)).copied();
        let Some(reason) = metadata.map(|reason| reason.text().unwrap_or_default()).or(comment) else {
            return Ok(None);
        };
        let reason = reason.trim();
        if !reason.contains(char::is_alphanumeric) {
            let message = format!("`{id}` is not ignored: `setupkey:ignore` needs a reason after it");
            return found.note(node.at, message).map(|()| None);
        }
        Ok(Some(Suppression { by: SuppressedBy::Template, reason: reason.to_owned() }))
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
