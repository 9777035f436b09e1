//! `--since` and `--until`.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use setupkey_history::Period;

/// Reads the beginning of a period: a time, or the first second of a day.
///
/// # Errors
///
/// The text is neither; in one line.
pub(crate) fn since(text: &str) -> Result<DateTime<Utc>, String> {
    read(text, NaiveTime::MIN)
}

/// Reads the end of a period: a time, or the last second of a day.
///
/// # Errors
///
/// The text is neither; in one line.
pub(crate) fn until(text: &str) -> Result<DateTime<Utc>, String> {
    read(text, NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default())
}

fn read(text: &str, of_a_day: NaiveTime) -> Result<DateTime<Utc>, String> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(day.and_time(of_a_day).and_utc());
    }
    let time = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    time.map_err(|_| "expected a day as 2026-01-31, or a time as 2026-01-31T08:00:00Z".to_owned())
}

/// The period, if it has a beginning before its end, and lies in the past. Without an end it ends now at the latest.
///
/// # Errors
///
/// It does not; in one line.
pub(crate) fn checked(period: Period, now: DateTime<Utc>) -> Result<Period, String> {
    match period {
        Period { since: Some(since), until: Some(until) } if until < since => {
            Err("`--until` is before `--since`".to_owned())
        }
        Period { since: Some(since), .. } if since > now => Err("`--since` is in the future".to_owned()),
        // a day that has begun may be given whole
        Period { until: Some(until), .. } if until > now + TimeDelta::days(1) => {
            Err("`--until` is in the future".to_owned())
        }
        period => Ok(period),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_and_times_are_exact() {
        let shown = |time: Result<DateTime<Utc>, String>| time.map(|time| time.to_rfc3339());
        assert_eq!(shown(since("2026-01-31")).unwrap(), "2026-01-31T00:00:00+00:00");
        assert_eq!(shown(until("2026-01-31")).unwrap(), "2026-01-31T23:59:59+00:00");
        assert_eq!(shown(until("2026-01-31T08:00:00+01:00")).unwrap(), "2026-01-31T07:00:00+00:00");
        for text in ["", "yesterday", "2026-02-30", "2026-01-31T08:00:00", "20260131"] {
            assert!(since(text).is_err(), "{text}");
        }
    }

    #[test]
    fn period_has_a_beginning_before_its_end_and_lies_in_the_past() {
        let now = since("2026-03-01").unwrap();
        let period = |from: Option<&str>, to: Option<&str>| {
            let period = Period {
                since: from.map(|from| since(from).unwrap()),
                until: to.map(|to| until(to).unwrap()),
            };
            checked(period, now)
        };
        assert!(period(None, None).is_ok());
        assert!(period(Some("2026-02-01"), Some("2026-02-01")).is_ok());
        assert!(period(None, Some("2026-03-01")).is_ok(), "today");
        assert!(period(Some("2026-02-02"), Some("2026-02-01")).is_err());
        assert!(period(Some("2026-03-02"), None).is_err());
        assert!(period(None, Some("2026-03-03")).is_err());
    }
}
