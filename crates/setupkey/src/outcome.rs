//! How a command ended, and its exit code.

use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;

use setupkey_aws::SessionError;

use crate::text::visible;

/// How a command ended. Of two outcomes, the later one in this order counts.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Outcome {
    /// Nothing was flagged: exit code 0.
    #[default]
    NothingFlagged,
    /// Something was flagged: exit code 1.
    Flagged,
    /// An error, or not everything could be read: exit code 2.
    Failed,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::NothingFlagged => Self::SUCCESS,
            Outcome::Flagged => Self::from(1),
            Outcome::Failed => Self::from(2),
        }
    }
}

/// Why a command could not do its work, in one line, and what to do about it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Failure {
    pub(crate) error: String,
    pub(crate) hint: Option<String>,
}

impl From<String> for Failure {
    fn from(error: String) -> Self {
        Self { error, hint: None }
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        Self { error: error.reason, hint: error.hint }
    }
}

impl Failure {
    /// Says on standard error why the command failed.
    pub(crate) fn said(self) -> Outcome {
        let outcome = failed(self.error);
        if let Some(hint) = self.hint {
            say("hint", hint);
        }
        outcome
    }
}

/// Says on standard error why a command failed, in one line.
pub(crate) fn failed(error: impl fmt::Display) -> Outcome {
    say("error", error);
    Outcome::Failed
}

/// Says something on standard error, in one line. It is not an error if nothing reads it.
pub(crate) fn say(kind: &str, what: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{kind}: {}", visible(&what.to_string()));
}

/// Writes to standard output. A reader that has gone is not an error.
///
/// # Errors
///
/// The text could not be written.
pub(crate) fn print(text: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_outcome_wins() {
        assert_eq!(Outcome::Failed.max(Outcome::Flagged), Outcome::Failed);
        assert_eq!(Outcome::Flagged.max(Outcome::NothingFlagged), Outcome::Flagged);
    }
}
