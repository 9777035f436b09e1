//! What must be true of a key before anything is done to it. It is checked with what the first look found, and again with
//! what every later look finds.

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::guards::Guards;
use super::request::{Mode, Remediation};
use super::tags::{deactivated_tag_key, notice_tag, rfc3339, tagged_time};
use crate::exemption::{self, Exemption, Tagged};
use crate::iam::{AccessKey, AccessKeyStatus, IamUser, LastUsed, Tags};
use crate::input::quoted;

/// A user has at most this many tags (IAM user guide, quotas).
pub const MAX_TAGS: usize = 50;

/// What may be done to a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Act {
    /// Say on the topic that the key will be deactivated, then tag the user with the time of it.
    Announce,
    /// UpdateAccessKey, status Inactive, after a tag on the user. It can be undone.
    Deactivate,
    /// DeleteAccessKey. It cannot be undone.
    Delete,
}

/// Why a key is left alone, in one line.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Reason {
    /// The user is exempt.
    #[error("the user is exempt: {0}")]
    Exempt(Exemption),
    /// The key is in use.
    #[error("used: rotate it, remediation never changes a key that was used")]
    Used,
    /// The key was not created with the user.
    #[error("not created with the user: created {seconds:+} s after it, the setup window is {window} s")]
    OutsideSetupWindow {
        /// How long after the user.
        seconds: i64,
        /// `setupWindowSeconds`.
        window: i64,
    },
    /// The owner may be about to use it.
    #[error("too young: created {created}, the minimum age is {hours} h")]
    TooYoung {
        /// When the key was created.
        created: String,
        /// The minimum age.
        hours: i64,
    },
    /// There is nothing to deactivate.
    #[error("inactive already")]
    Inactive,
    /// The key cannot sign calls any more, and cannot be activated.
    #[error("expired")]
    Expired,
    /// The owner activated it after a remediation deactivated it, or a remediation was cut short.
    #[error(
        "active, and tagged `{tag}` = `{value}`: it was activated again, or its deactivation was interrupted; it is not \
         deactivated again while the tag is there"
    )]
    Reactivated {
        /// The key of the tag.
        tag: String,
        /// Its value.
        value: String,
    },
    /// A tag that must come first would be one too many.
    #[error("the user has {MAX_TAGS} tags, the most that IAM allows: no room for the tag of a remediation")]
    NoRoomForTag,
    /// A notice needs a topic.
    #[error("a notice of {days} days comes before the deactivation, and no alert topic is set")]
    NoTopicForNotice {
        /// The minimum notice.
        days: i64,
    },
    /// The notice is too recent.
    #[error("announced {announced}, not deactivated before {not_before}")]
    NoticeTooRecent {
        /// When the notice was published.
        announced: String,
        /// From when the key may be deactivated.
        not_before: String,
    },
    /// Only an inactive key is deleted.
    #[error("active: only an inactive key is deleted")]
    Active,
    /// Only an inactive key is deleted, and a remediation deactivated this one, or tagged it for that.
    #[error(
        "active: only an inactive key is deleted; tagged `{tag}` = `{value}`: it was activated again, or its \
         deactivation was interrupted"
    )]
    ActiveAgain {
        /// The key of the tag.
        tag: String,
        /// Its value.
        value: String,
    },
    /// A person deactivated it, or activated it in between.
    #[error("inactive, but not by a remediation: tag `{tag}` is missing or holds no time of a deactivation")]
    NotDeactivatedByUs {
        /// The key of the tag.
        tag: String,
    },
    /// The owner has had too little time to object.
    #[error("deactivated too recently: `{tag}` = `{value}`, the minimum is {days} days")]
    InactiveTooShort {
        /// The key of the tag.
        tag: String,
        /// Its value.
        value: String,
        /// The minimum.
        days: i64,
    },
    /// The key was deleted since the first look.
    #[error("the access key does not exist any more")]
    Gone,
    /// The user was deleted or renamed since the first look.
    #[error("no user is named `{0}` any more")]
    UserGone(String),
    /// Another user was created under the name, or renamed to it, since the first look.
    #[error("the name `{user_name}` belongs to another user now, `{user_id}`")]
    NameTaken {
        /// The name.
        user_name: String,
        /// The other user.
        user_id: String,
    },
}

impl Reason {
    /// Whether the key is active, and tagged as deactivated: each remediation reports it.
    #[must_use]
    pub fn is_active_again(&self) -> bool {
        matches!(self, Self::Reactivated { .. } | Self::ActiveAgain { .. })
    }
}

/// What is known about a key when its guards are asked.
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
    /// The time.
    pub now: DateTime<Utc>,
}

