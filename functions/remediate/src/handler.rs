//! One invocation: the guards, the request, the look, key after key, what is published about it, the answer.

use std::env;

use lambda_runtime::Context;
use serde_json::{Value, json};
use setupkey_aws::Aws;
use setupkey_lambda::Settings;
use setupkey_lambda::failure::{Failure, Failures};
use setupkey_rule::iam::IamUser;
use setupkey_rule::remediation::answer::{Action, Answer, Refusal};
use setupkey_rule::remediation::guards::{Environment, Guards};
use setupkey_rule::remediation::notice::Notice;
use setupkey_rule::remediation::request::{Mode, Remediation};
use tokio::time::Instant;
use tracing::error;

use crate::act::{Acted, act};
use crate::look::{Looked, look};
use crate::run::{Deadlines, ErrorType, Run};

/// Answers one request.
pub(crate) async fn handle(
    text: &str,
    context: &Context,
    aws: &Aws,
    settings: &Settings,
) -> Result<Value, Failure<ErrorType>> {
    remediate(text, context, aws, settings).await.inspect_err(|failure| {
        error!(error_type = ?failure.error_type, error = failure.message, "invocation failed");
    })
}

async fn remediate(
    text: &str,
    context: &Context,
    aws: &Aws,
    settings: &Settings,
) -> Result<Value, Failure<ErrorType>> {
    let guards = Guards::parse(&environment(settings))
        .map_err(|error| Failure::new(ErrorType::InvalidParameters, error))?;
    let invalid_event = |error| Failure::new(ErrorType::InvalidEvent, error);
    let remediation = &Remediation::parse(text, &guards).map_err(invalid_event)?;
    let function = &settings.function(&context.invoked_function_arn).map_err(invalid_event)?;
    let deadlines = Deadlines::of(context.deadline);
    let request_id = &context.request_id;
    let mut run = Run { aws, function, remediation, request_id, deadlines, failures: Failures::default() };

    let (user, plan) = match look(&mut run).await? {
        Looked::User(user, plan) => (user, plan),
        Looked::NoSuchUser => return Ok(answer(remediation, None, &[], &[])),
    };
    let (mut actions, mut refusals) = (Vec::new(), plan.refusals);
    let (mut left_active, mut reactivated) = (Vec::new(), Vec::new());
    for refusal in &refusals {
        run.leave_alone(&user, refusal);
    }
    for key in &plan.candidates {
        let acted = if Instant::now() < run.deadlines.look {
            act(&mut run, &user, key).await
        } else {
            run.failures.add(ErrorType::DeadlineNear, "timed out, the next remediation continues");
            Acted::LeftAlone(Refusal::failed(&key.access_key_id, &"timed out"))
        };
        let refusal = match acted {
            Acted::Done(action) => {
                run.log_action(&user, &action);
                actions.push(action);
                continue;
            }
            Acted::LeftAlone(refusal) => refusal,
            Acted::Reactivated(refusal) => {
                reactivated.push(key.access_key_id.clone());
                refusal
            }
            Acted::LeftActive(refusal) => {
                let message = format!(
                    "access key `{}` is tagged as deactivated and may still be active, deactivate it or remove the tag: \
                     {}",
                    refusal.access_key_id, refusal.reason
                );
                run.failures.add(ErrorType::DeactivationIncomplete, message);
                left_active.push(key.access_key_id.clone());
                refusal
            }
        };
        run.leave_alone(&user, &refusal);
        refusals.push(refusal);
    }

    let notice = Notice {
        function,
        remediation,
        user: &user,
        announced: None,
        actions: &actions,
        left_active: &left_active,
        reactivated: &reactivated,
    };
    if remediation.mode != Mode::DryRun
        && !notice.is_empty()
        && let Err(error) = run.publish(&notice, run.deadlines.publish).await
    {
        run.failures
            .add(ErrorType::AlertNotSent, format!("alert not sent, see the log for what was done: {error}"));
    }
    run.failures.into_result()?;
    Ok(answer(remediation, Some(&user), &actions, &refusals))
}

/// The environment that sets the guards.
fn environment(settings: &Settings) -> Environment {
    let variable = |name| env::var(name).ok();
    Environment {
        rule_parameters: variable("RULE_PARAMETERS"),
        minimum_key_age_hours: variable("MINIMUM_KEY_AGE_HOURS"),
        minimum_inactive_days: variable("MINIMUM_INACTIVE_DAYS"),
        minimum_notice_days: variable("MINIMUM_NOTICE_DAYS"),
        topic_arn: settings.topic_arn.clone(),
    }
}

fn answer(
    remediation: &Remediation,
    user: Option<&IamUser>,
    actions: &[Action],
    refusals: &[Refusal],
) -> Value {
    json!(Answer {
        resource_id: &remediation.resource_id,
        user_name: user.map(|user| &user.user_name),
        mode: remediation.mode,
        actions,
        refusals,
    })
}
