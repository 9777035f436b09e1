//! The operations of IAM (API version 2010-05-08) that read. Texts and limits are of the IAM API reference; where
//! it is silent, of answers that others have recorded. The credential report is in
//! `credential_report`, what changes something in `iam/writes`.

use serde_json::Value;

use crate::credential_report;
use crate::error::ServiceError;
use crate::identity::{AccessKey, User};
use crate::page::page;
use crate::query::{Element, date, leaf, node, text};
use crate::request::Service;
use crate::state::State;

mod writes;

pub(crate) type Answer = Result<Vec<Element>, ServiceError>;

pub(crate) fn answer(operation: &str, parameters: &Value, state: &mut State) -> Answer {
    match operation {
        "ListUsers" => list_users(parameters, state),
        "GetUser" => get_user(parameters, state),
        "ListUserTags" => list_user_tags(parameters, state),
        "ListAccessKeys" => list_access_keys(parameters, state),
        "GetAccessKeyLastUsed" => get_access_key_last_used(parameters, state),
        "GetLoginProfile" => get_login_profile(parameters, state),
        "ListAccountAliases" => list_account_aliases(parameters, state),
        "GenerateCredentialReport" => Ok(credential_report::generate(state)),
        "GetCredentialReport" => credential_report::get(state),
        "UpdateAccessKey" => writes::update_access_key(parameters, state),
        "DeleteAccessKey" => writes::delete_access_key(parameters, state),
        "TagUser" => writes::tag_user(parameters, state),
        _ => Err(ServiceError::unknown_operation(Service::Iam, operation)),
    }
}

fn list_users(parameters: &Value, state: &State) -> Answer {
    let prefix = match text(parameters, "PathPrefix") {
        Some(prefix) if !prefix.starts_with('/') || prefix.len() > 512 => {
            return Err(constraint(
                prefix,
                "pathPrefix",
                "begin with / and have length less than or equal to 512",
            ));
        }
        prefix => prefix.unwrap_or("/"),
    };
    let users = state.users.iter().filter(|user| user.path.starts_with(prefix));
    // users and keys come in the order of their names, whatever their age
    let users = users.map(|user| (user.user_name.to_lowercase(), user)).collect();
    listing("ListUsers", "Users", users, parameters, state, |user| node("member", user_elements(user, state)))
}

fn get_user(parameters: &Value, state: &State) -> Answer {
    let user = user(parameters, state, 128)?;
    let mut elements = user_elements(user, state);
    if !user.tags.is_empty() {
        elements.push(node("Tags", user.tags.iter().map(tag).collect()));
    }
    Ok(vec![node("User", elements)])
}

fn list_user_tags(parameters: &Value, state: &State) -> Answer {
    let user = user(parameters, state, 128)?;
    // by place: a tag's key may hold characters that a marker may not
    let tags = user.tags.iter().enumerate().map(|(place, pair)| (format!("{place:02}"), pair)).collect();
    listing("ListUserTags", "Tags", tags, parameters, state, tag)
}

fn list_access_keys(parameters: &Value, state: &State) -> Answer {
    let user = user(parameters, state, 128)?;
    let keys = user.access_keys.iter().map(|key| (key.access_key_id.clone(), key)).collect();
    listing("ListAccessKeys", "AccessKeyMetadata", keys, parameters, state, |key: &AccessKey| {
        node(
            "member",
            vec![
                leaf("UserName", &user.user_name),
                leaf("AccessKeyId", &key.access_key_id),
                leaf("Status", format!("{:?}", key.status)),
                date("CreateDate", key.create_date),
            ],
        )
    })
}

fn get_access_key_last_used(parameters: &Value, state: &State) -> Answer {
    let id = access_key_id(parameters)?;
    let keys = state.users.iter().flat_map(|user| user.access_keys.iter().map(move |key| (user, key)));
    let (user, key) =
        keys.into_iter().find(|(_, key)| key.access_key_id == id).ok_or_else(|| no_such_key(id))?;
    let mut elements = Vec::new();
    if let Some(last_used) = &key.last_used {
        elements.push(date("LastUsedDate", last_used.date));
    }
    // never used is told by the missing date; the other two are always there
    let (service, region) = key
        .last_used
        .as_ref()
        .map_or(("N/A", "N/A"), |last_used| (last_used.service_name.as_str(), last_used.region.as_str()));
    elements.extend([leaf("ServiceName", service), leaf("Region", region)]);
    Ok(vec![leaf("UserName", &user.user_name), node("AccessKeyLastUsed", elements)])
}

