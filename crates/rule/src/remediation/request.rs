//! The request: wire text to types, once, at the door. Values may be strings: those of a remediation of AWS Config
//! and of a Systems Manager document are.

use std::fmt;

use chrono::TimeDelta;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::event::EventError;
use crate::event::fields::{object, optional, required, unaccepted};
use crate::facts::UserId;
use crate::parameters::{Names, PARAMETER_NAMES, ParameterError, RuleParameters, one_of, whole_number};
use crate::quoted::quoted;

/// What is done to keys that may be remediated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Nothing; what the other two would do is said.
    DryRun,
    /// Active keys are deactivated.
    Deactivate,
    /// Keys that a remediation deactivated long enough ago are deleted.
    Delete,
}

impl Mode {
    /// All modes, by the names that a request takes.
    pub const NAMES: [(&'static str, Self); 3] =
        [("dry-run", Self::DryRun), ("deactivate", Self::Deactivate), ("delete", Self::Delete)];
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DryRun => "dry-run",
            Self::Deactivate => "deactivate",
            Self::Delete => "delete",
        })
    }
}

/// `minimumKeyAgeHours` where a request does not say.
pub const DEFAULT_MINIMUM_KEY_AGE_HOURS: u32 = 24;

/// `minimumInactiveDays` where a request does not say.
pub const DEFAULT_MINIMUM_INACTIVE_DAYS: u32 = 7;

/// What is to be remediated, and how.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remediation {
    /// `resourceId`: the unique id of the user, as AWS Config names it.
    pub resource_id: UserId,
    /// `mode`.
    pub mode: Mode,
    /// `minimumKeyAgeHours`: younger keys are left alone.
    pub minimum_key_age: TimeDelta,
    /// `minimumInactiveDays`: a key is deleted when it was deactivated at least this long ago.
    pub minimum_inactive: TimeDelta,
    /// `automationExecutionId`: what started it, for the log.
    pub automation_execution_id: Option<String>,
    /// The parameters of the rule. A key to delete is inactive: but for `deactivate`, inactive keys count whatever
    /// `includeInactiveKeys` says.
    pub parameters: RuleParameters,
}

/// A request that was not understood.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum RequestError {
    /// A field is missing or not accepted.
    #[error(transparent)]
    Field(#[from] EventError),
    /// No field has this name: a misspelt name would leave a default in force without a word.
    #[error("`{field}` (value `{value}`) is unknown, expected {}, {}", Names(&FIELDS), Names(&PARAMETER_NAMES))]
    Unknown {
        /// The name.
        field: String,
        /// Its value.
        value: String,
    },
    /// A rule parameter is not accepted.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
}

const FIELDS: [&str; 5] =
    ["resourceId", "mode", "minimumKeyAgeHours", "minimumInactiveDays", "automationExecutionId"];

/// Name, largest value (ten years), and what is accepted.
const MINIMUM_KEY_AGE_HOURS: (&str, u32, &str) =
    ("minimumKeyAgeHours", 87_600, "a whole number from 0 to 87600");
const MINIMUM_INACTIVE_DAYS: (&str, u32, &str) =
    ("minimumInactiveDays", 3_650, "a whole number from 0 to 3650");

const RESOURCE_ID: &str = "the unique id of an IAM user (AIDA...)";
const MODE: &str = "`dry-run`, `deactivate`, `delete`";

impl Remediation {
    /// Reads the text that Lambda hands over.
    ///
    /// # Errors
    ///
    /// The text is no JSON object, a field is missing, unknown or not accepted; the error names the field, the
    /// value and what is accepted.
    pub fn parse(text: &str) -> Result<Self, RequestError> {
        let event = object("event", text)?;
        let (own, others): (Map<_, _>, Map<_, _>) =
            event.into_iter().partition(|(name, _)| FIELDS.contains(&name.as_str()));
        if let Some((name, value)) = others.iter().find(|(name, _)| !PARAMETER_NAMES.contains(&name.as_str()))
        {
            return Err(RequestError::Unknown { field: quoted(name), value: quoted(&in_words(value)) });
        }
        let resource_id = required(&own, "resourceId", RESOURCE_ID)?;
        let resource_id = UserId::parse(resource_id.clone())
            .map_err(|_| unaccepted("resourceId", &Value::String(resource_id), RESOURCE_ID))?;
        let mode = required(&own, "mode", MODE)?;
        let mode = one_of("mode", &mode, &Mode::NAMES)
            .map_err(|_| unaccepted("mode", &Value::String(mode), MODE))?;
        let hours = limit(&own, MINIMUM_KEY_AGE_HOURS, DEFAULT_MINIMUM_KEY_AGE_HOURS)?;
        let days = limit(&own, MINIMUM_INACTIVE_DAYS, DEFAULT_MINIMUM_INACTIVE_DAYS)?;
        let automation_execution_id =
            optional(&own, "automationExecutionId", "the id of an automation execution")?;
        let mut parameters = RuleParameters::from_object(others)?;
        parameters.include_inactive_keys |= mode != Mode::Deactivate;
        Ok(Self {
            resource_id,
            mode,
            minimum_key_age: TimeDelta::hours(hours),
            minimum_inactive: TimeDelta::days(days),
            automation_execution_id: automation_execution_id.map(|id| quoted(&id)),
            parameters,
        })
    }
}

fn limit(
    own: &Map<String, Value>,
    (field, max, expected): (&'static str, u32, &'static str),
    default: u32,
) -> Result<i64, EventError> {
    let text = match own.get(field) {
        None | Some(Value::Null) => return Ok(default.into()),
        Some(Value::String(text)) if text.is_empty() => return Ok(default.into()),
        Some(value) => in_words(value),
    };
    let number = whole_number(field, &text, max);
    number.map(i64::from).map_err(|_| unaccepted(field, &Value::String(text), expected))
}

/// A string without its quotes, anything else as JSON.
fn in_words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
