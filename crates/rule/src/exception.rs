//! Exceptions: an owner, an end and a reason, as tags on the IAM user itself.
//!
//! An exception that is expired, incomplete or malformed excepts nobody, and says so. What time it is comes
//! from the event.

use std::fmt;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use crate::quoted::quoted;

/// An exception ends at most this many days after the event.
pub const MAX_DAYS: i64 = 366;

/// The longest `expires` that is read: RFC 3339 to the nanosecond, with an offset.
const MAX_EXPIRES_BYTES: usize = 35;

/// The endings of the three tag keys.
pub const ENDINGS: [&str; 3] = ["owner", "expires", "reason"];

/// An exception in force.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Exception {
    /// Who answers for it.
    pub owner: String,
    /// When it ends, as tagged.
    pub expires: String,
    /// When it ends.
    pub until: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

/// Why an exception excepts nobody.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum VoidException {
    /// It ended.
    Expired {
        /// When, as tagged.
        expires: String,
    },
    /// Tags are missing or empty.
    Incomplete {
        /// Their endings.
        missing: Vec<&'static str>,
    },
    /// The end is no date and no time, or too far away.
    Malformed {
        /// The end, as tagged.
        expires: String,
    },
}

/// What the tags of a user say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Tagged {
    /// Nothing about an exception.
    Nothing,
    /// An exception in force.
    Excepted(Exception),
    /// One that excepts nobody.
    Void(VoidException),
}

impl fmt::Display for VoidException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { expires } => write!(f, "exception expired {expires}"),
            Self::Incomplete { missing } => write!(f, "exception incomplete: no {}", missing.join(", no ")),
            Self::Malformed { expires } => {
                let shown: String = quoted(expires).chars().take(MAX_EXPIRES_BYTES).collect();
                write!(
                    f,
                    "exception malformed: expires `{shown}`, expected a date or RFC 3339 within {MAX_DAYS} days"
                )
            }
        }
    }
}

/// Reads the tags of a user. Keys are compared byte for byte; `at` is the time of the event.
#[must_use]
pub fn read(tags: &[(String, String)], prefix: &str, at: DateTime<Utc>) -> Tagged {
    let value = |ending: &str| {
        let value = tags.iter().find(|(key, _)| {
            key.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(':')) == Some(ending)
        });
        value.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    };
    let [owner, expires, reason] = ENDINGS.map(value);
    let (Some(owner), Some(expires), Some(reason)) = (owner, expires, reason) else {
        let given = [owner, expires, reason];
        let missing: Vec<_> = ENDINGS
            .into_iter()
            .zip(given)
            .filter(|(_, value)| value.is_none())
            .map(|(ending, _)| ending)
            .collect();
        let has_any_key =
            ENDINGS.iter().any(|ending| tags.iter().any(|(key, _)| *key == format!("{prefix}:{ending}")));
        return if has_any_key {
            Tagged::Void(VoidException::Incomplete { missing })
        } else {
            Tagged::Nothing
        };
    };
    let Some(until) = end(expires, at) else {
        return Tagged::Void(VoidException::Malformed { expires: expires.to_owned() });
    };
    if until <= at {
        return Tagged::Void(VoidException::Expired { expires: expires.to_owned() });
    }
    Tagged::Excepted(Exception {
        owner: owner.to_owned(),
        expires: expires.to_owned(),
        until,
        reason: reason.to_owned(),
    })
}

/// The end of an exception: a date is valid to its end (UTC). `None` if it is neither date nor time, or more
/// than a year away.
fn end(expires: &str, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if expires.len() > MAX_EXPIRES_BYTES {
        return None;
    }
    // chrono takes `2026-1-2`, ISO 8601 does not
    if expires.len() == "2026-01-02".len()
        && let Ok(date) = NaiveDate::parse_from_str(expires, "%Y-%m-%d")
    {
        let near = date.signed_duration_since(at.date_naive()).num_days() <= MAX_DAYS;
        let until = date.checked_add_days(Days::new(1))?.and_hms_opt(0, 0, 0)?.and_utc();
        return near.then_some(until);
    }
    let until = DateTime::parse_from_rfc3339(expires).ok()?.to_utc();
    (until - at <= TimeDelta::days(MAX_DAYS)).then_some(until)
}

#[cfg(test)]
mod tests;
