//! Names: what a `UserName` is, as far as the template says: a literal, a reference, a parameter, `Fn::Sub` and
//! `Fn::Join` of these. Anything else is the same as what is written alike.

use super::Template;
use crate::finding::TemplateError;
use crate::tree::Node;

/// References from name to name, and functions inside each other.
pub(super) const MAX_DEPTH: usize = 50;

/// Bytes of a name. IAM accepts 64 characters; what is longer is not put together.
const MAX_BYTES: usize = 4096;

/// Text with holes, which only the deployment fills.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Name {
    /// The text, with each hole between two NUL characters.
    text: String,
    /// What is not known of it, if that could be the name of any user.
    pub(super) unknown: Option<String>,
}

impl Name {
    fn literal(text: &str) -> Self {
        Self { text: text.replace('\0', "\u{fffd}"), unknown: None }
    }

    /// The name that CloudFormation generates for a user: no other name is equal to it.
    pub(super) fn of_user(id: &str) -> Self {
        Self { unknown: None, ..Self::hole(&format!("Ref {id}"), "") }
    }

    fn hole(what: &str, unknown: impl Into<String>) -> Self {
        Self { text: format!("\0{}\0", what.replace('\0', "\u{fffd}")), unknown: Some(unknown.into()) }
    }

    fn append(&mut self, other: Self) {
        self.text.push_str(&other.text);
        self.unknown = self.unknown.take().or(other.unknown);
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

    /// Equal for equal values, with regard to case.
    pub(super) fn exact(&self) -> &str {
        &self.text
    }
}

/// The cost of reading a value, in addition to its text.
const VALUE_BYTES: usize = 64;

impl Template<'_> {
    /// What a value is, as far as the template says.
    ///
    /// # Errors
    /// Too much work.
    pub(super) fn name(&self, node: &Node) -> Result<Name, TemplateError> {
        self.read(node, true, 0)
    }

    /// The same for a condition, in which a parameter is open whatever its default: a deployment may set it.
    pub(super) fn operand(&self, node: &Node) -> Result<Name, TemplateError> {
        self.read(node, false, 0)
    }

    fn read(&self, node: &Node, defaults: bool, depth: usize) -> Result<Name, TemplateError> {
        self.budget.charge(VALUE_BYTES)?;
        if let Some(text) = node.text() {
            self.budget.charge(text.len())?;
            return Ok(Name::literal(text));
        }
        let name = match node.function() {
            _ if depth >= MAX_DEPTH => None,
            Some(("Ref", target)) => match target.text() {
                Some(id) => Some(self.reference(id, defaults, depth)?),
                None => None,
            },
            Some(("Fn::Sub", argument)) => self.substitute(argument, defaults, depth)?,
            Some(("Fn::Join", argument)) => self.join(argument, defaults, depth)?,
            _ => None,
        };
        match name.filter(|name| name.text.len() <= MAX_BYTES) {
            Some(name) => {
                self.budget.charge(name.text.len())?;
                Ok(name)
            }
            None => {
                self.budget.charge(node.bytes())?;
                let function = node.function().map_or("a value that is not text", |(function, _)| function);
                Ok(Name::hole(&node.to_string(), format!("`{function}`")))
            }
        }
    }

    fn reference(&self, id: &str, defaults: bool, depth: usize) -> Result<Name, TemplateError> {
        self.budget.charge(id.len())?;
        let what = format!("Ref {id}");
        if let Some(user) = self.users.get(id) {
            return match user.path(&["Properties", "UserName"]) {
                Some(name) => self.read(name, defaults, depth + 1),
                None => Ok(Name::of_user(id)),
            };
        }
        let Some(parameter) = self.parameters.get(id) else {
            return Ok(Name::hole(&what, format!("`{id}`")));
        };
        // the default of these says where in Systems Manager the value is
        let is_elsewhere =
            parameter.get("Type").and_then(Node::text).is_some_and(|kind| kind.starts_with("AWS::SSM::"));
        // no name is empty, so an empty default stands for a value that has to be given
        let default =
            parameter.get("Default").and_then(Node::text).filter(|text| !text.is_empty() && !is_elsewhere);
        Ok(match default.filter(|_| defaults) {
            Some(default) => Name::literal(default),
            None => Name::hole(&what, format!("the parameter `{id}`")),
        })
    }

    fn substitute(
        &self,
        argument: &Node,
        defaults: bool,
        depth: usize,
    ) -> Result<Option<Name>, TemplateError> {
        let (format, variables) = match argument.list() {
            Some([format, variables]) => (format.text(), Some(variables)),
            Some([format]) => (format.text(), None),
            Some(_) => (None, None),
            None => (argument.text(), None),
        };
        let Some(mut rest) = format else { return Ok(None) };
        let mut name = Name::default();
        while let Some((before, after)) = rest.split_once("${") {
            name.append(Name::literal(before));
            let Some((variable, after)) = after.split_once('}') else { return Ok(None) };
            name.append(
                match (
                    variable.strip_prefix('!'),
                    variables.and_then(|variables| variables.get(variable.trim())),
                ) {
                    (Some(literal), _) => Name::literal(&format!("${{{literal}}}")),
                    (None, Some(value)) => self.read(value, defaults, depth + 1)?,
                    (None, None) => self.reference(variable.trim(), defaults, depth + 1)?,
                },
            );
            if name.text.len() > MAX_BYTES {
                return Ok(None);
            }
            rest = after;
        }
        name.append(Name::literal(rest));
        Ok(Some(name))
    }

    fn join(&self, argument: &Node, defaults: bool, depth: usize) -> Result<Option<Name>, TemplateError> {
        let Some([delimiter, items]) = argument.list() else { return Ok(None) };
        let (Some(delimiter), Some(items)) = (delimiter.text(), items.list()) else { return Ok(None) };
        let mut name = Name::default();
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                name.append(Name::literal(delimiter));
            }
            name.append(self.read(item, defaults, depth + 1)?);
            if name.text.len() > MAX_BYTES {
                return Ok(None);
            }
        }
        Ok(Some(name))
    }
}
