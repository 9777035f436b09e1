//! What IAM says about an account as a whole.

use aws_sdk_iam::types::SummaryKeyType;
use tokio::time::Instant;

use crate::clients::Aws;
use crate::error::{AwsError, call};

impl Aws {
    /// Asks for IAM's own count of the users (GetAccountSummary).
    ///
    /// # Errors
    ///
    /// The call failed, or the answer has no such count.
    pub async fn account_summary_users(&self, until: Instant) -> Result<u64, AwsError> {
        const OPERATION: &str = "iam:GetAccountSummary";
        let answer = call(OPERATION, until, self.iam.get_account_summary().send()).await?;
        let users = answer.summary_map().and_then(|summary| summary.get(&SummaryKeyType::Users));
        users
            .and_then(|users| u64::try_from(*users).ok())
            .ok_or_else(|| AwsError::unexpected(OPERATION, "no count of users in the answer"))
    }
}
