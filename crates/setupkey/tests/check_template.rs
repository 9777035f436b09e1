//! `setupkey check-template`, the real binary, on the templates of the folder `templates`.
#![cfg(test)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn templates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../template/tests/templates")
}

fn check(arguments: &[&str]) -> Output {
    check_stdin(arguments, b"")
}

fn check_stdin(arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_setupkey"))
        .arg("check-template")
        .args(arguments)
        .current_dir(templates())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> Vec<&str> {
    str::from_utf8(bytes).unwrap().lines().collect()
}

/// The records of `cases.csv`; a quoted field has no comma.
fn cases() -> Vec<Vec<String>> {
    let table = fs::read_to_string(templates().join("cases.csv")).unwrap();
    let field = |field: &str| field.trim_matches('"').replace("\"\"", "\"");
    table.lines().skip(1).map(|line| line.split(',').map(field).collect()).collect()
}

#[test]
fn every_template_is_judged_as_the_table_says() {
    for case in cases() {
        let [file, exit, keys, notes, _guard, situation] = case.as_slice() else { panic!("{case:?}") };

        let output = check(&[file]);

        let lines = text(&output.stdout);
        let reported: Vec<_> = lines.iter().map(|line| key_of(line, file)).collect();
        assert_eq!(reported.join(" "), *keys, "{situation}");
        assert_eq!(output.status.code(), exit.parse().ok(), "{situation}");
        let said = text(&output.stderr).iter().filter(|line| line.starts_with("note: ")).count();
        assert_eq!(said.to_string(), *notes, "{situation}: {:?}", text(&output.stderr));
    }
}

/// The access key of `FILE:LINE: KEY: WHY`.
fn key_of(line: &str, file: &str) -> String {
    let rest = line.strip_prefix(file).unwrap_or_else(|| panic!("{line}"));
    let (place, rest) = rest.split_once(": ").unwrap();
    let number = place.strip_prefix(':');
    assert!(number.map_or(place.is_empty(), |number| number.parse::<usize>().is_ok()), "{line}");
    rest.split_once(": access key of the console user ").unwrap_or_else(|| panic!("{line}")).0.to_owned()
}

#[test]
fn every_template_is_in_the_table() {
    let mut listed: Vec<_> = cases().into_iter().map(|case| case[0].clone()).collect();
    listed.push(String::from("cases.csv"));
    listed.sort();
    let mut files: Vec<_> = fs::read_dir(templates())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();

    assert_eq!(files, listed);
}

#[test]
fn finding_says_where_who_and_why_in_one_line() {
    let output = check(&["ref.yaml", "conditions.yaml", "terraform-plan.json"]);

    let lines = text(&output.stdout);
    assert_eq!(
        [lines[0], lines[1], lines[lines.len() - 1]],
        [
            "ref.yaml:14: AliceKey: access key of the console user Alice, made in one go with the user and its \
             LoginProfile",
            "conditions.yaml:24: DevKeyUnlessProd: access key of the console user Dev (`dev`), made in one go with \
             the user and its LoginProfile under IsDev and IsNotProd",
            "terraform-plan.json: aws_iam_access_key.alice: access key of the console user aws_iam_user.alice \
             (`alice`), made in one go with the user and aws_iam_user_login_profile.alice",
        ]
    );
    assert_eq!(
        text(&output.stderr),
        ["summary: 6 access keys made in one go with a console user, in 3 files"]
    );
}

#[test]
fn all_files_are_looked_at_and_2_wins() {
    let output = check(&["missing.yaml", "ref.yaml", "cases.csv"]);

    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stdout).len(), 1);
    let errors = text(&output.stderr);
    assert_eq!(errors[0], "error: missing.yaml: no such file or directory");
    assert!(errors[1].starts_with("error: cases.csv: no template"), "{errors:?}");
    assert_eq!(
        errors[2],
        "summary: 1 access key made in one go with a console user, in 3 files; 2 files not looked at"
    );
}

