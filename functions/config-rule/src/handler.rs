//! One invocation: the event, whose it is, the parameters, and the run that it asks for.

use std::time::Duration;

use chrono::{DateTime, Utc};
use lambda_runtime::Context;
use serde_json::{Value, json};
use setupkey_aws::Aws;
use setupkey_lambda::Settings;
use setupkey_lambda::clock::{now, remaining};
use setupkey_lambda::failure::{Failures, Reported};
use setupkey_rule::event::{InvokingEvent, MESSAGE_TYPES, RuleInvocation};
use setupkey_rule::function_arn::FunctionArn;
use setupkey_rule::parameters::RuleParameters;
use tokio::time::Instant;
use tracing::{error, info};

use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::{change, scheduled};

/// At most this much of the remaining time is kept for delivering what was decided.
const MAX_DELIVERY_TIME: Duration = Duration::from_secs(60);

/// At most this much of it is kept for reporting how it went.
const MAX_REPORTING_TIME: Duration = Duration::from_secs(1);

/// All that a run needs to know.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    pub(crate) aws: &'a Aws,
    pub(crate) function: FunctionArn,
    pub(crate) invocation: RuleInvocation,
    pub(crate) parameters: RuleParameters,
    /// The time of the event: what is now, as far as anything is decided.
    pub(crate) created: DateTime<Utc>,
    /// Where alerts go; `None`: nobody is alerted.
    pub(crate) topic_arn: Option<&'a str>,
    /// When what has to be done.
    pub(crate) deadlines: Deadlines,
}

/// When what has to be done, so that there is time for the rest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadlines {
    /// Reading stops: what is decided by then is delivered.
    pub(crate) read: Instant,
    /// Publishing is given up: the findings are still put, with the marker.
    pub(crate) publish: Instant,
    /// Putting is given up: the failure is still reported.
    pub(crate) put: Instant,
}

impl Deadlines {
    fn of(deadline_milliseconds: u64) -> Self {
        let remaining = remaining(deadline_milliseconds);
        let delivery = (remaining / 5).min(MAX_DELIVERY_TIME);
        let before_end = |time| Instant::now() + remaining.saturating_sub(time);
        Self {
            read: before_end(delivery),
            publish: before_end(delivery / 2),
            put: before_end((delivery / 4).min(MAX_REPORTING_TIME)),
        }
    }
}

/// Answers one event of AWS Config. AWS Config ignores the answer; it is for who invokes the function by
/// hand.
pub(crate) async fn handle(
    text: &str,
    context: &Context,
    aws: &Aws,
    settings: &Settings,
) -> Result<Value, Reported<Failure>> {
    let started = Instant::now();
    let function_name = Some(context.env_config.function_name.clone()).filter(|name| !name.is_empty());
    let mut metrics = Metrics { function_name, ..Metrics::default() };
    let result = run(text, context, aws, settings, &mut metrics).await;
    metrics.calls = aws.calls.take();
    metrics.seconds = started.elapsed().as_secs_f64();
    metrics.print(now());
    match result {
        Ok(()) => Ok(json!(metrics)),
        Err(failure) => {
            error!(%failure, "invocation failed");
            Err(Reported(failure))
        }
    }
}

async fn run(
    text: &str,
    context: &Context,
    aws: &Aws,
    settings: &Settings,
    metrics: &mut Metrics,
) -> Result<(), Failure> {
    let invocation = RuleInvocation::parse(text)?;
    metrics.rule = Some(invocation.config_rule_name.clone());
    metrics.scheduled = matches!(invocation.invoking_event, InvokingEvent::Scheduled { .. });
    let function = settings.function(&context.invoked_function_arn)?;
    if let Some((field, account_id)) = invocation.foreign_account(&function.account_id) {
        let (account_id, own) = (account_id.to_owned(), function.account_id.clone());
        return Err(Failure::ForeignAccount { field, account_id, own });
    }
    let created = match &invocation.invoking_event {
        InvokingEvent::Scheduled { created } => *created,
        InvokingEvent::Change(change) => change.created.unwrap_or(change.captured.0),
        InvokingEvent::Unknown { message_type } => {
            // a retry would not help
            let accepted = MESSAGE_TYPES.join(", ");
            error!(%message_type, accepted, "unknown message type, nothing evaluated");
            return Ok(());
        }
    };
    let parameters = RuleParameters::parse(invocation.rule_parameters.as_deref())?;

    let topic_arn = settings.topic_arn.as_deref().filter(|_| !invocation.result_token.is_test_mode());
    if topic_arn.is_none() {
        info!(
            test_mode = invocation.result_token.is_test_mode(),
            "no alert topic in this run, nobody is alerted"
        );
    }
    let deadlines = Deadlines::of(context.deadline);
    let run = Run { aws, function, invocation, parameters, created, topic_arn, deadlines };
    let mut failures = Failures::default();
    match &run.invocation.invoking_event {
        InvokingEvent::Change(change) => change::run(&run, change, metrics, &mut failures).await,
        _ => scheduled::run(&run, metrics, &mut failures).await,
    }
    failures.into_result()
}
