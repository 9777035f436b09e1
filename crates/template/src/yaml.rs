//! YAML into a tree: short forms become long forms, anchors and merge keys are filled in, within bounds.
//! Not here: what a short form means.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::node::{Map, Node, Position, TemplateError, Value};

/// Nodes of a document, those that aliases repeat included. CloudFormation takes templates of 1 MB at most,
/// which cannot hold as many.
const MAX_NODES: usize = 1_000_000;

/// Mappings and sequences inside each other.
const MAX_DEPTH: usize = 100;

/// A node, with its size and height for the bounds.
#[derive(Clone, Debug)]
struct Built {
    node: Node,
    nodes: usize,
    height: usize,
}

/// A mapping or sequence whose end has not come yet.
#[derive(Debug)]
struct Open {
    at: Position,
    tag: Option<Tag>,
    anchor: usize,
    items: Items,
    nodes: usize,
    height: usize,
}

#[derive(Debug)]
enum Items {
    List(Vec<Node>),
    /// The entries, what `<<` merges, and the key whose value comes next.
    Map(Map, Option<Node>, Option<(String, Position)>),
}

/// Reads one document.
///
/// # Errors
/// What is no YAML; no document or several; a key twice or that is no text; an alias of nothing; too many nodes or
/// too deep nesting, aliases filled in.
pub(super) fn parse(text: &str) -> Result<Node, TemplateError> {
    let mut builder = Builder::default();
    let mut root = None;
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| TemplateError::at(position(*error.marker()), error.info()))?;
        if matches!(event, Event::DocumentStart(_)) && root.is_some() {
            return Err(TemplateError::at(position(span.start), "a second document: a template is one"));
        }
        if let Some(built) = builder.take(event, position(span.start))? {
            root = Some(built.node);
        }
    }
    root.ok_or_else(|| TemplateError::whole("is empty"))
}

fn position(marker: Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}

#[derive(Debug, Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Built>,
    nodes: usize,
}

impl Builder {
    /// Takes an event; a node that nothing is open around is the document.
    fn take(&mut self, event: Event<'_>, at: Position) -> Result<Option<Built>, TemplateError> {
        let (built, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.count(1, at)?;
                (leaf(scalar(text, style, tag.as_deref()), tag.map(Cow::into_owned).as_ref(), at), anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                return self
                    .begin(at, anchor, tag.map(Cow::into_owned), Items::List(Vec::new()))
                    .map(|()| None);
            }
            Event::MappingStart(anchor, tag) => {
                let items = Items::Map(Map::new(), None, None);
                return self.begin(at, anchor, tag.map(Cow::into_owned), items).map(|()| None);
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => end(open)?,
                None => return Ok(None),
            },
            Event::Alias(anchor) => {
                let Some(built) = self.anchors.get(&anchor).cloned() else {
                    return Err(TemplateError::at(at, "an alias inside the node that it repeats"));
                };
                self.count(built.nodes, at)?;
                if self.open.len() + built.height > MAX_DEPTH {
                    return Err(too_deep(at));
                }
                (built, 0)
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {
                return Ok(None);
            }
        };
        if anchor != 0 {
            self.count(built.nodes, at)?;
            self.anchors.insert(anchor, built.clone());
        }
        match self.open.last_mut() {
            Some(open) => open.add(built, at).map(|()| None),
            None => Ok(Some(built)),
        }
    }

    fn begin(
        &mut self,
        at: Position,
        anchor: usize,
        tag: Option<Tag>,
        items: Items,
    ) -> Result<(), TemplateError> {
        self.count(1, at)?;
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.open.push(Open { at, tag, anchor, items, nodes: 1, height: 0 });
        Ok(())
    }

    fn count(&mut self, nodes: usize, at: Position) -> Result<(), TemplateError> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            return Err(TemplateError::at(at, format!("more than {MAX_NODES} nodes, aliases filled in")));
        }
        Ok(())
    }
}

