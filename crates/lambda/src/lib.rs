//! What the Lambda functions have in common: start-up, log, settings, clock, failures by name.
//!
//! What an event means, and what is done about it, is each function's own.

pub mod clock;
pub mod failure;
mod log;
mod settings;

use lambda_runtime::layers::TracingLayer;
use lambda_runtime::tower::layer::layer_fn;
use lambda_runtime::tower::util::MapRequest;
use lambda_runtime::{Context, Diagnostic, Error, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use serde_json::Value;
use setupkey_aws::Aws;
use tokio::sync::OnceCell;

pub use settings::Settings;

/// Runs a function for as long as Lambda keeps it: `handle` answers one event, handed over as text. `own_crate` is the
/// crate of the function, whose log lines follow the log level.
///
/// # Errors
///
/// The Runtime API could not be reached.
pub async fn run<H, E>(own_crate: &str, handle: H) -> Result<(), Error>
where
    H: AsyncFn(&str, &Context, &Aws, &Settings) -> Result<Value, E>,
    E: Into<Diagnostic> + std::fmt::Debug,
{
    log::as_json(own_crate);
    let settings = Settings::from_env();
    // Built by the first invocation: the trust store is read from files, which takes longer than everything else before
    // the first poll of the Runtime API.
    let aws = OnceCell::new();

    let (handle, settings, aws) = (&handle, &settings, &aws);
    let handler = service_fn(move |event: LambdaEvent<String>| async move {
        let aws = aws.get_or_init(Aws::from_env).await;
        handle(&event.payload, &event.context, aws, settings).await
    });
    Runtime::new(handler)
        .layer(layer_fn(|service| MapRequest::new(service, as_text)))
        .layer(TracingLayer::new())
        .run()
        .await
}

/// Hands the event over as text: the function's own parser is the one door, and it can say what is wrong with an event
/// that is not JSON.
fn as_text(mut invocation: LambdaInvocation) -> LambdaInvocation {
    if let Ok(text) = serde_json::to_vec(&String::from_utf8_lossy(&invocation.body)) {
        invocation.body = text.into();
    }
    invocation
}
