//! The credential report: a source of facts that costs two calls for a whole account.
//!
//! Its text becomes rows here, and here it is said which row may be believed about which user. What follows from a
//! row is decided in [`decision`](crate::decision).

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use csv::{ReaderBuilder, StringRecord};
use serde::Deserialize;

use crate::iam::{AccessKeyStatus, IamUser, LastUsed, UserName};
use crate::input::{self, InvalidInput};
use crate::parameters::RuleParameters;

/// Rows are read over minutes before the report is ready, so a row says only what was true this long before that.
const ROWS_READ_WITHIN: TimeDelta = TimeDelta::minutes(15);

/// The root user's row (IAM user guide, credential reports).
const ROOT: &str = "<root_account>";

/// A value of the report, or why there is none; the four are different facts (IAM user guide, credential reports).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReportField<T> {
    /// The value.
    Value(T),
    /// `N/A`: there is nothing that could have a value.
    NotApplicable,
    /// `no_information`, or no such column: the value was never recorded.
    NoInformation,
    /// `not_supported`: not for this kind of user.
    NotSupported,
}

impl<T> ReportField<T> {
    /// The value, where there is one.
    #[must_use]
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// One of the two access keys that a row has room for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReportedKey {
    /// `access_key_N_active`.
    pub active: bool,
    /// `access_key_N_last_rotated`: when the key was created or last changed.
    pub last_rotated: ReportField<DateTime<Utc>>,
    /// `access_key_N_last_used_date`.
    pub last_used_date: ReportField<DateTime<Utc>>,
}

impl ReportedKey {
    /// Whether there is a key in this slot.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.active || self.last_rotated.value().is_some() || self.last_used_date.value().is_some()
    }

    /// The status at the time of the report: a report does not tell inactive and expired keys apart.
    #[must_use]
    pub fn status(&self) -> AccessKeyStatus {
        if self.active { AccessKeyStatus::Active } else { AccessKeyStatus::Inactive }
    }

    /// The last use at the time of the report.
    #[must_use]
    pub fn last_used(&self) -> Option<LastUsed> {
        match self.last_used_date {
            ReportField::Value(date) => Some(LastUsed::At(date)),
            ReportField::NotApplicable => Some(LastUsed::Never),
            ReportField::NoInformation | ReportField::NotSupported => None,
        }
    }
}

/// What the report says about one user.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReportRow {
    /// `user_creation_time`, in whole seconds.
    pub user_created: DateTime<Utc>,
    /// `password_enabled`.
    pub password_enabled: ReportField<bool>,
    /// `password_last_changed`, where there is a time; it does not affect the decision.
    pub password_last_changed: Option<DateTime<Utc>>,
    /// `password_last_used`, where there is a time; it does not affect the decision.
    pub password_last_used: Option<DateTime<Utc>>,
    /// The two slots, in no order of age.
    pub keys: [ReportedKey; 2],
    /// Whether `additional_credentials_info` says something: there are keys that have no slot.
    pub has_additional_credentials: bool,
}

impl ReportRow {
    /// The slots that hold a key.
    pub fn taken_keys(&self) -> impl Iterator<Item = &ReportedKey> {
        self.keys.iter().filter(|key| key.is_taken())
    }
}

/// How old a report is, and so what may be taken from it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReportAge {
    /// Started for this run: as current as reading user after user.
    Fresh,
    /// From before this run: only what cannot have changed since.
    Older,
}

/// A credential report.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CredentialReport {
    generated: DateTime<Utc>,
    age: ReportAge,
    rows: BTreeMap<String, ReportRow>,
}

/// What a report says about a user for whom it may be believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reported {
    /// The row.
    pub row: ReportRow,
    /// How old the report is.
    pub age: ReportAge,
    /// The row shows every key that was created by then and that has a slot.
    pub shows_keys_until: DateTime<Utc>,
}

impl CredentialReport {
    /// Reads the content of GetCredentialReport. Times end in `Z` or, in reports from before July 2024, in `+00:00`.
    ///
    /// # Errors
    ///
    /// The content is no such report. Nothing of it can be believed then.
    pub fn parse(content: &[u8], generated: DateTime<Utc>, age: ReportAge) -> Result<Self, InvalidInput> {
        let mut given = Rows::read(content)?;
        let mut rows = BTreeMap::new();
        while let Some((_, arn, row)) = given.next_row()? {
            if rows.insert(arn.clone(), row).is_some() {
                return Err(given.refused("arn", &arn, "one row for each user"));
            }
        }
        Ok(Self { generated, age, rows })
    }

