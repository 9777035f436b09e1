//! `setupkey history`, the real binary on log files: what it reads, what it prints, and how it ends.
#![cfg(test)]

#[path = "history/event_history.rs"]
mod event_history;
mod run;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::event_history::EventHistory;
use crate::run::{Ran, run};

fn history(args: &[&str], stdin: &[u8]) -> Ran {
    history_at("http://127.0.0.1:1", args, stdin)
}

/// Runs the command with this URL for AWS.
fn history_at(url: &str, args: &[&str], stdin: &[u8]) -> Ran {
    let mut command = run::binary();
    command
        .arg("history")
        .args(args)
        .env("AWS_ENDPOINT_URL", url)
        .envs([("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret")])
        .env("AWS_REGION", "eu-west-1");
    run(&mut command, stdin)
}

fn document(args: &[&str], stdin: &[u8]) -> (i32, Value) {
    let ran = history(&[args, &["--format", "json"]].concat(), stdin);
    let document = serde_json::from_str(&ran.out);
    (ran.code, document.unwrap_or_else(|error| panic!("{error}: {}{}", ran.out, ran.err)))
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trail").join(name)
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(text).unwrap();
    packed.finish().unwrap()
}

/// A user with a password and a key, each by a record.
fn records(user: &str) -> Vec<Value> {
    let record = |name: &str, answer: Value| {
        json!({
            "eventTime": "2026-03-02T10:00:00Z", "eventSource": "iam.amazonaws.com", "eventName": name,
            "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice"},
            "requestParameters": {"userName": user}, "responseElements": answer,
            "eventID": format!("{name}-{user}"), "recipientAccountId": "111122223333",
        })
    };
    vec![
        record("CreateUser", json!({"user": {"userName": user, "userId": "AIDAEXAMPLE"}})),
        record("CreateLoginProfile", json!({"loginProfile": {"userName": user}})),
        record(
            "CreateAccessKey",
            json!({"accessKey": {"userName": user, "accessKeyId": format!("AKIA{user}")}}),
        ),
    ]
}

fn log_file(records: &[Value]) -> Vec<u8> {
    json!({ "Records": records }).to_string().into_bytes()
}

fn users(document: &Value) -> Vec<(&str, bool)> {
    let of = |episode: &'_ Value| episode["violation"].as_bool().unwrap();
    let episodes = document["episodes"].as_array().unwrap().iter();
    episodes.map(|episode| (episode["userName"].as_str().unwrap(), of(episode))).collect()
}

/// The samples have the fields and forms of public logs (Stratus Red Team's detonations, flaws.cloud's trail).
#[test]
fn public_logs_are_read_in_their_form() {
    let (code, stratus) = document(&[sample("stratus.json").to_str().unwrap()], b"");
    assert_eq!((code, users(&stratus)), (1, vec![("stratus-red-team-backdoor-user", true)]));
    let episode = &stratus["episodes"][0];
    assert_eq!(episode["consolePassword"]["deleted"]["time"], "2024-08-01T13:50:01Z");
    let key = &episode["keys"][0];
    assert_eq!(
        (&key["secondsAfterUser"], &key["fate"], &key["sameActor"]),
        (&json!(1), &json!("deleted"), &json!(true))
    );

    let (code, flaws) = document(&[sample("flaws.json").to_str().unwrap(), "--scope", "all-users"], b"");
    assert_eq!((code, users(&flaws)), (1, vec![("level-six", true)]));
    assert_eq!(flaws["episodes"][0]["created"]["tool"], "console");
    assert_eq!(flaws["coverage"]["recordsNotUsed"]["refused"], 2);
    for document in [stratus, flaws] {
        assert_eq!(document["summary"]["complete"], true);
        assert_eq!(document["coverage"]["recordsNotUsed"]["notUnderstood"], 0);
    }
}

