//! The log: one JSON object a line.

use std::env;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Set by Lambda from the function's logging configuration (Lambda developer guide, environment variables).
const LOG_LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";

/// Starts the log. Only the modules of the project follow the log level: at `DEBUG` the SDK, at `TRACE` the runtime log whole
/// requests, and the result token with them.
pub(crate) fn as_json(own_crate: &str) {
    let level = match env::var(LOG_LEVEL).as_deref() {
        // Lambda's word for a level that `tracing` does not have
        Ok("FATAL") => LevelFilter::ERROR,
        Ok(level) => level.parse().unwrap_or(LevelFilter::INFO),
        Err(_) => LevelFilter::INFO,
    };
    let targets = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target(own_crate, level)
        .with_target("setupkey_aws", level)
        .with_target("setupkey_lambda", level)
        .with_target("setupkey_rule", level)
        // its span holds the request id
        .with_target("lambda_runtime", LevelFilter::INFO);
    // without targets: `_aws`, which is in the name of a crate, is to stand in the metrics line only
    let lines =
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_span_list(false).with_target(false);
    tracing_subscriber::registry().with(lines).with(targets).init();
}
