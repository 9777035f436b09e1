//! A scheduled run: reads all users, compares with the stored results, delivers.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::join;
use setupkey_rule::decision::Outcome;
use setupkey_rule::iam::{IamUser, UserId};
use setupkey_rule::plan::ScheduledRun;
use setupkey_rule::report::CredentialReport;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::delivery::deliver;
use crate::run::{ErrorType, Run};

/// The credential report is waited for at most this long, and at most a quarter of the time there is to read: without it
/// every user is read from IAM.
const MAX_REPORT_TIME: Duration = Duration::from_secs(90);

/// Evaluates all users. What goes wrong is added to the failures; everything else is delivered.
pub(crate) async fn evaluate_periodic(run: &mut Run<'_>) {
    let until = run.deadlines.read;
    let stored_results = run.aws.stored_results(&run.invocation.config_rule_name, until);
    // the users do not wait for the stored results: where those cannot be read, the verdicts are reported all the same
    let decided = async {
        let (listing, report) = join(run.aws.list_users(until), credential_report(run)).await;
        (decide_users(run, listing.users, report.as_ref()).await, listing.incomplete)
    };
    let ((users, incomplete), previous) = join(decided, stored_results).await;

    let listing_complete = incomplete.is_none();
    if let Some(error) = incomplete {
        run.failures.add(ErrorType::ListingIncomplete, not_listed(&error));
    }
    let previous = previous.map_err(|error| {
        let message = format!("stored results not read, alerts are left to the next run: {error}");
        run.failures.add(ErrorType::PreviousResultsUnread, message);
    });
    let previous = previous.ok();
    run.metrics.users = users.len();
    run.metrics.listing_complete = listing_complete;
    run.count_not_read(users.values().filter_map(|(_, outcome)| match outcome {
        Outcome::NotRead(not_read) => Some(not_read),
        Outcome::Decided(_) | Outcome::Gone => None,
    }));

    let (account_id, parameters) = (run.function.account_id.clone(), run.parameters.clone());
    let mut scheduled = ScheduledRun {
        account_id: &account_id,
        event_time: run.event_time,
        parameters: &parameters,
        users: &users,
        listing_complete,
        listed_again: None,
        previous: previous.as_deref(),
        alerts: run.topic_arn.is_some(),
    };
    let listed_again = if scheduled.needs_second_listing() { list_again(run).await } else { None };
    scheduled.listed_again = listed_again.as_ref();
    let plan = scheduled.plan();
    let has_reported = deliver(run, &plan).await;
    // a run counts once AWS Config took something with a real token: a rule that cannot report has not run
    run.metrics.is_scheduled_run = has_reported && !run.invocation.result_token.is_test_mode();
    info!(
        version = env!("CARGO_PKG_VERSION"),
        criterion = parameters.criterion.name(),
        scope = parameters.scope.name(),
        setup_window_seconds = parameters.setup_window.num_seconds(),
        include_inactive_keys = parameters.include_inactive_keys,
        refresh_after_days = parameters.refresh_after.num_days(),
        exception_tag_prefix = parameters.exception_tag_prefix.as_deref().unwrap_or("none"),
        users = run.metrics.users,
        in_scope = plan.in_scope,
        flagged = plan.flagged,
        new = plan.new,
        exempt = plan.exempt.len(),
        resolved = plan.resolved.len(),
        not_read = plan.not_read,
        evaluations = run.metrics.evaluations,
        "all users evaluated"
    );
}

async fn decide_users(
    run: &Run<'_>,
    users: BTreeMap<UserId, IamUser>,
    report: Option<&CredentialReport>,
) -> BTreeMap<UserId, (IamUser, Outcome)> {
    let decided = run.aws.decide_users(users.into_values().collect(), run.reading(report));
    let mut decided = pin!(decided);
    let mut outcomes = BTreeMap::new();
    while let Some((facts, outcome)) = decided.next().await {
        let user = facts.user();
        outcomes.insert(user.user_id.clone(), (user.clone(), outcome));
    }
    outcomes
}

async fn credential_report(run: &Run<'_>) -> Option<CredentialReport> {
    let now = Instant::now();
    let until = now + (run.deadlines.read.saturating_duration_since(now) / 4).min(MAX_REPORT_TIME);
    match run.aws.credential_report(run.event_time, until).await {
        Ok(report) => {
            info!(age = ?report.age(), users = report.users(), "credential report read");
            Some(report)
        }
        Err(error) => {
            warn!(%error, "could not get the credential report; read every user from IAM");
            None
        }
    }
}

/// The second look, if there is time for it: without it nothing is cleared.
async fn list_again(run: &mut Run<'_>) -> Option<BTreeMap<UserId, IamUser>> {
    if Instant::now() >= run.deadlines.read {
        return None;
    }
    let listing = run.aws.list_users(run.deadlines.read).await;
    match listing.incomplete {
        None => Some(listing.users),
        Some(error) => {
            run.failures.add(ErrorType::ListingIncomplete, not_listed(&error));
            None
        }
    }
}

fn not_listed(error: &setupkey_aws::AwsError) -> String {
    format!("not all users listed, no results cleared: {error}")
}
