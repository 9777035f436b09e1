//! The bytes of a file: their encoding, template or plan.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::TemplateError;
use crate::finding::{Found, IgnoreComments, Seen};
use crate::tree::{Node, Value};
use crate::{cloudformation, terraform, yaml};

/// Bytes of a template: CloudFormation accepts 1 MB.
const MAX_TEMPLATE_BYTES: usize = 1024 * 1024;

/// Bytes of a Terraform plan. Plans of large configurations have some ten MB.
pub(crate) const MAX_PLAN_BYTES: usize = 128 * 1024 * 1024;

const OTHER_FILE: &str = "not a CloudFormation template or a Terraform plan";

/// Checks the bytes of a file.
///
/// # Errors
/// Bytes that are not text, text that is not YAML or JSON, a file of another kind, a template that is too large or too
/// complex.
pub fn check(bytes: &[u8]) -> Result<Seen, TemplateError> {
    if bytes.starts_with(b"PK\x03\x04") {
        let reason = "an archive: of a Terraform plan, check what `terraform show -json PLAN` prints";
        return Err(TemplateError::no_template(None, reason));
    }
    check_text(&decode(bytes)?, true)
}

/// Checks a text; it may be the output of `get-template`, unless it is from there itself.
fn check_text(text: &str, may_contain_template: bool) -> Result<Seen, TemplateError> {
    // an error is one only if the text is not YAML in flow style either
    let json = text.trim_start().starts_with('{').then(|| serde_json::from_str::<Keys>(text));
    if let Some(Ok(keys)) = &json
        && (keys.planned_values.is_some() || keys.resource_changes.is_some())
    {
        return terraform::look(text);
    }
    if text.len() > MAX_TEMPLATE_BYTES {
        if let Some(Ok(Keys { resources: None, .. })) = json {
            return Err(TemplateError::no_template(None, OTHER_FILE));
        }
        let reason =
            format!("larger than {} MiB, the limit of CloudFormation", MAX_TEMPLATE_BYTES / 1024 / 1024);
        return Err(TemplateError::invalid(None, reason));
    }
    let parsed = match json {
        None => yaml::parse(text),
        Some(Ok(_)) => yaml::parse(&yaml_of_json(text)),
        Some(Err(error)) => match yaml::parse(text) {
            Ok(tree) if tree.0.get("Resources").is_some() => Ok(tree),
            _ => return Err(TemplateError::of_json(&error)),
        },
    };
    look(parsed?, &IgnoreComments::of(text), may_contain_template)
}

/// The keys of a JSON text that say what it is.
#[derive(Deserialize)]
struct Keys {
    #[serde(rename = "Resources")]
    resources: Option<IgnoredAny>,
    planned_values: Option<IgnoredAny>,
    resource_changes: Option<IgnoredAny>,
}

/// JSON is YAML, except for a few characters in strings, such as `U+007F`.
fn yaml_of_json(text: &str) -> String {
    text.replace(|c: char| c == '\u{7f}' || ('\u{80}'..'\u{a0}').contains(&c) || c > '\u{fffd}', "\u{fffd}")
}

/// UTF-8, or UTF-16 with a byte order mark, which Windows PowerShell writes with `>`.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, TemplateError> {
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let units = bytes.as_chunks::<2>().0.iter().skip(1).map(|pair| unit(*pair));
        char::decode_utf16(units)
            .collect::<Result<String, _>>()
            .map(Cow::Owned)
            .map_err(|_| TemplateError::no_template(None, "not UTF-16"))
    };
    match bytes {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        _ => match str::from_utf8(bytes) {
            Ok(text) => Ok(Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text))),
            Err(error) => {
                Err(TemplateError::no_template(None, format!("not UTF-8: byte {}", error.valid_up_to())))
            }
        },
    }
}

fn look(
    (root, found): (Node, Found),
    comments: &IgnoreComments<'_>,
    may_contain_template: bool,
) -> Result<Seen, TemplateError> {
    let has = |key| root.get(key).is_some();
    if let Some(resources) = root.get("Resources") {
        if resources.map().is_none() {
            return Err(TemplateError::invalid(resources.at, "`Resources` is not a mapping"));
        }
        return cloudformation::look(&root, comments, found);
    }
    // what `aws cloudformation get-template` prints: JSON as it is, YAML as text
    match root.get("TemplateBody").filter(|_| may_contain_template && has("StagesAvailable")) {
        Some(body) if body.get("Resources").is_some() => return cloudformation::look(body, comments, found),
        Some(Node { value: Value::Text(text), .. }) => return check_text(text, false).map(without_positions),
        _ => {}
    }
    if has("service") && has("provider") {
        let reason = "a Serverless Framework file: check what `serverless package` writes, \
                      `.serverless/cloudformation-template-update-stack.json`";
        return Err(TemplateError::invalid(None, reason));
    }
    let reason = if has("values") && has("format_version") {
        "a Terraform state: check a plan, as `terraform show -json PLAN` prints it"
    } else if has("@level") {
        "the log of `terraform plan -json`: check a plan, as `terraform show -json PLAN` prints it"
    } else {
        OTHER_FILE
    };
    Err(TemplateError::no_template(None, reason))
}

/// Of a template inside a file, positions say nothing about the file.
fn without_positions(mut seen: Seen) -> Seen {
    seen.findings.iter_mut().for_each(|finding| finding.at = None);
    seen.notes.iter_mut().for_each(|note| note.at = None);
    seen
}
