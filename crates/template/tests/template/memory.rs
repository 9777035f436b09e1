//! No file of a megabyte takes more than 64 MiB, and no plan more than ten times its size. A child process that may have no
//! more checks each file and prints the report in every format; one that needs more ends with an error.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use setupkey_template::check_all;

use super::bounds::{MEGABYTE, megabyte, text_of};
use super::pair;

/// Names the file that a child process checks.
const FILE: &str = "SETUPKEY_TEST_FILE";

/// A console user with this ID and this entry, and as many keys for it as fit into a part of a megabyte.
fn keys_of(id: &str, entry: &str, size: usize) -> String {
    let user = format!(
        "Resources:\n  ? \"{id}\"\n  : {{Type: AWS::IAM::User, {entry}, Properties: {{UserName: a, LoginProfile: {{}}}}}}\n"
    );
    let key = |at| format!("  K{at}: {{Type: AWS::IAM::AccessKey, Properties: {{UserName: a}}}}\n");
    text_of(size, key, &user, "")
}

/// A user and a key under many conditions.
fn conditions(condition: impl Fn(usize) -> String) -> String {
    let resources =
        "x]\nResources:\n  U: {Type: AWS::IAM::User, Condition: C, Properties: {LoginProfile: {}}}
  K: {Type: AWS::IAM::AccessKey, Condition: C, Properties: {UserName: !Ref U}}\n";
    megabyte(condition, "Conditions:\n  C: !And [", resources)
}

fn loop_of(value: &str, values: usize, output: &str) -> String {
    let values = format!("{value},").repeat(values);
    format!("Resources:\n  Fn::ForEach::L: [A, [{values}], {{'B${{A}}': {output}}}]\n")
}

/// Templates of at most a megabyte.
fn templates() -> Vec<(&'static str, String)> {
    let part = |part: &'static str| move |_| String::from(part);
    let (long, escaped) = ("x".repeat(400_000), "\\x01".repeat(100_000));
    let aliases =
        |at| if at == 0 { format!("- &a {}\n", "x".repeat(100_000)) } else { String::from("- *a\n") };
    let chain = format!(
        "Resources:\n  ? {long}\n  : {{Type: AWS::IAM::User}}\n  U: {{Type: AWS::IAM::User, Properties: {{UserName: !Ref {long}}}}}\n"
    );
    let link = |at| {
        format!("  U{at}: {{Type: AWS::IAM::User, Properties: {{UserName: !Ref U, LoginProfile: {{}}}}}}\n")
    };
    let noted = |at| format!("  ? {at}{}\n  :\n", "x".repeat(100_000));
    let reason = format!("Metadata: {{setupkey: {{ignore: {long}}}}}");
    vec![
        ("a list that may be a key", megabyte(part("a,"), "{[", "]: 1}")),
        ("a list in JSON", megabyte(part("1,"), "{\"Resources\":{\"A\":[", "1]}}")),
        ("lists in a list in JSON", megabyte(part("[[[[1]]]],"), "{\"Resources\":{\"A\":[", "1]}}")),
        ("mappings in a list", megabyte(part("{a},"), "Resources: {A: [", "{}]}")),
        ("a key without an end", megabyte(part("a"), "Resources: {", "")),
        ("a mapping without an end", megabyte(part("a: b,"), "Resources: {", "")),
        ("lists inside each other", megabyte(part("["), "Resources: ", "")),
        ("a key that is there often", megabyte(part(" a:\n"), "Resources:\n", "")),
        ("anchors", megabyte(part("&a ,"), "Resources: {A: [", "]}")),
        ("aliases", megabyte(aliases, "Resources:\n", "")),
        ("conditions", conditions(|at| format!("!Foo {at:x},"))),
        ("findings", keys_of("U", "a: b", MEGABYTE)),
        ("findings that are few enough", keys_of("U", "a: b", 150_000)),
        ("findings with a long ID", keys_of(&long, "a: b", MEGABYTE)),
        ("findings with a long ID that is escaped", keys_of(&escaped, "a: b", MEGABYTE)),
        ("findings with a long reason", keys_of("U", &reason, MEGABYTE)),
        ("notes with a long ID", megabyte(noted, "Resources:\n", "")),
        ("names that are one long ID", megabyte(link, &chain, "")),
        ("a loop of nothing", loop_of("a", 200_000, "")),
        ("a loop of a long value", loop_of(&long, 1, &format!("[{}]", "!Ref A,".repeat(60_000)))),
        ("a loop of a long text", loop_of("a", 100, &long)),
        ("a name of many parts", pair("", &format!("!Sub '{}'", "${Alice}".repeat(100_000)))),
        ("a name of many items", pair("", &format!("!Join ['', [{}]]", "a,".repeat(400_000)))),
    ]
}

