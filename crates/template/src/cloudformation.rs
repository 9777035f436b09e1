//! CloudFormation and SAM templates: which access keys are for which console users.
//!
//! A key is for a user if its `UserName` is the user's name and the conditions let both exist in one deployment.
//! Not here: what a name is (`name`), which conditions exclude each other (`condition`).

mod condition;
mod for_each;
mod name;

use std::collections::{HashMap, HashSet};

use crate::error::{Budget, TemplateError};
use crate::finding::{Finding, Found, IgnoreComments, Seen};
use crate::tree::{Entry, Node};
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

/// The cost of a user or a key in one of its cases, without its name.
const CASE_BYTES: usize = 1_000;

/// How often the name of a case is held: as it is, and as a key of what has this name.
const NAMES_OF_CASE: usize = 3;

/// References from user to user, and functions inside each other.
const MAX_DEPTH: usize = 50;

/// A template, with what names and conditions refer to.
#[derive(Debug)]
struct Template<'t> {
    /// The `UserName` of each user, by its ID.
    users: HashMap<&'t str, Option<&'t Node>>,
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
    mut found: Found,
) -> Result<Seen, TemplateError> {
    let budget = Budget::new(MAX_COMPARED_BYTES, "too complex to analyze");
    let parameters = root.section("Parameters");
    let entries = root.get("Resources").and_then(Node::map).unwrap_or_default();
    let (loops, mut resources): (Vec<&Entry>, Vec<&Entry>) =
        entries.iter().partition(|entry| for_each::is_loop(&entry.key));
    let mut unroll = for_each::Unroll { parameters: &parameters, budget: &budget, found: &mut found };
    let mut created = Vec::new();
    for Entry { key, node } in loops {
        created.extend(unroll.resources(key, node)?);
    }
    resources.extend(&created);
    note_transforms(root, &mut found)?;
    for resource in &resources {
        check(resource, &mut found)?;
    }
    let users = of_kind(&resources, USER).map(|user| (&*user.key, property(user, "UserName"))).collect();
    let template =
        Template { users, parameters: &parameters, conditions: root.section("Conditions"), budget: &budget };
    template.findings(&resources, comments, &mut found)?;
    Ok(found.in_order())
}

fn kind(resource: &Node) -> &str {
    resource.get("Type").and_then(Node::text).unwrap_or_default()
}

fn of_kind<'t>(resources: &[&'t Entry], wanted: &str) -> impl Iterator<Item = &'t Entry> {
    resources.iter().copied().filter(move |resource| kind(&resource.node) == wanted)
}

fn property<'n>(resource: &'n Entry, name: &str) -> Option<&'n Node> {
    resource.node.path(&["Properties", name])
}

fn is_no_value(node: &Node) -> bool {
    matches!(node.function(), Some(("Ref", target)) if target.text() == Some("AWS::NoValue"))
}

