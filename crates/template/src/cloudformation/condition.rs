//! Conditions: which resources of a template can be made together.
//!
//! A deployment sets parameters; what a condition compares with text is free to be that text or another. A world is one
//! choice for everything that some conditions compare. Comparing the same thing with two texts, only one can hold.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::Template;
use super::name::Name;
use crate::node::{Budget, Node, TemplateError};

/// Worlds that are tried for one pair of a user and a key: twelve conditions that have nothing to do with each other.
const MAX_WORLDS: usize = 4096;

/// One choice for everything that some conditions compare, and which of them hold then.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    /// `None` is something that no condition names.
    choices: BTreeMap<String, Option<String>>,
    holding: BTreeMap<String, bool>,
}

#[derive(Clone, Debug)]
enum Condition {
    Constant(bool),
    /// Something free is a text.
    Is(String, String),
    Named(String),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// The conditions of a template.
#[derive(Debug)]
pub(super) struct Conditions<'a> {
    /// Whoever is named by another comes first.
    named: IndexMap<String, Condition>,
    /// The values that a parameter may have, where the template lists them.
    allowed: BTreeMap<String, BTreeSet<String>>,
    budget: &'a Budget,
}

impl<'a> Conditions<'a> {
    /// No conditions.
    pub(super) fn none(budget: &'a Budget) -> Self {
        Self { named: IndexMap::new(), allowed: BTreeMap::new(), budget }
    }

    /// Reads the conditions.
    ///
    /// # Errors
    /// Conditions that depend on themselves; too much work.
    pub(super) fn parse(template: &Template<'a>) -> Result<Self, TemplateError> {
        let mut named = IndexMap::new();
        for (name, node) in template.section("Conditions").into_iter().flatten() {
            named.insert(name.clone(), condition(template, node)?);
        }
        let mut allowed = BTreeMap::new();
        for (name, parameter) in template.section("Parameters").into_iter().flatten() {
            if let Some(values) = parameter.get("AllowedValues").and_then(Node::list) {
                let values = values.iter().filter_map(Node::text).map(str::to_owned).collect();
                allowed.insert(Name::hole(format!("Ref {name}")).canonical(), values);
            }
        }
        Ok(Self { named: in_order(named)?, allowed, budget: template.budget })
    }

    /// Every world that can be told apart by these conditions.
    ///
    /// # Errors
    /// More worlds than are tried; too much work.
    pub(super) fn worlds(&self, names: &BTreeSet<String>, of: &str) -> Result<Vec<World>, TemplateError> {
        let mut compared: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut reached: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        let mut waiting: Vec<&str> = reached.iter().copied().collect();
        self.budget.charge(1)?;
        while let Some(name) = waiting.pop() {
            self.budget.charge(1)?;
            match self.named.get(name) {
                Some(condition) => {
                    let mut inner = BTreeSet::new();
                    condition.names(&mut inner);
                    condition.compared(&mut compared);
                    self.budget.charge(inner.len() + compared.len())?;
                    waiting.extend(inner.into_iter().filter(|name| reached.insert(*name)));
                }
                // CloudFormation refuses a name that is no condition; here it is free
                None => drop(compared.entry(name.to_owned()).or_default().insert(String::from("true"))),
            }
        }
        let mut worlds = vec![World::default()];
        for (what, texts) in compared {
            let allowed = self.allowed.get(&what);
            let mut choices: Vec<Option<String>> =
                allowed.unwrap_or(&texts).iter().cloned().map(Some).collect();
            if allowed.is_none() {
                choices.push(None);
            }
            if worlds.len().saturating_mul(choices.len()) > MAX_WORLDS {
                let reason = format!("`{of}` depends on too many conditions to try them all");
                return Err(TemplateError::whole(reason));
            }
            self.budget.charge(worlds.len() * choices.len())?;
            let with = |world: &World, choice: &Option<String>| {
                let mut world = world.clone();
                world.choices.insert(what.clone(), choice.clone());
                world
            };
            worlds =
                worlds.iter().flat_map(|world| choices.iter().map(|choice| with(world, choice))).collect();
        }
        let mut reached: Vec<_> =
            reached.into_iter().map(|name| (self.named.get_index_of(name), name)).collect();
        reached.sort_unstable();
        for world in &mut worlds {
            self.budget.charge(reached.len())?;
            for (_, name) in &reached {
                let holds =
                    self.named.get(*name).map_or_else(|| world.is(name, "true"), |named| named.holds(world));
                world.holding.insert((*name).to_owned(), holds);
            }
        }
        Ok(worlds)
    }
}

