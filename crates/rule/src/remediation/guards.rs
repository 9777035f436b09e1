//! The guards: what has to be true of a key before anything is done to it. They are asked with what the first
//! look found, and again with what was read immediately before the act.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use thiserror::Error;

use super::deactivated_tag_key;
use super::request::{Mode, Remediation};
use crate::exception::{self, Tagged};
use crate::facts::{AccessKey, AccessKeyId, AccessKeyStatus, IamUser, LastUsed};
use crate::quoted::quoted;

/// A user has at most this many tags (IAM user guide, quotas).
pub const MAX_TAGS: usize = 50;

/// The tags of a user, key and value.
pub type Tags = [(String, String)];

/// What is done to a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Act {
    /// UpdateAccessKey, status Inactive; can be undone.
    Deactivate,
    /// DeleteAccessKey; cannot.
    Delete,
}

impl Act {
    /// The tag that is written before the act.
    #[must_use]
    pub fn tag(self, access_key_id: &AccessKeyId, at: DateTime<Utc>) -> Option<(String, String)> {
        match self {
            Self::Deactivate => Some((deactivated_tag_key(access_key_id), rfc3339(at))),
            Self::Delete => None,
        }
    }
}

/// A time as the tag and the answer hold it: RFC 3339 in UTC, to the second.
#[must_use]
pub fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Why a key is left alone, in one line.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Reason {
    /// Somebody answers for the user.
    #[error("the user is excepted until {}, owner {}", quoted(expires), quoted(owner))]
    Excepted {
        /// The end, as tagged.
        expires: String,
        /// Who answers for it.
        owner: String,
    },
    /// Somebody works with it.
    #[error("used: rotate it, remediation never touches a key that was used")]
    Used,
    /// Not made with the user.
    #[error("not set up with the user: created {seconds:+} s after it, the setup window is {window} s")]
    OutsideSetupWindow {
        /// How long after the user.
        seconds: i64,
        /// `setupWindowSeconds`.
        window: i64,
    },
    /// Somebody may be about to use it.
    #[error("too young: created {created}, the minimum age is {hours} h")]
    TooYoung {
        /// When the key was created.
        created: String,
        /// `minimumKeyAgeHours`.
        hours: i64,
    },
    /// There is nothing to deactivate.
    #[error("inactive already")]
    Inactive,
    /// Cannot sign calls any more, and cannot be activated.
    #[error("expired")]
    Expired,
    /// Somebody activated it after a remediation deactivated it, or a remediation was cut short.
    #[error(
        "active, and tagged `{tag}` = `{value}`: whoever activated it again decided, or a deactivation was cut \
         short; it is not deactivated again while the tag is there"
    )]
    DeactivatedBefore {
        /// The key of the tag.
        tag: String,
        /// Its value.
        value: String,
    },
    /// The tag that has to come before a deactivation would be one too many.
    #[error("the user has {MAX_TAGS} tags, the most that IAM allows: no room for `{tag}`")]
    NoRoomForTag {
        /// The key of the tag.
        tag: String,
    },
    /// Only what was deactivated before is deleted.
    #[error("active: only an inactive key is deleted")]
    Active,
    /// Somebody else deactivated it, for reasons of their own.
    #[error("inactive, but not by a remediation: no tag `{tag}`")]
    NotDeactivatedByUs {
        /// The key of the tag that is missing.
        tag: String,
    },
    /// Whoever misses it has had too little time to say so.
    #[error("deactivated too recently: `{tag}` = `{value}`, it has to be {days} days old")]
    InactiveTooShort {
        /// The key of the tag.
        tag: String,
        /// Its value.
        value: String,
        /// `minimumInactiveDays`.
        days: i64,
    },
    /// Deleted since the first look.
    #[error("the access key does not exist any more")]
    Gone,
    /// The user was deleted or renamed since the first look.
    #[error("no user is named `{0}` any more")]
    UserGone(String),
    /// Another user was made under the name, or renamed to it, since the first look.
    #[error("the name `{user_name}` belongs to another user by now, `{user_id}`")]
    NameTaken {
        /// The name.
        user_name: String,
        /// Whose it is.
        user_id: String,
    },
}

/// What is known of a key when its guards are asked.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The user.
    pub user: &'a IamUser,
    /// The key, with its status.
    pub key: &'a AccessKey,
    /// Its last use.
    pub last_used: LastUsed,
    /// All tags of the user.
    pub tags: &'a Tags,
    /// What time it is.
    pub now: DateTime<Utc>,
}

/// Says what may be done to a key.
///
/// # Errors
///
/// The key is left alone; the first reason for it.
pub fn check(remediation: &Remediation, known: &Known<'_>) -> Result<Act, Reason> {
    let parameters = &remediation.parameters;
    let Known { user, key, last_used, tags, now } = *known;

    if let Some(prefix) = &parameters.exception_tag_prefix
        && let Tagged::Excepted(exception) = exception::read(tags, prefix, now)
    {
        return Err(Reason::Excepted { expires: exception.expires, owner: exception.owner });
    }
    if last_used != LastUsed::Never {
        return Err(Reason::Used);
    }
    // whatever the criterion flags: a key that somebody made later, somebody wanted
    let after_user = key.create_date - user.create_date;
    if after_user.abs() > parameters.setup_window {
        let (seconds, window) = (after_user.num_seconds(), parameters.setup_window.num_seconds());
        return Err(Reason::OutsideSetupWindow { seconds, window });
    }
    if now - key.create_date < remediation.minimum_key_age {
        let (created, hours) = (rfc3339(key.create_date), remediation.minimum_key_age.num_hours());
        return Err(Reason::TooYoung { created, hours });
    }

    let tag = deactivated_tag_key(&key.access_key_id);
    let value = tags.iter().find(|(key, _)| *key == tag).map(|(_, value)| value.as_str());
    match (remediation.mode, key.status) {
        (_, AccessKeyStatus::Expired) => Err(Reason::Expired),
        (Mode::DryRun | Mode::Deactivate, AccessKeyStatus::Active) => may_deactivate(tag, value, tags),
        (Mode::Delete, AccessKeyStatus::Active) => Err(Reason::Active),
        (Mode::Deactivate, AccessKeyStatus::Inactive) => Err(Reason::Inactive),
        (Mode::DryRun | Mode::Delete, AccessKeyStatus::Inactive) => {
            may_delete(tag, value, remediation.minimum_inactive, now)
        }
    }
}

fn may_deactivate(tag: String, value: Option<&str>, tags: &Tags) -> Result<Act, Reason> {
    match value {
        Some(value) => Err(Reason::DeactivatedBefore { tag, value: quoted(value) }),
        None if tags.len() >= MAX_TAGS => Err(Reason::NoRoomForTag { tag }),
        None => Ok(Act::Deactivate),
    }
}

fn may_delete(
    tag: String,
    value: Option<&str>,
    minimum_inactive: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Act, Reason> {
    let Some(value) = value else { return Err(Reason::NotDeactivatedByUs { tag }) };
    // a value that cannot be read counts as written just now
    let deactivated = DateTime::parse_from_rfc3339(value).map_or(now, |at| at.to_utc());
    if now - deactivated < minimum_inactive {
        let days = minimum_inactive.num_days();
        return Err(Reason::InactiveTooShort { tag, value: quoted(value), days });
    }
    Ok(Act::Delete)
}
