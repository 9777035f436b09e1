//! One record of CloudTrail: what it says about an IAM user, or why it says nothing.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::actor::Actor;
use crate::event::{Action, Event, NewUser, Tags};
use crate::text::{MAX_TEXT_BYTES, text};
use crate::time::{event_time, response_date};

/// The calls that matter (`eventName`). LookupEvents is asked for each of them.
pub(crate) const EVENT_NAMES: [&str; 12] = [
    "CreateUser",
    "CreateLoginProfile",
    "CreateAccessKey",
    "UpdateAccessKey",
    "DeleteAccessKey",
    "DeleteLoginProfile",
    "UpdateLoginProfile",
    "ChangePassword",
    "UpdateUser",
    "DeleteUser",
    "TagUser",
    "UntagUser",
];

/// The service of these calls (`eventSource`); other services have a CreateUser, too.
const EVENT_SOURCE: &str = "iam.amazonaws.com";

/// The most tags that are read of one call: a user has at most 50 (IAM quotas).
const MAX_TAGS: usize = 50;

/// What one record says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Record {
    /// A call that succeeded, and concerns a user.
    Event(Box<Event>),
    /// A call that IAM refused, at this time.
    Refused(DateTime<Utc>),
    /// Another call, or another kind of event, at this time.
    Other(DateTime<Utc>),
    /// A call that concerns a user, without what must be known of it.
    Incomplete(DateTime<Utc>),
    /// An object that lies beside records: a digest of log files, or a note of `setupkey history --live --save`.
    Beside,
    /// An object that is no record of CloudTrail.
    Unknown,
}

/// What is read of every record.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    #[serde(borrow)]
    event_time: Option<Text<'a>>,
    #[serde(borrow)]
    event_source: Option<Text<'a>>,
    #[serde(borrow)]
    event_name: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// What lies around a record in the answer of LookupEvents, and in an event of EventBridge.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "CloudTrailEvent")]
    cloud_trail_event: Option<String>,
    detail: Option<Value>,
    #[serde(rename = "digestStartTime")]
    digest_start_time: Option<IgnoredAny>,
    #[serde(rename = "setupkeyLookup")]
    setupkey_lookup: Option<IgnoredAny>,
}

impl Record {
    /// Reads the JSON text of a record, also in the envelope of LookupEvents or EventBridge.
    pub(crate) fn read(text: &[u8]) -> Self {
        match head(text) {
            Some((time, head)) => Self::with_head(text, time, &head),
            None => match serde_json::from_slice(text) {
                Ok(Envelope { cloud_trail_event: Some(inner), .. }) => Self::bare(inner.as_bytes()),
                Ok(Envelope { detail: Some(inner @ Value::Object(_)), .. }) => {
                    Self::bare(inner.to_string().as_bytes())
                }
                Ok(
                    Envelope { digest_start_time: Some(_), .. } | Envelope { setupkey_lookup: Some(_), .. },
                ) => Self::Beside,
                _ => Self::Unknown,
            },
        }
    }

    fn bare(text: &[u8]) -> Self {
        head(text).map_or(Self::Unknown, |(time, head)| Self::with_head(text, time, &head))
    }

    fn with_head(text: &[u8], time: DateTime<Utc>, head: &Head<'_>) -> Self {
        let name = head.event_name.as_ref().map_or("", |name| &name.0);
        if head.event_source.as_ref().is_none_or(|source| source.0 != EVENT_SOURCE)
            || !EVENT_NAMES.contains(&name)
        {
            return Self::Other(time);
        }
        let Ok(record) = serde_json::from_slice::<Value>(text) else { return Self::Incomplete(time) };
        if record.get("errorCode").is_some_and(|code| !code.is_null() && code != "") {
            return Self::Refused(time);
        }
        if is_about_root(&record) {
            return Self::Other(time);
        }
        let actor = Actor::read(&record);
        match (account_id(&record), action(name, &record, &actor)) {
            (Some(account_id), Some(action)) => {
                let event_id = event_id(&record);
                Self::Event(Box::new(Event { account_id, time, action, event_id, actor: Arc::new(actor) }))
            }
            _ => Self::Incomplete(time),
        }
    }
}

fn head(text: &[u8]) -> Option<(DateTime<Utc>, Head<'_>)> {
    let head: Head<'_> = serde_json::from_slice(text).ok()?;
    Some((event_time(&head.event_time.as_ref()?.0)?, head))
}

