use chrono::TimeDelta;

use super::*;
use crate::fixtures::{event_time, time};

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

fn parse(content: &str) -> Result<CredentialReport, InvalidInput> {
    CredentialReport::parse(content.as_bytes(), event_time(), ReportAge::Fresh)
}

fn paras() -> IamUser {
    IamUser { create_date: time("2016-01-12T16:30:00Z"), ..crate::fixtures::user("paras") }
}

/// The row of paras in a report.
fn row(content: &str) -> ReportRow {
    parse(content).unwrap().reported(&paras(), &RuleParameters::default()).unwrap().row
}

fn expected_row() -> ReportRow {
    ReportRow {
        user_created: time("2016-01-12T16:30:00Z"),
        password_enabled: ReportField::Value(true),
        password_last_changed: Some(time("2016-01-12T16:30:05Z")),
        password_last_used: None,
        keys: [
            ReportedKey {
                active: true,
                last_rotated: ReportField::Value(time("2016-01-12T16:30:00Z")),
                last_used_date: ReportField::Value(time("2016-08-28T12:04:00Z")),
            },
            ReportedKey {
                active: false,
                last_rotated: ReportField::Value(time("2016-02-20T11:15:00Z")),
                last_used_date: ReportField::NotApplicable,
            },
        ],
        has_additional_credentials: false,
    }
}

#[test]
fn report_is_read_in_every_form_that_aws_has_used() {
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
        ("a long field", plain.replace("us-east-1", &"x".repeat(100_000))),
        ("capitals, as in the guide", plain.replace("true", "TRUE").replace("false", "FALSE")),
        ("root with booleans", plain.replace("Z,not_supported", "Z,true")),
    ];
    for (form, content) in forms {
        let report = parse(&content).unwrap_or_else(|error| panic!("{form}: {error}"));

        assert_eq!(report.users(), 1, "{form}: root is no user");
        let reported = report.reported(&paras(), &RuleParameters::default()).unwrap();
        assert_eq!(reported.row, expected_row(), "{form}");
        assert_eq!((report.generated(), report.age()), (event_time(), ReportAge::Fresh));
    }
}

#[test]
fn columns_are_read_by_name_and_unknown_ones_ignored() {
    let header = HEADER.replace("user,arn", "arn,color,user");
    let paras = PARAS.replace(
        "paras,arn:aws:iam::111122223333:user/paras",
        "arn:aws:iam::111122223333:user/paras,blue,paras",
    );

    assert_eq!(row(&format!("{header}\n{paras}")), expected_row());
}

#[test]
fn additional_credentials_are_seen() {
    for (text, expected) in [("", false), ("N/A", false), ("1 more access key", true)] {
        let content = format!("{HEADER},additional_credentials_info\n{PARAS},{text}");

        assert_eq!(row(&content).has_additional_credentials, expected, "{text}");
    }
}

#[test]
fn the_ways_to_have_no_value_are_kept_apart() {
    let password = |text: &str| {
        let content = format!("{HEADER}\n{}", PARAS.replace("30:00Z,true,no", &format!("30:00Z,{text},no")));
        row(&content).password_enabled
    };

    assert_eq!(password("N/A"), ReportField::NotApplicable);
    assert_eq!(password("no_information"), ReportField::NoInformation);
    assert_eq!(password("not_supported"), ReportField::NotSupported);
    assert_eq!(password("false"), ReportField::Value(false));
}

/// Reports from before April 2015 have no columns for the last use of a key.
#[test]
fn report_without_last_use_says_nothing_about_it() {
    let without = |line: &str| {
        let fields: Vec<&str> =
            line.split(',').enumerate().filter(|(n, _)| ![10, 15].contains(n)).map(|(_, f)| f).collect();
        fields.join(",")
    };
    let content = [HEADER, ROOT_ROW, PARAS].map(without).join("\n");
    assert!(!content.contains("last_used_date"));

    let [first, second] = expected_row().keys;
    let no_information = |key| ReportedKey { last_used_date: ReportField::NoInformation, ..key };
    let keys = [no_information(first), no_information(second)];
    assert_eq!(row(&content), ReportRow { keys, ..expected_row() });
    assert_eq!(keys.map(|key| key.last_used()), [None, None]);
}

