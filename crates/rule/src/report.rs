//! The credential report: a source of facts that costs two calls for a whole account.
//!
//! Its text becomes rows here, and here it is said which row may be believed about which user. What follows
//! from a row is decided in [`decision`](crate::decision).

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use csv::StringRecord;
use thiserror::Error;

use crate::facts::IamUser;
use crate::parameters::RuleParameters;
use crate::quoted::quoted;

/// Rows are read over minutes before the report is ready, so a row tells of its user's setup only if the
/// window had closed this long before.
const ROWS_READ_WITHIN: TimeDelta = TimeDelta::minutes(15);

/// The root user's row (IAM user guide, credential reports).
const ROOT: &str = "<root_account>";

/// A value of the report, or why there is none; the four are different facts (IAM user guide, credential
/// reports).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReportField<T> {
    /// The value.
    Value(T),
    /// `N/A`: there is nothing that could have one.
    NotApplicable,
    /// `no_information`: it was never recorded.
    NoInformation,
    /// `not_supported`: not for this kind of user.
    NotSupported,
}

impl<T> ReportField<T> {
    /// The value, where there is one.
    pub(crate) fn value(self) -> Option<T> {
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
    /// `access_key_N_last_rotated`: when the key was created or last changed, so it never acquits a key.
    pub last_rotated: ReportField<DateTime<Utc>>,
    /// `access_key_N_last_used_date`.
    pub last_used: ReportField<DateTime<Utc>>,
}

impl ReportedKey {
    /// Whether there is a key in this slot.
    pub(crate) fn is_taken(&self) -> bool {
        self.active || self.last_rotated.value().is_some() || self.last_used.value().is_some()
    }

    /// Whether the key was used; what was used stays used.
    pub(crate) fn is_used(&self) -> bool {
        self.last_used.value().is_some()
    }
}

/// What the report says of one user.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReportRow {
    /// `user_creation_time`, in whole seconds.
    pub user_created: DateTime<Utc>,
    /// `password_enabled`.
    pub password_enabled: ReportField<bool>,
    /// The two slots, in no order of age.
    pub keys: [ReportedKey; 2],
    /// Whether `additional_credentials_info` says something: there are keys that have no slot.
    pub has_additional_credentials: bool,
}

/// How old a report is, and so what may be taken from it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReportAge {
    /// Begun for this run: as current as reading user after user.
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

/// What a report says of a user about whom it may be believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reported {
    pub(crate) row: ReportRow,
    pub(crate) age: ReportAge,
}

/// A report that was not understood.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ReportError {
    /// The text is not CSV.
    #[error("the credential report is not CSV: {0}")]
    Csv(String),
    /// A column that the rule needs is missing, or there twice.
    #[error("the credential report has {count} columns `{column}`, expected one")]
    Column {
        /// The column.
        column: &'static str,
        /// How often it is there.
        count: usize,
    },
    /// A value is not accepted.
    #[error("row {row} of the credential report: `{column}` is `{value}`, expected {expected}")]
    Value {
        /// The row, counted from 1, the header not counted.
        row: usize,
        /// The column.
        column: &'static str,
        /// The value, cut.
        value: String,
        /// What is accepted.
        expected: &'static str,
    },
}

impl CredentialReport {
    /// Reads the content of GetCredentialReport. Times end in `Z` or, in reports from before July 2024, in
    /// `+00:00`. Columns go by their names: unknown ones are passed over.
    ///
    /// # Errors
    ///
    /// The content is no such report. Nothing of it can be believed then.
    pub fn parse(content: &[u8], generated: DateTime<Utc>, age: ReportAge) -> Result<Self, ReportError> {
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
        let mut reader = csv::Reader::from_reader(content);
        let header = reader.headers().map_err(|error| ReportError::Csv(error.to_string()))?.clone();
        let columns = Columns::find(&header)?;
        let mut rows = BTreeMap::new();
        for (position, record) in reader.records().enumerate() {
            let record = record.map_err(|error| ReportError::Csv(error.to_string()))?;
            let fields = Fields { row: position + 1, record: &record };
            if fields.text(columns.user)? == ROOT {
                continue;
            }
            let arn = fields.text(columns.arn)?;
            let row = ReportRow {
                user_created: fields.time(columns.user_creation_time)?,
                password_enabled: fields.optional_bool(columns.password_enabled)?,
                keys: [fields.key(columns.keys[0])?, fields.key(columns.keys[1])?],
                has_additional_credentials: columns
                    .additional_credentials_info
                    .is_some_and(|column| !matches!(fields.raw(column), "" | "N/A")),
            };
            if rows.insert(arn.to_owned(), row).is_some() {
                return Err(fields.unaccepted(columns.arn, "one row for each user"));
            }
        }
        Ok(Self { generated, age, rows })
    }

