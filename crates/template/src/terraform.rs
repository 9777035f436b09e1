//! Terraform and OpenTofu plans, as `terraform show -json` prints them: which access keys are for which console users.
//!
//! A key is reported if the plan creates it together with its user, and the user gets a login profile. Names are
//! compared as planned. A name that is not known before apply is followed if it is a direct reference to a user
//! (`aws_iam_user.this.name`) in the same module; any other is a note.
//! Not here: how a plan is read (`plan`), and whose a key is (`owners`).

mod owners;
mod plan;

use std::collections::{HashMap, HashSet};

use crate::error::{Budget, TemplateError};
use crate::finding::{Finding, Found, Seen};
use owners::Owners;
use plan::{Instance, Kind, Plan};

/// Bytes of names and addresses that are compared or held; of a larger plan, two of each byte.
const MAX_COMPARED_BYTES: usize = 16 * 1024 * 1024;

/// Finds the access keys that are created together with their console users.
///
/// # Errors
/// Text that is not JSON, or not of a plan's form; another major version of the format; a plan that Terraform could not
/// complete; too much work.
pub(crate) fn look(text: &str) -> Result<Seen, TemplateError> {
    let plan = Plan::parse(text)?;
    let instances = plan.instances(text)?;
    let budget = Budget::new(MAX_COMPARED_BYTES.max(2 * text.len()), "too complex to analyze");
    let owners = Owners::of(&instances, plan.configuration(), &budget)?;
    let mut found = Found::in_text(text);
    findings(&instances, &owners, &mut found)?;
    for stack in of_kind(&instances, Kind::Stack).filter(|stack| stack.is_created) {
        found
            .note(stack.at, format!("`{}` is a CloudFormation template: check it as well", stack.address))?;
    }
    Ok(found.in_order())
}

fn findings(instances: &[Instance], owners: &Owners<'_>, found: &mut Found) -> Result<(), TemplateError> {
    let mut login_profile_of: HashMap<&str, &Instance> = HashMap::new();
    let mut new_passwords = HashSet::new();
    let mut any_unknown_profile = false;
    for profile in of_kind(instances, Kind::LoginProfile) {
        let users = owners.users(profile)?;
        any_unknown_profile |= users.is_empty() && profile.name.is_none();
        new_passwords.extend(profile.name.as_deref().filter(|_| profile.is_created));
        for user in users {
            login_profile_of.entry(&user.address).or_insert(profile);
        }
    }
    let console_user =
        |user: &Instance| login_profile_of.get(&*user.address).copied().filter(|_| user.is_created);
    let any_console_user = of_kind(instances, Kind::User)
        .any(|user| user.is_created && any_unknown_profile || console_user(user).is_some());
    for key in of_kind(instances, Kind::AccessKey).filter(|key| key.is_created) {
        let users = owners.users(key)?;
        let of_console = users.iter().find_map(|user| Some((user, console_user(user)?)));
        let message = match of_console {
            Some((user, profile)) if users.iter().all(|user| console_user(user).is_some()) => {
                found.finding(Finding {
                    at: Some(key.at),
                    access_key: key.address.to_string(),
                    user: user.address.to_string(),
                    user_name: user.name.as_deref().map(str::to_owned),
                    login_profile: Some(profile.address.to_string()),
                    conditions: Vec::new(),
                    construct_path: None,
                    suppressed: None,
                })?;
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
        found.note(key.at, format!("`{}` {message}", key.address))?;
    }
    Ok(())
}

fn of_kind(instances: &[Instance], kind: Kind) -> impl Iterator<Item = &Instance> {
    instances.iter().filter(move |instance| instance.kind == kind)
}
