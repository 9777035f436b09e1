//! An audit of a credential report alone: no account, no SDK.

use std::collections::HashSet;
use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Read as _};
use std::path::Path;

use setupkey_rule::iam::UserName;
use setupkey_rule::input::InvalidInput;
use setupkey_rule::parameters::RuleParameters;
use setupkey_rule::report::{ReportRow, Rows};
use setupkey_rule::verdict::ComplianceType;

use crate::audit::model::{Account, Counted, Source, Unread, User};
use crate::text::visible;

/// What a report alone cannot tell. Each is said once.
pub(crate) const NOTES: [&str; 2] = [
    "judged from a credential report alone: `access_key_N_last_rotated` stands for the creation date of a key",
    "a credential report does not tell the ids of keys, a third key of a user, or exceptions: nobody is excepted here",
];

/// Reads the file; `-` is standard input.
///
/// # Errors
///
/// It cannot be read; in one line.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let mut content = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().read_to_end(&mut content).map(|_| content)
    } else {
        fs::read(path)
    };
    read.map_err(|error| format!("cannot read the credential report `{}`: {error}", path.display()))
}

/// Judges everybody in the report. Whoever is neither flagged nor without a verdict is only counted unless
/// `everybody` is asked for.
///
/// # Errors
///
/// The report is not understood: nothing of it can be believed then.
pub(crate) fn account(
    content: &[u8],
    parameters: &RuleParameters,
    everybody: bool,
) -> Result<Account, String> {
    let mut users = Vec::new();
    let mut counted = Counted::default();
    let mut unread = Vec::new();
    let mut hashes = Vec::new();
    let hasher = RandomState::new();
    let account_id = each_user(content, |user_name, arn, row| {
        hashes.push(hasher.hash_one(&arn));
        let user = User::of_report(user_name, arn, &row, parameters);
        match user.compliance_type {
            None => {
                let user_name = Some(user.user_name.to_string());
                unread.push(Unread { user_name, reason: missing(&user) });
            }
            Some(ComplianceType::Compliant) if !everybody => return counted.compliant += 1,
            Some(ComplianceType::NotApplicable) if !everybody => return counted.out_of_scope += 1,
            Some(_) => {}
        }
        users.push(user);
    })?;
    hashes.sort_unstable();
    if hashes.windows(2).any(|pair| pair.first() == pair.last()) {
        refuse_twice(content)?;
    }
    Ok(Account { account_id, source: Source::CredentialReport, report_time: None, users, counted, unread })
}

/// Refuses a report that has a user twice. Looked at by name only where two hashes are the same.
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

/// Hands over name, ARN and row of every user in the report; returns the account.
///
/// # Errors
///
/// The report is not understood: what was handed over must not be believed either.
pub(crate) fn each_user(
    content: &[u8],
    mut user: impl FnMut(UserName, String, ReportRow),
) -> Result<Option<String>, String> {
    let mut account_id = AccountId::default();
    let mut read = || -> Result<usize, InvalidInput> {
        let mut rows = Rows::read(content)?;
        while let Some((user_name, arn, row)) = rows.next_row()? {
            account_id.see(&arn);
            user(user_name, arn, row);
        }
        Ok(rows.rows_read())
    };
    match read() {
        Ok(0) => Err("the credential report has no rows, not even that of the root user".to_owned()),
        Ok(_) => Ok(account_id.known()),
        Err(error) => Err(hint(&error, content)),
    }
}

/// Which of two rows is right cannot be told.
pub(crate) fn twice(arn: &str) -> String {
    format!("the credential report has two rows of `{}`, expected one row for each user", visible(arn))
}

/// The account that all ARNs name.
#[derive(Default)]
struct AccountId {
    // what an ARN of the account begins with
    prefix: String,
    several: bool,
}

impl AccountId {
    fn see(&mut self, arn: &str) {
        if !self.prefix.is_empty() && arn.starts_with(&self.prefix) {
            return;
        }
        self.several |= !self.prefix.is_empty();
        // arn:PARTITION:iam::ACCOUNT:user/NAME
        let before_user = arn.match_indices(':').nth(4).and_then(|(colon, _)| arn.get(..=colon));
        self.prefix = before_user.unwrap_or_default().to_owned();
    }

    fn known(self) -> Option<String> {
        let id = self.prefix.split(':').nth(4).filter(|_| !self.several)?;
        (id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())).then(|| id.to_owned())
    }
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
    let hint = if has_header {
        ""
    } else {
        "; the report is what `aws iam get-credential-report --query Content --output text | base64 -d` prints"
    };
    format!("{error}{hint}")
}

const COLUMN: &[u8] = b"user_creation_time";
