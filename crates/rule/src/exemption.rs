//! Exemptions: an owner, an end and a reason, as tags on the IAM user itself.
//!
//! An exemption that has expired, is incomplete or malformed has no effect, and the finding says so. The time comes from
//! the event.

use std::fmt;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::iam::Tags;
use crate::input::{quoted, time};

/// An exemption ends at most this many days after the event.
pub const MAX_DAYS: i64 = 366;

/// An exemption that ends within this time of the event is pointed out.
pub const ENDS_SOON: TimeDelta = TimeDelta::days(14);

/// The longest `expires` that is read: RFC 3339 to the nanosecond, with an offset.
const MAX_EXPIRES_BYTES: usize = 35;

/// The endings of the three tag keys that an exemption needs.
pub const ENDINGS: [&str; 3] = ["owner", "expires", "reason"];

/// The ending of a tag key that is shown where it is there.
const APPROVER: &str = "approver";

/// An exemption in force.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Exemption {
    /// Who answers for it.
    pub owner: String,
    /// When it ends, as tagged.
    pub expires: String,
    /// When it ends.
    pub until: DateTime<Utc>,
    /// Why.
    pub reason: String,
    /// Who approved it, where a tag says so.
    pub approver: Option<String>,
}

impl Exemption {
    /// Whether it ends within 14 days of the event.
    #[must_use]
    pub fn ends_soon(&self, event_time: DateTime<Utc>) -> bool {
        self.until - event_time <= ENDS_SOON
    }
}

impl fmt::Display for Exemption {
    /// Writes owner, end, reason and approver on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "owner {}, until {}, {}",
            quoted(&self.owner),
            quoted(&self.expires),
            quoted(&self.reason)
        )?;
        match &self.approver {
            Some(approver) => write!(f, ", approved by {}", quoted(approver)),
            None => Ok(()),
        }
    }
}

/// Why an exemption has no effect.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum VoidExemption {
    /// It ended.
    Expired {
        /// When, as tagged.
        expires: String,
    },
    /// Tags are missing, or say nothing: owner and reason need two letters or digits.
    Incomplete {
        /// The endings of their keys.
        missing: Vec<&'static str>,
    },
    /// A tag key differs from one of the three in case or separators only.
    Misspelled {
        /// The tag key.
        key: String,
        /// The key that it resembles.
        expected: String,
    },
    /// The end is neither a date nor a time, or too far away.
    Malformed {
        /// The end, as tagged.
        expires: String,
    },
}

/// What the tags of a user say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Tagged {
    /// Nothing about an exemption.
    Nothing,
    /// An exemption in force.
    Exempt(Exemption),
    /// An exemption without effect.
    Void(VoidExemption),
}

impl fmt::Display for VoidExemption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cut = |text: &str| -> String { quoted(text).chars().take(MAX_EXPIRES_BYTES).collect() };
        // a tag key of an exemption differs from another at its end
        let end = |text: &str| -> String {
            let shown = quoted(text);
            shown.chars().skip(shown.chars().count().saturating_sub(MAX_EXPIRES_BYTES)).collect()
        };
        match self {
            Self::Expired { expires } => write!(f, "exemption expired {}", cut(expires)),
            Self::Incomplete { missing } => write!(f, "exemption incomplete: no {}", missing.join(", no ")),
            Self::Misspelled { key, expected } => {
                write!(f, "exemption tag `{}` ignored, expected `{}`", end(key), end(expected))
            }
            Self::Malformed { expires } => write!(
                f,
                "exemption malformed: expires `{}`, expected a date or RFC 3339 within {MAX_DAYS} days",
                cut(expires)
            ),
        }
    }
}

