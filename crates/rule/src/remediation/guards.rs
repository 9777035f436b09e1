//! The guards that the stack sets, in the environment of the function: a request can only make them stricter.

use chrono::TimeDelta;

use crate::input::{InvalidInput, whole_number};
use crate::parameters::RuleParameters;

/// What the stack sets, in the environment of the function.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Guards {
    /// `RULE_PARAMETERS`: the parameters of the rule.
    pub parameters: RuleParameters,
    /// `MINIMUM_KEY_AGE_HOURS`: younger keys are left alone.
    pub minimum_key_age: TimeDelta,
    /// `MINIMUM_INACTIVE_DAYS`: a key is deleted only if it was deactivated at least this long ago.
    pub minimum_inactive: TimeDelta,
    /// `MINIMUM_NOTICE_DAYS`: a key is deactivated only if this was announced at least this long ago.
    pub minimum_notice: TimeDelta,
    /// `ALERT_TOPIC_ARN`: where notices go.
    pub topic_arn: Option<String>,
}

/// The texts of the environment; `None` is a variable that is not set. A topic is `None` if it is empty, too.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `RULE_PARAMETERS`.
    pub rule_parameters: Option<String>,
    /// `MINIMUM_KEY_AGE_HOURS`.
    pub minimum_key_age_hours: Option<String>,
    /// `MINIMUM_INACTIVE_DAYS`.
    pub minimum_inactive_days: Option<String>,
    /// `MINIMUM_NOTICE_DAYS`.
    pub minimum_notice_days: Option<String>,
    /// `ALERT_TOPIC_ARN`.
    pub topic_arn: Option<String>,
}

/// The largest number of hours and of days: ten years.
pub(super) const MAX_HOURS: u32 = 87_600;
pub(super) const MAX_DAYS: u32 = 3_650;

/// The largest number of days of a notice: a year.
pub(super) const MAX_NOTICE_DAYS: u32 = 365;

/// `MINIMUM_KEY_AGE_HOURS` where it is not set.
const DEFAULT_MINIMUM_KEY_AGE_HOURS: u32 = 24;

/// `MINIMUM_INACTIVE_DAYS` where it is not set.
const DEFAULT_MINIMUM_INACTIVE_DAYS: u32 = 7;

/// `MINIMUM_NOTICE_DAYS` where it is not set.
const DEFAULT_MINIMUM_NOTICE_DAYS: u32 = 0;

impl Guards {
    /// Reads the environment. What is not set has the safe default.
    ///
    /// # Errors
    ///
    /// A value is not understood.
    pub fn parse(environment: &Environment) -> Result<Self, InvalidInput> {
        let number = |name: &str, text: &Option<String>, max: u32, default: u32| match text.as_deref() {
            None | Some("") => Ok(i64::from(default)),
            Some(text) => whole_number(name, text, max).map(i64::from),
        };
        let Environment { minimum_key_age_hours, minimum_inactive_days, minimum_notice_days, .. } =
            environment;
        Ok(Self {
            parameters: RuleParameters::parse(environment.rule_parameters.as_deref())
                .map_err(|error| error.at("RULE_PARAMETERS"))?,
            minimum_key_age: TimeDelta::hours(number(
                "MINIMUM_KEY_AGE_HOURS",
                minimum_key_age_hours,
                MAX_HOURS,
                DEFAULT_MINIMUM_KEY_AGE_HOURS,
            )?),
            minimum_inactive: TimeDelta::days(number(
                "MINIMUM_INACTIVE_DAYS",
                minimum_inactive_days,
                MAX_DAYS,
                DEFAULT_MINIMUM_INACTIVE_DAYS,
            )?),
            minimum_notice: TimeDelta::days(number(
                "MINIMUM_NOTICE_DAYS",
                minimum_notice_days,
                MAX_NOTICE_DAYS,
                DEFAULT_MINIMUM_NOTICE_DAYS,
            )?),
            topic_arn: environment.topic_arn.clone(),
        })
    }
}
