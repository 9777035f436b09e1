//! Where a run that cannot read all users starts.
//!
//! There is no state between runs, so the start follows from the event time. Runs start at places that have nothing to do
//! with each other, whatever the schedule of the rule, so that together they read all users.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use chrono::{DateTime, Utc};

/// Returns the users rotated to a start that the event time determines.
#[must_use]
pub fn in_turn<T>(mut users: Vec<T>, event_time: DateTime<Utc>) -> Vec<T> {
    let mut hasher = DefaultHasher::new();
    event_time.timestamp().hash(&mut hasher);
    // the length as the divisor: less than the number of users
    let start = hasher.finish().checked_rem(users.len() as u64).unwrap_or_default();
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

    /// Counts the runs until every user was among the first `reads` users of a run.
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
    fn successive_runs_read_all_users_on_every_schedule() {
        for hours in [1, 3, 6, 12, 24] {
            for (users, reads) in [(10, 1), (100, 50), (100, 10), (1_000, 20), (5_000, 50)] {
                let runs = runs_to_read_all(users, reads, hours * 3_600);

                assert!(runs <= 15 * users / reads, "{users} by {reads}, every {hours} h: {runs} runs");
            }
        }
    }

    #[test]
    fn order_is_the_same_for_the_same_event_and_loses_no_user() {
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

    /// A failed run that is repeated by hand, minutes later, must not read the same users again.
    #[test]
    fn runs_minutes_apart_start_at_different_users() {
        let start = |seconds| in_turn((0..1_000).collect(), time(seconds))[0];
        assert_ne!(start(0), start(300));
    }
}