    /// When the report was generated.
    #[must_use]
    pub fn generated(&self) -> DateTime<Utc> {
        self.generated
    }

    /// How old the report is.
    #[must_use]
    pub fn age(&self) -> ReportAge {
        self.age
    }

    /// The number of users in it.
    #[must_use]
    pub fn users(&self) -> usize {
        self.rows.len()
    }

    /// Returns what the report says about a user, or `None` if it may not be believed about this one: ARN and
    /// creation time must be the user's (a name can be given again), and the setup window must have closed well
    /// before the rows were read.
    #[must_use]
    pub fn reported(&self, user: &IamUser, parameters: &RuleParameters) -> Option<Reported> {
        let row = *self.rows.get(&user.arn)?;
        let shows_keys_until = self.generated - ROWS_READ_WITHIN;
        let window_closed = user.create_date + parameters.setup_window <= shows_keys_until;
        let is_of_user = row.user_created == user.create_date && window_closed;
        is_of_user.then_some(Reported { row, age: self.age, shows_keys_until })
    }
}

/// Reads a report row by row and holds no more than one row.
#[derive(Debug)]
pub struct Rows<'a> {
    reader: csv::Reader<&'a [u8]>,
    header: StringRecord,
    record: StringRecord,
    rows_read: usize,
    length: u64,
    // the text does not end in a newline, so its last row may be cut
    may_be_cut: bool,
}

/// The columns of a row by their names; unknown columns are passed over.
#[derive(Deserialize)]
struct Columns<'a> {
    user: &'a str,
    arn: &'a str,
    user_creation_time: &'a str,
    password_enabled: &'a str,
    password_last_changed: Option<&'a str>,
    password_last_used: Option<&'a str>,
    access_key_1_active: &'a str,
    access_key_1_last_rotated: &'a str,
    // reports from before April 2015 have no last use
    access_key_1_last_used_date: Option<&'a str>,
    access_key_2_active: &'a str,
    access_key_2_last_rotated: &'a str,
    access_key_2_last_used_date: Option<&'a str>,
    additional_credentials_info: Option<&'a str>,
}

