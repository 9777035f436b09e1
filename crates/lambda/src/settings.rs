//! What the environment says, read once.

use std::env;

use setupkey_rule::function_arn::{FunctionArn, FunctionArnError};

/// Where alerts go; unset or empty: nowhere.
const ALERT_TOPIC_ARN: &str = "ALERT_TOPIC_ARN";

/// The function's own ARN, for where there is no Lambda to tell it: `cargo lambda watch` tells a text that is
/// no ARN.
const FUNCTION_ARN: &str = "FUNCTION_ARN";

/// What the environment says.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Where alerts go; `None`: nowhere.
    pub topic_arn: Option<String>,
    /// The function's own ARN, where the one told with an invocation is none.
    pub function_arn: Option<String>,
}

impl Settings {
    pub(crate) fn from_env() -> Self {
        let setting = |name| env::var(name).ok().filter(|value: &String| !value.is_empty());
        Self { topic_arn: setting(ALERT_TOPIC_ARN), function_arn: setting(FUNCTION_ARN) }
    }

    /// The function's own ARN, from what Lambda told with the invocation.
    ///
    /// # Errors
    ///
    /// Neither that nor the setting is the ARN of a function.
    pub fn function(&self, invoked_function_arn: &str) -> Result<FunctionArn, FunctionArnError> {
        match (FunctionArn::parse(invoked_function_arn), &self.function_arn) {
            (Err(_), Some(function_arn)) => FunctionArn::parse(function_arn),
            (told, _) => told,
        }
    }
}
