//! Terraform and OpenTofu plans, as `terraform show -json` prints them: which access keys are for which console users.
//!
//! A key is reported if the plan creates it together with its user, and the user gets a login profile. Names are
//! compared as planned. A name that is not known before apply is followed if it is a direct reference to a user
//! (`aws_iam_user.this.name`) in the same module; any other is a note. Only the IAM resources of a plan are kept.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::finding::{Finding, Note, Notes, Seen, TemplateError};
use crate::json::failed;
use crate::tree::{Budget, Cursor, Position};

const USER: &str = "aws_iam_user";
const LOGIN_PROFILE: &str = "aws_iam_user_login_profile";
const ACCESS_KEY: &str = "aws_iam_access_key";
const STACKS: [&str; 2] = ["aws_cloudformation_stack", "aws_cloudformation_stack_set"];

/// Bytes of addresses that are compared.
const MAX_COMPARED_BYTES: usize = 64 * 1024 * 1024;

/// The parts of a plan that are read; the others are skipped.
#[derive(Debug, Deserialize)]
pub(crate) struct Plan<'t> {
    format_version: Option<String>,
    #[serde(default)]
    errored: bool,
    #[serde(borrow)]
    planned_values: Option<Planned<'t>>,
    #[serde(borrow, default)]
    resource_changes: Resources<'t>,
    #[serde(borrow, default)]
    configuration: Configuration<'t>,
}

#[derive(Debug, Deserialize)]
struct Planned<'t> {
    #[serde(borrow, default)]
    root_module: PlannedModule<'t>,
}

#[derive(Debug, Default, Deserialize)]
struct PlannedModule<'t> {
    #[serde(borrow, default)]
    resources: Resources<'t>,
    #[serde(borrow, default)]
    child_modules: Vec<Self>,
}

#[derive(Debug, Default, Deserialize)]
struct Configuration<'t> {
    #[serde(borrow, default)]
    root_module: Module<'t>,
}

/// The configuration of a module.
#[derive(Debug, Default, Deserialize)]
struct Module<'t> {
    #[serde(borrow, default)]
    resources: Resources<'t>,
    #[serde(borrow, default)]
    module_calls: BTreeMap<String, ModuleCall<'t>>,
}

#[derive(Debug, Deserialize)]
struct ModuleCall<'t> {
    #[serde(borrow, default)]
    module: Module<'t>,
}

/// The resources of a list that are about IAM users or stacks.
#[derive(Debug, Default)]
struct Resources<'t>(Vec<&'t RawValue>);

impl<'de: 't, 't> Deserialize<'de> for Resources<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Relevant;
        impl<'de> Visitor<'de> for Relevant {
            type Value = Vec<&'de RawValue>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of resources")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                #[derive(Deserialize)]
                struct Kind {
                    r#type: String,
                    mode: Option<String>,
                }
                let mut relevant = Vec::new();
                while let Some(item) = items.next_element::<&RawValue>()? {
                    let kind: Kind = serde_json::from_str(item.get())
                        .map_err(|error| serde::de::Error::custom(failed(&error).reason))?;
                    let is_managed = kind.mode.is_none_or(|mode| mode == "managed");
                    if is_managed
                        && ([USER, LOGIN_PROFILE, ACCESS_KEY].contains(&&*kind.r#type)
                            || STACKS.contains(&&*kind.r#type))
                    {
                        relevant.push(item);
                    }
                }
                Ok(relevant)
            }
        }
        deserializer.deserialize_seq(Relevant).map(Self)
    }
}

/// A resource, in whatever list it is.
#[derive(Debug, Deserialize)]
struct Resource {
    address: String,
    r#type: String,
    /// In planned values.
    #[serde(default)]
    values: Option<Names>,
    /// In resource changes.
    change: Option<Change>,
    deposed: Option<String>,
    /// In the configuration.
    #[serde(default)]
    expressions: Expressions,
}

#[derive(Debug, Deserialize)]
struct Change {
    actions: Vec<String>,
    after: Option<Names>,
}

#[derive(Debug, Default, Deserialize)]
struct Names {
    name: Option<String>,
    user: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Expressions {
    name: Option<Expression>,
    user: Option<Expression>,
}

#[derive(Debug, Deserialize)]
struct Expression {
    #[serde(default)]
    references: Vec<String>,
}

/// One instance of a resource.
#[derive(Debug)]
struct Instance {
    at: Position,
    kind: String,
    address: String,
    /// The name of the user that it is or is for, if it is known before apply.
    name: Option<String>,
    /// Whether the plan creates it, a replacement included. An import creates nothing.
    is_created: bool,
}

impl Instance {
    /// The address without the modules: `aws_iam_user.this[0]`; and the modules, with the dot after them.
    fn split(&self) -> (&str, &str) {
        // a key of `for_each` may contain the type as well: the last one that begins a step counts
        let step = format!("{}.", self.kind);
        let begins =
            |at: &usize| *at == 0 || self.address.get(..*at).is_some_and(|before| before.ends_with('.'));
        let at = self.address.match_indices(&step).map(|(at, _)| at).filter(begins).last().unwrap_or(0);
        self.address.split_at_checked(at).unwrap_or_default()
    }
}

/// Reads a plan.
///
/// # Errors
/// Text that is not JSON, or not of a plan's form.
pub(crate) fn parse(text: &str) -> Result<Plan<'_>, TemplateError> {
    serde_json::from_str(text).map_err(|error| failed(&error))
}

