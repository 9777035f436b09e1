//! A template as a tree: what YAML and JSON have in common, once short forms, anchors and merge keys are gone.
//! Not here: what a template means.

use std::cell::Cell;
use std::fmt;

use indexmap::IndexMap;

/// Where in a file, counted from 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// Why a file was not looked at, in one line of lower case.
#[derive(Debug, Eq, PartialEq)]
pub struct TemplateError {
    /// Where; `None` if it is the file as a whole.
    pub at: Option<Position>,
    /// Why.
    pub reason: String,
}

impl TemplateError {
    /// An error at a place.
    pub(super) fn at(at: impl Into<Option<Position>>, reason: impl Into<String>) -> Self {
        Self { at: at.into(), reason: reason.into() }
    }

    /// An error of the file as a whole.
    pub(super) fn whole(reason: impl Into<String>) -> Self {
        Self::at(None, reason)
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// The entries of a mapping, in the order of the file.
pub(super) type Map = IndexMap<String, Node>;

/// A value, and where it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Node {
    /// Where it begins; the value of a mapping begins at its key. JSON is read without positions.
    pub(super) at: Option<Position>,
    pub(super) value: Value,
}

/// A value. Numbers and booleans are text: names are compared as text, and nothing here computes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Value {
    Null,
    Text(String),
    List(Vec<Node>),
    Map(Map),
}

impl Node {
    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// The entries of a mapping.
    pub(super) fn map(&self) -> Option<&Map> {
        if let Value::Map(map) = &self.value { Some(map) } else { None }
    }

    /// The items of a sequence.
    pub(super) fn list(&self) -> Option<&[Self]> {
        if let Value::List(items) = &self.value { Some(items) } else { None }
    }

    /// The value of a key, if this is a mapping that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.map()?.get(key)
    }

    /// The value at the end of a path of keys.
    pub(super) fn path(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The name and argument, if this is the long form of an intrinsic function: a mapping with one key.
    pub(super) fn function(&self) -> Option<(&str, &Self)> {
        let map = self.map()?;
        let (name, argument) = map.first()?;
        let is_function =
            map.len() == 1 && (name == "Ref" || name == "Condition" || name.starts_with("Fn::"));
        is_function.then_some((name.as_str(), argument))
    }

    /// Calls `visit` with this node and everything below it.
    pub(super) fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        match &self.value {
            Value::List(items) => items.iter().for_each(|item| item.walk(visit)),
            Value::Map(map) => map.values().for_each(|node| node.walk(visit)),
            Value::Null | Value::Text(_) => {}
        }
    }
}

/// Prints values as compact text; equal values print alike.
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
            Value::Map(map) => {
                f.write_str("{")?;
                map.iter().try_for_each(|(key, node)| write!(f, "{key:?}:{node},"))?;
                f.write_str("}")
            }
        }
    }
}

/// How much work a file may still cause, so that a small file cannot keep the command busy for ever.
#[derive(Debug)]
pub(super) struct Budget(Cell<u64>);

impl Budget {
    /// A step is about a microsecond. A template of 500 resources, the most that CloudFormation takes, needs some
    /// thousand; a plan of 5,000 users with names that are not known before apply needs half a million.
    const STEPS: u64 = 5_000_000;

    /// A whole budget.
    pub(super) fn new() -> Self {
        Self(Cell::new(Self::STEPS))
    }

    /// Takes `steps` from the budget.
    pub(super) fn charge(&self, steps: usize) -> Result<(), TemplateError> {
        let left = u64::try_from(steps).ok().and_then(|steps| self.0.get().checked_sub(steps));
        self.0.set(left.unwrap_or(0));
        left.map(|_| ())
            .ok_or_else(|| TemplateError::whole("its names and conditions take too much work to compare"))
    }
}
