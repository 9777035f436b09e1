//! The user and the key that a request names, and the errors if there are none. Forms and lengths are left to the
//! contract tests, which have IAM's model.

use serde_json::Value;

use crate::error::ServiceError;
use crate::identity::User;
use crate::query::text;
use crate::state::State;

pub(super) fn user<'a>(parameters: &Value, state: &'a State) -> Result<&'a User, ServiceError> {
    let name = user_name(parameters)?;
    let user = state.users.iter().find(|user| user.user_name.eq_ignore_ascii_case(name));
    user.ok_or_else(|| no_such_user(name))
}

pub(super) fn user_mut<'a>(parameters: &Value, state: &'a mut State) -> Result<&'a mut User, ServiceError> {
    let name = user_name(parameters)?;
    let user = state.users.iter_mut().find(|user| user.user_name.eq_ignore_ascii_case(name));
    user.ok_or_else(|| no_such_user(name))
}

/// The model lets it be left out: IAM takes the caller then, who is a role here.
fn user_name(parameters: &Value) -> Result<&str, ServiceError> {
    text(parameters, "UserName").ok_or_else(|| {
        let message = "Must specify userName when calling with non-User credentials";
        ServiceError::new(400, "ValidationError", message)
    })
}

pub(super) fn access_key_id(parameters: &Value) -> &str {
    text(parameters, "AccessKeyId").unwrap_or_default()
}

fn no_such_user(name: &str) -> ServiceError {
    no_such_entity(format!("The user with name {name} cannot be found."))
}

pub(super) fn no_such_key(id: &str) -> ServiceError {
    no_such_entity(format!("The Access Key with id {id} cannot be found."))
}

pub(super) fn no_such_profile(user_name: &str) -> ServiceError {
    no_such_entity(format!("Login Profile for User {user_name} cannot be found."))
}

fn no_such_entity(message: String) -> ServiceError {
    ServiceError::new(404, "NoSuchEntity", message)
}
