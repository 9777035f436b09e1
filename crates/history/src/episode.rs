//! A setup episode: a user who was created in the period, and what became of it. What is unknown is `None`.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::actor::Actor;

/// Something that was done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Act {
    /// When.
    pub time: DateTime<Utc>,
    /// By whom.
    pub actor: Arc<Actor>,
}

/// Something that was done; `None` where it follows from later records, and its own record is missing.
pub type Done = Option<Act>;

/// A user who was created in the period.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Episode {
    /// The twelve digits of the account.
    pub account_id: Arc<str>,
    /// The last name of the user.
    pub user_name: Arc<str>,
    /// The names before that, the oldest first.
    pub former_names: Vec<Arc<str>>,
    /// The unique ID (`AIDA...`).
    pub user_id: Option<Arc<str>>,
    /// The last ARN of the user.
    pub arn: Option<Arc<str>>,
    /// The creation. The time is `createDate` of the answer where the record has one, else that of the event.
    pub created: Act,
    /// The first console password.
    pub console_password: Option<Password>,
    /// The access keys, in the order in which they appear.
    pub keys: Vec<Key>,
    /// The exemption tags that were set and removed.
    pub exemptions: Vec<TagChange>,
    /// The deletion.
    pub deleted: Option<Done>,
    /// Whether an access key was created with the user, and the user is in scope.
    pub violation: bool,
}

/// A console password.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Password {
    /// The creation.
    pub created: Done,
    /// The deletion, where no other password followed.
    pub deleted: Option<Done>,
}

/// An access key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Key {
    /// The ID (`AKIA...`).
    pub access_key_id: Arc<str>,
    /// The creation.
    pub created: Done,
    /// The seconds from the creation of the user to that of the key.
    pub seconds_after_user: Option<i64>,
    /// Whether that is within the setup window.
    pub created_with_user: Option<bool>,
    /// Whether user and key were created by one principal, or in one session.
    pub same_actor: Option<bool>,
    /// Whether the user created the key.
    pub self_made: Option<bool>,
    /// What became of the key by the end of the period.
    pub fate: Fate,
    /// What made it so; `None` for a key that is as it was created, and where the record is missing.
    pub fate_act: Done,
}

/// What became of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// It is there, and active.
    Present,
    /// It is there, and inactive.
    Deactivated,
    /// It is gone.
    Deleted,
}

impl Fate {
    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Deactivated => "deactivated",
            Self::Deleted => "deleted",
        }
    }
}

/// Exemption tags that were set or removed in one call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TagChange {
    /// When, and by whom.
    pub act: Act,
    /// The tags by key; `None` where the tag was removed.
    pub tags: Vec<(Arc<str>, Option<Arc<str>>)>,
}

impl Episode {
    /// Whether no record of the user is missing, judged by the other records.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let missing = |done: &Option<Done>| matches!(done, Some(None));
        let password = |password: &Password| password.created.is_none() || missing(&password.deleted);
        let key = |key: &Key| key.created.is_none() || (key.fate == Fate::Deleted && key.fate_act.is_none());
        !missing(&self.deleted)
            && !self.console_password.as_ref().is_some_and(password)
            && !self.keys.iter().any(key)
    }

    /// The keys that were created with the user.
    pub fn setup_keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(|key| key.created_with_user == Some(true))
    }
}
