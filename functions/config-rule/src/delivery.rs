//! The order of delivery: report everything but new findings, publish the alert, report the new findings.
//!
//! A finding is reported without the marker only after an alert about it was sent: a run that ends anywhere alerts twice
//! rather than never.

use setupkey_rule::alert::{Alert, Circumstances};
use setupkey_rule::evaluation::Evaluation;
use setupkey_rule::plan::Plan;
use tracing::{info, warn};

use crate::run::{ErrorType, Run};

/// Delivers a plan. Returns whether AWS Config took what was reported first.
pub(crate) async fn deliver(run: &mut Run<'_>, plan: &Plan) -> bool {
    run.metrics.count(plan, run.event_time);
    for (user, exemption) in &plan.exempt {
        let (owner, expires, reason) = (&exemption.owner, &exemption.expires, &exemption.reason);
        let approver = exemption.approver.as_deref();
        info!(user_name = %user.user_name, user_id = %user.user_id, owner, expires, reason, approver, "exempt user");
    }
    let has_reported = report(run, &plan.first).await;
    if has_reported && (!plan.new_findings.is_empty() || !plan.new_exemptions.is_empty()) {
        alert(run, plan).await;
    }
    has_reported && !plan.first.is_empty()
}

/// Publishes the alert, then reports what it is about.
async fn alert(run: &mut Run<'_>, plan: &Plan) {
    let Some(topic_arn) = run.topic_arn else { return };
    let until = run.deadlines.publish;
    let alias = run.aws.account_alias(run.deadlines.read).await.unwrap_or_else(|error| {
        warn!(%error, "the alert is sent without the alias of the account");
        None
    });
    let config_rule_name = &run.invocation.config_rule_name;
    let alert = Alert::new(
        plan,
        &Circumstances {
            function: &run.function,
            account_alias: alias.as_deref(),
            config_rule_name,
            event_time: run.event_time,
            parameters: &run.parameters,
        },
    );
    let account_id = &run.function.account_id;
    let sent = run.aws.publish(topic_arn, account_id, config_rule_name, &alert, until).await;
    let evaluations = alert.evaluations(plan, matches!(sent, Ok(true)));
    report(run, &evaluations).await;
    if let Err(error) = sent {
        run.failures
            .add(ErrorType::AlertNotSent, format!("alert not sent, the next run tries again: {error}"));
    }
}

/// Reports evaluations. Returns whether AWS Config took all of them.
async fn report(run: &mut Run<'_>, evaluations: &[Evaluation]) -> bool {
    let (token, until) = (&run.invocation.result_token, run.deadlines.put);
    let put = run.aws.put_evaluations(token, evaluations, until).await;
    run.metrics.evaluations += put.count;
    match put.error {
        None => true,
        Some(error) => {
            run.failures.add(ErrorType::EvaluationsNotPut, error);
            false
        }
    }
}
