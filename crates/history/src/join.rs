//! Events, in the order in which they happened, become episodes.
//!
//! Records name a user by its name, and names are used again: who has a name is known from the calls before. IAM took
//! each of these calls, so of calls in the same second, whose order is not recorded, each is taken when it was possible.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use setupkey_rule::parameters::{RuleParameters, Scope};

use crate::actor::Actor;
use crate::episode::{Act, Episode, Fate, Key, TagChange};
use crate::event::{Action, Event, NewUser, Tags};

/// Calls of one second are ordered if there are at most this many in an account; more are taken as they are
/// sorted. IAM takes fewer, and the work grows with the third power.
const MAX_CALLS_IN_A_SECOND: usize = 64;

/// The episodes of these events, which are sorted and without copies, by time; and how many events they are made of.
pub(crate) fn episodes(events: &[Event], parameters: &RuleParameters) -> (Vec<Episode>, u64) {
    let mut found = Vec::new();
    let mut used = 0;
    for events in events.chunk_by(|one, two| one.account_id == two.account_id) {
        let mut account = Account {
            parameters,
            episodes: Vec::new(),
            names: HashMap::new(),
            early: HashMap::new(),
            keys: HashMap::new(),
            used: 0,
        };
        for second in events.chunk_by(|one, two| one.time == two.time) {
            account.second(second);
        }
        used += account.used;
        found.extend(account.episodes.into_iter().map(|episode| judged(episode, parameters)));
    }
    found.sort_by(|one, two| {
        let place = |episode: &Episode| {
            (episode.created.time, Arc::clone(&episode.account_id), Arc::clone(&episode.user_name))
        };
        place(one).cmp(&place(two))
    });
    (found, used)
}

fn judged(mut episode: Episode, parameters: &RuleParameters) -> Episode {
    let in_scope = parameters.scope == Scope::AllUsers || episode.console_password.is_some();
    episode.violation = in_scope && episode.setup_keys().next().is_some();
    episode
}

/// Who has a name. A name that is not here may belong to a user from before the period.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Name {
    /// The user of this episode.
    Held(usize),
    /// No user.
    Free,
}

/// The events of one account.
struct Account<'a> {
    parameters: &'a RuleParameters,
    episodes: Vec<Episode>,
    names: HashMap<String, Name>,
    // calls about a name that no user of an episode has: clocks differ, so some may belong to the next one
    early: HashMap<String, Vec<&'a Event>>,
    // by ID: the episode, and the place in it
    keys: HashMap<Arc<str>, (usize, usize)>,
    used: u64,
}

/// IAM does not tell names apart by case (IAM user guide, IAM identifiers).
fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// Whether two names are the same to IAM.
fn is_same(one: &str, two: &str) -> bool {
    one.eq_ignore_ascii_case(two) || (!one.is_ascii() && folded(one) == folded(two))
}

impl<'a> Account<'a> {
    fn second(&mut self, events: &'a [Event]) {
        let mut waiting: VecDeque<&Event> = events.iter().collect();
        while !waiting.is_empty() {
            let next = match waiting.len() {
                2..=MAX_CALLS_IN_A_SECOND => {
                    waiting.iter().position(|event| self.is_possible(event, &waiting))
                }
                _ => None,
            };
            if let Some(event) = waiting.remove(next.unwrap_or_default()) {
                self.apply(event);
            }
        }
    }

