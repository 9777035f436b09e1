//! YAML as CloudFormation reads it: by a port of libyaml, which is behind PyYAML, the AWS CLI and cfn-lint as well.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use libyaml_safer::{Error, EventData, Mark, Parser, ScalarStyle};

use crate::finding::{Notes, TemplateError};
use crate::tree::{Builder, Node, Position, Properties, Value};

/// Reads one document into a tree of at most so many bytes.
///
/// # Errors
/// Text that is not YAML; no document, or several; a key that is not text; an alias without an anchor; too many bytes.
pub(crate) fn parse(text: &str, bytes: usize) -> Result<(Node, Notes), TemplateError> {
    if let Some(line) =
        text.lines().take_while(|line| !line.starts_with("---")).position(|line| line.starts_with("%TAG"))
    {
        // nothing writes them, and a file full of them keeps the parser busy
        let at = Position { line: u32::try_from(line).unwrap_or(u32::MAX).saturating_add(1), column: 1 };
        return Err(TemplateError::invalid(at, "a `%TAG` directive: templates have none"));
    }
    let mut input = text.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut input);
    let mut builder = Builder::new(bytes);
    let mut documents = 0;
    let mut at = Position { line: 1, column: 1 };
    while let Some(event) = quietly(|| parser.next()).map_err(|()| TemplateError::invalid(at, "not YAML"))? {
        let event = event.map_err(|error| failed(&error))?;
        at = position(event.start_mark);
        match event.data {
            EventData::DocumentStart { .. } => {
                documents += 1;
                if documents > 1 {
                    return Err(TemplateError::invalid(at, "a second document: a template is one document"));
                }
            }
            EventData::Scalar { anchor, tag, value, plain_implicit, style, .. } => {
                let is_plain = style == ScalarStyle::Plain && plain_implicit;
                builder.scalar(at, scalar(&value, is_plain), Properties { tag, anchor })?;
            }
            EventData::SequenceStart { anchor, tag, .. } => builder.list(at, Properties { tag, anchor })?,
            EventData::MappingStart { anchor, tag, .. } => builder.map(at, Properties { tag, anchor })?,
            EventData::SequenceEnd | EventData::MappingEnd => builder.end()?,
            EventData::Alias { anchor } => builder.alias(at, &anchor)?,
            EventData::StreamStart { .. } | EventData::StreamEnd | EventData::DocumentEnd { .. } => {}
        }
    }
    builder.finish()
}

/// Runs the parser, which panics on some text that is not YAML, such as `[!Ref,]`.
fn quietly<T>(parse: impl FnOnce() -> T) -> Result<T, ()> {
    thread_local! {
        static IS_QUIET: Cell<bool> = const { Cell::new(false) };
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_QUIET.get() {
                hook(info);
            }
        }));
    });
    IS_QUIET.set(true);
    let parsed = panic::catch_unwind(AssertUnwindSafe(parse));
    IS_QUIET.set(false);
    parsed.map_err(drop)
}

fn failed(error: &Error) -> TemplateError {
    let reason = match error.context() {
        Some(context) => format!("{context}, {}", error.problem()),
        None => error.problem().to_owned(),
    };
    TemplateError::invalid(error.problem_mark().map(position), reason)
}

fn position(mark: Mark) -> Position {
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX).saturating_add(1);
    Position { line: number(mark.line), column: number(mark.column) }
}

/// A plain scalar may be null or a boolean; everything else is text.
fn scalar(text: &str, is_plain: bool) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" if is_plain => Value::Null,
        "True" | "TRUE" if is_plain => Value::text("true"),
        "False" | "FALSE" if is_plain => Value::text("false"),
        _ => Value::text(text),
    }
}
