//! YAML, and JSON as a part of it, into a tree, within a bound on its bytes.
//!
//! The parser takes what PyYAML takes, as the AWS CLI and CloudFormation do: YAML that the specification calls invalid,
//! such as a closing bracket at the indent of its key. Of the parsers tried, others refuse that, or panic on some text.

use std::collections::{HashMap, HashSet};

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, StrInput, options};

use crate::error::{Budget, TemplateError};
use crate::finding::Found;
use crate::tree::{Entry, Node, Position, Value};

/// Bytes that a tree may hold, with aliases filled in. The largest template that CloudFormation accepts, 1 MB, needs
/// about 8 MiB; a file of nothing but short keys is refused.
const MAX_TREE_BYTES: usize = 24 * 1024 * 1024;

/// Mappings and lists inside each other.
const MAX_DEPTH: usize = 100;

/// Characters of a key. YAML has 1,024, JSON has no limit, and CloudFormation takes 255 of a logical ID.
const MAX_KEY: usize = 16 * 1024;

/// Reads one document into a tree, and notes what is odd about it.
///
/// # Errors
/// Text that is not YAML; no document, or several; a key that is not text; too many bytes; too deep nesting.
pub(crate) fn parse(text: &str) -> Result<(Node, Found), TemplateError> {
    let budget = Budget::new(MAX_TREE_BYTES, "too large in memory for a template");
    let events = Parser::new_from_str_with_options(text, limits());
    let mut reader = Reader { events, anchors: HashMap::new(), budget, found: Found::in_text(text), text };
    let mut root = None;
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentEnd, _) => {}
            (Event::DocumentStart(..), at) if root.is_some() => {
                return Err(TemplateError::invalid(at, "a second document: a template is one document"));
            }
            (Event::DocumentStart(..), _) => {
                let (event, at) = reader.next()?;
                root = Some(reader.node(event, at, 0)?);
            }
            _ => break,
        }
    }
    let root = root.ok_or_else(|| TemplateError::no_template(None, "the file is empty"))?;
    Ok((root, reader.found))
}

/// The parser holds what it reads until it knows whether that is a key, so keys are limited.
fn limits() -> Options {
    options! {
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
        simple_key_max_lookahead: MAX_KEY,
    }
}