/// Finds the access keys that are created together with their console users.
///
/// # Errors
/// Another major version of the format; a plan that Terraform could not complete; too much work.
pub(crate) fn look(plan: &Plan<'_>, text: &str) -> Result<Seen, TemplateError> {
    if let Some(version) =
        plan.format_version.as_deref().filter(|version| !matches!(version.split('.').next(), Some("0" | "1")))
    {
        return Err(TemplateError::invalid(
            None,
            format!("the plan format is `{version}`, expected 0.x or 1.x"),
        ));
    }
    if plan.errored {
        return Err(TemplateError::invalid(None, "an incomplete plan: Terraform ended with an error"));
    }
    let instances = instances(plan, text)?;
    let budget = Budget::new(MAX_COMPARED_BYTES, "too complex to analyze");
    let owners = Owners::of(&instances, &plan.configuration.root_module, &budget)?;
    let mut notes = Notes::default();
    let findings = findings(&instances, &owners, &mut notes)?;
    for stack in instances.iter().filter(|stack| stack.is_created && STACKS.contains(&&*stack.kind)) {
        let message = format!("`{}` is a CloudFormation template: check it as well", stack.address);
        notes.push(Note::at(stack.at, message));
    }
    Ok(Seen::new(findings, notes))
}

fn findings(
    instances: &[Instance],
    owners: &Owners<'_>,
    notes: &mut Notes,
) -> Result<Vec<Finding>, TemplateError> {
    let mut login_profile_of: HashMap<&str, &Instance> = HashMap::new();
    let mut new_passwords = HashSet::new();
    let mut any_unknown_profile = false;
    for profile in of_kind(instances, LOGIN_PROFILE) {
        let users = owners.users(profile)?;
        any_unknown_profile |= users.is_empty() && profile.name.is_none();
        new_passwords.extend(profile.name.as_deref().filter(|_| profile.is_created));
        for user in users {
            login_profile_of.entry(&user.address).or_insert(profile);
        }
    }
    let console_user = |user: &&Instance| user.is_created && login_profile_of.contains_key(&*user.address);
    let any_console_user =
        of_kind(instances, USER).any(|user| user.is_created && (any_unknown_profile || console_user(&user)));
    let mut findings = Vec::new();
    for key in of_kind(instances, ACCESS_KEY).filter(|key| key.is_created) {
        let users = owners.users(key)?;
        let mut of_console = users.iter().copied().filter(console_user);
        let message = match of_console.next() {
            Some(user) if of_console.count() + 1 == users.len() => {
                findings.push(Finding {
                    at: Some(key.at),
                    access_key: key.address.clone(),
                    user: user.address.clone(),
                    user_name: user.name.clone(),
                    login_profile: login_profile_of
                        .get(&*user.address)
                        .map(|profile| profile.address.clone()),
                    conditions: Vec::new(),
                    construct_path: None,
                    suppressed: None,
                });
                continue;
            }
            Some(user) => {
                format!("may be for the console user `{}`: several users have this name", user.address)
            }
            None if key.name.as_deref().is_some_and(|name| new_passwords.contains(name))
                && !users.iter().any(|user| user.is_created) =>
            {
                String::from(
                    "and a login profile are created together for a user that the plan does not create",
                )
            }
            None if users.is_empty() && key.name.is_none() && any_console_user => {
                String::from("may be for a console user: the plan does not say whose it is before apply")
            }
            None if any_unknown_profile && users.iter().any(|user| user.is_created) => String::from(
                "may be for a console user: the plan does not say whose the login profiles are before apply",
            ),
            None => continue,
        };
        notes.push(Note::at(key.at, format!("`{}` {message}", key.address)));
    }
    Ok(findings)
}

fn of_kind<'i>(instances: &'i [Instance], kind: &'static str) -> impl Iterator<Item = &'i Instance> {
    instances.iter().filter(move |instance| instance.kind == kind)
}

fn resource(raw: &RawValue, at: impl Into<Option<Position>>) -> Result<Resource, TemplateError> {
    // the error's own position is inside the resource
    serde_json::from_str(raw.get()).map_err(|error| TemplateError::invalid(at, failed(&error).reason))
}

