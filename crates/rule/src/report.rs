//! The credential report: a source of facts that costs two calls for a whole account.
//!
//! Its text becomes rows here, and here it is said which row may be believed about which user. What follows
//! from a row is decided in [`decision`](crate::decision).

mod columns;
mod record;
mod rows;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use thiserror::Error;

pub use self::rows::{Row, Rows};
use crate::facts::IamUser;
use crate::parameters::RuleParameters;

/// Rows are read over minutes before the report is ready, so a row tells of its user's setup only if the
/// window had closed this long before.
const ROWS_READ_WITHIN: TimeDelta = TimeDelta::minutes(15);

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
    /// `password_last_changed`, where there is a time; nothing is decided by it.
    pub password_last_changed: Option<DateTime<Utc>>,
    /// `password_last_used`, where there is a time; nothing is decided by it.
    pub password_last_used: Option<DateTime<Utc>>,
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
    /// A row has more or fewer fields than there are columns: it is cut, or not of this report.
    #[error("row {row} of the credential report has {fields} fields, expected {columns}")]
    Fields {
        /// The row, counted from 1, the header not counted.
        row: usize,
        /// How many fields it has.
        fields: usize,
        /// How many columns the header has.
        columns: usize,
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
        let mut given = Rows::read(content)?;
        let mut rows = BTreeMap::new();
        while let Some(row) = given.next_row()? {
            if rows.insert(row.arn()?.to_owned(), row.facts()?).is_some() {
                return Err(row.twice());
            }
        }
        Ok(Self { generated, age, rows })
    }

    /// When the report was made.
    #[must_use]
    pub fn generated(&self) -> DateTime<Utc> {
        self.generated
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

#[cfg(test)]
mod tests;
