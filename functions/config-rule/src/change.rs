//! A change event: decides one user, and puts at most one evaluation.

use setupkey_aws::AwsError;
use setupkey_lambda::failure::Failures;
use setupkey_rule::alert::News;
use setupkey_rule::annotation::Annotation;
use setupkey_rule::change::ChangeResult;
use setupkey_rule::decision::Decision;
use setupkey_rule::evaluation::IAM_USER;
use setupkey_rule::event::{Change, Subject};
use setupkey_rule::facts::{IamUser, UserFacts, UserId, UserName};
use tokio::time::timeout_at;
use tracing::{error, info};

use crate::delivery::{alert_and_put, log_exception, put};
use crate::failure::Failure;
use crate::handler::Run;
use crate::metrics::Metrics;

/// Evaluates the user of a change event. The configuration item holds neither keys nor password, so all
/// that matters is read live.
pub(crate) async fn run(
    run: &Run<'_>,
    change: &Change,
    metrics: &mut Metrics,
    failures: &mut Failures<Failure>,
) {
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
        Some(ChangeResult::Alert(new)) => {
            metrics.new = 1;
            let news = News { findings: std::slice::from_ref(&new), ..News::default() };
            alert_and_put(run, &news, metrics, failures).await;
        }
    }
    info!(resource_id = %change.resource_id, evaluations = metrics.evaluations, "one resource evaluated");
}

async fn evaluate(
    run: &Run<'_>,
    change: &Change,
    user_id: &UserId,
    user_name: &UserName,
    metrics: &mut Metrics,
    failures: &mut Failures<Failure>,
) -> Option<ChangeResult> {
    metrics.users = 1;
    let Ok(read) = timeout_at(run.deadlines.read, read(run, user_id, user_name)).await else {
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
    if let Decision::Excepted(exception) = &decision {
        metrics.excepted = 1;
        log_exception(&user, exception);
    }
    metrics.flagged = usize::from(matches!(decision, Decision::NonCompliant(_)));

    let held = if decision == Decision::OutOfScope {
        Some(None)
    } else {
        let held = run.aws.held_result(&run.invocation.config_rule_name, IAM_USER, user_id.as_str());
        let held = timeout_at(run.deadlines.read, held)
            .await
            .unwrap_or_else(|_| Err(AwsError::out_of_time("config:GetComplianceDetailsByResource")));
        held.map_err(|error| failures.add(Failure::PreviousResultsUnread(error))).ok()
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

/// Reads go by name: only if the user has the same name afterwards were they about this user.
async fn read(run: &Run<'_>, user_id: &UserId, user_name: &UserName) -> Read {
    match read_and_look_again(run, user_id, user_name).await {
        Ok(read) => read,
        Err(error) => {
            error!(%user_name, %user_id, %error, "user not read");
            Read::Unread
        }
    }
}

async fn read_and_look_again(
    run: &Run<'_>,
    user_id: &UserId,
    user_name: &UserName,
) -> Result<Read, AwsError> {
    let until = run.deadlines.read;
    let Some(user) = run.aws.find_user(user_id, user_name, until).await? else { return Ok(Read::Gone) };
    let mut facts = UserFacts::new(user.clone(), None);
    let decision = run.aws.decide(&mut facts, &run.parameters, run.created).await?;
    match decision {
        Some(decision) if decision != Decision::OutOfScope => return Ok(Read::Decided(user, decision)),
        _ => {}
    }
    // NoSuchEntity can also mean that nobody has the name any more
    Ok(match (run.aws.find_user(user_id, &user.user_name, until).await?, decision) {
        (None, _) => Read::Gone,
        (Some(again), Some(decision)) if again.user_name == user.user_name => Read::Decided(user, decision),
        (Some(again), _) => {
            error!(%user_name, %user_id, now = %again.user_name, "user not read: renamed between two calls");
            Read::Unread
        }
    })
}
