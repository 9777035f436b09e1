//! `Fn::ForEach` in `Resources`: the resources that it creates, one by one.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::error::{Budget, TemplateError};
use crate::finding::Found;
use crate::tree::{Entry, Node, Value};

/// Whether a key begins a loop.
pub(super) fn is_loop(key: &str) -> bool {
    key.starts_with("Fn::ForEach::")
}

/// Unrolls the loops of a template.
#[derive(Debug)]
pub(super) struct Unroll<'t> {
    pub(super) parameters: &'t HashMap<&'t str, &'t Node>,
    pub(super) budget: &'t Budget,
    pub(super) found: &'t mut Found,
}

impl<'t> Unroll<'t> {
    /// The resources that a loop creates: `[identifier, collection, {id: resource}]`. The inner mapping may hold another
    /// loop.
    pub(super) fn resources(&mut self, id: &str, node: &Node) -> Result<Vec<Entry>, TemplateError> {
        let parts = match node.list() {
            Some([identifier, collection, outputs]) => {
                identifier.text().zip(self.values(collection)).zip(outputs.map())
            }
            _ => None,
        };
        let Some(((identifier, values), outputs)) = parts else {
            if node.any(&|node| node.text().is_some_and(|text| text.contains("AWS::IAM::"))) {
                let message = format!("`{id}` is not checked: the template does not contain its collection");
                self.found.note(node.at, message)?;
            }
            return Ok(Vec::new());
        };
        self.budget.charge(values.len() * size_of::<&str>())?;
        let mut created = Vec::new();
        for value in values {
            let round = Round::of(identifier, value, self.budget)?;
            for output in outputs {
                let resource = round.fill_entry(output)?;
                if is_loop(&resource.key) {
                    created.extend(self.resources(&resource.key, &resource.node)?);
                } else {
                    created.push(resource);
                }
            }
        }
        Ok(created)
    }

    /// The collection: texts, or the default of a list parameter.
    fn values<'n>(&self, collection: &'n Node) -> Option<Vec<&'n str>>
    where
        't: 'n,
    {
        match collection.function() {
            Some(("Ref", parameter)) => {
                let default = self.parameters.get(parameter.text()?)?.get("Default")?.text()?;
                Some(default.split(',').map(str::trim).collect())
            }
            Some(_) => None,
            None => collection.list()?.iter().map(Node::text).collect(),
        }
    }
}

/// One round of a loop: `${Identifier}` is the value; `&{Identifier}` is the value without characters other than letters
/// and digits.
#[derive(Debug)]
struct Round<'n> {
    identifier: &'n str,
    value: &'n str,
    replaced: [(String, Cow<'n, str>); 2],
    budget: &'n Budget,
}

impl<'n> Round<'n> {
    fn of(identifier: &'n str, value: &'n str, budget: &'n Budget) -> Result<Self, TemplateError> {
        budget.charge(identifier.len() + value.len())?;
        let alphanumeric: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
        let replaced = [
            (format!("${{{identifier}}}"), value.into()),
            (format!("&{{{identifier}}}"), alphanumeric.into()),
        ];
        Ok(Self { identifier, value, replaced, budget })
    }

    fn fill(&self, text: &str) -> Result<Box<str>, TemplateError> {
        self.budget.charge(text.len() + self.identifier.len())?;
        // before it is filled in: a megabyte of places for a megabyte of value is too much memory
        let places: usize = self.replaced.iter().map(|(place, _)| text.matches(place).count()).sum();
        self.budget.charge(places.saturating_mul(self.value.len()))?;
        let fill = |text: String, (place, value): &(String, Cow<'_, str>)| text.replace(place, value);
        Ok(self.replaced.iter().fold(text.to_owned(), fill).into())
    }

    fn fill_entry(&self, entry: &Entry) -> Result<Entry, TemplateError> {
        Ok(Entry { key: self.fill(&entry.key)?, node: self.fill_node(&entry.node)? })
    }

    fn fill_node(&self, node: &Node) -> Result<Node, TemplateError> {
        self.budget.charge(node.own_bytes())?;
        let filled = match &node.value {
            Value::Null => Value::Null,
            Value::Text(text) => Value::Text(self.fill(text)?),
            Value::List(items) => {
                let items = items.iter().map(|item| self.fill_node(item));
                Value::List(items.collect::<Result<Box<[_]>, _>>()?.into())
            }
            Value::Map(_) if node.get("Ref").and_then(Node::text) == Some(self.identifier) => {
                self.budget.charge(self.value.len())?;
                Value::Text(self.value.into())
            }
            Value::Map(entries) => {
                let entries = entries.iter().map(|entry| self.fill_entry(entry));
                Value::Map(entries.collect::<Result<Box<[_]>, _>>()?.into())
            }
        };
        Ok(Node { at: node.at, value: filled })
    }
}
