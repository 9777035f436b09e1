//! Where a name comes from that is not known before apply: the configuration in the plan says what an expression
//! refers to, though not how. References lead through variables and outputs of modules to a user or to something else.

use std::collections::BTreeSet;

use super::address::{Address, Index, Module, Step, steps};
use super::source::{Pattern, Source, Which};
use crate::node::{Budget, Node, TemplateError};

/// Modules inside each other, and references from one to the next.
const MAX_REFERENCES: usize = 64;

/// The configuration of a plan.
#[derive(Debug)]
pub(super) struct Resolver<'p> {
    root: Option<&'p Node>,
    variables: Option<&'p Node>,
    budget: &'p Budget,
}

/// Where an expression stands: in which module, and under which index of its own.
#[derive(Clone, Debug)]
struct Scope<'p> {
    /// From the outermost module inwards; the configuration of each, and the call that made it.
    modules: Vec<(Module, Option<&'p Node>)>,
    module: Option<&'p Node>,
    own: Option<Index>,
    /// `for_each` of the resource or module call that the expression is part of.
    for_each: Option<&'p Node>,
    depth: usize,
}

impl<'p> Resolver<'p> {
    /// The configuration that is part of a plan.
    pub(super) fn new(plan: &'p Node, budget: &'p Budget) -> Self {
        Self { root: plan.path(&["configuration", "root_module"]), variables: plan.get("variables"), budget }
    }

    /// Takes steps from the budget.
    pub(super) fn charge(&self, steps: usize) -> Result<(), TemplateError> {
        self.budget.charge(steps)
    }

    /// What an argument of a resource comes from; nothing if the configuration does not tell.
    ///
    /// # Errors
    /// Too much work.
    pub(super) fn sources(
        &self,
        address: &Address,
        argument: &str,
    ) -> Result<BTreeSet<Source>, TemplateError> {
        let mut scope = Scope { modules: Vec::new(), module: self.root, own: None, for_each: None, depth: 0 };
        for module in &address.modules {
            self.charge(1)?;
            let call = scope.module.and_then(|config| config.path(&["module_calls", &module.0]));
            scope.modules.push((module.clone(), call));
            scope.module = call.and_then(|call| call.get("module"));
        }
        let plain = format!("{}.{}", address.kind, address.name);
        let resources =
            scope.module.and_then(|module| module.get("resources")).and_then(Node::list).unwrap_or_default();
        // comparing addresses is a small part of a step
        self.charge(1 + resources.len() / 16)?;
        let resource =
            resources.iter().find(|resource| resource.get("address").and_then(Node::text) == Some(&plain));
        scope.own.clone_from(&address.index);
        scope.for_each = resource.and_then(|resource| resource.get("for_each_expression"));
        let mut found = BTreeSet::new();
        let expression = resource.and_then(|resource| resource.path(&["expressions", argument]));
        self.expression(expression, &scope, &mut found)?;
        Ok(found)
    }

    fn expression(
        &self,
        expression: Option<&'p Node>,
        scope: &Scope<'p>,
        found: &mut BTreeSet<Source>,
    ) -> Result<(), TemplateError> {
        self.charge(1)?;
        let Some(expression) = expression.filter(|_| scope.depth < MAX_REFERENCES) else {
            found.insert(Source::Unknown);
            return Ok(());
        };
        if let Some(text) = expression.get("constant_value").and_then(Node::text) {
            found.insert(Source::Text(text.to_owned()));
            return Ok(());
        }
        let references = references(expression);
        self.charge(references.len())?;
        let own_index = references.iter().any(|steps| is_own_index(steps));
        let scope = Scope { depth: scope.depth + 1, ..scope.clone() };
        for steps in &references {
            self.follow(steps, own_index, &scope, found)?;
        }
        Ok(())
    }

    /// Follows one reference to what it comes from.
    fn follow(
        &self,
        steps: &[Step],
        own_index: bool,
        scope: &Scope<'p>,
        found: &mut BTreeSet<Source>,
    ) -> Result<(), TemplateError> {
        let names: Vec<&str> = steps.iter().map_while(Step::name).collect();
        match (names.as_slice(), steps) {
            (["count" | "path" | "terraform", ..] | ["each", "key", ..], _) => {}
            (["each", "value", ..], _) => {
                // a user for each user: `for_each = aws_iam_user.this`, `user = each.value.name`
                if let Some(references) = scope.for_each.map(references) {
                    let users = references
                        .iter()
                        .filter(|steps| steps.first().and_then(Step::name) == Some("aws_iam_user"));
                    for user in users {
                        found.extend(resource(user, &["name"], true, scope));
                    }
                }
            }
            (["var", variable, ..], _) => self.variable(variable, scope, found)?,
            (["module", module], [_, _, Step::Index(index), Step::Name(output), ..]) => {
                self.output(module, Which::Exactly(Some(index.clone())), output, scope, found)?;
            }
            (["module", module, output, ..], _) => {
                let which = match &scope.own {
                    Some(own) if own_index => Which::Exactly(Some(own.clone())),
                    _ => Which::Any,
                };
                self.output(module, which, output, scope, found)?;
            }
            (["local" | "self" | "module", ..] | [] | [_], _) => drop(found.insert(Source::Unknown)),
            _ => found.extend(resource(steps, &[], own_index, scope)),
        }
        Ok(())
    }

