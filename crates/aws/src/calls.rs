//! Counts the calls that the clients send, by operation, for the metrics line.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_iam::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_iam::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_iam::error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::RequestAttempts;

/// Counts of calls sent, shared by all clients.
#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<Mutex<CallCounts>>);

/// How many calls were sent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CallCounts {
    /// Calls by operation, retries included.
    pub by_operation: BTreeMap<String, u64>,
    /// How many of them were retries.
    pub retries: u64,
}

impl Calls {
    /// The counts since the last time they were taken.
    #[must_use]
    pub fn take(&self) -> CallCounts {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many calls were sent, retries included, since the counts were taken.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by_operation.values().sum()
    }
}

impl Intercept for Calls {
    fn name(&self) -> &'static str {
        "Calls"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = config.load::<Metadata>().map_or("unknown", Metadata::name).to_owned();
        let is_retry = config.load::<RequestAttempts>().is_some_and(|attempts| attempts.attempts() > 1);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.by_operation.entry(operation).or_default() += 1;
        counts.retries += u64::from(is_retry);
        Ok(())
    }
}
