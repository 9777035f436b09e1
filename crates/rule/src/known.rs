//! What is known of a user with nobody to ask any more, and the verdict that follows from it, if one does.
//!
//! For a credential report without an account, and for explaining. What is not known is `None`, and an
//! unknown that could turn the verdict leaves it unknown. Where everything is known this says what
//! [`decision`](crate::decision) says, exceptions aside; the tests hold them together.

use chrono::{DateTime, TimeDelta, Utc};

use crate::evaluation::ComplianceType;
use crate::facts::{AccessKey, AccessKeyId, AccessKeyStatus, ConsolePassword, LastUsed, UserFacts};
use crate::parameters::{Criterion, RuleParameters, Scope};
use crate::report::{ReportAge, ReportField, ReportRow, Reported, ReportedKey};

/// What is known of a user.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KnownUser {
    /// When the user was created.
    pub create_date: DateTime<Utc>,
    /// Whether there is a console password.
    pub console_password: Option<bool>,
    /// When the password was created (GetLoginProfile).
    pub password_created: Option<DateTime<Utc>>,
    /// When the password was last changed, as the report says.
    pub password_last_changed: Option<DateTime<Utc>>,
    /// When the password was last used, as the report says.
    pub password_last_used: Option<DateTime<Utc>>,
    /// The access keys; `None` if nothing is known of them.
    pub keys: Option<Vec<KnownKey>>,
    /// Whether there may be keys beside these: the report tells of credentials that it has no columns for.
    pub has_unseen_keys: bool,
}

/// What is known of an access key.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KnownKey {
    /// The id; a report has none.
    pub access_key_id: Option<AccessKeyId>,
    /// The status.
    pub status: Option<AccessKeyStatus>,
    /// When the key was created.
    pub create_date: Option<DateTime<Utc>>,
    /// When it was created or last changed, as the report says.
    pub last_rotated: Option<DateTime<Utc>>,
    /// The last use.
    pub last_used: Option<LastUsed>,
}

impl KnownUser {
    /// What a row says, with nothing but the report: `last_rotated` stands for the creation date.
    #[must_use]
    pub fn from_report(row: &ReportRow) -> Self {
        let keys = row.keys.iter().filter(|key| key.is_taken());
        let keys = keys.map(|key| KnownKey {
            create_date: key.last_rotated.value(),
            ..KnownKey::from_report(key, ReportAge::Fresh)
        });
        Self {
            create_date: row.user_created,
            console_password: row.password_enabled.value(),
            password_created: None,
            password_last_changed: row.password_last_changed,
            password_last_used: row.password_last_used,
            keys: Some(keys.collect()),
            has_unseen_keys: row.has_additional_credentials,
        }
    }

    /// What was learned of a user of a live account: the report's word where nothing was read.
    #[must_use]
    pub fn from_facts(facts: &UserFacts) -> Self {
        let reported = facts.reported.as_ref();
        let listed = facts.access_keys.as_ref().map(|keys| {
            keys.iter()
                .map(|(key, last_used)| KnownKey {
                    access_key_id: Some(key.access_key_id.clone()),
                    status: Some(key.status),
                    create_date: Some(key.create_date),
                    last_rotated: None,
                    last_used: last_used.or_else(|| reported_use(key, keys, reported?)),
                })
                .collect()
        });
        let in_report = || {
            let reported = reported?;
            let keys = reported.row.keys.iter().filter(|key| key.is_taken());
            Some(keys.map(|key| KnownKey::from_report(key, reported.age)).collect())
        };
        let password = facts.console_password.map(|password| password != ConsolePassword::Absent);
        Self {
            create_date: facts.user.create_date,
            console_password: password.or_else(|| reported?.row.password_enabled.value()),
            password_created: match facts.console_password {
                Some(ConsolePassword::Enabled { since }) => since,
                Some(ConsolePassword::Absent) | None => None,
            },
            password_last_changed: reported.and_then(|reported| reported.row.password_last_changed),
            password_last_used: reported.and_then(|reported| reported.row.password_last_used),
            keys: listed.or_else(in_report),
            has_unseen_keys: false,
        }
    }

