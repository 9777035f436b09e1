//! The IAM writes: status and end of an access key, the tag that comes before. Whether to write is decided in
//! `setupkey-rule`; only the remediation function may call these.
//!
//! A write is sent once: what was true before it may have changed by the time of another attempt.

use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_iam::error::BuildError;
use aws_sdk_iam::types::{StatusType, Tag};
use setupkey_rule::iam::{AccessKeyId, UserName};
use tokio::time::Instant;

use crate::clients::Aws;
use crate::error::{AwsError, call, of_aws};

fn once() -> aws_sdk_iam::config::Builder {
    aws_sdk_iam::config::Builder::new().retry_config(RetryConfig::disabled())
}

impl Aws {
    /// Writes a tag of a user (TagUser).
    ///
    /// # Errors
    ///
    /// The call failed; it may have taken effect all the same, unless the error says that it was refused or throttled.
    pub async fn tag_user(
        &self,
        name: &UserName,
        key: &str,
        value: &str,
        until: Instant,
    ) -> Result<(), AwsError> {
        const OPERATION: &str = "iam:TagUser";
        let tag = Tag::builder().key(key).value(value).build();
        let tag = tag.map_err(|error: BuildError| AwsError::unexpected(OPERATION, error.to_string()))?;
        let send = self.iam.tag_user().user_name(name.as_str()).tags(tag).customize().config_override(once());
        of_aws(OPERATION, &call(OPERATION, until, send.send()).await?)
    }

    /// Deactivates an access key (UpdateAccessKey).
    ///
    /// # Errors
    ///
    /// The call failed; it may have taken effect all the same, unless the error says that it was refused or throttled.
    pub async fn deactivate_access_key(
        &self,
        name: &UserName,
        id: &AccessKeyId,
        until: Instant,
    ) -> Result<(), AwsError> {
        const OPERATION: &str = "iam:UpdateAccessKey";
        let send = self.iam.update_access_key().user_name(name.as_str()).access_key_id(id.as_str());
        let send = send.status(StatusType::Inactive).customize().config_override(once());
        of_aws(OPERATION, &call(OPERATION, until, send.send()).await?)
    }

    /// Deletes an access key (DeleteAccessKey).
    ///
    /// # Errors
    ///
    /// The call failed; it may have taken effect all the same, unless the error says that it was refused or throttled.
    pub async fn delete_access_key(
        &self,
        name: &UserName,
        id: &AccessKeyId,
        until: Instant,
    ) -> Result<(), AwsError> {
        const OPERATION: &str = "iam:DeleteAccessKey";
        let send = self.iam.delete_access_key().user_name(name.as_str()).access_key_id(id.as_str());
        let send = send.customize().config_override(once());
        of_aws(OPERATION, &call(OPERATION, until, send.send()).await?)
    }
}
