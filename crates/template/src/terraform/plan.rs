//! Reads a plan: its IAM users, login profiles, access keys and stacks. What else there is takes no memory, so that a plan
//! takes at most ten times its size, whatever it contains.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::TemplateError;
use crate::tree::Position;

/// The parts of a plan that are read.
#[derive(Debug, Deserialize)]
pub(super) struct Plan<'t> {
    format_version: Option<String>,
    #[serde(default)]
    errored: bool,
    #[serde(borrow, default)]
    planned_values: Root<PlannedModule<'t>>,
    #[serde(borrow)]
    resource_changes: Option<Resources<'t>>,
    #[serde(borrow, default)]
    configuration: Root<Module<'t>>,
}

#[derive(Debug, Default, Deserialize)]
struct Root<M> {
    #[serde(default)]
    root_module: M,
}

#[derive(Debug, Default, Deserialize)]
struct PlannedModule<'t> {
    #[serde(borrow, default)]
    resources: Resources<'t>,
    /// The resources of all of them.
    #[serde(borrow, default, deserialize_with = "child_modules")]
    child_modules: Resources<'t>,
}

/// The configuration of a module.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Module<'t> {
    #[serde(borrow, default)]
    resources: Resources<'t>,
    /// The modules that have resources, or call modules that do.
    #[serde(borrow, default, rename = "module_calls", deserialize_with = "module_calls")]
    pub(super) calls: Vec<(Box<str>, Self)>,
}

/// The resources of a list that are about IAM users or stacks.
#[derive(Debug, Default)]
struct Resources<'t>(Vec<&'t RawValue>);

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub(super) enum Kind {
    #[serde(rename = "aws_iam_user")]
    User,
    #[serde(rename = "aws_iam_user_login_profile")]
    LoginProfile,
    #[serde(rename = "aws_iam_access_key")]
    AccessKey,
    #[serde(rename = "aws_cloudformation_stack", alias = "aws_cloudformation_stack_set")]
    Stack,
    #[serde(other)]
    Other,
}

/// A resource in planned values, or in resource changes.
#[derive(Debug, Deserialize)]
struct Resource {
    address: Box<str>,
    #[serde(default)]
    module_address: Option<Box<str>>,
    r#type: Kind,
    values: Option<Names>,
    change: Option<Change>,
    deposed: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
struct Change {
    actions: Vec<Action>,
    after: Option<Names>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Action {
    Create,
    Delete,
    Forget,
    #[serde(other)]
    Other,
}

/// A user has a name; a key and a login profile have the user that they are for.
#[derive(Debug, Default, Deserialize)]
struct Names {
    name: Option<Box<str>>,
    user: Option<Box<str>>,
}

/// A resource in the configuration.
#[derive(Debug, Deserialize)]
pub(super) struct Configured {
    pub(super) address: String,
    #[serde(default)]
    pub(super) expressions: Expressions,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Expressions {
    #[serde(default)]
    pub(super) name: Expression,
    #[serde(default)]
    pub(super) user: Expression,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Expression {
    #[serde(default)]
    pub(super) references: References,
}

/// What an expression refers to.
#[derive(Debug, Default)]
pub(super) struct References {
    /// The longest reference to each user: `aws_iam_user.this[0].name`, but not `aws_iam_user.this[0]` after it.
    pub(super) users: Vec<Box<str>>,
    /// Whether it has the index of its resource: `count.index` or `each.key`.
    pub(super) has_index: bool,
    /// Whether it refers to anything else.
    pub(super) has_others: bool,
}

/// One instance of a resource.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) at: Position,
    pub(super) kind: Kind,
    pub(super) address: Box<str>,
    /// The address of the module that it is in; empty for the root module.
    pub(super) module: Box<str>,
    /// The name of the user that it is or is for, if it is known before apply.
    pub(super) name: Option<Box<str>>,
    /// Whether the plan creates it, a replacement included. An import creates nothing.
    pub(super) is_created: bool,
}

impl<'t> Plan<'t> {
    /// Reads a plan.
    ///
    /// # Errors
    /// Text that is not JSON, or not of a plan's form; another major version of the format; a plan that Terraform could
    /// not complete.
    pub(super) fn parse(text: &'t str) -> Result<Self, TemplateError> {
        let plan: Self = serde_json::from_str(text).map_err(|error| TemplateError::of_json(&error))?;
        let version = plan.format_version.as_deref().unwrap_or("1");
        if !matches!(version.split('.').next(), Some("0" | "1")) {
            let reason = format!("the plan format is `{version}`, expected 0.x or 1.x");
            return Err(TemplateError::invalid(None, reason));
        }
        if plan.errored {
            return Err(TemplateError::invalid(None, "an incomplete plan: Terraform ended with an error"));
        }
        Ok(plan)
    }

    /// The configuration of the root module.
    pub(super) fn configuration(&self) -> &Module<'t> {
        &self.configuration.root_module
    }