/// The same conditions, but whoever is named by another comes first.
fn in_order(mut named: IndexMap<String, Condition>) -> Result<IndexMap<String, Condition>, TemplateError> {
    let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut missing: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, condition) in &named {
        let mut inner = BTreeSet::new();
        condition.names(&mut inner);
        inner.retain(|inner| named.contains_key(*inner));
        missing.insert(name, inner.len());
        inner.into_iter().for_each(|inner| users.entry(inner).or_default().push(name));
    }
    let mut ready: Vec<&str> =
        missing.iter().filter(|(_, missing)| **missing == 0).map(|(name, _)| *name).collect();
    let mut order: Vec<String> = Vec::new();
    while let Some(name) = ready.pop() {
        order.push(name.to_owned());
        for user in users.get(name).into_iter().flatten().copied() {
            if let Some(missing) = missing.get_mut(user) {
                *missing -= 1;
                if *missing == 0 {
                    ready.push(user);
                }
            }
        }
    }
    if let Some((name, _)) = missing.iter().find(|(_, missing)| **missing > 0) {
        return Err(TemplateError::whole(format!("the conditions that `{name}` depends on go in a circle")));
    }
    Ok(order.into_iter().filter_map(|name| named.swap_remove_entry(&name)).collect())
}

impl World {
    /// Whether a condition holds. Of a condition that this world was not made for, it does not.
    pub(super) fn holds(&self, condition: &str) -> bool {
        self.holding.get(condition).copied().unwrap_or_default()
    }

    fn is(&self, what: &str, text: &str) -> bool {
        self.choices.get(what).is_some_and(|choice| choice.as_deref() == Some(text))
    }
}

impl Condition {
    /// Whether it holds in a world in which it is known whether those hold that it names.
    fn holds(&self, world: &World) -> bool {
        match self {
            Self::Constant(value) => *value,
            Self::Is(what, text) => world.is(what, text),
            Self::Named(name) => world.holds(name),
            Self::Not(inner) => !inner.holds(world),
            Self::All(inner) => inner.iter().all(|inner| inner.holds(world)),
            Self::Any(inner) => inner.iter().any(|inner| inner.holds(world)),
        }
    }

    /// The conditions that this one names.
    fn names<'c>(&'c self, found: &mut BTreeSet<&'c str>) {
        match self {
            Self::Named(name) => drop(found.insert(name)),
            Self::Not(inner) => inner.names(found),
            Self::All(inner) | Self::Any(inner) => inner.iter().for_each(|inner| inner.names(found)),
            Self::Constant(_) | Self::Is(..) => {}
        }
    }

    /// What is compared here, with which texts.
    fn compared(&self, found: &mut BTreeMap<String, BTreeSet<String>>) {
        match self {
            Self::Is(what, text) => drop(found.entry(what.clone()).or_default().insert(text.clone())),
            Self::Not(inner) => inner.compared(found),
            Self::All(inner) | Self::Any(inner) => inner.iter().for_each(|inner| inner.compared(found)),
            Self::Constant(_) | Self::Named(_) => {}
        }
    }
}

fn condition(template: &Template<'_>, node: &Node) -> Result<Condition, TemplateError> {
    template.budget.charge(1)?;
    let all = |argument: &Node| {
        let inner = argument.list().unwrap_or_default().iter();
        inner.map(|inner| condition(template, inner)).collect::<Result<Vec<_>, _>>()
    };
    Ok(match node.function() {
        Some(("Condition", name)) if name.text().is_some() => {
            Condition::Named(name.text().unwrap_or_default().to_owned())
        }
        Some(("Fn::And", argument)) => Condition::All(all(argument)?),
        Some(("Fn::Or", argument)) => Condition::Any(all(argument)?),
        Some(("Fn::Not", argument)) => match argument.list() {
            Some([inner]) => Condition::Not(Box::new(condition(template, inner)?)),
            _ => free(node),
        },
        Some(("Fn::Equals", argument)) => match argument.list() {
            Some([left, right]) => equals(&template.operand(left)?, &template.operand(right)?),
            _ => free(node),
        },
        _ => free(node),
    })
}

fn equals(left: &Name, right: &Name) -> Condition {
    match (left.known(), right.known()) {
        _ if left == right => Condition::Constant(true),
        (Some(_), Some(_)) => Condition::Constant(false),
        (Some(text), None) => Condition::Is(right.canonical(), text.to_owned()),
        (None, Some(text)) => Condition::Is(left.canonical(), text.to_owned()),
        (None, None) => {
            let (first, second) = if left < right { (left, right) } else { (right, left) };
            Condition::Is(format!("{} = {}", first.canonical(), second.canonical()), String::from("true"))
        }
    }
}

/// What is not understood may hold or not.
fn free(node: &Node) -> Condition {
    Condition::Is(node.to_string(), String::from("true"))
}