    /// Whether IAM can have taken the call now, with these others of the same second still to come.
    fn is_possible(&self, event: &Event, waiting: &VecDeque<&Event>) -> bool {
        let name = |name: &str| self.names.get(&folded(name)).copied();
        match &event.action {
            Action::CreateUser(user) => !matches!(name(&user.user_name), Some(Name::Held(_))),
            Action::UpdateUser { user_name, new_user_name, .. } => {
                let is_new = |new: &&Arc<str>| !is_same(new, user_name);
                let taken = new_user_name.as_ref().filter(is_new).and_then(|new| name(new));
                name(user_name) != Some(Name::Free) && !matches!(taken, Some(Name::Held(_)))
            }
            Action::DeleteUser { user_name } => {
                let is_created_again = |other: &&Event| matches!(&other.action, Action::CreateUser(user) if is_same(&user.user_name, user_name));
                match name(user_name) {
                    None => true,
                    Some(Name::Free) => false,
                    Some(Name::Held(episode)) if waiting.iter().any(is_created_again) => {
                        self.is_empty(episode)
                    }
                    // the last of the second
                    Some(Name::Held(episode)) => {
                        self.is_empty(episode)
                            && !waiting.iter().any(|other| **other != *event && other.names(user_name))
                    }
                }
            }
            Action::DeleteAccessKey { user_name, access_key_id } => match self.keys.get(access_key_id) {
                Some(place) => self.key(*place).is_some_and(|key| key.fate != Fate::Deleted),
                None => user_name.as_ref().is_none_or(|user_name| name(user_name).is_none()),
            },
            Action::DeleteLoginProfile { user_name } => match name(user_name) {
                None => true,
                Some(Name::Free) => false,
                Some(Name::Held(episode)) => self.has_password(episode),
            },
            Action::CreateLoginProfile { user_name, .. } => match name(user_name) {
                None => true,
                Some(Name::Free) => false,
                Some(Name::Held(episode)) => !self.has_password(episode),
            },
            Action::UpdateAccessKey { user_name, access_key_id, .. } => {
                self.keys.contains_key(access_key_id)
                    || user_name.as_ref().is_none_or(|user_name| name(user_name).is_none())
            }
            Action::CreateAccessKey { user_name, .. }
            | Action::ChangePassword { user_name }
            | Action::TagUser { user_name, .. } => name(user_name) != Some(Name::Free),
        }
    }

    /// Whether the user can be deleted: IAM demands that its keys and its password are gone.
    fn is_empty(&self, episode: usize) -> bool {
        let keys_are_gone = |episode: &Episode| episode.keys.iter().all(|key| key.fate == Fate::Deleted);
        self.episodes.get(episode).is_some_and(keys_are_gone) && !self.has_password(episode)
    }

    fn has_password(&self, episode: usize) -> bool {
        let password = self.episodes.get(episode).and_then(|episode| episode.console_password.as_ref());
        password.is_some_and(|password| password.deleted.is_none())
    }

    fn key(&self, (episode, place): (usize, usize)) -> Option<&Key> {
        self.episodes.get(episode)?.keys.get(place)
    }

