//! The decision: asks for one fact after the other until a user is settled.
//!
//! [`next`] is the whole interface. It asks in the order that settles most users soonest, for nothing
//! twice and for nothing that cannot change the answer any more.

use chrono::TimeDelta;

use crate::facts::{AccessKey, AccessKeyId, AccessKeyStatus, ConsolePassword, LastUsed, UserFacts};
use crate::parameters::{Criterion, RuleParameters, Scope};

/// A fact that is missing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fact {
    /// All access keys of the user (ListAccessKeys).
    AccessKeys,
    /// Whether the user has a console password (GetLoginProfile).
    ConsolePassword,
    /// The last use of one key (GetAccessKeyLastUsed).
    LastUsed(AccessKeyId),
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
    /// At least one key meets the criterion.
    NonCompliant(Finding),
}

/// Why a user is noncompliant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The user's console password.
    pub console_password: ConsolePassword,
    /// The keys that meet the criterion, oldest first; never empty.
    pub keys: Vec<FlaggedKey>,
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

impl FlaggedKey {
    /// The remedy: CIS deletes what was never used; what is used has to be rotated.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self.last_used {
            LastUsed::Never => Remedy::Delete,
            LastUsed::At(_) => Remedy::Rotate,
        }
    }

    /// Whether the key works and somebody works with it.
    #[must_use]
    pub fn in_use(&self) -> bool {
        self.access_key.status == AccessKeyStatus::Active && self.last_used != LastUsed::Never
    }
}

/// Says what to read next of a user, or the verdict.
#[must_use]
pub fn next(facts: &UserFacts, parameters: &RuleParameters) -> Step {
    // Under `console-users` the password comes first: it settles most users, and nobody is settled without it.
    if parameters.scope == Scope::ConsoleUsers {
        match facts.console_password {
            None => return Step::Read(Fact::ConsolePassword),
            Some(ConsolePassword::Absent) => return Step::Decided(Decision::OutOfScope),
            Some(ConsolePassword::Enabled { .. }) => {}
        }
    }

    let Some(keys) = &facts.access_keys else { return Step::Read(Fact::AccessKeys) };

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
        let unused = last_used == LastUsed::Never;
        let meets_criterion = match parameters.criterion {
            Criterion::SetupAndUnused => created_with_user && unused,
            Criterion::Setup => created_with_user,
            Criterion::Unused => unused,
            Criterion::SetupOrUnused => created_with_user || unused,
        };
        if meets_criterion {
            flagged.push(FlaggedKey { access_key: key.clone(), after_user, created_with_user, last_used });
        }
    }

    if flagged.is_empty() {
        return Step::Decided(Decision::Compliant);
    }
    // Slots are in no order of age (ListAccessKeys sorts by id), and the annotation must not depend on it.
    flagged.sort_by(|a, b| {
        (a.access_key.create_date, &a.access_key.access_key_id)
            .cmp(&(b.access_key.create_date, &b.access_key.access_key_id))
    });
    match facts.console_password {
        None => Step::Read(Fact::ConsolePassword),
        Some(console_password) => {
            Step::Decided(Decision::NonCompliant(Finding { console_password, keys: flagged }))
        }
    }
}
