//! Who created the access keys of an audit: what CloudTrail recorded (`--history`), joined to the keys that were found.

use std::collections::HashMap;

use setupkey_history::Episode;
use setupkey_history::episode;

use super::model::{Account, Creation, Key, User};
use crate::history::report::Report;

/// Adds who created each key of an account, as far as the history tells.
pub(super) fn add_to(account: &mut Account, report: &Report) {
    let Some(account_id) = account.account_id.as_deref() else { return };
    let episodes = report.history.episodes.iter().filter(|episode| *episode.account_id == *account_id);
    let episodes: Vec<&Episode> = episodes.collect();
    let keys = episodes.iter().flat_map(|episode| &episode.keys);
    let by_id: HashMap<&str, &episode::Key> = keys.map(|key| (&*key.access_key_id, key)).collect();
    let by_user: HashMap<_, &Episode> =
        episodes.iter().map(|episode| ((&*episode.user_name, episode.created.time), *episode)).collect();
    let find = |user: &User, key: &Key| match &key.access_key_id {
        Some(id) => by_id.get(id.as_str()).copied(),
        None => {
            let episode = by_user.get(&(user.user_name.as_str(), user.create_date))?;
            only_key_of(episode, key)
        }
    };
    for user in &mut account.users {
        let mut keys = user.keys.take();
        for key in keys.iter_mut().flatten() {
            key.creation = find(user, key).and_then(Creation::of);
        }
        user.keys = keys;
    }
}

/// A report has no IDs: the key of that user that was created in that second, if there is only one.
fn only_key_of<'a>(episode: &'a Episode, key: &Key) -> Option<&'a episode::Key> {
    let then = key.create_date?;
    let mut keys = episode.keys.iter().filter(|of| of.created.as_ref().is_some_and(|act| act.time == then));
    keys.next().filter(|_| keys.next().is_none())
}