#[test]
fn folders_are_read_as_they_lie_in_the_bucket() {
    let folder = tempfile::tempdir().unwrap();
    let day = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02";
    let put = |path: &str, content: &[u8]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    let [user, password, key] = records("b").try_into().unwrap();
    put(&format!("{day}/1.json.gz"), &gzip(&log_file(&[key])));
    // two gzip members, as some collectors join files
    let joined = [gzip(&log_file(std::slice::from_ref(&user))), gzip(&log_file(&[password]))].concat();
    put(&format!("{day}/2.json.gz"), &joined);
    put(&format!("{day}/3.json"), &log_file(&[user]));
    put(&format!("{day}/notes.txt"), b"x");
    put(&day.replace("/CloudTrail/", "/CloudTrail-Digest/").replace("02", "1.json.gz"), b"no log file");

    let (code, document) = document(&[folder.path().to_str().unwrap()], b"");

    assert_eq!((code, users(&document)), (1, vec![("b", true)]));
    let coverage = &document["coverage"];
    assert_eq!((&coverage["filesRead"], &coverage["filesPassedOver"]), (&json!(3), &json!(2)));
    assert_eq!((&coverage["recordsUsed"], &coverage["recordsNotUsed"]["duplicates"]), (&json!(3), &json!(1)));
}

#[test]
fn file_that_cannot_be_read_is_named_and_the_others_count() {
    let folder = tempfile::tempdir().unwrap();
    let whole = log_file(&records("b"));
    let packed = gzip(&whole);
    let files: [(&str, &[u8], &str); 6] = [
        ("cut.json", &whole[..whole.len() - 5], "cut off"),
        ("cut.json.gz", &packed[..packed.len() - 9], ""),
        ("broken.json.gz", &[&packed[..20], &[0xff; 40]].concat(), ""),
        ("empty.json", b"", "empty"),
        ("report.json", b"user,arn\n", "not CloudTrail records"),
        ("text.json", b"\"Records\"", "not CloudTrail records"),
    ];
    for (name, content, reason) in files {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        let path = path.to_str().unwrap();
        let ran = history(&[path, sample("stratus.json").to_str().unwrap(), "--format", "json"], b"");
        assert_eq!(ran.code, 2, "{name}");
        assert!(
            ran.err.starts_with(&format!("error: {path}: ")) && ran.err.contains(reason),
            "{name}: {}",
            ran.err
        );
        let document: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(document["coverage"]["filesNotRead"][0]["path"], path);
        assert_eq!(document["summary"]["complete"], false);
        assert!(users(&document).contains(&("stratus-red-team-backdoor-user", true)), "{name}");
    }
    let missing = history(&["/nowhere/logs"], b"");
    assert!(missing.code == 2 && missing.err.starts_with("error: /nowhere/logs: "), "{}", missing.err);
    let nothing = tempfile::tempdir().unwrap();
    let nothing = history(&[nothing.path().to_str().unwrap()], b"");
    assert_eq!((nothing.code, nothing.out.as_str()), (2, ""));
}

#[test]
fn exit_code_is_0_1_or_2_and_2_wins() {
    let all = records("b");
    assert_eq!(history(&["-"], &log_file(&all[..2])).code, 0);
    assert_eq!(history(&["-"], &log_file(&all)).code, 1);
    // without a password, only all-users counts
    let [user, _, key] = all.clone().try_into().unwrap();
    assert_eq!(history(&["-"], &log_file(&[user.clone(), key.clone()])).code, 0);
    assert_eq!(history(&["-", "--scope", "all-users"], &log_file(&[user, key])).code, 1);
    let mut unknown = all;
    unknown.push(json!({"user": "x"}));
    assert_eq!(history(&["-"], &log_file(&unknown)).code, 2, "an object that is no record");
}

