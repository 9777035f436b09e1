//! A file into a tree: its size, its encoding, YAML or JSON, template or plan. Not here: what the tree means.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::node::{Node, TemplateError};
use super::{json, yaml};

/// Bytes of a file. CloudFormation takes templates of 1 MB; Terraform plans of large configurations have some ten MB.
const MAX_BYTES: u64 = 128 * 1024 * 1024;

/// Bytes of a YAML file: plans are JSON.
const MAX_YAML_BYTES: usize = 16 * 1024 * 1024;

/// What a file is.
#[derive(Debug)]
pub(super) enum Document {
    /// A CloudFormation or SAM template.
    CloudFormation(Node),
    /// What `terraform show -json` prints of a plan; OpenTofu's is the same.
    TerraformPlan(Node),
}

/// Reads a file, or standard input for `-`.
///
/// # Errors
/// What cannot be read, is too large, is neither UTF-8 nor UTF-16, neither YAML nor JSON, or no template.
pub(super) fn read(file: &Path) -> Result<Document, TemplateError> {
    let bytes = if file == Path::new("-") {
        read_bounded(io::stdin().lock())
    } else {
        File::open(file).and_then(read_bounded)
    };
    let bytes = bytes.map_err(|error| TemplateError::whole(reason(&error)))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(TemplateError::whole(format!("larger than {} MiB", MAX_BYTES / 1024 / 1024)));
    }
    parse(&bytes)
}

fn read_bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The operating system's words begin with a capital letter and end with a number.
fn reason(error: &io::Error) -> String {
    let message = error.to_string();
    let words = message.split_once(" (os error").map_or(message.as_str(), |(words, _)| words);
    words.to_lowercase()
}

/// Reads the bytes of a file.
pub(super) fn parse(bytes: &[u8]) -> Result<Document, TemplateError> {
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(TemplateError::whole(
            "an archive: of a Terraform plan, check what `terraform show -json` prints",
        ));
    }
    let text = decode(bytes)?;
    let root = tree(&text)?;
    let has = |key| root.get(key).is_some();
    if has("Resources") {
        return Ok(Document::CloudFormation(root));
    }
    if has("planned_values") || has("resource_changes") {
        return Ok(Document::TerraformPlan(root));
    }
    Err(TemplateError::whole(if has("values") && has("format_version") {
        "a Terraform state: check a plan, as `terraform show -json PLAN` prints it"
    } else if has("@level") {
        "the log of `terraform plan -json`: check a plan, as `terraform show -json PLAN` prints it"
    } else {
        "no template: neither `Resources` of CloudFormation nor `planned_values` or `resource_changes` of Terraform"
    }))
}

/// UTF-8, or UTF-16 with a byte order mark, which Windows PowerShell writes with `>`.
fn decode(bytes: &[u8]) -> Result<String, TemplateError> {
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let units = bytes.as_chunks::<2>().0.iter().skip(1).map(|pair| unit(*pair));
        char::decode_utf16(units)
            .collect::<Result<String, _>>()
            .map_err(|_| TemplateError::whole("not UTF-16"))
    };
    match bytes {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        _ => match str::from_utf8(bytes) {
            Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()),
            Err(error) => Err(TemplateError::whole(format!("not UTF-8: byte {}", error.valid_up_to()))),
        },
    }
}

/// What begins with a brace is JSON, or else YAML in flow style.
fn tree(text: &str) -> Result<Node, TemplateError> {
    let json = text.trim_start().starts_with('{').then(|| json::parse(text));
    match json {
        Some(Ok(root)) => return Ok(root),
        Some(Err(error)) if text.len() > MAX_YAML_BYTES || error.reason.contains("twice") => {
            return Err(error);
        }
        _ if text.len() > MAX_YAML_BYTES => {
            return Err(TemplateError::whole(format!(
                "YAML larger than {} MiB",
                MAX_YAML_BYTES / 1024 / 1024
            )));
        }
        _ => {}
    }
    yaml::parse(text).map_err(|error| if let Some(Err(json)) = json { json } else { error })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(bytes: &[u8]) -> String {
        parse(bytes).unwrap_err().reason
    }

    #[test]
    fn encodings_are_told_apart() {
        let template = "Resources: {Ä: {Type: T}}\r\n";
        let utf16 = |unit: fn(u16) -> [u8; 2]| {
            std::iter::once(0xfeff).chain(template.encode_utf16()).flat_map(unit).collect::<Vec<u8>>()
        };
        for bytes in [
            template.as_bytes().to_vec(),
            format!("\u{feff}{template}").into_bytes(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
        ] {
            let Document::CloudFormation(root) = parse(&bytes).unwrap() else { panic!("{bytes:?}") };
            assert_eq!(root.path(&["Resources", "Ä", "Type"]).and_then(Node::text), Some("T"));
        }
        assert_eq!(error(b"Resources:\n  \xe9: 1"), "not UTF-8: byte 13");
        assert_eq!(error(b"\xff\xfe\x00\xd8\x00\x00"), "not UTF-16");
    }

    #[test]
    fn what_is_no_template_says_what_to_give_instead() {
        assert!(error(b"PK\x03\x04...").contains("terraform show -json"));
        assert!(error(br#"{"format_version":"1.0","values":{}}"#).starts_with("a Terraform state"));
        assert!(error(br#"{"@level":"info"}"#).starts_with("the log of `terraform plan -json`"));
        assert_eq!(error(b""), "is empty");
        assert_eq!(error(b"# nothing\n"), "is empty");
        for other in ["a: 1", "- Resources", "Resources", "{\"a\": 1}", "resource \"aws_iam_user\" \"x\" {}"]
        {
            assert!(
                error(other.as_bytes()).starts_with("no template"),
                "{other}: {}",
                error(other.as_bytes())
            );
        }
    }

    #[test]
    fn flow_style_with_short_forms_is_yaml() {
        let Document::CloudFormation(root) = parse(b"{Resources: {A: {Type: !Ref B}}}").unwrap() else {
            panic!()
        };

        let reference = root.path(&["Resources", "A", "Type", "Ref"]);
        assert_eq!(reference.and_then(Node::text), Some("B"));
    }
}
