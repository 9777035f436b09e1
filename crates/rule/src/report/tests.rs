use chrono::TimeDelta;

use super::*;
use crate::facts::{UserId, UserName};

/// The columns that the service writes, in its order.
const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
                      password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,\
                      access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
                      access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
                      access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
                      cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
const ROOT_ROW: &str = "<root_account>,arn:aws:iam::111122223333:root,2014-01-01T00:00:00Z,not_supported,\
                        no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,\
                        N/A,false,N/A,false,N/A";
const PARAS: &str = "paras,arn:aws:iam::111122223333:user/paras,2016-01-12T16:30:00Z,true,no_information,\
                     2016-01-12T16:30:05Z,N/A,false,true,2016-01-12T16:30:00Z,2016-08-28T12:04:00Z,us-east-1,iam,\
                     false,2016-02-20T11:15:00Z,N/A,N/A,N/A,false,N/A,false,N/A";

fn time_of(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn parse(content: &str) -> Result<CredentialReport, ReportError> {
    CredentialReport::parse(content.as_bytes(), time_of("2026-11-22T06:00:00Z"), ReportAge::Fresh)
}

fn paras() -> IamUser {
    IamUser {
        user_name: UserName::parse("paras").unwrap(),
        user_id: UserId::parse("AIDAEXAMPLE0000PARAS1").unwrap(),
        arn: "arn:aws:iam::111122223333:user/paras".to_owned(),
        create_date: time_of("2016-01-12T16:30:00Z"),
    }
}

fn expected_row() -> ReportRow {
    ReportRow {
        user_created: time_of("2016-01-12T16:30:00Z"),
        password_enabled: ReportField::Value(true),
        password_last_changed: Some(time_of("2016-01-12T16:30:05Z")),
        password_last_used: None,
        keys: [
            ReportedKey {
                active: true,
                last_rotated: ReportField::Value(time_of("2016-01-12T16:30:00Z")),
                last_used: ReportField::Value(time_of("2016-08-28T12:04:00Z")),
            },
            ReportedKey {
                active: false,
                last_rotated: ReportField::Value(time_of("2016-02-20T11:15:00Z")),
                last_used: ReportField::NotApplicable,
            },
        ],
        has_additional_credentials: false,
    }
}

#[test]
fn report_is_read_in_every_form_that_aws_gave_it() {
    let plain = format!("{HEADER}\n{ROOT_ROW}\n{PARAS}");
    let forms = [
        ("as of today", plain.clone()),
        ("`+00:00`, as before July 2024", plain.replace("Z,", "+00:00,")),
        ("a newline at the end", format!("{plain}\n")),
        ("CRLF", plain.replace('\n', "\r\n")),
        ("a byte order mark", format!("\u{feff}{plain}")),
        ("blank lines", plain.replace('\n', "\n\n  \n\r\n")),
        ("blank lines before and after", format!("\n\n{plain}\n\n \n")),
        ("quotes", plain.replace("\nparas,", "\n\"paras\",").replace("us-east-1", "\"us-east-1\"")),
        ("a newline within quotes", plain.replace("us-east-1", "\"us\neast\"")),
        ("a long field", plain.replace("us-east-1", &"x".repeat(100_000))),
        ("capitals, as in the guide", plain.replace("true", "TRUE").replace("false", "FALSE")),
        ("root with booleans", plain.replace("Z,not_supported", "Z,true")),
    ];
    for (form, content) in forms {
        let report = parse(&content).unwrap_or_else(|error| panic!("{form}: {error}"));

        assert_eq!(report.users(), 1, "{form}: root is no user");
        let reported = report.reported(&paras(), &RuleParameters::default()).unwrap();
        assert_eq!(reported.row, expected_row(), "{form}");
    }
}

#[test]
fn columns_go_by_name_unknown_ones_are_passed_over() {
    let header = HEADER.replace("user,arn", "arn,color,user");
    let row = PARAS.replace(
        "paras,arn:aws:iam::111122223333:user/paras",
        "arn:aws:iam::111122223333:user/paras,blue,paras",
    );

    let report = parse(&format!("{header}\n{row}")).unwrap();

    assert_eq!(report.reported(&paras(), &RuleParameters::default()).unwrap().row, expected_row());
}

#[test]
fn additional_credentials_are_seen() {
    for (text, expected) in [("", false), ("N/A", false), ("1 more access key", true)] {
        let content = format!("{HEADER},additional_credentials_info\n{PARAS},{text}");

        let report = parse(&content).unwrap();

        let row = report.reported(&paras(), &RuleParameters::default()).unwrap().row;
        assert_eq!(row.has_additional_credentials, expected, "{text}");
    }
}

#[test]
fn the_ways_to_have_no_value_are_kept_apart() {
    let password = |text: &str| {
        let content = format!("{HEADER}\n{}", PARAS.replace("30:00Z,true,no", &format!("30:00Z,{text},no")));
        parse(&content).unwrap().reported(&paras(), &RuleParameters::default()).unwrap().row.password_enabled
    };

    assert_eq!(password("N/A"), ReportField::NotApplicable);
    assert_eq!(password("no_information"), ReportField::NoInformation);
    assert_eq!(password("not_supported"), ReportField::NotSupported);
    assert_eq!(password("false"), ReportField::Value(false));
}

#[test]
fn garbage_is_an_error_with_row_and_column() {
    let with = |from: &str, to: &str| format!("{HEADER}\n{ROOT_ROW}\n{}", PARAS.replacen(from, to, 1));
    let cases = [
        (String::new(), "the credential report has 0 columns `user`, expected one"),
        ("<html>busy</html>".to_owned(), "the credential report has 0 columns `user`, expected one"),
        (
            HEADER.replace("mfa_active", "arn") + "\n",
            "the credential report has 2 columns `arn`, expected one",
        ),
        (
            HEADER.replace("access_key_2_last_rotated", "rotated"),
            "the credential report has 0 columns `access_key_2_last_rotated`, expected one",
        ),
        (
            with("2016-01-12T16:30:00Z", "yesterday"),
            "row 2 of the credential report: `user_creation_time` is `yesterday`, expected an RFC 3339 time",
        ),
        (
            with("true,2016", "maybe,2016"),
            "row 2 of the credential report: `access_key_1_active` is `maybe`, expected `true`, `false`, `N/A`, \
             `no_information` or `not_supported`",
        ),
        (
            with("true,2016", "N/A,2016"),
            "row 2 of the credential report: `access_key_1_active` is `N/A`, expected `true` or `false`",
        ),
        (
            with("2016-08-28T12:04:00Z", ""),
            "row 2 of the credential report: `access_key_1_last_used_date` is ``, expected an RFC 3339 time, `N/A`, \
             `no_information` or `not_supported`",
        ),
        (
            format!("{HEADER}\n{PARAS}\n{PARAS}"),
            "row 2 of the credential report: `arn` is `arn:aws:iam::111122223333:user/paras`, expected one row for \
             each user",
        ),
    ];
    for (content, expected) in cases {
        assert_eq!(parse(&content).unwrap_err().to_string(), expected);
    }
    for (broken, fields) in [(with(",false,N/A,false,N/A", ""), 18), (with("PARAS", "") + ",N/A", 23)] {
        let expected = format!("row 2 of the credential report has {fields} fields, expected 22");
        assert_eq!(parse(&broken).unwrap_err().to_string(), expected);
    }
    let latin_1 = [HEADER.as_bytes(), b"\nb\xf6rje"].concat();
    let error = CredentialReport::parse(&latin_1, time_of("2026-11-22T06:00:00Z"), ReportAge::Fresh);
    assert!(error.unwrap_err().to_string().starts_with("the credential report is not CSV: "));
}

#[test]
fn report_that_is_cut_inside_a_row_is_refused_wherever_the_cut_is() {
    let report = format!("{HEADER}\n{PARAS}\n{}", PARAS.replace("paras", "anitha"));
    let ends: Vec<_> =
        report.match_indices('\n').flat_map(|(at, _)| [at, at + 1]).chain([report.len()]).collect();

    let read: Vec<_> =
        (HEADER.len()..=report.len()).filter(|cut| parse(report.get(..*cut).unwrap()).is_ok()).collect();

    assert_eq!(read, ends);
}

/// What nothing is decided by is not looked at, but for the end of the text, where it tells a cut.
#[test]
fn last_column_is_looked_at_only_where_the_text_may_be_cut() {
    let odd = PARAS.strip_suffix("N/A").unwrap().to_owned() + "soon";
    let anitha = PARAS.replace("paras", "anitha");

    assert!(parse(&format!("{HEADER}\n{odd}\n{anitha}")).is_ok());
    assert!(parse(&format!("{HEADER}\n{anitha}\n{odd}\n")).is_ok());
    assert!(parse(&format!("{HEADER}\n{anitha}\n{odd}")).is_err());
}

#[test]
fn rows_are_told_one_by_one_without_root() {
    let content = format!("{HEADER}\n{ROOT_ROW}\n{PARAS}\n");
    let mut rows = Rows::read(content.as_bytes()).unwrap();

    let row = rows.next_row().unwrap().unwrap();
    assert_eq!(row.user().unwrap(), "paras");
    assert_eq!(row.arn().unwrap(), "arn:aws:iam::111122223333:user/paras");
    assert!(rows.next_row().unwrap().is_none());
    assert_eq!(rows.rows_read(), 2);
}

#[test]
fn row_of_nothing_but_commas_is_no_blank_line() {
    let commas = ",".repeat(HEADER.matches(',').count());

    assert!(parse(&format!("{HEADER}\n  \n{PARAS}\n\n")).is_ok());
    assert!(parse(&format!("{HEADER}\n{PARAS}\n{commas}\n")).is_err());
}

/// A name can be given to another user, and a path can change under a user.
#[test]
fn row_counts_only_for_the_user_of_its_arn_and_creation_time() {
    let report = parse(&format!("{HEADER}\n{PARAS}")).unwrap();
    let parameters = RuleParameters::default();
    let recreated = IamUser { create_date: paras().create_date + TimeDelta::seconds(1), ..paras() };
    let moved = IamUser { arn: "arn:aws:iam::111122223333:user/staff/paras".to_owned(), ..paras() };

    assert!(report.reported(&paras(), &parameters).is_some());
    assert_eq!(report.reported(&recreated, &parameters), None);
    assert_eq!(report.reported(&moved, &parameters), None);
}

/// Rows are read over minutes before the report is ready: a key made inside the window can be missing.
#[test]
fn row_counts_only_if_the_window_closed_well_before() {
    let counts = |generated: &str, seconds: i64| {
        let content = format!("{HEADER}\n{PARAS}");
        let report =
            CredentialReport::parse(content.as_bytes(), time_of(generated), ReportAge::Older).unwrap();
        let parameters =
            RuleParameters { setup_window: TimeDelta::seconds(seconds), ..RuleParameters::default() };
        report.reported(&paras(), &parameters).is_some()
    };

    // made at 16:30:00, a window of 60 s, 15 minutes
    assert!(counts("2016-01-12T16:46:00Z", 60));
    assert!(!counts("2016-01-12T16:45:59Z", 60));
    assert!(!counts("2016-01-12T16:46:00Z", 61));
}

#[test]
fn users_are_counted_without_root() {
    let elise = PARAS.replace("paras", "elise");
    let users = |rows: &[&str]| parse(&format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap().users();

    assert_eq!([users(&[ROOT_ROW]), users(&[ROOT_ROW, PARAS]), users(&[PARAS, &elise])], [0, 1, 2]);
}
