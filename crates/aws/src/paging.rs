//! Pages: the SDK's paginators, and one check. A listing that cannot go on is an error, never the end.

use aws_sdk_iam::config::http::HttpResponse;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_async::future::pagination_stream::PaginationStream;
use tokio::time::Instant;

use crate::error::{AwsError, call};

/// The pages of one listing.
pub(crate) struct Pages<T, E> {
    operation: &'static str,
    until: Instant,
    stream: PaginationStream<Result<T, SdkError<E, HttpResponse>>>,
    marker: Option<String>,
    is_at_end: bool,
}

impl<T, E> Pages<T, E>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    /// Starts a listing that gives up at `until`.
    pub(crate) fn new(
        operation: &'static str,
        until: Instant,
        stream: PaginationStream<Result<T, SdkError<E, HttpResponse>>>,
    ) -> Self {
        Self { operation, until, stream, marker: None, is_at_end: false }
    }

    /// Reads the next page; `None` at the end. `more` says whether the page is truncated, and the marker of the next one.
    pub(crate) async fn next(
        &mut self,
        more: impl Fn(&T) -> (bool, Option<&str>),
    ) -> Result<Option<T>, AwsError> {
        if self.is_at_end {
            return Ok(None);
        }
        let page = call(self.operation, self.until, async { self.stream.next().await.transpose() }).await?;
        let Some(page) = page else { return Ok(None) };
        match more(&page) {
            (false, _) => self.is_at_end = true,
            // the paginator would take these for the end
            (true, None | Some("")) => {
                return Err(AwsError::unexpected(self.operation, "truncated, but no marker"));
            }
            (true, marker) if marker == self.marker.as_deref() => {
                return Err(AwsError::unexpected(self.operation, "truncated, but the same marker twice"));
            }
            (true, marker) => self.marker = marker.map(str::to_owned),
        }
        Ok(Some(page))
    }
}
