//! Rows of the credential report: every state that it can be in, every way in which it can be damaged.

use setupkey_local_aws::{Effect, Fault, ReportMaking, State};
use setupkey_tests::{error, fault, time};

use crate::account::HOUR;
use crate::calls::OLDER;
use crate::row::{Expected, RIGHT, Row, SHORT};

const PROBLEM: &str = "state of the credential report";

pub(crate) fn states() -> Vec<Row> {
    let older = Expected { results: OLDER, ..RIGHT };
    let state = |at: &str, expected, set: fn(&mut State)| {
        Row::new(PROBLEM, at, expected, move |scene| set(&mut scene.aws.state()))
    };
    let code = |at: &str, operation: &str, times, status, code: &str| {
        let fault = Fault { times, ..fault(operation, error(status, code)) };
        Row::faults(PROBLEM, at, RIGHT, vec![fault])
    };
    let mut rows = vec![
        state("ready at the third request", RIGHT, |state| {
            state.behaviour.credential_report.ready_after_polls = 3;
        }),
        state("never ready", RIGHT, |state| {
            state.behaviour.credential_report.ready_after_polls = u64::MAX;
        }),
        state("expired, five hours old", RIGHT, |state| state.make_credential_report(time(HOUR - 5))),
        code("`ReportNotPresent` without end", "GetCredentialReport", None, 410, "ReportNotPresent"),
        code("`ReportExpired` once", "GetCredentialReport", Some(1), 410, "ReportExpired"),
        code("`ReportExpired` without end", "GetCredentialReport", None, 410, "ReportExpired"),
        code("`ReportInProgress` without end", "GetCredentialReport", None, 404, "ReportInProgress"),
        code("`LimitExceeded`", "GenerateCredentialReport", None, 409, "LimitExceeded"),
        state("started by another tool", older, |state| {
            state.credential_report.making = Some(ReportMaking::default());
        }),
        state("two hours old", older, |state| state.make_credential_report(time(HOUR - 2))),
        state("from the future", older, |state| state.make_credential_report(time(HOUR + 9_999))),
    ];
    // the function waits for what is never ready
    rows.iter_mut().for_each(|row| row.seconds = SHORT);
    rows
}

const DAMAGED: &str = "a damaged credential report";

pub(crate) fn damaged() -> Vec<Row> {
    let mut rows: Vec<Row> = texts()
        .into_iter()
        .map(|(at, damage)| {
            Row::new(DAMAGED, at, RIGHT, move |scene| {
                // the report that this run began, when the run asks for it again
                scene.aws.before("GetCredentialReport", 1, move |state| {
                    state.make_credential_report(time(HOUR));
                    let report = state.credential_report.latest.as_mut().unwrap();
                    report.content = damage(&report.content);
                });
            })
        })
        .collect();
    rows.extend(answers().map(|(at, content, generated, format)| {
        let body = format!(
            "<GetCredentialReportResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
             <GetCredentialReportResult><Content>{content}</Content><ReportFormat>{format}</ReportFormat>\
             {generated}</GetCredentialReportResult></GetCredentialReportResponse>"
        );
        let faults = vec![fault("GetCredentialReport", Effect::Body { status: 200, body })];
        Row::faults(DAMAGED, at, RIGHT, faults)
    }));
    rows
}

type Damage = fn(&str) -> String;

fn texts() -> Vec<(&'static str, Damage)> {
    vec![
        ("empty", |_| String::new()),
        ("without rows", |text| text.lines().take(1).collect()),
        ("a web page", |_| "<html>busy</html>".to_owned()),
        ("without a column", |text| text.replacen("access_key_2_last_used_date", "x", 1)),
        ("with a column twice", |text| text.replacen("cert_1_active", "password_enabled", 1)),
        ("with an unknown column", |text| {
            text.lines().enumerate().map(|(row, line)| format!("new{row},{line}\n")).collect()
        }),
        ("cut in the middle of a row", |text| text.chars().take(text.len() / 2).collect()),
        ("cut between two rows", |text| text.lines().take(4).map(|line| format!("{line}\n")).collect()),
        ("with a row twice", |text| format!("{text}{}\n", text.lines().last().unwrap())),
        ("with rows of another account", |text| text.replace("111122223333", "444455556666")),
        ("with rows of other users of the same names", |text| text.replace("2024-07-01T12", "2019-07-01T12")),
        ("with a byte order mark and CRLF", |text| format!("\u{feff}{}", text.replace('\n', "\r\n"))),
        ("with every value in quotes", |text| {
            text.lines().map(|line| format!("\"{}\"\n", line.replace(',', "\",\""))).collect()
        }),
        ("with `TRUE` and `FALSE`", |text| text.replace("true", "TRUE").replace("false", "FALSE")),
        ("with invalid times", |text| text.replace("T12:00:00", "T25:00:00")),
        ("with `no_information` instead of a time", |text| {
            text.replace("2024-07-01T13:00:00Z", "no_information")
        }),
    ]
}

fn answers() -> [(&'static str, &'static str, &'static str, &'static str); 5] {
    const TIME: &str = "<GeneratedTime>2026-11-23T06:00:00Z</GeneratedTime>";
    const EPOCH: &str = "<GeneratedTime>1970-01-01T00:00:00Z</GeneratedTime>";
    // `user,arn` in base64
    [
        ("not base64", "%%%", TIME, "text/csv"),
        ("not UTF-8", "//79/Pv6", TIME, "text/csv"),
        ("without its time", "dXNlcixhcm4=", "", "text/csv"),
        ("from 1970", "dXNlcixhcm4=", EPOCH, "text/csv"),
        ("in another format", "dXNlcixhcm4=", TIME, "text/html"),
    ]
}
