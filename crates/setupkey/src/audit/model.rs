//! What an audit found. Every format is a view of this; what is unknown is `None` and never guessed.
//!
//! Names, ARNs and tags are text as AWS or a file gave it, and so hostile: whoever writes them escapes them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use setupkey_rule::decision::Remedy;
use setupkey_rule::evaluation::ComplianceType;
use setupkey_rule::exception::{Exception, VoidException};
use setupkey_rule::facts::{AccessKeyStatus, LastUsed};
use setupkey_rule::known::{KnownKey, KnownUser};
use setupkey_rule::parameters::RuleParameters;

use crate::outcome::Outcome;

/// An audit, but for its accounts: those are shown as they are read, and kept by nobody who need not.
#[derive(Clone, Debug)]
pub(crate) struct Audit {
    /// The version of `setupkey`.
    pub(crate) version: &'static str,
    /// When the audit began: exceptions are judged at that time.
    pub(crate) time: DateTime<Utc>,
    /// What was asked.
    pub(crate) parameters: RuleParameters,
    /// What the reader has to know, each said once: what a report alone cannot tell.
    pub(crate) notes: Vec<String>,
}

/// Where the facts about an account come from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Source {
    /// The account itself: its credential report where that may be believed, else user by user.
    Live,
    /// A credential report alone, from a file. Its `last_rotated` stands for the creation date of a key.
    CredentialReport,
}

/// One account.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// The twelve digits.
    pub(crate) account_id: Option<String>,
    /// Where the facts come from.
    pub(crate) source: Source,
    /// When the credential report that was used was made; from a file, unknown.
    pub(crate) report_time: Option<DateTime<Utc>>,
    /// Everybody, by name; those who were not read are here as well, with what is known of them.
    pub(crate) users: Vec<User>,
    /// Those who are only counted, where a format shows nothing of them.
    pub(crate) counted: Counted,
    /// What could not be read, and why. If anything is here, the audit is incomplete.
    pub(crate) unread: Vec<Unread>,
}

/// Users who are only counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counted {
    /// How many are COMPLIANT.
    pub(crate) compliant: usize,
    /// How many are out of scope.
    pub(crate) out_of_scope: usize,
}

/// Somebody or something that could not be read.
#[derive(Clone, Debug)]
pub(crate) struct Unread {
    /// The user; `None` if it is the account as a whole.
    pub(crate) user_name: Option<String>,
    /// Why, in one line.
    pub(crate) reason: String,
}

/// One IAM user.
#[derive(Clone, Debug)]
pub(crate) struct User {
    /// The name.
    pub(crate) user_name: String,
    /// The unique id (`AIDA...`); a report has none.
    pub(crate) user_id: Option<String>,
    /// The ARN.
    pub(crate) arn: String,
    /// When the user was created.
    pub(crate) create_date: DateTime<Utc>,
    /// The verdict; `NotApplicable` is who is out of scope, and who is excepted; `None` who was not read.
    pub(crate) compliance_type: Option<ComplianceType>,
    /// Whether there is a console password.
    pub(crate) console_password: Option<bool>,
    /// When the password was created (GetLoginProfile; live and for findings only).
    pub(crate) password_created: Option<DateTime<Utc>>,
    /// `password_last_changed` of the credential report.
    pub(crate) password_last_changed: Option<DateTime<Utc>>,
    /// `password_last_used` of the credential report.
    pub(crate) password_last_used: Option<DateTime<Utc>>,
    /// The access keys, oldest first; `None` if they were not read.
    pub(crate) keys: Option<Vec<Key>>,
    /// The exception of a user who would be flagged.
    pub(crate) exception: Option<Tagged>,
}

/// What the tags of a user who would be flagged say.
#[derive(Clone, Debug)]
pub(crate) enum Tagged {
    /// Somebody answers for the keys: the user is `NotApplicable`.
    InForce(Exception),
    /// An exception that excepts nobody: the user is `NonCompliant`.
    Void(VoidException),
}

/// One access key.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// The id (`AKIA...`); a report has none.
    pub(crate) access_key_id: Option<String>,
    /// The status.
    pub(crate) status: Option<AccessKeyStatus>,
    /// When the key was created. Offline, `last_rotated` of the report stands for it.
    pub(crate) create_date: Option<DateTime<Utc>>,
    /// `access_key_N_last_rotated`, where a credential report is all that is known of the key: when it was
    /// created or last changed. Place a key on a time axis with `create_date.or(last_rotated)`.
    pub(crate) last_rotated: Option<DateTime<Utc>>,
    /// `create_date` minus the user's, in seconds; negative if the key is older.
    pub(crate) seconds_after_user: Option<i64>,
    /// The last use.
    pub(crate) last_used: Option<LastUsed>,
    /// Whether `seconds_after_user` is within the setup window.
    pub(crate) created_with_user: Option<bool>,
    /// What to do about it; only a flagged key has a remedy.
    pub(crate) remedy: Option<Remedy>,
}

