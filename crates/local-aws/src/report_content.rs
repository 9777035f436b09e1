//! What the credential report says: one row of CSV for the root user and for each user. Columns and
//! values are those of the IAM user guide, credential reports; where it differs from reports that others
//! have recorded, of those.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::behaviour::ReportBehaviour;
use crate::identity::{AccessKey, AccessKeyStatus, User};

const COLUMNS: [&str; 22] = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
];

/// The last column, where there is one.
const ADDITIONAL: &str = "additional_credentials_info";

/// The root user's values after name, ARN and creation: IAM says nothing about its password.
const ROOT: [&str; 5] = ["not_supported", "no_information", "not_supported", "not_supported", "true"];

/// Local AWS holds no signing certificates.
const CERTIFICATES: [&str; 4] = ["false", "N/A", "false", "N/A"];

/// The root user is older than any other user; local AWS holds no time for it.
const ROOT_CREATED: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// The report of the users as they are now: lines end in LF, the last one not at all.
pub(crate) fn report_content(users: &[User], account_id: &str, behaviour: &ReportBehaviour) -> String {
    let mut header: Vec<String> = COLUMNS.map(str::to_owned).to_vec();
    header.extend(behaviour.additional_credentials_info.then(|| ADDITIONAL.to_owned()));
    let mut users: Vec<&User> = users.iter().collect();
    users.sort_by_key(|user| user.user_name.to_lowercase());
    let mut rows = vec![header, root_row(account_id, behaviour)];
    rows.extend(users.into_iter().map(|user| user_row(user, account_id, behaviour)));
    // writing to memory does not fail; if it did, the reader of the report would find this
    csv_text(&rows).unwrap_or_else(|error| error.to_string())
}

/// Whether and how the service quotes a name with a comma is not known: this is what CSV asks for.
fn csv_text(rows: &[Vec<String>]) -> Result<String, Box<dyn std::error::Error>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row)?;
    }
    let mut text = String::from_utf8(writer.into_inner()?)?;
    text.pop();
    Ok(text)
}

fn root_row(account_id: &str, behaviour: &ReportBehaviour) -> Vec<String> {
    let arn = format!("arn:aws:iam::{account_id}:root");
    let mut row = vec!["<root_account>".to_owned(), arn, time(ROOT_CREATED, behaviour)];
    row.extend(ROOT.map(str::to_owned));
    row.extend(slot(None, behaviour));
    row.extend(slot(None, behaviour));
    row.extend(CERTIFICATES.map(str::to_owned));
    row.extend(behaviour.additional_credentials_info.then(String::new));
    row
}

fn user_row(user: &User, account_id: &str, behaviour: &ReportBehaviour) -> Vec<String> {
    let password = user.login_profile.as_ref();
    let mut row = vec![
        user.user_name.clone(),
        user.arn(account_id),
        time(user.create_date, behaviour),
        password.is_some().to_string(),
        // local AWS holds no use of a password
        if password.is_some() { "no_information" } else { "N/A" }.to_owned(),
        password.map_or_else(not_applicable, |password| time(password.create_date, behaviour)),
        not_applicable(),
        "false".to_owned(),
    ];
    // by id and not by age, inactive ones like the others
    let mut keys: Vec<&AccessKey> = user.access_keys.iter().collect();
    keys.sort_by_key(|key| &key.access_key_id);
    let mut keys = keys.into_iter();
    row.extend(slot(keys.next(), behaviour));
    row.extend(slot(keys.next(), behaviour));
    row.extend(CERTIFICATES.map(str::to_owned));
    if behaviour.additional_credentials_info {
        // what the service really says here is not known, but that it says nothing of other users
        row.push(match keys.len() {
            0 => String::new(),
            more => format!("{more} more access keys"),
        });
    }
    row
}

/// Active, last rotated, and the last use: date, region, service. The time of rotation is that of creation,
/// deactivated or not.
fn slot(key: Option<&AccessKey>, behaviour: &ReportBehaviour) -> [String; 5] {
    let used = key.and_then(|key| key.last_used.as_ref());
    [
        key.is_some_and(|key| key.status == AccessKeyStatus::Active).to_string(),
        key.map_or_else(not_applicable, |key| time(key.create_date, behaviour)),
        used.map_or_else(not_applicable, |used| time(used.date, behaviour)),
        used.map_or_else(not_applicable, |used| used.region.clone()),
        used.map_or_else(not_applicable, |used| used.service_name.clone()),
    ]
}

fn time(time: DateTime<Utc>, behaviour: &ReportBehaviour) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, !behaviour.plus_zero_times)
}

fn not_applicable() -> String {
    "N/A".to_owned()
}
