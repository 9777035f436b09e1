//! The operations of IAM that change something: status and end of an access key, tags of a user. Errors and
//! limits are of the IAM API reference and of IAM's user guide (tagging).

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Answer, access_key_id, constraint, no_such_key, no_such_user, user_name};
use crate::error::ServiceError;
use crate::identity::{AccessKeyStatus, User};
use crate::query::text;
use crate::request::Service;
use crate::state::State;

/// A user has at most this many tags, and so has a call (IAM API reference, TagUser).
const MOST_TAGS: usize = 50;

pub(super) fn update_access_key(parameters: &Value, state: &mut State) -> Answer {
    let id = access_key_id(parameters)?;
    let status = match text(parameters, "Status") {
        Some("Active") => AccessKeyStatus::Active,
        Some("Inactive") => AccessKeyStatus::Inactive,
        // a status that a key has, and that nobody gives it
        Some("Expired") => {
            return Err(ServiceError::new(400, "InvalidInput", "Status must be Active or Inactive."));
        }
        Some(other) => {
            return Err(constraint(other, "status", "satisfy enum value set: [Active, Inactive, Expired]"));
        }
        None => return Err(ServiceError::missing(Service::Iam, "status")),
    };
    let user = named_user(parameters, state)?;
    let key = user.access_keys.iter_mut().find(|key| key.access_key_id == id);
    key.ok_or_else(|| no_such_key(id))?.status = status;
    Ok(Vec::new())
}

pub(super) fn delete_access_key(parameters: &Value, state: &mut State) -> Answer {
    let id = access_key_id(parameters)?;
    let user = named_user(parameters, state)?;
    let before = user.access_keys.len();
    user.access_keys.retain(|key| key.access_key_id != id);
    if user.access_keys.len() == before { Err(no_such_key(id)) } else { Ok(Vec::new()) }
}

/// All of the tags, or none.
pub(super) fn tag_user(parameters: &Value, state: &mut State) -> Answer {
    let tags = tags(parameters)?;
    let user = named_user(parameters, state)?;
    let mut tagged = user.tags.clone();
    for (key, value) in tags {
        // keys that differ in case only are the same key (IAM user guide, tagging)
        tagged.retain(|held, _| held.to_lowercase() != key.to_lowercase());
        tagged.insert(key.to_owned(), value.to_owned());
    }
    if tagged.len() > MOST_TAGS {
        let message = "The number of tags has reached the maximum limit.";
        return Err(ServiceError::new(409, "LimitExceeded", message));
    }
    user.tags = tagged;
    Ok(Vec::new())
}

fn tags(parameters: &Value) -> Result<Vec<(&str, &str)>, ServiceError> {
    let mut tags = Vec::new();
    let mut seen = BTreeSet::new();
    for place in 1.. {
        let member = |member: &str| text(parameters, &format!("Tags.member.{place}.{member}"));
        let (key, value) = match (member("Key"), member("Value")) {
            (None, None) => break,
            (None, _) => {
                return Err(ServiceError::missing(Service::Iam, &format!("tags.{place}.member.key")));
            }
            (_, None) => {
                return Err(ServiceError::missing(Service::Iam, &format!("tags.{place}.member.value")));
            }
            (Some(key), Some(value)) => (key, value),
        };
        check_text(key, 1, 128, &format!("tags.{place}.member.key"), "+")?;
        check_text(value, 0, 256, &format!("tags.{place}.member.value"), "*")?;
        if key.to_lowercase().starts_with("aws:") {
            return Err(invalid_input("Tag keys beginning with aws: are reserved."));
        }
        if !seen.insert(key.to_lowercase()) {
            let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(invalid_input(message));
        }
        tags.push((key, value));
    }
    match tags.len() {
        0 => Err(ServiceError::missing(Service::Iam, "tags")),
        count if count > MOST_TAGS => {
            Err(constraint("tags", "tags", &format!("have length less than or equal to {MOST_TAGS}")))
        }
        _ => Ok(tags),
    }
}

/// Lengths and characters of a tag's key or value (IAM API reference, Tag).
fn check_text(text: &str, least: usize, most: usize, at: &str, times: &str) -> Result<(), ServiceError> {
    let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    let length = text.chars().count();
    if length < least {
        return Err(constraint(text, at, &format!("have length greater than or equal to {least}")));
    }
    if length > most {
        return Err(constraint(text, at, &format!("have length less than or equal to {most}")));
    }
    if !text.chars().all(allowed) {
        let pattern = format!(r"satisfy regular expression pattern: [\p{{L}}\p{{Z}}\p{{N}}_.:/=+\-@]{times}");
        return Err(constraint(text, at, &pattern));
    }
    Ok(())
}

fn named_user<'a>(parameters: &Value, state: &'a mut State) -> Result<&'a mut User, ServiceError> {
    let name = user_name(parameters, 128)?;
    let user = state.users.iter_mut().find(|user| user.user_name.eq_ignore_ascii_case(name));
    user.ok_or_else(|| no_such_user(name))
}

fn invalid_input(message: &str) -> ServiceError {
    ServiceError::new(400, "InvalidInput", message)
}

#[cfg(test)]
mod tests;
