//! The request: wire text to types, once, at the door. Values may be strings: those of a remediation of AWS Config and of a
//! Systems Manager document are.
//!
//! A request names the user and the mode. It can make the guards of the stack stricter, never looser.

use std::fmt;

use chrono::TimeDelta;

use super::guards::{Guards, MAX_DAYS, MAX_HOURS, MAX_NOTICE_DAYS};
use crate::iam::UserId;
use crate::input::{Fields, InvalidInput, names, one_of, quoted, shown, whole_number};
use crate::parameters::{MAX_SETUP_WINDOW_SECONDS, exception_tag_prefix};

/// What is done to keys that may be remediated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Nothing; the answer says what the other two would do.
    DryRun,
    /// Active keys are announced, then deactivated.
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
        let name = Self::NAMES.iter().find(|(_, mode)| mode == self).map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

/// What is to be remediated, and under which guards.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remediation {
    /// `resourceId`: the unique ID of the user, as AWS Config names it.
    pub resource_id: UserId,
    /// `mode`.
    pub mode: Mode,
    /// `automationExecutionId`: the automation that started it, for log and notice.
    pub automation_execution_id: Option<String>,
    /// The guards of the stack, or stricter ones. A key to delete is inactive, so inactive keys count in all modes but
    /// `deactivate`, whatever `includeInactiveKeys` says.
    pub guards: Guards,
    /// `exceptionTagPrefix`: one more prefix of exemptions that are honored.
    pub additional_prefix: Option<String>,
}

const FIELDS: [&str; 8] = [
    "resourceId",
    "mode",
    "automationExecutionId",
    "minimumKeyAgeHours",
    "minimumInactiveDays",
    "minimumNoticeDays",
    "setupWindowSeconds",
    "exceptionTagPrefix",
];

const RESOURCE_ID: &str = "the unique ID of an IAM user (AIDA...)";
const MODE: &str = "`dry-run`, `deactivate`, `delete`";

/// An execution ID of Systems Manager is a UUID (Systems Manager API reference, AutomationExecution).
const EXECUTION_ID: &str = "the ID of an automation execution, 36 letters, digits and hyphens";

impl Remediation {
    /// Reads the text that Lambda hands over, under the guards of the stack.
    ///
    /// # Errors
    ///
    /// The text is no JSON object, a field is missing, unknown, doubled or not accepted, or a value is looser than the
    /// stack's.
    pub fn parse(text: &str, stack: &Guards) -> Result<Self, InvalidInput> {
        let request = Fields::parse("event", text)?;
        if let Some((name, value)) = request.0.iter().find(|(name, _)| !FIELDS.contains(&name.as_str())) {
            return Err(InvalidInput::new(quoted(name), &shown(value), format!("only {}", names(FIELDS))));
        }
        let resource_id = UserId::parse(request.required("resourceId", RESOURCE_ID)?)
            .map_err(|error| error.of("resourceId"))?;
        let mode = one_of("mode", &request.required("mode", MODE)?, &Mode::NAMES)?;
        let automation_execution_id = request.optional("automationExecutionId", EXECUTION_ID)?;
        if let Some(id) = automation_execution_id.as_deref().filter(|id| !is_execution_id(id)) {
            return Err(InvalidInput::new("automationExecutionId", id, EXECUTION_ID));
        }

        let mut guards = stack.clone();
        guards.parameters.include_inactive_keys |= mode != Mode::Deactivate;
        at_least(&request, "minimumKeyAgeHours", MAX_HOURS, TimeDelta::hours, &mut guards.minimum_key_age)?;
        at_least(&request, "minimumInactiveDays", MAX_DAYS, TimeDelta::days, &mut guards.minimum_inactive)?;
        at_least(
            &request,
            "minimumNoticeDays",
            MAX_NOTICE_DAYS,
            TimeDelta::days,
            &mut guards.minimum_notice,
        )?;
        narrower_window(&request, &mut guards.parameters.setup_window)?;
        let additional_prefix = match value(&request, "exceptionTagPrefix") {
            // `none` adds no prefix; the stack's is honored all the same
            Some(prefix) => exception_tag_prefix(prefix)?,
            None => None,
        };
        Ok(Self { resource_id, mode, automation_execution_id, guards, additional_prefix })
    }

    /// The prefixes of the exemptions that are honored.
    pub(super) fn exemption_prefixes(&self) -> impl Iterator<Item = &str> {
        [&self.guards.parameters.exception_tag_prefix, &self.additional_prefix]
            .into_iter()
            .filter_map(|prefix| prefix.as_deref())
    }
}

fn is_execution_id(id: &str) -> bool {
    id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The text of an optional field; empty and `null` stand for its absence.
fn value(request: &Fields, field: &str) -> Option<String> {
    let value = request.0.get(field).filter(|value| !value.is_null());
    value.map(shown).filter(|text| !text.is_empty())
}

/// A minimum of the request counts if it is not below the stack's.
fn at_least(
    request: &Fields,
    field: &str,
    max: u32,
    unit: fn(i64) -> TimeDelta,
    minimum: &mut TimeDelta,
) -> Result<(), InvalidInput> {
    let Some(text) = value(request, field) else { return Ok(()) };
    let given = unit(whole_number(field, &text, max)?.into());
    if given < *minimum {
        let floor = minimum.num_seconds() / unit(1).num_seconds();
        let expected = format!("a whole number from {floor}, the minimum of this stack, to {max}");
        return Err(InvalidInput::new(field, &text, expected));
    }
    *minimum = given;
    Ok(())
}

/// A setup window of the request counts if it is not wider than the stack's.
fn narrower_window(request: &Fields, window: &mut TimeDelta) -> Result<(), InvalidInput> {
    const FIELD: &str = "setupWindowSeconds";
    let Some(text) = value(request, FIELD) else { return Ok(()) };
    let given = TimeDelta::seconds(whole_number(FIELD, &text, MAX_SETUP_WINDOW_SECONDS)?.into());
    if given > *window {
        let ceiling = window.num_seconds();
        let expected = format!("a whole number from 0 to {ceiling}, the setup window of this stack");
        return Err(InvalidInput::new(FIELD, &text, expected));
    }
    *window = given;
    Ok(())
}
