//! Rows of the credential report: every state that it can be in, every way in which it can be mangled.

use setupkey_local_aws::{Effect, Fault, ReportMaking, State};
use setupkey_tests::{fault, time};

use crate::account::HOUR;
use crate::row::{Expected, RIGHT, Row, SHORT};

/// An older report cannot tell that a password is gone: the next fresh one does.
const OLDER: Expected = Expected { stands: &["lost"], ..RIGHT };

pub(crate) fn states() -> Vec<Row> {
    let state = |at: &str, expected, set: fn(&mut State)| {
        Row::new("the credential report", at, expected, move |scene| set(&mut scene.aws.state()))
    };
    let code = |at: &str, operation: &str, times, status, code: &str| {
        let effect = Effect::Error { status, code: code.to_owned(), message: "no report".to_owned() };
        let fault = Fault { times, ..fault(operation, effect) };
        Row::faults("the credential report", at, RIGHT, vec![fault])
    };
    let mut rows = vec![
        state("STARTED, ready when asked for", RIGHT, |_| {}),
        state("STARTED, ready after three times", RIGHT, |state| {
            state.behaviour.credential_report.ready_after_polls = 3;
        }),
        state("STARTED, never ready", RIGHT, |state| {
            state.behaviour.credential_report.ready_after_polls = u64::MAX;
        }),
        state("INPROGRESS, another tool began it", OLDER, |state| {
            state.credential_report.making = Some(ReportMaking::default());
        }),
        state("COMPLETE, two hours old", OLDER, |state| state.make_credential_report(time(HOUR - 2))),
        state("five hours old: expired", RIGHT, |state| state.make_credential_report(time(HOUR - 5))),
        state("COMPLETE, of the future", OLDER, |state| state.make_credential_report(time(HOUR + 9_999))),
        code("ReportNotPresent, for ever", "GetCredentialReport", None, 410, "ReportNotPresent"),
        code("ReportExpired once, begun again", "GetCredentialReport", Some(1), 410, "ReportExpired"),
        code("ReportExpired, for ever", "GetCredentialReport", None, 410, "ReportExpired"),
        code("ReportInProgress, for ever", "GetCredentialReport", None, 404, "ReportInProgress"),
        code("LimitExceeded", "GenerateCredentialReport", None, 409, "LimitExceeded"),
    ];
    // what is never ready is waited for
    rows.iter_mut().for_each(|row| row.seconds = SHORT);
    rows
}

pub(crate) fn mangled() -> Vec<Row> {
    let mut rows: Vec<Row> = texts()
        .into_iter()
        .map(|(at, mangle)| {
            Row::new("a mangled credential report", at, RIGHT, move |scene| {
                // the report that this run began, when the run asks for it again
                scene.aws.before("GetCredentialReport", 1, move |state| {
                    state.make_credential_report(time(HOUR));
                    let report = state.credential_report.latest.as_mut().unwrap();
                    report.content = mangle(&report.content);
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
        Row::faults("a mangled credential report", at, RIGHT, faults)
    }));
    rows
}

type Mangle = fn(&str) -> String;

fn texts() -> Vec<(&'static str, Mangle)> {
    vec![
        ("empty", |_| String::new()),
        ("a header and no rows", |text| text.lines().take(1).collect()),
        ("a web page", |_| "<html>busy</html>".to_owned()),
        ("a column missing", |text| text.replacen("access_key_2_last_used_date", "x", 1)),
        ("a column twice", |text| text.replacen("cert_1_active", "password_enabled", 1)),
        ("unknown columns", |text| {
            text.lines().enumerate().map(|(row, line)| format!("new{row},{line}\n")).collect()
        }),
        ("cut in the middle of a row", |text| text.chars().take(text.len() / 2).collect()),
        ("cut between two rows", |text| text.lines().take(4).map(|line| format!("{line}\n")).collect()),
        ("a row twice", |text| format!("{text}{}\n", text.lines().last().unwrap())),
        ("rows of another account", |text| text.replace("111122223333", "444455556666")),
        ("rows of namesakes, made at other times", |text| text.replace("2024-07-01T12", "2019-07-01T12")),
        ("a byte order mark, and CRLF", |text| format!("\u{feff}{}", text.replace('\n', "\r\n"))),
        ("every value in quotes", |text| {
            text.lines().map(|line| format!("\"{}\"\n", line.replace(',', "\",\""))).collect()
        }),
        ("truth values in capitals", |text| text.replace("true", "TRUE").replace("false", "FALSE")),
        ("times that are none", |text| text.replace("T12:00:00", "T25:00:00")),
        ("no_information where a time was", |text| text.replace("2024-07-01T13:00:00Z", "no_information")),
    ]
}

fn answers() -> [(&'static str, &'static str, &'static str, &'static str); 5] {
    const TIME: &str = "<GeneratedTime>2026-11-23T06:00:00Z</GeneratedTime>";
    const EPOCH: &str = "<GeneratedTime>1970-01-01T00:00:00Z</GeneratedTime>";
    // `user,arn` in base64
    [
        ("not base64", "%%%", TIME, "text/csv"),
        ("not UTF-8", "//79/Pv6", TIME, "text/csv"),
        ("no time", "dXNlcixhcm4=", "", "text/csv"),
        ("of 1970", "dXNlcixhcm4=", EPOCH, "text/csv"),
        ("of another format", "dXNlcixhcm4=", TIME, "text/html"),
    ]
}