impl Open {
    fn add(&mut self, built: Built, at: Position) -> Result<(), TemplateError> {
        self.nodes += built.nodes;
        self.height = self.height.max(built.height);
        match &mut self.items {
            Items::List(items) => items.push(built.node),
            Items::Map(map, merged, pending) => match pending.take() {
                None => match built.node.value {
                    Value::Text(key) => *pending = Some((key, at)),
                    Value::Null => *pending = Some((String::from("null"), at)),
                    Value::List(_) | Value::Map(_) => {
                        return Err(TemplateError::at(built.node.at, "a key that is no text"));
                    }
                },
                Some((key, at)) if key == "<<" && merged.is_none() => {
                    *merged = Some(Node { at: Some(at), value: built.node.value });
                }
                Some((key, at)) => {
                    let node = Node { at: Some(at), value: built.node.value };
                    if map.contains_key(&key) || key == "<<" {
                        return Err(TemplateError::at(at, format!("the key `{key}` is there twice")));
                    }
                    map.insert(key, node);
                }
            },
        }
        Ok(())
    }
}

fn too_deep(at: Position) -> TemplateError {
    TemplateError::at(at, format!("nested more than {MAX_DEPTH} deep"))
}

/// A mapping or sequence at its end, and its anchor.
fn end(open: Open) -> Result<(Built, usize), TemplateError> {
    let value = match open.items {
        Items::List(items) => Value::List(items),
        Items::Map(map, None, _) => Value::Map(map),
        Items::Map(map, Some(merged), _) => Value::Map(merge(map, merged)?),
    };
    let node = long_form(Node { at: Some(open.at), value }, open.tag.as_ref());
    Ok((Built { node, nodes: open.nodes, height: open.height + 1 }, open.anchor))
}

/// The entries of `<<`: one mapping or several, of which the first with a key counts; own keys win.
fn merge(mut map: Map, merged: Node) -> Result<Map, TemplateError> {
    let at = merged.at;
    let sources = match merged.value {
        Value::List(items) => items,
        value => vec![Node { at, value }],
    };
    for source in sources {
        let Value::Map(entries) = source.value else {
            return Err(TemplateError::at(at, "`<<` merges something that is no mapping"));
        };
        for (key, node) in entries {
            map.entry(key).or_insert(node);
        }
    }
    Ok(map)
}

fn leaf(value: Value, tag: Option<&Tag>, at: Position) -> Built {
    Built { node: long_form(Node { at: Some(at), value }, tag), nodes: 1, height: 0 }
}

/// Plain scalars may be null or a boolean; everything else is text.
fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    if style != ScalarStyle::Plain || tag.is_some_and(Tag::is_yaml_core_schema) {
        return Value::Text(text.into_owned());
    }
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "True" | "TRUE" => Value::Text(String::from("true")),
        "False" | "FALSE" => Value::Text(String::from("false")),
        _ => Value::Text(text.into_owned()),
    }
}

/// `!Ref X` is `{Ref: X}`, `!GetAtt A.B` is `{Fn::GetAtt: [A, B]}`, any other `!Name` is `{Fn::Name: ...}`.
fn long_form(node: Node, tag: Option<&Tag>) -> Node {
    let Some(tag) = tag.filter(|tag| tag.handle == "!" && !tag.suffix.is_empty()) else { return node };
    let at = node.at;
    let (name, argument) = match tag.suffix.as_str() {
        "Ref" | "Condition" => (tag.suffix.clone(), node),
        "GetAtt" => (String::from("Fn::GetAtt"), attribute(node)),
        suffix => (format!("Fn::{suffix}"), node),
    };
    Node { at, value: Value::Map(Map::from([(name, argument)])) }
}

/// `A.B` as `[A, B]`; an attribute may have dots itself.
fn attribute(node: Node) -> Node {
    let Some((resource, attribute)) = node.text().and_then(|text| text.split_once('.')) else { return node };
    let part = |text: &str| Node { at: node.at, value: Value::Text(text.to_owned()) };
    Node { at: node.at, value: Value::List(vec![part(resource), part(attribute)]) }
}
