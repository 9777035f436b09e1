//! The rule's parameters: from the JSON text that AWS Config stores to values that the decision needs.

use chrono::TimeDelta;
use serde_json::{Map, Value};

use crate::input::{InvalidInput, names, one_of, quoted, shown, whole_number};

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
            Self::SetupAndUnused => "created with the user and never used",
            Self::Setup => "created with the user",
            Self::Unused => "never used",
            Self::SetupOrUnused => "created with the user or never used",
        }
    }

    /// The name that the parameter takes.
    #[must_use]
    pub fn name(self) -> &'static str {
        name_of(self, &Self::NAMES)
    }
}

/// Which users are in scope.
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

    /// The name that the parameter takes.
    #[must_use]
    pub fn name(self) -> &'static str {
        name_of(self, &Self::NAMES)
    }
}

fn name_of<T: Copy + PartialEq>(value: T, names: &[(&'static str, T)]) -> &'static str {
    names.iter().find(|(_, named)| *named == value).map_or("", |(name, _)| name)
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
    /// `setupWindowSeconds`: a key created at most this long before or after its user counts as created with
    /// the user.
    pub setup_window: TimeDelta,
    /// `includeInactiveKeys`: whether keys that cannot sign calls count.
    pub include_inactive_keys: bool,
    /// `refreshAfterDays`: the age at which an unchanged result is reported again.
    pub refresh_after: TimeDelta,
    /// `exceptionTagPrefix`; `None` stands for `none`: no exemptions.
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

impl RuleParameters {
    /// Reads the JSON text of `ruleParameters`. Absent, empty, `null` and `{}` are alike, and a parameter
    /// given as `""` is absent. AWS Config passes values as strings, sometimes as numbers or booleans.
    ///
    /// # Errors
    ///
    /// The text is no JSON object, a name is unknown, or a value is not accepted.
    pub fn parse(text: Option<&str>) -> Result<Self, InvalidInput> {
        let text = text.unwrap_or_default();
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        match serde_json::from_str(text) {
            Ok(Value::Object(given)) => Self::from_object(given),
            Ok(Value::Null) => Ok(Self::default()),
            _ => {
                let expected = format!("a JSON object with {}", names(PARAMETER_NAMES));
                Err(InvalidInput::new("ruleParameters", text, expected))
            }
        }
    }

    /// Reads the parameters by their names.
    fn from_object(given: Map<String, Value>) -> Result<Self, InvalidInput> {
        let mut parameters = Self::default();
        for (name, value) in given {
            let value = shown(&value);
            // a misspelled name would leave a default in force without a word
            if !PARAMETER_NAMES.contains(&name.as_str()) {
                return Err(InvalidInput::new(
                    quoted(&name),
                    &value,
                    format!("only {}", names(PARAMETER_NAMES)),
                ));
            }
            if !value.is_empty() {
                parameters.set(&name, value)?;
            }
        }
        Ok(parameters)
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), InvalidInput> {
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
            _ => {}
        }
        Ok(())
    }
}

/// Reads the prefix of the tags of an exemption; `none` is no prefix.
pub(crate) fn exception_tag_prefix(value: String) -> Result<Option<String>, InvalidInput> {
    if value == "none" {
        return Ok(None);
    }
    let allowed = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
    let reserved = value.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
    let length = value.chars().count();
    if reserved || length > MAX_EXCEPTION_TAG_PREFIX_CHARACTERS || !value.chars().all(allowed) {
        let expected = format!(
            "`none`, or 1 to {MAX_EXCEPTION_TAG_PREFIX_CHARACTERS} letters, digits, spaces and `_.:/=+-@`, not \
             beginning with `aws:`"
        );
        return Err(InvalidInput::new("exceptionTagPrefix", &value, expected));
    }
    Ok(Some(value))
}

#[cfg(test)]
mod tests;
