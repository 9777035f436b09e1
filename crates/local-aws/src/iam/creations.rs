//! The operations that create something: a user, its console password, its access keys. IAM hands out IDs; here they
//! follow from names and times.

use serde_json::Value;

use super::found::user_mut;
use super::reads::user_elements;
use super::writes::tags;
use crate::error::ServiceError;
use crate::identity::{AccessKey, AccessKeyStatus, LoginProfile, User, derived_id};
use crate::query::{Answer, date, leaf, node, text};
use crate::state::State;

/// A user has at most this many access keys (IAM user guide, quotas).
const MOST_KEYS: usize = 2;

pub(super) fn create_user(parameters: &Value, state: &mut State) -> Answer {
    let name = text(parameters, "UserName").unwrap_or_default();
    if state.users.iter().any(|user| user.user_name.eq_ignore_ascii_case(name)) {
        return Err(exists(format!("User with name {name} already exists.")));
    }
    let now = state.now();
    let mut user = User::new(name, now).with_id(derived_id("AIDA", 17, &format!("{name}/{now}")));
    if let Some(path) = text(parameters, "Path") {
        user.path = path.to_owned();
    }
    for (key, value) in tags(parameters)? {
        user = user.with_tag(key, value);
    }
    let elements = user_elements(&user, state);
    state.users.push(user);
    Ok(vec![node("User", elements)])
}

pub(super) fn create_login_profile(parameters: &Value, state: &mut State) -> Answer {
    let create_date = state.now();
    let user = user_mut(parameters, state)?;
    if user.login_profile.is_some() {
        return Err(exists(format!("Login Profile for user {} already exists.", user.user_name)));
    }
    user.login_profile = Some(LoginProfile { create_date });
    let elements = vec![
        leaf("UserName", &user.user_name),
        date("CreateDate", create_date),
        leaf("PasswordResetRequired", text(parameters, "PasswordResetRequired").unwrap_or("false")),
    ];
    Ok(vec![node("LoginProfile", elements)])
}

pub(super) fn create_access_key(parameters: &Value, state: &mut State) -> Answer {
    let create_date = state.now();
    let user = user_mut(parameters, state)?;
    if user.access_keys.len() >= MOST_KEYS {
        let message = format!("Cannot exceed quota for AccessKeysPerUser: {MOST_KEYS}");
        return Err(ServiceError::new(409, "LimitExceeded", message));
    }
    let place = user.access_keys.len();
    let access_key_id = derived_id("AKIA", 16, &format!("{}/{place}/{create_date}", user.user_id));
    let elements = vec![
        leaf("UserName", &user.user_name),
        leaf("AccessKeyId", &access_key_id),
        leaf("Status", "Active"),
        leaf("SecretAccessKey", "local"),
        date("CreateDate", create_date),
    ];
    let status = AccessKeyStatus::Active;
    user.access_keys.push(AccessKey { access_key_id, status, create_date, last_used: None });
    Ok(vec![node("AccessKey", elements)])
}

fn exists(message: String) -> ServiceError {
    ServiceError::new(409, "EntityAlreadyExists", message)
}
