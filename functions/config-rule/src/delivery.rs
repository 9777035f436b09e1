//! The order of delivery: what has to be put first is put, then somebody is told, then the findings are put.
//!
//! A finding is put without the marker only when somebody was told: a run that is cut short anywhere alerts
//! twice rather than never.

use setupkey_aws::AwsError;
use setupkey_lambda::failure::Failures;
use setupkey_rule::alert::{Alert, Circumstances, News};
use setupkey_rule::evaluation::Evaluation;
use setupkey_rule::exception::Exception;
use setupkey_rule::facts::IamUser;
use tokio::time::timeout_at;
use tracing::{info, warn};

use crate::failure::Failure;
use crate::handler::Run;
use crate::metrics::Metrics;

/// Alerts, then puts the findings, and the exceptions that take effect.
pub(crate) async fn alert_and_put(
    run: &Run<'_>,
    news: &News<'_>,
    metrics: &mut Metrics,
    failures: &mut Failures<Failure>,
) {
    let Some(topic_arn) = run.topic_arn else { return };
    let alias = account_alias(run).await;
    let config_rule_name = run.invocation.config_rule_name.as_str();
    let circumstances = Circumstances {
        function: &run.function,
        account_alias: alias.as_deref(),
        config_rule_name,
        created: run.created,
        parameters: &run.parameters,
    };
    let alert = Alert::new(news, &circumstances);
    let publish = run.aws.publish(topic_arn, &run.function.account_id, config_rule_name, &alert);
    let sent = timeout_at(run.deadlines.publish, publish)
        .await
        .unwrap_or_else(|_| Err(AwsError::out_of_time("sns:Publish")));
    put(run, &alert.evaluations(news, sent.is_ok()), metrics, failures).await;
    if let Err(error) = sent {
        failures.add(Failure::AlertNotSent(error));
    }
}

/// An alert is as good without the alias: not to have it is no failure.
async fn account_alias(run: &Run<'_>) -> Option<String> {
    let alias = timeout_at(run.deadlines.read, run.aws.account_alias()).await;
    match alias.unwrap_or_else(|_| Err(AwsError::out_of_time("iam:ListAccountAliases"))) {
        Ok(alias) => alias,
        Err(error) => {
            warn!(%error, "the alert goes without the alias of the account");
            None
        }
    }
}

/// Puts evaluations; says whether all were put.
pub(crate) async fn put(
    run: &Run<'_>,
    evaluations: &[Evaluation],
    metrics: &mut Metrics,
    failures: &mut Failures<Failure>,
) -> bool {
    let put = run.aws.put_evaluations(&run.invocation.result_token, evaluations, run.deadlines.put).await;
    metrics.evaluations += put.put;
    match put.error {
        None => true,
        Some(error) => {
            failures.add(Failure::EvaluationsNotPut(error));
            false
        }
    }
}

/// Every run names the exceptions that it found in force.
pub(crate) fn log_exception(user: &IamUser, exception: &Exception) {
    let Exception { owner, expires, reason, .. } = exception;
    info!(user_name = %user.user_name, user_id = %user.user_id, owner, expires, reason, "exception in force");
}
