//! Why a file is not checked: what is wrong with it, or that it takes too much.

use std::cell::Cell;
use std::fmt;

use crate::tree::Position;

/// Bytes of a reason. It may quote the file, which may be one long text.
const MAX_REASON: usize = 1_000;

/// Why a file was not checked.
#[derive(Debug, Eq, PartialEq)]
pub struct TemplateError {
    /// Whether the file was read and is of another kind, as most files of a repository are.
    pub is_other_file: bool,
    /// Whether checking it would take more memory or work than a file may. In a folder, too, that is an error.
    pub takes_too_much: bool,
    /// The position, if the reason has one.
    pub at: Option<Position>,
    /// The reason, in one line.
    pub reason: String,
}

impl TemplateError {
    /// A file that may be a template, but cannot be checked.
    pub(crate) fn invalid(at: impl Into<Option<Position>>, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        if reason.len() > MAX_REASON {
            reason.truncate(reason.floor_char_boundary(MAX_REASON));
            reason.push('…');
        }
        Self { is_other_file: false, takes_too_much: false, at: at.into(), reason }
    }

    /// A file of another kind.
    pub(crate) fn no_template(at: impl Into<Option<Position>>, reason: impl Into<String>) -> Self {
        Self { is_other_file: true, ..Self::invalid(at, reason) }
    }

    /// A text that is not JSON.
    pub(crate) fn of_json(error: &serde_json::Error) -> Self {
        let at = (error.line() > 0).then(|| Position::new(error.line(), error.column()));
        let message = error.to_string();
        // the position is shown apart from the reason
        let reason = message.rsplit_once(" at line ").map_or(message.as_str(), |(reason, _)| reason);
        Self::invalid(at, reason.replacen("EOF", "end of file", 1))
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// The bytes that a file may still make the command hold or compare, so that no small file is expensive.
#[derive(Debug)]
pub(crate) struct Budget {
    left: Cell<usize>,
    reason: &'static str,
}

impl Budget {
    /// A budget, and what a file is that exceeds it.
    pub(crate) fn new(bytes: usize, reason: &'static str) -> Self {
        Self { left: Cell::new(bytes), reason }
    }

    /// Takes bytes from the budget.
    ///
    /// # Errors
    /// The budget is exceeded.
    pub(crate) fn charge(&self, bytes: usize) -> Result<(), TemplateError> {
        let left = self.left.get().checked_sub(bytes);
        let exceeded = || TemplateError { takes_too_much: true, ..TemplateError::invalid(None, self.reason) };
        self.left.set(left.ok_or_else(exceeded)?);
        Ok(())
    }
}
