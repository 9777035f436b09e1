//! Who created the access keys of an audit: what CloudTrail recorded (`--history`), joined to the keys that were found.

use std::collections::HashMap;
use std::sync::Arc;

use setupkey_history::Episode;
use setupkey_history::episode;

use super::model::{Account, Creation, Key, User};
use crate::history::report::Report;

/// The episodes of a history by account: it is read once, however many accounts there are.
pub(super) struct Creators {
    report: Arc<Report>,
    /// The places of the episodes, by account ID.
    places: HashMap<Arc<str>, Vec<usize>>,
}

impl Creators {
    /// Sorts the episodes of a history by account.
    pub(super) fn of(report: Arc<Report>) -> Self {
        let mut places: HashMap<_, Vec<_>> = HashMap::new();
        for (place, episode) in report.history.episodes.iter().enumerate() {
            places.entry(Arc::clone(&episode.account_id)).or_default().push(place);
        }
        Self { report, places }
    }

    /// Adds who created each key of an account, if the history has it.
    pub(super) fn add_to(&self, account: &mut Account) {
        let places = account.account_id.as_deref().and_then(|account_id| self.places.get(account_id));
        let places = places.into_iter().flatten();
        let episodes: Vec<&Episode> =
            places.filter_map(|place| self.report.history.episodes.get(*place)).collect();
        let keys = episodes.iter().flat_map(|episode| &episode.keys);
        let by_id: HashMap<&str, &episode::Key> = keys.map(|key| (&*key.access_key_id, key)).collect();
        let by_user: HashMap<_, &Episode> =
            episodes.iter().map(|episode| ((&*episode.user_name, episode.created.time), *episode)).collect();
        for User { user_name, create_date, keys, .. } in &mut account.users {
            for key in keys.iter_mut().flatten() {
                let recorded = match &key.access_key_id {
                    Some(id) => by_id.get(id.as_str()).copied(),
                    None => by_user
                        .get(&(user_name.as_str(), *create_date))
                        .and_then(|episode| only_key_of(episode, key)),
                };
                key.creation = recorded.and_then(Creation::of);
            }
        }
    }
}

/// A report has no IDs: the key of that user that was created in that second, if there is only one.
fn only_key_of<'a>(episode: &'a Episode, key: &Key) -> Option<&'a episode::Key> {
    let then = key.create_date?;
    let mut keys = episode.keys.iter().filter(|of| of.created.as_ref().is_some_and(|act| act.time == then));
    keys.next().filter(|_| keys.next().is_none())
}