    /// The instances that there will be after apply: what changes, or the planned values of a plan cut down to them.
    pub(super) fn instances(&self, text: &str) -> Result<Vec<Instance>, TemplateError> {
        let planned = &self.planned_values.root_module;
        let [resources, more] = match &self.resource_changes {
            Some(changes) => [changes, &Resources::default()],
            None => [&planned.resources, &planned.child_modules],
        };
        let mut cursor = Cursor::new(text);
        let mut instances = Vec::new();
        for raw in resources.0.iter().chain(&more.0) {
            let at = cursor.at((raw.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize));
            let Resource { address, module_address, r#type: kind, values, change, deposed } =
                resource(raw, Some(at))?;
            let has = |wanted| change.as_ref().is_some_and(|change| change.actions.contains(&wanted));
            let is_created = change.is_none() || has(Action::Create);
            // a deposed object is what is left of one that was replaced
            if !is_created && (has(Action::Delete) || has(Action::Forget)) || deposed.is_some() {
                continue;
            }
            let Names { name, user } = change.and_then(|change| change.after).or(values).unwrap_or_default();
            let (module, name) = (module_address.unwrap_or_default(), name.or(user));
            instances.push(Instance { at, kind, address, module, name, is_created });
        }
        Ok(instances)
    }
}

impl Module<'_> {
    /// The resources of this module, without those of the modules that it calls.
    pub(super) fn resources(&self) -> impl Iterator<Item = Result<Configured, TemplateError>> {
        self.resources.0.iter().map(|raw| resource(raw, None))
    }
}

fn resource<'t, R: Deserialize<'t>>(raw: &'t RawValue, at: Option<Position>) -> Result<R, TemplateError> {
    // the error's own position is inside the resource
    serde_json::from_str(raw.get()).map_err(|error| TemplateError { at, ..TemplateError::of_json(&error) })
}

impl<'de: 't, 't> Deserialize<'de> for Resources<'t> {
    fn deserialize<D: Deserializer<'de>>(list: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Head {
            r#type: Kind,
            mode: Option<String>,
        }
        let mut relevant = Vec::new();
        list.deserialize_seq(Each::of(|_, raw: &'de RawValue| {
            let Head { r#type: kind, mode } = resource(raw, None)?;
            if kind != Kind::Other && mode.is_none_or(|mode| mode == "managed") {
                relevant.push(raw);
            }
            Ok(())
        }))?;
        Ok(Self(relevant))
    }
}

fn child_modules<'de, D: Deserializer<'de>>(list: D) -> Result<Resources<'de>, D::Error> {
    let mut all = Vec::new();
    list.deserialize_seq(Each::of(|_, PlannedModule { resources, child_modules }| {
        all.extend(resources.0.into_iter().chain(child_modules.0));
        Ok(())
    }))?;
    Ok(Resources(all))
}

fn module_calls<'de, D: Deserializer<'de>>(calls: D) -> Result<Vec<(Box<str>, Module<'de>)>, D::Error> {
    #[derive(Deserialize)]
    struct Call<'t> {
        #[serde(borrow, default)]
        module: Module<'t>,
    }
    let mut relevant = Vec::new();
    calls.deserialize_map(Each::of(|name, Call { module }| {
        if !module.resources.0.is_empty() || !module.calls.is_empty() {
            relevant.push((name, module));
        }
        Ok(())
    }))?;
    relevant.shrink_to_fit();
    Ok(relevant)
}

impl<'de> Deserialize<'de> for References {
    fn deserialize<D: Deserializer<'de>>(list: D) -> Result<Self, D::Error> {
        let mut references = Self::default();
        list.deserialize_seq(Each::of(|_, reference: Box<str>| {
            references.add(reference);
            Ok(())
        }))?;
        Ok(references)
    }
}

impl References {
    fn add(&mut self, reference: Box<str>) {
        let is_part = |part: &str, whole: &str| {
            whole.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        if matches!(&*reference, "count.index" | "each.key") {
            self.has_index = true;
        } else if !reference.starts_with("aws_iam_user.") {
            self.has_others = true;
        } else {
            match self.users.last_mut() {
                Some(last) if is_part(&reference, last) => {}
                Some(last) if is_part(last, &reference) => *last = reference,
                _ => self.users.push(reference),
            }
        }
    }
}

/// Takes the items of a list or the entries of a mapping one by one; an item has no name.
struct Each<T, F> {
    take: F,
    item: PhantomData<T>,
}

impl<T, F: FnMut(Box<str>, T) -> Result<(), TemplateError>> Each<T, F> {
    fn of(take: F) -> Self {
        Self { take, item: PhantomData }
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(Box<str>, T) -> Result<(), TemplateError>> Visitor<'de>
    for Each<T, F>
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or a mapping")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element()? {
            (self.take)(Box::default(), item).map_err(A::Error::custom)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        while let Some((name, item)) = entries.next_entry()? {
            (self.take)(name, item).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// Finds the positions of byte offsets; offsets that rise cost one pass over the text.
#[derive(Debug)]
struct Cursor<'t> {
    text: &'t str,
    offset: usize,
    at: Position,
}

impl<'t> Cursor<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, offset: 0, at: Position { line: 1, column: 1 } }
    }

    fn at(&mut self, offset: usize) -> Position {
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
