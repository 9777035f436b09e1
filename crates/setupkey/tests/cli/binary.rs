use std::fs;
use std::path::PathBuf;

use serde_json::Value;

pub(crate) use crate::run::Ran;
use crate::run::{self, run};

pub(crate) const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
    password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
    access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
    access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
    cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
pub(crate) const ROOT: &str = "<root_account>,arn:aws:iam::111122223333:root,2014-01-01T00:00:00Z,not_supported,\
    no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A";

/// Runs the binary without any AWS configuration.
pub(crate) fn setupkey(args: &[&str], stdin: &[u8]) -> Ran {
    run(run::binary().args(args).env_clear(), stdin)
}

/// Audits this report with these arguments.
pub(crate) fn audit(report: &str, args: &[&str]) -> Ran {
    let all = [&["audit", "--credential-report", "-"], args].concat();
    setupkey(&all, report.as_bytes())
}

/// Audits this report: the exit code and the JSON document.
pub(crate) fn document(report: &str, args: &[&str]) -> (i32, Value) {
    let ran = audit(report, &[&["--format", "json"], args].concat());
    let document =
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}{}", ran.out, ran.err));
    (ran.code, document)
}

/// The names of the users with this verdict.
pub(crate) fn with_verdict<'a>(document: &'a Value, verdict: &str) -> Vec<&'a str> {
    let users = document["accounts"][0]["users"].as_array().unwrap();
    let users = users.iter().filter(|user| user["complianceType"] == verdict);
    users.map(|user| user["userName"].as_str().unwrap()).collect()
}

/// The table that CIS prints under its command-line audit, as the report that it is cut from.
pub(crate) fn cis_sample() -> String {
    fs::read_to_string(file("reports/cis-sample.csv")).unwrap()
}

pub(crate) fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// A report of these rows, that of the root user first.
pub(crate) fn report(rows: &[String]) -> String {
    format!("{HEADER}\n{ROOT}\n{}", rows.join("\n"))
}

/// A row: name, whether there is a password, and for each key whether it is active, when it was made and used.
pub(crate) fn row(name: &str, password: &str, keys: [(bool, &str, &str); 2]) -> String {
    let [one, two] = keys.map(|(active, made, used)| format!("{active},{made},{used},N/A,N/A"));
    format!(
        "{name},arn:aws:iam::111122223333:user/{name},2024-07-01T12:00:00Z,{password},N/A,N/A,N/A,false,{one},{two},\
         false,N/A,false,N/A"
    )
}

pub(crate) const NONE: (bool, &str, &str) = (false, "N/A", "N/A");
pub(crate) const AT_SETUP: &str = "2024-07-01T12:00:17Z";
pub(crate) const LATER: &str = "2024-07-03T08:00:00Z";
pub(crate) const USED: &str = "2026-01-02T03:04:05Z";