impl<'a> Rows<'a> {
    /// Reads the header. A byte order mark, CRLF and blank lines make no difference.
    ///
    /// # Errors
    ///
    /// It is no CSV, or a column that the rule needs is missing or there twice.
    pub fn read(content: &'a [u8]) -> Result<Self, InvalidInput> {
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
        // a row's length is checked here, where the error can say which row it is
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(content);
        let mut rows = Self {
            reader,
            header: StringRecord::new(),
            record: StringRecord::new(),
            rows_read: 0,
            length: content.len() as u64,
            may_be_cut: !content.ends_with(b"\n"),
        };
        rows.advance()?;
        rows.header = std::mem::take(&mut rows.record);
        if let Some(name) = rows.header.iter().find(|name| name.contains(['\n', '\r'])) {
            return Err(InvalidInput::new("header", name, UNCLOSED).at("credential report"));
        }
        if let Err(error) = rows.header.deserialize::<Columns<'_>>(Some(&rows.header)) {
            let reason = match error.kind() {
                csv::ErrorKind::Deserialize { err, .. } => err.kind().to_string(),
                _ => error.to_string(),
            };
            let header = rows.header.iter().collect::<Vec<_>>().join(",");
            let expected = format!("the columns of a credential report: {reason}");
            return Err(InvalidInput::new("header", &header, expected).at("credential report"));
        }
        Ok(rows)
    }

    /// Reads the row of the next IAM user, with the user's name and ARN; the root user is passed over.
    ///
    /// # Errors
    ///
    /// It is no CSV, the row is cut, or a value is not accepted.
    pub fn next_row(&mut self) -> Result<Option<(UserName, String, ReportRow)>, InvalidInput> {
        loop {
            if !self.advance()? {
                return Ok(None);
            }
            self.rows_read += 1;
            self.check_shape()?;
            let columns: Columns<'_> =
                self.record.deserialize(Some(&self.header)).map_err(|e| not_csv(&e))?;
            if columns.user != ROOT {
                let name =
                    UserName::parse(columns.user).map_err(|error| error.of("user").at(self.place()))?;
                return Ok(Some((name, columns.arn.to_owned(), self.row(&columns)?)));
            }
        }
    }

    /// The number of rows that were read, the root user's included.
    #[must_use]
    pub fn rows_read(&self) -> usize {
        self.rows_read
    }

    /// The error about a column of the row that was read last.
    fn refused(&self, column: &str, value: &str, expected: &str) -> InvalidInput {
        InvalidInput::new(column, value, expected).at(self.place())
    }

    fn place(&self) -> String {
        format!("row {} of the credential report", self.rows_read)
    }

    /// Goes to the next record that is not blank; `false` at the end.
    fn advance(&mut self) -> Result<bool, InvalidInput> {
        let is_blank = |text: &str| text.bytes().all(|byte| byte == b' ' || byte == b'\t');
        loop {
            if !self.reader.read_record(&mut self.record).map_err(|error| not_csv(&error))? {
                return Ok(false);
            }
            if self.record.len() > 1 || !self.record.iter().all(is_blank) {
                return Ok(true);
            }
        }
    }

    /// Refuses a row that is cut, or that swallowed the rows after it.
    fn check_shape(&self) -> Result<(), InvalidInput> {
        let (fields, columns) = (self.record.len(), self.header.len());
        if fields != columns {
            return Err(self.refused("fields", &fields.to_string(), &columns.to_string()));
        }
        for (column, field) in self.header.iter().zip(&self.record) {
            if field.contains(['\n', '\r']) {
                return Err(self.refused(column, field, UNCLOSED));
            }
        }
        const LAST: &str = "cert_2_last_rotated";
        let is_last = self.may_be_cut && self.reader.position().byte() == self.length;
        if is_last && self.header.iter().next_back() == Some(LAST) {
            self.field(LAST, self.record.iter().next_back(), input::time, TIME)?;
        }
        Ok(())
    }

    fn row(&self, columns: &Columns<'_>) -> Result<ReportRow, InvalidInput> {
        let key = |active: (&str, &str), last_rotated: (&str, &str), last_used_date: (&str, Option<&str>)| {
            let is_active = self.field(active.0, Some(active.1), boolean, BOOLEAN)?;
            Ok(ReportedKey {
                active: is_active
                    .value()
                    .ok_or_else(|| self.refused(active.0, active.1, "`true` or `false`"))?,
                last_rotated: self.field(last_rotated.0, Some(last_rotated.1), input::time, TIME)?,
                last_used_date: self.field(last_used_date.0, last_used_date.1, input::time, TIME)?,
            })
        };
        let created = columns.user_creation_time;
        Ok(ReportRow {
            user_created: input::time(created)
                .ok_or_else(|| self.refused("user_creation_time", created, input::TIME))?,
            password_enabled: self.field(
                "password_enabled",
                Some(columns.password_enabled),
                boolean,
                BOOLEAN,
            )?,
            // a value that does not affect the decision does not refuse a report
            password_last_changed: columns.password_last_changed.and_then(input::time),
            password_last_used: columns.password_last_used.and_then(input::time),
            keys: [
                key(
                    ("access_key_1_active", columns.access_key_1_active),
                    ("access_key_1_last_rotated", columns.access_key_1_last_rotated),
                    ("access_key_1_last_used_date", columns.access_key_1_last_used_date),
                )?,
                key(
                    ("access_key_2_active", columns.access_key_2_active),
                    ("access_key_2_last_rotated", columns.access_key_2_last_rotated),
                    ("access_key_2_last_used_date", columns.access_key_2_last_used_date),
                )?,
            ],
            has_additional_credentials: columns.additional_credentials_info.is_some_and(|info| info != "N/A"),
        })
    }

    fn field<T>(
        &self,
        column: &str,
        text: Option<&str>,
        parse: fn(&str) -> Option<T>,
        expected: &str,
    ) -> Result<ReportField<T>, InvalidInput> {
        let has_column = || self.header.iter().any(|name| name == column);
        match text {
            Some("N/A") => Ok(ReportField::NotApplicable),
            Some("no_information") => Ok(ReportField::NoInformation),
            Some("not_supported") => Ok(ReportField::NotSupported),
            None if !has_column() => Ok(ReportField::NoInformation),
            text => {
                let text = text.unwrap_or_default();
                parse(text).map(ReportField::Value).ok_or_else(|| self.refused(column, text, expected))
            }
        }
    }
}

const UNCLOSED: &str = "a value without a line break: a quote is not closed";
const TIME: &str = "an RFC 3339 time, `N/A`, `no_information` or `not_supported`";
const BOOLEAN: &str = "`true`, `false`, `N/A`, `no_information` or `not_supported`";

fn boolean(text: &str) -> Option<bool> {
    // the guide writes them in capitals, the service does not
    match text {
        text if text.eq_ignore_ascii_case("true") => Some(true),
        text if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn not_csv(error: &csv::Error) -> InvalidInput {
    InvalidInput::new("credential report", &error.to_string(), "CSV in UTF-8")
}

#[cfg(test)]
mod tests;
