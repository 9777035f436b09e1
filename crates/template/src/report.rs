//! What was seen in all files, and what counts for the exit code.

use serde::Serialize;

use crate::baseline::Baseline;
use crate::error::TemplateError;
use crate::finding::{Finding, Note, Seen};

/// A file, and what it contains.
#[derive(Debug)]
pub struct Checked {
    /// The path; `-` is standard input.
    pub file: String,
    /// What it contains, or why it was not checked.
    pub seen: Result<Seen, TemplateError>,
}

/// What was seen in all files.
#[derive(Debug, Default)]
pub struct Report {
    /// The files that are templates, and those that could not be checked.
    pub files: Vec<Checked>,
    /// The number of files in folders and globs that are not templates.
    pub passed_over: usize,
}

/// The numbers of a report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    pub(crate) files: usize,
    pub(crate) findings: usize,
    pub(crate) suppressed: usize,
    pub(crate) notes: usize,
    pub(crate) errors: usize,
    pub(crate) passed_over: usize,
}

impl Report {
    /// Suppresses the findings that a baseline contains.
    pub fn suppress(&mut self, baseline: &Baseline) {
        for Checked { file, seen } in &mut self.files {
            for finding in seen.iter_mut().flat_map(|seen| &mut seen.findings) {
                finding.suppressed =
                    finding.suppressed.take().or_else(|| baseline.suppression(file, finding));
            }
        }
    }

    /// Whether there is a finding that is not suppressed.
    pub fn has_findings(&self) -> bool {
        self.summary().findings > 0
    }

    /// Whether there is a note.
    pub fn has_notes(&self) -> bool {
        self.summary().notes > 0
    }

    /// Whether a file could not be checked.
    pub fn has_errors(&self) -> bool {
        self.summary().errors > 0
    }

    pub(crate) fn findings(&self) -> impl Iterator<Item = (&str, &Finding)> {
        self.seen().flat_map(|(file, seen)| seen.findings.iter().map(move |finding| (file, finding)))
    }

    pub(crate) fn notes(&self) -> impl Iterator<Item = (&str, &Note)> {
        self.seen().flat_map(|(file, seen)| seen.notes.iter().map(move |note| (file, note)))
    }

    pub(crate) fn errors(&self) -> impl Iterator<Item = (&str, &TemplateError)> {
        self.files.iter().filter_map(|checked| Some((checked.file.as_str(), checked.seen.as_ref().err()?)))
    }

    fn seen(&self) -> impl Iterator<Item = (&str, &Seen)> {
        self.files.iter().filter_map(|checked| Some((checked.file.as_str(), checked.seen.as_ref().ok()?)))
    }

    pub(crate) fn summary(&self) -> Summary {
        let suppressed = self.findings().filter(|(_, finding)| finding.suppressed.is_some()).count();
        Summary {
            files: self.files.len(),
            findings: self.findings().count() - suppressed,
            suppressed,
            notes: self.notes().count(),
            errors: self.errors().count(),
            passed_over: self.passed_over,
        }
    }
}
