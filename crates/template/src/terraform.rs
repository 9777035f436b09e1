//! Terraform plans, as `terraform show -json` prints them: which access keys are for which console users.
//!
//! A key is reported if the plan creates it and the user, and the user has a login profile. Whoever exists already
//! is not made in one go with anything. Names are compared as planned; where a name is not known before apply, the
//! configuration tells whose it is (`reference`).

mod address;
mod plan;
mod reference;
mod source;

use std::collections::{BTreeSet, HashMap, HashSet};

use super::finding::{Finding, Note, Seen};
use super::node::{Budget, Node, TemplateError};
use plan::{Instance, Plan};
use reference::Resolver;
use source::{Pattern, Source};

/// What a finding takes from the budget.
const FINDING_STEPS: usize = 100;

/// Finds the access keys that are made in one go with their console users.
///
/// # Errors
/// What is no plan of a known format, or an incomplete one; names that take too much work.
pub(crate) fn look(root: &Node) -> Result<Seen, TemplateError> {
    let budget = Budget::new();
    let plan = Plan::parse(root)?;
    let names = Names::of(&plan, Resolver::new(root, &budget))?;
    let mut login_profile_of = HashMap::new();
    let mut new_passwords = HashSet::new();
    for profile in plan.of_kind("aws_iam_user_login_profile") {
        new_passwords.extend(profile.name.filter(|_| profile.made));
        for user in names.users(profile)?.found {
            login_profile_of.entry(user).or_insert(profile);
        }
    }
    let is_made = |user: &usize| plan.instances.get(*user).is_some_and(|user| user.made);
    let console_user =
        |user: &usize| plan.instances.get(*user).filter(|user| user.made).zip(login_profile_of.get(user));
    let any_console_user = login_profile_of.keys().any(|user| console_user(user).is_some());
    let mut seen = Seen::default();
    for key in plan.of_kind("aws_iam_access_key").filter(|key| key.made) {
        let users = names.users(key)?;
        let candidates: Vec<_> = users.found.iter().filter_map(console_user).collect();
        // one of several that would all be a finding is a finding, whichever it is
        let certain = users.by_name || (candidates.len() == users.found.len() && !users.unknown);
        match candidates.first() {
            Some((user, profile)) if certain => {
                budget.charge(FINDING_STEPS)?;
                seen.findings.push(finding(key, user, profile));
            }
            Some((user, _)) => {
                let message = format!(
                    "`{}` may be for the console user `{}`: the plan does not tell before apply",
                    key.address, user.address
                );
                seen.notes.push(Note::at(None, message));
            }
            None if key.name.is_some_and(|name| new_passwords.contains(name))
                && !users.found.iter().any(is_made) =>
            {
                let message = format!(
                    "`{}` and a login profile are made in one go for a user that the plan does not make",
                    key.address
                );
                seen.notes.push(Note::at(None, message));
            }
            None if users.unknown && any_console_user => {
                let message = format!("`{}`: the plan does not tell whose it is before apply", key.address);
                seen.notes.push(Note::at(None, message));
            }
            None => {}
        }
    }
    for stack in plan.of_kind("aws_cloudformation_stack").filter(|stack| stack.made) {
        let message = format!("`{}` is a CloudFormation template: check it by itself", stack.address);
        seen.notes.push(Note::at(None, message));
    }
    Ok(seen)
}

fn finding(key: &Instance<'_>, user: &Instance<'_>, profile: &Instance<'_>) -> Finding {
    Finding {
        line: None,
        access_key: key.address.to_string(),
        user: user.address.to_string(),
        user_name: user.name.map(str::to_owned),
        login_profile: Some(profile.address.to_string()),
        conditions: Vec::new(),
    }
}

/// Whose keys and login profiles are.
#[derive(Debug)]
struct Names<'p> {
    plan: &'p Plan<'p>,
    resolver: Resolver<'p>,
    of_name: HashMap<&'p str, BTreeSet<usize>>,
    of_source: HashMap<Source, BTreeSet<usize>>,
    of_address: HashMap<Pattern, usize>,
}

/// The users that a key or login profile may be for.
#[derive(Debug, Default)]
struct Users {
    found: BTreeSet<usize>,
    /// Whether it may be for somebody else as well.
    unknown: bool,
    /// Whether the name is known before apply: then everybody found has it.
    by_name: bool,
}

impl<'p> Names<'p> {
    fn of(plan: &'p Plan<'p>, resolver: Resolver<'p>) -> Result<Self, TemplateError> {
        let (of_name, of_source, of_address) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut names = Self { plan, resolver, of_name, of_source, of_address };
        for (at, user) in
            plan.instances.iter().enumerate().filter(|(_, user)| user.address.kind == "aws_iam_user")
        {
            names.of_address.insert(Pattern::of(&user.address), at);
            match user.name {
                Some(name) => drop(names.of_name.entry(name).or_default().insert(at)),
                None => {
                    let mut sources = names.resolver.sources(&user.address, "name")?.into_iter();
                    if let (Some(source), None) = (sources.next(), sources.next()) {
                        names.of_source.entry(source).or_default().insert(at);
                    }
                }
            }
        }
        Ok(names)
    }

    /// The users that a key or login profile is for.
    fn users(&self, instance: &Instance<'_>) -> Result<Users, TemplateError> {
        let Some(name) = instance.name else { return self.referred(instance) };
        let mut found = self.named(name);
        if found.len() > 1 {
            // the same name in several accounts: the configuration tells which is meant
            let referred = self.referred(instance)?.found;
            if found.intersection(&referred).next().is_some() {
                found.retain(|user| referred.contains(user));
            }
        }
        Ok(Users { found, unknown: false, by_name: true })
    }

    fn named(&self, name: &str) -> BTreeSet<usize> {
        self.of_name.get(name).cloned().unwrap_or_default()
    }

    /// The users that the configuration refers to.
    fn referred(&self, instance: &Instance<'_>) -> Result<Users, TemplateError> {
        let mut users = Users::default();
        let sources = self.resolver.sources(&instance.address, "user")?;
        users.unknown = sources.is_empty();
        for source in sources {
            match &source {
                Source::Text(name) => users.found.extend(self.named(name)),
                Source::User(pattern) => match self.of_address.get(pattern) {
                    Some(user) => drop(users.found.insert(*user)),
                    None => {
                        self.resolver.charge(self.of_address.len())?;
                        let all = self.of_address.values().copied();
                        let is_meant = |at: &usize| {
                            self.plan.instances.get(*at).is_some_and(|user| pattern.matches(&user.address))
                        };
                        users.found.extend(all.filter(is_meant));
                    }
                },
                Source::Other(_) => match self.of_source.get(&source) {
                    Some(found) => users.found.extend(found),
                    None => users.unknown |= source.may_be_a_user(),
                },
                Source::Unknown => users.unknown = true,
            }
        }
        Ok(users)
    }
}
