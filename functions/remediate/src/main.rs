//! The Lambda function that the runbook of the remediation invokes: wires the runtime, the clients and the handler.

mod act;
mod handler;
mod look;
mod run;

use lambda_runtime::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    setupkey_lambda::run(env!("CARGO_CRATE_NAME"), handler::handle).await
}
