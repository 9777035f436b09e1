//! A change event: decides one user, and puts at most one evaluation.

use setupkey_rule::alert::{Alert, Circumstances};
use setupkey_rule::annotation::Annotation;
use setupkey_rule::change::ChangeResult;
use setupkey_rule::decision::Decision;
use setupkey_rule::evaluation::IAM_USER;
use setupkey_rule::event::{Change, Subject};
use setupkey_rule::facts::{IamUser, UserId, UserName};
use setupkey_rule::results::NewFinding;
use tokio::time::timeout_at;
use tracing::{error, info};

use crate::failure::{Failure, Failures};
use crate::handler::Run;
use crate::metrics::Metrics;
use crate::scheduled::put;

/// Evaluates the user of a change event. The configuration item holds neither keys nor password, so all
/// that matters is read live.
pub(crate) async fn run(run: &Run<'_>, change: &Change, metrics: &mut Metrics, failures: &mut Failures) {
    let result = match &change.subject {
        Subject::NotApplicable { reason } => {
            Some(ChangeResult::not_applicable(change, Annotation::not_applicable(reason)))
        }
        Subject::User { user_id, user_name } => {
            evaluate(run, change, user_id, user_name, metrics, failures).await
        }
    };
    match result {
        None | Some(ChangeResult::Nothing) => {}
        Some(ChangeResult::Put(evaluation)) => {
            put(run, &[evaluation], metrics, failures).await;
        }
        Some(ChangeResult::Alert(new)) => alert(run, change, &new, metrics, failures).await,
    }
    info!(resource_id = %change.resource_id, evaluations = metrics.evaluations, "one resource evaluated");
}

async fn evaluate(
    run: &Run<'_>,
    change: &Change,
    user_id: &UserId,
    user_name: &UserName,
    metrics: &mut Metrics,
    failures: &mut Failures,
) -> Option<ChangeResult> {
    metrics.users = 1;
    let Ok(read) = timeout_at(run.read_until, read(run, user_id, user_name)).await else {
        metrics.unread = 1;
        failures.add(Failure::DeadlineNear(1));
        return None;
    };
    let (user, decision) = match read {
        Read::Decided(user, decision) => (user, decision),
        Read::Gone => return Some(ChangeResult::not_applicable(change, Annotation::gone())),
        Read::Unread => {
            metrics.unread = 1;
            failures.add(Failure::UsersUnread(1));
            return None;
        }
    };
    metrics.in_scope = usize::from(decision != Decision::OutOfScope);
    metrics.flagged = usize::from(matches!(decision, Decision::NonCompliant(_)));

    let held = if decision == Decision::OutOfScope {
        Some(None)
    } else {
        let held = run.aws.held_result(&run.invocation.config_rule_name, IAM_USER, user_id.as_str());
        held.await.map_err(|error| failures.add(Failure::PreviousResultsUnread(error))).ok()
    };
    let held = held.as_ref().map(Option::as_ref);
    let alerts = run.topic_arn.is_some();
    Some(ChangeResult::decided(change, &user, &decision, &run.parameters, held, alerts))
}

enum Read {
    Decided(IamUser, Decision),
    Gone,
    Unread,
}

async fn read(run: &Run<'_>, user_id: &UserId, user_name: &UserName) -> Read {
    let user = match run.aws.find_user(user_id, user_name).await {
        Ok(Some(user)) => user,
        Ok(None) => return Read::Gone,
        Err(error) => {
            error!(%user_name, %user_id, %error, "user not read");
            return Read::Unread;
        }
    };
    match run.aws.decide(user.clone(), &run.parameters).await {
        Ok(Some(decision)) => Read::Decided(user, decision),
        Ok(None) => {
            error!(%user_name, %user_id, "user not read: deleted or renamed between two calls");
            Read::Unread
        }
        Err(error) => {
            error!(%user_name, %user_id, %error, "user not read");
            Read::Unread
        }
    }
}

async fn alert(
    run: &Run<'_>,
    change: &Change,
    new: &NewFinding,
    metrics: &mut Metrics,
    failures: &mut Failures,
) {
    metrics.new = 1;
    let Some(topic_arn) = run.topic_arn else { return };
    let config_rule_name = run.invocation.config_rule_name.as_str();
    let circumstances = Circumstances {
        function: &run.function,
        config_rule_name,
        created: change.created.unwrap_or(change.captured.0),
        criterion: run.parameters.criterion,
        scope: run.parameters.scope,
        flagged: None,
        resolved: &[],
    };
    let alert = Alert::new(std::slice::from_ref(new), &circumstances);
    let sent = run.aws.publish(topic_arn, &run.function.account_id, config_rule_name, &alert).await;
    let evaluation = if sent.is_err() { new.evaluation.with_alert_pending() } else { new.evaluation.clone() };
    put(run, &[evaluation], metrics, failures).await;
    if let Err(error) = sent {
        failures.add(Failure::AlertNotSent(error));
    }
}