    /// Takes a call.
    fn apply(&mut self, event: &'a Event) {
        let act = || Act { time: event.time, actor: Arc::clone(&event.actor) };
        let name = event.action.user_name().map(|name| folded(name));
        match &event.action {
            Action::CreateUser(user) => return self.create_user(event, user),
            Action::UpdateAccessKey { access_key_id, .. } | Action::DeleteAccessKey { access_key_id, .. } => {
                let place =
                    match (self.keys.get(access_key_id), name.as_ref().and_then(|name| self.names.get(name)))
                    {
                        (Some(place), _) => *place,
                        (None, Some(Name::Held(episode))) => {
                            let Some(place) = self.new_key(*episode, access_key_id) else { return };
                            place
                        }
                        _ => return self.wait(name, event),
                    };
                let fate = match &event.action {
                    Action::UpdateAccessKey { is_active: true, .. } => Fate::Present,
                    Action::UpdateAccessKey { .. } => Fate::Deactivated,
                    _ => Fate::Deleted,
                };
                let key = self.episodes.get_mut(place.0).and_then(|episode| episode.keys.get_mut(place.1));
                // a key that is gone stays so, whatever clocks say
                if let Some(key) = key.filter(|key| key.fate != Fate::Deleted) {
                    (key.fate, key.fate_act) = (fate, Some(act()));
                }
                self.used += 1;
                return;
            }
            _ => {}
        }
        let Some(name) = name else { return };
        let Some(Name::Held(place)) = self.names.get(&name).copied() else {
            return self.nobody_held(name, event);
        };
        let Some(episode) = self.episodes.get_mut(place) else { return };
        self.used += 1;
        match &event.action {
            Action::CreateLoginProfile { create_date, .. } => {
                let created = Act { time: create_date.unwrap_or(event.time), ..act() };
                let password = episode.console_password.get_or_insert_default();
                password.created.get_or_insert(created);
                password.deleted = None;
            }
            Action::ChangePassword { .. } => {
                episode.console_password.get_or_insert_default();
            }
            Action::DeleteLoginProfile { .. } => {
                episode.console_password.get_or_insert_default().deleted = Some(Some(act()));
            }
            Action::CreateAccessKey { access_key_id, create_date, .. } => {
                let created = Act { time: create_date.unwrap_or(event.time), ..act() };
                self.create_key(place, access_key_id, created);
            }
            Action::TagUser { tags, .. } => self.tag(place, event, tags),
            Action::DeleteUser { .. } => {
                episode.deleted = Some(Some(act()));
                for key in episode.keys.iter_mut().filter(|key| key.fate != Fate::Deleted) {
                    (key.fate, key.fate_act) = (Fate::Deleted, None);
                }
                self.free(name);
            }
            Action::UpdateUser { new_user_name, new_path, .. } => {
                let new_name = new_user_name.as_ref().unwrap_or(&episode.user_name);
                episode.arn =
                    episode.arn.as_deref().and_then(|arn| renamed(arn, new_name, new_path.as_deref()));
                let new_name = Arc::clone(new_name);
                if new_name != episode.user_name {
                    let former = std::mem::replace(&mut episode.user_name, Arc::clone(&new_name));
                    episode.former_names.push(former);
                    self.free(name);
                    self.take(folded(&new_name), place);
                }
            }
            Action::CreateUser(_) | Action::UpdateAccessKey { .. } | Action::DeleteAccessKey { .. } => {}
        }
    }

    /// A call about a name that no user of an episode has.
    fn nobody_held(&mut self, name: String, event: &'a Event) {
        match &event.action {
            Action::DeleteUser { .. } => self.free(name),
            Action::UpdateUser { new_user_name: Some(new), .. } => {
                self.free(name);
                // a user from before the period has that name now
                let new = folded(new);
                self.leave(&new);
                self.early.remove(&new);
                self.names.remove(&new);
            }
            _ => self.wait(Some(name), event),
        }
    }

    fn wait(&mut self, name: Option<String>, event: &'a Event) {
        if let Some(name) = name {
            self.early.entry(name).or_default().push(event);
        }
    }

    fn create_user(&mut self, event: &'a Event, user: &NewUser) {
        self.used += 1;
        let time = user.create_date.unwrap_or(event.time);
        let place = self.episodes.len();
        self.episodes.push(Episode {
            account_id: Arc::clone(&event.account_id),
            user_name: Arc::clone(&user.user_name),
            former_names: Vec::new(),
            user_id: user.user_id.clone(),
            arn: user.arn.clone(),
            created: Act { time, actor: Arc::clone(&event.actor) },
            console_password: None,
            keys: Vec::new(),
            exemptions: Vec::new(),
            deleted: None,
            violation: false,
        });
        self.tag(place, event, &user.tags);
        let name = folded(&user.user_name);
        let early = self.early.remove(&name).unwrap_or_default();
        self.take(name, place);
        for early in early {
            if event.time - early.time <= self.parameters.setup_window {
                self.apply(early);
            }
        }
    }

    fn create_key(&mut self, place: usize, id: &Arc<str>, created: Act) {
        let at = match self.keys.get(id) {
            Some(at) => Some(*at),
            None => self.new_key(place, id),
        };
        let Some((episode, key)) = at else { return };
        let Some(episode) = self.episodes.get_mut(episode) else { return };
        let after = created.time - episode.created.time;
        let self_made = created.actor.is_user(episode);
        if self_made && episode.user_id.is_none() {
            episode.user_id = created.actor.user.as_ref().and_then(|user| user.user_id.clone());
        }
        if let Some(key) = episode.keys.get_mut(key).filter(|key| key.created.is_none()) {
            key.seconds_after_user = Some(after.num_seconds());
            key.created_with_user = Some(after.abs() <= self.parameters.setup_window);
            key.same_actor = Some(created.actor.is(&episode.created.actor));
            key.self_made = Some(self_made);
            key.created = Some(created);
        }
    }

