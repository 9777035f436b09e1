//! What the function answers: what was done to which key, and why the others were left alone.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Serialize, Serializer};

use super::guards::{Act, Reason, rfc3339};
use super::request::Mode;
use crate::facts::{AccessKeyId, UserId, UserName};

/// The answer to a request. Every key of a flagged user is in one of the lists.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer<'a> {
    /// The id that was asked for.
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
    pub action: Done,
    /// When.
    #[serde(serialize_with = "time")]
    pub at: DateTime<Utc>,
    /// How long after the user the key was created.
    #[serde(skip)]
    pub after_user: TimeDelta,
}

/// What was done to a key, or would be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Done {
    /// What.
    pub act: Act,
    /// Whether it was only said.
    pub dry_run: bool,
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.act, self.dry_run) {
            (Act::Deactivate, false) => "deactivated",
            (Act::Delete, false) => "deleted",
            (Act::Deactivate, true) => "would-deactivate",
            (Act::Delete, true) => "would-delete",
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
    /// Whether the invocation has to fail for it: something that should have been possible was not.
    #[serde(skip)]
    pub failed: bool,
}

impl Refusal {
    /// A guard spoke against it.
    #[must_use]
    pub fn guarded(access_key_id: &AccessKeyId, reason: &Reason, mode: Mode) -> Self {
        // a dry run that finds no room has said so, and has done what it should
        let failed = matches!(reason, Reason::NoRoomForTag { .. }) && mode != Mode::DryRun;
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