#[test]
fn slot_with_any_trace_of_a_key_is_taken() {
    let (some, none) = (ReportField::Value(event_time()), ReportField::NotApplicable);
    for (active, last_rotated, last_used_date, expected) in [
        (false, none, none, false),
        (false, ReportField::NoInformation, ReportField::NotSupported, false),
        (true, none, none, true),
        (false, some, none, true),
        (false, none, some, true),
    ] {
        let key = ReportedKey { active, last_rotated, last_used_date };
        assert_eq!(key.is_taken(), expected, "{key:?}");

        let row = ReportRow { keys: [crate::fixtures::NO_KEY, key], ..expected_row() };
        assert_eq!(row.taken_keys().count(), usize::from(expected), "{key:?}");
    }
}

#[test]
fn slot_has_status_and_last_use_at_the_time_of_the_report() {
    let [used, inactive] = expected_row().keys;
    assert_eq!(used.status(), AccessKeyStatus::Active);
    assert_eq!(used.last_used(), Some(LastUsed::At(time("2016-08-28T12:04:00Z"))));
    assert_eq!(inactive.status(), AccessKeyStatus::Inactive);
    assert_eq!(inactive.last_used(), Some(LastUsed::Never));
    let not_supported = ReportedKey { last_used_date: ReportField::NotSupported, ..used };
    assert_eq!(not_supported.last_used(), None);
}

#[test]
fn error_names_row_column_value_and_what_is_accepted() {
    let with = |from: &str, to: &str| format!("{HEADER}\n{ROOT_ROW}\n{}", PARAS.replacen(from, to, 1));
    let shown_header = |header: &str| header.chars().take(100).collect::<String>();
    let two_arns = HEADER.replace("mfa_active", "arn");
    let no_date = HEADER.replace("access_key_2_last_rotated", "rotated");
    let columns = "expected the columns of a credential report";
    let time = "an RFC 3339 time, `N/A`, `no_information` or `not_supported`";
    let cases = [
        (
            String::new(),
            format!("credential report: `header` is ``, {columns}: missing field `user`"),
        ),
        (
            "<html>busy</html>".to_owned(),
            format!("credential report: `header` is `<html>busy</html>`, {columns}: missing field `user`"),
        ),
        (
            format!("{two_arns}\n"),
            format!(
                "credential report: `header` is `{}`, {columns}: duplicate field `arn`",
                shown_header(&two_arns)
            ),
        ),
        (
            no_date.clone(),
            format!(
                "credential report: `header` is `{}`, {columns}: missing field `access_key_2_last_rotated`",
                shown_header(&no_date)
            ),
        ),
        (
            with("2016-01-12T16:30:00Z", "yesterday"),
            "row 2 of the credential report: `user_creation_time` is `yesterday`, expected an RFC 3339 time from 1970 \
             to 9999, without a leap second"
                .to_owned(),
        ),
        (
            with("2016-01-12T16:30:00Z", "1969-12-31T23:59:59Z"),
            "row 2 of the credential report: `user_creation_time` is `1969-12-31T23:59:59Z`, expected an RFC 3339 time \
             from 1970 to 9999, without a leap second"
                .to_owned(),
        ),
        (
            with("true,2016", "maybe,2016"),
            "row 2 of the credential report: `access_key_1_active` is `maybe`, expected `true`, `false`, `N/A`, \
             `no_information` or `not_supported`"
                .to_owned(),
        ),
        (
            with("true,2016", "N/A,2016"),
            "row 2 of the credential report: `access_key_1_active` is `N/A`, expected `true` or `false`".to_owned(),
        ),
        (
            with("2016-08-28T12:04:00Z", ""),
            format!("row 2 of the credential report: `access_key_1_last_used_date` is ``, expected {time}"),
        ),
        (
            with("2016-02-20T11:15:00Z", "2016-12-31T23:59:60Z"),
            format!(
                "row 2 of the credential report: `access_key_2_last_rotated` is `2016-12-31T23:59:60Z`, expected {time}"
            ),
        ),
        (
            format!("{HEADER}\n{PARAS}\n{PARAS}"),
            "row 2 of the credential report: `arn` is `arn:aws:iam::111122223333:user/paras`, expected one row for \
             each user"
                .to_owned(),
        ),
        (
            with(",false,N/A,false,N/A", ""),
            "row 2 of the credential report: `fields` is `18`, expected 22".to_owned(),
        ),
        (
            with("PARAS", "") + ",N/A",
            "row 2 of the credential report: `fields` is `23`, expected 22".to_owned(),
        ),
    ];
    for (content, expected) in cases {
        assert_eq!(parse(&content).unwrap_err().to_string(), expected);
    }
    let latin_1 = [HEADER.as_bytes(), b"\nb\xf6rje"].concat();
    let error = CredentialReport::parse(&latin_1, event_time(), ReportAge::Fresh).unwrap_err().to_string();
    assert!(error.starts_with("`credential report` is `CSV "), "{error}");
    assert!(error.ends_with("`, expected CSV in UTF-8"), "{error}");
}

