//! CloudFormation and SAM templates: which access keys are for which console users.
//!
//! A key is for a user if its `UserName` is the user's name and the conditions let both exist in one deployment.
//! Not here: what a name is (`name`), which conditions exclude each other (`condition`).

mod condition;
mod for_each;
mod name;

use std::collections::{HashMap, HashSet};

use crate::finding::{Finding, IgnoreComments, Note, Notes, Seen, TemplateError};
use crate::tree::{Budget, Entry, Node};
use condition::{CONDITION_BYTES, Guard};
use name::Name;

const USER: &str = "AWS::IAM::User";
const ACCESS_KEY: &str = "AWS::IAM::AccessKey";

/// Macros that add no users and no keys, or whose effect is known.
const KNOWN_TRANSFORMS: [&str; 5] = [
    "AWS::Serverless-2016-10-31",
    "AWS::LanguageExtensions",
    "AWS::SecretsManager-2020-07-23",
    "AWS::SecretsManager-2024-09-16",
    "AWS::CodeDeployBlueGreen",
];

/// Bytes of names and conditions that are compared: a second's work. Real templates need some thousand.
const MAX_COMPARED_BYTES: usize = 16 * 1024 * 1024;

/// The cost of a finding, or of a console user to compare with.
const FINDING_BYTES: usize = 1_000;

/// A template, with what names and conditions refer to.
#[derive(Debug)]
struct Template<'t> {
    users: HashMap<&'t str, &'t Node>,
    parameters: &'t HashMap<&'t str, &'t Node>,
    conditions: HashMap<&'t str, &'t Node>,
    budget: &'t Budget,
}

/// A user or a key in one of the cases that `Fn::If` distinguishes.
#[derive(Debug)]
struct Case<'t> {
    resource: &'t Entry,
    guard: Guard<'t>,
    name: Name,
}

/// Finds the access keys that are created together with their console users.
///
/// # Errors
/// A user or a key that CloudFormation refuses; too much work.
pub(crate) fn look(
    root: &Node,
    comments: &IgnoreComments<'_>,
    mut notes: Notes,
) -> Result<Seen, TemplateError> {
    let budget = Budget::new(MAX_COMPARED_BYTES, "too complex to analyze");
    let parameters = root.by_key("Parameters");
    let mut unroll =
        for_each::Unroll { parameters: &parameters, budget: &budget, notes: &mut notes, created: Vec::new() };
    let mut resources: Vec<&Entry> = Vec::new();
    for resource in root.get("Resources").and_then(Node::map).unwrap_or_default() {
        if resource.key.starts_with("Fn::ForEach::") {
            unroll.each(&resource.key, &resource.node)?;
        } else {
            resources.push(resource);
        }
    }
    let created = unroll.created;
    resources.extend(&created);
    note_transforms(root, &mut notes);
    for resource in &resources {
        check(resource, &mut notes)?;
    }
    let users = resources
        .iter()
        .filter(|user| kind(&user.node) == USER)
        .map(|user| (&*user.key, &user.node))
        .collect();
    let template =
        Template { users, parameters: &parameters, conditions: root.by_key("Conditions"), budget: &budget };
    let findings = template.findings(&resources, comments, &mut notes)?;
    Ok(Seen::new(findings, notes))
}

fn kind(resource: &Node) -> &str {
    resource.get("Type").and_then(Node::text).unwrap_or_default()
}

fn property<'n>(resource: &'n Entry, name: &str) -> Option<&'n Node> {
    resource.node.path(&["Properties", name])
}

