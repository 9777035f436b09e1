//! Whose keys and login profiles are: by the planned name, or by a direct reference to a user in the same module.

use std::collections::{HashMap, HashSet};

use super::of_kind;
use super::plan::{Configured, Expressions, Instance, Kind, Module, References};
use crate::error::{Budget, TemplateError};

/// The cost of a reference that is held, in addition to its text.
const REFERENCE_BYTES: usize = 128;

/// Whose keys and login profiles are.
#[derive(Debug)]
pub(super) struct Owners<'i> {
    of_name: HashMap<String, Vec<&'i Instance>>,
    of_address: HashMap<&'i str, &'i Instance>,
    /// What the `user` of a resource refers to, by its address in the configuration.
    references: HashMap<String, References>,
    /// What the names of users refer to, with its module.
    parts_of_names: HashSet<String>,
    budget: &'i Budget,
}

impl<'i> Owners<'i> {
    /// Reads the users and the references of a plan.
    ///
    /// # Errors
    /// A resource that is not of a plan's form; too much work.
    pub(super) fn of(
        instances: &'i [Instance],
        root: &Module<'_>,
        budget: &'i Budget,
    ) -> Result<Self, TemplateError> {
        let (of_name, of_address) = (HashMap::new(), HashMap::new());
        let (references, parts_of_names) = (HashMap::new(), HashSet::new());
        let mut owners = Self { of_name, of_address, references, parts_of_names, budget };
        for user in of_kind(instances, Kind::User) {
            owners.of_address.insert(&user.address, user);
            if let Some(name) = &user.name {
                owners.of_name.entry(name.to_ascii_lowercase()).or_default().push(user);
            }
        }
        owners.read(root, "")?;
        Ok(owners)
    }

    /// Reads the references of a module and of those that it calls.
    fn read(&mut self, module: &Module<'_>, path: &str) -> Result<(), TemplateError> {
        self.budget.charge(path.len())?;
        for resource in module.resources() {
            let Configured { address, expressions: Expressions { name, user } } = resource?;
            let user = user.references;
            let texts = address.len() + user.users.iter().map(|user| user.len()).sum::<usize>();
            self.budget.charge(REFERENCE_BYTES + path.len() + texts)?;
            self.references.insert(format!("{path}{address}"), user);
            for part in name.references.users {
                self.budget.charge(REFERENCE_BYTES + path.len() + part.len())?;
                self.parts_of_names.insert(format!("{path}{}", resource_of(&part)));
            }
        }
        module.calls.iter().try_for_each(|(name, called)| self.read(called, &format!("{path}module.{name}.")))
    }

    /// The users that a key or login profile may be for; none if the plan does not say.
    ///
    /// # Errors
    /// Too much work.
    pub(super) fn users(&self, instance: &Instance) -> Result<Vec<&'i Instance>, TemplateError> {
        let Some(name) = &instance.name else { return Ok(self.referred(instance)?.into_iter().collect()) };
        let named = self.of_name.get(&name.to_ascii_lowercase()).map_or(&[][..], Vec::as_slice);
        self.budget.charge(named.len())?;
        // the same name in several accounts: a reference says which one is meant
        if named.len() > 1
            && let Some(user) = self.referred(instance)?
            && named.iter().any(|named| named.address == user.address)
        {
            return Ok(vec![user]);
        }
        Ok(named.to_vec())
    }

    /// The user that the configuration refers to directly.
    fn referred(&self, instance: &Instance) -> Result<Option<&'i Instance>, TemplateError> {
        self.budget.charge(instance.address.len())?;
        let module = if instance.module.is_empty() { String::new() } else { format!("{}.", instance.module) };
        let resource = instance.address.strip_prefix(&module).unwrap_or(&instance.address);
        let (resource, index) =
            resource.split_at_checked(resource.find('[').unwrap_or(resource.len())).unwrap_or_default();
        let path = without_indices(&module);
        let Some(references) = self.references.get(&format!("{path}{resource}")) else { return Ok(None) };
        let [user] = references.users.as_slice() else { return Ok(None) };
        // a user whose name is built from that of another: the key may be for either
        if references.has_others || self.parts_of_names.contains(&format!("{path}{}", resource_of(user))) {
            return Ok(None);
        }
        let user = user.strip_suffix(".name").or_else(|| user.strip_suffix(".id")).unwrap_or(user);
        let index = if user.contains('[') || !references.has_index { "" } else { index };
        Ok(self.of_address.get(&*format!("{module}{user}{index}")).copied())
    }
}

/// The resource that a reference names: of `aws_iam_user.this[0].name`, it is `aws_iam_user.this`.
fn resource_of(reference: &str) -> &str {
    let name = reference.find('.').map_or(0, |dot| dot + 1);
    let end = reference.get(name..).and_then(|rest| rest.find(['.', '[']));
    end.and_then(|end| reference.get(..name + end)).unwrap_or(reference)
}

/// An address without `[0]` and `["a"]`.
fn without_indices(address: &str) -> String {
    let (mut plain, mut in_index, mut in_quotes, mut is_escaped) = (String::new(), false, false, false);
    for c in address.chars() {
        match c {
            '"' if in_index && !is_escaped => in_quotes = !in_quotes,
            '[' if !in_quotes => in_index = true,
            ']' if !in_quotes => in_index = false,
            _ if !in_index => plain.push(c),
            _ => {}
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    plain
}
