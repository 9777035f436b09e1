//! Terraform and OpenTofu plans, as `terraform show -json` prints them: which access keys are for which console users.
//!
//! A key is reported if the plan creates it together with its user, and the user gets a login profile. Names are
//! compared as planned. A name that is not known before apply is followed if it is a direct reference to a user
//! (`aws_iam_user.this.name`) in the same module; any other is a note. Only the IAM resources of a plan are kept.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::document::json_error;
use crate::finding::{Finding, Note, Notes, Seen, TemplateError};
use crate::tree::{Budget, Position};

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
    #[serde(borrow, default)]
    child_modules: Vec<Self>,
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
                    let Kind { r#type: kind, mode } = resource(item, None).map_err(A::Error::custom)?;
                    if mode.is_none_or(|mode| mode == "managed")
                        && ([USER, LOGIN_PROFILE, ACCESS_KEY].contains(&&*kind) || STACKS.contains(&&*kind))
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

/// A resource in planned values, or in resource changes.
#[derive(Debug, Deserialize)]
struct Resource {
    address: String,
    module_address: Option<String>,
    r#type: String,
    values: Option<Names>,
    change: Option<Change>,
    deposed: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Change {
    actions: Vec<String>,
    after: Option<Names>,
}

/// A user has a name; a key and a login profile have the user that they are for.
#[derive(Debug, Default, Deserialize)]
struct Names {
    name: Option<String>,
    user: Option<String>,
}

/// A resource in the configuration.
#[derive(Debug, Deserialize)]
struct Configured {
    address: String,
    #[serde(default)]
    expressions: Expressions,
}

#[derive(Debug, Default, Deserialize)]
struct Expressions {
    #[serde(default)]
    name: Expression,
    #[serde(default)]
    user: Expression,
}

#[derive(Debug, Default, Deserialize)]
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
    /// The address of the module that it is in; empty for the root module.
    module: String,
    /// The name of the user that it is or is for, if it is known before apply.
    name: Option<String>,
    /// Whether the plan creates it, a replacement included. An import creates nothing.
    is_created: bool,
}

/// Reads a plan.
///
/// # Errors
/// Text that is not JSON, or not of a plan's form.
pub(crate) fn parse(text: &str) -> Result<Plan<'_>, TemplateError> {
    serde_json::from_str(text).map_err(|error| json_error(&error))
}

/// Finds the access keys that are created together with their console users.
///
/// # Errors
/// Another major version of the format; a plan that Terraform could not complete; too much work.
pub(crate) fn look(plan: &Plan<'_>, text: &str) -> Result<Seen, TemplateError> {
    let version = plan.format_version.as_deref().unwrap_or("1");
    if !matches!(version.split('.').next(), Some("0" | "1")) {
        let reason = format!("the plan format is `{version}`, expected 0.x or 1.x");
        return Err(TemplateError::invalid(None, reason));
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
    let console_user =
        |user: &Instance| login_profile_of.get(&*user.address).copied().filter(|_| user.is_created);
    let any_console_user = of_kind(instances, USER)
        .any(|user| user.is_created && any_unknown_profile || console_user(user).is_some());
    let mut findings = Vec::new();
    for key in of_kind(instances, ACCESS_KEY).filter(|key| key.is_created) {
        let users = owners.users(key)?;
        let of_console = users.iter().find_map(|user| Some((user, console_user(user)?)));
        let message = match of_console {
            Some((user, profile)) if users.iter().all(|user| console_user(user).is_some()) => {
                findings.push(Finding {
                    at: Some(key.at),
                    access_key: key.address.clone(),
                    user: user.address.clone(),
                    user_name: user.name.clone(),
                    login_profile: Some(profile.address.clone()),
                    conditions: Vec::new(),
                    construct_path: None,
                    suppressed: None,
                });
                continue;
            }
            Some((user, _)) => {
                format!("may be for the console user `{}`: several users have this name", user.address)
            }
            None => {
                let any_new = users.iter().any(|user| user.is_created);
                let words = if !any_new
                    && key.name.as_deref().is_some_and(|name| new_passwords.contains(name))
                {
                    "and a login profile are created together for a user that the plan does not create"
                } else if users.is_empty() && key.name.is_none() && any_console_user {
                    "may be for a console user: the plan does not say whose it is before apply"
                } else if any_new && any_unknown_profile {
                    "may be for a console user: the plan does not say whose the login profiles are before apply"
                } else {
                    continue;
                };
                words.to_owned()
            }
        };
        notes.push(Note::at(key.at, format!("`{}` {message}", key.address)));
    }
    Ok(findings)
}

fn of_kind<'i>(instances: &'i [Instance], kind: &'static str) -> impl Iterator<Item = &'i Instance> {
    instances.iter().filter(move |instance| instance.kind == kind)
}

fn resource<'t, R: Deserialize<'t>>(raw: &'t RawValue, at: Option<Position>) -> Result<R, TemplateError> {
    // the error's own position is inside the resource
    serde_json::from_str(raw.get()).map_err(|error| TemplateError::invalid(at, json_error(&error).reason))
}

/// The instances that there will be after apply: what changes, or the planned values of a plan cut down to them.
fn instances(plan: &Plan<'_>, text: &str) -> Result<Vec<Instance>, TemplateError> {
    let mut raws: Vec<&RawValue> = Vec::new();
    match &plan.resource_changes {
        Some(changes) => raws.extend(&changes.0),
        None => {
            let mut modules = vec![&plan.planned_values.root_module];
            while let Some(module) = modules.pop() {
                raws.extend(&module.resources.0);
                modules.extend(module.child_modules.iter().rev());
            }
        }
    }
    let mut cursor = Cursor::new(text);
    let mut instances = Vec::new();
    for raw in raws {
        let at = cursor.at((raw.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize));
        let Resource { address, module_address, r#type: kind, values, change, deposed } =
            resource(raw, Some(at))?;
        let has = |wanted: &str| {
            change.as_ref().is_some_and(|change| change.actions.iter().any(|action| action == wanted))
        };
        let is_created = change.is_none() || has("create");
        // a deposed object is what is left of one that was replaced
        if !is_created && (has("delete") || has("forget")) || deposed.is_some() {
            continue;
        }
        let Names { name, user } = change.and_then(|change| change.after).or(values).unwrap_or_default();
        let name = name.or(user);
        instances.push(Instance {
            at,
            kind,
            address,
            module: module_address.unwrap_or_default(),
            name,
            is_created,
        });
    }
    Ok(instances)
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
            let Configured { address, expressions: Expressions { name, user } } = resource(raw, None)?;
            self.parts_of_names.extend(name.references.iter().map(|part| format!("{path}{part}")));
            self.references.insert(format!("{path}{address}"), user.references);
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
        let module = if instance.module.is_empty() { String::new() } else { format!("{}.", instance.module) };
        let resource = instance.address.strip_prefix(&module).unwrap_or(&instance.address);
        let (resource, index) =
            resource.split_at_checked(resource.find('[').unwrap_or(resource.len())).unwrap_or_default();
        let path = without_indices(&module);
        let Some(references) = self.references.get(&format!("{path}{resource}")) else { return Ok(None) };
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
        // a user whose name is built from that of another: the key may be for either
        let plain = user.split('[').next().unwrap_or_default();
        if self.parts_of_names.contains(&format!("{path}{plain}")) {
            return Ok(None);
        }
        let index = if user.contains('[') || own.is_empty() { "" } else { index };
        Ok(self.of_address.get(&*format!("{module}{user}{index}")).copied())
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
