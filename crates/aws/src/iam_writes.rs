//! The IAM writes: status and end of an access key, the tag that comes before. Whether to write is decided in
//! `setupkey-rule`; only the remediation function may call these.

use aws_sdk_iam::error::BuildError;
use aws_sdk_iam::types::{StatusType, Tag};
use setupkey_rule::facts::{AccessKeyId, UserName};

use crate::clients::Aws;
use crate::error::{AwsError, is_no_such_entity, of_aws};

/// What became of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Written {
    /// It is as it should be.
    Done,
    /// The user has no such key: it was deleted, or the user was.
    NoSuchKey,
}

impl Aws {
    /// Writes a tag of a user (TagUser).
    ///
    /// # Errors
    ///
    /// The call failed. It may have taken effect all the same, where no answer came.
    pub async fn tag_user(&self, name: &UserName, key: &str, value: &str) -> Result<(), AwsError> {
        const OPERATION: &str = "iam:TagUser";
        let tag = Tag::builder().key(key).value(value).build();
        let tag = tag.map_err(|error: BuildError| AwsError::unexpected(OPERATION, error.to_string()))?;
        let answer = self.iam.tag_user().user_name(name.as_str()).tags(tag).send().await;
        of_aws(OPERATION, &answer.map_err(|error| AwsError::new(OPERATION, &error))?)
    }

    /// Deactivates an access key (UpdateAccessKey). One that is inactive already stays so.
    ///
    /// # Errors
    ///
    /// The call failed. It may have taken effect all the same, where no answer came.
    pub async fn deactivate_access_key(
        &self,
        name: &UserName,
        id: &AccessKeyId,
    ) -> Result<Written, AwsError> {
        let call = self.iam.update_access_key().user_name(name.as_str()).access_key_id(id.as_str());
        match call.status(StatusType::Inactive).send().await {
            Ok(answer) => of_aws("iam:UpdateAccessKey", &answer).map(|()| Written::Done),
            Err(error) if is_no_such_entity(&error) => Ok(Written::NoSuchKey),
            Err(error) => Err(AwsError::new("iam:UpdateAccessKey", &error)),
        }
    }

    /// Deletes an access key (DeleteAccessKey). That there is none any more can be the doing of an attempt whose
    /// answer was lost.
    ///
    /// # Errors
    ///
    /// The call failed. It may have taken effect all the same, where no answer came.
    pub async fn delete_access_key(&self, name: &UserName, id: &AccessKeyId) -> Result<Written, AwsError> {
        let call = self.iam.delete_access_key().user_name(name.as_str()).access_key_id(id.as_str());
        match call.send().await {
            Ok(answer) => of_aws("iam:DeleteAccessKey", &answer).map(|()| Written::Done),
            Err(error) if is_no_such_entity(&error) => Ok(Written::NoSuchKey),
            Err(error) => Err(AwsError::new("iam:DeleteAccessKey", &error)),
        }
    }
}
