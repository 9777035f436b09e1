//! The rule's parameters: from the JSON text that AWS Config stores to values that the decision needs.

use std::fmt;

use chrono::TimeDelta;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::quoted::quoted;

/// Which keys are flagged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Criterion {
    /// Created with the user and never used (CIS remediation; the default).
    SetupAndUnused,
    /// Created with the user (CIS console audit).
    Setup,
    /// Never used (CIS command-line audit).
    Unused,
    /// Either of the two.
    SetupOrUnused,
}

impl Criterion {
    /// All criteria, by the names that the parameter takes.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("setup-and-unused", Self::SetupAndUnused),
        ("setup", Self::Setup),
        ("unused", Self::Unused),
        ("setup-or-unused", Self::SetupOrUnused),
    ];

    /// What the criterion says of a key, in words.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::SetupAndUnused => "set up with the user and never used",
            Self::Setup => "set up with the user",
            Self::Unused => "never used",
            Self::SetupOrUnused => "set up with the user or never used",
        }
    }

    /// Whether a key meets the criterion.
    pub(crate) fn is_met(self, created_with_user: bool, unused: bool) -> bool {
        match self {
            Self::SetupAndUnused => created_with_user && unused,
            Self::Setup => created_with_user,
            Self::Unused => unused,
            Self::SetupOrUnused => created_with_user || unused,
        }
    }

    /// Whether only keys created with the user can meet the criterion.
    pub(crate) fn needs_setup(self) -> bool {
        matches!(self, Self::SetupAndUnused | Self::Setup)
    }
}

/// Which users the rule speaks about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scope {
    /// Users with a console password (CIS; the default).
    ConsoleUsers,
    /// Every user.
    AllUsers,
}

impl Scope {
    /// Both scopes, by the names that the parameter takes.
    pub const NAMES: [(&'static str, Self); 2] =
        [("console-users", Self::ConsoleUsers), ("all-users", Self::AllUsers)];
}

/// The largest `setupWindowSeconds`: a day.
pub const MAX_SETUP_WINDOW_SECONDS: u32 = 86_400;

/// The largest `refreshAfterDays`: a year.
pub const MAX_REFRESH_AFTER_DAYS: u32 = 365;

/// The longest `exceptionTagPrefix`: a tag key holds 128 characters (IAM API reference, Tag), and the
/// longest ending, `:expires`, takes eight.
pub const MAX_EXCEPTION_TAG_PREFIX_CHARACTERS: usize = 120;

/// The parameters of the rule.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RuleParameters {
    /// `criterion`.
    pub criterion: Criterion,
    /// `scope`.
    pub scope: Scope,
    /// `setupWindowSeconds`: how far apart user and key may be created and still count as set up together,
    /// both ends included.
    pub setup_window: TimeDelta,
    /// `includeInactiveKeys`: whether keys that cannot sign calls count.
    pub include_inactive_keys: bool,
    /// `refreshAfterDays`: the age at which an unchanged result is put again.
    pub refresh_after: TimeDelta,
    /// `exceptionTagPrefix`; `None` stands for `none`: no exceptions.
    pub exception_tag_prefix: Option<String>,
}

impl Default for RuleParameters {
    fn default() -> Self {
        Self {
            criterion: Criterion::SetupAndUnused,
            scope: Scope::ConsoleUsers,
            setup_window: TimeDelta::seconds(60),
            include_inactive_keys: false,
            refresh_after: TimeDelta::days(1),
            exception_tag_prefix: Some("setup-key-exception".to_owned()),
        }
    }
}

/// The names of all parameters.
pub const PARAMETER_NAMES: [&str; 6] = [
    "criterion",
    "scope",
    "setupWindowSeconds",
    "includeInactiveKeys",
    "refreshAfterDays",
    "exceptionTagPrefix",
];

/// Rule parameters that were not understood.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ParameterError {
    /// The text is not a JSON object.
    #[error("`ruleParameters` is `{text}`, expected a JSON object with {}", Names(&PARAMETER_NAMES))]
    NotAnObject {
        /// The text.
        text: String,
    },
    /// No parameter has this name: a misspelt name would leave a default in force without a word.
    #[error("rule parameter `{name}` (value `{value}`) is unknown, expected {}", Names(&PARAMETER_NAMES))]
    Unknown {
        /// The name.
        name: String,
        /// Its value.
        value: String,
    },
    /// The value is not accepted.
    #[error("rule parameter `{name}` is `{value}`, expected {expected}")]
    Value {
        /// The name.
        name: &'static str,
        /// The value.
        value: String,
        /// What is accepted.
        expected: String,
    },
}

