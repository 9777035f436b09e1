//! CloudFormation and SAM templates: which access keys are for which console users.
//!
//! A key is for a user if its `UserName` is the user's name wherever the conditions of the template let both be made.
//! Not here: what a name is (`name`), which conditions go together (`condition`).

mod condition;
mod for_each;
mod name;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use indexmap::IndexMap;

use super::finding::{Finding, Note, Seen};
use super::node::{Budget, Map, Node, TemplateError};
use condition::{Conditions, World};
use name::Name;

/// Macros that are understood: they add no users and no keys, or what they add is looked into.
const KNOWN_TRANSFORMS: [&str; 2] = ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"];

/// What a finding takes from the budget: no template makes more than some thousand.
const FINDING_STEPS: usize = 1_000;

/// A template, with what is needed to tell names.
#[derive(Debug)]
struct Template<'a> {
    root: &'a Node,
    resources: IndexMap<String, Cow<'a, Node>>,
    conditions: Conditions<'a>,
    budget: &'a Budget,
}

/// Finds the access keys that are made in one go with their console users.
///
/// # Errors
/// What CloudFormation takes for no template: a resource that is no mapping or has no type, properties that are no
/// mapping, a login profile that is null, a condition that depends on itself; names that take too much work.
pub(crate) fn look(root: &Node) -> Result<Seen, TemplateError> {
    let budget = Budget::new();
    let mut notes = Vec::new();
    let resources = root.get("Resources");
    let Some(map) = resources.and_then(Node::map) else {
        return Err(TemplateError::at(resources.and_then(|node| node.at), "`Resources` is no mapping"));
    };
    let resources = for_each::expand(root, map, &budget, &mut notes)?;
    for (id, resource) in &resources {
        check_resource(id, resource)?;
    }
    let mut template = Template { root, resources, conditions: Conditions::none(&budget), budget: &budget };
    template.conditions = Conditions::parse(&template)?;
    notes_on_transforms(root, &mut notes);
    for (id, resource) in &template.resources {
        notes.extend(note(id, resource));
    }
    Ok(Seen { findings: template.findings()?, notes })
}

fn kind(resource: &Node) -> &str {
    resource.get("Type").and_then(Node::text).unwrap_or_default()
}

fn property<'a>(resource: &'a Node, name: &str) -> Option<&'a Node> {
    resource.path(&["Properties", name])
}

fn check_resource(id: &str, resource: &Node) -> Result<(), TemplateError> {
    let error = |node: &Node, reason: String| Err(TemplateError::at(node.at.or(resource.at), reason));
    if resource.map().is_none() {
        return error(resource, format!("the resource `{id}` is no mapping"));
    }
    if kind(resource).is_empty() {
        return error(resource, format!("the resource `{id}` has no `Type`"));
    }
    match resource.get("Properties") {
        Some(properties) if properties.map().is_none() => {
            error(properties, format!("`Properties` of `{id}` is no mapping"))
        }
        _ => Ok(()),
    }?;
    match property(resource, "LoginProfile") {
        Some(profile) if profile.map().is_none() && kind(resource) == "AWS::IAM::User" => {
            error(profile, format!("`LoginProfile` of `{id}` is no mapping"))
        }
        _ => Ok(()),
    }
}

impl<'a> Template<'a> {
    fn findings(&self) -> Result<Vec<Finding>, TemplateError> {
        let mut users = Vec::new();
        let mut users_of_name: HashMap<Name, BTreeSet<usize>> = HashMap::new();
        for (id, user) in self.of_kind("AWS::IAM::User") {
            if property(user, "LoginProfile").is_none() {
                continue;
            }
            let at = users.len();
            users.push((id, user));
            for world in self.conditions.worlds(&self.conditions_of_user(user)?, id)? {
                if Self::is_made(user, &world) && self.has_password(user, &world)? {
                    users_of_name.entry(self.name_of_user(id, &world)?).or_default().insert(at);
                }
            }
        }
        let mut findings = Vec::new();
        for (id, key) in self.of_kind("AWS::IAM::AccessKey") {
            let Some(user_name) = property(key, "UserName") else { continue };
            let of_key = self.conditions_of(key, &[user_name])?;
            let mut candidates = BTreeSet::new();
            for world in self.conditions.worlds(&of_key, id)? {
                let name = self.name(user_name, &world)?;
                candidates
                    .extend(name.and_then(|name| users_of_name.get(&name)).into_iter().flatten().copied());
            }
            for (user_id, user) in candidates.into_iter().filter_map(|at| users.get(at)) {
                let mut conditions = self.conditions_of_user(user)?;
                conditions.extend(of_key.iter().cloned());
                let name = self.name_made_together((user_id, user), (key, user_name), &conditions)?;
                if let Some(name) = name {
                    self.budget.charge(FINDING_STEPS)?;
                    findings.push(finding((id, key), (user_id, user), &name));
                }
            }
        }
        Ok(findings)
    }

    /// The name of a console user and of the user of a key in the first world where both are made and it is one.
    fn name_made_together(
        &self,
        (user_id, user): (&str, &Node),
        (key, user_name): (&Node, &Node),
        conditions: &BTreeSet<String>,
    ) -> Result<Option<Name>, TemplateError> {
        for world in self.conditions.worlds(conditions, user_id)? {
            if Self::is_made(user, &world) && Self::is_made(key, &world) && self.has_password(user, &world)? {
                let name = self.name_of_user(user_id, &world)?;
                if self.name(user_name, &world)?.as_ref() == Some(&name) {
                    return Ok(Some(name));
                }
            }
        }
        Ok(None)
    }

