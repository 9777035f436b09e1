//! The decision: asks for one fact after the other until a user is settled.
//!
//! [`next`] is the whole interface. It asks in the order that settles most users soonest, for nothing
//! twice and for nothing that cannot change the answer any more.

use chrono::{DateTime, TimeDelta, Utc};

use crate::exception::{self, Exception, Tagged, VoidException};
use crate::facts::{AccessKey, AccessKeyId, AccessKeyStatus, ConsolePassword, LastUsed, UserFacts};
use crate::parameters::{Criterion, RuleParameters, Scope};
use crate::report::{ReportAge, ReportField, ReportRow, Reported, ReportedKey};

/// A fact that is missing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fact {
    /// All access keys of the user (ListAccessKeys).
    AccessKeys,
    /// Whether the user has a console password (GetLoginProfile).
    ConsolePassword,
    /// The last use of one key (GetAccessKeyLastUsed).
    LastUsed(AccessKeyId),
    /// All tags of the user (ListUserTags).
    Tags,
}

/// What to do next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// Read this fact, add it to the facts, ask again.
    Read(Fact),
    /// The user is settled.
    Decided(Decision),
}

/// The verdict on one user.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Decision {
    /// The rule does not speak about this user.
    OutOfScope,
    /// No key meets the criterion.
    Compliant,
    /// No key can meet the criterion, as an older report shows; whether the user is in scope was not asked.
    /// What AWS Config holds of the user says so, else the report.
    NotFlagged {
        /// Whether the user had a console password when the report was made.
        had_console_password: bool,
    },
    /// At least one key meets the criterion.
    NonCompliant(Finding),
    /// At least one key meets the criterion, and somebody answers for it.
    Excepted(Exception),
}

/// Why a user is noncompliant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The user's console password.
    pub console_password: ConsolePassword,
    /// The keys that meet the criterion, oldest first; never empty.
    pub keys: Vec<FlaggedKey>,
    /// Why an exception of the user excepts nobody, where there is one.
    pub void_exception: Option<VoidException>,
}

/// A key that meets the criterion, with all that is known of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FlaggedKey {
    /// The key.
    pub access_key: AccessKey,
    /// How long after the user the key was created; negative if before.
    pub after_user: TimeDelta,
    /// Whether that is within the setup window.
    pub created_with_user: bool,
    /// The last use.
    pub last_used: LastUsed,
}

/// What to do about a flagged key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Remedy {
    /// Nobody needs it: deactivate it, then delete it.
    Delete,
    /// Somebody uses it: replace it by a new key, then delete it.
    Rotate,
}

impl Remedy {
    /// The remedy of a flagged key: CIS deletes what was never used; what is used has to be rotated.
    #[must_use]
    pub fn of(last_used: LastUsed) -> Self {
        match last_used {
            LastUsed::Never => Self::Delete,
            LastUsed::At(_) => Self::Rotate,
        }
    }
}

impl FlaggedKey {
    /// The remedy.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        Remedy::of(self.last_used)
    }

    /// Whether the key works and somebody works with it.
    #[must_use]
    pub fn in_use(&self) -> bool {
        self.access_key.status == AccessKeyStatus::Active && self.last_used != LastUsed::Never
    }
}

/// Says what to read next of a user, or the verdict. `at` is the time of the event: exceptions end.
#[must_use]
pub fn next(facts: &UserFacts, parameters: &RuleParameters, at: DateTime<Utc>) -> Step {
    // Under `console-users` the password settles most users. A fresh report tells it; from an older one it can
    // have changed, and it is asked last, of those who are to be flagged.
    if parameters.scope == Scope::ConsoleUsers {
        match (facts.console_password, facts.reported) {
            (Some(ConsolePassword::Absent), _) => return Step::Decided(Decision::OutOfScope),
            (Some(ConsolePassword::Enabled { .. }), _) => {}
            (None, None) => return Step::Read(Fact::ConsolePassword),
            (None, Some(reported)) => match (reported.age, reported.row.password_enabled) {
                (ReportAge::Fresh, ReportField::Value(false)) => return Step::Decided(Decision::OutOfScope),
                (_, ReportField::Value(_)) => {}
                (_, _) => return Step::Read(Fact::ConsolePassword),
            },
        }
    }

    let Some(keys) = &facts.access_keys else {
        return match facts.reported {
            Some(reported) if !may_be_flagged(&reported, parameters) => not_flagged(facts, &[], parameters),
            _ => Step::Read(Fact::AccessKeys),
        };
    };

    let mut flagged = Vec::new();
    for (key, last_used) in keys {
        if key.status != AccessKeyStatus::Active && !parameters.include_inactive_keys {
            continue;
        }
        let after_user = key.create_date - facts.user.create_date;
        let created_with_user = after_user.abs() <= parameters.setup_window;
        if !created_with_user && parameters.criterion.needs_setup() {
            continue;
        }
        // also asked where the criterion does not need it: the finding names the remedy
        let Some(last_used) = *last_used else {
            return Step::Read(Fact::LastUsed(key.access_key_id.clone()));
        };
        if parameters.criterion.is_met(created_with_user, last_used == LastUsed::Never) {
            flagged.push(FlaggedKey { access_key: key.clone(), after_user, created_with_user, last_used });
        }
    }

    if flagged.is_empty() {
        let keys: Vec<&AccessKey> = keys.iter().map(|(key, _)| key).collect();
        return not_flagged(facts, &keys, parameters);
    }
    // Slots are in no order of age (ListAccessKeys sorts by id), and the annotation must not depend on it.
    flagged.sort_by(|a, b| {
        (a.access_key.create_date, &a.access_key.access_key_id)
            .cmp(&(b.access_key.create_date, &b.access_key.access_key_id))
    });
    // nobody is flagged on the word of a report alone
    let Some(console_password) = facts.console_password else { return Step::Read(Fact::ConsolePassword) };
    let tagged = match (&parameters.exception_tag_prefix, &facts.tags) {
        (None, _) => Tagged::Nothing,
        (Some(_), None) => return Step::Read(Fact::Tags),
        (Some(prefix), Some(tags)) => exception::read(tags, prefix, at),
    };
    let finding = |void_exception| Finding { console_password, keys: flagged, void_exception };
    Step::Decided(match tagged {
        Tagged::Nothing => Decision::NonCompliant(finding(None)),
        Tagged::Void(void) => Decision::NonCompliant(finding(Some(void))),
        Tagged::Excepted(exception) => Decision::Excepted(exception),
    })
}