/// Returns what may be done to a key.
///
/// # Errors
///
/// The key is left alone; the first reason for it.
pub fn check(remediation: &Remediation, known: &Known<'_>) -> Result<Act, Reason> {
    let Known { user, key, last_used, tags, now } = *known;
    let Guards { parameters, minimum_key_age, .. } = &remediation.guards;

    for prefix in remediation.exemption_prefixes() {
        if let Tagged::Exempt(exemption) = exemption::read(tags, prefix, now) {
            return Err(Reason::Exempt(exemption));
        }
    }
    if last_used.is_used() {
        return Err(Reason::Used);
    }
    // whatever the criterion flags: a key that was created later was wanted
    let after_user = key.create_date - user.create_date;
    if after_user.abs() > parameters.setup_window {
        let (seconds, window) = (after_user.num_seconds(), parameters.setup_window.num_seconds());
        return Err(Reason::OutsideSetupWindow { seconds, window });
    }
    if now - key.create_date < *minimum_key_age {
        let (created, hours) = (rfc3339(key.create_date), minimum_key_age.num_hours());
        return Err(Reason::TooYoung { created, hours });
    }
    match (remediation.mode, key.status) {
        (_, AccessKeyStatus::Expired) => Err(Reason::Expired),
        (Mode::DryRun | Mode::Deactivate, AccessKeyStatus::Active) => may_deactivate(remediation, known),
        (Mode::Delete, AccessKeyStatus::Active) => Err(match deactivated(known) {
            Some((tag, value)) => Reason::ActiveAgain { tag, value: quoted(value) },
            None => Reason::Active,
        }),
        (Mode::Deactivate, AccessKeyStatus::Inactive) => Err(Reason::Inactive),
        (Mode::DryRun | Mode::Delete, AccessKeyStatus::Inactive) => may_delete(remediation, known),
    }
}

fn may_deactivate(remediation: &Remediation, known: &Known<'_>) -> Result<Act, Reason> {
    let Known { tags, now, .. } = *known;
    if let Some((tag, value)) = deactivated(known) {
        return Err(Reason::Reactivated { tag, value: quoted(value) });
    }
    let notice = remediation.guards.minimum_notice;
    let announced = if notice.is_zero() { None } else { announced(remediation, known) };
    if tags.len() >= MAX_TAGS {
        return Err(Reason::NoRoomForTag);
    }
    match announced {
        _ if notice.is_zero() => Ok(Act::Deactivate),
        None if remediation.guards.topic_arn.is_none() => {
            Err(Reason::NoTopicForNotice { days: notice.num_days() })
        }
        None => Ok(Act::Announce),
        Some(announced) if now - announced >= notice => Ok(Act::Deactivate),
        Some(announced) => Err(Reason::NoticeTooRecent {
            announced: rfc3339(announced),
            not_before: rfc3339(announced + notice),
        }),
    }
}

/// When the deactivation was announced, on the topic of now, and after the last exemption ended: a notice from before that
/// gave the owner no reason to act.
fn announced(remediation: &Remediation, known: &Known<'_>) -> Option<DateTime<Utc>> {
    let topic_arn = remediation.guards.topic_arn.as_deref()?;
    let (tag, _) = notice_tag(&known.key.access_key_id, known.now, topic_arn);
    let value = value_of(known.tags, &tag)?;
    let at = tagged_time(value)?;
    let is_ours = notice_tag(&known.key.access_key_id, at, topic_arn).1 == value && at <= known.now;
    let ended = remediation.exemption_prefixes().filter_map(|prefix| exemption::ended(known.tags, prefix));
    // an end to come is not the end of an exemption in force: it would put the deactivation off for ever
    let mut lapsed = ended.filter(|ended| *ended <= known.now);
    (is_ours && lapsed.all(|ended| ended <= at)).then_some(at)
}

fn may_delete(remediation: &Remediation, known: &Known<'_>) -> Result<Act, Reason> {
    let by_us = deactivated(known).and_then(|(tag, value)| Some((tag, value, tagged_time(value)?)));
    let Some((tag, value, at)) = by_us else {
        return Err(Reason::NotDeactivatedByUs { tag: deactivated_tag_key(&known.key.access_key_id) });
    };
    let minimum = remediation.guards.minimum_inactive;
    if known.now - at < minimum {
        return Err(Reason::InactiveTooShort { tag, value: quoted(value), days: minimum.num_days() });
    }
    Ok(Act::Delete)
}

/// The tag that a deactivation of the key wrote, with its value.
fn deactivated<'a>(known: &Known<'a>) -> Option<(String, &'a str)> {
    let tag = deactivated_tag_key(&known.key.access_key_id);
    let value = value_of(known.tags, &tag)?;
    Some((tag, value))
}

fn value_of<'t>(tags: &'t Tags, key: &str) -> Option<&'t str> {
    tags.iter().find(|(tag, _)| tag == key).map(|(_, value)| value.as_str())
}
