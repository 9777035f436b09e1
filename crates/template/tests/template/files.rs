//! Files, folders and globs; what is printed of them.

use std::fs;
use std::path::{Path, PathBuf};

use setupkey_template::{Baseline, Report, check_all};
use tempfile::TempDir;

use super::pair;

/// A folder with files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn report(folder: &Path, paths: &[&str]) -> Report {
    check_all(&paths.iter().map(|path| folder.join(path)).collect::<Vec<PathBuf>>())
}

/// The files of a report, without the folder, and the number of those that were passed over.
fn files(folder: &Path, paths: &[&str]) -> (Vec<String>, usize) {
    let report = report(folder, paths);
    let prefix = format!("{}/", folder.to_str().unwrap());
    let files = report.files.iter().map(|checked| checked.file.strip_prefix(&prefix).unwrap().to_owned());
    (files.collect(), report.passed_over)
}

#[test]
fn of_a_folder_templates_are_checked_and_other_files_passed_over() {
    let template = pair("", "!Ref Alice");
    let folder = folder(&[
        (".gitignore", "build/\n"),
        ("a.yaml", &template),
        ("b/c.template", &template),
        ("b/plan.json", "{\"planned_values\": {\"root_module\": {}}}"),
        ("build/ignored.yaml", &template),
        (".hidden/ignored.yaml", &template),
        ("package.json", "{}"),
        ("chart.yaml", "{{ .Values }}"),
        ("many.yaml", "a: 1\n---\nb: 1\n"),
        ("main.rs", "fn main() {}"),
        ("binary.json", "\u{0}\u{1}"),
    ]);

    assert_eq!(files(folder.path(), &["."]).1, 5);
    let (checked, passed_over) = files(folder.path(), &[""]);
    assert_eq!(
        (checked.as_slice(), passed_over),
        (&["a.yaml", "b/c.template", "b/plan.json"].map(String::from)[..], 5)
    );
    assert_eq!(files(folder.path(), &["build"]).0, ["build/ignored.yaml"], "a folder that is named");
    assert_eq!(files(folder.path(), &["a.yaml", ""]).0.len(), 3, "a file is checked once");
    assert!(report(folder.path(), &[""]).has_findings());
}

#[test]
fn a_glob_matches_as_gitignore_does() {
    let template = pair("", "!Ref Alice");
    let folder = folder(&[
        ("a.yaml", &template),
        ("b.json", "{}"),
        ("c/d.yaml", &template),
        ("c/e/f.yaml", &template),
    ]);
    for (glob, matched) in [
        ("*.yaml", &["a.yaml"][..]),
        ("**/*.yaml", &["a.yaml", "c/d.yaml", "c/e/f.yaml"]),
        ("c/*.yaml", &["c/d.yaml"]),
        ("c/**/f.y?ml", &["c/e/f.yaml"]),
        ("[ab].*", &["a.yaml"]),
        ("*.template", &[]),
    ] {
        assert_eq!(files(folder.path(), &[glob]).0, matched, "{glob}");
    }
}

#[test]
fn a_file_of_a_folder_that_may_hold_a_key_is_noted_if_it_cannot_be_checked() {
    let large = format!("{}#{}", pair("", "!Ref Alice"), " ".repeat(1024 * 1024));
    let folder = folder(&[
        ("broken.yaml", "Resources:\n  {{ if }}\n  K: {Type: AWS::IAM::AccessKey}\n"),
        ("large.yaml", &large),
        ("serverless.yml", "service: a\nprovider: b\nresources: {Type: AWS::IAM::AccessKey}"),
        ("fine.yaml", "Type: AWS::S3::Bucket"),
        // as `cdk synth` writes it: it names types, but it is not a template
        ("tree.json", "{\"tree\": {\"type\": \"AWS::IAM::AccessKey\"}}"),
        ("large.json", &format!("{{\"type\": \"AWS::IAM::AccessKey\"{}}}", " ".repeat(1024 * 1024))),
    ]);

    let report = report(folder.path(), &[""]);

    let messages = report.messages();
    assert_eq!((report.passed_over, report.files.len()), (3, 3));
    assert!(report.has_notes() && !report.has_findings() && !report.has_errors());
    for (message, said) in
        messages.iter().zip(["broken.yaml:", "large.yaml: not checked", "serverless.yml: not checked"])
    {
        assert!(message.0 == "note" && message.1.contains(said), "{message:?}");
    }
}

