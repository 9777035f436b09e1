//! JSON into a tree with positions. `serde_json` says whether a text is JSON; here is only where its values are.

use serde::de::IgnoredAny;

use crate::finding::{Notes, TemplateError};
use crate::tree::{Builder, Cursor, Node, Position, Properties, Value};

/// Reads one document into a tree of at most so many bytes.
///
/// # Errors
/// Text that is not JSON; too many bytes; too deep nesting.
pub(crate) fn parse(text: &str, bytes: usize) -> Result<(Node, Notes), TemplateError> {
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| failed(&error))?;
    let mut builder = Builder::new(bytes);
    let mut cursor = Cursor::new(text);
    let mut offset = 0;
    while let Some((blank, token)) = next_token(text.get(offset..).unwrap_or_default()) {
        let at = cursor.at(offset + blank);
        match token {
            "{" => builder.map(at, Properties::default())?,
            "[" => builder.list(at, Properties::default())?,
            "}" | "]" => builder.end()?,
            "null" => builder.scalar(at, Value::Null, Properties::default())?,
            _ => {
                let text = serde_json::from_str(token);
                let value = Value::Text(text.unwrap_or_else(|_| token.to_owned()).into());
                builder.scalar(at, value, Properties::default())?;
            }
        }
        offset += blank + token.len();
    }
    builder.finish()
}

/// The next token of valid JSON, and how much of what says nothing is before it.
fn next_token(text: &str) -> Option<(usize, &str)> {
    let blank = text.find(|c: char| !c.is_ascii_whitespace() && c != ',' && c != ':')?;
    let rest = text.get(blank..)?;
    let end = match rest.as_bytes().first()? {
        b'{' | b'}' | b'[' | b']' => 1,
        b'"' => {
            let mut is_escaped = false;
            let is_end = |byte: u8| {
                let is_end = byte == b'"' && !is_escaped;
                is_escaped = byte == b'\\' && !is_escaped;
                is_end
            };
            rest.bytes().skip(1).position(is_end)? + 2
        }
        _ => rest.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(rest.len()),
    };
    Some((blank, rest.get(..end)?))
}

/// Why a text is not JSON.
pub(crate) fn failed(error: &serde_json::Error) -> TemplateError {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let at =
        (error.line() > 0).then(|| Position { line: number(error.line()), column: number(error.column()) });
    let message = error.to_string();
    // the position is shown apart from the reason
    let reason = message.rsplit_once(" at line ").map_or(message.as_str(), |(reason, _)| reason);
    TemplateError::invalid(at, reason.replacen("EOF", "end of file", 1))
}