/// Checks the form of a resource, and notes what of it is not checked.
fn check(resource: &Entry, found: &mut Found) -> Result<(), TemplateError> {
    let Entry { key: id, node } = resource;
    let kind = kind(node);
    let message = match kind {
        USER | ACCESS_KEY => {
            for (what, part) in
                [("Properties", node.get("Properties")), ("LoginProfile", property(resource, "LoginProfile"))]
            {
                if let Some(part) = part.filter(|part| part.map().is_none()) {
                    let reason = format!("`{what}` of `{id}` is not a mapping");
                    return Err(TemplateError::invalid(part.at, reason));
                }
            }
            let is_macro = |entry: &Entry| &*entry.key == "Fn::Transform" || for_each::is_loop(&entry.key);
            if !node.any(&|node| node.map().is_some_and(|entries| entries.iter().any(is_macro))) {
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
    found.note(node.at, message)
}

fn note_transforms(root: &Node, found: &mut Found) -> Result<(), TemplateError> {
    let Some(transform) = root.get("Transform") else { return Ok(()) };
    for one in transform.list().unwrap_or(std::slice::from_ref(transform)) {
        let name = one.text().or_else(|| one.get("Name").and_then(Node::text)).unwrap_or("?");
        if !KNOWN_TRANSFORMS.contains(&name) {
            let message = format!("the macro `{name}` is not applied: check the processed template");
            found.note(one.at, message)?;
        }
    }
    Ok(())
}

impl<'t> Template<'t> {
    fn findings(
        &self,
        resources: &[&'t Entry],
        comments: &IgnoreComments<'_>,
        found: &mut Found,
    ) -> Result<(), TemplateError> {
        let mut names = HashSet::new();
        let mut console_users = Vec::new();
        for user in of_kind(resources, USER) {
            names.extend(self.cases(user, Guard::new())?.iter().map(|case| case.name.folded()));
            for password in self.passwords(user)? {
                console_users.extend(self.cases(user, password)?);
            }
        }
        let mut of_name: HashMap<String, Vec<&Case<'_>>> = HashMap::new();
        for user in &console_users {
            of_name.entry(user.name.folded()).or_default().push(user);
        }
        for key in of_kind(resources, ACCESS_KEY) {
            let mut users = HashSet::new();
            let mut unknown = None;
            for case in self.cases(key, Guard::new())? {
                let name = case.name.folded();
                for user in of_name.get(&name).into_iter().flatten() {
                    if !users.contains(&user.resource.key)
                        && self.may_be_together(&case.guard, &user.guard)?
                    {
                        users.insert(&user.resource.key);
                        let finding = finding(&case, user, comments, found)?;
                        found.finding(finding)?;
                    }
                }
                if unknown.is_none() && !names.contains(&name) {
                    unknown = self.unknown(&case, &console_users)?;
                }
            }
            if let Some(unknown) = unknown.filter(|_| users.is_empty()) {
                let message = format!(
                    "`{}` may be for a console user: the template does not say what {unknown} is",
                    key.key
                );
                found.note(key.node.at, message)?;
            }
        }
        Ok(())
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

    /// The conditions under which a user has a password; none if it has none.
    fn passwords(&self, user: &'t Entry) -> Result<Vec<Guard<'t>>, TemplateError> {
        let Some(login_profile) = property(user, "LoginProfile") else { return Ok(Vec::new()) };
        let branches = self.branches(login_profile, Guard::new())?;
        Ok(branches.into_iter().filter(|(_, node)| !is_no_value(node)).map(|(guard, _)| guard).collect())
    }

    /// The cases of a user or a key under these conditions, with the name that each gives to it.
    fn cases(&self, resource: &'t Entry, mut guard: Guard<'t>) -> Result<Vec<Case<'t>>, TemplateError> {
        let condition = resource.node.get("Condition").and_then(Node::text);
        guard.extend(condition.map(|condition| (condition, true)));
        let mut cases = Vec::new();
        // whose `UserName` gives the name: that of the resource, or of the user that it refers to
        let mut waiting = vec![(&*resource.key, property(resource, "UserName"), guard, 0)];
        while let Some((id, user_name, guard, depth)) = waiting.pop() {
            let Some(user_name) = user_name else {
                cases.push(self.case(resource, guard, Name::of_user(id))?);
                continue;
            };
            for (guard, node) in self.branches(user_name, guard)? {
                let name = match node.function() {
                    Some(("Ref", user))
                        if let Some((id, name)) = user.text().and_then(|id| self.users.get_key_value(id))
                            && depth < MAX_DEPTH =>
                    {
                        waiting.push((id, *name, guard, depth + 1));
                        continue;
                    }
                    _ if is_no_value(node) => Name::of_user(id),
                    _ => self.name(node)?,
                };
                cases.push(self.case(resource, guard, name)?);
            }
        }
        Ok(cases)
    }

    fn case(&self, resource: &'t Entry, guard: Guard<'t>, name: Name) -> Result<Case<'t>, TemplateError> {
        self.budget.charge(CASE_BYTES + NAMES_OF_CASE * name.bytes())?;
        Ok(Case { resource, guard, name })
    }

    /// The parameter with this ID. To look something up in it, its keys are compared.
    fn parameter(&self, id: &str) -> Result<Option<&'t Node>, TemplateError> {
        let parameter = self.parameters.get(id).copied();
        self.budget.charge(parameter.and_then(Node::map).map_or(0, <[_]>::len))?;
        Ok(parameter)
    }

    /// The branches of `Fn::If` inside each other, each with the conditions under which it is the value.
    fn branches(
        &self,
        node: &'t Node,
        guard: Guard<'t>,
    ) -> Result<Vec<(Guard<'t>, &'t Node)>, TemplateError> {
        self.budget.charge((1 + guard.len()) * CONDITION_BYTES)?;
        let Some(("Fn::If", [condition, yes, no])) =
            node.function().and_then(|(name, argument)| Some((name, argument.list()?)))
        else {
            return Ok(vec![(guard, node)]);
        };
        let mut branches = Vec::new();
        for (branch, holds) in [(yes, true), (no, false)] {
            let mut guard = guard.clone();
            guard.extend(condition.text().map(|condition| (condition, holds)));
            branches.extend(self.branches(branch, guard)?);
        }
        Ok(branches)
    }
}

fn finding(
    key: &Case<'_>,
    user: &Case<'_>,
    comments: &IgnoreComments<'_>,
    found: &mut Found,
) -> Result<Finding, TemplateError> {
    let mut suppressed = comments.suppression(key.resource, found)?;
    if suppressed.is_none() {
        suppressed = comments.suppression(user.resource, found)?;
    }
    let construct_path = key.resource.node.path(&["Metadata", "aws:cdk:path"]).and_then(Node::text);
    Ok(Finding {
        at: Some(key.resource.node.at),
        access_key: key.resource.key.to_string(),
        user: user.resource.key.to_string(),
        user_name: user.name.known().map(str::to_owned),
        login_profile: None,
        conditions: condition::in_words(&key.guard.union(&user.guard).copied().collect()),
        construct_path: construct_path.map(str::to_owned),
        suppressed,
    })
}
