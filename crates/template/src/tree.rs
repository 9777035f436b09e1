//! A template as a tree of text, lists and mappings, and the bound on its bytes. YAML and JSON build it alike.
//! Not here: what a template means.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::Serialize;

use crate::finding::{Note, Notes, TemplateError};

/// Bytes that a tree may hold, with aliases filled in. The largest template that CloudFormation accepts, 1 MB, needs
/// about 8 MiB; a file of nothing but short keys is refused.
pub(crate) const MAX_TREE_BYTES: usize = 24 * 1024 * 1024;

/// Mappings and lists inside each other.
const MAX_DEPTH: usize = 100;

/// The cost of an allocation, in addition to its content.
const ALLOCATION: usize = 16;

/// A place in a file. Lines and columns count from 1; a column is a character.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// Finds the positions of byte offsets; offsets that rise cost one pass over the text.
#[derive(Debug)]
pub(crate) struct Cursor<'t> {
    text: &'t str,
    offset: usize,
    at: Position,
}

impl<'t> Cursor<'t> {
    /// Starts at the beginning of a text.
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, offset: 0, at: Position { line: 1, column: 1 } }
    }

    /// Returns the position of a byte offset.
    pub(crate) fn at(&mut self, offset: usize) -> Position {
        if offset < self.offset {
            *self = Self::new(self.text);
        }
        for c in self.text.get(self.offset..offset).unwrap_or_default().chars() {
            if c == '\n' {
                self.at = Position { line: self.at.line.saturating_add(1), column: 1 };
            } else {
                self.at.column = self.at.column.saturating_add(1);
            }
        }
        self.offset = offset;
        self.at
    }
}

/// A value, and its position. The position of a mapping's value is that of its key.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) value: Value,
}

/// A value. Numbers and booleans are text: names are compared as text, and nothing is computed.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Text(Box<str>),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key of a mapping, and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Box<str>,
    pub(crate) node: Node,
}

impl Value {
    /// Text.
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl Node {
    /// The text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// The entries of a mapping.
    pub(crate) fn map(&self) -> Option<&[Entry]> {
        if let Value::Map(entries) = &self.value { Some(entries) } else { None }
    }

    /// The items of a list.
    pub(crate) fn list(&self) -> Option<&[Self]> {
        if let Value::List(items) = &self.value { Some(items) } else { None }
    }

    /// The value of a key, if this is a mapping that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.map()?.iter().find(|entry| &*entry.key == key).map(|entry| &entry.node)
    }

    /// The value at the end of a path of keys.
    pub(crate) fn path(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The entries of a mapping by key.
    pub(crate) fn by_key<'t>(&'t self, section: &str) -> HashMap<&'t str, &'t Self> {
        let entries = self.get(section).and_then(Self::map).unwrap_or_default();
        entries.iter().map(|entry| (&*entry.key, &entry.node)).collect()
    }

    /// The name and the argument, if this is the long form of an intrinsic function: a mapping with one key.
    pub(crate) fn function(&self) -> Option<(&str, &Self)> {
        let [Entry { key, node }] = self.map()? else { return None };
        let is_function = matches!(&**key, "Ref" | "Condition") || key.starts_with("Fn::");
        is_function.then_some((&**key, node))
    }

    /// Whether this node or one below it satisfies a test.
    pub(crate) fn any(&self, test: &impl Fn(&Self) -> bool) -> bool {
        test(self)
            || match &self.value {
                Value::List(items) => items.iter().any(|item| item.any(test)),
                Value::Map(entries) => entries.iter().any(|entry| entry.node.any(test)),
                Value::Null | Value::Text(_) => false,
            }
    }

    /// The bytes that this tree takes.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Entry>()
            + ALLOCATION
            + match &self.value {
                Value::Null => 0,
                Value::Text(text) => text.len(),
                Value::List(items) => items.iter().map(Self::bytes).sum(),
                Value::Map(entries) => entries.iter().map(|entry| entry.key.len() + entry.node.bytes()).sum(),
            }
    }

    fn height(&self) -> usize {
        match &self.value {
            Value::Null | Value::Text(_) => 0,
            Value::List(items) => 1 + items.iter().map(Self::height).max().unwrap_or(0),
            Value::Map(entries) => 1 + entries.iter().map(|entry| entry.node.height()).max().unwrap_or(0),
        }
    }
}