fn get_login_profile(parameters: &Value, state: &State) -> Answer {
    let user = user(parameters, state, 64)?;
    let Some(profile) = &user.login_profile else {
        return Err(no_such_entity(format!("Login Profile for User {} cannot be found.", user.user_name)));
    };
    let elements = vec![
        leaf("UserName", &user.user_name),
        date("CreateDate", profile.create_date),
        leaf("PasswordResetRequired", "false"),
    ];
    Ok(vec![node("LoginProfile", elements)])
}

fn list_account_aliases(parameters: &Value, state: &State) -> Answer {
    let aliases = state.account_aliases.iter().map(|alias| (alias.clone(), alias)).collect();
    listing("ListAccountAliases", "AccountAliases", aliases, parameters, state, |alias: &String| {
        leaf("member", alias)
    })
}

fn user_elements(user: &User, state: &State) -> Vec<Element> {
    vec![
        leaf("Path", &user.path),
        leaf("UserName", &user.user_name),
        leaf("UserId", &user.user_id),
        leaf("Arn", user.arn(&state.account_id)),
        date("CreateDate", user.create_date),
    ]
}

fn tag((key, value): (&String, &String)) -> Element {
    node("member", vec![leaf("Key", key), leaf("Value", value)])
}

/// A page of a listing: IsTruncated, Marker, MaxItems are alike for all of them.
fn listing<T>(
    operation: &str,
    name: &'static str,
    items: Vec<(String, T)>,
    parameters: &Value,
    state: &State,
    element: impl Fn(T) -> Element,
) -> Answer {
    // 1 to 1000, 100 if absent (IAM API reference, all List operations)
    let limit = match text(parameters, "MaxItems") {
        None => 100,
        Some(items) => match items.parse() {
            Ok(number @ 1..=1000) => number,
            _ => return Err(constraint(items, "maxItems", "have value from 1 to 1000")),
        },
    };
    let marker = text(parameters, "Marker");
    let page = page(items, marker, limit, operation, &state.behaviour)
        .ok_or_else(|| ServiceError::new(400, "ValidationError", "Invalid Marker."))?;
    let mut elements = vec![
        node(name, page.items.into_iter().map(element).collect()),
        leaf("IsTruncated", page.next.is_some().to_string()),
    ];
    elements.extend(page.next.map(|marker| leaf("Marker", marker)));
    Ok(elements)
}

fn user<'a>(parameters: &Value, state: &'a State, longest: usize) -> Result<&'a User, ServiceError> {
    let name = user_name(parameters, longest)?;
    let user = state.users.iter().find(|user| user.user_name.eq_ignore_ascii_case(name));
    user.ok_or_else(|| no_such_user(name))
}

fn user_name(parameters: &Value, longest: usize) -> Result<&str, ServiceError> {
    let Some(name) = text(parameters, "UserName") else {
        let message = "Must specify userName when calling with non-User credentials";
        return Err(ServiceError::new(400, "ValidationError", message));
    };
    if name.is_empty() || name.len() > longest {
        return Err(constraint(name, "userName", &format!("have length from 1 to {longest}")));
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)) {
        let message = "The specified value for userName is invalid. It must contain only alphanumeric characters \
                       and/or the following: +=,.@_-";
        return Err(ServiceError::new(400, "ValidationError", message));
    }
    Ok(name)
}

fn access_key_id(parameters: &Value) -> Result<&str, ServiceError> {
    let id =
        text(parameters, "AccessKeyId").ok_or_else(|| ServiceError::missing(Service::Iam, "accessKeyId"))?;
    if !(16..=128).contains(&id.len()) || !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(constraint(
            id,
            "accessKeyId",
            r"have length from 16 to 128 and satisfy regular expression pattern: [\w]+",
        ));
    }
    Ok(id)
}

fn no_such_user(name: &str) -> ServiceError {
    no_such_entity(format!("The user with name {name} cannot be found."))
}

fn no_such_key(id: &str) -> ServiceError {
    no_such_entity(format!("The Access Key with id {id} cannot be found."))
}

fn no_such_entity(message: String) -> ServiceError {
    ServiceError::new(404, "NoSuchEntity", message)
}

fn constraint(value: &str, at: &str, constraint: &str) -> ServiceError {
    ServiceError::constraint(Service::Iam, &format!("'{value}'"), at, constraint)
}

#[cfg(test)]
mod tests;
