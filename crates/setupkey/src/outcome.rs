//! How a command ended, and its exit code.

use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::text::visible;

/// How a command ended; of two, the later one in this order counts.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Outcome {
    /// Nothing was flagged: exit code 0.
    #[default]
    NothingFlagged,
    /// Something was flagged: exit code 1.
    Flagged,
    /// An error, or not everything could be looked at: exit code 2.
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

/// Says on standard error why a command failed, in one line.
pub(crate) fn failed(error: impl fmt::Display) -> Outcome {
    say("error", error);
    Outcome::Failed
}

/// Says something on standard error, in one line. Nobody has to listen.
pub(crate) fn say(kind: &str, what: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{kind}: {}", visible(&what.to_string()));
}

/// Writes to standard output; that nobody reads any more is no error.
///
/// # Errors
///
/// It could not be written.
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
    fn what_is_worse_wins() {
        assert_eq!(Outcome::Failed.max(Outcome::Flagged), Outcome::Failed);
        assert_eq!(Outcome::Flagged.max(Outcome::NothingFlagged), Outcome::Flagged);
    }
}
