//! The columns of a credential report by their names, and the fields of a row under them.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
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
    /// `cert_2_last_rotated`, where a row ends with it.
    pub(super) last_of_a_row: Option<Column>,
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
            last_of_a_row: optional("cert_2_last_rotated")?.filter(|column| column.index + 1 == header.len()),
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
        let bool = |text: &str| match text {
            text if text.eq_ignore_ascii_case("true") => Some(true),
            text if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
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

/// A time in RFC 3339. The form that the service writes is read here: times are most of what there is to parse in a
/// report, and a general parser takes its time over each.
fn time(text: &str) -> Option<DateTime<Utc>> {
    whole_seconds(text.as_bytes())
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()))
}

/// `2016-01-12T16:30:00` with `Z` or `+00:00` behind it; `None` for everything else, leap seconds included.
fn whole_seconds(text: &[u8]) -> Option<DateTime<Utc>> {
    let (time, zone) = text.split_at_checked(19)?;
    let [year @ .., b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _, b':', _, _] = time else { return None };
    let &[.., m1, m2, _, d1, d2, _, h1, h2, _, i1, i2, _, s1, s2] = time else { return None };
    if !matches!(zone, b"Z" | b"+00:00") {
        return None;
    }
    let (year, month, day) = (number(year)?, number(&[m1, m2])?, number(&[d1, d2])?);
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[i1, i2])?, number(&[s1, s2])?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    let time = NaiveTime::from_num_seconds_from_midnight_opt(hour * 3600 + minute * 60 + second, 0)?;
    Some(date.and_time(time).and_utc())
}

/// The number that a few digits stand for.
fn number(digits: &[u8]) -> Option<u32> {
    let mut number = 0;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u32::from(digit);
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_chrono(text: &str) -> Option<DateTime<Utc>> {
        DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
    }

    #[test]
    fn forms_of_a_time_are_read_as_chrono_reads_them() {
        for text in [
            "2016-01-12T16:30:00Z",
            "2016-01-12T16:30:00+00:00",
            "2016-01-12T00:30:15Z",
            "2016-01-12T10:00:07Z",
            "2016-01-12T16:30:00.5Z",
            "2016-01-12T18:30:00+02:00",
            "2016-02-29T00:00:00Z",
            "2015-02-29T00:00:00Z",
            "2016-06-30T23:59:60Z",
            "2016-01-12t16:30:00z",
            "2016-01-12 16:30:00Z",
            "2016-01-12T24:00:00Z",
            "2016-13-12T16:30:00Z",
            "2016-01-12T16:30:00",
            "2016-01-12T16:30:00Z ",
            "2016-1-12T16:30:00Z",
            "+016-01-12T16:30:00Z",
            "yesterday",
            "",
        ] {
            assert_eq!(time(text), by_chrono(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_time_is_read_as_chrono_reads_it(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](Z|z|\\+00:00|\\.5Z|-01:00|)",
        ) {
            prop_assert_eq!(time(&text), by_chrono(&text));
        }
    }
}
