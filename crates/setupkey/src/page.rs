//! `--format html`: one file that shows an audit, with nothing loaded from anywhere.

use std::io::{self, Write};

use crate::audit::model::Audit;

/// Writes the page.
pub(crate) fn write(_audit: &Audit, _out: &mut dyn Write) -> io::Result<()> {
    Err(io::Error::other("not there yet"))
}
