//! Conditions: whether two resources can exist in one deployment.
//!
//! All conditions that the two need are taken together, down to comparisons of a value with a text. If two of these
//! exclude each other, the resources do; otherwise they may exist together.

use std::collections::{BTreeMap, BTreeSet};

use super::Template;
use crate::finding::TemplateError;
use crate::tree::Node;

/// Conditions that must hold, or must not.
pub(super) type Guard<'t> = BTreeSet<(&'t str, bool)>;

/// What one condition takes from the budget.
pub(super) const CONDITION_BYTES: usize = 64;

/// The guard in words: `IsProd`, `not IsDev`.
pub(super) fn in_words(guard: &Guard<'_>) -> Vec<String> {
    guard
        .iter()
        .map(|(name, holds)| if *holds { (*name).to_owned() } else { format!("not {name}") })
        .collect()
}

/// What is known of one value.
#[derive(Debug, Default)]
struct Compared {
    equal: BTreeSet<String>,
    different: BTreeSet<String>,
}

/// What follows from conditions.
#[derive(Debug, Default)]
struct Facts {
    compared: BTreeMap<String, Compared>,
    is_impossible: bool,
}

impl Facts {
    /// Notes that something is a text, or is not; of what is only true or false, that is the text.
    fn note(&mut self, what: String, text: &str, holds: bool) {
        let compared = self.compared.entry(what).or_default();
        let texts = if holds { &mut compared.equal } else { &mut compared.different };
        texts.insert(text.to_owned());
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
            facts.note(format!("condition {name}"), "", holds);
            if let Some(condition) = self.conditions.get(name) {
                let mut named = Vec::new();
                self.infer(condition, holds, &mut facts, &mut named)?;
                waiting.extend(named.into_iter().filter(|named| reached.insert(*named)));
            }
        }
        Ok(!facts.is_impossible
            && !facts.compared.iter().any(|(what, compared)| self.is_contradiction(what, compared)))
    }

    /// Notes what follows if a condition holds, or does not: the facts, and the conditions that it names.
    fn infer(
        &self,
        condition: &'t Node,
        holds: bool,
        facts: &mut Facts,
        named: &mut Vec<(&'t str, bool)>,
    ) -> Result<(), TemplateError> {
        self.budget.charge(CONDITION_BYTES)?;
        match (condition.function(), condition.function().and_then(|(_, argument)| argument.list())) {
            (Some(("Condition", name)), _) if name.text().is_some() => {
                named.extend(name.text().map(|name| (name, holds)));
                Ok(())
            }
            (Some(("Fn::Not", _)), Some([inner])) => self.infer(inner, !holds, facts, named),
            (Some(("Fn::And" | "Fn::Or", _)), Some([inner])) => self.infer(inner, holds, facts, named),
            (Some(("Fn::And", _)), Some(all)) if holds => {
                all.iter().try_for_each(|inner| self.infer(inner, true, facts, named))
            }
            (Some(("Fn::Or", _)), Some(none)) if !holds => {
                none.iter().try_for_each(|inner| self.infer(inner, false, facts, named))
            }
            (Some(("Fn::Equals", _)), Some([left, right])) => {
                let (left, right) = (self.operand(left)?, self.operand(right)?);
                match (left.known(), right.known()) {
                    _ if left == right => facts.is_impossible |= !holds,
                    (Some(_), Some(_)) => facts.is_impossible |= holds,
                    (Some(text), None) => facts.note(right.exact().to_owned(), text, holds),
                    (None, Some(text)) => facts.note(left.exact().to_owned(), text, holds),
                    (None, None) => {
                        let (one, other) = (left.exact().min(right.exact()), left.exact().max(right.exact()));
                        facts.note(format!("{one} = {other}"), "", holds);
                    }
                }
                Ok(())
            }
            _ => {
                self.budget.charge(condition.bytes())?;
                facts.note(condition.to_string(), "", holds);
                Ok(())
            }
        }
    }

    fn is_contradiction(&self, what: &str, compared: &Compared) -> bool {
        let Compared { equal, different } = compared;
        let parameter = what.strip_prefix("\0Ref ").and_then(|what| what.strip_suffix('\0'));
        let allowed = parameter
            .and_then(|parameter| self.parameters.get(parameter)?.get("AllowedValues")?.list())
            .map(|values| values.iter().filter_map(Node::text).collect::<BTreeSet<_>>());
        let is_possible = |text: &str| {
            equal.iter().all(|equal| equal == text)
                && !different.contains(text)
                && allowed.as_ref().is_none_or(|allowed| allowed.contains(text))
        };
        match (equal.first(), &allowed) {
            (Some(text), _) => !is_possible(text),
            (None, Some(allowed)) => !allowed.iter().any(|text| is_possible(text)),
            (None, None) => false,
        }
    }
}
