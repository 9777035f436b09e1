//! A call that failed, in one line, and the deadline of a call.

use std::future::Future;

use aws_sdk_iam::config::http::HttpResponse;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_iam::operation::RequestId;
use setupkey_rule::decision::NotRead;
use thiserror::Error;
use tokio::time::{Instant, timeout_at};

use crate::said::said;

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
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// The service did not execute the call, and says why.
    Refused,
    /// The service did not execute the call, because there were too many.
    Throttled,
    /// There was no time left.
    TimedOut,
    /// Whether the call was executed is not known.
    Unknown,
}

impl AwsError {
    pub(crate) fn new<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let code = error.code().map(str::to_owned);
        let status = error.raw_response().map(|response| response.status().as_u16());
        let reason = match (&code, error.message()) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(code), None) => code.clone(),
            (None, _) => said(error),
        };
        let kind = match (&code, status) {
            (Some(code), _) if code.contains("Throttl") || code == "RequestLimitExceeded" => Kind::Throttled,
            (Some(_), Some(429)) => Kind::Throttled,
            (Some(_), Some(400..=499)) => Kind::Refused,
            _ => Kind::Unknown,
        };
        Self { operation, code, reason: one_line(&reason), kind }
    }

    /// A call for which there was no time left.
    #[must_use]
    pub fn timed_out(operation: &'static str) -> Self {
        Self { operation, code: None, reason: "timed out".to_owned(), kind: Kind::TimedOut }
    }

    /// An answer that the service does not give.
    pub(crate) fn unexpected(operation: &'static str, reason: impl Into<String>) -> Self {
        Self { operation, code: None, reason: reason.into(), kind: Kind::Unknown }
    }

    /// Whether the service says that the user, key or profile does not exist.
    #[must_use]
    pub fn is_no_such_entity(&self) -> bool {
        self.code.as_deref() == Some("NoSuchEntity")
    }

    /// Whether the service certainly did not execute the call, and would not execute it again.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.kind == Kind::Refused
    }

    /// Whether the service certainly did not execute the call, but may the next time.
    #[must_use]
    pub fn is_throttling(&self) -> bool {
        self.kind == Kind::Throttled
    }

    /// Why a user was not read.
    #[must_use]
    pub fn not_read(&self) -> NotRead {
        match self.kind {
            Kind::TimedOut => NotRead::TimedOut,
            _ => NotRead::Failed(self.to_string()),
        }
    }
}

/// Sends a call and gives up at `until`.
pub(crate) async fn call<T, E>(
    operation: &'static str,
    until: Instant,
    send: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
) -> Result<T, AwsError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match timeout_at(until, send).await {
        Ok(answer) => answer.map_err(|error| AwsError::new(operation, &error)),
        Err(_) => Err(AwsError::timed_out(operation)),
    }
}

/// The answer, or `None` where the service says that the user, key or profile does not exist.
pub(crate) fn if_exists<T>(answer: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_no_such_entity() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The SDK can quote a whole answer.
const MAX_REASON_CHARACTERS: usize = 500;

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_REASON_CHARACTERS).collect()
}

/// An empty answer of something between reads like one that says nothing: done, all reported, nothing stored. It is AWS's
/// only with the ID that AWS gives every request. Not needed where a member of the answer is.
pub(crate) fn of_aws(operation: &'static str, answer: &impl RequestId) -> Result<(), AwsError> {
    match answer.request_id() {
        Some(_) => Ok(()),
        None => Err(AwsError::unexpected(operation, "the answer has no request ID, so it is not AWS's")),
    }
}