    /// A key of whose creation nothing is known.
    fn new_key(&mut self, place: usize, id: &Arc<str>) -> Option<(usize, usize)> {
        let keys = &mut self.episodes.get_mut(place)?.keys;
        keys.push(Key {
            access_key_id: Arc::clone(id),
            created: None,
            seconds_after_user: None,
            created_with_user: None,
            same_actor: None,
            self_made: None,
            fate: Fate::Present,
            fate_act: None,
        });
        let at = (place, keys.len() - 1);
        self.keys.insert(Arc::clone(id), at);
        Some(at)
    }

    fn tag(&mut self, place: usize, event: &Event, tags: &Tags) {
        let Some(prefix) = &self.parameters.exception_tag_prefix else { return };
        // IAM does not tell tag keys apart by case (IAM user guide, Tags)
        let prefix = format!("{}:", folded(prefix));
        let tags: Tags = tags.iter().filter(|(key, _)| folded(key).starts_with(&prefix)).cloned().collect();
        if let Some(episode) = self.episodes.get_mut(place).filter(|_| !tags.is_empty()) {
            let act = Act { time: event.time, actor: Arc::clone(&event.actor) };
            episode.exemptions.push(TagChange { act, tags });
        }
    }

    /// The name is free.
    fn free(&mut self, name: String) {
        self.early.remove(&name);
        self.names.insert(name, Name::Free);
    }

    /// The name belongs to this user now.
    fn take(&mut self, name: String, place: usize) {
        self.leave(&name);
        self.early.remove(&name);
        self.names.insert(name, Name::Held(place));
    }

    /// The user who had the name lost it without a record, and has probably been deleted.
    fn leave(&mut self, name: &str) {
        if let Some(Name::Held(place)) = self.names.get(name)
            && let Some(episode) = self.episodes.get_mut(*place)
        {
            episode.deleted = Some(None);
        }
    }
}

impl Action {
    /// The name of the user that is acted on.
    fn user_name(&self) -> Option<&Arc<str>> {
        match self {
            Self::DeleteAccessKey { user_name, .. } | Self::UpdateAccessKey { user_name, .. } => {
                user_name.as_ref()
            }
            Self::CreateUser(user) => Some(&user.user_name),
            Self::DeleteLoginProfile { user_name }
            | Self::DeleteUser { user_name }
            | Self::UpdateUser { user_name, .. }
            | Self::CreateLoginProfile { user_name, .. }
            | Self::CreateAccessKey { user_name, .. }
            | Self::ChangePassword { user_name }
            | Self::TagUser { user_name, .. } => Some(user_name),
        }
    }
}

impl Event {
    fn names(&self, user_name: &str) -> bool {
        self.action.user_name().is_some_and(|name| is_same(name, user_name))
    }
}

impl Actor {
    /// Whether the user of the episode acted.
    fn is_user(&self, episode: &Episode) -> bool {
        let Some(user) = &self.user else { return false };
        match (&user.user_id, &episode.user_id) {
            (Some(acting), Some(created)) => acting == created,
            _ => user.user_name.as_ref().is_some_and(|name| is_same(name, &episode.user_name)),
        }
    }
}

/// The ARN after the user got another name or path.
fn renamed(arn: &str, name: &str, path: Option<&str>) -> Option<Arc<str>> {
    let (front, tail) = arn.split_once(":user/")?;
    let old_path = tail.rsplit_once('/').map_or("", |(path, _)| path);
    let path = path.unwrap_or(old_path).trim_matches('/');
    let slash = if path.is_empty() { "" } else { "/" };
    Some(Arc::from(format!("{front}:user/{path}{slash}{name}")))
}
