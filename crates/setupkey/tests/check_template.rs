//! `setupkey check-template`, the real binary: output and exit codes. What is found in which template is tested in
//! `crates/template`.
#![cfg(test)]

mod run;

use std::fs;
use std::path::{Path, PathBuf};

use crate::run::{Ran, run};

/// JSON that is not a template.
const OTHER_FILE: &str = "../../../../schemas/check-template.schema.json";

fn templates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../template/tests/templates")
}

fn check(arguments: &[&str]) -> Ran {
    check_stdin(arguments, b"")
}

fn check_stdin(arguments: &[&str], stdin: &[u8]) -> Ran {
    run(run::binary().arg("check-template").args(arguments).current_dir(templates()), stdin)
}

fn text(text: &str) -> Vec<&str> {
    text.lines().collect()
}

#[test]
fn finding_says_where_who_and_why_in_one_line() {
    let output = check(&["ref.yaml", "conditions.yaml", "terraform-plan.json"]);

    let lines = text(&output.out);
    assert_eq!(
        [lines[0], lines[1], lines[lines.len() - 1]],
        [
            "ref.yaml:14:3: AliceKey: access key of the console user Alice, created together with the user and its \
             LoginProfile",
            "conditions.yaml:24:3: DevKeyUnlessProd: access key of the console user Dev (`dev`), created together with \
             the user and its LoginProfile under IsDev and IsNotProd",
            "terraform-plan.json:129:5: aws_iam_access_key.alice: access key of the console user aws_iam_user.alice \
             (`alice`), created together with the user and aws_iam_user_login_profile.alice",
        ]
    );
    assert_eq!(
        text(&output.err),
        ["summary: 6 access keys created together with a console user, in 3 templates"]
    );
}

#[test]
fn every_named_file_is_checked_and_2_wins() {
    let output = check(&["missing.yaml", "ref.yaml", OTHER_FILE]);

    assert_eq!(output.code, 2);
    assert_eq!(text(&output.out).len(), 1);
    let errors = text(&output.err);
    assert_eq!(errors[0], "error: missing.yaml: no such file or directory");
    assert_eq!(errors[1], format!("error: {OTHER_FILE}: not a CloudFormation template or a Terraform plan"));
    assert_eq!(
        errors[2],
        "summary: 1 access key created together with a console user, in 1 template; 2 files not checked"
    );
}

#[test]
fn dash_is_standard_input() {
    let plan = fs::read(templates().join("terraform-plan.json")).unwrap();

    let output = check_stdin(&["-"], &plan);

    assert_eq!(output.code, 1);
    assert!(text(&output.out)[0].starts_with("-:129:5: aws_iam_access_key.alice: "));
}

#[test]
fn windows_line_ends_and_byte_order_marks_change_nothing() {
    let template = fs::read_to_string(templates().join("sam.yaml")).unwrap().replace('\n', "\r\n");
    let plan = fs::read_to_string(templates().join("terraform-plan.json")).unwrap();
    let utf16: Vec<u8> = [0xfeff].into_iter().chain(plan.encode_utf16()).flat_map(u16::to_le_bytes).collect();

    for (bytes, key) in [
        (format!("\u{feff}{template}").into_bytes(), "-:11:3: DeployerKey: "),
        (utf16, "-:129:5: aws_iam_access_key.alice: "),
    ] {
        let output = check_stdin(&["-"], &bytes);

        assert_eq!(output.code, 1);
        assert!(text(&output.out)[0].starts_with(key), "{:?}", text(&output.out));
    }
}

