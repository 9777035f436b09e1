use std::fs;

use crate::binary::{
    AT_SETUP, HEADER, NONE, ROOT, USED, audit, cis_sample, document, report, row, setupkey, with_verdict,
};

fn brandon() -> String {
    row("brandon", "true", [(true, AT_SETUP, "N/A"), NONE])
}

#[test]
fn every_report_that_aws_ever_produced_is_read() {
    let plain = report(&[brandon()]);
    let with_column = |rows: &str, name: &str, value: &str| {
        let lines = rows.lines().enumerate();
        let lines = lines.map(|(number, line)| format!("{line},{}", if number == 0 { name } else { value }));
        lines.collect::<Vec<_>>().join("\n")
    };
    let forms = [
        ("as of today", plain.clone()),
        ("times in `+00:00`", plain.replace("Z,", "+00:00,")),
        ("CRLF", plain.replace('\n', "\r\n")),
        ("a newline at the end", format!("{plain}\n")),
        ("blank lines", format!("\n{}\n\n", plain.replace('\n', "\n\n"))),
        ("a byte order mark", format!("\u{feff}{plain}")),
        ("capitals", plain.replace("true", "TRUE").replace("false", "FALSE")),
        (
            "every field in quotes",
            plain.replace(',', "\",\"").replace('\n', "\"\n\"").replacen("user", "\"user", 1) + "\"",
        ),
        ("23 columns", with_column(&plain, "additional_credentials_info", "N/A")),
        ("24 columns", with_column(&with_column(&plain, "color", "blue"), "shape", "\"a, b\"")),
        ("a long field", with_column(&plain, "note", &"x".repeat(200_000))),
        ("without the root user", plain.replace(&format!("{ROOT}\n"), "")),
    ];
    for (form, content) in forms {
        let (code, document) = document(&content, &[]);

        assert_eq!(with_verdict(&document, "NON_COMPLIANT"), ["brandon"], "{form}");
        assert_eq!(code, 1, "{form}");
    }
}

#[test]
fn what_is_no_report_is_an_error_and_nothing_is_printed() {
    let row = brandon();
    let plain = report(std::slice::from_ref(&row));
    let cases = [
        (String::new(), "missing field `user`"),
        ("\n\n".to_owned(), "missing field `user`"),
        (HEADER.to_owned(), "no rows"),
        (format!("{ROOT}\n{row}"), "missing field `user`"),
        ("<html>busy</html>".to_owned(), "missing field `user`"),
        ("{\"Content\": \"dXNlcg==\"}".to_owned(), "missing field `arn`"),
        ("{\"Users\": []}".to_owned(), "get-credential-report"),
        (plain.replace("access_key_1_last_rotated", "rotated"), "`access_key_1_last_rotated`"),
        (plain.replace("password_enabled", "mfa_active"), "`password_enabled`"),
        (plain.strip_suffix(",N/A,false,N/A").unwrap().to_owned(), "`fields` is `19`, expected 22"),
        (plain.strip_suffix("/A").unwrap().to_owned(), "`cert_2_last_rotated` is `N`"),
        (report(&["brandon".to_owned()]), "`fields` is `1`, expected 22"),
        (report(&[format!("{row},more")]), "`fields` is `23`, expected 22"),
        (report(&[row.clone(), row.clone()]), "one row for each user"),
        (report(&[row.replace("2024-07-01T12:00:00Z", "yesterday")]), "`yesterday`"),
        (report(&[row.replace("true,2024", "maybe,2024")]), "`maybe`"),
        (report(&[row.replace("brandon", "\"brandon")]), "the credential report"),
    ];
    for (content, reason) in cases {
        for format in ["table", "json", "csv", "html"] {
            let ran = audit(&content, &["--format", format]);

            assert_eq!(ran.code, 2, "{reason}: {}", ran.out);
            assert!(ran.err.starts_with("error: ") && ran.err.contains(reason), "{reason}: {}", ran.err);
            assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
            assert_eq!(ran.out, "", "{reason}");
        }
    }
}

#[test]
fn report_that_is_not_utf_8_is_an_error() {
    let ran = setupkey(&["audit", "--credential-report", "-"], b"user,arn\nb\xf6rje,x");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
}

#[test]
fn a_file_is_read_like_standard_input_and_a_missing_one_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.csv");
    fs::write(&path, cis_sample()).unwrap();
    let path = path.to_str().unwrap();

    let from_file = setupkey(&["audit", "--credential-report", path], b"");
    let from_stdin = audit(&cis_sample(), &[]);
    let missing = setupkey(&["audit", "--credential-report", "/nowhere/report.csv"], b"");

    let printed = from_file.out.replace(path, "standard input");
    assert_eq!((from_file.code, &printed), (1, &from_stdin.out));
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
    assert!(missing.err.contains("`/nowhere/report.csv`"), "{}", missing.err);
}

