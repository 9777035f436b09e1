//! `Fn::ForEach` in `Resources`: the resources that it creates, one by one.

use std::collections::HashMap;

use crate::finding::{Note, Notes, TemplateError};
use crate::tree::{Budget, Entry, Node, Value};

/// Unrolls the loops of a template.
#[derive(Debug)]
pub(super) struct Unroll<'t> {
    pub(super) parameters: &'t HashMap<&'t str, &'t Node>,
    pub(super) budget: &'t Budget,
    pub(super) notes: &'t mut Notes,
    /// The resources, in the order of the template.
    pub(super) created: Vec<Entry>,
}

impl Unroll<'_> {
    /// Unrolls `[identifier, collection, {id: resource}]`; the inner mapping may hold another loop.
    pub(super) fn each(&mut self, id: &str, node: &Node) -> Result<(), TemplateError> {
        let parts = match node.list() {
            Some([identifier, collection, outputs]) => {
                identifier.text().zip(self.values(collection)).zip(outputs.map())
            }
            _ => None,
        };
        let Some(((identifier, values), outputs)) = parts else {
            let creates_users = |node: &Node| node.text().is_some_and(|text| text.contains("AWS::IAM::"));
            if node.any(&creates_users) {
                let message = format!("`{id}` is not checked: the template does not contain its collection");
                self.notes.push(Note::at(node.at, message));
            }
            return Ok(());
        };
        for value in &values {
            for Entry { key, node } in outputs {
                let key = self.fill(key, identifier, value)?;
                let node = self.fill_node(node, identifier, value)?;
                if key.starts_with("Fn::ForEach::") {
                    self.each(&key, &node)?;
                } else {
                    self.created.push(Entry { key, node });
                }
            }
        }
        Ok(())
    }

    /// The collection: texts, or the default of a list parameter.
    fn values(&self, collection: &Node) -> Option<Vec<String>> {
        match collection.function() {
            Some(("Ref", parameter)) => {
                let default = self.parameters.get(parameter.text()?)?.get("Default")?.text()?;
                Some(default.split(',').map(|value| value.trim().to_owned()).collect())
            }
            Some(_) => None,
            None => collection.list()?.iter().map(|value| value.text().map(str::to_owned)).collect(),
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

    fn fill_node(&self, node: &Node, identifier: &str, value: &str) -> Result<Node, TemplateError> {
        self.budget.charge(size_of::<Entry>())?;
        let filled = match &node.value {
            Value::Null => Value::Null,
            Value::Text(text) => Value::Text(self.fill(text, identifier, value)?),
            Value::List(items) => {
                let items = items.iter().map(|item| self.fill_node(item, identifier, value));
                Value::List(items.collect::<Result<_, _>>()?)
            }
            Value::Map(_) if node.get("Ref").and_then(Node::text) == Some(identifier) => Value::text(value),
            Value::Map(entries) => {
                let fill = |Entry { key, node }: &Entry| {
                    let (key, node) =
                        (self.fill(key, identifier, value)?, self.fill_node(node, identifier, value)?);
                    Ok(Entry { key, node })
                };
                Value::Map(entries.iter().map(fill).collect::<Result<_, TemplateError>>()?)
            }
        };
        Ok(Node { at: node.at, value: filled })
    }
}
