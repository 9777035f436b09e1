//! The door: JSON fields, times and numbers from outside become types here, or an error that names the field, the
//! value and what is accepted.

use std::fmt;

use chrono::{DateTime, Datelike as _, Utc};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};
use thiserror::Error;

/// At most this many characters of a value are shown.
const MAX_SHOWN_CHARACTERS: usize = 100;

/// An input that is not accepted. It reads as one short line, whatever the input was.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub struct InvalidInput {
    place: Option<String>,
    field: String,
    value: Option<String>,
    expected: String,
}

impl fmt::Display for InvalidInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        match &self.value {
            Some(value) => write!(f, "`{}` is `{value}`, expected {}", self.field, self.expected),
            None => write!(f, "`{}` is missing, expected {}", self.field, self.expected),
        }
    }
}

impl InvalidInput {
    /// A value that is not accepted.
    #[must_use]
    pub fn new(field: impl Into<String>, value: &str, expected: impl Into<String>) -> Self {
        Self { place: None, field: field.into(), value: Some(quoted(value)), expected: expected.into() }
    }

    /// A field that is missing.
    #[must_use]
    pub fn missing(field: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { place: None, field: field.into(), value: None, expected: expected.into() }
    }

    /// The same error under another name of the field.
    #[must_use]
    pub fn of(self, field: impl Into<String>) -> Self {
        Self { field: field.into(), ..self }
    }

    /// The same error with the place of the field, such as a row.
    #[must_use]
    pub fn at(self, place: impl Into<String>) -> Self {
        Self { place: Some(place.into()), ..self }
    }
}

/// The value on one line, cut to 100 characters, with a space for every character that can break a line.
#[must_use]
pub fn quoted(value: &str) -> String {
    let shown = value.chars().take(MAX_SHOWN_CHARACTERS);
    shown.map(|c| if breaks_a_line(c) { ' ' } else { c }).collect()
}

/// Whether the character is a control character or begins a new line.
fn breaks_a_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Reads a time in RFC 3339, as every later type can hold it: AWS's SDK has no leap seconds, and neither has AWS.
///
/// Accepts the years 1970 to 9999.
#[must_use]
pub fn time(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    let is_leap_second = time.timestamp_subsec_nanos() >= 1_000_000_000;
    (is_in_range(time) && !is_leap_second).then_some(time)
}

/// Whether the time is of the years 1970 to 9999: no sum of such a time and a parameter overflows.
#[must_use]
pub fn is_in_range(time: DateTime<Utc>) -> bool {
    (1970..=9999).contains(&time.year())
}

/// What [`time`] accepts, in words.
pub(crate) const TIME: &str = "an RFC 3339 time from 1970 to 9999, without a leap second";

/// The fields of a JSON object.
#[derive(Clone, Debug)]
pub(crate) struct Fields(pub(crate) Map<String, Value>);

impl Fields {
    /// Reads a text that holds a JSON object.
    pub(crate) fn parse(field: &str, text: &str) -> Result<Self, InvalidInput> {
        // a broken event can still hold the result token: nothing after its name is shown
        let shown = text.split("resultToken").next().unwrap_or_default();
        let expected = |reason: String| InvalidInput::new(field, shown, format!("a JSON object: {reason}"));
        match serde_json::from_str(text) {
            Ok(Value::Object(_)) => {}
            Ok(other) => return Err(expected(format!("it is {}", kind(&other)))),
            Err(error) => return Err(expected(error.to_string())),
        }
        // of a doubled field, one reader takes the first and another the last
        let fields: UniqueFields = serde_json::from_str(text).map_err(|error| expected(error.to_string()))?;
        Ok(Self(fields.0))
    }

    /// A field that holds an object.
    pub(crate) fn object(&self, field: &str) -> Result<Self, InvalidInput> {
        const EXPECTED: &str = "a JSON object";
        match self.0.get(field) {
            Some(Value::Object(fields)) => Ok(Self(fields.clone())),
            None | Some(Value::Null) => Err(InvalidInput::missing(field, EXPECTED)),
            Some(other) => Err(InvalidInput::new(field, &shown(other), EXPECTED)),
        }
    }

