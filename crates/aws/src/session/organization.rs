//! The accounts of the caller's organization.

use aws_sdk_organizations::types::AccountState;

use super::Session;
use crate::error::AwsError;

/// An account of an organization that can be entered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OrganizationAccount {
    /// The twelve digits.
    pub account_id: String,
    /// The name that the organization gives it.
    pub name: String,
}

impl Session {
    /// Lists the active accounts of the organization (organizations:ListAccounts), by ID. The management account or
    /// a delegated administrator can. `State` counts: AWS retired `Status` in September 2026.
    ///
    /// # Errors
    ///
    /// The call failed, or an account has no ID.
    pub async fn organization_accounts(&self) -> Result<Vec<OrganizationAccount>, AwsError> {
        const OPERATION: &str = "organizations:ListAccounts";
        let client = aws_sdk_organizations::Client::new(&self.sdk);
        let mut accounts = Vec::new();
        let mut pages = client.list_accounts().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::new(OPERATION, &error))?;
            for account in page.accounts.unwrap_or_default() {
                if account.state() != Some(&AccountState::Active) {
                    continue;
                }
                let account_id =
                    account.id.ok_or_else(|| AwsError::unexpected(OPERATION, "an account has no ID"))?;
                accounts.push(OrganizationAccount { account_id, name: account.name.unwrap_or_default() });
            }
        }
        accounts.sort_by(|one, other| one.account_id.cmp(&other.account_id));
        Ok(accounts)
    }
}