/// Whether a key of this user could meet the criterion now, as far as the report tells.
fn may_be_flagged(reported: &Reported, parameters: &RuleParameters) -> bool {
    let row = &reported.row;
    if may_have_unseen_keys(row, parameters) {
        return true;
    }
    let mut taken = row.keys.iter().filter(|key| key.is_taken());
    match (reported.age, parameters.criterion) {
        // Fresh: status and use are facts; only `last_rotated` is not the creation date.
        (ReportAge::Fresh, criterion) => taken
            .filter(|key| key.active || parameters.include_inactive_keys)
            .any(|key| criterion.is_met(true, !key.is_used())),
        // Older: a key that was used stays used, and no key made since is a setup key. An inactive key can
        // have been activated again.
        (ReportAge::Older, Criterion::SetupAndUnused) => taken.any(|key| !key.is_used()),
        (ReportAge::Older, Criterion::Setup) => taken.next().is_some(),
        // keys made since can be unused
        (ReportAge::Older, Criterion::Unused | Criterion::SetupOrUnused) => true,
    }
}

/// Whether there may be keys beside the two that a row has room for: the row says so, or both were made at
/// setup, where overlapping calls to CreateAccessKey make more than two.
fn may_have_unseen_keys(row: &ReportRow, parameters: &RuleParameters) -> bool {
    let made_at_setup = |key: &ReportedKey| {
        let made = key.last_rotated.value();
        made.is_some_and(|made| (made - row.user_created).abs() <= parameters.setup_window)
    };
    row.has_additional_credentials || row.keys.iter().all(made_at_setup)
}

/// The verdict on a user of whom no key meets the criterion: `keys` are those that were listed.
fn not_flagged(facts: &UserFacts, keys: &[&AccessKey], parameters: &RuleParameters) -> Step {
    let Some(reported) = facts.reported else { return Step::Decided(Decision::Compliant) };
    if parameters.scope == Scope::AllUsers || facts.console_password.is_some() {
        return Step::Decided(Decision::Compliant);
    }
    match (reported.age, reported.row.password_enabled) {
        // The password is of the time of the report. If no key met the criterion then, this is the verdict of
        // that moment; if one may have, the password is asked now, for the verdict of now.
        (ReportAge::Fresh, ReportField::Value(true))
            if was_not_flagged(&reported.row, facts, keys, parameters) =>
        {
            Step::Decided(Decision::Compliant)
        }
        (ReportAge::Older, ReportField::Value(had_console_password)) => {
            Step::Decided(Decision::NotFlagged { had_console_password })
        }
        _ => Step::Read(Fact::ConsolePassword),
    }
}

/// Whether no key met the criterion when a fresh report was made. A key of the report that is listed, by its
/// date, has the creation date that is listed.
fn was_not_flagged(
    row: &ReportRow,
    facts: &UserFacts,
    keys: &[&AccessKey],
    parameters: &RuleParameters,
) -> bool {
    let made_later = |reported: &ReportedKey| {
        let listed = keys.iter().find(|key| reported.last_rotated == ReportField::Value(key.create_date));
        listed.is_some_and(|key| (key.create_date - facts.user.create_date).abs() > parameters.setup_window)
    };
    let may_have_met = |key: &ReportedKey| {
        key.is_taken()
            && (key.active || parameters.include_inactive_keys)
            && parameters.criterion.is_met(!made_later(key), !key.is_used())
    };
    !may_have_unseen_keys(row, parameters) && !row.keys.iter().any(may_have_met)
}

#[cfg(test)]
mod tests;
