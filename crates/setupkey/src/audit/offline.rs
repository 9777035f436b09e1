//! An audit of a credential report alone: no account, no SDK.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use chrono::{DateTime, Utc};
use setupkey_rule::iam::UserName;
use setupkey_rule::input::InvalidInput;
use setupkey_rule::parameters::RuleParameters;
use setupkey_rule::report::{ReportRow, Rows};
use setupkey_rule::verdict::ComplianceType;
use sha2::{Digest as _, Sha256};

use crate::audit::evidence::{Evidence, ReportEvidence};
use crate::audit::model::{Account, Counted, Source, Unread, User};
use crate::audit::report_file::ReportFile;
use crate::text::visible;

/// What a report alone does not say. Each is said once.
pub(crate) const NOTES: [&str; 2] = [
    "decided from a credential report alone: `access_key_N_last_rotated` stands for the creation date of a key",
    "a credential report does not contain key IDs, a third key of a user, or exemptions: no user is exempt here",
];

/// Decides every user in the reports, account by account, and says what the reader has to know. Users who are neither
/// flagged nor without a verdict are only counted unless `everybody` is asked for.
///
/// # Errors
///
/// A report is not understood, and nothing of it can be believed; or an account is in two of them.
pub(crate) fn accounts(
    files: &[ReportFile],
    parameters: &RuleParameters,
    everybody: bool,
    at: DateTime<Utc>,
) -> Result<(Vec<Account>, Vec<String>), String> {
    let mut accounts = Vec::new();
    let mut file_of: HashMap<String, usize> = HashMap::new();
    let mut notes: Vec<String> = NOTES.map(str::to_owned).to_vec();
    for (number, file) in files.iter().enumerate() {
        for account in of_file(file, parameters, everybody, at)? {
            let earlier = account.account_id.clone().and_then(|id| file_of.insert(id, number));
            if let (Some(id), Some(earlier)) = (&account.account_id, earlier) {
                let earlier = files.get(earlier).map_or("", |file| file.name.as_str());
                return Err(format!(
                    "account {id} is in `{earlier}` and in `{}`: leave out the older report",
                    file.name
                ));
            }
            accounts.push(account);
        }
        if let Some(latest) = latest_event(&file.csv, at) {
            notes.push(format!(
                "the latest event in `{}` is of {latest}Z: AWS generated the report at that time or later",
                file.name
            ));
        }
    }
    Ok((accounts, notes))
}

/// The accounts of one report, in the order of their first user.
fn of_file(
    file: &ReportFile,
    parameters: &RuleParameters,
    everybody: bool,
    at: DateTime<Utc>,
) -> Result<Vec<Account>, String> {
    let content = &file.csv;
    let mut accounts: Vec<(String, Account)> = Vec::new();
    let mut hashes = Vec::new();
    let hasher = RandomState::new();
    let rows = each_user(content, |user_name, arn, row| {
        hashes.push(hasher.hash_one(&arn));
        let prefix = before_user(&arn);
        // nearly always the account of the row before
        let found = accounts.iter().rposition(|(seen, _)| seen == prefix);
        let place = found.unwrap_or_else(|| {
            accounts.push((prefix.to_owned(), empty(account_of(prefix), at)));
            accounts.len() - 1
        });
        let Some((_, account)) = accounts.get_mut(place) else { return };
        let user = User::of_report(user_name, arn, &row, parameters);
        match user.compliance_type {
            None => {
                let user_name = Some(user.user_name.to_string());
                account.unread.push(Unread { user_name, reason: missing(&user) });
            }
            Some(ComplianceType::Compliant) if !everybody => return account.counted.compliant += 1,
            Some(ComplianceType::NotApplicable) if !everybody => return account.counted.out_of_scope += 1,
            Some(_) => {}
        }
        account.users.push(user);
    })
    .map_err(|error| format!("`{}`: {error}", file.name))?;
    hashes.sort_unstable();
    if hashes.windows(2).any(|pair| pair.first() == pair.last()) {
        refuse_twice(content).map_err(|error| format!("`{}`: {error}", file.name))?;
    }
    if accounts.is_empty() {
        let root = str::from_utf8(content).unwrap_or_default().lines();
        let root = root.filter_map(|line| line.strip_prefix("<root_account>,")?.split(',').next());
        let prefix = root.map(before_user).next().unwrap_or_default();
        accounts.push((prefix.to_owned(), empty(account_of(prefix), at)));
    }
    let report = ReportEvidence { generated_time: file.generated_time, sha256: sha256(content), rows };
    let finished = accounts.into_iter().map(|(_, mut account)| {
        account.report_time = file.generated_time;
        account.evidence.report = Some(report.clone());
        account
    });
    Ok(finished.collect())
}

