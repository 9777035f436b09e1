//! The environment, read once.

use std::env;

use setupkey_rule::function_arn::FunctionArn;
use setupkey_rule::input::InvalidInput;

/// The topic of alerts; unset or empty: no alerts are sent.
const ALERT_TOPIC_ARN: &str = "ALERT_TOPIC_ARN";

/// The function's own ARN, where Lambda does not pass it: `cargo lambda watch` passes a text that is no ARN.
const FUNCTION_ARN: &str = "FUNCTION_ARN";

/// The environment.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The topic of alerts; `None`: no alerts are sent.
    pub topic_arn: Option<String>,
    /// The function's own ARN, for invocations that pass no valid one.
    pub function_arn: Option<String>,
}

impl Settings {
    pub(crate) fn from_env() -> Self {
        let setting = |name| env::var(name).ok().filter(|value: &String| !value.is_empty());
        Self { topic_arn: setting(ALERT_TOPIC_ARN), function_arn: setting(FUNCTION_ARN) }
    }

    /// The function's own ARN, from what Lambda passed with the invocation.
    ///
    /// # Errors
    ///
    /// Neither that nor the setting is the ARN of a function.
    pub fn function(&self, invoked_function_arn: &str) -> Result<FunctionArn, InvalidInput> {
        match (FunctionArn::parse(invoked_function_arn), &self.function_arn) {
            (Err(_), Some(function_arn)) => FunctionArn::parse(function_arn),
            (passed, _) => passed,
        }
    }
}