/// Builds a tree from the events of the parser.
struct Reader<'t> {
    events: Parser<'t, StrInput<'t>>,
    anchors: HashMap<usize, Node>,
    budget: Budget,
    found: Found,
    text: &'t str,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Position), TemplateError> {
        let Some(event) = self.events.next() else { return Ok((Event::StreamEnd, Position::new(1, 1))) };
        let (event, span) = event.map_err(|error| self.failed(&error))?;
        let begin = span.tag_start.unwrap_or(span.start);
        Ok((event, Position::new(begin.line(), begin.col() + 1)))
    }

    fn failed(&self, error: &ScanError) -> TemplateError {
        let line = error.marker().line().saturating_sub(1);
        let at = Position::new(line + 1, error.marker().col() + 1);
        match error.kind() {
            ErrorKind::RecursionLimitExceeded => too_deep(at),
            // the parser only says that it expects no colon
            _ if self.text.lines().nth(line).is_some_and(|line| line.chars().nth(MAX_KEY).is_some()) => {
                let reason = format!("{} (a key has at most {MAX_KEY} characters)", error.info());
                TemplateError::invalid(at, reason)
            }
            _ => TemplateError::invalid(at, error.info()),
        }
    }

    /// Reads the node that an event begins.
    fn node(&mut self, event: Event<'t>, at: Position, depth: usize) -> Result<Node, TemplateError> {
        let (value, anchor, tag) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                (scalar(&text, style == ScalarStyle::Plain && tag.is_none()), anchor, tag)
            }
            Event::SequenceStart(_, anchor, tag) => (Value::List(self.items(at, depth + 1)?), anchor, tag),
            Event::MappingStart(_, anchor, tag) => (Value::Map(self.entries(at, depth + 1)?), anchor, tag),
            Event::Alias(anchor) => return self.alias(at, anchor, depth),
            _ => return Err(TemplateError::invalid(at, "expected a value")),
        };
        let mut node = Node { at, value };
        self.budget.charge(node.own_bytes())?;
        if let Some(tag) = tag.filter(|tag| tag.handle() == "!") {
            let key = match tag.suffix() {
                name @ ("Ref" | "Condition") => name.into(),
                name => format!("Fn::{name}").into(),
            };
            node = Node { at, value: Value::Map(vec![Entry { key, node }]) };
            self.budget.charge(node.own_bytes() + tag.suffix().len())?;
        }
        // 0 is no anchor
        if anchor > 0 {
            self.budget.charge(node.bytes())?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    /// A copy of what an anchor names.
    fn alias(&self, at: Position, anchor: usize, depth: usize) -> Result<Node, TemplateError> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(TemplateError::invalid(at, "an alias inside its own anchor"));
        };
        self.budget.charge(node.bytes())?;
        check_depth(at, depth + node.height())?;
        Ok(node.clone())
    }

    fn items(&mut self, at: Position, depth: usize) -> Result<Vec<Node>, TemplateError> {
        check_depth(at, depth)?;
        // most lists of a bomb have one item; without this, each has the memory of four
        let mut items = Vec::with_capacity(1);
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, at) => items.push(self.node(event, at, depth)?),
            }
        }
    }

    /// The entries of a mapping. Of a key that is there twice, the last one counts, as for CloudFormation; what `<<`
    /// merges fills in the keys that are missing.
    fn entries(&mut self, at: Position, depth: usize) -> Result<Vec<Entry>, TemplateError> {
        check_depth(at, depth)?;
        let mut entries = Vec::with_capacity(1);
        let mut merged = Vec::new();
        loop {
            let (event, at) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let key: Box<str> = match self.node(event, at, depth)?.value {
                Value::Text(text) => text,
                Value::Null => "null".into(),
                Value::List(_) | Value::Map(_) => {
                    return Err(TemplateError::invalid(at, "a key is a list or a mapping, expected text"));
                }
            };
            let (event, value_at) = self.next()?;
            let node = Node { at, ..self.node(event, value_at, depth)? };
            if &*key == "<<" { merged.push(node) } else { entries.push(Entry { key, node }) }
        }
        self.keep_last(&mut entries)?;
        merge(&mut entries, merged)?;
        Ok(entries)
    }

    fn keep_last(&mut self, entries: &mut Vec<Entry>) -> Result<(), TemplateError> {
        let mut last = HashMap::new();
        for (index, Entry { key, node }) in entries.iter().enumerate() {
            if last.insert(&**key, index).is_some() {
                let message = format!("the key `{key}` is there twice: the last one counts");
                self.found.note(node.at, message)?;
            }
        }
        if last.len() < entries.len() {
            let kept: HashSet<usize> = last.into_values().collect();
            let mut index = 0..;
            entries.retain(|_| index.next().is_some_and(|index| kept.contains(&index)));
        }
        Ok(())
    }
}

fn merge(entries: &mut Vec<Entry>, merged: Vec<Node>) -> Result<(), TemplateError> {
    if merged.is_empty() {
        return Ok(());
    }
    let mut keys: HashSet<Box<str>> = entries.iter().map(|entry| entry.key.clone()).collect();
    for node in merged {
        for source in if let Value::List(items) = node.value { items } else { vec![node] } {
            let Value::Map(more) = source.value else {
                return Err(TemplateError::invalid(source.at, "`<<` merges something that is not a mapping"));
            };
            entries.extend(more.into_iter().filter(|entry| keys.insert(entry.key.clone())));
        }
    }
    Ok(())
}

fn check_depth(at: Position, depth: usize) -> Result<(), TemplateError> {
    if depth > MAX_DEPTH { Err(too_deep(at)) } else { Ok(()) }
}

fn too_deep(at: Position) -> TemplateError {
    TemplateError::invalid(at, format!("nested more than {MAX_DEPTH} deep"))
}

/// A plain scalar may be null or a boolean; everything else is text.
fn scalar(text: &str, is_plain: bool) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" if is_plain => Value::Null,
        "True" | "TRUE" if is_plain => Value::Text("true".into()),
        "False" | "FALSE" if is_plain => Value::Text("false".into()),
        _ => Value::Text(text.into()),
    }
}
