//! `audit --history`: who created the keys of the findings, from CloudTrail log files.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::binary::{Ran, audit, cis_sample, setupkey};

const ADMIN: &str = "arn:aws:sts::111122223333:assumed-role/admin/alice";

fn record(name: &str, time: &str, response: &Value) -> Value {
    let user_name = response["user"]["userName"].as_str().or(response["accessKey"]["userName"].as_str());
    json!({
        "eventVersion": "1.08",
        "userIdentity": {"type": "AssumedRole", "arn": ADMIN, "accountId": "111122223333",
            "principalId": "AROAEXAMPLE:alice", "accessKeyId": "ASIAEXAMPLE"},
        "eventTime": time,
        "eventSource": "iam.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.1",
        "userAgent": "HashiCorp Terraform/1.9.0",
        "requestParameters": {"userName": user_name},
        "responseElements": response,
        "eventID": format!("{name}-{time}"),
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
    })
}

/// A log file of brandon, as the sample report has him: user and key in the second 14:02:10.
fn log(folder: &TempDir) -> PathBuf {
    let user = json!({"user": {"userName": "brandon", "userId": "AIDAEXAMPLEBRANDON000",
        "arn": "arn:aws:iam::111122223333:user/brandon", "createDate": "May 11, 2015 2:02:10 PM"}});
    let key = json!({"accessKey": {"userName": "brandon", "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "status": "Active", "createDate": "May 11, 2015 2:02:10 PM"}});
    let records = [
        record("CreateUser", "2015-05-11T14:02:10Z", &user),
        record(
            "CreateLoginProfile",
            "2015-05-11T14:02:12Z",
            &json!({"loginProfile": {"userName": "brandon"}}),
        ),
        record("CreateAccessKey", "2015-05-11T14:02:10Z", &key),
    ];
    let path = folder.path().join("log.json");
    fs::write(&path, json!({"Records": records}).to_string()).unwrap();
    path
}

fn audited(format: &str) -> Ran {
    let folder = TempDir::new().unwrap();
    audit(&cis_sample(), &["--format", format, "--history", log(&folder).to_str().unwrap()])
}

#[test]
fn document_has_the_creator_of_each_key_and_the_period() {
    let ran = audited("json");
    let document: Value = serde_json::from_str(&ran.out).unwrap();

    let users = document["accounts"][0]["users"].as_array().unwrap();
    let key = |name: &str| users.iter().find(|user| user["userName"] == name).unwrap()["keys"][0].clone();
    assert_eq!(
        key("brandon")["createdBy"],
        json!({"by": ADMIN, "tool": "terraform", "sameActor": true, "selfMade": false})
    );
    assert_eq!(key("anitha")["createdBy"], Value::Null, "the log files do not have her");
    assert_eq!(document["history"]["summary"], json!({"episodes": 1, "violations": 1, "complete": true}));
    assert_eq!(document["history"]["coverage"]["firstEvent"], "2015-05-11T14:02:10Z");
    assert_eq!(ran.code, 1);
}

#[test]
fn every_format_for_people_names_the_creator() {
    let words = format!("by the creator of the user, {ADMIN} with terraform");
    let table = audited("table").out;
    assert!(table.contains(&format!("created: the key of user brandon {words}\n")), "{table}");
    assert!(table.contains("1 user created, 1 with a violation\n"), "{table}");
    let markdown = audited("md").out;
    assert!(markdown.contains("created: the key of user brandon by the creator of the user"), "{markdown}");
    let page = audited("html").out;
    assert!(page.contains(&words) && page.contains("History of the period"), "{page}");
    assert!(page.contains("AKIAIOSFODNN7EXAMPLE"), "a key that a report cannot name");
    let csv = audited("csv").out;
    let line = csv.lines().find(|line| line.contains(",brandon,")).unwrap();
    assert!(line.ends_with(&format!(",{ADMIN},terraform,true")), "{line}");
}

#[test]
fn history_that_cannot_be_read_whole_makes_the_audit_incomplete() {
    let folder = TempDir::new().unwrap();
    log(&folder);
    fs::write(folder.path().join("cut.json"), r#"{"Records": [{"eventVersion": "1.08", "#).unwrap();
    let ran = audit(&cis_sample(), &["--history", folder.path().to_str().unwrap()]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("cut.json: "), "{}", ran.err);
    assert!(ran.out.contains("brandon"), "{}", ran.out);

    let missing =
        setupkey(&["audit", "--credential-report", "-", "--history", "missing"], cis_sample().as_bytes());
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("error: missing: "), "{}", missing.err);
}

/// CSV has no place for the period, and its reader must know why the exit code is 2.
#[test]
fn gap_in_the_records_is_an_error_that_is_said_in_every_format() {
    let folder = TempDir::new().unwrap();
    let path = log(&folder);
    let log: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    // the key is deleted, and its creation is not recorded
    let mut records = log["Records"].as_array().unwrap()[..2].to_vec();
    let mut deleted = record("DeleteAccessKey", "2015-05-12T00:00:00Z", &Value::Null);
    deleted["requestParameters"] = json!({"userName": "brandon", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"});
    records.push(deleted);
    fs::write(&path, json!({ "Records": records }).to_string()).unwrap();
    for format in ["table", "json", "csv", "md", "ocsf"] {
        let ran = audit(&cis_sample(), &["--format", format, "--history", path.to_str().unwrap()]);
        assert_eq!(ran.code, 2, "{format}: {}", ran.err);
        let gap = "error: CloudTrail records: 1 user with a gap: ";
        assert!(ran.err.contains(gap), "{format}: {}", ran.err);
        if format == "json" {
            let document: Value = serde_json::from_str(&ran.out).unwrap();
            assert_eq!(document["summary"]["complete"], false);
            assert_eq!(document["history"]["summary"]["complete"], false);
        }
        let has_note = ran.err.contains("note: history: events from 2015-05-11T14:02:10Z");
        assert_eq!(has_note, ["csv", "ocsf"].contains(&format), "{format}: {}", ran.err);
    }
}

#[test]
fn standard_input_is_one_report_or_one_log_file() {
    let ran = audit(&cis_sample(), &["--history", "-"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert_eq!(ran.err, "error: `-` is standard input, which can be given once\n");
}
