//! The rows of a credential report, one after the other. What is made of them is in the parent.

use super::columns::{Columns, Fields};
use super::record::Records;
use super::{ReportError, ReportRow};

/// The root user's row (IAM user guide, credential reports).
const ROOT: &str = "<root_account>";

/// Reads a report row by row; no more than one row is held.
#[derive(Debug)]
pub struct Rows<'a> {
    records: Records<'a>,
    columns: Columns,
    // how many columns there are
    width: usize,
    read: usize,
    // whether the text has no newline at its end: its last row may be cut
    unended: bool,
}

/// The row of one IAM user.
#[derive(Debug)]
pub struct Row<'a> {
    fields: Fields<'a>,
    columns: &'a Columns,
}

impl<'a> Rows<'a> {
    /// Reads the header. A byte order mark, CRLF and blank lines make no difference; columns go by their names,
    /// and unknown ones are passed over.
    ///
    /// # Errors
    ///
    /// It is no CSV, or a column that the rule needs is missing or there twice.
    pub fn read(content: &'a [u8]) -> Result<Self, ReportError> {
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
        let mut records = Records::of(content);
        records.advance()?;
        let (columns, width) = (Columns::find(records.record())?, records.record().len());
        Ok(Self { records, columns, width, read: 0, unended: !content.ends_with(b"\n") })
    }

    /// The row of the next IAM user; the root user is none.
    ///
    /// # Errors
    ///
    /// It is no CSV, or cut.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, ReportError> {
        loop {
            if !self.records.advance()? {
                return Ok(None);
            }
            self.read += 1;
            let (row, record) = (self.read, self.records.record());
            if record.len() != self.width {
                return Err(ReportError::Fields { row, fields: record.len(), columns: self.width });
            }
            let fields = Fields { row, record };
            if self.unended
                && let Some(column) = self.columns.last_of_a_row
                && self.records.is_last()
            {
                fields.optional_time(column)?;
            }
            if fields.text(self.columns.user)? != ROOT {
                break;
            }
        }
        let fields = Fields { row: self.read, record: self.records.record() };
        Ok(Some(Row { fields, columns: &self.columns }))
    }

    /// How many rows were read, that of the root user included.
    #[must_use]
    pub fn rows_read(&self) -> usize {
        self.read
    }
}

impl Row<'_> {
    /// The name of the user, as the report gives it.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn user(&self) -> Result<&str, ReportError> {
        self.fields.text(self.columns.user)
    }

    /// The ARN of the user, as the report gives it.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn arn(&self) -> Result<&str, ReportError> {
        self.fields.text(self.columns.arn)
    }

    /// What the decision needs.
    ///
    /// # Errors
    ///
    /// A value is not accepted.
    pub fn facts(&self) -> Result<ReportRow, ReportError> {
        let (fields, columns) = (&self.fields, self.columns);
        // a report is not refused for what nothing is decided by
        let time = |column: Option<_>| column.and_then(|column| fields.optional_time(column).ok()?.value());
        Ok(ReportRow {
            user_created: fields.time(columns.user_creation_time)?,
            password_enabled: fields.optional_bool(columns.password_enabled)?,
            password_last_changed: time(columns.password_last_changed),
            password_last_used: time(columns.password_last_used),
            keys: [fields.key(columns.keys[0])?, fields.key(columns.keys[1])?],
            has_additional_credentials: columns
                .additional_credentials_info
                .is_some_and(|column| !matches!(fields.raw(column), "" | "N/A")),
        })
    }

    /// The error of a user who is in the report twice: which row is right cannot be told.
    #[must_use]
    pub fn twice(&self) -> ReportError {
        self.fields.unaccepted(self.columns.arn, "one row for each user")
    }
}
