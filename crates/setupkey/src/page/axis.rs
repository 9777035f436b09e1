//! The two axes of time: seconds after the user, and the calendar. Positions are per cent of the width.

use std::fmt;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};

use super::text::{DAY, HOUR, MINUTE, YEAR};

/// A position across a drawing, per cent of its width, printed with one decimal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Across(f64);

impl Across {
    /// How far it is from here to there; nothing if it is the other way.
    pub(super) fn until(self, other: Self) -> Self {
        Self((other.0 - self.0).max(0.0))
    }

    /// How many pixels it is of a drawing of this width.
    pub(super) fn of(self, width: f64) -> f64 {
        self.0 * width / 100.0
    }

    /// The middle between two positions.
    pub(super) fn middle(self, other: Self) -> Self {
        Self((self.0 + other.0) / 2.0)
    }
}

impl fmt::Display for Across {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1}%", self.0)
    }
}

/// Seconds between a user and what came after, or before, as log10(seconds + 1): the seconds of a setup and
/// years of use are to be seen side by side. It begins half a second before 0, so that 0 has room.
#[derive(Clone, Copy, Debug)]
pub(super) struct ElapsedAxis {
    end: u64,
}

impl ElapsedAxis {
    /// Ends of the axis, and edges of the bars of the histogram: each bar reaches up to and with one of them.
    pub(super) const EDGES: [u64; 29] = [
        0,
        1,
        2,
        5,
        10,
        20,
        30,
        MINUTE,
        2 * MINUTE,
        5 * MINUTE,
        10 * MINUTE,
        20 * MINUTE,
        30 * MINUTE,
        HOUR,
        2 * HOUR,
        6 * HOUR,
        12 * HOUR,
        DAY,
        2 * DAY,
        7 * DAY,
        14 * DAY,
        30 * DAY,
        90 * DAY,
        180 * DAY,
        YEAR,
        2 * YEAR,
        5 * YEAR,
        10 * YEAR,
        20 * YEAR,
    ];

    /// The marks on the axis. Those that are not `main` are left out where there is little room.
    const TICKS: [(u64, &'static str, bool); 10] = [
        (0, "0", true),
        (1, "1 s", false),
        (10, "10 s", false),
        (MINUTE, "1 min", true),
        (10 * MINUTE, "10 min", false),
        (HOUR, "1 h", true),
        (DAY, "1 d", true),
        (30 * DAY, "30 d", true),
        (YEAR, "1 y", true),
        (10 * YEAR, "10 y", true),
    ];

    /// An axis that holds this many seconds, and at least a day.
    pub(super) fn reaching(longest: u64) -> Self {
        let end = Self::EDGES.into_iter().find(|edge| *edge >= longest.max(DAY));
        Self { end: end.unwrap_or(longest) }
    }

    /// The end of the axis, in seconds.
    pub(super) fn end(self) -> u64 {
        self.end
    }

    /// Where the axis begins.
    pub(super) fn start(self) -> Across {
        Across(0.0)
    }

    /// The position of a duration.
    pub(super) fn at(self, seconds: u64) -> Across {
        self.place(exact(seconds))
    }

    /// The position of the edge between this second and the next.
    pub(super) fn edge_after(self, seconds: u64) -> Across {
        self.place(exact(seconds) + 0.5)
    }

    /// The marks: position, label, whether it is a main one.
    pub(super) fn ticks(self) -> impl Iterator<Item = (Across, &'static str, bool)> {
        let within = Self::TICKS.into_iter().filter(move |(seconds, ..)| *seconds <= self.end);
        within.map(move |(seconds, label, main)| (self.at(seconds), label, main))
    }

    fn place(self, seconds: f64) -> Across {
        let log = |seconds: f64| (seconds + 1.0).log10();
        let start = log(-0.5);
        let end = log(exact(self.end) + 0.5);
        Across((100.0 * (log(seconds) - start) / (end - start)).clamp(0.0, 100.0))
    }
}

/// The number as a float: exact below 2^53, and no two times are 2^53 seconds apart.
#[expect(clippy::cast_precision_loss, reason = "exact for every duration that a calendar has")]
fn exact(seconds: u64) -> f64 {
    seconds as f64
}

/// The calendar, from the first year of anything drawn to its last moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct CalendarAxis {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl CalendarAxis {
    /// At most this many years have a mark.
    const MAX_TICKS: i32 = 7;

    /// From the beginning of the year of `first` to `last`.
    pub(super) fn spanning(first: DateTime<Utc>, last: DateTime<Utc>) -> Self {
        let start = new_year(first.year()).unwrap_or(first);
        Self { start, end: last.max(start + chrono::TimeDelta::days(1)) }
    }

    /// The position of a time.
    pub(super) fn at(self, time: DateTime<Utc>) -> Across {
        let seconds = |from: DateTime<Utc>, to: DateTime<Utc>| {
            exact(u64::try_from((to - from).num_seconds()).unwrap_or_default())
        };
        Across((100.0 * seconds(self.start, time) / seconds(self.start, self.end)).clamp(0.0, 100.0))
    }

    /// The years that have a mark: position and number.
    pub(super) fn ticks(self) -> impl Iterator<Item = (Across, i32)> {
        let years = self.start.year()..=self.end.year();
        let step = (years.end() - years.start()) / Self::MAX_TICKS + 1;
        years.filter(move |year| (year - self.start.year()) % step == 0).filter_map(move |year| {
            let at = new_year(year)?;
            (at <= self.end).then(|| (self.at(at), year))
        })
    }
}

fn new_year(year: i32) -> Option<DateTime<Utc>> {
    Some(NaiveDate::from_yo_opt(year, 1)?.and_hms_opt(0, 0, 0)?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_of_a_setup_and_years_stand_apart() {
        let axis = ElapsedAxis::reaching(9 * YEAR);

        let placed: Vec<f64> =
            [0, 1, 17, 27, 60, 2_280, DAY, YEAR].into_iter().map(|seconds| axis.at(seconds).0).collect();

        assert!(placed.windows(2).all(|pair| pair[1] - pair[0] > 1.5), "{placed:?}");
        assert_eq!(axis.end(), 10 * YEAR);
        assert_eq!(axis.at(20 * YEAR).0, 100.0);
    }

    #[test]
    fn years_are_marked_sparingly() {
        let day = |year| NaiveDate::from_ymd_opt(year, 6, 1).unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc();

        let years = |first, last| -> Vec<i32> {
            CalendarAxis::spanning(day(first), day(last)).ticks().map(|(_, year)| year).collect()
        };

        assert_eq!(years(2026, 2026), [2026]);
        assert_eq!(years(2015, 2026), [2015, 2017, 2019, 2021, 2023, 2025]);
        assert!(years(1990, 2026).len() <= 7);
    }
}
