//! The operations of IAM (API version 2010-05-08). Texts and limits are of the IAM API reference; where it is silent,
//! of answers that others have recorded.

use serde_json::Value;

use crate::error::ServiceError;
use crate::query::Answer;
use crate::service::Service;
use crate::state::State;

mod creations;
mod found;
mod reads;
mod reports;
mod writes;

pub(crate) fn answer(operation: &str, parameters: &Value, state: &mut State) -> Answer {
    match operation {
        "ListUsers" => reads::list_users(parameters, state),
        "GetUser" => reads::get_user(parameters, state),
        "ListUserTags" => reads::list_user_tags(parameters, state),
        "ListAccessKeys" => reads::list_access_keys(parameters, state),
        "GetAccessKeyLastUsed" => reads::get_access_key_last_used(parameters, state),
        "GetLoginProfile" => reads::get_login_profile(parameters, state),
        "ListAccountAliases" => reads::list_account_aliases(parameters, state),
        "GetAccountSummary" => Ok(reads::get_account_summary(state)),
        "GenerateCredentialReport" => reports::generate(state),
        "GetCredentialReport" => reports::get(state),
        "CreateUser" => creations::create_user(parameters, state),
        "CreateLoginProfile" => creations::create_login_profile(parameters, state),
        "CreateAccessKey" => creations::create_access_key(parameters, state),
        "UpdateAccessKey" => writes::update_access_key(parameters, state),
        "DeleteAccessKey" => writes::delete_access_key(parameters, state),
        "TagUser" => writes::tag_user(parameters, state),
        "UntagUser" => writes::untag_user(parameters, state),
        "DeleteLoginProfile" => writes::delete_login_profile(parameters, state),
        "DeleteUser" => writes::delete_user(parameters, state),
        _ => Err(ServiceError::unknown_operation(Service::Iam, operation)),
    }
}

#[cfg(test)]
mod tests;
