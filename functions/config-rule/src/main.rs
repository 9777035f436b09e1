//! The Lambda function that AWS Config invokes: wires the runtime, the clients and the handler.

mod change;
mod delivery;
mod handler;
mod metrics;
mod periodic;
mod run;

use lambda_runtime::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    setupkey_lambda::run(env!("CARGO_CRATE_NAME"), handler::handle).await
}