    /// The argument of the call that made the module; in the root module, the value that was given.
    fn variable(
        &self,
        variable: &str,
        scope: &Scope<'p>,
        found: &mut BTreeSet<Source>,
    ) -> Result<(), TemplateError> {
        let mut outer = scope.clone();
        let Some(((_, index), call)) = outer.modules.pop() else {
            let value = self
                .variables
                .and_then(|variables| variables.path(&[variable, "value"]))
                .and_then(Node::text);
            found.insert(value.map_or(Source::Unknown, |value| Source::Text(value.to_owned())));
            return Ok(());
        };
        if let Some(argument) = call.and_then(|call| call.path(&["expressions", variable])) {
            outer.module =
                outer.modules.last().map_or(self.root, |(_, call)| call.and_then(|call| call.get("module")));
            outer.own = index;
            outer.for_each = call.and_then(|call| call.get("for_each_expression"));
            return self.expression(Some(argument), &outer, found);
        }
        let default = scope.module.and_then(|module| module.path(&["variables", variable, "default"]));
        found.insert(
            default.and_then(Node::text).map_or(Source::Unknown, |text| Source::Text(text.to_owned())),
        );
        Ok(())
    }

    /// The value of an output of a module that is called here.
    fn output(
        &self,
        module: &str,
        which: Which,
        output: &str,
        scope: &Scope<'p>,
        found: &mut BTreeSet<Source>,
    ) -> Result<(), TemplateError> {
        let call = scope.module.and_then(|config| config.path(&["module_calls", module]));
        let inner = call.and_then(|call| call.get("module"));
        let many = call.is_some_and(|call| {
            call.get("count_expression").is_some() || call.get("for_each_expression").is_some()
        });
        let index = match which {
            Which::Exactly(index) => index,
            Which::Any if !many => None,
            Which::Any => {
                found.insert(Source::Unknown);
                return Ok(());
            }
        };
        let mut within = scope.clone();
        within.modules.push(((module.to_owned(), index), call));
        within.module = inner;
        within.own = None;
        within.for_each = None;
        self.expression(
            inner.and_then(|inner| inner.path(&["outputs", output, "expression"])),
            &within,
            found,
        )
    }
}

/// The references of an expression, the most specific only: Terraform lists `a.b.name`, then `a.b`.
fn references(expression: &Node) -> Vec<Vec<Step>> {
    let texts = expression.get("references").and_then(Node::list).unwrap_or_default();
    let all: Vec<Vec<Step>> = texts.iter().filter_map(Node::text).filter_map(steps).collect();
    let sorted: BTreeSet<&Vec<Step>> = all.iter().collect();
    let sorted: Vec<&Vec<Step>> = sorted.into_iter().collect();
    // sorted, whatever begins with a reference comes right after it
    let next = sorted.iter().skip(1).map(Some).chain([None]);
    let specific =
        sorted.iter().zip(next).filter(|(steps, next)| !next.is_some_and(|next| next.starts_with(steps)));
    specific.map(|(steps, _)| (*steps).clone()).collect()
}

/// Whether a reference is the index of the resource that it stands in.
fn is_own_index(steps: &[Step]) -> bool {
    let names: Vec<Option<&str>> = steps.iter().map(Step::name).collect();
    matches!(
        names.as_slice(),
        [Some("each"), Some("key")] | [Some("each"), Some("value")] | [Some("count"), Some("index")]
    )
}

/// A resource that is referred to, or an attribute of one.
fn resource(steps: &[Step], more: &[&str], own_index: bool, scope: &Scope<'_>) -> Option<Source> {
    let mut rest = steps.iter().peekable();
    let mut what = Vec::new();
    for _ in 0..if steps.first()?.name()? == "data" { 3 } else { 2 } {
        what.push(rest.next()?.name()?.to_owned());
    }
    let index = match (rest.next_if(|step| step.index().is_some()), &scope.own) {
        (Some(step), _) => Which::Exactly(step.index().cloned()),
        (None, Some(own)) if own_index => Which::Exactly(Some(own.clone())),
        (None, _) => Which::Any,
    };
    let modules = scope
        .modules
        .iter()
        .map(|((name, index), _)| (name.clone(), Which::Exactly(index.clone())))
        .collect();
    let attributes: Vec<&str> = rest.filter_map(Step::name).chain(more.iter().copied()).collect();
    let is_user = what.first().is_some_and(|kind| kind == "aws_iam_user");
    Some(match attributes.as_slice() {
        [] | ["name" | "id"] if is_user => Source::User(Pattern { modules, what: what.join("."), index }),
        attributes => {
            let attributes = attributes.iter().map(|attribute| (*attribute).to_owned());
            let what = what.into_iter().chain(attributes).collect::<Vec<_>>().join(".");
            Source::Other(Pattern { modules, what, index })
        }
    })
}
