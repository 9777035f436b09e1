//! The SDK clients: one HTTP client, one set of timeouts, and retries that do not run dry.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_sdk_iam::config::interceptors::InterceptorContext;
use aws_sdk_iam::config::retry::{ClassifyRetry, RetryAction, RetryPartition, TokenBucket};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::calls::Calls;

/// A call is tried this often. IAM throttles by account and operation, at a rate that AWS does not publish:
/// at ten attempts, a rate that lets half the calls through left one user of 5,000 not read (`make bench`).
/// [`OPERATION_TIMEOUT`] is the bound that counts.
const MAX_ATTEMPTS: u32 = 300;

/// A message is published at most this often: each time its answer is lost, SNS delivers it again.
const MAX_PUBLISH_ATTEMPTS: u32 = 8;

/// The wait before the first retry is up to this long, and doubles.
const FIRST_BACKOFF: Duration = Duration::from_millis(250);

/// No wait is longer: with eight calls at a time, longer waits would leave the rate unused.
const MAX_BACKOFF: Duration = Duration::from_millis(700);

/// One attempt takes at most this long; the SDK sets no bound of its own.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// A call with all its retries takes at most this long.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(150);

/// A connection is established within this time, or the attempt fails.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

/// The clients of the services that the rule talks to.
#[derive(Clone, Debug)]
pub struct Aws {
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) config: aws_sdk_config::Client,
    pub(crate) sns: aws_sdk_sns::Client,
    /// What was sent.
    pub calls: Calls,
}

impl Aws {
    /// Builds the clients from the environment, as every AWS SDK reads it; sends nothing.
    pub async fn from_env() -> Self {
        Self::new(&configured().load().await)
    }

    /// Builds the clients with these credentials and this region; sends nothing.
    pub(crate) fn new(sdk: &SdkConfig) -> Self {
        let calls = Calls::default();
        Self {
            iam: aws_sdk_iam::Client::from_conf(
                aws_sdk_iam::config::Builder::from(sdk)
                    .retry_partition(unlimited("iam"))
                    .interceptor(calls.clone())
                    .build(),
            ),
            config: aws_sdk_config::Client::from_conf(
                aws_sdk_config::config::Builder::from(sdk)
                    .retry_partition(unlimited("config"))
                    .interceptor(calls.clone())
                    .build(),
            ),
            sns: aws_sdk_sns::Client::from_conf(
                aws_sdk_sns::config::Builder::from(sdk)
                    .retry_partition(unlimited("sns"))
                    .retry_config(retries().with_max_attempts(MAX_PUBLISH_ATTEMPTS))
                    .retry_classifier(TooManyRequests)
                    .interceptor(calls.clone())
                    .build(),
            ),
            calls,
        }
    }
}

/// What all clients share: the HTTP client, timeouts and retries.
pub(crate) fn configured() -> ConfigLoader {
    // ring starts faster than the SDK's default provider, which gathers entropy for tens of milliseconds
    let http_client =
        aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http_client)
        .retry_config(retries())
        .timeout_config(timeouts)
}

fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(MAX_ATTEMPTS)
        .with_initial_backoff(FIRST_BACKOFF)
        .with_max_backoff(MAX_BACKOFF)
}

/// SNS throttles with the status 429 and the code `Throttled` (SNS API reference, Publish). The SDK does
/// not retry that code.
#[derive(Debug)]
struct TooManyRequests;

impl ClassifyRetry for TooManyRequests {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response() {
            Some(response) if response.status().as_u16() == 429 => RetryAction::throttling_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "TooManyRequests"
    }
}

/// The default quota of retries is shared by all calls and never fills up again under steady throttling;
/// attempts, timeouts and the deadline of the function are bound enough.
pub(crate) fn unlimited(name: &'static str) -> RetryPartition {
    RetryPartition::custom(name).token_bucket(TokenBucket::unlimited()).build()
}
