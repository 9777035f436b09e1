//! What one run knows, what it counted, and what went wrong.

use std::time::Duration;

use chrono::{DateTime, Utc};
use setupkey_aws::Aws;
use setupkey_aws::reading::Reading;
use setupkey_lambda::clock::remaining;
use setupkey_lambda::failure::Failures;
use setupkey_rule::decision::NotRead;
use setupkey_rule::event::RuleInvocation;
use setupkey_rule::function_arn::FunctionArn;
use setupkey_rule::parameters::RuleParameters;
use setupkey_rule::report::CredentialReport;
use tokio::time::Instant;

use crate::metrics::Metrics;

/// At most this much of the remaining time is kept for delivering what was decided.
const MAX_DELIVERY_TIME: Duration = Duration::from_secs(60);

/// At most this much of it is kept for reporting how it went.
const MAX_REPORTING_TIME: Duration = Duration::from_secs(1);

/// Every `errorType`. Of several failures, the first of this list is reported.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum ErrorType {
    /// The event was not understood.
    InvalidEvent,
    /// The event is about another account.
    ForeignAccount,
    /// A rule parameter was not understood: nothing is evaluated.
    InvalidParameters,
    /// AWS Config did not take all evaluations.
    EvaluationsNotPut,
    /// The stored results could not be read, so which findings are new is not known.
    PreviousResultsUnread,
    /// Not all users are known: nothing was cleared.
    ListingIncomplete,
    /// The time ran out before all users were read.
    DeadlineNear,
    /// Some users could not be read.
    UsersUnread,
    /// SNS did not take the alert: the next run alerts again.
    AlertNotSent,
}

/// One run.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    pub(crate) aws: &'a Aws,
    pub(crate) function: FunctionArn,
    pub(crate) invocation: RuleInvocation,
    pub(crate) parameters: RuleParameters,
    /// The run's logical time.
    pub(crate) event_time: DateTime<Utc>,
    /// The topic of alerts; `None`: no alerts are sent.
    pub(crate) topic_arn: Option<&'a str>,
    pub(crate) deadlines: Deadlines,
    pub(crate) metrics: &'a mut Metrics,
    pub(crate) failures: Failures<ErrorType>,
}

impl Run<'_> {
    /// What users are decided by.
    pub(crate) fn reading<'r>(&'r self, report: Option<&'r CredentialReport>) -> Reading<'r> {
        let (parameters, event_time) = (&self.parameters, self.event_time);
        Reading { report, parameters, event_time, until: self.deadlines.read }
    }

    /// Counts users who were not read, and fails for them.
    pub(crate) fn count_not_read<'n>(&mut self, not_read: impl IntoIterator<Item = &'n NotRead>) {
        let (late, failed): (Vec<_>, Vec<_>) =
            not_read.into_iter().partition(|not_read| **not_read == NotRead::TimedOut);
        self.metrics.not_read = late.len() + failed.len();
        for (users, error_type, why) in [
            (late.len(), ErrorType::DeadlineNear, "timed out"),
            (failed.len(), ErrorType::UsersUnread, "calls failed, see the log"),
        ] {
            if users > 0 {
                self.failures.add(
                    error_type,
                    format!("{users} users not read ({why}); their stored results are unchanged"),
                );
            }
        }
    }
}

/// By when each part of a run has to be done, so that there is time for the rest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadlines {
    /// Reading stops: what is decided by then is delivered.
    pub(crate) read: Instant,
    /// Publishing is given up: the findings are still reported, with the marker.
    pub(crate) publish: Instant,
    /// Reporting evaluations is given up: the failure is still returned.
    pub(crate) put: Instant,
}

impl Deadlines {
    pub(crate) fn of(deadline_milliseconds: u64) -> Self {
        let remaining = remaining(deadline_milliseconds);
        let delivery = (remaining / 5).min(MAX_DELIVERY_TIME);
        let before_end = |time| Instant::now() + remaining.saturating_sub(time);
        Self {
            read: before_end(delivery),
            publish: before_end(delivery / 2),
            put: before_end((delivery / 4).min(MAX_REPORTING_TIME)),
        }
    }
}
