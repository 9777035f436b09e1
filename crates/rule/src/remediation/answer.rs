//! What the function answers: what was done to which key, and why the others were left alone.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Serialize, Serializer};

use super::check::Reason;
use super::request::Mode;
use super::tags::rfc3339;
use crate::iam::{AccessKeyId, UserId, UserName};

/// The answer to a request. Every key of a flagged user is in one of the lists.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer<'a> {
    /// The ID of the request.
    #[serde(serialize_with = "text")]
    pub resource_id: &'a UserId,
    /// The name; `None` if IAM has no such user.
    #[serde(serialize_with = "optional_text")]
    pub user_name: Option<&'a UserName>,
    /// The mode.
    #[serde(serialize_with = "text")]
    pub mode: Mode,
    /// What was done, or would be.
    pub actions: &'a [Action],
    /// What was not.
    pub refusals: &'a [Refusal],
}

/// Something that was done to a key, or would be.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// The key.
    #[serde(serialize_with = "text")]
    pub access_key_id: AccessKeyId,
    /// What.
    #[serde(serialize_with = "text")]
    pub action: ActionKind,
    /// When.
    #[serde(serialize_with = "time")]
    pub at: DateTime<Utc>,
    /// From when the key may be deactivated, after a notice.
    #[serde(serialize_with = "optional_time", skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    /// How long after the user the key was created.
    #[serde(skip)]
    pub after_user: TimeDelta,
}

/// What was done to a key, or would be in another mode.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ActionKind {
    /// Its deactivation was announced.
    Announced,
    /// It was deactivated.
    Deactivated,
    /// It was deleted.
    Deleted,
    /// Its deactivation would be announced.
    WouldAnnounce,
    /// It would be deactivated.
    WouldDeactivate,
    /// It would be deleted.
    WouldDelete,
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Announced => "announced",
            Self::Deactivated => "deactivated",
            Self::Deleted => "deleted",
            Self::WouldAnnounce => "would-announce",
            Self::WouldDeactivate => "would-deactivate",
            Self::WouldDelete => "would-delete",
        })
    }
}

/// A key that is left alone.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// The key.
    #[serde(serialize_with = "text")]
    pub access_key_id: AccessKeyId,
    /// Why, in one line.
    pub reason: String,
    /// Whether the invocation must fail for it: something that should have been possible was not.
    #[serde(skip)]
    pub failed: bool,
}

impl Refusal {
    /// A guard refuses it.
    #[must_use]
    pub fn guarded(access_key_id: &AccessKeyId, reason: &Reason, mode: Mode) -> Self {
        // a dry run that finds no room has said so, and has done what it should
        let is_failure = matches!(reason, Reason::NoRoomForTag | Reason::NoTopicForNotice { .. });
        let failed = is_failure && mode != Mode::DryRun;
        Self { access_key_id: access_key_id.clone(), reason: reason.to_string(), failed }
    }

    /// A call failed.
    #[must_use]
    pub fn failed(access_key_id: &AccessKeyId, error: &impl fmt::Display) -> Self {
        Self { access_key_id: access_key_id.clone(), reason: error.to_string(), failed: true }
    }
}

fn text<S: Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn optional_text<S: Serializer>(value: &Option<&UserName>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(UserName::as_str).serialize(serializer)
}

fn time<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*at))
}

fn optional_time<S: Serializer>(at: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(rfc3339).serialize(serializer)
}
