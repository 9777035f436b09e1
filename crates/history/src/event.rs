//! What a record says about an IAM user.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::actor::Actor;

/// A call that succeeded, and concerns a user.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Event {
    /// The account of the user.
    pub(crate) account_id: Arc<str>,
    /// `eventTime`.
    pub(crate) time: DateTime<Utc>,
    /// What was done. Of calls in the same second, those that undo come first.
    pub(crate) action: Action,
    /// `eventID`: of two records with the same, one is a copy.
    pub(crate) event_id: Arc<str>,
    /// Who did it.
    pub(crate) actor: Arc<Actor>,
}

/// What was done. The order is that in which calls of one second are tried.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Action {
    DeleteAccessKey {
        user_name: Option<Arc<str>>,
        access_key_id: Arc<str>,
    },
    DeleteLoginProfile {
        user_name: Arc<str>,
    },
    DeleteUser {
        user_name: Arc<str>,
    },
    UpdateUser {
        user_name: Arc<str>,
        new_user_name: Option<Arc<str>>,
        new_path: Option<Arc<str>>,
    },
    CreateUser(Box<NewUser>),
    CreateLoginProfile {
        user_name: Arc<str>,
        create_date: Option<DateTime<Utc>>,
    },
    CreateAccessKey {
        user_name: Arc<str>,
        access_key_id: Arc<str>,
        create_date: Option<DateTime<Utc>>,
    },
    /// UpdateLoginProfile and ChangePassword: there is a console password.
    ChangePassword {
        user_name: Arc<str>,
    },
    UpdateAccessKey {
        user_name: Option<Arc<str>>,
        access_key_id: Arc<str>,
        is_active: bool,
    },
    /// TagUser and UntagUser: the tags, without a value those that were removed.
    TagUser {
        user_name: Arc<str>,
        tags: Tags,
    },
}

/// Tags by key; without a value those that were removed.
pub(crate) type Tags = Vec<(Arc<str>, Option<Arc<str>>)>;

/// What CreateUser answered.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct NewUser {
    pub(crate) user_name: Arc<str>,
    pub(crate) user_id: Option<Arc<str>>,
    pub(crate) arn: Option<Arc<str>>,
    pub(crate) create_date: Option<DateTime<Utc>>,
    pub(crate) tags: Tags,
}