/// Reads the tags of a user. Keys are compared byte for byte.
#[must_use]
pub fn read(tags: &Tags, prefix: &str, event_time: DateTime<Utc>) -> Tagged {
    let value = |ending: &str| {
        let key = format!("{prefix}:{ending}");
        let value = tags.iter().find(|(tag, _)| *tag == key).map(|(_, value)| value.trim());
        // the end is checked by its own reader
        value.filter(|value| if ending == "expires" { !value.is_empty() } else { is_word(value) })
    };
    let [owner, expires, reason] = ENDINGS.map(value);
    let (Some(owner), Some(expires), Some(reason)) = (owner, expires, reason) else {
        let values = [owner, expires, reason];
        let missing = ENDINGS.into_iter().zip(values).filter(|(_, value)| value.is_none());
        let missing: Vec<_> = missing.map(|(ending, _)| ending).collect();
        return without_effect(tags, prefix, missing);
    };
    let Some(until) = end(expires, event_time) else {
        return Tagged::Void(VoidExemption::Malformed { expires: expires.to_owned() });
    };
    if until <= event_time {
        return Tagged::Void(VoidExemption::Expired { expires: expires.to_owned() });
    }
    Tagged::Exempt(Exemption {
        owner: owner.to_owned(),
        expires: expires.to_owned(),
        until,
        reason: reason.to_owned(),
        approver: value(APPROVER).map(str::to_owned),
    })
}

/// Returns when the exemption of the tags ends or ended, whether or not it is in force.
pub(crate) fn ended(tags: &Tags, prefix: &str) -> Option<DateTime<Utc>> {
    let key = format!("{prefix}:expires");
    let (_, expires) = tags.iter().find(|(tag, _)| *tag == key)?;
    end_of(expires.trim())
}

/// Why the tags have no effect, if any of them looks like a tag of an exemption.
fn without_effect(tags: &Tags, prefix: &str, missing: Vec<&'static str>) -> Tagged {
    for ending in &missing {
        let expected = format!("{prefix}:{ending}");
        // a prefix without letters leaves nothing but the ending to compare
        let has_words = prefix.chars().any(char::is_alphanumeric);
        let resembles = |key: &str| has_words && key != expected && skeleton(key) == skeleton(&expected);
        if let Some((key, _)) = tags.iter().find(|(key, _)| resembles(key)) {
            return Tagged::Void(VoidExemption::Misspelled { key: key.clone(), expected });
        }
    }
    let has_any =
        ENDINGS.iter().any(|ending| tags.iter().any(|(key, _)| *key == format!("{prefix}:{ending}")));
    if has_any { Tagged::Void(VoidExemption::Incomplete { missing }) } else { Tagged::Nothing }
}

/// A tag key without case and separators.
fn skeleton(key: &str) -> String {
    key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether the text can be a name or a reason: it has at least two letters or digits that can be seen.
fn is_word(text: &str) -> bool {
    // Hangul fillers count as letters and show nothing
    let is_filler = |c: char| matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}');
    text.chars().filter(|c| c.is_alphanumeric() && !is_filler(*c)).nth(1).is_some()
}

/// The end of an exemption; `None` if it is neither date nor time, or more than a year away.
fn end(expires: &str, event_time: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let until = end_of(expires)?;
    // a date is valid to its end
    let slack = if date(expires).is_some() { TimeDelta::days(1) } else { TimeDelta::zero() };
    let latest =
        if slack.is_zero() { event_time } else { event_time.date_naive().and_time(NaiveTime::MIN).and_utc() };
    (until - latest <= TimeDelta::days(MAX_DAYS) + slack).then_some(until)
}

/// When a tagged end is reached: a date is valid to its end (UTC).
fn end_of(expires: &str) -> Option<DateTime<Utc>> {
    if expires.len() > MAX_EXPIRES_BYTES {
        return None;
    }
    match date(expires) {
        Some(date) => Some(date.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN).and_utc()),
        None => time(expires),
    }
}

/// A date in the form `YYYY-MM-DD`; chrono's own parser also takes signs, spaces and single digits.
fn date(text: &str) -> Option<NaiveDate> {
    let is_of_form = text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if is_of_form { NaiveDate::parse_from_str(text, "%Y-%m-%d").ok() } else { None }
}

#[cfg(test)]
mod tests;
