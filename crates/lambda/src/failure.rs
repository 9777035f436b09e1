//! Failures by names that a metric filter or an alarm can match. Which there are is each function's own.

use std::fmt;

use lambda_runtime::Diagnostic;

/// Why an invocation fails. `T` is an enum whose variants are the error types; of several failures, the first variant is
/// reported.
#[derive(Debug)]
pub struct Failure<T> {
    /// The `errorType` that Lambda reports: the name of the variant.
    pub error_type: T,
    /// The message, in one line.
    pub message: String,
}

impl<T: fmt::Debug> Failure<T> {
    /// A failure of this type.
    pub fn new(error_type: T, message: impl fmt::Display) -> Self {
        Self { error_type, message: message.to_string() }
    }
}

impl<T: fmt::Debug> From<Failure<T>> for Diagnostic {
    fn from(failure: Failure<T>) -> Self {
        Self { error_type: format!("{:?}", failure.error_type), error_message: failure.message }
    }
}

/// The failures of one run: it continues as far as it can, and fails at the end.
#[derive(Debug)]
pub struct Failures<T>(Vec<Failure<T>>);

impl<T> Default for Failures<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: fmt::Debug + Copy + Ord> Failures<T> {
    /// Adds a failure, and logs it.
    pub fn add(&mut self, error_type: T, message: impl fmt::Display) {
        let failure = Failure::new(error_type, message);
        tracing::error!(error_type = ?failure.error_type, error = failure.message, "run incomplete");
        self.0.push(failure);
    }

    /// Nothing, or the failure that weighs most.
    ///
    /// # Errors
    ///
    /// The failure with the first error type.
    pub fn into_result(self) -> Result<(), Failure<T>> {
        self.0.into_iter().min_by_key(|failure| failure.error_type).map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
    enum ErrorType {
        Worst,
        Bad,
    }

    #[test]
    fn the_first_error_type_of_the_enum_is_reported() {
        let mut failures = Failures::default();
        failures.add(ErrorType::Bad, "bad");
        failures.add(ErrorType::Worst, "worst");

        let reported = Diagnostic::from(failures.into_result().unwrap_err());

        assert_eq!((reported.error_type.as_str(), reported.error_message.as_str()), ("Worst", "worst"));
        assert!(Failures::<ErrorType>::default().into_result().is_ok());
    }
}
