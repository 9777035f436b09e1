//! The operations of STS (API version 2011-06-15): who calls, and credentials of a role.

use chrono::TimeDelta;
use serde_json::Value;

use crate::error::ServiceError;
use crate::identity::{LastUsed, Role, SESSION_KEY, derived_id};
use crate::query::{Answer, Element, date, leaf, node, text};
use crate::service::Service;
use crate::state::State;

/// Credentials of a role are good for an hour unless asked for otherwise (STS API reference, AssumeRole).
const SESSION: TimeDelta = TimeDelta::hours(1);

pub(crate) fn answer(operation: &str, parameters: &Value, state: &mut State, signer: &str) -> Answer {
    match operation {
        "GetCallerIdentity" => get_caller_identity(state.account_of(signer), signer),
        "AssumeRole" => assume_role(parameters, state, signer),
        "AssumeRoleWithWebIdentity" => assume_role_with_web_identity(parameters, state),
        _ => Err(ServiceError::unknown_operation(Service::Sts, operation)),
    }
}

/// A user's access key counts as used. AWS takes some minutes to show that; here it shows at once.
fn get_caller_identity(state: &mut State, signer: &str) -> Answer {
    let (now, region, account_id) = (state.now(), state.region.clone(), state.account_id.clone());
    for user in &mut state.users {
        let key = user.access_keys.iter_mut().find(|key| key.access_key_id == signer);
        if let Some(key) = key {
            key.last_used = Some(LastUsed { date: now, service_name: "sts".to_owned(), region });
            let (arn, user_id) = (user.arn(&account_id), user.user_id.clone());
            return Ok(vec![leaf("Arn", arn), leaf("UserId", user_id), leaf("Account", account_id)]);
        }
    }
    let arn = format!("arn:aws:sts::{}:assumed-role/local/setupkey", state.account_id);
    let user_id = format!("{}:setupkey", derived_id("AROA", 17, &state.account_id));
    Ok(vec![leaf("Arn", arn), leaf("UserId", user_id), leaf("Account", &state.account_id)])
}

fn assume_role(parameters: &Value, state: &mut State, signer: &str) -> Answer {
    let caller = state.account_of(signer).account_id.clone();
    session(parameters, state).ok_or_else(|| {
        let role_arn = text(parameters, "RoleArn").unwrap_or_default();
        let message = format!(
            "User: arn:aws:sts::{caller}:assumed-role/local/setupkey is not authorized to perform: \
             sts:AssumeRole on resource: {role_arn}"
        );
        ServiceError::new(403, "AccessDenied", message)
    })
}

/// The token is not verified: each role trusts every issuer.
fn assume_role_with_web_identity(parameters: &Value, state: &State) -> Answer {
    session(parameters, state).ok_or_else(|| {
        ServiceError::new(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
    })
}

/// The credentials of a role and who its session is; `None` if the role does not exist, or does not trust the caller.
fn session(parameters: &Value, state: &State) -> Option<Vec<Element>> {
    let of = |name| text(parameters, name).unwrap_or_default();
    let (role_arn, session) = (of("RoleArn"), of("RoleSessionName"));
    let accounts = std::iter::once(state).chain(&state.other_accounts);
    let mut trusting = accounts.filter_map(|account| {
        let name = role_arn.strip_prefix(&format!("arn:aws:iam::{}:role/", account.account_id))?;
        let trusts = |role: &&Role| {
            let knows =
                role.external_id.is_none() || role.external_id.as_deref() == text(parameters, "ExternalId");
            role.role_name == name && knows
        };
        account.roles.iter().find(trusts).map(|role| (&account.account_id, role))
    });
    let (account_id, role) = trusting.next()?;
    let name = role.role_name.rsplit('/').next().unwrap_or_default();
    Some(vec![
        node(
            "Credentials",
            vec![
                leaf("AccessKeyId", format!("{SESSION_KEY}{account_id}")),
                leaf("SecretAccessKey", "local"),
                leaf("SessionToken", "local"),
                date("Expiration", state.now() + SESSION),
            ],
        ),
        node(
            "AssumedRoleUser",
            vec![
                leaf("AssumedRoleId", format!("{}:{session}", derived_id("AROA", 17, role_arn))),
                leaf("Arn", format!("arn:aws:sts::{account_id}:assumed-role/{name}/{session}")),
            ],
        ),
    ])
}

#[cfg(test)]
mod tests;
