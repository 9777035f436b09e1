//! A template as a tree of text, lists and mappings.
//! Not here: how text becomes a tree (`yaml`), and what a template means.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;

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

impl Position {
    /// A position, from numbers that a parser counted.
    pub(crate) fn new(line: usize, column: usize) -> Self {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self { line: number(line), column: number(column) }
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

    /// The entries of a section, by key.
    pub(crate) fn section(&self, key: &str) -> HashMap<&str, &Self> {
        let entries = self.get(key).and_then(Self::map).unwrap_or_default();
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

    /// The bytes that this node takes, without those below it.
    pub(crate) fn own_bytes(&self) -> usize {
        size_of::<Entry>() + ALLOCATION + self.text().map_or(0, str::len)
    }

    /// The bytes that this tree takes.
    pub(crate) fn bytes(&self) -> usize {
        self.own_bytes()
            + match &self.value {
                Value::Null | Value::Text(_) => 0,
                Value::List(items) => items.iter().map(Self::bytes).sum(),
                Value::Map(entries) => entries.iter().map(|entry| entry.key.len() + entry.node.bytes()).sum(),
            }
    }

    /// The lists and mappings inside each other.
    pub(crate) fn height(&self) -> usize {
        let below = match &self.value {
            Value::Null | Value::Text(_) => return 0,
            Value::List(items) => items.iter().map(Self::height).max(),
            Value::Map(entries) => entries.iter().map(|entry| entry.node.height()).max(),
        };
        1 + below.unwrap_or(0)
    }
}

/// Prints a value as compact text; only equal values print alike.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::Null => f.write_str("null"),
            Value::Text(text) => write!(f, "{}:{text}", text.len()),
            Value::List(items) => {
                f.write_str("[")?;
                items.iter().try_for_each(|item| write!(f, "{item},"))?;
                f.write_str("]")
            }
            Value::Map(entries) => {
                f.write_str("{")?;
                entries
                    .iter()
                    .try_for_each(|entry| write!(f, "{}:{}={},", entry.key.len(), entry.key, entry.node))?;
                f.write_str("}")
            }
        }
    }
}