    /// A text; `None` where the field is absent, `null` or empty.
    pub(crate) fn optional(&self, field: &str, expected: &str) -> Result<Option<String>, InvalidInput> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok((!text.is_empty()).then(|| text.clone())),
            Some(other) => Err(InvalidInput::new(field, &shown(other), expected)),
        }
    }

    /// A text that must be there.
    pub(crate) fn required(&self, field: &str, expected: &str) -> Result<String, InvalidInput> {
        self.optional(field, expected)?.ok_or_else(|| InvalidInput::missing(field, expected))
    }

    /// A text of one line that must be there.
    pub(crate) fn line(&self, field: &str, max_characters: usize) -> Result<String, InvalidInput> {
        let expected = format!("one line of 1 to {max_characters} characters");
        let text = self.required(field, &expected)?;
        let is_short = text.chars().nth(max_characters).is_none();
        if is_short && !text.chars().any(breaks_a_line) && !text.trim().is_empty() {
            Ok(text)
        } else {
            Err(InvalidInput::new(field, &text, expected))
        }
    }

    /// A time.
    pub(crate) fn time(&self, field: &str) -> Result<Option<DateTime<Utc>>, InvalidInput> {
        let Some(text) = self.optional(field, TIME)? else { return Ok(None) };
        time(&text).map(Some).ok_or_else(|| InvalidInput::new(field, &text, TIME))
    }

    /// A time that must be there.
    pub(crate) fn required_time(&self, field: &str) -> Result<DateTime<Utc>, InvalidInput> {
        self.time(field)?.ok_or_else(|| InvalidInput::missing(field, TIME))
    }
}

/// The fields of an object, each of which is there once.
struct UniqueFields(Map<String, Value>);

impl<'de> Deserialize<'de> for UniqueFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = UniqueFields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<UniqueFields, A::Error> {
                let mut fields = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if fields.contains_key(&name) {
                        return Err(A::Error::custom(format!("`{}` is there twice", quoted(&name))));
                    }
                    fields.insert(name, value);
                }
                Ok(UniqueFields(fields))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

/// A string without its quotes, any other value as JSON.
pub(crate) fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
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

/// Names in backticks, by comma.
pub(crate) fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// One of the values that have a name.
pub(crate) fn one_of<T: Copy>(
    field: &str,
    value: &str,
    accepted: &[(&'static str, T)],
) -> Result<T, InvalidInput> {
    accepted
        .iter()
        .find(|(name, _)| *name == value)
        .map(|(_, parsed)| *parsed)
        .ok_or_else(|| InvalidInput::new(field, value, names(accepted.iter().map(|(name, _)| *name))))
}

/// A whole number of at most `max`.
pub(crate) fn whole_number(field: &str, value: &str, max: u32) -> Result<u32, InvalidInput> {
    // `u32::from_str` takes a leading plus sign
    let parsed = value.bytes().all(|byte| byte.is_ascii_digit()).then(|| value.parse().ok()).flatten();
    parsed
        .filter(|number| *number <= max)
        .ok_or_else(|| InvalidInput::new(field, value, format!("a whole number from 0 to {max}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_stays_on_one_line_and_is_cut() {
        assert_eq!(quoted("a\r\nb\u{2028}c\u{2029}d\u{7f}é"), "a  b c d é");
        assert_eq!(quoted(&"é".repeat(101)).chars().count(), 100);
    }

    /// A time that was accepted here made the SDK's type panic: leap seconds, years before the epoch.
    #[test]
    fn time_that_a_later_type_cannot_hold_is_refused() {
        for text in
            ["1970-01-01T00:00:00Z", "2026-11-22T06:00:00.807+02:00", "9999-12-31T23:59:59.999999999Z"]
        {
            assert_eq!(time(text).unwrap(), text.parse::<DateTime<Utc>>().unwrap());
        }
        for text in [
            "2016-12-31T23:59:60Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "2026-11-22",
            "",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
