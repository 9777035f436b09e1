//! The forms of a time in a record.

use chrono::{DateTime, Datelike as _, NaiveDateTime, Utc};

/// The years in which a record can have been written: CloudTrail began in 2013.
const YEARS: std::ops::RangeInclusive<i32> = 2013..=2100;

/// Reads `eventTime`: RFC 3339, whole seconds.
pub(crate) fn event_time(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    // fractions would make two records of one second out of order
    DateTime::from_timestamp(time.timestamp(), 0).filter(|time| YEARS.contains(&time.year()))
}

/// Reads a `createDate` of `responseElements`: `Aug 1, 2024 1:42:21 PM`, as the Java of IAM prints it, with a comma
/// after the year and a narrow space before the `PM` since newer versions; or RFC 3339.
pub(crate) fn response_date(text: &str) -> Option<DateTime<Utc>> {
    if let Some(time) = event_time(text) {
        return Some(time);
    }
    // bounded, as any text of a record
    let text = text.get(..text.len().min(64))?;
    let words: Vec<&str> =
        text.split(|c: char| c == ',' || c.is_whitespace()).filter(|w| !w.is_empty()).collect();
    let time = NaiveDateTime::parse_from_str(&words.join(" "), "%b %d %Y %I:%M:%S %p").ok()?;
    Some(time.and_utc()).filter(|time| YEARS.contains(&time.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn response_dates_are_read_in_either_form() {
        let expected = event_time("2024-08-01T13:42:21Z");
        assert!(expected.is_some());
        for text in [
            "Aug 1, 2024 1:42:21 PM",
            "Aug 01, 2024, 1:42:21 PM",
            "Aug 1, 2024, 1:42:21\u{202f}PM",
            "2024-08-01T13:42:21Z",
            "2024-08-01T13:42:21.900Z",
            "2024-08-01T15:42:21+02:00",
        ] {
            assert_eq!(response_date(text), expected, "{text}");
        }
        assert_eq!(response_date("Aug 1, 2024 12:00:00 AM"), event_time("2024-08-01T00:00:00Z"));
        for text in ["", "yesterday", "Aug 1, 2024 13:42:21 PM", "Aug 1, 0024 1:42:21 PM", "1722519741"] {
            assert_eq!(response_date(text), None, "{text}");
        }
    }
}