/// What the report does not tell is no verdict: null, named, and exit code 2, which wins over a finding.
#[test]
fn user_whose_report_lacks_a_fact_is_not_read() {
    let content = report(&[
        brandon(),
        row("no-password-fact", "no_information", [(true, AT_SETUP, "N/A"), NONE]),
        row("no-creation-date", "true", [(true, "N/A", "N/A"), NONE]),
        row("no-use", "true", [(true, AT_SETUP, "no_information"), NONE]),
    ]);

    let (code, document) = document(&content, &[]);

    assert_eq!(code, 2);
    let account = &document["accounts"][0];
    let unread: Vec<_> =
        account["unread"].as_array().unwrap().iter().map(|u| u["userName"].clone()).collect();
    assert_eq!(unread, ["no-password-fact", "no-creation-date", "no-use"]);
    for user in &account["users"].as_array().unwrap()[1..] {
        assert_eq!(user["complianceType"], serde_json::Value::Null, "{user}");
    }
    assert_eq!(with_verdict(&document, "NON_COMPLIANT"), ["brandon"]);
    assert_eq!(document["summary"]["complete"], false);
}

#[test]
fn keys_that_have_no_column_leave_the_verdict_open() {
    let rows = [
        row("flagged", "true", [(true, AT_SETUP, "N/A"), NONE]),
        row("open", "true", [(true, AT_SETUP, USED), NONE]),
        row("plain", "true", [(true, AT_SETUP, USED), NONE]),
    ];
    let told = ["1 more access key", "1 more access key", ""];
    let rows: Vec<String> = rows.iter().zip(told).map(|(row, told)| format!("{row},{told}")).collect();
    let content = format!("{HEADER},additional_credentials_info\n{}", rows.join("\n"));

    let (code, document) = document(&content, &[]);

    assert_eq!(code, 2);
    assert_eq!(with_verdict(&document, "NON_COMPLIANT"), ["flagged"]);
    assert_eq!(with_verdict(&document, "COMPLIANT"), ["plain"]);
    let reason = document["accounts"][0]["unread"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("`additional_credentials_info`"), "{reason}");
}

#[test]
fn window_has_both_ends() {
    let at = |seconds: i64| {
        let made = chrono::DateTime::from_timestamp(1_719_835_200 + seconds, 0).unwrap();
        report(&[row(
            "brandon",
            "true",
            [(true, &made.format("%Y-%m-%dT%H:%M:%SZ").to_string(), "N/A"), NONE],
        )])
    };
    for (seconds, window, code) in [
        (60, "60", 1),
        (61, "60", 0),
        (-60, "60", 1),
        (-61, "60", 0),
        (0, "0", 1),
        (1, "0", 0),
        (86_400, "86400", 1),
    ] {
        let ran = audit(&at(seconds), &["--setup-window-seconds", window]);
        assert_eq!(ran.code, code, "{seconds} s, window {window}: {}", ran.out);
    }
}

/// Another account's report: of the same users.
fn other_account(report: &str) -> String {
    report.replace("111122223333", "012345678901")
}

#[test]
fn accounts_are_told_apart_by_their_arns() {
    let one = report(&[brandon()]);
    let both = format!("{one}\n{}", other_account(&brandon()));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("b.csv"), &one).unwrap();
    fs::write(folder.path().join("a.csv"), other_account(&one)).unwrap();
    fs::write(folder.path().join("notes.md"), "no report").unwrap();
    let in_folder = folder.path().to_str().unwrap();
    let ids = |document: &serde_json::Value| {
        let accounts = document["accounts"].as_array().unwrap().iter();
        accounts.map(|account| account["accountId"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };

    let (code, in_one_file) = document(&both, &[]);
    let ran = setupkey(&["audit", "--credential-report", in_folder, "--format", "json"], b"");
    let of_folder: serde_json::Value = serde_json::from_str(&ran.out).unwrap();

    assert_eq!((code, ran.code), (1, 1));
    assert_eq!(ids(&in_one_file), ["111122223333", "012345678901"]);
    assert_eq!(ids(&of_folder), ["012345678901", "111122223333"], "by the names of the files");
    for account in of_folder["accounts"].as_array().unwrap() {
        let report = &account["evidence"]["credentialReport"];
        assert_eq!((report["rows"].as_u64(), &report["generatedTime"]), (Some(2), &serde_json::Value::Null));
    }
    let csv = audit(&both, &["--format", "csv"]).out;
    assert!(csv.contains("\n'012345678901,"), "a spreadsheet keeps the zero: {csv}");

    fs::write(folder.path().join("c.csv"), &one).unwrap();
    let twice = setupkey(&["audit", "--credential-report", in_folder], b"");
    assert_eq!((twice.code, twice.out.as_str()), (2, ""));
    assert!(twice.err.contains("account 111122223333 is in "), "{}", twice.err);
}

/// What the AWS CLI prints says when the report was generated; the hash is that of the CSV in any wrapping.
#[test]
fn report_of_the_aws_cli_has_a_time_and_the_hash_of_its_csv() {
    use base64::Engine as _;
    let content = base64::engine::general_purpose::STANDARD.encode(cis_sample());
    let answer = format!(
        r#"{{"Content": "{content}", "ReportFormat": "text/csv", "GeneratedTime": "2026-11-24T09:00:00+00:00"}}"#
    );

    let (_, wrapped) = document(&answer, &[]);
    let (_, plain) = document(&cis_sample(), &[]);

    let of = |document: &serde_json::Value| document["accounts"][0]["evidence"]["credentialReport"].clone();
    assert_eq!(of(&wrapped)["generatedTime"], "2026-11-24T09:00:00Z");
    assert_eq!(of(&wrapped)["sha256"], of(&plain)["sha256"]);
    assert_eq!(of(&plain)["sha256"].as_str().unwrap().len(), 64);
}