    /// How old the report is.
    #[must_use]
    pub fn age(&self) -> ReportAge {
        self.age
    }

    /// How many users it tells of.
    #[must_use]
    pub fn users(&self) -> usize {
        self.rows.len()
    }

    /// What the report says of a user; `None` if it may not be believed about this one: ARN and creation time
    /// have to be the user's (a name can be given again), and the setup window has to have closed well before
    /// the rows were read.
    #[must_use]
    pub fn reported(&self, user: &IamUser, parameters: &RuleParameters) -> Option<Reported> {
        let row = *self.rows.get(&user.arn)?;
        let window_closed = user.create_date + parameters.setup_window + ROWS_READ_WITHIN <= self.generated;
        (row.user_created == user.create_date && window_closed).then_some(Reported { row, age: self.age })
    }
}

/// A column: its name and where it is.
#[derive(Clone, Copy)]
struct Column {
    name: &'static str,
    index: usize,
}

#[derive(Clone, Copy)]
struct KeyColumns {
    active: Column,
    last_rotated: Column,
    last_used_date: Column,
}

struct Columns {
    user: Column,
    arn: Column,
    user_creation_time: Column,
    password_enabled: Column,
    keys: [KeyColumns; 2],
    additional_credentials_info: Option<Column>,
}

impl Columns {
    fn find(header: &StringRecord) -> Result<Self, ReportError> {
        let optional = |name| {
            let mut found = header.iter().enumerate().filter(|(_, text)| *text == name);
            match (found.next(), found.count()) {
                (None, _) => Ok(None),
                (Some((index, _)), 0) => Ok(Some(Column { name, index })),
                (_, more) => Err(ReportError::Column { column: name, count: more + 1 }),
            }
        };
        let required = |name| optional(name)?.ok_or(ReportError::Column { column: name, count: 0 });
        Ok(Self {
            user: required("user")?,
            arn: required("arn")?,
            user_creation_time: required("user_creation_time")?,
            password_enabled: required("password_enabled")?,
            keys: [
                KeyColumns {
                    active: required("access_key_1_active")?,
                    last_rotated: required("access_key_1_last_rotated")?,
                    last_used_date: required("access_key_1_last_used_date")?,
                },
                KeyColumns {
                    active: required("access_key_2_active")?,
                    last_rotated: required("access_key_2_last_rotated")?,
                    last_used_date: required("access_key_2_last_used_date")?,
                },
            ],
            additional_credentials_info: optional("additional_credentials_info")?,
        })
    }
}

struct Fields<'a> {
    row: usize,
    record: &'a StringRecord,
}

impl<'a> Fields<'a> {
    fn raw(&self, column: Column) -> &'a str {
        self.record.get(column.index).unwrap_or_default()
    }

    fn text(&self, column: Column) -> Result<&'a str, ReportError> {
        let text = self.raw(column);
        if text.is_empty() { Err(self.unaccepted(column, "a text")) } else { Ok(text) }
    }

    fn key(&self, columns: KeyColumns) -> Result<ReportedKey, ReportError> {
        const TIME: &str = "an RFC 3339 time, `N/A`, `no_information` or `not_supported`";
        Ok(ReportedKey {
            active: self
                .optional_bool(columns.active)?
                .value()
                .ok_or_else(|| self.unaccepted(columns.active, "`true` or `false`"))?,
            last_rotated: self.optional(columns.last_rotated, time, TIME)?,
            last_used: self.optional(columns.last_used_date, time, TIME)?,
        })
    }

    fn time(&self, column: Column) -> Result<DateTime<Utc>, ReportError> {
        time(self.raw(column)).ok_or_else(|| self.unaccepted(column, "an RFC 3339 time"))
    }

    fn optional_bool(&self, column: Column) -> Result<ReportField<bool>, ReportError> {
        // the guide writes them in capitals, the service does not
        let bool = |text: &str| text.to_ascii_lowercase().parse().ok();
        self.optional(column, bool, "`true`, `false`, `N/A`, `no_information` or `not_supported`")
    }

    fn optional<T>(
        &self,
        column: Column,
        parse: impl Fn(&str) -> Option<T>,
        expected: &'static str,
    ) -> Result<ReportField<T>, ReportError> {
        match self.raw(column) {
            "N/A" => Ok(ReportField::NotApplicable),
            "no_information" => Ok(ReportField::NoInformation),
            "not_supported" => Ok(ReportField::NotSupported),
            text => parse(text).map(ReportField::Value).ok_or_else(|| self.unaccepted(column, expected)),
        }
    }

    fn unaccepted(&self, column: Column, expected: &'static str) -> ReportError {
        ReportError::Value { row: self.row, column: column.name, value: quoted(self.raw(column)), expected }
    }
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

#[cfg(test)]
mod tests;
