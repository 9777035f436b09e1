//! Local AWS for a command: the command finds it where the AWS SDKs look, and what local AWS holds when the
//! command has ended is shown.
//!
//! `serve STATE COMMAND...`: ends as the command does. Without a command it serves until it is stopped, and
//! prints the environment to set.

use std::error::Error;
use std::future::pending;
use std::process::ExitCode;

use setupkey_local_aws::{LocalAws, State};
use tokio::process::Command;

use crate::console::{show_calls, show_email, show_results};

mod console;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match serve().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let state = arguments.next().ok_or("expected the file of a state, and a command")?;
    let aws = LocalAws::start(State::from_file(state)?).await?;
    let environment = environment(&aws);
    let Some(command) = arguments.next() else {
        for (name, value) in environment {
            println!("export {name}={value}");
        }
        return pending().await;
    };

    let mut child = Command::new(&command);
    // a profile or an endpoint of the caller must not lead to the real AWS
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        child.env_remove(name);
    }
    let status = child
        .args(arguments)
        .envs(environment)
        .status()
        .await
        .map_err(|error| format!("cannot run `{}`: {error}", command.to_string_lossy()))?;

    println!("\nWhat the AWS Config console shows now:");
    show_results(&aws);
    show_calls(&aws);
    aws.state().topics.iter().flat_map(|topic| &topic.messages).for_each(show_email);
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the function and the AWS SDKs read. Credentials are not checked, but have to be there.
fn environment(aws: &LocalAws) -> Vec<(&'static str, String)> {
    let state = aws.state();
    let function_arn = format!("arn:aws:lambda:{}:{}:function:config-rule", state.region, state.account_id);
    let topic_arn = state.topics.first().map(|topic| topic.topic_arn.clone()).unwrap_or_default();
    vec![
        ("AWS_ENDPOINT_URL", aws.endpoint_url()),
        ("AWS_REGION", state.region.clone()),
        ("AWS_DEFAULT_REGION", state.region.clone()),
        ("AWS_ACCESS_KEY_ID", "ASIALOCALAWS00000000".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_SESSION_TOKEN", "local".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
        ("ALERT_TOPIC_ARN", topic_arn),
        ("FUNCTION_ARN", function_arn),
    ]
}