#[test]
fn a_template_in_a_folder_that_takes_too_much_is_an_error() {
    let user = "  U: {Type: AWS::IAM::User, Properties: {UserName: a, LoginProfile: {}}}\n";
    let key = |at| format!("  K{at}: {{Type: AWS::IAM::AccessKey, Properties: {{UserName: a}}}}\n");
    let template = format!("Resources:\n{user}{}", (0..4_000).map(key).collect::<String>());
    let folder = folder(&[("many.yaml", &template)]);

    let report = report(folder.path(), &[""]);

    let [(kind, message)] = &report.error_messages()[..] else { panic!("one error") };
    assert!(*kind == "error" && message.ends_with("many.yaml: the findings are too large to print"));
}

#[test]
fn nothing_to_check_is_said_and_a_missing_path_is_an_error() {
    let folder = folder(&[("README.md", "text")]);
    for (paths, passed_over) in [(&[""][..], "1 file"), (&["*.yaml"], "0 files")] {
        let report = report(folder.path(), paths);
        let summary = format!("no templates found: {passed_over} passed over");
        assert_eq!(report.messages(), [("summary", summary)]);
        assert!(!report.has_errors());
    }
    for path in ["gone.yaml", "gone/*.yaml", "gone/"] {
        assert!(report(folder.path(), &[path]).has_errors(), "{path}");
    }
    assert!(report(folder.path(), &["README.md"]).has_errors(), "a file that is named has to be a template");
}

#[test]
fn a_thousand_mixed_files_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    for at in 0..1000 {
        let (extension, text) = match at % 4 {
            0 => (
                "yaml",
                pair(&format!("user{at}"), &format!("user{}", if at % 40 == 0 { at } else { at + 1 })),
            ),
            1 => ("yaml", format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{at}}}\n---\na: 1\n")),
            2 => ("json", format!("{{\"name\": \"package{at}\", \"version\": \"1.0.0\"}}")),
            _ => ("md", String::from("# Text\n")),
        };
        fs::write(folder.path().join(format!("f{at:04}.{extension}")), text).unwrap();
    }

    let report = report(folder.path(), &[""]);

    assert_eq!((report.files.len(), report.passed_over, report.lines().len()), (250, 750, 25));
    assert!(report.has_findings() && !report.has_errors() && !report.has_notes());
}

#[test]
fn a_baseline_suppresses_what_it_contains_wherever_it_is_in_the_file() {
    let folder = folder(&[("a.yaml", &pair("", "!Ref Alice"))]);
    let document = report(folder.path(), &[""]).json();
    let moved = format!(
        "# moved\n{}  New: {{Type: AWS::IAM::AccessKey, Properties: {{UserName: !Ref Alice}}}}\n",
        pair("", "!Ref Alice")
    );
    fs::write(folder.path().join("a.yaml"), moved).unwrap();

    let mut report = report(folder.path(), &[""]);
    report.suppress(&Baseline::parse(&document).unwrap());

    assert_eq!(report.lines().len(), 1);
    assert!(report.lines()[0].contains(": New: "));
    let messages = report.messages();
    assert!(messages[0].0 == "suppressed" && messages[0].1.ends_with("(in the baseline)"), "{messages:?}");
    assert!(messages[1].1.ends_with("; 1 finding suppressed"), "{messages:?}");
    assert!(Baseline::parse("[]").is_err());
}

#[test]
fn annotations_of_github_keep_to_one_line() {
    let template = pair("\"a%\\nb\"", "!Ref Alice");
    let folder = folder(&[("a,b%.yaml", &template)]);

    let lines = report(folder.path(), &[""]).github_lines();

    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert!(line.starts_with("::error file="), "{line}");
    assert!(line.contains("a%2Cb%25.yaml,line=5,col=3,title=setupkey::Key: access key"), "{line}");
    assert!(line.contains("(`a%25%0Ab`)"), "{line}");
}
