//! One invocation: the event, whose it is, and what it asks for.

use lambda_runtime::Context;
use serde_json::{Value, json};
use setupkey_aws::Aws;
use setupkey_lambda::Settings;
use setupkey_lambda::clock::now;
use setupkey_lambda::failure::{Failure, Failures};
use setupkey_rule::event::{InvokingEvent, MESSAGE_TYPES, RuleInvocation};
use setupkey_rule::parameters::RuleParameters;
use tokio::time::Instant;
use tracing::{error, info};

use crate::change::evaluate_change;
use crate::metrics::Metrics;
use crate::periodic::evaluate_periodic;
use crate::run::{Deadlines, ErrorType, Run};

/// Answers one event of AWS Config. AWS Config ignores the answer; it is for people who invoke the function by hand.
pub(crate) async fn handle(
    text: &str,
    context: &Context,
    aws: &Aws,
    settings: &Settings,
) -> Result<Value, Failure<ErrorType>> {
    let started = Instant::now();
    let function_name = Some(context.env_config.function_name.clone()).filter(|name| !name.is_empty());
    let mut metrics = Metrics { function_name, ..Metrics::default() };
    let result = evaluate(text, context, aws, settings, &mut metrics).await;
    metrics.calls = aws.calls.take();
    metrics.seconds = started.elapsed().as_secs_f64();
    metrics.print(now());
    match result {
        Ok(()) => Ok(json!(metrics)),
        Err(failure) => {
            error!(error_type = ?failure.error_type, error = failure.message, "invocation failed");
            Err(failure)
        }
    }
}

async fn evaluate(
    text: &str,
    context: &Context,
    aws: &Aws,
    settings: &Settings,
    metrics: &mut Metrics,
) -> Result<(), Failure<ErrorType>> {
    let invalid_event = |error| Failure::new(ErrorType::InvalidEvent, error);
    let invocation = RuleInvocation::parse(text).map_err(invalid_event)?;
    let function = settings.function(&context.invoked_function_arn).map_err(invalid_event)?;
    if let Some((field, account_id)) = invocation.foreign_account(&function.account_id) {
        let own = &function.account_id;
        let message = format!("`{field}` is `{account_id}`, expected `{own}`, the account of this function");
        return Err(Failure::new(ErrorType::ForeignAccount, message));
    }
    metrics.rule = Some(invocation.config_rule_name.clone());
    let event_time = match &invocation.invoking_event {
        InvokingEvent::Scheduled { created } => *created,
        InvokingEvent::Change(change) => change.event_time(),
        InvokingEvent::Unknown { message_type } => {
            // a retry would not help
            let accepted = MESSAGE_TYPES.join(", ");
            error!(%message_type, accepted, "unknown message type, nothing evaluated");
            return Ok(());
        }
    };
    let parameters = RuleParameters::parse(invocation.rule_parameters.as_deref())
        .map_err(|error| Failure::new(ErrorType::InvalidParameters, error))?;

    let is_test_mode = invocation.result_token.is_test_mode();
    let topic_arn = settings.topic_arn.as_deref().filter(|_| !is_test_mode);
    if topic_arn.is_none() {
        info!(test_mode = is_test_mode, "no alerts in this run: no topic is set, or it is a test");
    }
    let deadlines = Deadlines::of(context.deadline);
    let failures = Failures::default();
    let mut run =
        Run { aws, function, invocation, parameters, event_time, topic_arn, deadlines, metrics, failures };
    match run.invocation.invoking_event.clone() {
        InvokingEvent::Change(change) => evaluate_change(&mut run, &change).await,
        InvokingEvent::Scheduled { .. } | InvokingEvent::Unknown { .. } => evaluate_periodic(&mut run).await,
    }
    run.failures.into_result()
}
