use std::fs;
use std::io::Read as _;
use std::process::{Command, Stdio};

use crate::binary::{AT_SETUP, LATER, NONE, USED, audit, cis_sample, document, file, report, row, setupkey};

/// Compares with a file; `UPDATE=1` writes it anew.
fn assert_snapshot(name: &str, text: &str) {
    let path = file("snapshots").join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(path).unwrap(), "{name}");
}

/// Every kind of user: flagged to delete and to rotate, two keys, compliant, out of scope, without a verdict.
fn everybody() -> String {
    report(&[
        row("anitha", "true", [(true, LATER, USED), (true, AT_SETUP, "N/A")]),
        row("brandon", "true", [(true, AT_SETUP, USED), NONE]),
        row("build-robot", "false", [(true, AT_SETUP, "N/A"), NONE]),
        row("helene", "no_information", [(true, AT_SETUP, "N/A"), NONE]),
        row("paras", "true", [NONE, NONE]),
    ])
}

#[test]
fn table_and_csv_and_explanation_stay_as_they_are() {
    let at = ["--criterion", "setup", "--at", "2026-11-25T10:00:00Z"];
    let table = audit(&everybody(), &at);
    assert_snapshot("table.txt", &table.out);
    let csv = audit(&everybody(), &[&at[..], &["--format", "csv"]].concat());
    assert_snapshot("audit.csv", &csv.out);
    let explanation = setupkey(&["explain", "anitha", "--credential-report", "-"], everybody().as_bytes());
    assert_snapshot("explanation.txt", &explanation.out);
    assert_eq!([table.code, csv.code, explanation.code], [2, 2, 1]);
}

#[test]
fn exit_code_is_0_1_or_2_and_2_wins() {
    let compliant = report(&[row("paras", "true", [(true, AT_SETUP, USED), NONE])]);
    assert_eq!(audit(&compliant, &[]).code, 0);
    assert_eq!(audit(&cis_sample(), &[]).code, 1);
    assert_eq!(audit(&everybody(), &["--criterion", "setup"]).code, 2, "helene has no verdict");
    assert_eq!(audit(&cis_sample(), &["--criterion", "later"]).code, 2);
}

