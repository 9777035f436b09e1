//! Conditions: whether two resources can exist in one deployment.
//!
//! All conditions that the two need are taken together, down to comparisons of a value with a text. If two of these
//! exclude each other, the resources do; otherwise they may exist together. A parameter may have any value that it
//! allows, whatever its default: a deployment may set it.

use std::collections::{BTreeMap, BTreeSet};

use super::Template;
use crate::error::TemplateError;
use crate::tree::Node;

/// Conditions that must hold, or must not.
pub(super) type Guard<'t> = BTreeSet<(&'t str, bool)>;

/// What one condition takes from the budget.
pub(super) const CONDITION_BYTES: usize = 256;

/// The guard in words: `IsProd`, `not IsDev`.
pub(super) fn in_words(guard: &Guard<'_>) -> Vec<String> {
    guard
        .iter()
        .map(|(name, holds)| if *holds { (*name).to_owned() } else { format!("not {name}") })
        .collect()
}

/// What follows from conditions, by what they compare: a value, or something that is only true (the empty text) or not.
type Facts<'t> = BTreeMap<String, Compared<'t>>;

/// What one thing has to be.
#[derive(Debug, Default)]
struct Compared<'t> {
    equal: BTreeSet<&'t str>,
    different: BTreeSet<&'t str>,
    /// All that it can be, if that is known.
    allowed: Option<BTreeSet<&'t str>>,
}

impl<'t> Compared<'t> {
    fn note(&mut self, text: &'t str, holds: bool) {
        let texts = if holds { &mut self.equal } else { &mut self.different };
        texts.insert(text);
    }

    fn is_possible(&self) -> bool {
        let may_be = |text: &str| {
            self.equal.iter().all(|equal| *equal == text)
                && !self.different.contains(text)
                && self.allowed.as_ref().is_none_or(|allowed| allowed.contains(text))
        };
        match (self.equal.first(), &self.allowed) {
            (Some(text), _) => may_be(text),
            (None, Some(allowed)) => allowed.iter().any(|text| may_be(text)),
            (None, None) => true,
        }
    }
}

impl<'t> Template<'t> {
    /// Whether two guards can hold in one deployment, as far as the template says.
    ///
    /// # Errors
    /// Too much work.
    pub(super) fn may_be_together(&self, one: &Guard<'t>, other: &Guard<'t>) -> Result<bool, TemplateError> {
        let mut facts = Facts::default();
        let mut reached: Guard<'t> = one.union(other).copied().collect();
        let mut waiting: Vec<(&'t str, bool)> = reached.iter().copied().collect();
        while let Some((name, holds)) = waiting.pop() {
            self.budget.charge(CONDITION_BYTES + name.len())?;
            facts.entry(format!("condition {name}")).or_default().note("", holds);
            if let Some(condition) = self.conditions.get(name) {
                let mut named = Vec::new();
                self.infer(condition, holds, &mut facts, &mut named)?;
                waiting.extend(named.into_iter().filter(|named| reached.insert(*named)));
            }
        }
        Ok(facts.values().all(Compared::is_possible))
    }

    /// Notes what follows if a condition holds, or does not: the facts, and the conditions that it names.
    fn infer(
        &self,
        condition: &'t Node,
        holds: bool,
        facts: &mut Facts<'t>,
        named: &mut Vec<(&'t str, bool)>,
    ) -> Result<(), TemplateError> {
        self.budget.charge(CONDITION_BYTES)?;
        let (function, argument) = condition.function().unzip();
        match (function, argument.and_then(Node::text), argument.and_then(Node::list)) {
            (Some("Condition"), Some(name), _) => named.push((name, holds)),
            (Some("Fn::Not"), _, Some([inner])) => self.infer(inner, !holds, facts, named)?,
            (Some("Fn::And" | "Fn::Or"), _, Some([inner])) => self.infer(inner, holds, facts, named)?,
            (Some("Fn::And"), _, Some(all)) if holds => {
                all.iter().try_for_each(|inner| self.infer(inner, true, facts, named))?;
            }
            (Some("Fn::Or"), _, Some(none)) if !holds => {
                none.iter().try_for_each(|inner| self.infer(inner, false, facts, named))?;
            }
            (Some("Fn::Equals"), _, Some([left, right])) => {
                self.budget.charge(condition.bytes())?;
                let (left, right) = if right.text().is_some() { (left, right) } else { (right, left) };
                let (what, text, allowed) = match right.text() {
                    Some(text) => (left.to_string(), text, self.allowed(left)?),
                    None => {
                        let both = BTreeSet::from([left.to_string(), right.to_string()]);
                        // what is written alike is equal
                        let allowed = (both.len() == 1).then(|| BTreeSet::from([""]));
                        (both.into_iter().collect::<Vec<_>>().join(" = "), "", allowed)
                    }
                };
                facts
                    .entry(what)
                    .or_insert_with(|| Compared { allowed, ..Compared::default() })
                    .note(text, holds);
            }
            _ => {
                self.budget.charge(condition.bytes())?;
                facts.entry(condition.to_string()).or_default().note("", holds);
            }
        }
        Ok(())
    }

    /// All that a value can be, if that is known.
    fn allowed(&self, value: &'t Node) -> Result<Option<BTreeSet<&'t str>>, TemplateError> {
        if let Some(text) = value.text() {
            return Ok(Some(BTreeSet::from([text])));
        }
        let parameter = match value.function() {
            Some(("Ref", parameter)) => self.parameter(parameter.text().unwrap_or_default())?,
            _ => None,
        };
        let Some(allowed) = parameter.and_then(|parameter| parameter.get("AllowedValues")?.list()) else {
            return Ok(None);
        };
        self.budget.charge(allowed.len() * CONDITION_BYTES)?;
        Ok(Some(allowed.iter().filter_map(Node::text).collect()))
    }
}