/// Whether the root user called about itself: it is no IAM user, and its keys are another control's.
fn is_about_root(record: &Value) -> bool {
    let of = |object: &str, name: &str| {
        record.get(object).and_then(|object| object.get(name)).and_then(Value::as_str)
    };
    of("userIdentity", "type") == Some("Root") && of("requestParameters", "userName").is_none()
}

/// The account that received the event; before `eventVersion` 1.02 that of the caller.
fn account_id(record: &Value) -> Option<Arc<str>> {
    let identity = record.get("userIdentity").unwrap_or(&Value::Null);
    text(record, "recipientAccountId").or_else(|| text(identity, "accountId"))
}

/// The ID of the event; of a record that CloudTrail delivered again with an addendum, that of the first.
fn event_id(record: &Value) -> Arc<str> {
    let original = record.get("addendum").and_then(|addendum| text(addendum, "originalEventID"));
    original.or_else(|| text(record, "eventID")).unwrap_or_else(|| Arc::from(""))
}

fn action(name: &str, record: &Value, actor: &Actor) -> Option<Action> {
    let request = record.get("requestParameters").unwrap_or(&Value::Null);
    let response =
        |name| record.get("responseElements").and_then(|response| response.get(name)).unwrap_or(&Value::Null);
    let create_date = |object| text(object, "createDate").and_then(|date| response_date(&date));
    // a call about the caller names nobody
    let own_name = || actor.user.as_ref().and_then(|user| user.user_name.clone());
    let user_name = || text(request, "userName").or_else(own_name);
    Some(match name {
        "CreateUser" => {
            let user = response("user");
            Action::CreateUser(Box::new(NewUser {
                user_name: text(user, "userName").or_else(|| text(request, "userName"))?,
                user_id: text(user, "userId"),
                arn: text(user, "arn"),
                create_date: create_date(user),
                tags: tags(request),
            }))
        }
        "CreateLoginProfile" => {
            let profile = response("loginProfile");
            let user_name = text(profile, "userName").or_else(|| text(request, "userName"))?;
            Action::CreateLoginProfile { user_name, create_date: create_date(profile) }
        }
        "CreateAccessKey" => {
            let key = response("accessKey");
            Action::CreateAccessKey {
                user_name: text(key, "userName").or_else(user_name)?,
                access_key_id: text(key, "accessKeyId")?,
                create_date: create_date(key),
            }
        }
        "UpdateAccessKey" => Action::UpdateAccessKey {
            user_name: user_name(),
            access_key_id: text(request, "accessKeyId")?,
            is_active: match request.get("status")?.as_str()? {
                "Active" => true,
                "Inactive" | "Expired" => false,
                _ => return None,
            },
        },
        "DeleteAccessKey" => {
            Action::DeleteAccessKey { user_name: user_name(), access_key_id: text(request, "accessKeyId")? }
        }
        "DeleteLoginProfile" => Action::DeleteLoginProfile { user_name: user_name()? },
        "UpdateLoginProfile" => Action::ChangePassword { user_name: text(request, "userName")? },
        // the root user changes its own password, which is nobody's here
        "ChangePassword" => Action::ChangePassword { user_name: own_name()? },
        "UpdateUser" => Action::UpdateUser {
            user_name: user_name()?,
            new_user_name: text(request, "newUserName"),
            new_path: text(request, "newPath"),
        },
        "DeleteUser" => Action::DeleteUser { user_name: user_name()? },
        "TagUser" => Action::TagUser { user_name: text(request, "userName")?, tags: tags(request) },
        "UntagUser" => {
            let keys = request.get("tagKeys").and_then(Value::as_array)?;
            let keys = keys
                .iter()
                .take(MAX_TAGS)
                .filter_map(Value::as_str)
                .filter(|key| key.len() <= MAX_TEXT_BYTES);
            let tags = keys.map(|key| (Arc::from(key), None)).collect();
            Action::TagUser { user_name: text(request, "userName")?, tags }
        }
        _ => return None,
    })
}

fn tags(request: &Value) -> Tags {
    let tags = request.get("tags").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let of = |tag: &Value, name, other| text(tag, name).or_else(|| text(tag, other));
    let tag =
        |tag: &Value| Some((of(tag, "key", "Key")?, Some(of(tag, "value", "Value").unwrap_or_default())));
    tags.iter().take(MAX_TAGS).filter_map(tag).collect()
}

#[cfg(test)]
mod tests;
