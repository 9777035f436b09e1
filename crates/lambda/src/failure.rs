//! Failures by names that a metric filter or an alarm can match. Which there are is each function's own.

use std::fmt;

use lambda_runtime::Diagnostic;

/// A reason for which an invocation fails.
pub trait NamedFailure: fmt::Display + fmt::Debug {
    /// Every `errorType`; of several failures the first of this list is reported.
    const ERROR_TYPES: &'static [&'static str];

    /// The `errorType` that Lambda reports.
    fn error_type(&self) -> &'static str;
}

/// The failures of one run: it goes on as far as it can, and fails at the end.
#[derive(Debug)]
pub struct Failures<F>(Vec<F>);

impl<F> Default for Failures<F> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<F: NamedFailure> Failures<F> {
    /// Adds a failure, and logs it.
    pub fn add(&mut self, failure: F) {
        tracing::error!(error_type = failure.error_type(), error = %failure, "run incomplete");
        self.0.push(failure);
    }

    /// Nothing, or the failure that weighs most.
    ///
    /// # Errors
    ///
    /// The first failure of [`NamedFailure::ERROR_TYPES`] that was added.
    pub fn into_result(self) -> Result<(), F> {
        self.0.into_iter().min_by_key(weight).map_or(Ok(()), Err)
    }
}

fn weight<F: NamedFailure>(failure: &F) -> usize {
    let place = F::ERROR_TYPES.iter().position(|error_type| *error_type == failure.error_type());
    place.unwrap_or(F::ERROR_TYPES.len())
}

/// A failure as Lambda reports it.
#[derive(Debug)]
pub struct Reported<F>(pub F);

impl<F: NamedFailure> From<Reported<F>> for Diagnostic {
    fn from(Reported(failure): Reported<F>) -> Self {
        Self { error_type: failure.error_type().to_owned(), error_message: failure.to_string() }
    }
}
