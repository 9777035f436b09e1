//! A call that failed, in one line.

use aws_sdk_iam::config::http::HttpResponse;
use aws_sdk_iam::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_iam::operation::RequestId;
use thiserror::Error;

/// A call to AWS that failed for good.
#[derive(Clone, Debug, Error)]
#[error("{operation} failed: {reason}")]
pub struct AwsError {
    /// The operation.
    pub operation: &'static str,
    /// The error code of the service, where it gave one.
    pub code: Option<String>,
    /// What the service or the SDK says.
    pub reason: String,
}

impl AwsError {
    pub(crate) fn new<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let code = error.code().map(str::to_owned);
        let reason = match (&code, error.message()) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(code), None) => code.clone(),
            (None, _) => DisplayErrorContext(error).to_string(),
        };
        Self { operation, code, reason: one_line(&reason) }
    }

    /// A call for which there was no time left.
    #[must_use]
    pub fn out_of_time(operation: &'static str) -> Self {
        Self { operation, code: None, reason: "time was up".to_owned() }
    }

    /// An answer that the service does not give.
    pub(crate) fn unexpected(operation: &'static str, reason: impl Into<String>) -> Self {
        Self { operation, code: None, reason: reason.into() }
    }
}

/// The SDK can quote a whole answer.
const MAX_REASON_CHARACTERS: usize = 500;

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_REASON_CHARACTERS).collect()
}

/// Whether the service says that the user, key or profile does not exist.
pub(crate) fn is_no_such_entity<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    error.code() == Some("NoSuchEntity")
}

/// An empty answer of something between reads like one that says nothing: done, all put, nothing held. It is AWS's
/// only with the id that AWS gives every request. Not needed where a member of the answer is.
pub(crate) fn of_aws(operation: &'static str, answer: &impl RequestId) -> Result<(), AwsError> {
    match answer.request_id() {
        Some(_) => Ok(()),
        None => Err(AwsError::unexpected(operation, "the answer has no request id, so it is not of AWS")),
    }
}
