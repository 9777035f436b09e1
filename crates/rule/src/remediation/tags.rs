//! The tags that a remediation writes on the user: what it announced, and what it deactivated.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::iam::AccessKeyId;
use crate::input::time;

/// A tag value has at most this many characters (IAM API reference, Tag).
const MAX_TAG_VALUE: usize = 256;

/// Starts the key of the user tag that a deactivation writes; the ID of the access key follows.
pub const DEACTIVATED_TAG_PREFIX: &str = "setup-key-deactivated:";

/// Starts the key of the user tag that a notice writes; the ID of the access key follows.
pub const NOTICE_TAG_PREFIX: &str = "setup-key-notice:";

/// Starts the value of a deactivation's tag once the key was found active again.
const REACTIVATED: &str = "reactivated ";

/// A time as tags and the answer hold it: RFC 3339 in UTC, to the second.
#[must_use]
pub fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The key of the user tag that says when a key was deactivated.
#[must_use]
pub fn deactivated_tag_key(id: &AccessKeyId) -> String {
    format!("{DEACTIVATED_TAG_PREFIX}{id}")
}

/// The tag that a deactivation writes before it: its time, and the ID of the request to the function. Two remediations of
/// the same second write different values, so each knows its own tag.
#[must_use]
pub fn deactivated_tag(id: &AccessKeyId, at: DateTime<Utc>, request_id: &str) -> (String, String) {
    (deactivated_tag_key(id), timed(at, request_id))
}

/// The tag that a remediation writes when it finds the key active again: no deletion follows from the old one.
#[must_use]
pub fn reactivated_tag(id: &AccessKeyId, at: DateTime<Utc>) -> (String, String) {
    (deactivated_tag_key(id), format!("{REACTIVATED}{}", rfc3339(at)))
}

/// The tag that a notice writes after it was published: its time, and the topic that it was published to.
#[must_use]
pub fn notice_tag(id: &AccessKeyId, at: DateTime<Utc>, topic_arn: &str) -> (String, String) {
    (format!("{NOTICE_TAG_PREFIX}{id}"), timed(at, topic_arn))
}

/// Reads the time at which the value of a tag begins; `None` if it begins with something else.
#[must_use]
pub fn tagged_time(value: &str) -> Option<DateTime<Utc>> {
    time(value.split(' ').next()?)
}

fn timed(at: DateTime<Utc>, what: &str) -> String {
    format!("{} {what}", rfc3339(at)).chars().take(MAX_TAG_VALUE).collect()
}
