//! `Fn::ForEach` in `Resources`: the resources that it creates, one by one.

use std::collections::HashMap;

use crate::finding::{Note, Notes, TemplateError};
use crate::tree::{Budget, Entry, Node, Value};

/// Whether a key begins a loop.
pub(super) fn is_loop(key: &str) -> bool {
    key.starts_with("Fn::ForEach::")
}

/// Unrolls the loops of a template.
#[derive(Debug)]
pub(super) struct Unroll<'t> {
    pub(super) parameters: &'t HashMap<&'t str, &'t Node>,
    pub(super) budget: &'t Budget,
    pub(super) notes: &'t mut Notes,
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
                self.notes.push(Note::at(node.at, message));
            }
            return Ok(Vec::new());
        };
        self.budget.charge(values.len() * size_of::<&str>())?;
        let mut created = Vec::new();
        for value in values {
            for output in outputs {
                let resource = self.fill_entry(output, identifier, value)?;
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

    /// `${Identifier}` is the value; `&{Identifier}` is the value without characters other than letters and digits.
    fn fill(&self, text: &str, identifier: &str, value: &str) -> Result<Box<str>, TemplateError> {
        let (whole, plain) = (format!("${{{identifier}}}"), format!("&{{{identifier}}}"));
        // before it is filled in: a megabyte of places for a megabyte of value is too much memory
        let places = text.matches(&whole).count() + text.matches(&plain).count();
        self.budget.charge(text.len().saturating_add(places.saturating_mul(value.len())))?;
        let alphanumeric: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
        Ok(text.replace(&whole, value).replace(&plain, &alphanumeric).into())
    }

    fn fill_entry(&self, entry: &Entry, identifier: &str, value: &str) -> Result<Entry, TemplateError> {
        let key = self.fill(&entry.key, identifier, value)?;
        Ok(Entry { key, node: self.fill_node(&entry.node, identifier, value)? })
    }

    fn fill_node(&self, node: &Node, identifier: &str, value: &str) -> Result<Node, TemplateError> {
        self.budget.charge(node.own_bytes())?;
        let filled = match &node.value {
            Value::Null => Value::Null,
            Value::Text(text) => Value::Text(self.fill(text, identifier, value)?),
            Value::List(items) => {
                let items = items.iter().map(|item| self.fill_node(item, identifier, value));
                Value::List(items.collect::<Result<_, _>>()?)
            }
            Value::Map(_) if node.get("Ref").and_then(Node::text) == Some(identifier) => {
                Value::Text(value.into())
            }
            Value::Map(entries) => {
                let entries = entries.iter().map(|entry| self.fill_entry(entry, identifier, value));
                Value::Map(entries.collect::<Result<_, _>>()?)
            }
        };
        Ok(Node { at: node.at, value: filled })
    }
}
