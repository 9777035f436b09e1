//! Why an invocation fails, by names that a metric filter or an alarm can match.

use setupkey_aws::AwsError;
use setupkey_lambda::failure::NamedFailure;
use setupkey_rule::event::EventError;
use setupkey_rule::function_arn::FunctionArnError;
use setupkey_rule::parameters::ParameterError;
use thiserror::Error;

/// Why an invocation fails.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The event was not understood.
    #[error(transparent)]
    InvalidEvent(#[from] EventError),
    /// Lambda told an ARN that is not a function's.
    #[error(transparent)]
    InvalidFunctionArn(#[from] FunctionArnError),
    /// The event is about another account.
    #[error("`{field}` is `{account_id}`, expected `{own}`, the account of this function")]
    ForeignAccount {
        /// The field that says so.
        field: &'static str,
        /// The account.
        account_id: String,
        /// The function's.
        own: String,
    },
    /// A rule parameter was not understood: nothing is evaluated.
    #[error(transparent)]
    InvalidParameters(#[from] ParameterError),
    /// AWS Config did not take all evaluations.
    #[error("evaluations not put: {0}")]
    EvaluationsNotPut(AwsError),
    /// What AWS Config holds could not be read: nobody is known to be new.
    #[error("previous results not read, alerts are left to the next run: {0}")]
    PreviousResultsUnread(AwsError),
    /// Not all users are known: nothing was cleared.
    #[error("users not listed in full, nothing was cleared: {0}")]
    ListingIncomplete(AwsError),
    /// Time was up before everybody was read.
    #[error("time was up, users not read: {0}; their last results stand")]
    DeadlineNear(usize),
    /// Some users could not be read.
    #[error("users not read: {0}; their last results stand, the log names them")]
    UsersUnread(usize),
    /// SNS did not take the alert: the next run alerts again.
    #[error("alert not sent, the next run tries again: {0}")]
    AlertNotSent(AwsError),
}

impl NamedFailure for Failure {
    const ERROR_TYPES: &'static [&'static str] = &[
        "InvalidEvent",
        "ForeignAccount",
        "InvalidParameters",
        "EvaluationsNotPut",
        "PreviousResultsUnread",
        "ListingIncomplete",
        "DeadlineNear",
        "UsersUnread",
        "AlertNotSent",
    ];

    fn error_type(&self) -> &'static str {
        match self {
            Self::InvalidEvent(_) | Self::InvalidFunctionArn(_) => "InvalidEvent",
            Self::ForeignAccount { .. } => "ForeignAccount",
            Self::InvalidParameters(_) => "InvalidParameters",
            Self::EvaluationsNotPut(_) => "EvaluationsNotPut",
            Self::PreviousResultsUnread(_) => "PreviousResultsUnread",
            Self::ListingIncomplete(_) => "ListingIncomplete",
            Self::DeadlineNear(_) => "DeadlineNear",
            Self::UsersUnread(_) => "UsersUnread",
            Self::AlertNotSent(_) => "AlertNotSent",
        }
    }
}

#[cfg(test)]
mod tests {
    use setupkey_lambda::failure::Failures;

    use super::*;

    #[test]
    fn of_several_failures_the_first_of_the_list_is_reported() {
        let error = || AwsError::out_of_time("operation");
        let in_order: [fn(AwsError) -> Failure; 6] = [
            Failure::EvaluationsNotPut,
            Failure::PreviousResultsUnread,
            Failure::ListingIncomplete,
            |_| Failure::DeadlineNear(1),
            |_| Failure::UsersUnread(1),
            Failure::AlertNotSent,
        ];
        for (position, first) in in_order.iter().enumerate() {
            let mut failures = Failures::default();
            // the later ones happen first
            in_order[position..].iter().rev().for_each(|failure| failures.add(failure(error())));

            let reported = failures.into_result().unwrap_err().error_type();

            assert_eq!(reported, first(error()).error_type());
        }
    }

    #[test]
    fn input_that_is_not_understood_weighs_most() {
        let errors: [Failure; 3] = [
            Failure::InvalidEvent(EventError::Missing { field: "field", expected: "expected" }),
            Failure::ForeignAccount { field: "field", account_id: String::new(), own: String::new() },
            Failure::InvalidParameters(ParameterError::NotAnObject { text: String::new() }),
        ];
        assert_eq!(errors.map(|failure| failure.error_type()), Failure::ERROR_TYPES[..3]);
    }
}