#[test]
fn what_is_no_template_is_an_error_with_its_place() {
    for (template, error) in [
        ("", "-: the file is empty"),
        ("[]", "-: not a CloudFormation template or a Terraform plan"),
        ("Resources: []", "-:1:1: `Resources` is not a mapping"),
        (
            "Resources:\n  A: {Type: AWS::IAM::User, Properties: []}",
            "-:2:29: `Properties` of `A` is not a mapping",
        ),
        (
            "Resources:\n  A:\n    Type: AWS::IAM::User\n    Properties:\n      LoginProfile:\n",
            "-:5:7: `LoginProfile` of `A` is not a mapping",
        ),
        ("Resources: {}\n---\nResources: {}", "-:2:1: a second document: a template is one document"),
        ("Resources: {A: *a}", "-:1:16: while parsing node, found unknown anchor"),
        ("Resources: &a {A: *a}", "-:1:19: an alias inside its own anchor"),
        ("Resources: {[a]: b}", "-:1:13: a key is a list or a mapping, expected text"),
        ("Resources: {<<: 1}", "-:1:13: `<<` merges something that is not a mapping"),
        ("{\n  // users\n  \"Resources\": {}\n}", "-:2:3: key must be a string"),
        (
            "service: a\nprovider: {name: aws}\n",
            "-: a Serverless Framework file: check what `serverless package` writes, \
             `.serverless/cloudformation-template-update-stack.json`",
        ),
        (
            "{\"format_version\": \"2.0\", \"planned_values\": {\"root_module\": {}}}",
            "-: the plan format is `2.0`, expected 0.x or 1.x",
        ),
        (
            "{\"planned_values\": {\"root_module\": {}}, \"errored\": true}",
            "-: an incomplete plan: Terraform ended with an error",
        ),
        ("{\"resource_changes\": [{\"type\": \"aws_iam_user\"}]}", "-:1:23: missing field `address`"),
    ] {
        let output = check_stdin(&["-"], template.as_bytes());

        assert_eq!(text(&output.err)[0], format!("error: {error}"), "{template}");
        assert_eq!((output.code, output.out.len()), (2, 0), "{template}");
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

    assert_eq!(output.code, 1);
    assert_eq!(text(&output.out).len(), 1);
    assert!(
        text(&output.out)[0]
            .starts_with(r"-:3:3: K\u{1b}[2J: access key of the console user A (`a\u{1b}]0;x")
    );
    for byte in output.out.bytes().chain(output.err.bytes()) {
        assert!(byte == b'\n' || (byte >= b' ' && byte.is_ascii()), "{byte}");
    }
}

#[test]
fn json_says_the_same() {
    let output = check(&["--format", "json", "ref.yaml", "missing.yaml", "nested.yaml"]);

    assert_eq!(output.code, 2);
    let document: serde_json::Value = serde_json::from_str(&output.out).unwrap();
    let files = document["files"].as_array().unwrap();
    assert_eq!(files[0]["findings"][0]["accessKey"], "AliceKey");
    assert_eq!(files[0]["findings"][0]["line"], 14);
    assert_eq!(files[0]["findings"][0]["column"], 3);
    assert_eq!(files[1]["error"]["message"], "no such file or directory");
    assert_eq!(files[2]["notes"].as_array().unwrap().len(), 6);
    assert_eq!(
        document["summary"],
        serde_json::json!({"files": 3, "findings": 1, "suppressed": 0, "notes": 6, "errors": 1, "passedOver": 0})
    );
}

/// A folder with the templates of the tests, and files of other kinds.
fn folder(templates_in_it: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for template in templates_in_it {
        fs::copy(templates().join(template), folder.path().join(template)).unwrap();
    }
    fs::write(folder.path().join("values.yaml"), "replicas: 1").unwrap();
    fs::write(folder.path().join("README.md"), "text").unwrap();
    folder
}

#[test]
fn over_a_repository_the_exit_code_was_2_for_files_that_are_not_templates() {
    for (templates_in_it, code, summary) in [
        (
            &["ref.yaml", "compliant.yaml"][..],
            1,
            "1 access key created together with a console user, in 2 templates; 2 files passed over",
        ),
        (
            &["compliant.yaml"],
            0,
            "0 access keys created together with a console user, in 1 template; 2 files passed over",
        ),
        (&[], 0, "no templates found: 2 files passed over"),
    ] {
        let folder = folder(templates_in_it);

        let output = check(&[folder.path().to_str().unwrap()]);

        assert_eq!(text(&output.err), [format!("summary: {summary}")]);
        assert_eq!(output.code, code, "{summary}");
    }
    let readme = folder(&[]);
    assert_eq!(check(&[readme.path().join("README.md").to_str().unwrap()]).code, 2, "named");
    assert_eq!(check(&[readme.path().join("gone").to_str().unwrap()]).code, 2, "not there");
}

#[test]
fn strict_makes_a_note_exit_code_2() {
    for (arguments, code) in [
        (&["nested.yaml"][..], 0),
        (&["--strict", "nested.yaml"], 2),
        (&["--strict", "compliant.yaml"], 0),
        (&["--strict", "ref.yaml"], 1),
        (&["--strict", "ref.yaml", "nested.yaml"], 2),
    ] {
        assert_eq!(check(arguments).code, code, "{arguments:?}");
    }
}

#[test]
fn a_suppressed_finding_is_listed_and_does_not_count() {
    let template = fs::read_to_string(templates().join("ref.yaml")).unwrap();
    let suppressed = template.replace("  AliceKey:", "  # setupkey:ignore break glass, INC-1\n  AliceKey:");

    let output = check_stdin(&["-"], suppressed.as_bytes());

    assert_eq!((output.code, output.out.len()), (0, 0));
    let messages = text(&output.err);
    assert!(messages[0].starts_with("suppressed: -:15:3: AliceKey: access key of the console user Alice"));
    assert!(messages[0].ends_with(" (break glass, INC-1)"), "{messages:?}");
}

#[test]
fn a_baseline_is_what_an_earlier_run_printed() {
    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("baseline.json");
    let baseline = baseline.to_str().unwrap();
    fs::write(baseline, check(&["--format", "json", "ref.yaml"]).out).unwrap();

    assert_eq!(check(&["--baseline", baseline, "ref.yaml"]).code, 0);
    assert_eq!(check(&["--baseline", baseline, "ref.yaml", "ref.json"]).code, 1);
    for (file, error) in [
        ("gone.json", "cannot read the baseline gone.json: No such file"),
        (
            "ref.yaml",
            "the baseline ref.yaml is not a document of `check-template --format json`: expected value",
        ),
    ] {
        let output = check(&["--baseline", file, "compliant.yaml"]);
        assert!(text(&output.err)[0].starts_with(&format!("error: {error}")), "{:?}", text(&output.err));
        assert_eq!(output.code, 2);
    }
}

#[test]
fn annotations_of_github_are_lines_on_standard_output() {
    let output = check(&["--format", "github", "ref.yaml", "nested.yaml", "missing.yaml"]);

    let lines = text(&output.out);
    assert_eq!(lines.len(), 8);
    assert_eq!(
        lines[0],
        "::error file=ref.yaml,line=14,col=3,title=setupkey::AliceKey: access key of the console user Alice, \
         created together with the user and its LoginProfile"
    );
    assert!(
        lines[1]
            .starts_with("::warning file=nested.yaml,line=3,col=5,title=setupkey::the macro `AWS::Include`")
    );
    assert_eq!(lines[7], "::error file=missing.yaml,title=setupkey::no such file or directory");
    assert_eq!(text(&output.err), ["error: missing.yaml: no such file or directory"]);
}
