//! Fields of an event: JSON values to texts, times and account ids, or an error that names the field.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::EventError;
use crate::quoted::quoted;

pub(crate) fn object(field: &'static str, text: &str) -> Result<Map<String, Value>, EventError> {
    // a broken event can still hold the result token: what follows its name is not told
    let shown = text.split("resultToken").next().unwrap_or_default();
    let not_an_object = |reason: String| EventError::NotAnObject { field, value: quoted(shown), reason };
    match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(other) => Err(not_an_object(format!("it is {}", kind(&other)))),
        Err(error) => Err(not_an_object(error.to_string())),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

pub(crate) fn optional(
    fields: &Map<String, Value>,
    field: &'static str,
    expected: &'static str,
) -> Result<Option<String>, EventError> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok((!text.is_empty()).then(|| text.clone())),
        Some(other) => Err(unaccepted(field, other, expected)),
    }
}

pub(crate) fn required(
    fields: &Map<String, Value>,
    field: &'static str,
    expected: &'static str,
) -> Result<String, EventError> {
    optional(fields, field, expected)?.ok_or(EventError::Missing { field, expected })
}

pub(crate) fn secret(event: &Map<String, Value>) -> Result<String, EventError> {
    const EXPECTED: &str = "the token that AWS Config gives";
    match event.get("resultToken") {
        Some(Value::String(_)) | None | Some(Value::Null) => required(event, "resultToken", EXPECTED),
        Some(_) => Err(unaccepted("resultToken", &Value::String("hidden".to_owned()), EXPECTED)),
    }
}

pub(crate) fn account(
    fields: &Map<String, Value>,
    field: &'static str,
) -> Result<Option<String>, EventError> {
    let Some(id) = optional(fields, field, ACCOUNT_ID)? else { return Ok(None) };
    if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(Some(id))
    } else {
        Err(unaccepted(field, &Value::String(id), ACCOUNT_ID))
    }
}

pub(crate) fn time(
    fields: &Map<String, Value>,
    field: &'static str,
) -> Result<Option<DateTime<Utc>>, EventError> {
    let Some(text) = optional(fields, field, TIME)? else { return Ok(None) };
    match DateTime::parse_from_rfc3339(&text) {
        Ok(time) => Ok(Some(time.to_utc())),
        Err(_) => Err(unaccepted(field, &Value::String(text), TIME)),
    }
}

pub(crate) fn unaccepted(field: &'static str, value: &Value, expected: &'static str) -> EventError {
    let value = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    EventError::Value { field, value: quoted(&value), expected }
}

pub(super) const ACCOUNT_ID: &str = "an account id of 12 digits";
pub(super) const DETECTIVE: &str = "`DETECTIVE`";
pub(super) const ITEM_STATUS: &str = "`OK`, `ResourceDiscovered`, `ResourceNotRecorded`, `ResourceDeleted` or \
                           `ResourceDeletedNotRecorded`";
pub(super) const JSON_TEXT: &str = "a text that holds a JSON object";
pub(super) const TIME: &str = "an RFC 3339 time";
pub(super) const USER_NAME: &str = "the name of an IAM user";
