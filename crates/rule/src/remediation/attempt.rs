//! One key on its way to being announced, deactivated or deleted: what is read and written, in which order.
//!
//! The account goes on living between any two calls, so every write comes after a look at everything that a guard asks
//! for, and is sent once. A write that fails is followed by another look: what was true before it may have changed. A
//! deactivation writes its tag first: whatever comes after that, the key is never deactivated twice.

use chrono::{DateTime, TimeDelta, Utc};

use super::answer::ActionKind;
use super::check::{Act, Known, Reason, check};
use super::request::{Mode, Remediation};
use super::tags::{deactivated_tag, deactivated_tag_key, notice_tag, reactivated_tag, tagged_time};
use crate::iam::{AccessKey, AccessKeyId, AccessKeyStatus, IamUser, LastUsed, Tags};

/// Writes are tried this often in all, each after a look of its own.
const MAX_ATTEMPTS: u32 = 5;

/// An invocation takes no longer: Systems Manager waits 300 seconds for a function (Systems Manager user guide,
/// aws:invokeLambdaFunction).
pub const MAX_SECONDS: u32 = 240;

/// The wait before the look that follows a failed write; doubles each time.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(1);

/// What to do next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AttemptStep {
    /// After this wait, read the user of this name with all tags (GetUser), the keys (ListAccessKeys) and the last use
    /// (GetAccessKeyLastUsed). For a deletion the keys come last, otherwise the last use.
    Look {
        /// The wait.
        wait: TimeDelta,
        /// Whether the keys are read last.
        keys_last: bool,
    },
    /// Publish what will be done to the key, and from when.
    Announce {
        /// The key may be deactivated from then on.
        not_before: DateTime<Utc>,
    },
    /// Write this tag (TagUser).
    Tag {
        /// The key of the tag.
        key: String,
        /// Its value.
        value: String,
    },
    /// Deactivate the key (UpdateAccessKey).
    Deactivate,
    /// Delete the key (DeleteAccessKey).
    Delete,
    /// The attempt is over: this was done, or would be.
    Done {
        /// What.
        action: ActionKind,
        /// When: the time of the answer that says so.
        at: DateTime<Utc>,
        /// From when the key may be deactivated, after a notice.
        not_before: Option<DateTime<Utc>>,
    },
    /// The attempt is over: leave the key alone.
    LeaveAlone(Reason),
    /// The attempt is over: the last call failed, and another would not help.
    Failed,
}

/// What a failed write says about itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WriteError {
    /// The service did not execute it, and would not execute it again.
    Refused,
    /// The service did not execute it, and may the next time: there were too many calls, or nothing of this name.
    Throttled,
    /// Whether it was executed is not known.
    Unknown,
}

/// What a look found.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The user who has the name now, with all tags; `None`: no user.
    pub user: Option<(IamUser, Vec<(String, String)>)>,
    /// The keys of that user.
    pub keys: Vec<AccessKey>,
    /// The last use of the key; `None`: the key does not exist.
    pub last_used: Option<LastUsed>,
}

/// One key on its way.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    remediation: &'a Remediation,
    user: &'a IamUser,
    access_key_id: &'a AccessKeyId,
    request_id: &'a str,
    seen: Option<Seen>,
    wait: TimeDelta,
    writes_failed: u32,
    /// The tag of the deactivation that this attempt writes.
    own_tag: Option<(String, String)>,
    /// That tag is written, or may be.
    may_be_tagged: bool,
    published: Option<DateTime<Utc>>,
    /// A write of the status or a deletion may have been executed.
    may_be_done: bool,
    last_write: Option<AttemptStep>,
    over: Option<AttemptStep>,
}

impl<'a> Attempt<'a> {
    /// Starts with a key that the plan has among its candidates. The ID is that of the request to the function, which no
    /// other invocation has.
    #[must_use]
    pub fn new(
        remediation: &'a Remediation,
        user: &'a IamUser,
        access_key_id: &'a AccessKeyId,
        request_id: &'a str,
    ) -> Self {
        Self {
            remediation,
            user,
            access_key_id,
            request_id,
            seen: None,
            wait: TimeDelta::zero(),
            writes_failed: 0,
            own_tag: None,
            may_be_tagged: false,
            published: None,
            may_be_done: false,
            last_write: None,
            over: None,
        }
    }

    /// Returns what to do next.
    #[must_use]
    pub fn next(&mut self, now: DateTime<Utc>) -> AttemptStep {
        if let Some(over) = &self.over {
            return over.clone();
        }
        let Some(seen) = self.seen.clone() else {
            return AttemptStep::Look { wait: self.wait, keys_last: self.remediation.mode == Mode::Delete };
        };
        let step = self.after_look(&seen, now).unwrap_or_else(AttemptStep::LeaveAlone);
        let is_write =
            matches!(step, AttemptStep::Tag { .. } | AttemptStep::Deactivate | AttemptStep::Delete);
        let step = if is_write && self.writes_failed >= MAX_ATTEMPTS { AttemptStep::Failed } else { step };
        // the tag of a deactivation holds a time, and that of a key that was activated again does not
        if let AttemptStep::Tag { key, value } = &step
            && *key == deactivated_tag_key(self.access_key_id)
            && tagged_time(value).is_some()
        {
            self.own_tag = Some((key.clone(), value.clone()));
        }
        self.last_write = Some(step.clone());
        step
    }

