use std::fs;

use serde_json::{Value, json};

use crate::binary::{AT_SETUP, LATER, NONE, USED, audit, report, row, setupkey};

/// A folder with documents of audits.
struct Audits(tempfile::TempDir);

impl Audits {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Audits these rows into a document.
    fn write(&self, name: &str, rows: &[String], args: &[&str]) -> String {
        let path = self.0.path().join(name).to_str().unwrap().to_owned();
        let ran = audit(&report(rows), &[args, &["--format", "json"]].concat());
        fs::write(&path, ran.out).unwrap();
        path
    }
}

fn diff(old: &str, new: &str) -> (i32, Value) {
    let ran = setupkey(&["diff", old, new, "--format", "json"], b"");
    (ran.code, serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err)))
}

fn about(user: &str) -> Value {
    json!([{"accountId": "111122223333", "userName": user, "accessKeyId": null}])
}

#[test]
fn findings_are_new_resolved_or_changed() {
    let audits = Audits::new();
    let key = |used| [(true, AT_SETUP, used), NONE];
    let args = ["--criterion", "setup"];
    let old = [
        row("anitha", "true", key("N/A")),
        row("brandon", "true", key("N/A")),
        row("helene", "true", key("N/A")),
    ];
    let new = [
        row("anitha", "true", key("N/A")),
        row("brandon", "true", key(USED)),
        row("helene", "true", [(true, LATER, "N/A"), NONE]),
        row("paras", "true", key("N/A")),
    ];
    let (old, new) = (audits.write("old.json", &old, &args), audits.write("new.json", &new, &args));

    let (code, found) = diff(&old, &new);

    assert_eq!(code, 1);
    assert_eq!(found["new"], about("paras"));
    assert_eq!(found["resolved"], about("helene"));
    assert_eq!(found["changed"], about("brandon"), "the key is used now: rotate it");
    assert_eq!(found["notComparable"], json!([]));
    let same = setupkey(&["diff", &old, &old], b"");
    assert_eq!(
        (same.code, same.out.as_str()),
        (0, "0 new findings, 0 resolved, 0 changed, 0 not comparable\n")
    );
    let table = setupkey(&["diff", &old, &new], b"");
    assert_eq!(
        table.out,
        "new             account 111122223333  user paras\nresolved        account 111122223333  user helene\nchanged         \
         account 111122223333  user brandon\n1 new finding, 1 resolved, 1 changed, 0 not comparable\n"
    );
}

/// A finding that could not be read again is neither resolved nor new.
#[test]
fn what_was_not_read_or_asked_otherwise_is_not_compared() {
    let audits = Audits::new();
    let known = audits.write("known.json", &[row("helene", "true", [(true, AT_SETUP, "N/A"), NONE])], &[]);
    let unknown = audits.write(
        "unknown.json",
        &[row("helene", "no_information", [(true, AT_SETUP, "N/A"), NONE])],
        &[],
    );
    for (old, new) in [(&known, &unknown), (&unknown, &known)] {
        let (code, found) = diff(old, new);
        assert_eq!((code, &found["notComparable"]), (2, &about("helene")));
        assert_eq!([&found["new"], &found["resolved"]], [&json!([]), &json!([])]);
    }
    let other = audits.write("other.json", &[row("helene", "true", [NONE, NONE])], &["--criterion", "setup"]);
    let (code, found) = diff(&known, &other);
    let account = json!([{"accountId": "111122223333", "userName": null, "accessKeyId": null}]);
    assert_eq!((code, &found["notComparable"]), (2, &account));
    let table = setupkey(&["diff", &known, &other], b"");
    assert!(table.out.contains("other parameters"), "{}", table.out);
}

#[test]
fn other_documents_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.json").to_str().unwrap().to_owned();
    fs::write(&path, "{}").unwrap();
    for (file, reason) in
        [(path.as_str(), "is not a document of `setupkey audit"), ("/nowhere", "cannot read")]
    {
        let ran = setupkey(&["diff", file, file], b"");
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.err.contains(reason) && ran.err.contains(file), "{}", ran.err);
        assert_eq!(ran.err.lines().count(), 1);
    }
}