/// Prints a value as compact text; equal values print alike.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::Null => f.write_str("null"),
            Value::Text(text) => write!(f, "{text:?}"),
            Value::List(items) => {
                f.write_str("[")?;
                items.iter().try_for_each(|item| write!(f, "{item},"))?;
                f.write_str("]")
            }
            Value::Map(entries) => {
                f.write_str("{")?;
                entries.iter().try_for_each(|entry| write!(f, "{:?}:{},", entry.key, entry.node))?;
                f.write_str("}")
            }
        }
    }
}

/// The bytes that a file may still make the command hold or compare, so that no small file is expensive.
#[derive(Debug)]
pub(crate) struct Budget {
    left: Cell<usize>,
    reason: &'static str,
}

impl Budget {
    /// A budget, and what a file is that exceeds it.
    pub(crate) fn new(bytes: usize, reason: &'static str) -> Self {
        Self { left: Cell::new(bytes), reason }
    }

    /// Takes bytes from the budget.
    ///
    /// # Errors
    /// The budget is exceeded.
    pub(crate) fn charge(&self, bytes: usize) -> Result<(), TemplateError> {
        let left =
            self.left.get().checked_sub(bytes).ok_or_else(|| TemplateError::invalid(None, self.reason))?;
        self.left.set(left);
        Ok(())
    }
}

/// What stands before a YAML node: `!Ref`, `&name`.
#[derive(Debug, Default)]
pub(crate) struct Properties {
    pub(crate) tag: Option<String>,
    pub(crate) anchor: Option<String>,
}

/// Builds a tree from the events of a parser.
#[derive(Debug)]
pub(crate) struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<String, Node>,
    budget: Budget,
    pub(crate) notes: Notes,
}

/// A mapping or list whose end has not come yet.
#[derive(Debug)]
struct Open {
    at: Position,
    properties: Properties,
    items: Items,
}

#[derive(Debug)]
enum Items {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        /// What `<<` merges.
        merged: Vec<Node>,
        /// The key whose value comes next.
        key: Option<(Box<str>, Position)>,
    },
}

