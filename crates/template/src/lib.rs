//! Finds the access keys that an infrastructure template creates together with their console user.
//! Here: what a file is, and what is found in it. Not here: AWS, and the rule.

mod cloudformation;
mod finding;
mod input;
mod json;
mod node;
mod terraform;
mod yaml;

use std::path::Path;

pub use finding::{Checked, Finding, Note, Seen, json, lines, messages};
use input::Document;
pub use node::{Position, TemplateError};

/// Checks a file, or standard input for `-`.
pub fn check(file: &Path) -> Checked {
    let seen = input::read(file).and_then(|document| look(&document));
    Checked { file: file.to_string_lossy().into_owned(), seen }
}

fn look(document: &Document) -> Result<Seen, TemplateError> {
    match document {
        Document::CloudFormation(root) => cloudformation::look(root),
        Document::TerraformPlan(root) => terraform::look(root),
    }
}

#[cfg(test)]
mod tests;
