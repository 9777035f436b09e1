//! The operations of STS (API version 2011-06-15): who calls, and credentials of a role. Forms and limits are
//! of the STS API reference.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::ServiceError;
use crate::iam::Answer;
use crate::identity::derived_id;
use crate::query::{date, leaf, node, text};
use crate::request::Service;
use crate::state::State;

/// An IAM role that can be assumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Role {
    /// The name, behind the path if it has one: what an ARN has behind `role/`.
    pub role_name: String,
    /// What a caller has to know, if the trust policy asks for it.
    #[serde(default)]
    pub external_id: Option<String>,
}

/// Credentials of a role are good for an hour unless asked for otherwise (STS API reference, AssumeRole).
const SESSION: TimeDelta = TimeDelta::hours(1);

/// What the access key of a role's session begins with here; the account follows.
const SESSION_KEY: &str = "ASIALOCA";

pub(crate) fn answer(operation: &str, parameters: &Value, state: &mut State, signer: &str) -> Answer {
    match operation {
        "GetCallerIdentity" => get_caller_identity(state.account_of(signer)),
        "AssumeRole" => assume_role(parameters, state, signer),
        _ => Err(ServiceError::unknown_operation(Service::Sts, operation)),
    }
}

/// The account of a role's session, by its access key.
pub(crate) fn account_of_session(access_key_id: &str) -> Option<&str> {
    access_key_id.strip_prefix(SESSION_KEY)
}

fn get_caller_identity(state: &State) -> Answer {
    let arn = format!("arn:aws:sts::{}:assumed-role/local/setupkey", state.account_id);
    let user_id = format!("{}:setupkey", derived_id("AROA", 17, &state.account_id));
    Ok(vec![leaf("Arn", arn), leaf("UserId", user_id), leaf("Account", &state.account_id)])
}

fn assume_role(parameters: &Value, state: &mut State, signer: &str) -> Answer {
    let required = |name: &str, at: &str| {
        text(parameters, name).ok_or_else(|| ServiceError::missing(Service::Sts, at)).map(str::to_owned)
    };
    let role_arn = required("RoleArn", "roleArn")?;
    let session = required("RoleSessionName", "roleSessionName")?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if !(2..=64).contains(&session.len()) || !session.chars().all(is_name) {
        let constraint = r"satisfy regular expression pattern: [\w+=,.@-]*";
        let value = format!("'{session}'");
        return Err(ServiceError::constraint(Service::Sts, &value, "roleSessionName", constraint));
    }
    let now = state.now();
    let caller = state.account_of(signer).account_id.clone();
    let accounts = std::iter::once(&*state).chain(&state.other_accounts);
    let mut trusting = accounts.filter_map(|account| {
        let name = role_arn.strip_prefix(&format!("arn:aws:iam::{}:role/", account.account_id))?;
        let trusts = |role: &&Role| {
            let knows =
                role.external_id.is_none() || role.external_id.as_deref() == text(parameters, "ExternalId");
            role.role_name == name && knows
        };
        account.roles.iter().find(trusts).map(|role| (&account.account_id, role))
    });
    let Some((account_id, role)) = trusting.next() else {
        let message = format!(
            "User: arn:aws:sts::{caller}:assumed-role/local/setupkey is not authorized to perform: \
             sts:AssumeRole on resource: {role_arn}"
        );
        return Err(ServiceError::new(403, "AccessDenied", message));
    };
    let name = role.role_name.rsplit('/').next().unwrap_or_default();
    Ok(vec![
        node(
            "Credentials",
            vec![
                leaf("AccessKeyId", format!("{SESSION_KEY}{account_id}")),
                leaf("SecretAccessKey", "local"),
                leaf("SessionToken", "local"),
                date("Expiration", now + SESSION),
            ],
        ),
        node(
            "AssumedRoleUser",
            vec![
                leaf("AssumedRoleId", format!("{}:{session}", derived_id("AROA", 17, &role_arn))),
                leaf("Arn", format!("arn:aws:sts::{account_id}:assumed-role/{name}/{session}")),
            ],
        ),
    ])
}

#[cfg(test)]
mod tests;
