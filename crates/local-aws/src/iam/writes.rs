//! The operations that change or delete something: access keys, tags, passwords, users. Limits that IAM's
//! model does not have are of the IAM user guide (tagging).

use std::collections::BTreeSet;

use serde_json::Value;

use super::found::{access_key_id, no_such_key, no_such_profile, user_mut};
use crate::error::ServiceError;
use crate::identity::AccessKeyStatus;
use crate::query::{Answer, text};
use crate::state::State;

/// A user has at most this many tags (IAM user guide, quotas).
const MOST_TAGS: usize = 50;

pub(super) fn update_access_key(parameters: &Value, state: &mut State) -> Answer {
    let id = access_key_id(parameters);
    let status = match text(parameters, "Status") {
        Some("Active") => AccessKeyStatus::Active,
        Some("Inactive") => AccessKeyStatus::Inactive,
        // a key can have the status Expired, but no call can set it
        _ => return Err(invalid_input("Status must be Active or Inactive.")),
    };
    let user = user_mut(parameters, state)?;
    let key = user.access_keys.iter_mut().find(|key| key.access_key_id == id);
    key.ok_or_else(|| no_such_key(id))?.status = status;
    Ok(Vec::new())
}

pub(super) fn delete_access_key(parameters: &Value, state: &mut State) -> Answer {
    let id = access_key_id(parameters);
    let user = user_mut(parameters, state)?;
    let before = user.access_keys.len();
    user.access_keys.retain(|key| key.access_key_id != id);
    if user.access_keys.len() == before { Err(no_such_key(id)) } else { Ok(Vec::new()) }
}

/// All of the tags, or none.
pub(super) fn tag_user(parameters: &Value, state: &mut State) -> Answer {
    let tags = tags(parameters)?;
    let user = user_mut(parameters, state)?;
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

/// A key that no tag has is no error (IAM API reference, UntagUser).
pub(super) fn untag_user(parameters: &Value, state: &mut State) -> Answer {
    let user = user_mut(parameters, state)?;
    for key in (1..).map_while(|place| text(parameters, &format!("TagKeys.member.{place}"))) {
        user.tags.retain(|held, _| held.to_lowercase() != key.to_lowercase());
    }
    Ok(Vec::new())
}

pub(super) fn delete_login_profile(parameters: &Value, state: &mut State) -> Answer {
    let user = user_mut(parameters, state)?;
    match user.login_profile.take() {
        Some(_) => Ok(Vec::new()),
        None => Err(no_such_profile(&user.user_name)),
    }
}

/// Only a user without password and keys (IAM API reference, DeleteUser).
pub(super) fn delete_user(parameters: &Value, state: &mut State) -> Answer {
    let user = user_mut(parameters, state)?;
    let first = match (&user.login_profile, user.access_keys.first()) {
        (Some(_), _) => "login profile",
        (None, Some(_)) => "access keys",
        (None, None) => "",
    };
    if !first.is_empty() {
        let message = format!("Cannot delete entity, must delete {first} first.");
        return Err(ServiceError::new(409, "DeleteConflict", message));
    }
    let id = user.user_id.clone();
    state.users.retain(|user| user.user_id != id);
    Ok(Vec::new())
}

pub(super) fn tags(parameters: &Value) -> Result<Vec<(&str, &str)>, ServiceError> {
    let mut tags = Vec::new();
    let mut seen = BTreeSet::new();
    for place in 1.. {
        let member = |member: &str| text(parameters, &format!("Tags.member.{place}.{member}"));
        let (Some(key), Some(value)) = (member("Key"), member("Value")) else { break };
        if key.to_lowercase().starts_with("aws:") {
            return Err(invalid_input("Tag keys beginning with aws: are reserved."));
        }
        if !seen.insert(key.to_lowercase()) {
            let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(invalid_input(message));
        }
        tags.push((key, value));
    }
    Ok(tags)
}

fn invalid_input(message: &str) -> ServiceError {
    ServiceError::new(400, "InvalidInput", message)
}

#[cfg(test)]
mod tests;