/// Checks the form of a resource, and notes what of it is not checked.
fn check(resource: &Entry, notes: &mut Notes) -> Result<(), TemplateError> {
    let Entry { key: id, node } = resource;
    let kind = kind(node);
    let message = match kind {
        USER | ACCESS_KEY => {
            for (what, part) in
                [("Properties", node.get("Properties")), ("LoginProfile", property(resource, "LoginProfile"))]
            {
                if let Some(part) = part.filter(|part| part.map().is_none()) {
                    return Err(TemplateError::invalid(
                        part.at,
                        format!("`{what}` of `{id}` is not a mapping"),
                    ));
                }
            }
            let is_included = |node: &Node| {
                let is_macro =
                    |entry: &Entry| &*entry.key == "Fn::Transform" || entry.key.starts_with("Fn::ForEach::");
                node.map().is_some_and(|entries| entries.iter().any(is_macro))
            };
            if !node.any(&is_included) {
                return Ok(());
            }
            format!("`{id}` contains a transform, which is not checked: check the processed template")
        }
        "AWS::CloudFormation::Stack" | "AWS::Serverless::Application" | "AWS::CloudFormation::StackSet" => {
            format!(
                "`{id}` ({kind}) is another template: check it as well. Users and keys in different templates are not compared"
            )
        }
        _ if kind.ends_with("::MODULE") => {
            format!("`{id}` ({kind}) is a module, which is not checked: check the processed template")
        }
        "" if &**id == "Fn::Transform" => {
            String::from("`Fn::Transform` of `Resources` is not checked: check the processed template")
        }
        "" => format!("the resource `{id}` has no `Type` that is text: it is not checked"),
        _ => return Ok(()),
    };
    notes.push(Note::at(node.at, message));
    Ok(())
}

fn note_transforms(root: &Node, notes: &mut Notes) {
    let Some(transform) = root.get("Transform") else { return };
    for one in transform.list().unwrap_or(std::slice::from_ref(transform)) {
        let name = one.text().or_else(|| one.get("Name").and_then(Node::text)).unwrap_or("?");
        if !KNOWN_TRANSFORMS.contains(&name) {
            let message = format!("the macro `{name}` is not applied: check the processed template");
            notes.push(Note::at(one.at, message));
        }
    }
}

impl<'t> Template<'t> {
    fn findings(
        &self,
        resources: &[&'t Entry],
        comments: &IgnoreComments<'_>,
        notes: &mut Notes,
    ) -> Result<Vec<Finding>, TemplateError> {
        let mut console_users = Vec::new();
        let mut names = HashSet::new();
        for user in resources.iter().filter(|user| kind(&user.node) == USER) {
            let cases = self.cases(user)?;
            names.extend(cases.iter().map(|case| case.name.folded()));
            for password in self.passwords(user)? {
                for Case { guard, name, .. } in &cases {
                    self.budget.charge(FINDING_BYTES + guard.len() * CONDITION_BYTES)?;
                    let guard = guard.union(&password).copied().collect();
                    console_users.push(Case { resource: user, guard, name: name.clone() });
                }
            }
        }
        let mut of_name: HashMap<String, Vec<&Case<'_>>> = HashMap::new();
        for user in &console_users {
            of_name.entry(user.name.folded()).or_default().push(user);
        }
        let mut findings = Vec::new();
        for key in resources.iter().filter(|key| kind(&key.node) == ACCESS_KEY) {
            let mut found = HashSet::new();
            let mut unknown = None;
            for case in self.cases(key)? {
                let name = case.name.folded();
                for user in of_name.get(&name).into_iter().flatten() {
                    if !found.contains(&user.resource.key)
                        && self.may_be_together(&case.guard, &user.guard)?
                    {
                        self.budget.charge(FINDING_BYTES)?;
                        found.insert(&user.resource.key);
                        findings.push(finding(&case, user, comments, notes));
                    }
                }
                if unknown.is_none() && !names.contains(&name) {
                    unknown = self.unknown(&case, &console_users)?;
                }
            }
            if let Some(unknown) = unknown.filter(|_| found.is_empty()) {
                let message = format!(
                    "`{}` may be for a console user: the template does not say what {unknown} is",
                    key.key
                );
                notes.push(Note::at(key.node.at, message));
            }
        }
        Ok(findings)
    }

    /// What the template would have to say to prove that a key is for none of these users, if anything is missing.
    fn unknown(&self, key: &Case<'t>, users: &[Case<'t>]) -> Result<Option<String>, TemplateError> {
        for user in users {
            self.budget.charge(1)?;
            if let Some(unknown) = key.name.unknown.as_ref().or(user.name.unknown.as_ref())
                && self.may_be_together(&key.guard, &user.guard)?
            {
                return Ok(Some(unknown.clone()));
            }
        }
        Ok(None)
    }