#[test]
fn arguments_are_refused_with_their_reason() {
    for (args, reason) in [
        (vec!["-", "--since", "monday"], "2026-01-31"),
        (vec!["-", "--since", "2026-02-02", "--until", "2026-02-01"], "`--until` is before `--since`"),
        (vec!["-", "--until", "2999-01-01"], "future"),
        (vec!["-", "--scope", "everybody"], "`console-users`, `all-users`"),
        (vec!["-", "--setup-window-seconds", "-1"], "from 0 to 86400"),
        (vec!["-", "--exception-tag-prefix", "aws:x"], "not beginning with `aws:`"),
        (vec![], "PATH"),
    ] {
        let ran = history(&args, b"{}");
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(ran.err.starts_with("error: ") && ran.err.contains(reason), "{args:?}: {}", ran.err);
    }
}

/// Names are IAM's, but a file can say anything.
#[test]
fn nothing_in_a_record_acts_where_it_is_shown() {
    let name = "=cmd|'/x'!A1 \u{1b}[2J\u{202e}<img src=x>[a](http://e.x)";
    let logs = log_file(&records(name));
    for format in ["table", "json", "csv", "markdown"] {
        let ran = history(&["-", "--format", format], &logs);
        assert_eq!(ran.code, 1, "{format}: {}", ran.err);
        let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!ran.out.contains(acts), "{format}: {:?}", ran.out);
        if format == "csv" {
            let mut lines = csv::Reader::from_reader(ran.out.as_bytes());
            let record = lines.records().next().unwrap().unwrap();
            assert!(record[1].starts_with("'="), "{:?}", &record[1]);
        }
        if format == "markdown" {
            assert!(
                !ran.out.contains("<img") && !ran.out.contains("[a](") && !ran.out.contains("http://"),
                "{}",
                ran.out
            );
        }
    }
    let (_, document) = document(&["-"], &logs);
    assert_eq!(document["episodes"][0]["userName"], name);
}

#[test]
fn formats_say_the_same() {
    let logs = log_file(&[records("b"), records("c")[..2].to_vec()].concat());
    let table = history(&["-"], &logs).out;
    assert!(table.starts_with("VIOLATION b (AIDAEXAMPLE), account 111122223333\n"), "{table}");
    assert!(
        table.contains("2 users created in the period, 1 violation; the records are complete"),
        "{table}"
    );
    assert!(
        table
            .contains("aws cloudtrail validate-logs --trail-arn TRAIL_ARN --start-time 2026-03-02T10:00:00Z"),
        "{table}"
    );
    let markdown = history(&["-", "--format", "markdown"], &logs).out;
    assert!(
        markdown.contains("## Violations") && markdown.contains("| b |") && markdown.contains("| c |"),
        "{markdown}"
    );
    let csv = history(&["-", "--format", "csv"], &logs).out;
    let violations: Vec<_> = csv.lines().skip(1).map(|line| line.rsplit(',').next().unwrap()).collect();
    assert_eq!(violations, ["true", "false"]);
    let (_, document) = document(&["-", "--since", "2026-03-01", "--until", "2026-03-03"], &logs);
    assert_eq!(users(&document), [("b", true), ("c", false)]);
    assert_eq!(document["coverage"]["daysWithoutEvents"], json!(["2026-03-01", "2026-03-03"]));
}

/// Records of the last days: a user with a password and a key, and many deletions of other keys.
fn recent_records() -> Vec<Value> {
    let now = chrono::DateTime::<chrono::Utc>::from(std::time::UNIX_EPOCH + now_since_epoch());
    let at =
        |hours| (now - chrono::TimeDelta::hours(hours)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let mut records = records("b");
    records.iter_mut().for_each(|record| record["eventTime"] = json!(at(50)));
    for number in 0..7 {
        let mut other = records[0].clone();
        other["eventName"] = json!("DeleteAccessKey");
        other["eventTime"] = json!(at(10 + number));
        other["eventID"] = json!(format!("other-{number}"));
        other["requestParameters"] = json!({"userName": "old", "accessKeyId": format!("AKIAOLD{number}")});
        records.push(other);
    }
    records
}

#[expect(clippy::disallowed_methods, reason = "the event history is of the last 90 days")]
fn now_since_epoch() -> std::time::Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap()
}