impl Builder {
    /// Builds a tree of at most so many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        let budget = Budget::new(bytes, "too large in memory for a template");
        let (open, anchors, notes) = (Vec::new(), HashMap::new(), Notes::default());
        Self { open, root: None, anchors, budget, notes }
    }

    /// Returns the tree, if there was any, and the notes on it.
    pub(crate) fn finish(self) -> Result<(Node, Notes), TemplateError> {
        let root = self.root.ok_or_else(|| TemplateError::no_template(None, "the file is empty"))?;
        Ok((root, self.notes))
    }

    /// Begins a list.
    pub(crate) fn list(&mut self, at: Position, properties: Properties) -> Result<(), TemplateError> {
        self.begin(at, properties, Items::List(Vec::new()))
    }

    /// Begins a mapping.
    pub(crate) fn map(&mut self, at: Position, properties: Properties) -> Result<(), TemplateError> {
        self.begin(at, properties, Items::Map { entries: Vec::new(), merged: Vec::new(), key: None })
    }

    fn begin(&mut self, at: Position, properties: Properties, items: Items) -> Result<(), TemplateError> {
        self.open.push(Open { at, properties, items });
        self.check_depth(at, 0)
    }

    fn check_depth(&self, at: Position, more: usize) -> Result<(), TemplateError> {
        if self.open.len() + more > MAX_DEPTH {
            return Err(TemplateError::invalid(at, format!("nested more than {MAX_DEPTH} deep")));
        }
        Ok(())
    }

    /// Ends the innermost list or mapping.
    pub(crate) fn end(&mut self) -> Result<(), TemplateError> {
        let Some(Open { at, properties, items }) = self.open.pop() else { return Ok(()) };
        let value = match items {
            Items::List(items) => Value::List(items),
            Items::Map { entries, merged, .. } => Value::Map(self.entries(entries, merged)?),
        };
        self.add(Node { at, value }, properties)
    }

    /// Adds a scalar.
    pub(crate) fn scalar(
        &mut self,
        at: Position,
        value: Value,
        properties: Properties,
    ) -> Result<(), TemplateError> {
        self.add(Node { at, value }, properties)
    }

    /// Adds what an anchor names.
    pub(crate) fn alias(&mut self, at: Position, anchor: &str) -> Result<(), TemplateError> {
        let Some(node) = self.anchors.get(anchor) else {
            let reason = format!("the alias `*{anchor}` has no anchor before it");
            return Err(TemplateError::invalid(at, reason));
        };
        self.budget.charge(node.bytes())?;
        self.check_depth(at, node.height())?;
        let node = node.clone();
        self.place(node, at)
    }

    fn add(&mut self, node: Node, Properties { tag, anchor }: Properties) -> Result<(), TemplateError> {
        let at = node.at;
        self.budget.charge(size_of::<Entry>() + ALLOCATION + node.text().map_or(0, str::len))?;
        let node = match tag.as_deref().and_then(|tag| tag.strip_prefix('!')) {
            Some(name) if !name.is_empty() => {
                self.budget.charge(size_of::<Entry>() + ALLOCATION + name.len())?;
                long_form(name, node)
            }
            _ => node,
        };
        if let Some(anchor) = anchor {
            self.budget.charge(anchor.len() + node.bytes())?;
            self.anchors.insert(anchor, node.clone());
        }
        self.place(node, at)
    }

    /// Puts a node where it belongs: into the innermost list or mapping, as a key or a value.
    fn place(&mut self, mut node: Node, at: Position) -> Result<(), TemplateError> {
        match self.open.last_mut().map(|open| &mut open.items) {
            None => self.root = Some(node),
            Some(Items::List(items)) => items.push(node),
            Some(Items::Map { entries, merged, key }) => match key.take() {
                None => {
                    let text: Box<str> = match node.value {
                        Value::Text(text) => text,
                        Value::Null => "null".into(),
                        Value::List(_) | Value::Map(_) => {
                            return Err(TemplateError::invalid(
                                at,
                                "a key is a list or a mapping, expected text",
                            ));
                        }
                    };
                    *key = Some((text, at));
                }
                Some((key, at)) => {
                    node.at = at;
                    if &*key == "<<" { merged.push(node) } else { entries.push(Entry { key, node }) }
                }
            },
        }
        Ok(())
    }

    /// The entries of a mapping. Of a key that is there twice, the last one counts, as for CloudFormation; what `<<`
    /// merges fills in the keys that are missing.
    fn entries(&mut self, entries: Vec<Entry>, merged: Vec<Node>) -> Result<Vec<Entry>, TemplateError> {
        let mut entries = entries;
        let mut last: HashMap<&str, usize> = HashMap::new();
        for (at, entry) in entries.iter().enumerate() {
            if last.insert(&entry.key, at).is_some() {
                let message = format!("the key `{}` is there twice: the last one counts", entry.key);
                self.notes.push(Note::at(entry.node.at, message));
            }
        }
        if last.len() < entries.len() {
            let kept: HashSet<usize> = last.into_values().collect();
            let mut at = 0..;
            entries.retain(|_| at.next().is_some_and(|at| kept.contains(&at)));
        }
        if merged.is_empty() {
            return Ok(entries);
        }
        let mut keys: HashSet<Box<str>> = entries.iter().map(|entry| entry.key.clone()).collect();
        for node in merged {
            let sources = if let Value::List(items) = node.value { items } else { vec![node] };
            for source in sources {
                let Value::Map(more) = source.value else {
                    return Err(TemplateError::invalid(
                        source.at,
                        "`<<` merges something that is not a mapping",
                    ));
                };
                entries.extend(more.into_iter().filter(|entry| keys.insert(entry.key.clone())));
            }
        }
        Ok(entries)
    }
}

/// `!Ref X` is `{Ref: X}`, `!GetAtt A.B` is `{Fn::GetAtt: [A, B]}`, any other `!Name` is `{Fn::Name: ...}`.
fn long_form(name: &str, node: Node) -> Node {
    let at = node.at;
    let (key, node): (Box<str>, Node) = match name {
        "Ref" | "Condition" => (name.into(), node),
        "GetAtt" => ("Fn::GetAtt".into(), attribute(node)),
        _ => (format!("Fn::{name}").into(), node),
    };
    Node { at, value: Value::Map(vec![Entry { key, node }]) }
}

/// `A.B` as `[A, B]`; an attribute may have dots itself.
fn attribute(node: Node) -> Node {
    let Some((resource, attribute)) = node.text().and_then(|text| text.split_once('.')) else { return node };
    let part = |text| Node { at: node.at, value: Value::text(text) };
    Node { at: node.at, value: Value::List(vec![part(resource), part(attribute)]) }
}
