//! The rows of a credential report, one after the other. What is made of them is in the parent.

use csv::{Reader, ReaderBuilder, StringRecord};

use super::columns::{Columns, Fields};
use super::{ReportError, ReportRow};

/// The root user's row (IAM user guide, credential reports).
const ROOT: &str = "<root_account>";

/// Reads a report row by row; no more than one row is held.
#[derive(Debug)]
pub struct Rows<'a> {
    reader: Reader<&'a [u8]>,
    columns: Columns,
    // how many columns there are
    width: usize,
    record: StringRecord,
    read: usize,
    // how long the text is that has no newline at its end: its last row may be cut
    unended: Option<u64>,
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
        // a row's length is checked here, where the error can say which row
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(content);
        let header = reader.headers().map_err(|error| ReportError::Csv(error.to_string()))?;
        let (columns, width) = (Columns::find(header)?, header.len());
        let unended = (!content.ends_with(b"\n")).then_some(content.len() as u64);
        Ok(Self { reader, columns, width, record: StringRecord::new(), read: 0, unended })
    }

    /// The row of the next IAM user; the root user is none.
    ///
    /// # Errors
    ///
    /// It is no CSV, or cut.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, ReportError> {
        loop {
            let read = self.reader.read_record(&mut self.record);
            if !read.map_err(|error| ReportError::Csv(error.to_string()))? {
                return Ok(None);
            }
            if self.record.len() == 1 && self.record.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            self.read += 1;
            let (row, fields) = (self.read, self.record.len());
            if fields != self.width {
                return Err(ReportError::Fields { row, fields, columns: self.width });
            }
            let fields = Fields { row, record: &self.record };
            if self.unended == Some(self.reader.position().byte())
                && let Some(column) = self.columns.last_of_a_row
            {
                fields.optional_time(column)?;
            }
            if fields.text(self.columns.user)? != ROOT {
                break;
            }
        }
        let fields = Fields { row: self.read, record: &self.record };
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

    /// Whether the row is whole to its last character: a file can be cut within the last value, where no field is
    /// missing.
    ///
    /// # Errors
    ///
    /// The last value is none that the service writes.
    pub fn is_whole(&self) -> Result<(), ReportError> {
        self.columns.last.map_or(Ok(()), |last| self.fields.optional_time(last).map(drop))
    }

    /// The error of a user who is in the report twice: which row is right cannot be told.
    #[must_use]
    pub fn twice(&self) -> ReportError {
        self.fields.unaccepted(self.columns.arn, "one row for each user")
    }
}
