//! What the records cover, and what was passed over.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

/// CloudTrail began on this day: before it there are no events to miss.
const CLOUDTRAIL_BEGAN: Option<NaiveDate> = NaiveDate::from_ymd_opt(2013, 11, 13);

/// The period that is asked about, both ends included; `None` is open.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Period {
    /// The first second.
    pub since: Option<DateTime<Utc>>,
    /// The last second.
    pub until: Option<DateTime<Utc>>,
}

impl Period {
    /// Whether the time lies in the period.
    #[must_use]
    pub fn contains(&self, time: DateTime<Utc>) -> bool {
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time <= until)
    }
}

/// What was read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Coverage {
    /// The earliest event of the period, of any service.
    pub first_event: Option<DateTime<Utc>>,
    /// The latest event of the period, of any service.
    pub last_event: Option<DateTime<Utc>>,
    /// How many records were read.
    pub records: u64,
    /// How many records belong to an episode.
    pub records_used: u64,
    /// How many records lie outside of the period.
    pub outside_period: u64,
    /// How many records are of other calls, other services, or no calls at all.
    pub other: u64,
    /// How many calls IAM refused.
    pub refused: u64,
    /// How many records are copies of another.
    pub duplicates: u64,
    /// How many records concern users who were not created in the period.
    pub other_users: u64,
    /// How many records concern a user, and lack what must be known of the call.
    pub not_understood: u64,
    /// How many objects are no records of CloudTrail.
    pub not_records: u64,
    /// How many records were left out because there are too many.
    pub left_out: u64,
    days: BTreeSet<NaiveDate>,
}

impl Coverage {
    /// An event happened at this time.
    pub(crate) fn see(&mut self, time: DateTime<Utc>) {
        // the days come in runs: most are that of the record before
        if self.first_event.is_none_or(|first| time < first) {
            self.first_event = Some(time);
        }
        if self.last_event.is_none_or(|last| last < time) {
            self.last_event = Some(time);
        }
        self.days.insert(time.date_naive());
    }

    /// Adds what was read elsewhere.
    pub(crate) fn merge(&mut self, other: Self) {
        for time in [other.first_event, other.last_event].into_iter().flatten() {
            self.see(time);
        }
        self.days.extend(other.days);
        self.records += other.records;
        self.records_used += other.records_used;
        self.outside_period += other.outside_period;
        self.other += other.other;
        self.refused += other.refused;
        self.duplicates += other.duplicates;
        self.other_users += other.other_users;
        self.not_understood += other.not_understood;
        self.not_records += other.not_records;
        self.left_out += other.left_out;
    }

    /// The days (UTC) of the period without any event; where the period is open, from the first event or to the last.
    #[must_use]
    pub fn days_without_events(&self, period: &Period) -> Vec<NaiveDate> {
        let first = period.since.or(self.first_event).map(|time| time.date_naive()).max(CLOUDTRAIL_BEGAN);
        let last = period.until.or(self.last_event).map(|time| time.date_naive());
        let (Some(first), Some(last)) = (first, last) else { return Vec::new() };
        first.iter_days().take_while(|day| *day <= last).filter(|day| !self.days.contains(day)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn days_without_events_are_those_of_the_period() {
        let mut coverage = Coverage::default();
        assert_eq!(coverage.days_without_events(&Period::default()), []);
        for time in ["2026-03-04T23:59:59Z", "2026-03-02T00:00:00Z", "2026-03-02T01:00:00Z"] {
            coverage.see(at(time));
        }
        let days = |since: Option<&str>, until: Option<&str>| -> Vec<String> {
            let period = Period { since: since.map(at), until: until.map(at) };
            coverage.days_without_events(&period).iter().map(ToString::to_string).collect()
        };
        assert_eq!(days(None, None), ["2026-03-03"]);
        assert_eq!(days(Some("2026-02-28T12:00:00Z"), None), ["2026-02-28", "2026-03-01", "2026-03-03"]);
        assert_eq!(days(None, Some("2026-03-05T00:00:00Z")), ["2026-03-03", "2026-03-05"]);
        assert_eq!(
            days(Some("0001-01-01T00:00:00Z"), Some("2013-11-14T00:00:00Z")),
            ["2013-11-13", "2013-11-14"]
        );
    }
}