/// The instances that there will be after apply.
fn instances(plan: &Plan<'_>, text: &str) -> Result<Vec<Instance>, TemplateError> {
    let mut planned = Vec::new();
    let mut modules: Vec<&PlannedModule<'_>> =
        plan.planned_values.iter().map(|values| &values.root_module).collect();
    while let Some(module) = modules.pop() {
        planned.extend(&module.resources.0);
        modules.extend(module.child_modules.iter().rev());
    }
    let mut cursor = Cursor::new(text);
    let mut instances: Vec<Instance> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    let mut removed = HashSet::new();
    for raw in planned.into_iter().chain(&plan.resource_changes.0) {
        let at = cursor.at((raw.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize));
        let Resource { address, r#type: kind, values, change, deposed, .. } = resource(raw, at)?;
        // a deposed object is what is left of one that was replaced
        if deposed.is_some() {
            continue;
        }
        let has = |wanted: &str| {
            change.as_ref().is_none_or(|change| change.actions.iter().any(|action| action == wanted))
        };
        let is_created = has("create");
        if !is_created && (has("delete") || has("forget")) {
            removed.insert(address);
            continue;
        }
        let after = change.and_then(|change| change.after).or(values).unwrap_or_default();
        let name = if kind == USER { after.name } else { after.user };
        match index.get(&address).and_then(|at| instances.get_mut(*at)) {
            Some(known) => {
                let name = name.or_else(|| known.name.take());
                *known = Instance { at, kind, address, name, is_created };
            }
            None => {
                index.insert(address.clone(), instances.len());
                instances.push(Instance { at, kind, address, name, is_created });
            }
        }
    }
    instances.retain(|instance| !removed.contains(&instance.address));
    Ok(instances)
}

/// Whose keys and login profiles are.
#[derive(Debug)]
struct Owners<'i> {
    of_name: HashMap<String, Vec<&'i Instance>>,
    of_address: HashMap<&'i str, &'i Instance>,
    /// What the `user` of a resource refers to, by its address in the configuration.
    references: HashMap<String, Vec<String>>,
    /// What the names of users refer to, with its module.
    parts_of_names: HashSet<String>,
    budget: &'i Budget,
}

impl<'i> Owners<'i> {
    fn of(instances: &'i [Instance], root: &Module<'_>, budget: &'i Budget) -> Result<Self, TemplateError> {
        let (of_name, of_address) = (HashMap::new(), HashMap::new());
        let (references, parts_of_names) = (HashMap::new(), HashSet::new());
        let mut owners = Self { of_name, of_address, references, parts_of_names, budget };
        for user in of_kind(instances, USER) {
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
        for raw in &module.resources.0 {
            let Resource { address, expressions, .. } = resource(raw, None)?;
            let parts = expressions.name.as_ref().map_or(&[][..], |name| &name.references);
            self.parts_of_names.extend(parts.iter().map(|part| format!("{path}{part}")));
            let references = expressions.user.map(|user| user.references);
            self.references.insert(format!("{path}{address}"), references.unwrap_or_default());
        }
        module
            .module_calls
            .iter()
            .try_for_each(|(name, call)| self.read(&call.module, &format!("{path}module.{name}.")))
    }

    /// The users that a key or login profile may be for; none if the plan does not say.
    fn users(&self, instance: &Instance) -> Result<Vec<&'i Instance>, TemplateError> {
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
        let (modules, resource) = instance.split();
        let (in_configuration, own_index) =
            resource.split_at_checked(resource.find('[').unwrap_or(resource.len())).unwrap_or_default();
        let modules_without_index = without_indices(modules);
        let Some(references) = self.references.get(&format!("{modules_without_index}{in_configuration}"))
        else {
            return Ok(None);
        };
        let (own, users): (Vec<&String>, Vec<&String>) = references
            .iter()
            .partition(|reference| ["count.index", "each.key"].contains(&reference.as_str()));
        // Terraform lists `aws_iam_user.this[0].name`, `aws_iam_user.this[0]`, `aws_iam_user.this`
        let Some(longest) = users.iter().max_by_key(|reference| reference.len()) else { return Ok(None) };
        let is_part = |reference: &&String| {
            longest
                .strip_prefix(reference.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        if !longest.starts_with("aws_iam_user.") || !users.iter().all(is_part) {
            return Ok(None);
        }
        let user = longest.strip_suffix(".name").or_else(|| longest.strip_suffix(".id")).unwrap_or(longest);
        let user = if user.contains('[') || own.is_empty() {
            (*user).to_owned()
        } else {
            format!("{user}{own_index}")
        };
        // a user whose name is built from that of another: the key may be for either
        let plain = user.split('[').next().unwrap_or_default();
        if self.parts_of_names.contains(&format!("{modules_without_index}{plain}")) {
            return Ok(None);
        }
        Ok(self.of_address.get(&*format!("{modules}{user}")).copied())
    }
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
