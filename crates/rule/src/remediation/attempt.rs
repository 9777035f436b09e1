//! One key on its way to being deactivated or deleted: what is read and written, in which order.
//!
//! The account goes on living between the first look and the act, so everything that a guard asks for is read
//! again: user, tags and status first, the last use at the very end. A deactivation writes its tag before the last
//! look at the use: whatever comes after that, the key is never deactivated twice.

use chrono::{DateTime, Utc};

use super::guards::{Act, Known, Reason, check};
use super::request::{Mode, Remediation};
use crate::facts::{AccessKey, AccessKeyId, IamUser, LastUsed};

/// What to do next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AttemptStep {
    /// Read the user of this name with all tags (GetUser), and the keys (ListAccessKeys).
    LookAgain,
    /// Write this tag (TagUser).
    Tag {
        /// The key of the tag.
        key: String,
        /// Its value.
        value: String,
        /// The time that it says.
        at: DateTime<Utc>,
    },
    /// Read the last use (GetAccessKeyLastUsed).
    ReadLastUsed,
    /// Do it (UpdateAccessKey, DeleteAccessKey); in a dry run: say that it would be done.
    Do {
        /// What.
        act: Act,
        /// When it is done, as the answer and the tag say.
        at: DateTime<Utc>,
    },
    /// Leave the key alone.
    LeaveAlone(Reason),
}

/// One key on its way.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    remediation: &'a Remediation,
    user: &'a IamUser,
    access_key_id: &'a AccessKeyId,
    seen: Option<Seen>,
    tagged: Option<DateTime<Utc>>,
    last_used: Option<Option<LastUsed>>,
}

#[derive(Clone, Debug)]
struct Seen {
    user: Option<IamUser>,
    tags: Vec<(String, String)>,
    key: Option<AccessKey>,
}

impl<'a> Attempt<'a> {
    /// Begins with a key that the plan found nothing against.
    #[must_use]
    pub fn new(remediation: &'a Remediation, user: &'a IamUser, access_key_id: &'a AccessKeyId) -> Self {
        Self { remediation, user, access_key_id, seen: None, tagged: None, last_used: None }
    }

    /// Says what to do next.
    #[must_use]
    pub fn next(&self, now: DateTime<Utc>) -> AttemptStep {
        let Some(seen) = &self.seen else { return AttemptStep::LookAgain };
        let user_name = &self.user.user_name;
        match &seen.user {
            None => return AttemptStep::LeaveAlone(Reason::UserGone(user_name.to_string())),
            Some(found) if found.user_id != self.user.user_id => {
                let (user_name, user_id) = (user_name.to_string(), found.user_id.to_string());
                return AttemptStep::LeaveAlone(Reason::NameTaken { user_name, user_id });
            }
            Some(_) => {}
        }
        let Some(key) = &seen.key else { return AttemptStep::LeaveAlone(Reason::Gone) };
        let last_used = match self.last_used {
            // what the first look found, or the key would not be here
            None => LastUsed::Never,
            Some(None) => return AttemptStep::LeaveAlone(Reason::Gone),
            Some(Some(last_used)) => last_used,
        };
        let known = Known { user: self.user, key, last_used, tags: &seen.tags, now };
        let act = match check(self.remediation, &known) {
            Ok(act) => act,
            Err(reason) => return AttemptStep::LeaveAlone(reason),
        };
        let tag = act.tag(self.access_key_id, now).filter(|_| self.remediation.mode != Mode::DryRun);
        match (tag, self.tagged, self.last_used) {
            (Some((key, value)), None, _) => AttemptStep::Tag { key, value, at: now },
            (_, _, None) => AttemptStep::ReadLastUsed,
            (_, tagged, Some(_)) => AttemptStep::Do { act, at: tagged.unwrap_or(now) },
        }
    }

    /// Adds what the second look found: who has the name now (`None`: nobody), with all tags, and the keys.
    pub fn saw(&mut self, user: Option<(IamUser, Vec<(String, String)>)>, keys: Vec<AccessKey>) {
        let key = keys.into_iter().find(|key| key.access_key_id == *self.access_key_id);
        let (user, tags) = user.map_or((None, Vec::new()), |(user, tags)| (Some(user), tags));
        self.seen = Some(Seen { user, tags, key });
    }

    /// The tag is written.
    pub fn tagged(&mut self, at: DateTime<Utc>) {
        self.tagged = Some(at);
    }

    /// Adds the last use; `None` says that the key is gone.
    pub fn learn_last_used(&mut self, last_used: Option<LastUsed>) {
        self.last_used = Some(last_used);
    }

    /// Whether the tag of a deactivation is written.
    #[must_use]
    pub fn is_tagged(&self) -> bool {
        self.tagged.is_some()
    }
}
