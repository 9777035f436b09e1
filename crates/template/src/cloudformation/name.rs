//! Names: what a `UserName` comes to, as far as the template tells.
//!
//! A name is text with holes; a hole is something only the deployment knows, such as a parameter without default.
//! Two names are one if text and holes are the same.

use super::condition::World;
use super::{Template, kind, property};
use crate::node::{Node, TemplateError, Value};

/// References from name to name; CloudFormation refuses circles.
pub(super) const MAX_REFERENCES: usize = 50;

/// Characters of a name in all; IAM allows 64. What is longer stays a hole.
const MAX_LENGTH: usize = 4096;

#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum Part {
    Text(String),
    /// What only the deployment knows, in a canonical form.
    Hole(String),
}

/// Text with holes.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Name(Vec<Part>);

impl Name {
    /// The whole name, if it has no hole.
    pub(super) fn known(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    pub(super) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::default() } else { Self(vec![Part::Text(text)]) }
    }

    pub(super) fn hole(what: impl Into<String>) -> Self {
        Self(vec![Part::Hole(what.into())])
    }

    fn append(&mut self, other: Self) {
        for part in other.0 {
            match (self.0.last_mut(), part) {
                (Some(Part::Text(text)), Part::Text(more)) => text.push_str(&more),
                (_, part) => self.0.push(part),
            }
        }
    }

    fn length(&self) -> usize {
        self.0.iter().map(|(Part::Text(text) | Part::Hole(text))| text.len().max(1)).sum()
    }

    /// A canonical form, for conditions.
    pub(super) fn canonical(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// What `${...}` of a `Fn::Sub` holds, and the text around it.
enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

/// `${!Literal}` is `${Literal}`, as text.
fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        pieces.push(Piece::Text(before));
        let Some((inside, after)) = after.split_once('}') else {
            pieces.extend([Piece::Text("${"), Piece::Text(after)]);
            return pieces;
        };
        match inside.strip_prefix('!') {
            Some(literal) => pieces.extend([Piece::Text("${"), Piece::Text(literal), Piece::Text("}")]),
            None => pieces.push(Piece::Variable(inside.trim())),
        }
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// The format of a `Fn::Sub` and its own variables.
fn substitution(argument: &Node) -> Option<(&str, Option<&Node>)> {
    match argument.list() {
        Some([format, variables]) => Some((format.text()?, Some(variables))),
        Some([format]) => Some((format.text()?, None)),
        Some(_) => None,
        None => Some((argument.text()?, None)),
    }
}

/// The logical ids that a `Ref` or `Fn::Sub` names.
pub(super) fn references(function: &Node) -> Vec<String> {
    match function.function() {
        Some(("Ref", target)) => target.text().map(str::to_owned).into_iter().collect(),
        Some(("Fn::Sub", argument)) => {
            let format = substitution(argument).map_or("", |(format, _)| format);
            let variable =
                |piece| if let Piece::Variable(name) = piece { Some(name.to_owned()) } else { None };
            pieces(format).into_iter().filter_map(variable).collect()
        }
        _ => Vec::new(),
    }
}

impl Template<'_> {
    /// What a value comes to in a world; `None` for `AWS::NoValue`.
    ///
    /// # Errors
    /// Too much work.
    pub(super) fn name(&self, node: &Node, world: &World) -> Result<Option<Name>, TemplateError> {
        Reader { template: self, world: Some(world), depth: 0 }.read(node)
    }

    /// The same for a condition: parameters are holes whatever their default, because a deployment may set them.
    pub(super) fn operand(&self, node: &Node) -> Result<Name, TemplateError> {
        let name = Reader { template: self, world: None, depth: 0 }.read(node)?;
        Ok(name.unwrap_or_else(|| Name::hole("AWS::NoValue")))
    }

    /// The name of a user: `UserName`, or what CloudFormation makes up.
    pub(super) fn name_of_user(&self, id: &str, world: &World) -> Result<Name, TemplateError> {
        Reader { template: self, world: Some(world), depth: 0 }.user(id)
    }
}

#[derive(Clone, Copy)]
struct Reader<'t> {
    template: &'t Template<'t>,
    /// `None` where parameters and conditions are free.
    world: Option<&'t World>,
    depth: usize,
}