    /// Puts the keys in the order of their age; slots and listings are in none.
    pub fn sort_keys(&mut self) {
        if let Some(keys) = &mut self.keys {
            keys.sort_by(|a, b| {
                let age = |key: &KnownKey| (key.create_date.or(key.last_rotated), key.access_key_id.clone());
                age(a).cmp(&age(b))
            });
        }
    }

    /// The verdict, exceptions aside: NOT_APPLICABLE says that the user is out of scope. `None` if it depends
    /// on what is not known.
    #[must_use]
    pub fn verdict(&self, parameters: &RuleParameters) -> Option<ComplianceType> {
        let in_scope = match parameters.scope {
            Scope::AllUsers => Some(true),
            Scope::ConsoleUsers => self.console_password,
        };
        let unseen = if self.has_unseen_keys { None } else { Some(false) };
        let flagged = match &self.keys {
            None => None,
            Some(keys) => keys.iter().fold(unseen, |any, key| or(any, key.is_flagged(self, parameters))),
        };
        match (in_scope, flagged) {
            (Some(false), _) => Some(ComplianceType::NotApplicable),
            (Some(true), Some(true)) => Some(ComplianceType::NonCompliant),
            (Some(true), Some(false)) => Some(ComplianceType::Compliant),
            (None, _) | (_, None) => None,
        }
    }
}

impl KnownKey {
    /// A slot of the report. From an older report, only what cannot have changed.
    fn from_report(key: &ReportedKey, age: ReportAge) -> Self {
        let status = if key.active { AccessKeyStatus::Active } else { AccessKeyStatus::Inactive };
        Self {
            access_key_id: None,
            status: (age == ReportAge::Fresh).then_some(status),
            create_date: None,
            last_rotated: key.last_rotated.value(),
            last_used: match (key.last_used, age) {
                (ReportField::Value(date), _) => Some(LastUsed::At(date)),
                (ReportField::NotApplicable, ReportAge::Fresh) => Some(LastUsed::Never),
                (_, _) => None,
            },
        }
    }

    /// How long after the user the key was created; negative if before.
    #[must_use]
    pub fn after_user(&self, user: &KnownUser) -> Option<TimeDelta> {
        self.create_date.map(|created| created - user.create_date)
    }

    /// Whether the key was created with the user.
    #[must_use]
    pub fn created_with_user(&self, user: &KnownUser, parameters: &RuleParameters) -> Option<bool> {
        self.after_user(user).map(|after| after.abs() <= parameters.setup_window)
    }

    /// Whether the key meets the criterion and counts, whoever the user is.
    #[must_use]
    pub fn is_flagged(&self, user: &KnownUser, parameters: &RuleParameters) -> Option<bool> {
        let counts = match self.status {
            _ if parameters.include_inactive_keys => Some(true),
            status => status.map(|status| status == AccessKeyStatus::Active),
        };
        let setup = self.created_with_user(user, parameters);
        let unused = self.last_used.map(|last_used| last_used == LastUsed::Never);
        let meets = match parameters.criterion {
            Criterion::SetupAndUnused => and(setup, unused),
            Criterion::Setup => setup,
            Criterion::Unused => unused,
            Criterion::SetupOrUnused => or(setup, unused),
        };
        and(counts, meets)
    }
}

/// What the report says of the use of a key that nobody asked for live. A slot is the key of its date, where
/// there is one only.
fn reported_use(
    key: &AccessKey,
    keys: &[(AccessKey, Option<LastUsed>)],
    reported: &Reported,
) -> Option<LastUsed> {
    let is_of_that_date = |made: DateTime<Utc>| made == key.create_date;
    let slot = |slot: &&ReportedKey| slot.last_rotated.value().is_some_and(is_of_that_date);
    let mut slots = reported.row.keys.iter().filter(slot);
    let only_key = keys.iter().filter(|(key, _)| is_of_that_date(key.create_date)).count() == 1;
    match (slots.next(), slots.next(), only_key) {
        (Some(slot), None, true) => KnownKey::from_report(slot, reported.age).last_used,
        _ => None,
    }
}

/// Both, where one that is false is enough to know.
fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        (None, _) | (_, None) => None,
    }
}

/// Either, where one that is true is enough to know.
fn or(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    and(a.map(|a| !a), b.map(|b| !b)).map(|neither| !neither)
}

#[cfg(test)]
mod tests;
