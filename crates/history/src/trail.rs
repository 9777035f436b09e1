//! Keeps the calls of a period that matter, in any order, and counts the other records.

use std::collections::HashSet;
use std::sync::Arc;

use setupkey_rule::parameters::RuleParameters;

use crate::actor::Actor;
use crate::coverage::{Coverage, Period};
use crate::episode::Episode;
use crate::event::Event;
use crate::join::episodes;
use crate::record::{EVENT_NAMES, Record};

/// The most records that are kept: about a gigabyte. An account with 5,000 users (IAM quotas) who are all replaced every
/// week writes two million in a year.
const MAX_EVENTS: usize = 4_000_000;

/// The records of a period.
#[derive(Debug, Default)]
pub struct Trail {
    period: Period,
    events: Vec<Event>,
    // few act, and often
    actors: HashSet<Arc<Actor>>,
    coverage: Coverage,
}

/// What happened in a period.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct History {
    /// The period that was asked about.
    pub period: Period,
    /// An episode for each user who was created, by time.
    pub episodes: Vec<Episode>,
    /// What was read.
    pub coverage: Coverage,
}

impl Trail {
    /// The names of the calls that matter: what LookupEvents is asked for.
    pub const EVENT_NAMES: [&'static str; 12] = EVENT_NAMES;

    /// Begins a period.
    #[must_use]
    pub fn new(period: Period) -> Self {
        Self { period, ..Self::default() }
    }

    /// Adds a record: its JSON text, as [`crate::Splitter`] finds it.
    pub fn add(&mut self, record: &[u8]) {
        let coverage = &mut self.coverage;
        coverage.records += 1;
        let read = Record::read(record);
        let time = match &read {
            Record::Event(event) => event.time,
            Record::Refused(time) | Record::Other(time) | Record::Incomplete(time) => *time,
            Record::Beside => {
                coverage.other += 1;
                return;
            }
            Record::Unknown => {
                coverage.not_records += 1;
                return;
            }
        };
        if !self.period.contains(time) {
            coverage.outside_period += 1;
            return;
        }
        coverage.see(time);
        match read {
            Record::Event(_) if self.events.len() >= MAX_EVENTS => coverage.left_out += 1,
            Record::Event(mut event) => {
                match self.actors.get(&event.actor) {
                    Some(actor) => event.actor = Arc::clone(actor),
                    None => drop(self.actors.insert(Arc::clone(&event.actor))),
                }
                self.events.push(*event);
            }
            Record::Refused(_) => coverage.refused += 1,
            Record::Incomplete(_) => coverage.not_understood += 1,
            Record::Other(_) | Record::Beside | Record::Unknown => coverage.other += 1,
        }
    }

    /// Adds the records that another has read.
    pub fn merge(&mut self, other: Self) {
        self.coverage.merge(other.coverage);
        let free = MAX_EVENTS.saturating_sub(self.events.len());
        self.coverage.left_out += other.events.len().saturating_sub(free) as u64;
        self.events.extend(other.events.into_iter().take(free));
    }

    /// Joins the records to episodes. Of the parameters, the setup window, the scope and the prefix of exemption tags
    /// count.
    #[must_use]
    pub fn history(self, parameters: &RuleParameters) -> History {
        let Self { period, mut events, mut coverage, .. } = self;
        let read = events.len();
        // by account, time and what was done; copies lie side by side, also where they differ in what does not matter
        events.sort_unstable();
        let mut seen = HashSet::new();
        events.retain(|event| {
            event.event_id.is_empty()
                || seen.insert((Arc::clone(&event.account_id), Arc::clone(&event.event_id)))
        });
        drop(seen);
        events.dedup();
        coverage.duplicates = (read - events.len()) as u64;
        let (episodes, used) = episodes(&events, parameters);
        coverage.records_used = used;
        coverage.other_users = (events.len() as u64).saturating_sub(used);
        History { period, episodes, coverage }
    }
}

impl History {
    /// Whether everything that concerns a user was understood, and no episode has a gap. The caller knows
    /// whether all files were read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.coverage.not_understood == 0
            && self.coverage.not_records == 0
            && self.coverage.left_out == 0
            && self.episodes.iter().all(Episode::is_complete)
    }
}
