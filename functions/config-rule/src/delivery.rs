//! The order of delivery: what has to be put first is put, then somebody is told, then the findings are put.
//!
//! A finding is put without the marker only when somebody was told: a run that is cut short anywhere alerts
//! twice rather than never.

use chrono::{DateTime, Utc};
use setupkey_aws::AwsError;
use setupkey_rule::alert::{Alert, Circumstances};
use setupkey_rule::evaluation::Evaluation;
use setupkey_rule::results::{NewFinding, Resolved};
use tokio::time::timeout_at;

use crate::failure::{Failure, Failures};
use crate::handler::Run;
use crate::metrics::Metrics;

/// Alerts about new findings, then puts them.
pub(crate) async fn alert_and_put(
    run: &Run<'_>,
    created: DateTime<Utc>,
    findings: &[NewFinding],
    flagged: Option<usize>,
    resolved: &[Resolved],
    metrics: &mut Metrics,
    failures: &mut Failures,
) {
    let Some(topic_arn) = run.topic_arn else { return };
    let config_rule_name = run.invocation.config_rule_name.as_str();
    let circumstances = Circumstances {
        function: &run.function,
        config_rule_name,
        created,
        criterion: run.parameters.criterion,
        scope: run.parameters.scope,
        flagged,
        resolved,
    };
    let alert = Alert::new(findings, &circumstances);
    let publish = run.aws.publish(topic_arn, &run.function.account_id, config_rule_name, &alert);
    let sent = timeout_at(run.deadlines.publish, publish)
        .await
        .unwrap_or_else(|_| Err(AwsError::out_of_time("sns:Publish")));
    put(run, &alert.evaluations(findings, sent.is_ok()), metrics, failures).await;
    if let Err(error) = sent {
        failures.add(Failure::AlertNotSent(error));
    }
}

/// Puts evaluations; says whether all were put.
pub(crate) async fn put(
    run: &Run<'_>,
    evaluations: &[Evaluation],
    metrics: &mut Metrics,
    failures: &mut Failures,
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