#[test]
fn user_name_that_iam_could_not_have_given_is_refused() {
    for name in ["two words", "", "b\u{f6}rje", "a/b", "<root>", &"n".repeat(129)] {
        let content = format!("{HEADER}\n{ROOT_ROW}\n{}", PARAS.replacen("paras", name, 1));

        let shown: String = name.chars().take(100).collect();
        let expected = format!(
            "row 2 of the credential report: `user` is `{shown}`, expected 1 to 128 characters of letters, digits and \
             `_+=,.@-` (IAM API reference, User)"
        );
        assert_eq!(parse(&content).unwrap_err().to_string(), expected);
    }
}

/// An open quote in the last column swallowed the rows after it, and their users were missing from the report.
#[test]
fn open_quote_in_the_last_column_swallowed_the_rows_after_it() {
    let anitha = PARAS.replace("paras", "anitha");
    let open = PARAS.strip_suffix("N/A").unwrap().to_owned() + "\"N/A";
    for rows in [
        format!("{open}\n{anitha}\n{ROOT_ROW}\n"),
        format!("{open}\n{anitha}\n{ROOT_ROW}"),
        format!("{open}\r\n{anitha}"),
        format!("{anitha}\n{open}\n"),
        format!("{}\n{anitha}", PARAS.replace("us-east-1", "\"us\neast\"")),
    ] {
        let error = parse(&format!("{HEADER}\n{rows}")).unwrap_err().to_string();
        assert!(error.ends_with("expected a value without a line break: a quote is not closed"), "{error}");
        assert!(error.starts_with("row ") && !error.contains(['\n', '\r']), "{error}");
    }
    let open_header = HEADER.replace(",cert_2_last_rotated", ",\"cert_2_last_rotated");
    let error = parse(&format!("{open_header}\n{anitha}\n")).unwrap_err().to_string();
    assert!(error.starts_with("credential report: `header` is `cert_2_last_rotated "), "{error}");
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

/// The last column does not affect the decision. It is checked only in a last row without a newline, which may be cut.
#[test]
fn last_column_is_checked_only_where_the_text_may_be_cut() {
    let odd = PARAS.strip_suffix("N/A").unwrap().to_owned() + "soon";
    let anitha = PARAS.replace("paras", "anitha");

    assert!(parse(&format!("{HEADER}\n{odd}\n{anitha}")).is_ok());
    assert!(parse(&format!("{HEADER}\n{anitha}\n{odd}\n")).is_ok());
    assert!(parse(&format!("{HEADER}\n{anitha}\n{odd}")).is_err());
}

#[test]
fn rows_are_read_one_by_one_without_root() {
    let content = format!("{HEADER}\n{ROOT_ROW}\n{PARAS}\n");
    let mut rows = Rows::read(content.as_bytes()).unwrap();

    let IamUser { user_name, arn, .. } = paras();
    assert_eq!(rows.next_row(), Ok(Some((user_name, arn, expected_row()))));
    assert_eq!(rows.next_row(), Ok(None));
    assert_eq!(rows.rows_read(), 2);
}

#[test]
fn row_of_commas_is_not_a_blank_line() {
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

/// Rows are read over the minutes before the report is ready, so a key of the setup window can be missing.
#[test]
fn row_counts_only_if_the_window_closed_well_before() {
    let shows_keys_until = |generated: &str, seconds: i64| {
        let content = format!("{HEADER}\n{PARAS}");
        let report = CredentialReport::parse(content.as_bytes(), time(generated), ReportAge::Older).unwrap();
        let parameters =
            RuleParameters { setup_window: TimeDelta::seconds(seconds), ..RuleParameters::default() };
        report.reported(&paras(), &parameters).map(|reported| reported.shows_keys_until)
    };

    // created at 16:30:00, a window of 60 s, 15 minutes
    assert_eq!(shows_keys_until("2016-01-12T16:46:00Z", 60), Some(time("2016-01-12T16:31:00Z")));
    assert_eq!(shows_keys_until("2016-01-12T16:45:59Z", 60), None);
    assert_eq!(shows_keys_until("2016-01-12T16:46:00Z", 61), None);
}

#[test]
fn users_are_counted_without_root() {
    let elise = PARAS.replace("paras", "elise");
    let users = |rows: &[&str]| parse(&format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap().users();

    assert_eq!([users(&[ROOT_ROW]), users(&[ROOT_ROW, PARAS]), users(&[PARAS, &elise])], [0, 1, 2]);
}