    fn after_look(&self, seen: &Seen, now: DateTime<Utc>) -> Result<AttemptStep, Reason> {
        let user_name = &self.user.user_name;
        let tags = match &seen.user {
            None => return Err(Reason::UserGone(user_name.to_string())),
            Some((found, _)) if found.user_id != self.user.user_id => {
                let (user_name, user_id) = (user_name.to_string(), found.user_id.to_string());
                return Err(Reason::NameTaken { user_name, user_id });
            }
            Some((_, tags)) => tags,
        };
        let done = |action, not_before| Ok(AttemptStep::Done { action, at: now, not_before });
        let key = seen.keys.iter().find(|key| key.access_key_id == *self.access_key_id);
        let (Some(key), Some(last_used)) = (key, seen.last_used) else {
            // nobody else has a reason to delete a key that a moment ago was there to be deleted
            let is_done = self.may_be_done && self.remediation.mode == Mode::Delete;
            return if is_done { done(ActionKind::Deleted, None) } else { Err(Reason::Gone) };
        };
        if self.may_be_done && self.remediation.mode == Mode::Deactivate {
            // still active: the write was not executed, or the owner activated the key again
            return match key.status {
                AccessKeyStatus::Active => Ok(AttemptStep::Failed),
                AccessKeyStatus::Inactive | AccessKeyStatus::Expired => done(ActionKind::Deactivated, None),
            };
        }
        let is_own = |tag: &(String, String)| Some(tag) == self.own_tag.as_ref();
        let is_tagged = tags.iter().any(is_own);
        let others: Vec<_> = tags.iter().filter(|tag| !is_own(tag)).cloned().collect();
        let known = Known { user: self.user, key, last_used, tags: &others, now };
        let act = match check(self.remediation, &known) {
            Ok(act) => act,
            Err(reason) => return self.reactivated(key, &others, now).ok_or(reason),
        };
        let notice = self.remediation.guards.minimum_notice;
        let is_dry_run = self.remediation.mode == Mode::DryRun;
        match act {
            Act::Announce if is_dry_run => done(ActionKind::WouldAnnounce, Some(now + notice)),
            Act::Deactivate if is_dry_run => done(ActionKind::WouldDeactivate, None),
            Act::Delete if is_dry_run => done(ActionKind::WouldDelete, None),
            Act::Announce => match self.published {
                None => Ok(AttemptStep::Announce { not_before: now + notice }),
                Some(at) => {
                    let topic_arn = self.remediation.guards.topic_arn.as_deref().unwrap_or_default();
                    let (key, value) = notice_tag(self.access_key_id, at, topic_arn);
                    Ok(AttemptStep::Tag { key, value })
                }
            },
            Act::Deactivate if is_tagged => Ok(AttemptStep::Deactivate),
            Act::Deactivate => {
                let new = || deactivated_tag(self.access_key_id, now, self.request_id);
                let (key, value) = self.own_tag.clone().unwrap_or_else(new);
                Ok(AttemptStep::Tag { key, value })
            }
            Act::Delete => Ok(AttemptStep::Delete),
        }
    }

    /// The tag of a key that was activated again says so, and no deletion follows from the old one. A tag that is not older
    /// than an invocation can be that of another one, which is about to deactivate the key.
    fn reactivated(&self, key: &AccessKey, tags: &Tags, now: DateTime<Utc>) -> Option<AttemptStep> {
        let tag = deactivated_tag_key(self.access_key_id);
        let tagged = tags.iter().find(|(held, _)| *held == tag).and_then(|(_, value)| tagged_time(value));
        let is_over = |at: DateTime<Utc>| (now - at).abs() >= TimeDelta::seconds(MAX_SECONDS.into());
        let is_stale = key.status == AccessKeyStatus::Active && tagged.is_some_and(is_over);
        (is_stale && self.remediation.mode != Mode::DryRun).then(|| {
            let (key, value) = reactivated_tag(self.access_key_id, now);
            AttemptStep::Tag { key, value }
        })
    }

    /// Adds what a look found.
    pub fn saw(&mut self, seen: Seen) {
        self.seen = Some(seen);
    }

    /// The notice was published at this time.
    pub fn published(&mut self, at: DateTime<Utc>) {
        self.published = Some(at);
        self.seen = None;
        self.wait = TimeDelta::zero();
    }

    /// The last write was answered at this time.
    pub fn written(&mut self, at: DateTime<Utc>) {
        self.may_be_tagged |= self.own_tag.is_some();
        self.wait = TimeDelta::zero();
        let notice = self.remediation.guards.minimum_notice;
        let done = |action, not_before| Some(AttemptStep::Done { action, at, not_before });
        self.over = match (&self.last_write, self.published) {
            (Some(AttemptStep::Deactivate), _) => done(ActionKind::Deactivated, None),
            (Some(AttemptStep::Delete), _) => done(ActionKind::Deleted, None),
            (Some(AttemptStep::Tag { .. }), Some(published)) => {
                done(ActionKind::Announced, Some(published + notice))
            }
            _ => None,
        };
        self.seen = None;
    }

    /// The last write failed.
    pub fn failed(&mut self, error: WriteError) {
        self.writes_failed += 1;
        if error == WriteError::Unknown {
            match self.last_write {
                Some(AttemptStep::Deactivate | AttemptStep::Delete) => self.may_be_done = true,
                _ => self.may_be_tagged |= self.own_tag.is_some(),
            }
        }
        // whether it is done is looked up once more
        if error == WriteError::Refused || (self.writes_failed >= MAX_ATTEMPTS && !self.may_be_done) {
            self.over = Some(AttemptStep::Failed);
        }
        self.wait = FIRST_WAIT * 2i32.saturating_pow(self.writes_failed - 1);
        self.seen = None;
    }

    /// Whether the tag of a deactivation is written, or may be, while the key may be active.
    #[must_use]
    pub fn may_be_tagged(&self) -> bool {
        self.may_be_tagged
    }
}
