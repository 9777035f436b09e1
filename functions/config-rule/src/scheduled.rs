//! A scheduled run: reads everybody, compares with what AWS Config holds, delivers.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Duration;

use futures::channel::mpsc;
use futures::future::join;
use setupkey_aws::AwsError;
use setupkey_aws::reading::Verdicts;
use setupkey_lambda::failure::Failures;
use setupkey_rule::alert::News;
use setupkey_rule::evaluation::HeldResult;
use setupkey_rule::facts::{IamUser, UserId};
use setupkey_rule::plan::Excepted;
use setupkey_rule::report::CredentialReport;
use setupkey_rule::results::ScheduledRun;
use tokio::time::{Instant, timeout_at};
use tracing::{info, warn};

use crate::delivery::{alert_and_put, log_exception, put};
use crate::failure::Failure;
use crate::handler::Run;
use crate::metrics::Metrics;

/// The credential report is waited for at most this long, and at most a quarter of the time there is to read:
/// without it users are read live.
const MAX_REPORT_TIME: Duration = Duration::from_secs(90);

/// Evaluates all users. What goes wrong is added to `failures`; everything else is delivered.
pub(crate) async fn run(run: &Run<'_>, metrics: &mut Metrics, failures: &mut Failures<Failure>) {
    let ((verdicts, incomplete), held) = join(decide_all(run), held_results(run)).await;
    let listing_complete = incomplete.is_none();
    if let Some(error) = incomplete {
        failures.add(Failure::ListingIncomplete(error));
    }
    let held = held.map_err(|error| failures.add(Failure::PreviousResultsUnread(error))).ok();
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
        created: run.created,
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
    metrics.excepted = plan.excepted.len();
    for Excepted { user, exception } in &plan.excepted {
        log_exception(user, exception);
    }
    let tell = !plan.new_findings.is_empty() || !plan.cleared.is_empty();
    if put(run, &plan.first, metrics, failures).await && tell {
        let news = News {
            findings: &plan.new_findings,
            cleared: &plan.cleared,
            excepted: &plan.excepted,
            resolved: &plan.resolved,
            flagged: Some(plan.flagged),
            unread: metrics.unread,
        };
        alert_and_put(run, &news, metrics, failures).await;
    }
    info!(
        users = metrics.users,
        in_scope = metrics.in_scope,
        flagged = metrics.flagged,
        new = metrics.new,
        excepted = metrics.excepted,
        resolved = plan.resolved.len(),
        unread = metrics.unread,
        evaluations = metrics.evaluations,
        "all users evaluated"
    );
}

/// Lists and decides all users; with them, why the listing is not complete, where it is not.
async fn decide_all(run: &Run<'_>) -> (Verdicts, Option<AwsError>) {
    let (sender, pages) = mpsc::unbounded();
    let list = async move {
        // who does not take a page any more has no use for it
        let page = |page| {
            drop(sender.unbounded_send(page));
            ControlFlow::Continue(())
        };
        run.aws.list_user_pages(run.deadlines.read, page).await
    };
    let decide = async {
        let report = credential_report(run).await;
        run.aws.decide_all(pages, report.as_ref(), &run.parameters, run.created, run.deadlines.read).await
    };
    let (listed, verdicts) = join(list, decide).await;
    (verdicts, listed.err())
}

async fn credential_report(run: &Run<'_>) -> Option<CredentialReport> {
    let now = Instant::now();
    let until = now + (run.deadlines.read.saturating_duration_since(now) / 4).min(MAX_REPORT_TIME);
    match run.aws.credential_report(run.created, until).await {
        Ok(report) => {
            info!(age = ?report.age(), users = report.users(), "credential report read");
            Some(report)
        }
        Err(error) => {
            warn!(%error, "no credential report, all users are read live");
            None
        }
    }
}

async fn held_results(run: &Run<'_>) -> Result<Vec<HeldResult>, AwsError> {
    timeout_at(run.deadlines.read, run.aws.held_results(&run.invocation.config_rule_name))
        .await
        .unwrap_or_else(|_| Err(AwsError::out_of_time("config:GetComplianceDetailsByConfigRule")))
}

/// The second look, where anybody is to be cleared and there is time for it; without it nobody is.
async fn list_again(
    run: &Run<'_>,
    scheduled: &ScheduledRun<'_>,
    failures: &mut Failures<Failure>,
) -> Option<BTreeMap<UserId, IamUser>> {
    if !scheduled.needs_second_listing() || Instant::now() >= run.deadlines.read {
        return None;
    }
    let listing = run.aws.list_users(run.deadlines.read).await;
    match listing.incomplete {
        None => Some(listing.users),
        Some(error) => {
            failures.add(Failure::ListingIncomplete(error));
            None
        }
    }
}
