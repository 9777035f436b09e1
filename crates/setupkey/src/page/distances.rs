//! How far apart users and their keys were created. What is kept does not grow with their number.

use super::axis::ElapsedAxis;
use crate::audit::model::User;

/// Keys created more than `after` and up to `up_to` seconds from their user.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bar {
    /// Seconds; `None` is before 0, that is: 0 is in this bar.
    pub(super) after: Option<u64>,
    /// Seconds.
    pub(super) up_to: u64,
    /// All of them.
    pub(super) keys: usize,
    /// Those that are flagged.
    pub(super) flagged: usize,
}

/// The distances of the keys from their users, of all users who have a verdict.
#[derive(Clone, Debug)]
pub(super) struct Distances {
    /// The setup window, in seconds.
    pub(super) window: u64,
    /// Keys within the window, and beyond.
    pub(super) within: usize,
    pub(super) beyond: usize,
    /// The longest distance within the window, and the shortest and the longest beyond.
    pub(super) last_within: Option<u64>,
    pub(super) first_beyond: Option<u64>,
    pub(super) last_beyond: Option<u64>,
    /// Keys that are older than their user.
    pub(super) before: usize,
    /// Keys of users who have no verdict: they are in no bar.
    pub(super) undecided: usize,
    /// Keys whose age only the credential report shows.
    pub(super) of_report: usize,
    /// Keys whose age is unknown.
    pub(super) unknown: usize,
    bars: Vec<Bar>,
}

impl Distances {
    /// No key yet. The window always ends at the edge of a bar.
    pub(super) fn from_window(window: u64) -> Self {
        let mut edges: Vec<u64> = ElapsedAxis::EDGES.into_iter().chain([window, u64::MAX]).collect();
        edges.sort_unstable();
        edges.dedup();
        let mut after = None;
        let bars =
            edges.into_iter().map(|up_to| Bar { after: after.replace(up_to), up_to, keys: 0, flagged: 0 });
        Self {
            window,
            within: 0,
            beyond: 0,
            last_within: None,
            first_beyond: None,
            last_beyond: None,
            before: 0,
            undecided: 0,
            of_report: 0,
            unknown: 0,
            bars: bars.collect(),
        }
    }

    /// Adds the keys of a user.
    pub(super) fn add(&mut self, user: &User) {
        if user.compliance_type.is_none() {
            self.undecided += user.keys.as_ref().map_or(0, Vec::len);
            return;
        }
        for key in user.keys.iter().flatten() {
            let Some(created) = key.create_date.or(key.last_rotated) else {
                self.unknown += 1;
                continue;
            };
            self.of_report += usize::from(key.create_date.is_none());
            self.add_key((created - user.create_date).num_seconds(), key.is_flagged());
        }
    }

    fn add_key(&mut self, after_user: i64, is_flagged: bool) {
        self.before += usize::from(after_user < 0);
        let seconds = after_user.unsigned_abs();
        if seconds <= self.window {
            self.within += 1;
            self.last_within = self.last_within.max(Some(seconds));
        } else {
            self.beyond += 1;
            self.first_beyond = Some(self.first_beyond.map_or(seconds, |first| first.min(seconds)));
            self.last_beyond = self.last_beyond.max(Some(seconds));
        }
        let place = self.bars.partition_point(|bar| bar.up_to < seconds);
        if let Some(bar) = self.bars.get_mut(place) {
            bar.keys += 1;
            bar.flagged += usize::from(is_flagged);
        }
    }

    /// An axis that holds every key and the window.
    pub(super) fn axis(&self) -> ElapsedAxis {
        ElapsedAxis::reaching(self.last_beyond.unwrap_or_default().max(self.window))
    }

    /// The bars that are not empty; none reaches beyond the axis.
    pub(super) fn bars(&self) -> Vec<Bar> {
        let end = self.axis().end();
        let filled = self.bars.iter().filter(|bar| bar.keys > 0);
        filled.map(|bar| Bar { up_to: bar.up_to.min(end), ..*bar }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_in_one_bar() {
        let seconds = [0, 0, -1, 17, 27, 45, 60, 61, 2_280, 400_000_000, 900_000_000];
        let mut distances = Distances::from_window(45);

        for seconds in seconds {
            distances.add_key(seconds, seconds <= 45);
        }

        let bars = distances.bars();
        assert_eq!(bars.iter().map(|bar| bar.keys).sum::<usize>(), seconds.len());
        let within: usize = bars.iter().filter(|bar| bar.up_to <= 45).map(|bar| bar.keys).sum();
        assert_eq!(within, 6, "no bar lies across the end of the window");
        assert!(bars.iter().all(|bar| bar.flagged == if bar.up_to <= 45 { bar.keys } else { 0 }));
        assert_eq!(bars.last().map(|bar| bar.up_to), Some(900_000_000));
        assert_eq!((distances.within, distances.beyond, distances.before), (6, 5, 1));
        assert_eq!((distances.last_within, distances.first_beyond), (Some(45), Some(60)));
    }
}