#[test]
fn document_has_the_members_that_are_promised() {
    let (_, document) = document(&cis_sample(), &[]);

    let members = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let sorted = |mut names: Vec<&'static str>| {
        names.sort_unstable();
        names
    };
    assert_eq!(
        members(&document),
        sorted(vec!["schemaVersion", "version", "tool", "parameters", "accounts", "history", "summary"])
    );
    let account = &document["accounts"][0];
    assert_eq!(members(account), sorted(vec!["accountId", "source", "evidence", "users", "unread"]));
    let user = &account["users"][1];
    assert_eq!(
        members(user),
        sorted(vec![
            "userName",
            "userId",
            "arn",
            "createDate",
            "complianceType",
            "consolePassword",
            "keys",
            "exception",
        ])
    );
    assert_eq!(
        members(&user["keys"][0]),
        sorted(vec![
            "accessKeyId",
            "status",
            "createDate",
            "secondsAfterUser",
            "lastUsed",
            "createdWithUser",
            "remedy",
            "createdBy",
        ])
    );
    assert_eq!(document["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(account["accountId"], "111122223333");
    assert_eq!(account["source"], "credential-report");
    assert_eq!(
        (&user["userId"], &user["keys"][0]["accessKeyId"]),
        (&serde_json::Value::Null, &serde_json::Value::Null)
    );
}

/// What the report cannot tell is said once, in the output; of CSV beside it.
#[test]
fn last_rotated_is_said_once_in_every_format() {
    for format in ["table", "json", "csv"] {
        let ran = audit(&cis_sample(), &["--format", format]);
        let told = if format == "csv" { &ran.err } else { &ran.out };
        assert_eq!(told.matches("stands for the creation date").count(), 1, "{format}: {told}");
        assert_eq!(told.matches("a third key").count(), 1, "{format}: {told}");
        assert_eq!(ran.code, 1, "it is not counted as incomplete");
    }
}

#[test]
fn csv_is_safe_in_a_spreadsheet() {
    let names = ["=1+1", "+cmd", "-2", "@SUM"];
    let rows = names.map(|name| row(name, "true", [(true, AT_SETUP, "N/A"), NONE]));
    let ran = audit(&report(&rows), &["--format", "csv"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let mut reader = csv::Reader::from_reader(ran.out.trim_start_matches('\u{feff}').as_bytes());
    let mut seen = Vec::new();
    for record in reader.records() {
        let record = record.unwrap_or_else(|error| panic!("{error}: {}", ran.out));
        assert!(record.iter().all(|field| !field.starts_with(['=', '+', '-', '@'])), "{record:?}");
        seen.push(record[2].to_owned());
    }
    assert_eq!(seen, names.map(|name| format!("'{name}")));
}

/// What is no name of IAM is refused, and shown without acting on the terminal; what AWS itself may hold is escaped by
/// each format.
#[test]
fn names_that_iam_does_not_have_are_refused_in_one_line() {
    for name in ["a b", "\"a\u{7}b\"", "\u{1b}[2J\u{9b}31m\u{202e}x"] {
        let rows = [row("plain", "true", [(true, AT_SETUP, "N/A"), NONE]).replacen("plain", name, 1)];
        for format in ["table", "json", "csv"] {
            let ran = audit(&report(&rows), &["--format", format]);
            let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{name}");
            assert!(!ran.err.contains(acts) && ran.err.lines().count() == 1, "{:?}", ran.err);
        }
    }
}

#[test]
fn output_goes_into_a_file_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.txt");
    let target = path.to_str().unwrap();
    let at = ["--at", "2026-11-25T10:00:00Z"];
    let printed = audit(&cis_sample(), &at);

    let written = audit(&cis_sample(), &[&at[..], &["--output", target]].concat());

    assert_eq!((written.code, written.out.as_str()), (1, ""));
    assert_eq!(written.err, format!("wrote: {target}\n"));
    assert_eq!(fs::read_to_string(&path).unwrap(), printed.out);
    // a report that is refused leaves what was there
    assert_eq!(audit("", &["--output", target]).code, 2);
    assert_eq!(fs::read_to_string(&path).unwrap(), printed.out);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    let nowhere = audit(&cis_sample(), &["--output", "/nowhere/audit.json"]);
    assert_eq!((nowhere.code, nowhere.out.as_str()), (2, ""));
    assert_eq!(nowhere.err, "error: cannot write to `/nowhere/audit.json`: there is no folder `/nowhere`\n");
    assert_eq!(audit(&cis_sample(), &["--output", "/dev/null"]).code, 1, "a device stays one");
    assert_eq!(audit(&cis_sample(), &[&at[..], &["--output", "-"]].concat()).out, printed.out);
}

#[test]
fn several_outputs_come_from_one_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (json, csv, html) = (path("a.json"), path("a.CSV"), path("a.html"));

    let ran = audit(&cis_sample(), &["-o", &json, "-o", &csv, "-o", &html, "-o", "-"]);

    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("6 users: 2 NON_COMPLIANT"), "{}", ran.out);
    assert_eq!(ran.err.lines().filter(|line| line.starts_with("wrote: ")).count(), 3, "{}", ran.err);
    let document: serde_json::Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!(document["summary"]["nonCompliant"], 2);
    assert!(fs::read_to_string(csv).unwrap().starts_with("\u{feff}accountId,"));
    assert!(fs::read_to_string(html).unwrap().starts_with("<!DOCTYPE html>"));
}

#[test]
fn outputs_that_are_not_clear_are_refused_before_anything_is_read() {
    for (args, reason) in [
        (vec!["-o", "evidence.pdf"], "`--output evidence.pdf` does not say which format"),
        (vec!["-o", "a.csv", "--format", "json"], "`--format json` and `--output a.csv` contradict"),
        (vec!["-o", "a.csv", "-o", "a.csv"], "`--output a.csv` is given twice"),
        (vec!["-o", "-", "-o", "-"], "`--output -` can be given once"),
        (vec!["-q", "-v"], "cannot be used with"),
    ] {
        let ran = setupkey(&[&["audit", "--credential-report", "/nowhere"], &args[..]].concat(), b"");
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(ran.err.starts_with("error: ") && ran.err.contains(reason), "{args:?}: {}", ran.err);
    }
}