    /// The cases of a user or a key: under which conditions it exists, with which name.
    fn cases(&self, resource: &'t Entry) -> Result<Vec<Case<'t>>, TemplateError> {
        let condition = resource.node.get("Condition").and_then(Node::text);
        let guard: Guard<'t> = condition.map(|condition| (condition, true)).into_iter().collect();
        let generated = |guard| Ok(Case { resource, guard, name: Name::of_user(&resource.key) });
        let Some(user_name) = property(resource, "UserName") else {
            return if kind(&resource.node) == USER {
                generated(guard).map(|case| vec![case])
            } else {
                Ok(Vec::new())
            };
        };
        let mut branches = Vec::new();
        self.branches(user_name, guard, 0, &mut branches)?;
        let case = |(guard, node): (Guard<'t>, &Node)| {
            if is_no_value(node) {
                generated(guard)
            } else {
                Ok(Case { resource, guard, name: self.name(node)? })
            }
        };
        branches.into_iter().map(case).collect()
    }

    /// The conditions under which a user has a password; none if it has none.
    fn passwords(&self, user: &'t Entry) -> Result<Vec<Guard<'t>>, TemplateError> {
        let mut branches = Vec::new();
        if let Some(login_profile) = property(user, "LoginProfile") {
            self.branches(login_profile, Guard::new(), 0, &mut branches)?;
        }
        Ok(branches.into_iter().filter(|(_, node)| !is_no_value(node)).map(|(guard, _)| guard).collect())
    }

    /// The branches of `Fn::If`, through references to users whose name has some.
    fn branches(
        &self,
        node: &'t Node,
        guard: Guard<'t>,
        depth: usize,
        found: &mut Vec<(Guard<'t>, &'t Node)>,
    ) -> Result<(), TemplateError> {
        self.budget.charge((1 + guard.len()) * CONDITION_BYTES)?;
        match node.function() {
            Some(("Fn::If", branches)) if let Some([condition, yes, no]) = branches.list() => {
                for (branch, holds) in [(yes, true), (no, false)] {
                    let mut guard = guard.clone();
                    guard.extend(condition.text().map(|condition| (condition, holds)));
                    self.branches(branch, guard, depth, found)?;
                }
            }
            Some(("Ref", user))
                if let Some(user) = user.text().and_then(|id| self.users.get(id))
                    && let Some(name) = user.path(&["Properties", "UserName"])
                    && name.function().is_some()
                    && depth < name::MAX_DEPTH =>
            {
                self.branches(name, guard, depth + 1, found)?;
            }
            _ => found.push((guard, node)),
        }
        Ok(())
    }
}

fn is_no_value(node: &Node) -> bool {
    matches!(node.function(), Some(("Ref", target)) if target.text() == Some("AWS::NoValue"))
}

fn finding(key: &Case<'_>, user: &Case<'_>, comments: &IgnoreComments<'_>, notes: &mut Notes) -> Finding {
    let mut suppressed = None;
    for Entry { key: id, node } in [key.resource, user.resource] {
        suppressed = suppressed.or_else(|| comments.suppression(id, node, notes));
    }
    Finding {
        at: Some(key.resource.node.at),
        access_key: key.resource.key.to_string(),
        user: user.resource.key.to_string(),
        user_name: user.name.known().map(str::to_owned),
        login_profile: None,
        conditions: condition::in_words(&key.guard.union(&user.guard).copied().collect()),
        construct_path: key
            .resource
            .node
            .path(&["Metadata", "aws:cdk:path"])
            .and_then(Node::text)
            .map(str::to_owned),
        suppressed,
    }
}
