//! What a check of a template finds.
#![cfg(test)]

#[path = "template/bounds.rs"]
mod bounds;
#[path = "template/cloudformation.rs"]
mod cloudformation;
#[path = "template/files.rs"]
mod files;
#[path = "template/form.rs"]
mod form;
#[path = "template/memory.rs"]
mod memory;
#[path = "template/properties.rs"]
mod properties;
#[path = "template/shapes.rs"]
mod shapes;
#[path = "template/table.rs"]
mod table;
#[path = "template/terraform.rs"]
mod terraform;

use setupkey_template::{Seen, check};

/// What a template contains, which can be checked.
fn seen(template: &str) -> Seen {
    check(template.as_bytes()).unwrap_or_else(|error| panic!("{error} at {:?}: {template}", error.at))
}

/// The access keys that are reported, by name.
fn keys(seen: &Seen) -> String {
    seen.findings.iter().map(|finding| finding.access_key.as_str()).collect::<Vec<_>>().join(" ")
}

/// The notes, without their positions.
fn notes(seen: &Seen) -> Vec<&str> {
    seen.notes.iter().map(|note| note.message.as_str()).collect()
}

/// Why a file is not checked, with its position.
fn error(template: &[u8]) -> (Option<(u32, u32)>, String) {
    let error = check(template).expect_err("an error");
    (error.at.map(|at| (at.line, at.column)), error.reason)
}

/// A console user `Alice` with a name, and a key `Key` for one.
fn pair(user_name: &str, key_name: &str) -> String {
    let user_name = if user_name.is_empty() { String::new() } else { format!("UserName: {user_name}, ") };
    format!(
        "Resources:
  Alice:
    Type: AWS::IAM::User
    Properties: {{{user_name}LoginProfile: {{Password: x}}}}
  Key:
    Type: AWS::IAM::AccessKey
    Properties: {{UserName: {key_name}}}
"
    )
}
