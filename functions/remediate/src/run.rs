//! What one invocation knows, and what went wrong.

use std::time::Duration;

use chrono::{DateTime, Utc};
use setupkey_aws::{Aws, AwsError};
use setupkey_lambda::clock;
use setupkey_lambda::failure::Failures;
use setupkey_rule::function_arn::FunctionArn;
use setupkey_rule::iam::IamUser;
use setupkey_rule::remediation::answer::{Action, Refusal};
use setupkey_rule::remediation::attempt::MAX_SECONDS;
use setupkey_rule::remediation::notice::Notice;
use setupkey_rule::remediation::request::Remediation;
use setupkey_rule::remediation::tags::rfc3339;
use tokio::time::Instant;
use tracing::info;

/// This much is kept for reporting how it went.
const REPORTING_TIME: Duration = Duration::from_secs(1);

/// Every `errorType`. Of several failures, the first of this list is reported.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum ErrorType {
    /// The request was not understood, or is looser than the guards of the stack: nothing was read.
    InvalidEvent,
    /// The environment of the function was not understood: nothing was read.
    InvalidParameters,
    /// A key has the tag of a deactivation, and may still be active.
    DeactivationIncomplete,
    /// The user was not found, and may exist.
    ListingIncomplete,
    /// The time ran out: nothing was started that could not be finished.
    DeadlineNear,
    /// The facts about the user could not be read: nothing was done.
    UsersUnread,
    /// A key was left alone because a call failed.
    KeysLeftAlone,
    /// SNS did not take a message.
    AlertNotSent,
}

/// One invocation.
pub(crate) struct Run<'a> {
    pub(crate) aws: &'a Aws,
    pub(crate) function: &'a FunctionArn,
    pub(crate) remediation: &'a Remediation,
    /// The ID of the request to the function; no other invocation has it.
    pub(crate) request_id: &'a str,
    pub(crate) deadlines: Deadlines,
    pub(crate) failures: Failures<ErrorType>,
}

/// By when each part has to be done, so that what was started can be finished.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadlines {
    /// Reading stops, and no further key is started.
    pub(crate) look: Instant,
    /// The key that was started is given up.
    pub(crate) act: Instant,
    /// Publishing is given up: the failure is still returned.
    pub(crate) publish: Instant,
}

impl Deadlines {
    pub(crate) fn of(deadline_milliseconds: u64) -> Self {
        let remaining = clock::remaining(deadline_milliseconds).min(Duration::from_secs(MAX_SECONDS.into()));
        let before_end = |time| Instant::now() + remaining.saturating_sub(time);
        Self {
            look: before_end(remaining / 4),
            act: before_end(remaining / 12),
            publish: before_end((remaining / 40).min(REPORTING_TIME)),
        }
    }
}

/// Returns the time. The clock is the function's own, whatever a request says.
pub(crate) fn now() -> DateTime<Utc> {
    clock::now().into()
}

impl Run<'_> {
    /// Publishes a message. Returns whether it was published: `false` without a topic or a confirmed subscription.
    ///
    /// # Errors
    ///
    /// SNS did not take it.
    pub(crate) async fn publish(&self, notice: &Notice<'_>, until: Instant) -> Result<bool, AwsError> {
        let Some(topic_arn) = &self.remediation.guards.topic_arn else {
            info!("no alert topic is set, nothing published");
            return Ok(false);
        };
        self.aws.publish_notice(topic_arn, notice, until).await
    }

    /// Writes the audit line of a key that was acted on, or would be.
    pub(crate) fn log_action(&self, user: &IamUser, action: &Action) {
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

    /// Writes the audit line of a key that was left alone, and fails for it where that is a failure.
    pub(crate) fn leave_alone(&mut self, user: &IamUser, refusal: &Refusal) {
        let Refusal { access_key_id, reason, failed } = refusal;
        info!(
            user_name = %user.user_name,
            user_id = %user.user_id,
            %access_key_id,
            action = "refused",
            reason,
            mode = %self.remediation.mode,
            automation_execution_id = self.remediation.automation_execution_id,
            "access key"
        );
        if *failed {
            let message = format!("access key `{access_key_id}` left alone: {reason}");
            self.failures.add(ErrorType::KeysLeftAlone, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Systems Manager stops waiting after 300 seconds, and a later remediation takes a tag that is older than an
    /// invocation for one of a key that was activated again.
    #[test]
    fn invocation_ends_within_240_seconds_whatever_the_timeout_of_the_function() {
        let in_a_quarter_of_an_hour = (now() + chrono::TimeDelta::minutes(15)).timestamp_millis();
        let deadlines = Deadlines::of(in_a_quarter_of_an_hour.unsigned_abs());
        assert!(deadlines.publish <= Instant::now() + Duration::from_secs(240));
        assert!(deadlines.look < deadlines.act && deadlines.act < deadlines.publish);
    }
}