impl Reader<'_> {
    fn read(self, node: &Node) -> Result<Option<Name>, TemplateError> {
        self.template.budget.charge(1)?;
        let name = match &node.value {
            Value::Text(text) => Name::text(text.as_str()),
            Value::Null => return Ok(None),
            Value::List(_) => return self.opaque(node).map(Some),
            Value::Map(_) => match node.function() {
                Some(("Ref", target)) if target.text() == Some("AWS::NoValue") => return Ok(None),
                Some(("Fn::If", branches)) => {
                    match self.world.and_then(|world| Template::branch(branches, world)) {
                        Some(branch) => return self.read(branch),
                        None => self.opaque(node)?,
                    }
                }
                Some((name, argument)) => match self.call(name, argument)? {
                    Some(name) => name,
                    None => self.opaque(node)?,
                },
                None => self.opaque(node)?,
            },
        };
        self.template.budget.charge(name.length())?;
        if name.length() > MAX_LENGTH { self.opaque(node).map(Some) } else { Ok(Some(name)) }
    }

    /// A function whose value the template tells, at least in part.
    fn call(self, function: &str, argument: &Node) -> Result<Option<Name>, TemplateError> {
        match function {
            "Ref" => argument.text().map(|id| self.reference(id)).transpose(),
            "Fn::Sub" => self.substitute(argument),
            "Fn::Join" => self.join(argument),
            "Fn::Select" => self.select(argument),
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::GetAtt" => {
                let Some([id, attribute]) = argument.list() else { return Ok(None) };
                let (Some(id), Some(attribute)) = (id.text(), attribute.text()) else { return Ok(None) };
                Ok(Some(Name::hole(format!("GetAtt {id}.{attribute}"))))
            }
            _ => Ok(None),
        }
    }

    /// What is compared as it stands.
    fn opaque(self, node: &Node) -> Result<Name, TemplateError> {
        let text = node.to_string();
        self.template.budget.charge(text.len())?;
        Ok(Name::hole(text))
    }

    fn reference(self, id: &str) -> Result<Name, TemplateError> {
        if self.template.resources.get(id).is_some_and(|resource| kind(resource) == "AWS::IAM::User") {
            return self.user(id);
        }
        let default = self.world.and_then(|_| self.template.default_of(id));
        Ok(default.map_or_else(|| Name::hole(format!("Ref {id}")), Name::text))
    }

    fn user(self, id: &str) -> Result<Name, TemplateError> {
        let made_up = || Name::hole(format!("Ref {id}"));
        let name = self.template.resources.get(id).and_then(|user| property(user, "UserName"));
        match name {
            Some(name) if self.depth < MAX_REFERENCES => {
                let inner = Self { depth: self.depth + 1, ..self };
                Ok(inner.read(name)?.unwrap_or_else(made_up))
            }
            _ => Ok(made_up()),
        }
    }

    fn substitute(self, argument: &Node) -> Result<Option<Name>, TemplateError> {
        let Some((format, variables)) = substitution(argument) else { return Ok(None) };
        self.template.budget.charge(format.len())?;
        let mut name = Name::default();
        for piece in pieces(format) {
            name.append(match piece {
                Piece::Text(text) => Name::text(text),
                Piece::Variable(variable) => match variables.and_then(|variables| variables.get(variable)) {
                    Some(value) => self.read(value)?.unwrap_or_default(),
                    None if variable.contains('.') => Name::hole(format!("GetAtt {variable}")),
                    None => self.reference(variable)?,
                },
            });
            if name.length() > MAX_LENGTH {
                return Ok(None);
            }
        }
        Ok(Some(name))
    }

    fn join(self, argument: &Node) -> Result<Option<Name>, TemplateError> {
        let Some([delimiter, list]) = argument.list() else { return Ok(None) };
        let (Some(delimiter), Some(items)) = (delimiter.text(), self.list(list)?) else { return Ok(None) };
        let mut name = Name::default();
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                name.append(Name::text(delimiter));
            }
            name.append(item);
            if name.length() > MAX_LENGTH {
                return Ok(None);
            }
        }
        Ok(Some(name))
    }

    fn select(self, argument: &Node) -> Result<Option<Name>, TemplateError> {
        let Some([at, list]) = argument.list() else { return Ok(None) };
        let at = self.read(at)?.as_ref().and_then(Name::known).and_then(|at| at.parse::<usize>().ok());
        let (Some(at), Some(items)) = (at, self.list(list)?) else { return Ok(None) };
        Ok(items.into_iter().nth(at))
    }

    /// The items of a list, as far as the template tells.
    fn list(self, node: &Node) -> Result<Option<Vec<Name>>, TemplateError> {
        self.template.budget.charge(1)?;
        let split = |name: &Name, delimiter: &str| {
            let text = name.known().filter(|_| !delimiter.is_empty());
            text.map(|text| text.split(delimiter).map(Name::text).collect::<Vec<_>>())
        };
        match (node.list(), node.function()) {
            (Some(items), _) => {
                let items = items.iter().map(|item| self.read(item)).filter_map(Result::transpose);
                items.collect::<Result<Vec<_>, _>>().map(Some)
            }
            (_, Some(("Fn::If", branches))) => {
                let branch = self.world.and_then(|world| Template::branch(branches, world));
                branch.map_or(Ok(None), |branch| self.list(branch))
            }
            (_, Some(("Fn::Split", argument))) => {
                let Some([delimiter, text]) = argument.list() else { return Ok(None) };
                let name = self.read(text)?;
                Ok(delimiter.text().and_then(|delimiter| split(name.as_ref()?, delimiter)))
            }
            (_, Some(("Ref", _))) => Ok(self.read(node)?.and_then(|name| split(&name, ","))),
            _ => Ok(None),
        }
    }

    fn find_in_map(self, argument: &Node) -> Result<Option<Name>, TemplateError> {
        let Some([map, first, second, ..]) = argument.list() else { return Ok(None) };
        let (map, first, second) = (self.read(map)?, self.read(first)?, self.read(second)?);
        let known = |name: &Option<Name>| Some(name.as_ref()?.known()?.to_owned());
        let (Some(map), Some(first), Some(second)) = (known(&map), known(&first), known(&second)) else {
            return Ok(None);
        };
        let value =
            self.template.section("Mappings").and_then(|maps| maps.get(&map)?.path(&[&first, &second]));
        Ok(value.and_then(Node::text).map(Name::text))
    }
}