fn empty(account_id: Option<String>, at: DateTime<Utc>) -> Account {
    Account {
        account_id,
        source: Source::CredentialReport,
        report_time: None,
        users: Vec::new(),
        counted: Counted::default(),
        unread: Vec::new(),
        evidence: Evidence { started_at: Some(at), finished_at: Some(at), ..Evidence::default() },
    }
}

/// Refuses a report that has a user twice. Names are compared only where two hashes are the same.
fn refuse_twice(content: &[u8]) -> Result<(), String> {
    let mut arns = HashSet::new();
    let mut found = None;
    each_user(content, |_, arn, _| {
        if !arns.insert(arn.clone()) {
            found.get_or_insert(arn);
        }
    })?;
    found.map_or(Ok(()), |arn| Err(twice(&arn)))
}

/// Passes on the name, the ARN and the row of every user in the report. Returns the number of its rows.
///
/// # Errors
///
/// The report is not understood: what was passed on must not be believed either.
pub(crate) fn each_user(
    content: &[u8],
    mut user: impl FnMut(UserName, String, ReportRow),
) -> Result<usize, String> {
    let mut read = || -> Result<usize, InvalidInput> {
        let mut rows = Rows::read(content)?;
        while let Some((user_name, arn, row)) = rows.next_row()? {
            user(user_name, arn, row);
        }
        Ok(rows.rows_read())
    };
    match read() {
        Ok(0) => Err("the credential report has no rows, not even that of the root user".to_owned()),
        Ok(rows) => Ok(rows),
        Err(error) => Err(hint(&error, content)),
    }
}

/// How many rows a report has that was understood.
pub(crate) fn rows(content: &[u8]) -> usize {
    each_user(content, |_, _, _| {}).unwrap_or_default()
}

/// Nothing says which of two rows is right.
pub(crate) fn twice(arn: &str) -> String {
    format!("the credential report has two rows of `{}`, expected one row for each user", visible(arn))
}

/// `arn:PARTITION:iam::ACCOUNT:` of an ARN.
fn before_user(arn: &str) -> &str {
    arn.match_indices(':').nth(4).and_then(|(colon, _)| arn.get(..=colon)).unwrap_or_default()
}

/// The account that an ARN names.
pub(crate) fn account_of(arn: &str) -> Option<String> {
    let id = arn.split(':').nth(4)?;
    (id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())).then(|| id.to_owned())
}

/// The SHA-256 of a report, in hexadecimal.
pub(crate) fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The latest time in the report that is not after the audit; the next rotation of a password is.
fn latest_event(content: &[u8], at: DateTime<Utc>) -> Option<&str> {
    const LENGTH: usize = "2026-11-25T10:00:00".len();
    let now = at.format("%Y-%m-%dT%H:%M:%S").to_string();
    let cells = str::from_utf8(content).ok()?.split([',', '\n']);
    let is_time = |cell: &&str| cell.as_bytes().get(10) == Some(&b'T') && cell.starts_with(['1', '2']);
    cells.filter_map(|cell| cell.get(..LENGTH)).filter(is_time).filter(|time| *time <= now.as_str()).max()
}

/// What the report would have to say for a verdict.
pub(crate) fn missing(user: &User) -> String {
    let keys = user.keys.as_deref().unwrap_or_default();
    let mut missing = Vec::new();
    if user.console_password.is_none() {
        missing.push("whether there is a console password (`password_enabled`)");
    }
    if keys.iter().any(|key| key.create_date.is_none()) {
        missing.push("when a key was created (`access_key_N_last_rotated`)");
    }
    if keys.iter().any(|key| key.last_used.is_none()) {
        missing.push("whether a key was used (`access_key_N_last_used_date`)");
    }
    if user.has_unseen_keys {
        missing.push("what the keys are that have no columns (`additional_credentials_info`)");
    }
    format!("the report does not tell {}", missing.join(", nor "))
}

fn hint(error: &InvalidInput, content: &[u8]) -> String {
    // no header at all: the answer of the AWS CLI, not its content
    let has_header = content.windows(COLUMN.len()).any(|text| text == COLUMN);
    let hint = if has_header { "" } else { "; `aws iam get-credential-report` prints a credential report" };
    format!("{error}{hint}")
}

const COLUMN: &[u8] = b"user_creation_time";
