//! The Lambda function that AWS Config invokes: wires the runtime, the clients and the handler.

mod change;
mod delivery;
mod failure;
mod handler;
mod metrics;
mod scheduled;

use std::env;

use lambda_runtime::layers::TracingLayer;
use lambda_runtime::tower::layer::layer_fn;
use lambda_runtime::tower::util::MapRequest;
use lambda_runtime::{Error, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use setupkey_aws::Aws;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::handler::Settings;

/// Where alerts go; unset or empty: nowhere.
const ALERT_TOPIC_ARN: &str = "ALERT_TOPIC_ARN";

/// The function's own ARN, for where there is no Lambda to tell it: `cargo lambda watch` tells a text that is
/// no ARN.
const FUNCTION_ARN: &str = "FUNCTION_ARN";

/// Set by Lambda from the function's logging configuration (Lambda developer guide, environment variables).
const LOG_LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    log_as_json();
    let aws = Aws::from_env().await;
    let settings = Settings { topic_arn: setting(ALERT_TOPIC_ARN), function_arn: setting(FUNCTION_ARN) };

    let (aws, settings) = (&aws, &settings);
    let handler = service_fn(move |event: LambdaEvent<String>| async move {
        handler::handle(&event.payload, &event.context, aws, settings).await
    });
    Runtime::new(handler)
        .layer(layer_fn(|service| MapRequest::new(service, as_text)))
        .layer(TracingLayer::new())
        .run()
        .await
}

fn setting(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Hands the event over as text: the rule's own parser is the one door, and it can say what is wrong with
/// an event that is not JSON.
fn as_text(mut invocation: LambdaInvocation) -> LambdaInvocation {
    if let Ok(text) = serde_json::to_vec(&String::from_utf8_lossy(&invocation.body)) {
        invocation.body = text.into();
    }
    invocation
}

/// One JSON object a line. Only our own modules follow the log level: at `DEBUG` the SDK, at `TRACE` the
/// runtime log whole requests, and the result token with them.
fn log_as_json() {
    let level = match env::var(LOG_LEVEL).as_deref() {
        // Lambda's word for a level that `tracing` does not have
        Ok("FATAL") => LevelFilter::ERROR,
        Ok(level) => level.parse().unwrap_or(LevelFilter::INFO),
        Err(_) => LevelFilter::INFO,
    };
    let targets = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("config_rule", level)
        .with_target("setupkey_aws", level)
        .with_target("setupkey_rule", level)
        // its span holds the request id
        .with_target("lambda_runtime", LevelFilter::INFO);
    // without targets: `_aws`, which is in the name of a crate, is to stand in the metrics line only
    let lines =
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_span_list(false).with_target(false);
    tracing_subscriber::registry().with(lines).with(targets).init();
}
