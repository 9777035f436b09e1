//! What a person's machine calls before it has credentials, and the organization that it asks for its accounts: the
//! portal of IAM Identity Center, its token endpoint, AWS Sign-In, and organizations:ListAccounts. Only the command
//! line calls any of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::error::ServiceError;
use crate::http::{Reply, Request};
use crate::json;
use crate::portal::{OrganizationAccount, Portal};
use crate::request::access_key_id;
use crate::state::State;

/// The end of the credentials that the portal gives out, in milliseconds: the year 2100.
const FAR_AWAY: i64 = 4_102_444_800_000;

/// ListAccounts returns at most this many accounts a page (Organizations API reference).
const PAGE: usize = 20;

/// Answers a request that is for the portal or the organization: the service, the operation, what was asked and the
/// reply. `None` if it is for another service.
pub(crate) fn answer(
    request: &Request,
    state: &State,
    request_id: &str,
) -> Option<(&'static str, &'static str, Value, Reply)> {
    let body = || serde_json::from_str(&request.body).unwrap_or(Value::Null);
    Some(match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/federation/credentials") => {
            let reply = role_credentials(request, &state.portal);
            ("portal.sso", "GetRoleCredentials", json!(query(&request.query)), reply)
        }
        ("POST", "/token") => {
            let asked: Value = body();
            let reply = sso_token(&asked, &state.portal);
            ("sso-oidc", "CreateToken", asked, reply)
        }
        ("POST", "/v1/token") => {
            let asked: Value = body();
            let reply = login_token(request, &asked, &state.portal, &state.account_id);
            ("signin", "CreateOAuth2Token", asked, reply)
        }
        ("POST", "/")
            if request.headers.get("x-amz-target").is_some_and(|t| t.ends_with(".ListAccounts")) =>
        {
            let asked: Value = body();
            let is_ours = state.account_of_key(access_key_id(request)) == state.account_id;
            let reply = match list_accounts(&asked, &state.organization, is_ours) {
                Ok(answer) => json::reply(&answer, request_id),
                Err(error) => json::error(&error, request_id),
            };
            ("organizations", "ListAccounts", asked, reply)
        }
        _ => return None,
    })
}

fn role_credentials(request: &Request, portal: &Portal) -> Reply {
    let token = request.headers.get("x-amz-sso_bearer_token").map(String::as_str).unwrap_or_default();
    let asked = query(&request.query);
    let of = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    if portal.access_token.is_empty() || token != portal.access_token {
        return refusal(401, "UnauthorizedException", "Session token not found or invalid");
    }
    if of("role_name") != portal.role_name {
        return refusal(403, "ForbiddenException", "No access");
    }
    let credentials = json!({
        "accessKeyId": format!("ASIALOCA{}", of("account_id")),
        "secretAccessKey": "local",
        "sessionToken": "local",
        "expiration": FAR_AWAY,
    });
    success(&json!({ "roleCredentials": credentials }))
}

fn sso_token(asked: &Value, portal: &Portal) -> Reply {
    if asked.get("grantType").is_none_or(|kind| kind != "refresh_token") || !refreshes(asked, portal) {
        return refusal(400, "InvalidGrantException", "Invalid grant provided");
    }
    success(&json!({
        "accessToken": portal.access_token,
        "expiresIn": 28_800,
        "refreshToken": portal.refresh_token,
        "tokenType": "Bearer",
    }))
}

fn refreshes(asked: &Value, portal: &Portal) -> bool {
    asked.get("refreshToken").is_some_and(|token| token == portal.refresh_token.as_str())
}

fn login_token(request: &Request, asked: &Value, portal: &Portal, account_id: &str) -> Reply {
    let has_proof = request.headers.contains_key("dpop");
    if !has_proof || !refreshes(asked, portal) {
        let body = json!({ "error": "TOKEN_EXPIRED", "message": "Your session has expired" });
        return reply(400, Some("AccessDeniedException"), &body);
    }
    success(&json!({
        "accessToken": {
            "accessKeyId": format!("ASIALOCA{account_id}"),
            "secretAccessKey": "local",
            "sessionToken": "local",
        },
        "tokenType": "urn:aws:params:oauth:token-type:access_token_sigv4",
        "expiresIn": 900,
        "refreshToken": portal.refresh_token,
    }))
}

fn list_accounts(
    asked: &Value,
    accounts: &[OrganizationAccount],
    is_management_account: bool,
) -> Result<Value, ServiceError> {
    if accounts.is_empty() {
        let message = "Your account is not a member of an organization.";
        return Err(ServiceError::new(400, "AWSOrganizationsNotInUseException", message));
    }
    if !is_management_account {
        let message = "You don't have permissions to access this resource.";
        return Err(ServiceError::new(400, "AccessDeniedException", message));
    }
    let start =
        asked.get("NextToken").and_then(Value::as_str).and_then(|token| token.parse().ok()).unwrap_or(0);
    let page: Vec<Value> = accounts
        .iter()
        .skip(start)
        .take(PAGE)
        .map(|account| {
            json!({
                "Id": account.id,
                "Arn": format!("arn:aws:organizations::111122223333:account/o-exampleorgid/{}", account.id),
                "Email": format!("{}@example.com", account.id),
                "Name": account.name,
                "State": account.state,
                "JoinedMethod": "CREATED",
                "JoinedTimestamp": 1_481_835_795.536,
            })
        })
        .collect();
    let end = start + page.len();
    let next = (end < accounts.len()).then(|| end.to_string());
    Ok(match next {
        Some(next) => json!({ "Accounts": page, "NextToken": next }),
        None => json!({ "Accounts": page }),
    })
}

/// The parameters of a query string; values here need no decoding.
fn query(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn success(body: &Value) -> Reply {
    reply(200, None, body)
}

fn refusal(status: u16, code: &str, message: &str) -> Reply {
    reply(status, Some(code), &json!({ "__type": code, "message": message }))
}

fn reply(status: u16, error: Option<&str>, body: &Value) -> Reply {
    let mut headers = vec![("content-type", "application/json".to_owned())];
    headers.extend(error.map(|code| ("x-amzn-errortype", code.to_owned())));
    Reply { status, headers, body: body.to_string(), is_cut: false }
}