#[test]
fn exit_zero_is_for_findings_and_not_for_errors() {
    assert_eq!(audit(&cis_sample(), &["--exit-zero"]).code, 0);
    assert_eq!(audit(&everybody(), &["--criterion", "setup", "--exit-zero"]).code, 2);
    let quiet = audit(&cis_sample(), &["--quiet", "--format", "csv"]);
    assert_eq!((quiet.code, quiet.err.as_str()), (1, ""));
}

/// `setupkey audit ... | head -1`, with more to write than a pipe holds.
#[test]
fn closed_pipe_is_silent() {
    let rows: Vec<String> = (0..5_000)
        .map(|number| row(&format!("user{number}"), "true", [(true, AT_SETUP, "N/A"), NONE]))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.csv");
    fs::write(&path, report(&rows)).unwrap();
    for format in ["table", "json", "csv", "html"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_setupkey"))
            .args(["audit", "--credential-report", path.to_str().unwrap(), "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut [0; 10]).unwrap();
        drop(out);
        let ended = child.wait_with_output().unwrap();

        let told = String::from_utf8(ended.stderr).unwrap();
        assert!(told.lines().all(|line| line.starts_with("note: ")), "{format}: {told}");
        assert_eq!(ended.status.code(), Some(1), "{format}");
    }
    let shell = format!("{} man | true; {0} completions bash | true", env!("CARGO_BIN_EXE_setupkey"));
    let ended = Command::new("sh").args(["-c", &shell]).output().unwrap();
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
}

#[test]
fn nothing_is_coloured_where_there_is_no_terminal() {
    assert!(!audit(&cis_sample(), &[]).out.contains('\u{1b}'));
}

/// On a terminal the table has the columns that fit; where none do, a block for each key.
#[test]
fn table_on_terminals_of_several_widths_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("report.csv"), everybody()).unwrap();
    for columns in [40, 60, 80, 120] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_setupkey"));
        let args = [
            "audit",
            "--credential-report",
            "report.csv",
            "--criterion",
            "setup",
            "--at",
            "2026-11-25T10:00:00Z",
        ];
        command.args(args).env_clear().current_dir(folder.path());
        let (code, seen) = crate::terminal::on_terminal(&mut command, columns, "");
        assert_eq!(code, 2);
        assert_snapshot(&format!("terminal-{columns}.txt"), &seen);
    }
}

#[test]
fn man_pages_are_written_into_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("man1");
    let ran = setupkey(&["man", "--output-dir", target.to_str().unwrap()], b"");
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    let page = |name: &str| fs::read_to_string(target.join(name)).unwrap();
    assert!(page("setupkey.1").starts_with(".ie"), "{}", page("setupkey.1"));
    assert!(page("setupkey-audit.1").contains("credential"), "a page for each command");
    assert!(page("setupkey-diff.1").contains("EXAMPLES"));
}

#[test]
fn markdown_is_a_table_that_can_be_pasted() {
    let ran = audit(&everybody(), &["--criterion", "setup", "--format", "md"]);
    assert_eq!(ran.code, 2);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[0], "# Access keys created with the user");
    let row = "| 111122223333 | anitha | ? | Active | 2024-07-01T12:00:17Z | 17 s | never | delete |";
    assert!(lines.contains(&row), "{}", ran.out);
    assert!(ran.out.contains("This audit is incomplete"), "{}", ran.out);
    assert!(ran.out.contains("- not read: account 111122223333: user helene: "), "{}", ran.out);
}

/// One finding per user in scope, and the same IDs in every run.
#[test]
fn findings_for_other_tools_have_one_element_per_user_in_scope() {
    for (format, id) in [("ocsf", "/0/finding_info/uid"), ("asff", "/0/Id")] {
        let run = || audit(&everybody(), &["--criterion", "setup", "--format", format]);
        let (first, second) = (run(), run());
        let elements: serde_json::Value = serde_json::from_str(&first.out).unwrap();
        let again: serde_json::Value = serde_json::from_str(&second.out).unwrap();
        assert_eq!(elements.as_array().unwrap().len(), 4, "{format}: the robot is out of scope");
        let expected = "setupkey/111122223333/user/anitha/iam-user-no-setup-access-key";
        assert_eq!(elements.pointer(id).unwrap(), expected);
        assert_eq!(elements.pointer(id), again.pointer(id));
    }
    let none = audit(&report(&[]), &["--format", "ocsf"]);
    assert_eq!((none.code, none.out.as_str()), (0, "[\n]\n"));
}
