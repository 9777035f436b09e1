//! Why an invocation fails, by names that a metric filter or an alarm can match.

use setupkey_aws::AwsError;
use setupkey_lambda::failure::NamedFailure;
use setupkey_rule::facts::{AccessKeyId, UserId};
use setupkey_rule::function_arn::FunctionArnError;
use setupkey_rule::remediation::request::RequestError;
use thiserror::Error;

/// Why an invocation fails.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The request was not understood: nothing was read.
    #[error(transparent)]
    InvalidRequest(#[from] RequestError),
    /// Lambda told an ARN that is not a function's.
    #[error(transparent)]
    InvalidFunctionArn(#[from] FunctionArnError),
    /// A key has the tag of a deactivation, and could not be deactivated.
    #[error(
        "access key `{access_key_id}` is tagged as deactivated and still active, deactivate it by hand or remove the \
         tag: {reason}"
    )]
    DeactivationIncomplete {
        /// The key.
        access_key_id: AccessKeyId,
        /// Why.
        reason: String,
    },
    /// The user was not found, and may be there.
    #[error("users not listed as far as `{resource_id}`: {error}")]
    ListingIncomplete {
        /// Who was looked for.
        resource_id: UserId,
        /// What ended the listing.
        error: AwsError,
    },
    /// Time was up: nothing was begun that could not be ended.
    #[error("time was up, the next remediation goes on")]
    DeadlineNear,
    /// What is true of the user could not be read: nothing was done.
    #[error("user not read, nothing was done: {0}")]
    UserUnread(String),
    /// A key was left alone because a call failed.
    #[error("access key `{access_key_id}` left alone: {reason}")]
    KeyLeftAlone {
        /// The key.
        access_key_id: AccessKeyId,
        /// Why.
        reason: String,
    },
    /// SNS did not take the message about what was done.
    #[error("alert not sent, the log tells what was done: {0}")]
    AlertNotSent(AwsError),
}

impl NamedFailure for Failure {
    const ERROR_TYPES: &'static [&'static str] = &[
        "InvalidEvent",
        "InvalidParameters",
        "DeactivationIncomplete",
        "ListingIncomplete",
        "DeadlineNear",
        "UsersUnread",
        "KeysLeftAlone",
        "AlertNotSent",
    ];

    fn error_type(&self) -> &'static str {
        match self {
            Self::InvalidRequest(RequestError::Parameter(_)) => "InvalidParameters",
            Self::InvalidRequest(_) | Self::InvalidFunctionArn(_) => "InvalidEvent",
            Self::DeactivationIncomplete { .. } => "DeactivationIncomplete",
            Self::ListingIncomplete { .. } => "ListingIncomplete",
            Self::UserUnread(_) => "UsersUnread",
            Self::KeyLeftAlone { .. } => "KeysLeftAlone",
            Self::DeadlineNear => "DeadlineNear",
            Self::AlertNotSent(_) => "AlertNotSent",
        }
    }
}
