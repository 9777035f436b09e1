//! One invocation: the request, the look, key after key, what is told about it, the answer.

use std::time::Duration;

use chrono::{DateTime, Utc};
use lambda_runtime::Context;
use serde_json::{Value, json};
use setupkey_aws::{Aws, AwsError};
use setupkey_lambda::failure::{Failures, Reported};
use setupkey_lambda::{Settings, clock};
use setupkey_rule::facts::IamUser;
use setupkey_rule::remediation::answer::{Action, Answer, Refusal};
use setupkey_rule::remediation::guards::rfc3339;
use setupkey_rule::remediation::notice::Notice;
use setupkey_rule::remediation::request::{Mode, Remediation};
use tokio::time::{Instant, timeout_at};
use tracing::{error, info};

use crate::act::{LeftAlone, act};
use crate::failure::Failure;
use crate::look::{Looked, look};

/// An invocation takes no longer: Systems Manager waits 300 seconds for a function (Systems Manager user guide,
/// aws:invokeLambdaFunction).
const MAX_TIME: Duration = Duration::from_secs(240);

/// This much is kept for reporting how it went.
const REPORTING_TIME: Duration = Duration::from_secs(1);

/// All that a run needs to know.
pub(crate) struct Run<'a> {
    pub(crate) aws: &'a Aws,
    pub(crate) remediation: &'a Remediation,
    pub(crate) deadlines: Deadlines,
}

/// When what has to be done, so that what was begun can be ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadlines {
    /// Reading stops, and no further key is begun.
    pub(crate) look: Instant,
    /// The key that was begun is given up.
    pub(crate) act: Instant,
    /// What became of it is not looked up any more.
    pub(crate) verify: Instant,
    /// Publishing is given up: the failure is still reported.
    pub(crate) publish: Instant,
}

impl Deadlines {
    fn of(deadline_milliseconds: u64) -> Self {
        let remaining = clock::remaining(deadline_milliseconds).min(MAX_TIME);
        let before_end = |time| Instant::now() + remaining.saturating_sub(time);
        Self {
            look: before_end(remaining / 4),
            act: before_end(remaining / 8),
            verify: before_end(remaining / 12),
            publish: before_end((remaining / 40).min(REPORTING_TIME)),
        }
    }
}

/// What time it is. The clock is the function's own, whatever a request says.
pub(crate) fn now() -> DateTime<Utc> {
    clock::now().into()
}

/// Answers one request.
pub(crate) async fn handle(
    text: &str,
    context: &Context,
    aws: &Aws,
    settings: &Settings,
) -> Result<Value, Reported<Failure>> {
    remediate(text, context, aws, settings).await.map_err(|failure| {
        error!(%failure, "invocation failed");
        Reported(failure)
    })
}

async fn remediate(text: &str, context: &Context, aws: &Aws, settings: &Settings) -> Result<Value, Failure> {
    let remediation = &Remediation::parse(text)?;
    let function = settings.function(&context.invoked_function_arn)?;
    let run = Run { aws, remediation, deadlines: Deadlines::of(context.deadline) };

    let (user, plan) = match look(&run).await? {
        Looked::User(user, plan) => (user, plan),
        Looked::NoSuchUser => return Ok(answer(remediation, None, &[], &[])),
    };
    let mut failures = Failures::default();
    let (mut actions, mut refusals, mut left_active) = (Vec::new(), plan.refusals, Vec::new());
    for refusal in &refusals {
        run.leave_alone(&user, refusal, &mut failures);
    }
    for key in &plan.candidates {
        let acted = if Instant::now() < run.deadlines.look {
            act(&run, &user, key).await
        } else {
            failures.add(Failure::DeadlineNear);
            Err(LeftAlone { refusal: Refusal::failed(&key.access_key_id, &"time was up"), tagged: false })
        };
        match acted {
            Ok(action) => {
                run.audit_action(&user, &action);
                actions.push(action);
            }
            Err(LeftAlone { refusal, tagged }) => {
                if tagged {
                    let (access_key_id, reason) = (key.access_key_id.clone(), refusal.reason.clone());
                    failures.add(Failure::DeactivationIncomplete { access_key_id, reason });
                    left_active.push(key.access_key_id.clone());
                }
                run.leave_alone(&user, &refusal, &mut failures);
                refusals.push(refusal);
            }
        }
    }

    let notice = Notice {
        function: &function,
        mode: remediation.mode,
        user: &user,
        actions: &actions,
        left_active: &left_active,
        automation_execution_id: remediation.automation_execution_id.as_deref(),
    };
    if let Err(error) = tell(&run, settings, &notice).await {
        failures.add(Failure::AlertNotSent(error));
    }
    failures.into_result()?;
    Ok(answer(remediation, Some(&user), &actions, &refusals))
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

async fn tell(run: &Run<'_>, settings: &Settings, notice: &Notice<'_>) -> Result<(), AwsError> {
    if run.remediation.mode == Mode::DryRun || notice.is_empty() {
        return Ok(());
    }
    let Some(topic_arn) = &settings.topic_arn else {
        info!("no alert topic, nobody is told");
        return Ok(());
    };
    let publish = run.aws.publish_notice(topic_arn, notice);
    let sent = timeout_at(run.deadlines.publish, publish).await;
    sent.unwrap_or_else(|_| Err(AwsError::out_of_time("sns:Publish")))
}

impl Run<'_> {
    /// The audit line of a key that was acted on, or would be.
    fn audit_action(&self, user: &IamUser, action: &Action) {
        info!(
            user_name = %user.user_name,
            user_id = %user.user_id,
            access_key_id = %action.access_key_id,
            action = %action.action,
            at = rfc3339(action.at),
            mode = %self.remediation.mode,
            automation_execution_id = self.remediation.automation_execution_id,
            "access key"
        );
    }

    fn leave_alone(&self, user: &IamUser, refusal: &Refusal, failures: &mut Failures<Failure>) {
        self.audit_refusal(user, refusal);
        if refusal.failed {
            let (access_key_id, reason) = (refusal.access_key_id.clone(), refusal.reason.clone());
            failures.add(Failure::KeyLeftAlone { access_key_id, reason });
        }
    }

    /// The audit line of a key that was left alone.
    pub(crate) fn audit_refusal(&self, user: &IamUser, refusal: &Refusal) {
        info!(
            user_name = %user.user_name,
            user_id = %user.user_id,
            access_key_id = %refusal.access_key_id,
            action = "refused",
            reason = refusal.reason,
            mode = %self.remediation.mode,
            automation_execution_id = self.remediation.automation_execution_id,
            "access key"
        );
    }
}
