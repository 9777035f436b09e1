//! `Fn::ForEach` in `Resources`: the resources that it makes, one by one.

use std::borrow::Cow;

use indexmap::IndexMap;

use crate::finding::Note;
use crate::node::{Budget, Map, Node, TemplateError, Value};

/// The resources of a template, loops unrolled.
///
/// # Errors
/// A logical id that is made twice; too much work.
pub(super) fn expand<'a>(
    root: &Node,
    resources: &'a Map,
    budget: &Budget,
    notes: &mut Vec<Note>,
) -> Result<IndexMap<String, Cow<'a, Node>>, TemplateError> {
    let mut expanded = IndexMap::new();
    for (id, resource) in resources {
        budget.charge(1)?;
        if id.starts_with("Fn::ForEach::") {
            let mut unroll = Unroll { root, budget, notes, made: Vec::new() };
            unroll.each(id, resource)?;
            for (id, resource) in unroll.made {
                add(&mut expanded, id, Cow::Owned(resource))?;
            }
        } else if id == "Fn::Transform" {
            let message = "`Fn::Transform` of `Resources` is not looked into: check the processed template";
            notes.push(Note::at(resource.at, message));
        } else {
            add(&mut expanded, id.clone(), Cow::Borrowed(resource))?;
        }
    }
    Ok(expanded)
}

fn add<'a>(
    resources: &mut IndexMap<String, Cow<'a, Node>>,
    id: String,
    resource: Cow<'a, Node>,
) -> Result<(), TemplateError> {
    if resources.contains_key(&id) {
        return Err(TemplateError::at(resource.at, format!("the resource `{id}` is there twice")));
    }
    resources.insert(id, resource);
    Ok(())
}

struct Unroll<'t> {
    root: &'t Node,
    budget: &'t Budget,
    notes: &'t mut Vec<Note>,
    made: Vec<(String, Node)>,
}

impl Unroll<'_> {
    /// `[identifier, collection, {id: resource}]`; the inner mapping may hold another loop.
    fn each(&mut self, id: &str, node: &Node) -> Result<(), TemplateError> {
        let parts = node.list().and_then(|parts| match parts {
            [identifier, collection, outputs] => {
                Some((identifier.text()?, self.values(collection)?, outputs.map()?))
            }
            _ => None,
        });
        let Some((identifier, values, outputs)) = parts else {
            let message = format!("`{id}` is not looked into: its collection is not in the template");
            self.notes.push(Note::at(node.at, message));
            return Ok(());
        };
        for value in &values {
            for (key, output) in outputs {
                let key = self.fill(key, identifier, value)?;
                let output = self.fill_node(output, identifier, value)?;
                if key.starts_with("Fn::ForEach::") {
                    self.each(&key, &output)?;
                } else {
                    self.made.push((key, output));
                }
            }
        }
        Ok(())
    }

    /// The collection: texts, or the default of a list parameter.
    fn values(&self, collection: &Node) -> Option<Vec<String>> {
        match collection.function() {
            Some(("Ref", parameter)) => {
                let default = self.root.path(&["Parameters", parameter.text()?, "Default"])?.text()?;
                Some(default.split(',').map(|value| value.trim().to_owned()).collect())
            }
            Some(_) => None,
            None => collection.list()?.iter().map(|value| value.text().map(str::to_owned)).collect(),
        }
    }

    /// `${Identifier}` is the value; `&{Identifier}` is the value without what is neither letter nor digit.
    fn fill(&self, text: &str, identifier: &str, value: &str) -> Result<String, TemplateError> {
        let (whole, plain) = (format!("${{{identifier}}}"), format!("&{{{identifier}}}"));
        // before it is filled in: a megabyte of places for a megabyte of value is too much memory
        let places = text.matches(&whole).count() + text.matches(&plain).count();
        self.budget.charge(1 + text.len() + places.saturating_mul(value.len()))?;
        let alphanumeric: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
        Ok(text.replace(&whole, value).replace(&plain, &alphanumeric))
    }

    fn fill_node(&self, node: &Node, identifier: &str, value: &str) -> Result<Node, TemplateError> {
        let filled = match &node.value {
            Value::Null => Value::Null,
            Value::Text(text) => Value::Text(self.fill(text, identifier, value)?),
            Value::List(items) => {
                let items = items.iter().map(|item| self.fill_node(item, identifier, value));
                Value::List(items.collect::<Result<_, _>>()?)
            }
            Value::Map(_) if node.get("Ref").and_then(Node::text) == Some(identifier) => {
                Value::Text(value.to_owned())
            }
            Value::Map(map) => {
                let mut filled = Map::new();
                for (key, inner) in map {
                    let inner = self.fill_node(inner, identifier, value)?;
                    filled.insert(self.fill(key, identifier, value)?, inner);
                }
                Value::Map(filled)
            }
        };
        Ok(Node { at: node.at, value: filled })
    }
}
