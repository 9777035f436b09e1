//! Whose turn it is: where a run that cannot read everybody begins.
//!
//! There is no state between runs, so the place follows from the time of the event. Successive runs begin far
//! from each other and fill the gaps between them, whatever the schedule of the rule.

use chrono::{DateTime, Utc};

/// How far the place moves in a second, in parts of 2^64 of a whole round: 0.71753 of a round an hour. Found by
/// search: of the schedules of AWS Config (1, 3, 6, 12 and 24 hours; AWS Config API reference,
/// MaximumExecutionFrequency), and of runs every 15 minutes to 8 hours, none comes back to the same places.
/// A round number, the golden ratio too, does on one of them.
const STEP: u64 = 3_676_681_850_995_510;

/// The users in the order in which a run at this time reads them: round once, from the place of the time.
///
/// Runs that read a part of the users each, a hundredth or more, have read everybody after at most five times as
/// many runs as it would take without any overlap, mostly after two or three times as many.
#[must_use]
pub fn in_turn<T>(mut users: Vec<T>, at: DateTime<Utc>) -> Vec<T> {
    let place = at.timestamp().cast_unsigned().wrapping_mul(STEP);
    let start = (u128::from(place) * users.len() as u128) >> u64::BITS;
    // less than the number of users, as the place is less than a whole round
    users.rotate_left(usize::try_from(start).unwrap_or_default());
    users
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::TimeDelta;

    use super::*;

    fn time(seconds: i64) -> DateTime<Utc> {
        "2026-11-22T06:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(seconds)
    }

    /// How many runs it takes until everybody was among the first `reads` of one of them.
    fn runs_to_read_all(users: usize, reads: usize, seconds_between: i64) -> usize {
        let mut left: BTreeSet<usize> = (0..users).collect();
        for run in 0..10_000 {
            if left.is_empty() {
                return usize::try_from(run).unwrap();
            }
            // a schedule is not exact: up to half a minute early or late
            let jitter = run * 7_919 % 61 - 30;
            let order = in_turn((0..users).collect(), time(run * seconds_between + jitter));
            left.retain(|user| !order[..reads].contains(user));
        }
        usize::MAX
    }

    #[test]
    fn successive_runs_read_everybody_on_every_schedule() {
        for hours in [1, 3, 6, 12, 24] {
            for (users, reads) in [(10, 1), (100, 50), (100, 10), (1_000, 20), (5_000, 50)] {
                let runs = runs_to_read_all(users, reads, hours * 3_600);

                assert!(runs <= 5 * users / reads, "{users} by {reads}, every {hours} h: {runs} runs");
            }
        }
    }

    #[test]
    fn order_is_the_same_for_the_same_event_and_loses_nobody() {
        for users in 0..50 {
            for seconds in [-3_000_000_000, 0, 1, 86_400] {
                let all: Vec<usize> = (0..users).collect();
                let order = in_turn(all.clone(), time(seconds));
                assert_eq!(in_turn(all.clone(), time(seconds)), order);

                let mut sorted = order;
                sorted.sort_unstable();
                assert_eq!(sorted, all);
            }
        }
    }

    /// A failed run is run again by hand, minutes later: it begins elsewhere.
    #[test]
    fn runs_minutes_apart_begin_elsewhere() {
        let start = |seconds| in_turn((0..1_000).collect(), time(seconds))[0];
        assert_ne!(start(0), start(300));
    }
}
