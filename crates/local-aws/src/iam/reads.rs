//! The operations that read users, keys, passwords, tags and aliases.

use serde_json::Value;

use super::found::{access_key_id, no_such_key, no_such_profile, user};
use crate::error::ServiceError;
use crate::identity::{AccessKey, User};
use crate::page::page;
use crate::query::{Answer, Element, date, leaf, node, text};
use crate::state::State;

pub(super) fn list_users(parameters: &Value, state: &State) -> Answer {
    let prefix = text(parameters, "PathPrefix").unwrap_or("/");
    let users = state.users.iter().filter(|user| user.path.starts_with(prefix));
    // users and keys come in the order of their names, whatever their age
    let users = users.map(|user| (user.user_name.to_lowercase(), user)).collect();
    listing("ListUsers", "Users", users, parameters, state, |user| node("member", user_elements(user, state)))
}

/// Of the counts, that of the users; the others are not asked for.
pub(super) fn get_account_summary(state: &State) -> Vec<Element> {
    let entry = node("entry", vec![leaf("key", "Users"), leaf("value", state.users.len().to_string())]);
    vec![node("SummaryMap", vec![entry])]
}

pub(super) fn get_user(parameters: &Value, state: &State) -> Answer {
    let user = user(parameters, state)?;
    let mut elements = user_elements(user, state);
    if !user.tags.is_empty() {
        elements.push(node("Tags", user.tags.iter().map(tag).collect()));
    }
    Ok(vec![node("User", elements)])
}

pub(super) fn list_user_tags(parameters: &Value, state: &State) -> Answer {
    let user = user(parameters, state)?;
    // by place: a tag's key may hold characters that a marker may not
    let tags = user.tags.iter().enumerate().map(|(place, pair)| (format!("{place:02}"), pair)).collect();
    listing("ListUserTags", "Tags", tags, parameters, state, tag)
}

pub(super) fn list_access_keys(parameters: &Value, state: &State) -> Answer {
    let user = user(parameters, state)?;
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

pub(super) fn get_access_key_last_used(parameters: &Value, state: &State) -> Answer {
    let id = access_key_id(parameters);
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

pub(super) fn get_login_profile(parameters: &Value, state: &State) -> Answer {
    let user = user(parameters, state)?;
    let Some(profile) = &user.login_profile else {
        return Err(no_such_profile(&user.user_name));
    };
    let elements = vec![
        leaf("UserName", &user.user_name),
        date("CreateDate", profile.create_date),
        leaf("PasswordResetRequired", "false"),
    ];
    Ok(vec![node("LoginProfile", elements)])
}

pub(super) fn list_account_aliases(parameters: &Value, state: &State) -> Answer {
    let aliases = state.account_aliases.iter().map(|alias| (alias.clone(), alias)).collect();
    listing("ListAccountAliases", "AccountAliases", aliases, parameters, state, |alias: &String| {
        leaf("member", alias)
    })
}

pub(super) fn user_elements(user: &User, state: &State) -> Vec<Element> {
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
    // the default (IAM API reference, all List operations)
    let limit = text(parameters, "MaxItems").and_then(|items| items.parse().ok()).unwrap_or(100);
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