const LIVE: [&str; 5] = ["--live", "--pace-milliseconds", "1", "--format", "json"];

#[test]
fn event_history_is_looked_up_call_by_call() {
    let aws = EventHistory::start(recent_records());

    let ran = history_at(&aws.url, &LIVE, b"");

    let document: Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err));
    assert_eq!((ran.code, users(&document)), (1, vec![("b", true)]));
    let coverage = &document["coverage"];
    assert_eq!(coverage["eventHistory"], json!({"accountId": "111122223333", "region": "us-east-1"}));
    assert_eq!((&coverage["records"], &coverage["daysWithoutEvents"]), (&json!(10), &Value::Null));
    let asked = aws.asked();
    let names: std::collections::BTreeSet<_> =
        asked.iter().map(|asked| asked["LookupAttributes"][0]["AttributeValue"].to_string()).collect();
    assert_eq!((names.len(), asked.len()), (12, 15), "seven deletions are four pages");
    for asked in asked {
        let days = (asked["EndTime"].as_f64().unwrap() - asked["StartTime"].as_f64().unwrap()) / 86_400.0;
        assert_eq!((days, &asked["MaxResults"]), (90.0, &json!(50)));
    }
}

#[test]
fn interrupted_lookup_goes_on_where_it_ended() {
    let aws = EventHistory::start(recent_records());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lookup.jsonl");
    let args = [&LIVE[..], &["--save", path.to_str().unwrap()]].concat();

    aws.fail_after(Some(6));
    let first = history_at(&aws.url, &args, b"");
    let first_asked = aws.asked().len();
    // a run that was killed within a line
    fs::write(&path, [&fs::read(&path).unwrap()[..], b"{\"eventTime"].concat()).unwrap();
    aws.fail_after(None);
    let second = history_at(&aws.url, &args, b"");
    let second_asked = aws.asked();
    let third = history_at(&aws.url, &args, b"");

    assert_eq!(first.code, 2);
    assert!(first.err.contains("AccessDeniedException"), "{}", first.err);
    assert_eq!((second.code, third.code), (1, 1), "{}{}", second.err, third.err);
    assert!(first_asked + second_asked.len() <= 15 + 10, "{first_asked} {second_asked:?}");
    assert!(!second_asked.iter().any(|asked| asked["LookupAttributes"][0]["AttributeValue"] == "CreateUser"));
    assert_eq!(aws.asked().len(), 0, "everything is saved");
    let document: Value = serde_json::from_str(&third.out).unwrap();
    assert_eq!((users(&document), &document["summary"]["complete"]), (vec![("b", true)], &json!(true)));
    // the saved lookup is a log file as well
    assert_eq!(history(&[path.to_str().unwrap()], b"").code, 1);
    let other = history_at(&aws.url, &[&args[..], &["--since", "2020-01-01"]].concat(), b"");
    assert!(other.code == 2 && other.err.contains("leave `--since`"), "{}", other.err);
    fs::write(&path, "x\n").unwrap();
    let other = history_at(&aws.url, &args, b"");
    assert!(other.code == 2 && other.err.contains("is no saved lookup"), "{}", other.err);
}

#[test]
fn period_that_the_event_history_does_not_have_is_refused() {
    let aws = EventHistory::start(Vec::new());
    let ran = history_at(&aws.url, &[&LIVE[..], &["--since", "2020-01-01"]].concat(), b"");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("90 days; read the log files of a trail"), "{}", ran.err);
    assert_eq!(aws.asked().len(), 0);
    assert_eq!(history(&["logs", "--live"], b"").code, 2);
    assert_eq!(history(&["logs", "--save", "x"], b"").code, 2);
}
