//! A call that failed, in one line.

use aws_sdk_iam::config::http::HttpResponse;
use aws_sdk_iam::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
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

    /// An answer that the service does not give.
    pub(crate) fn unexpected(operation: &'static str, reason: impl Into<String>) -> Self {
        Self { operation, code: None, reason: reason.into() }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the service says that the user, key or profile does not exist.
pub(crate) fn is_no_such_entity<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    error.code() == Some("NoSuchEntity")
}
