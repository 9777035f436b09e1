//! What logs a person in, and the accounts of an organization. What is answered about them is in `sign_in`.

use serde::{Deserialize, Serialize};

/// What the portal accepts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Portal {
    /// The token of IAM Identity Center that is accepted.
    pub access_token: String,
    /// The refresh token that is accepted, of IAM Identity Center or AWS Sign-In.
    pub refresh_token: String,
    /// The permission set that exists in each account.
    pub role_name: String,
}

/// An account of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrganizationAccount {
    /// The twelve digits.
    pub id: String,
    /// The name.
    pub name: String,
    /// `ACTIVE`, `SUSPENDED` or another state (Organizations API reference, Account).
    pub state: String,
}