impl Key {
    /// Whether the key meets the criterion, and its user is in scope.
    pub(crate) fn is_flagged(&self) -> bool {
        self.remedy.is_some()
    }
}

impl User {
    /// A user of whom this is known. An exception is added by whoever knows of one.
    pub(crate) fn new(
        (user_name, user_id, arn): (String, Option<String>, String),
        known: &KnownUser,
        compliance_type: Option<ComplianceType>,
        parameters: &RuleParameters,
    ) -> Self {
        // who is excepted was flagged: NOT_APPLICABLE says of a key that counts that the user is out of scope
        let in_scope = known.verdict(parameters) == Some(ComplianceType::NonCompliant);
        let key = |key: &KnownKey| {
            let flagged = in_scope && key.is_flagged(known, parameters) == Some(true);
            Key {
                access_key_id: key.access_key_id.as_ref().map(ToString::to_string),
                status: key.status,
                create_date: key.create_date,
                last_rotated: key.last_rotated,
                seconds_after_user: key.after_user(known).map(|after| after.num_seconds()),
                last_used: key.last_used,
                created_with_user: key.created_with_user(known, parameters),
                // of a use that is not known: to rotate takes nothing away from anybody
                remedy: flagged.then(|| key.last_used.map_or(Remedy::Rotate, Remedy::of)),
            }
        };
        Self {
            user_name,
            user_id,
            arn,
            create_date: known.create_date,
            compliance_type,
            console_password: known.console_password,
            password_created: known.password_created,
            password_last_changed: known.password_last_changed,
            password_last_used: known.password_last_used,
            keys: known.keys.as_ref().map(|keys| keys.iter().map(key).collect()),
            exception: None,
        }
    }

    /// Whether somebody answers for keys that would be flagged.
    pub(crate) fn is_excepted(&self) -> bool {
        matches!(self.exception, Some(Tagged::InForce(_)))
    }
}

/// What an audit comes to.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    /// How many accounts were asked for.
    pub(crate) accounts: usize,
    /// How many of them could not be read, or not to the end of the listing of users.
    pub(crate) accounts_unread: usize,
    /// How many users were seen.
    pub(crate) users: usize,
    /// How many are NON_COMPLIANT.
    pub(crate) non_compliant: usize,
    /// How many are COMPLIANT.
    pub(crate) compliant: usize,
    /// How many are out of scope.
    pub(crate) out_of_scope: usize,
    /// How many would be flagged, and are excepted.
    pub(crate) excepted: usize,
    /// How many have no verdict.
    pub(crate) users_unread: usize,
}

impl Summary {
    /// What one account comes to.
    pub(crate) fn of(account: &Account) -> Self {
        let mut summary = Self::default();
        summary.add(account);
        summary
    }

    /// How many have a verdict, or would be flagged.
    pub(crate) fn in_scope(&self) -> usize {
        self.compliant + self.non_compliant + self.excepted
    }

    /// Adds an account.
    pub(crate) fn add(&mut self, account: &Account) {
        self.accounts += 1;
        self.accounts_unread += usize::from(account.unread.iter().any(|unread| unread.user_name.is_none()));
        let Counted { compliant, out_of_scope } = account.counted;
        self.users += account.users.len() + compliant + out_of_scope;
        self.compliant += compliant;
        self.out_of_scope += out_of_scope;
        for user in &account.users {
            match user.compliance_type {
                Some(ComplianceType::NonCompliant) => self.non_compliant += 1,
                Some(ComplianceType::Compliant) => self.compliant += 1,
                Some(ComplianceType::NotApplicable) if user.is_excepted() => self.excepted += 1,
                Some(ComplianceType::NotApplicable) => self.out_of_scope += 1,
                None => self.users_unread += 1,
            }
        }
    }

    /// Whether everybody has a verdict.
    pub(crate) fn is_complete(&self) -> bool {
        self.accounts_unread == 0 && self.users_unread == 0
    }

    /// How a command with this result ends.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            _ if !self.is_complete() => Outcome::Failed,
            Self { non_compliant: 1.., .. } => Outcome::Flagged,
            _ => Outcome::NothingFlagged,
        }
    }
}