#[test]
fn dash_is_standard_input() {
    let plan = fs::read(templates().join("terraform-plan.json")).unwrap();

    let output = check_stdin(&["-"], &plan);

    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout)[0].starts_with("-: aws_iam_access_key.alice: "));
}

#[test]
fn windows_line_ends_and_byte_order_marks_change_nothing() {
    let template = fs::read_to_string(templates().join("sam.yaml")).unwrap().replace('\n', "\r\n");
    let plan = fs::read_to_string(templates().join("terraform-plan.json")).unwrap();
    let utf16: Vec<u8> = [0xfeff].into_iter().chain(plan.encode_utf16()).flat_map(u16::to_le_bytes).collect();

    for (bytes, key) in [
        (format!("\u{feff}{template}").into_bytes(), "-:11: DeployerKey: "),
        (utf16, "-: aws_iam_access_key.alice: "),
    ] {
        let output = check_stdin(&["-"], &bytes);

        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stdout)[0].starts_with(key), "{:?}", text(&output.stdout));
    }
}

#[test]
fn what_is_no_template_is_an_error_with_its_place() {
    for (template, error) in [
        ("", "-: is empty"),
        (
            "[]",
            "-: no template: neither `Resources` of CloudFormation nor `planned_values` or `resource_changes` of Terraform",
        ),
        ("Resources: []", "-:1:1: `Resources` is no mapping"),
        ("Resources:\n  A: 1", "-:2:3: the resource `A` is no mapping"),
        ("Resources:\n  A: {}", "-:2:3: the resource `A` has no `Type`"),
        ("Resources:\n  A: {Type: T, Properties: []}", "-:2:16: `Properties` of `A` is no mapping"),
        (
            "Resources:\n  A:\n    Type: AWS::IAM::User\n    Properties:\n      LoginProfile:\n",
            "-:5:7: `LoginProfile` of `A` is no mapping",
        ),
        ("Resources:\n  A: {Type: T}\n  A: {Type: T}", "-:3:3: the key `A` is there twice"),
        ("{\"Resources\": {},\n \"Resources\": {}}", "-:2:12: the key `Resources` is there twice"),
        ("Resources: {}\n---\nResources: {}", "-:2:1: a second document: a template is one"),
        ("Resources: {A: *a}", "-:1:16: while parsing node, found unknown anchor"),
        ("Resources: &a {A: *a}", "-:1:19: an alias inside the node that it repeats"),
        ("Resources: {[a]: b}", "-:1:13: a key that is no text"),
        ("Resources: {<<: 1}", "-:1:13: `<<` merges something that is no mapping"),
        (
            "Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\nResources: {}",
            "-: the conditions that `A` depends on go in a circle",
        ),
        (
            "{\"format_version\": \"2.0\", \"planned_values\": {}}",
            "-: the plan format `2.0`: accepted are 0.x and 1.x",
        ),
        (
            "{\"planned_values\": {}, \"errored\": true}",
            "-: an incomplete plan: terraform ended with an error",
        ),
        (
            "{\"resource_changes\": [{\"type\": \"aws_iam_user\", \"address\": \"aws_iam_user.a[\"}]}",
            "-: the address `aws_iam_user.a[` is not understood",
        ),
        (
            "{\"resource_changes\": [{\"type\": \"aws_iam_user\", \"address\": \"aws_iam_user.a\"}]}",
            "-: the change of `aws_iam_user.a` has no actions",
        ),
    ] {
        let output = check_stdin(&["-"], template.as_bytes());

        assert_eq!(text(&output.stderr)[0], format!("error: {error}"), "{template}");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{template}");
    }
}

