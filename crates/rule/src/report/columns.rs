//! The columns of a credential report by their names, and the fields of a row under them.

use chrono::{DateTime, Utc};
use csv::StringRecord;

use super::{ReportError, ReportField, ReportedKey};
use crate::quoted::quoted;

/// A column: its name and where it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    name: &'static str,
    index: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct KeyColumns {
    active: Column,
    last_rotated: Column,
    last_used_date: Column,
}

#[derive(Debug)]
pub(super) struct Columns {
    pub(super) user: Column,
    pub(super) arn: Column,
    pub(super) user_creation_time: Column,
    pub(super) password_enabled: Column,
    pub(super) keys: [KeyColumns; 2],
    pub(super) additional_credentials_info: Option<Column>,
    pub(super) password_last_used: Option<Column>,
    pub(super) password_last_changed: Option<Column>,
}

impl Columns {
    pub(super) fn find(header: &StringRecord) -> Result<Self, ReportError> {
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
            password_last_used: optional("password_last_used")?,
            password_last_changed: optional("password_last_changed")?,
        })
    }
}

#[derive(Debug)]
pub(super) struct Fields<'a> {
    pub(super) row: usize,
    pub(super) record: &'a StringRecord,
}

impl<'a> Fields<'a> {
    pub(super) fn raw(&self, column: Column) -> &'a str {
        self.record.get(column.index).unwrap_or_default()
    }

    pub(super) fn text(&self, column: Column) -> Result<&'a str, ReportError> {
        let text = self.raw(column);
        if text.is_empty() { Err(self.unaccepted(column, "a text")) } else { Ok(text) }
    }

    pub(super) fn key(&self, columns: KeyColumns) -> Result<ReportedKey, ReportError> {
        Ok(ReportedKey {
            active: self
                .optional_bool(columns.active)?
                .value()
                .ok_or_else(|| self.unaccepted(columns.active, "`true` or `false`"))?,
            last_rotated: self.optional_time(columns.last_rotated)?,
            last_used: self.optional_time(columns.last_used_date)?,
        })
    }

    pub(super) fn optional_time(&self, column: Column) -> Result<ReportField<DateTime<Utc>>, ReportError> {
        self.optional(column, time, "an RFC 3339 time, `N/A`, `no_information` or `not_supported`")
    }

    pub(super) fn time(&self, column: Column) -> Result<DateTime<Utc>, ReportError> {
        time(self.raw(column)).ok_or_else(|| self.unaccepted(column, "an RFC 3339 time"))
    }

    pub(super) fn optional_bool(&self, column: Column) -> Result<ReportField<bool>, ReportError> {
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

    pub(super) fn unaccepted(&self, column: Column, expected: &'static str) -> ReportError {
        ReportError::Value { row: self.row, column: column.name, value: quoted(self.raw(column)), expected }
    }
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}