/// Plans of some megabytes.
fn plans() -> Vec<(&'static str, String)> {
    let plan = |part: &str, before: &str, after: &str| {
        let part = |at: usize| part.replace('#', &format!("{at:x}"));
        text_of(4 * MEGABYTE, part, before, after)
    };
    let modules = r#"{"planned_values":{"root_module":{"child_modules":["#;
    let calls = r#"{"planned_values":{},"configuration":{"root_module":{"module_calls":{"#;
    let references = r#"{"planned_values":{},"configuration":{"root_module":{"resources":[
        {"address":"","type":"aws_iam_user","expressions":{"name":{"references":["#;
    let actions = r#"{"resource_changes":[{"address":"","type":"aws_iam_user","change":{"actions":["#;
    let resources = r#"{"resource_changes":[{"address":"LONG","type":"aws_iam_user","values":{"name":"u"}},
        {"address":"","type":"aws_iam_user_login_profile","values":{"user":"u"}},"#;
    let user = r##"{"address":"#","type":"aws_iam_user","values":{"name":"#"}},"##;
    let key = r##"{"address":"#","type":"aws_iam_access_key","values":{"user":"u"}},"##;
    let last = r#"{"address":"","type":"aws_iam_user"}]}"#;
    vec![
        ("empty modules", plan("{},", modules, "{}]}}}")),
        ("calls of empty modules", plan(r##""#":{},"##, calls, r#""":{}}}}}"#)),
        ("references", plan(r##""#","##, references, r#"""]}}}]}}}"#)),
        ("actions", plan(r#""","#, actions, r#"""]}}]}"#)),
        ("users", plan(user, resources, last)),
        ("findings of a plan", plan(key, resources, last)),
        ("findings with a long address", plan(key, &resources.replace("LONG", &"u".repeat(MEGABYTE)), last)),
    ]
}

/// Whether a process with this many bytes of memory checks a file.
fn is_checked_in(bytes: usize, file: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.yaml");
    fs::write(&path, file).unwrap();
    let test = "memory::a_template_of_a_megabyte_takes_at_most_64_mebibytes";

    let child = Command::new("sh")
        .args(["-c", "ulimit -d \"$1\" && shift && exec \"$@\"", "sh", &(bytes / 1024).to_string()])
        .arg(env::current_exe().unwrap())
        .args(["--exact", test, "--test-threads=1", "--nocapture"])
        .env(FILE, path)
        .output()
        .unwrap();

    let said = String::from_utf8_lossy(&child.stdout) + String::from_utf8_lossy(&child.stderr);
    child.status.success() && said.contains("1 passed")
}

#[test]
fn a_template_of_a_megabyte_takes_at_most_64_mebibytes() {
    if let Some(file) = env::var_os(FILE) {
        let report = check_all(&[PathBuf::from(file)]);
        assert!(!report.messages().is_empty() && report.lines().len() <= report.github_lines().len());
        assert!(report.json().len() > 2 && report.sarif().len() > 2);
        return;
    }
    let mut exceeded = Vec::new();
    for (what, template) in templates() {
        assert!(template.len() <= MEGABYTE, "{what}: {}", template.len());
        if !is_checked_in(64 * MEGABYTE, &template) {
            exceeded.push(what);
        }
    }
    for (what, plan) in plans() {
        if !is_checked_in(10 * plan.len(), &plan) {
            exceeded.push(what);
        }
    }
    assert!(exceeded.is_empty(), "{exceeded:?}");
}