pub(crate) struct Names<'a>(pub(crate) &'a [&'a str]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, name) in self.0.iter().enumerate() {
            let before = if position == 0 { "" } else { ", " };
            write!(f, "{before}`{name}`")?;
        }
        Ok(())
    }
}

impl RuleParameters {
    /// Reads the JSON text of `ruleParameters`. Absent, empty, `null` and `{}` are alike, and a parameter
    /// given as `""` is absent. AWS Config hands values over as strings, at times as numbers or booleans.
    ///
    /// # Errors
    ///
    /// The text is no JSON object, a name is unknown, or a value is not accepted.
    pub fn parse(text: Option<&str>) -> Result<Self, ParameterError> {
        let text = text.unwrap_or_default();
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        match serde_json::from_str(text) {
            Ok(Value::Object(given)) => Self::from_object(given),
            Ok(Value::Null) => Ok(Self::default()),
            _ => Err(ParameterError::NotAnObject { text: quoted(text) }),
        }
    }

    /// Reads the parameters by their names.
    pub(crate) fn from_object(given: Map<String, Value>) -> Result<Self, ParameterError> {
        let mut parameters = Self::default();
        for (name, value) in given {
            let value = match value {
                Value::String(text) => text,
                other => other.to_string(),
            };
            if !PARAMETER_NAMES.contains(&name.as_str()) {
                return Err(ParameterError::Unknown { name: quoted(&name), value: quoted(&value) });
            }
            if !value.is_empty() {
                parameters.set(&name, value)?;
            }
        }
        Ok(parameters)
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), ParameterError> {
        match name {
            "criterion" => self.criterion = one_of("criterion", &value, &Criterion::NAMES)?,
            "scope" => self.scope = one_of("scope", &value, &Scope::NAMES)?,
            "setupWindowSeconds" => {
                let seconds = whole_number("setupWindowSeconds", &value, MAX_SETUP_WINDOW_SECONDS)?;
                self.setup_window = TimeDelta::seconds(seconds.into());
            }
            "includeInactiveKeys" => {
                self.include_inactive_keys =
                    one_of("includeInactiveKeys", &value, &[("true", true), ("false", false)])?;
            }
            "refreshAfterDays" => {
                let days = whole_number("refreshAfterDays", &value, MAX_REFRESH_AFTER_DAYS)?;
                self.refresh_after = TimeDelta::days(days.into());
            }
            "exceptionTagPrefix" => self.exception_tag_prefix = exception_tag_prefix(value)?,
            _ => return Err(ParameterError::Unknown { name: name.to_owned(), value }),
        }
        Ok(())
    }
}

pub(crate) fn one_of<T: Copy>(
    name: &'static str,
    value: &str,
    accepted: &[(&str, T)],
) -> Result<T, ParameterError> {
    accepted.iter().find(|(accepted, _)| *accepted == value).map(|(_, parsed)| *parsed).ok_or_else(|| {
        let names: Vec<_> = accepted.iter().map(|(name, _)| *name).collect();
        ParameterError::Value { name, value: quoted(value), expected: Names(&names).to_string() }
    })
}

pub(crate) fn whole_number(name: &'static str, value: &str, max: u32) -> Result<u32, ParameterError> {
    // `u32::from_str` would take a leading plus sign
    let parsed = value.bytes().all(|byte| byte.is_ascii_digit()).then(|| value.parse().ok()).flatten();
    parsed.filter(|number| *number <= max).ok_or_else(|| ParameterError::Value {
        name,
        value: quoted(value),
        expected: format!("a whole number from 0 to {max}"),
    })
}

fn exception_tag_prefix(value: String) -> Result<Option<String>, ParameterError> {
    if value == "none" {
        return Ok(None);
    }
    let allowed = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
    let reserved = value.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
    let length = value.chars().count();
    if reserved || length > MAX_EXCEPTION_TAG_PREFIX_CHARACTERS || !value.chars().all(allowed) {
        return Err(ParameterError::Value {
            name: "exceptionTagPrefix",
            value: quoted(&value),
            expected: format!(
                "`none`, or 1 to {MAX_EXCEPTION_TAG_PREFIX_CHARACTERS} letters, digits, spaces and \
                 `_.:/=+-@`, not beginning with `aws:`"
            ),
        });
    }
    Ok(Some(value))
}

#[cfg(test)]
mod tests;
