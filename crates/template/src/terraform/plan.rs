//! What a plan holds: the IAM users, login profiles and access keys that there will be, and which of them it creates.

use indexmap::IndexMap;

use super::address::Address;
use crate::node::{Node, TemplateError};

/// The types that are looked at.
const KINDS: [&str; 4] =
    ["aws_iam_user", "aws_iam_user_login_profile", "aws_iam_access_key", "aws_cloudformation_stack"];

/// One instance of a resource.
#[derive(Debug)]
pub(super) struct Instance<'p> {
    pub(super) address: Address,
    /// The name of the user that it is or is for, if it is known before apply.
    pub(super) name: Option<&'p str>,
    /// Whether the plan creates it, a replacement included. An import creates nothing.
    pub(super) made: bool,
}

/// The instances that there will be after apply.
#[derive(Debug)]
pub(super) struct Plan<'p> {
    pub(super) instances: Vec<Instance<'p>>,
}

impl<'p> Plan<'p> {
    /// Reads a plan.
    ///
    /// # Errors
    /// Another major version of the format, a plan that Terraform could not complete, a part that is not of the form.
    pub(super) fn parse(root: &'p Node) -> Result<Self, TemplateError> {
        if let Some(version) = root.get("format_version") {
            let version = version.text().unwrap_or_default();
            if !matches!(version.split('.').next(), Some("0" | "1")) {
                return Err(TemplateError::whole(format!(
                    "the plan format `{version}`: accepted are 0.x and 1.x"
                )));
            }
        }
        if root.get("errored").and_then(Node::text) == Some("true") {
            return Err(TemplateError::whole("an incomplete plan: terraform ended with an error"));
        }
        let mut instances = IndexMap::new();
        if let Some(module) = root.path(&["planned_values", "root_module"]) {
            planned(module, &mut instances)?;
        }
        for change in items(root, "resource_changes")? {
            changed(change, &mut instances)?;
        }
        Ok(Self { instances: instances.into_values().collect() })
    }

    /// The instances of a type.
    pub(super) fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = &Instance<'p>> {
        self.instances.iter().filter(move |instance| instance.address.kind == kind)
    }
}

type Instances<'p> = IndexMap<String, Instance<'p>>;

/// The items of a list that may be missing.
fn items<'n>(node: &'n Node, key: &str) -> Result<&'n [Node], TemplateError> {
    match node.get(key) {
        None => Ok(&[]),
        Some(items) => items.list().ok_or_else(|| TemplateError::whole(format!("`{key}` is no list"))),
    }
}

/// The address of something that is looked at.
fn address(resource: &Node) -> Result<Option<Address>, TemplateError> {
    let kind = resource.get("type").and_then(Node::text);
    if !kind.is_some_and(|kind| KINDS.contains(&kind))
        || resource.get("mode").and_then(Node::text) == Some("data")
    {
        return Ok(None);
    }
    let text = resource.get("address").and_then(Node::text).unwrap_or_default();
    let address = Address::parse(text).filter(|address| Some(address.kind.as_str()) == kind);
    address.map(Some).ok_or_else(|| TemplateError::whole(format!("the address `{text}` is not understood")))
}

/// `name` of a user, `user` of everything else. What is not known before apply is missing.
fn name<'p>(address: &Address, values: Option<&'p Node>) -> Option<&'p str> {
    let attribute = if address.kind == "aws_iam_user" { "name" } else { "user" };
    values?.get(attribute)?.text()
}

fn planned<'p>(module: &'p Node, instances: &mut Instances<'p>) -> Result<(), TemplateError> {
    for resource in items(module, "resources")? {
        if let Some(address) = address(resource)? {
            let name = name(&address, resource.get("values"));
            // made, unless a change says otherwise
            instances.insert(address.to_string(), Instance { address, name, made: true });
        }
    }
    items(module, "child_modules")?.iter().try_for_each(|child| planned(child, instances))
}

fn changed<'p>(resource: &'p Node, instances: &mut Instances<'p>) -> Result<(), TemplateError> {
    // a deposed object is what is left of one that was replaced
    let Some(address) = address(resource)?.filter(|_| resource.get("deposed").is_none()) else {
        return Ok(());
    };
    let change = resource.get("change");
    let actions = change.and_then(|change| change.get("actions")).and_then(Node::list);
    let Some(actions) = actions.filter(|actions| !actions.is_empty()) else {
        return Err(TemplateError::whole(format!("the change of `{address}` has no actions")));
    };
    let has = |wanted: &str| actions.iter().any(|action| action.text() == Some(wanted));
    if !has("create") && (has("delete") || has("forget")) {
        instances.shift_remove(&address.to_string());
        return Ok(());
    }
    let after = name(&address, change.and_then(|change| change.get("after")));
    let planned = instances.get(&address.to_string()).and_then(|instance| instance.name);
    let made = has("create");
    instances.insert(address.to_string(), Instance { address, name: after.or(planned), made });
    Ok(())
}
