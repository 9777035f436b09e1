//! How a report is printed: as lines of text, as annotations of GitHub Actions, as JSON, as SARIF.
//! Lines may contain control characters of the template: the caller escapes them.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Value, json};

use crate::finding::{Finding, Note, SuppressedBy};
use crate::report::{Report, Summary};
use crate::tree::Position;

const FINDING_RULE: &str = "setup-access-key";
const NOTE_RULE: &str = "not-checked";

impl Report {
    /// Returns the findings that count, a line each: `FILE:LINE:COLUMN: KEY: REASON`.
    pub fn lines(&self) -> Vec<String> {
        let counted = self.findings().filter(|(_, finding)| finding.suppressed.is_none());
        counted.map(|(file, finding)| line(file, finding)).collect()
    }

    /// Returns the messages for standard error, each with its kind: suppressed findings, notes, errors and the summary.
    pub fn messages(&self) -> Vec<(&'static str, String)> {
        let mut messages = Vec::new();
        for (file, finding) in self.findings() {
            if let Some(suppression) = &finding.suppressed {
                messages.push(("suppressed", format!("{} ({})", line(file, finding), suppression.reason)));
            }
        }
        messages.extend(
            self.notes().map(|(file, note)| ("note", format!("{}: {}", place(file, note.at), note.message))),
        );
        messages.extend(self.error_messages());
        messages.push(("summary", self.summary().to_string()));
        messages
    }

    /// Returns the reasons for which files were not checked, each with its kind.
    pub fn error_messages(&self) -> Vec<(&'static str, String)> {
        self.errors().map(|(file, error)| ("error", format!("{}: {error}", place(file, error.at)))).collect()
    }

    /// Returns the annotations for GitHub Actions, a line each.
    pub fn github_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (file, finding) in self.findings() {
            let kind = if finding.suppressed.is_some() { "notice" } else { "error" };
            let suppressed = finding
                .suppressed
                .as_ref()
                .map(|suppression| format!(" (suppressed: {})", suppression.reason));
            let message =
                format!("{}: {}{}", finding.access_key, finding.reason(), suppressed.unwrap_or_default());
            lines.push(annotation(kind, file, finding.at, &message));
        }
        lines.extend(self.notes().map(|(file, note)| annotation("warning", file, note.at, &note.message)));
        lines.extend(self.errors().map(|(file, error)| annotation("error", file, error.at, &error.reason)));
        lines
    }

    /// Returns one JSON document, as `schemas/check-template.schema.json` describes it.
    pub fn json(&self) -> String {
        #[derive(Serialize)]
        struct File<'a> {
            file: &'a str,
            findings: &'a [Finding],
            notes: &'a [Note],
            error: Option<Note>,
        }
        let files = self.files.iter().map(|checked| {
            let seen = checked.seen.as_ref().ok();
            File {
                file: &checked.file,
                findings: seen.map_or(&[], |seen| &seen.findings),
                notes: seen.map_or(&[], |seen| &seen.notes),
                error: checked.seen.as_ref().err().map(|error| Note::at(error.at, error.reason.clone())),
            }
        });
        let files: Vec<_> = files.collect();
        pretty(&json!({"version": env!("CARGO_PKG_VERSION"), "files": files, "summary": self.summary()}))
    }

    /// Returns one document in the Static Analysis Results Interchange Format 2.1.0.
    pub fn sarif(&self) -> String {
        let findings = self.findings().map(|(file, finding)| {
            let mut result = json!({
                "ruleId": FINDING_RULE,
                "level": "error",
                "message": {"text": format!("{}: {}", finding.access_key, finding.reason())},
                "locations": [location(file, finding.at, Some(&finding.access_key))],
                "partialFingerprints": {"setupkey/v1": format!("{}|{}", finding.access_key, finding.user)},
            });
            if let (Some(suppression), Some(result)) = (&finding.suppressed, result.as_object_mut()) {
                let kind = match suppression.by {
                    SuppressedBy::Template => "inSource",
                    SuppressedBy::Baseline => "external",
                };
                result.insert(
                    String::from("suppressions"),
                    json!([{"kind": kind, "justification": suppression.reason}]),
                );
            }
            result
        });
        let notes = self.notes().map(|(file, note)| {
            json!({
                "ruleId": NOTE_RULE,
                "level": "note",
                "message": {"text": note.message},
                "locations": [location(file, note.at, None)],
            })
        });
        let errors = self.errors().map(|(file, error)| {
            let (level, text) = ("error", &error.reason);
            json!({"level": level, "message": {"text": text}, "locations": [location(file, error.at, None)]})
        });
        let errors: Vec<Value> = errors.collect();
        pretty(&json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {
                    "name": "setupkey",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": [
                        rule(FINDING_RULE, "SetupAccessKey", "error", "An access key is created together with its console user"),
                        rule(NOTE_RULE, "NotChecked", "note", "Part of a template was not checked"),
                    ],
                }},
                "columnKind": "unicodeCodePoints",
                "invocations": [{"executionSuccessful": errors.is_empty(), "toolExecutionNotifications": errors}],
                "results": findings.chain(notes).collect::<Vec<_>>(),
            }],
        }))
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let number =
            |number: usize, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
        let checked = self.files - self.errors;
        if self.files == 0 {
            return write!(f, "no templates found: {} passed over", number(self.passed_over, "file"));
        }
        let (keys, files) = (number(self.findings, "access key"), number(checked, "template"));
        write!(f, "{keys} created together with a console user, in {files}")?;
        for (count, what) in [
            (self.suppressed, String::from("suppressed")),
            (self.errors, String::from("not checked")),
            (self.passed_over, String::from("passed over")),
        ] {
            if count > 0 {
                let one = if what == "suppressed" { "finding" } else { "file" };
                write!(f, "; {} {what}", number(count, one))?;
            }
        }
        Ok(())
    }
}

fn line(file: &str, finding: &Finding) -> String {
    format!("{}: {}: {}", place(file, finding.at), finding.access_key, finding.reason())
}

/// A place, as compilers write it.
fn place(file: &str, at: Option<Position>) -> String {
    at.map_or_else(|| file.to_owned(), |at| format!("{file}:{}:{}", at.line, at.column))
}

fn annotation(kind: &str, file: &str, at: Option<Position>, message: &str) -> String {
    let message = message.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let file = file
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
        .replace(':', "%3A")
        .replace(',', "%2C");
    let at = at.map_or(String::new(), |at| format!(",line={},col={}", at.line, at.column));
    format!("::{kind} file={file}{at},title=setupkey::{message}")
}

fn rule(id: &str, name: &str, level: &str, text: &str) -> Value {
    json!({"id": id, "name": name, "shortDescription": {"text": text}, "defaultConfiguration": {"level": level}})
}

fn location(file: &str, at: Option<Position>, logical: Option<&str>) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": uri(file)}});
    if let (Some(at), Some(physical)) = (at, physical.as_object_mut()) {
        physical.insert(String::from("region"), json!({"startLine": at.line, "startColumn": at.column}));
    }
    let mut location = json!({"physicalLocation": physical});
    if let (Some(name), Some(location)) = (logical, location.as_object_mut()) {
        location.insert(
            String::from("logicalLocations"),
            json!([{"fullyQualifiedName": name, "kind": "resource"}]),
        );
    }
    location
}

/// A path as a URI reference: relative stays relative.
fn uri(path: &str) -> String {
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// A document with a line end.
fn pretty(document: &Value) -> String {
    format!("{document:#}\n")
}
