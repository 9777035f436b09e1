//! A scheduled run: reads everybody, compares with what AWS Config holds, delivers.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use futures::future::join;
use setupkey_aws::{AwsError, UserListing};
use setupkey_rule::alert::{Alert, Circumstances};
use setupkey_rule::evaluation::{Evaluation, HeldResult};
use setupkey_rule::facts::{IamUser, UserId};
use setupkey_rule::results::{Plan, ScheduledRun};
use tokio::time::timeout_at;
use tracing::info;

use crate::failure::{Failure, Failures};
use crate::handler::Run;
use crate::metrics::Metrics;

/// Evaluates all users. What goes wrong is added to `failures`; everything else is delivered.
pub(crate) async fn run(
    run: &Run<'_>,
    created: DateTime<Utc>,
    metrics: &mut Metrics,
    failures: &mut Failures,
) {
    let (listing, held) = join(list_users(run), held_results(run)).await;
    let listing_complete = listing.incomplete.is_none();
    if let Some(error) = listing.incomplete {
        failures.add(Failure::ListingIncomplete(error));
    }
    let held = held.map_err(|error| failures.add(Failure::PreviousResultsUnread(error))).ok();

    let verdicts = run.aws.decide_all(listing.users, &run.parameters, run.read_until).await;
    metrics.users = verdicts.users.len();
    metrics.unread = verdicts.failed + verdicts.late;
    if verdicts.late > 0 {
        failures.add(Failure::DeadlineNear(verdicts.late));
    }
    if verdicts.failed > 0 {
        failures.add(Failure::UsersUnread(verdicts.failed));
    }

    let mut scheduled = ScheduledRun {
        account_id: &run.function.account_id,
        created,
        parameters: &run.parameters,
        users: &verdicts.users,
        listing_complete,
        listed_again: None,
        held: held.as_deref(),
        alerts: run.topic_arn.is_some(),
    };
    let listed_again = list_again(run, &scheduled, failures).await;
    scheduled.listed_again = listed_again.as_ref();

    let plan = scheduled.plan();
    metrics.in_scope = plan.in_scope;
    metrics.flagged = plan.flagged;
    metrics.new = plan.new;
    deliver(run, created, &plan, metrics, failures).await;
    info!(
        users = metrics.users,
        in_scope = metrics.in_scope,
        flagged = metrics.flagged,
        new = metrics.new,
        resolved = plan.resolved.len(),
        unread = metrics.unread,
        evaluations = metrics.evaluations,
        "all users evaluated"
    );
}

async fn list_users(run: &Run<'_>) -> UserListing {
    timeout_at(run.read_until, run.aws.list_users()).await.unwrap_or_else(|_| UserListing {
        users: BTreeMap::new(),
        incomplete: Some(out_of_time("iam:ListUsers")),
    })
}

async fn held_results(run: &Run<'_>) -> Result<Vec<HeldResult>, AwsError> {
    timeout_at(run.read_until, run.aws.held_results(&run.invocation.config_rule_name))
        .await
        .unwrap_or_else(|_| Err(out_of_time("config:GetComplianceDetailsByConfigRule")))
}

async fn list_again(
    run: &Run<'_>,
    scheduled: &ScheduledRun<'_>,
    failures: &mut Failures,
) -> Option<BTreeMap<UserId, IamUser>> {
    if !scheduled.needs_second_listing() {
        return None;
    }
    let listing = list_users(run).await;
    match listing.incomplete {
        None => Some(listing.users),
        Some(error) => {
            failures.add(Failure::ListingIncomplete(error));
            None
        }
    }
}

fn out_of_time(operation: &'static str) -> AwsError {
    AwsError { operation, code: None, reason: "time was up".to_owned() }
}

/// Puts everything but new findings, alerts about these, puts them. A new finding is put without the
/// marker only when somebody was told: a run that is cut short anywhere alerts twice rather than never.
async fn deliver(
    run: &Run<'_>,
    created: DateTime<Utc>,
    plan: &Plan,
    metrics: &mut Metrics,
    failures: &mut Failures,
) {
    if !put(run, &plan.first, metrics, failures).await || plan.new_findings.is_empty() {
        return;
    }
    let Some(topic_arn) = run.topic_arn else { return };
    let config_rule_name = run.invocation.config_rule_name.as_str();
    let circumstances = Circumstances {
        function: &run.function,
        config_rule_name,
        created,
        criterion: run.parameters.criterion,
        scope: run.parameters.scope,
        flagged: Some(plan.flagged),
        resolved: &plan.resolved,
    };
    let alert = Alert::new(&plan.new_findings, &circumstances);
    let sent = run.aws.publish(topic_arn, &run.function.account_id, config_rule_name, &alert).await;
    let evaluations: Vec<Evaluation> = plan
        .new_findings
        .iter()
        .map(|new| {
            if sent.is_err() || alert.left_out.contains(&new.user.user_id) {
                new.evaluation.with_alert_pending()
            } else {
                new.evaluation.clone()
            }
        })
        .collect();
    put(run, &evaluations, metrics, failures).await;
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
    match run.aws.put_evaluations(&run.invocation.result_token, evaluations).await {
        Ok(put) => {
            metrics.evaluations += put;
            true
        }
        Err(error) => {
            failures.add(Failure::EvaluationsNotPut(error));
            false
        }
    }
}
