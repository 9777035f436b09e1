//! Names: what a `UserName` is, as far as the template says: a literal, a reference, a parameter, `Fn::Sub` and
//! `Fn::Join` of these. Anything else is the same as what is written alike.

use super::{MAX_DEPTH, Template, is_no_value};
use crate::error::TemplateError;
use crate::tree::Node;

/// Bytes of a name. IAM accepts 64 characters; what is longer is not put together.
const MAX_BYTES: usize = 4096;

/// Text with holes, which only the deployment fills.
#[derive(Clone, Debug, Default)]
pub(super) struct Name {
    /// The text, with each hole between two NUL characters.
    text: String,
    /// What is not known of it, if that could be the name of any user.
    pub(super) unknown: Option<String>,
}

impl Name {
    fn literal(text: &str) -> Self {
        Self { text: text.replace('\0', "\u{1}"), unknown: None }
    }

    /// The name that CloudFormation generates for a user: no other name is equal to it.
    pub(super) fn of_user(id: &str) -> Self {
        Self { unknown: None, ..Self::hole(&format!("Ref {id}"), "") }
    }

    fn hole(what: &str, unknown: impl Into<String>) -> Self {
        Self { text: format!("\0{}\0", what.replace('\0', "\u{1}")), unknown: Some(unknown.into()) }
    }

    fn append(&mut self, other: Self) {
        self.text.push_str(&other.text);
        self.unknown = self.unknown.take().or(other.unknown);
    }

    /// The bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.text.len() + self.unknown.as_ref().map_or(0, String::len)
    }

    /// The whole name, if it has no hole.
    pub(super) fn known(&self) -> Option<&str> {
        (!self.text.contains('\0')).then_some(&self.text)
    }

    /// Equal for equal names of users: IAM compares them without regard to case.
    pub(super) fn folded(&self) -> String {
        let part =
            |(at, part): (usize, &str)| if at % 2 == 0 { part.to_ascii_lowercase() } else { part.to_owned() };
        self.text.split('\0').enumerate().map(part).collect::<Vec<_>>().join("\0")
    }
}

/// A part of a name.
#[derive(Debug)]
enum Part<'n> {
    Text(&'n str),
    /// The ID of a parameter or a resource.
    Reference(&'n str),
    Value(&'n Node),
}

/// The parts of a value, if it is text or a function that is resolved.
fn parts(node: &Node) -> Option<Vec<Part<'_>>> {
    if let Some(text) = node.text() {
        return Some(vec![Part::Text(text)]);
    }
    match node.function()? {
        ("Ref", id) => Some(vec![Part::Reference(id.text()?)]),
        ("Fn::Sub", argument) => match argument.list() {
            Some([format, variables]) => parts_of_sub(format.text()?, Some(variables)),
            Some([format]) => parts_of_sub(format.text()?, None),
            Some(_) => None,
            None => parts_of_sub(argument.text()?, None),
        },
        ("Fn::Join", argument) => {
            let [delimiter, items] = argument.list()? else { return None };
            let delimiter = delimiter.text()?;
            let items = items.list()?.iter().flat_map(|item| [Part::Text(delimiter), Part::Value(item)]);
            Some(items.skip(1).collect())
        }
        _ => None,
    }
}

fn parts_of_sub<'n>(mut format: &'n str, variables: Option<&'n Node>) -> Option<Vec<Part<'n>>> {
    if format.len() > MAX_BYTES {
        return None;
    }
    let mut parts = Vec::new();
    while let Some((text, rest)) = format.split_once("${") {
        let (variable, rest) = rest.split_once('}')?;
        parts.push(Part::Text(text));
        match (variable.strip_prefix('!'), variables.and_then(|variables| variables.get(variable.trim()))) {
            (Some(literal), _) => parts.extend([Part::Text("${"), Part::Text(literal), Part::Text("}")]),
            (None, Some(value)) => parts.push(Part::Value(value)),
            (None, None) => parts.push(Part::Reference(variable.trim())),
        }
        format = rest;
    }
    parts.push(Part::Text(format));
    Some(parts)
}

impl Template<'_> {
    /// What a value is, as far as the template says.
    ///
    /// # Errors
    /// Too much work.
    pub(super) fn name(&self, node: &Node) -> Result<Name, TemplateError> {
        self.read(node, 0)
    }

    fn read(&self, node: &Node, depth: usize) -> Result<Name, TemplateError> {
        self.budget.charge(node.bytes())?;
        let unresolved = || {
            let function = node.function().map_or("a value that is not text", |(function, _)| function);
            Name::hole(&node.to_string(), format!("`{function}`"))
        };
        let Some(parts) = parts(node).filter(|_| depth < MAX_DEPTH) else { return Ok(unresolved()) };
        let mut name = Name::default();
        for part in parts {
            name.append(match part {
                Part::Text(text) => Name::literal(text),
                Part::Reference(id) => self.reference(id, depth + 1)?,
                Part::Value(node) => self.read(node, depth + 1)?,
            });
            if name.text.len() > MAX_BYTES {
                return Ok(unresolved());
            }
        }
        self.budget.charge(name.text.len())?;
        Ok(name)
    }

    fn reference(&self, id: &str, depth: usize) -> Result<Name, TemplateError> {
        if let Some(user_name) = self.users.get(id) {
            return match user_name.filter(|name| !is_no_value(name)) {
                Some(name) => self.read(name, depth),
                None => Ok(Name::of_user(id)),
            };
        }
        let what = format!("Ref {id}");
        let Some(parameter) = self.parameter(id)? else {
            return Ok(Name::hole(&what, format!("`{id}`")));
        };
        // the default of these says where in Systems Manager the value is
        let is_elsewhere =
            parameter.get("Type").and_then(Node::text).is_some_and(|kind| kind.starts_with("AWS::SSM::"));
        // no name is empty, so an empty default stands for a value that has to be given
        let default = parameter.get("Default").and_then(Node::text).filter(|text| !text.is_empty());
        Ok(match default.filter(|_| !is_elsewhere) {
            Some(default) => Name::literal(default),
            None => Name::hole(&what, format!("the parameter `{id}`")),
        })
    }
}