    fn of_kind<'t>(&'t self, wanted: &'static str) -> impl Iterator<Item = (&'t str, &'t Node)> {
        let resources = self.resources.iter().filter(move |(_, resource)| kind(resource) == wanted);
        resources.map(|(id, resource)| (id.as_str(), resource.as_ref()))
    }

    fn is_made(resource: &Node, world: &World) -> bool {
        resource.get("Condition").and_then(Node::text).is_none_or(|condition| world.holds(condition))
    }

    /// Whether the user gets a login profile: `AWS::NoValue` takes the property away.
    fn has_password(&self, user: &Node, world: &World) -> Result<bool, TemplateError> {
        let Some(mut profile) = property(user, "LoginProfile") else { return Ok(false) };
        while let Some(("Fn::If", branches)) = profile.function() {
            self.budget.charge(1)?;
            let Some(branch) = Self::branch(branches, world) else { break };
            profile = branch;
        }
        Ok(!matches!(profile.function(), Some(("Ref", target)) if target.text() == Some("AWS::NoValue")))
    }

    /// The branch of `Fn::If` that a world takes.
    fn branch<'n>(branches: &'n Node, world: &World) -> Option<&'n Node> {
        let [condition, yes, no] = branches.list()? else { return None };
        Some(if world.holds(condition.text()?) { yes } else { no })
    }

    fn conditions_of_user(&self, user: &Node) -> Result<BTreeSet<String>, TemplateError> {
        let parts: Vec<_> =
            ["UserName", "LoginProfile"].iter().filter_map(|name| property(user, name)).collect();
        self.conditions_of(user, &parts)
    }

    /// The conditions that a resource and parts of it depend on, through the names of other users as well.
    fn conditions_of(&self, resource: &Node, parts: &[&Node]) -> Result<BTreeSet<String>, TemplateError> {
        let mut found = BTreeSet::new();
        found.extend(resource.get("Condition").and_then(Node::text).map(str::to_owned));
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<(&Node, usize)> = parts.iter().map(|part| (*part, 0)).collect();
        while let Some((part, depth)) = waiting.pop() {
            self.budget.charge(10)?;
            part.walk(&mut |node| match node.function() {
                Some(("Fn::If", branches)) => {
                    let condition = branches.list().and_then(<[Node]>::first).and_then(Node::text);
                    found.extend(condition.map(str::to_owned));
                }
                Some(("Ref" | "Fn::Sub", _)) => {
                    for id in name::references(node) {
                        if let Some(user) =
                            self.resources.get(&id).filter(|user| kind(user) == "AWS::IAM::User")
                            && depth < name::MAX_REFERENCES
                            && seen.insert(id)
                        {
                            waiting.extend(property(user, "UserName").map(|name| (name, depth + 1)));
                        }
                    }
                }
                _ => {}
            });
        }
        Ok(found)
    }

    /// The default of a parameter. Without another value, that is what the template makes.
    fn default_of(&self, parameter: &str) -> Option<&'a str> {
        let parameter = self.root.path(&["Parameters", parameter])?;
        // the default of these says where in Systems Manager the value is
        let elsewhere = kind(parameter).starts_with("AWS::SSM::");
        parameter.get("Default")?.text().filter(|default| !default.is_empty() && !elsewhere)
    }

    fn section(&self, name: &str) -> Option<&'a Map> {
        self.root.get(name)?.map()
    }
}

fn finding((key_id, key): (&str, &Node), (user_id, user): (&str, &Node), name: &Name) -> Finding {
    let conditions: BTreeSet<&str> =
        [key, user].iter().filter_map(|resource| resource.get("Condition")?.text()).collect();
    Finding {
        line: key.at.map(|at| at.line),
        access_key: key_id.to_owned(),
        user: user_id.to_owned(),
        user_name: name.known().map(str::to_owned),
        login_profile: None,
        conditions: conditions.into_iter().map(str::to_owned).collect(),
    }
}

fn notes_on_transforms(root: &Node, notes: &mut Vec<Note>) {
    let Some(transform) = root.get("Transform") else { return };
    let all = transform.list().unwrap_or(std::slice::from_ref(transform));
    for one in all {
        let name = one.text().or_else(|| one.get("Name").and_then(Node::text)).unwrap_or("?");
        if !KNOWN_TRANSFORMS.contains(&name) {
            let message = format!("the macro `{name}` is not looked into: check the processed template");
            notes.push(Note::at(one.at.or(transform.at), message));
        }
    }
}

/// What is not looked into, of a resource.
fn note(id: &str, resource: &Node) -> Option<Note> {
    let kind = kind(resource);
    let about = match kind {
        "AWS::CloudFormation::Stack" | "AWS::Serverless::Application" | "AWS::CloudFormation::StackSet" => {
            "is another template: check it by itself"
        }
        _ if kind.ends_with("::MODULE") => "is a module: check the processed template",
        "AWS::IAM::User" | "AWS::IAM::AccessKey" => {
            let mut included = false;
            resource.walk(&mut |node| {
                included |= node.map().is_some_and(|map| {
                    map.keys().any(|key| key == "Fn::Transform" || key.starts_with("Fn::ForEach::"))
                });
            });
            return included.then(|| {
                let message =
                    format!("`{id}` holds a transform that is not looked into: check the processed template");
                Note::at(resource.at, message)
            });
        }
        _ => return None,
    };
    Some(Note::at(resource.at, format!("`{id}` ({kind}) {about}")))
}