#[test]
fn control_characters_of_a_template_do_not_reach_the_terminal() {
    let template = "Resources:
  A: {Type: AWS::IAM::User, Properties: {UserName: \"a\\e]0;x\\a\\nb\\u202E\", LoginProfile: {Password: x}}}
  \"K\\e[2J\": {Type: AWS::IAM::AccessKey, Properties: {UserName: !Ref A}}
  \"B\\e[2J\": {Type: AWS::CloudFormation::Stack}
";
    let output = check_stdin(&["-"], template.as_bytes());

    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout).len(), 1);
    assert!(
        text(&output.stdout)[0]
            .starts_with(r"-:3: K\u{1b}[2J: access key of the console user A (`a\u{1b}]0;x")
    );
    for byte in output.stdout.iter().chain(&output.stderr) {
        assert!(*byte == b'\n' || (*byte >= b' ' && byte.is_ascii()), "{byte}");
    }
}

#[test]
fn json_says_the_same() {
    let output = check(&["--format", "json", "ref.yaml", "missing.yaml", "nested.yaml"]);

    assert_eq!(output.status.code(), Some(2));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let files = document["files"].as_array().unwrap();
    assert_eq!(files[0]["findings"][0]["accessKey"], "AliceKey");
    assert_eq!(files[0]["findings"][0]["line"], 14);
    assert_eq!(files[1]["error"]["message"], "no such file or directory");
    assert_eq!(files[2]["notes"].as_array().unwrap().len(), 6);
    assert_eq!(document["summary"], serde_json::json!({"files": 3, "findings": 1, "errors": 1}));
}

#[test]
fn bombs_end_soon_and_with_an_error() {
    let laughs: String = (1..30).map(|i| format!("a{i}: &a{i} [*a{0}, *a{0}]\n", i - 1)).collect();
    let doubling =
        (0..40).fold(String::from("x"), |inner, _| format!("!Sub [\"${{A}}${{A}}\", {{A: {inner}}}]"));
    let chain: String =
        (1..5000).map(|i| format!("  C{i}: !Or [!Condition C{0}, !Condition C{0}]\n", i - 1)).collect();
    let free: String = (0..20).map(|i| format!("  C{i}: !Equals [!Ref P{i}, x]\n")).collect();
    let all: String = (0..10).map(|i| format!("!Condition C{i},")).collect();
    let pair = |user: &str, key: &str| {
        format!(
            "Resources:\n  U: {{Type: AWS::IAM::User, {user}}}\n  K: {{Type: AWS::IAM::AccessKey, {key}}}\n"
        )
    };
    let user = "Properties: {LoginProfile: {Password: x}}";
    for (bomb, expected) in [
        (format!("a0: &a0 x\n{laughs}Resources: {{}}\n"), "more than 1000000 nodes"),
        (format!("Resources: {}", "[".repeat(100_000)), "recursion limit exceeded"),
        ((0..200).map(|i| format!("{}a:\n", " ".repeat(i))).collect(), "nested more than 100 deep"),
        (format!("{{\"Resources\": {}", "[".repeat(1_000_000)), "recursion limit exceeded"),
        (pair(user, &format!("Properties: {{UserName: {doubling}}}")), "take too much work to compare"),
        (
            format!(
                "Conditions:\n  C0: !Equals [!Ref P, x]\n{chain}{}",
                pair(&format!("Condition: C4999, {user}"), "Condition: C4999")
            ),
            "",
        ),
        (
            format!(
                "Conditions:\n{free}  All: !And [{all}]\n  More: !Not [!Or [{}]]\n{}",
                (10..20).map(|i| format!("!Condition C{i},")).collect::<String>(),
                pair(&format!("Condition: All, {user}"), "Condition: More, Properties: {UserName: !Ref U}")
            ),
            "depends on too many conditions",
        ),
    ] {
        let output = check_stdin(&["-"], bomb.as_bytes());

        let errors = text(&output.stderr);
        assert!(errors[0].contains(expected), "{errors:?}");
        assert_eq!(output.status.code(), Some(if expected.is_empty() { 0 } else { 2 }), "{errors:?}");
    }
}
