//! The decision: asks for one fact after the other until a user is decided.
//!
//! [`next`] is the whole interface. What is known is evaluated by [`verdict`]; a fact is read only if it could still turn
//! the verdict. A credential report may acquit a user and never convicts one: every noncompliant user is confirmed by
//! live reads.

use chrono::{DateTime, TimeDelta, Utc};

use crate::exemption::{self, Exemption, Tagged, VoidExemption};
use crate::facts::{KeyFacts, UserFacts};
use crate::iam::{AccessKey, AccessKeyId, AccessKeyStatus, ConsolePassword, LastUsed};
use crate::parameters::RuleParameters;
use crate::remedy::Remedy;
use crate::report::{ReportAge, Reported, ReportedKey};
use crate::verdict::{self, ComplianceType, KnownKey};

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
    /// The user is decided.
    Decided(Decision),
}

/// The decision on one user.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Decision {
    /// The user is out of scope.
    OutOfScope,
    /// No key is flagged.
    Compliant,
    /// No key can be flagged, as an older report shows, which does not say whether the user is still in scope. The
    /// user counts as in scope if AWS Config stores a result for that user, else as the report says.
    NotFlagged {
        /// Whether the user had a console password when the report was generated.
        had_console_password: bool,
    },
    /// At least one key is flagged.
    NonCompliant(Finding),
    /// At least one key is flagged, and the user is exempt.
    Exempt(Exemption, Finding),
}

/// What became of a user.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The user was decided.
    Decided(Decision),
    /// The user was deleted or renamed before the facts were read.
    Gone,
    /// A fact could not be read, which is never a verdict: the stored result stands.
    NotRead(NotRead),
}

/// Why a user was not read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NotRead {
    /// A call failed; the reason in one line.
    Failed(String),
    /// There was no time left.
    TimedOut,
}

/// Why a user is noncompliant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The user's console password.
    pub console_password: ConsolePassword,
    /// The flagged keys, oldest first; never empty.
    pub keys: Vec<FlaggedKey>,
    /// Why an exemption of the user has no effect, where there is one.
    pub void_exemption: Option<VoidExemption>,
}

/// A flagged key.
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
    /// What to do about it.
    pub remedy: Remedy,
}

impl FlaggedKey {
    /// Whether the key works and is in use.
    #[must_use]
    pub fn in_use(&self) -> bool {
        self.access_key.status == AccessKeyStatus::Active && self.last_used.is_used()
    }
}

impl Decision {
    /// The compliance type; NOT_APPLICABLE is a user who is out of scope or exempt.
    #[must_use]
    pub fn compliance_type(&self) -> ComplianceType {
        match self {
            Self::NonCompliant(_) => ComplianceType::NonCompliant,
            Self::Compliant | Self::NotFlagged { had_console_password: true } => ComplianceType::Compliant,
            Self::OutOfScope | Self::Exempt(..) | Self::NotFlagged { had_console_password: false } => {
                ComplianceType::NotApplicable
            }
        }
    }

    /// Whether the user is in scope, if the decision shows it.
    #[must_use]
    pub fn is_in_scope(&self) -> bool {
        !matches!(self, Self::OutOfScope | Self::NotFlagged { had_console_password: false })
    }

    /// The finding of a user who is noncompliant or exempt.
    #[must_use]
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Self::NonCompliant(finding) | Self::Exempt(_, finding) => Some(finding),
            Self::OutOfScope | Self::Compliant | Self::NotFlagged { .. } => None,
        }
    }

    /// Whether a flagged key was created after the event. IAM lists keys by name, so such a key can belong to another
    /// user, who was created under the same name while the run went on: the name must be looked up again.
    #[must_use]
    pub fn may_be_of_namesake(&self, event_time: DateTime<Utc>) -> bool {
        let flagged = self.finding().into_iter().flat_map(|finding| &finding.keys);
        flagged.into_iter().any(|key| key.access_key.create_date > event_time)
    }
}

/// Returns what to read next about a user, or the decision. Exemptions are judged at the event time.
#[must_use]
pub fn next(facts: &UserFacts, parameters: &RuleParameters, event_time: DateTime<Utc>) -> Step {
    // Under `console-users` the password decides most users. A fresh report tells it; since an older report it can have
    // changed, and it is read last, of users who would be flagged.
    let reported_password = facts.reported().and_then(|reported| reported.row.password_enabled.value());
    let current_report = facts.reported().filter(|reported| reported.age == ReportAge::Fresh);
    let password = facts.console_password().map(ConsolePassword::is_enabled);
    match verdict::is_in_scope(password.or(current_report.and(reported_password)), parameters) {
        Some(false) => return Step::Decided(Decision::OutOfScope),
        None if reported_password.is_none() => return Step::Read(Fact::ConsolePassword),
        _ => {}
    }

    let Some(keys) = facts.keys() else {
        let is_acquitted = |reported: &Reported| {
            verdict::any_flagged(known_from_report(facts, reported, parameters), parameters) == Some(false)
        };
        return match facts.reported() {
            Some(reported) if is_acquitted(reported) => acquit(facts, parameters),
            _ => Step::Read(Fact::AccessKeys),
        };
    };

    let mut flagged = Vec::new();
    for key in keys {
        if known_now(facts, key).is_flagged(parameters) == Some(false) {
            continue;
        }
        // a flagged key's use is always read live, because the remedy depends on it
        let Some(last_used) = key.last_used else {
            return Step::Read(Fact::LastUsed(key.access_key.access_key_id.clone()));
        };
        flagged.push((&key.access_key, last_used));
    }
    if flagged.is_empty() {
        return acquit(facts, parameters);
    }
    let Some(console_password) = facts.console_password() else { return Step::Read(Fact::ConsolePassword) };
    let tagged = match (&parameters.exception_tag_prefix, facts.tags()) {
        (None, _) => Tagged::Nothing,
        (Some(_), None) => return Step::Read(Fact::Tags),
        (Some(prefix), Some(tags)) => exemption::read(tags, prefix, event_time),
    };
    let keys = flagged_keys(facts, flagged, parameters);
    let finding = |void_exemption| Finding { console_password, keys, void_exemption };
    Step::Decided(match tagged {
        Tagged::Nothing => Decision::NonCompliant(finding(None)),
        Tagged::Void(void) => Decision::NonCompliant(finding(Some(void))),
        Tagged::Exempt(exemption) => Decision::Exempt(exemption, finding(None)),
    })
}

/// The decision on a user of whom no key is flagged.
fn acquit(facts: &UserFacts, parameters: &RuleParameters) -> Step {
    let password = facts.console_password().map(ConsolePassword::is_enabled);
    if verdict::is_in_scope(password, parameters).is_some() {
        return Step::Decided(Decision::Compliant);
    }
    let Some(reported) = facts.reported() else { return Step::Read(Fact::ConsolePassword) };
    match (reported.age, reported.row.password_enabled.value()) {
        // The password is of the time of the report. If no key was flagged then, this is the verdict of that moment;
        // else the password is read now, for the verdict of now.
        (ReportAge::Fresh, Some(_))
            if verdict::any_flagged(known_at_report(facts, reported, parameters), parameters)
                == Some(false) =>
        {
            Step::Decided(Decision::Compliant)
        }
        (ReportAge::Older, Some(had_console_password)) => {
            Step::Decided(Decision::NotFlagged { had_console_password })
        }
        _ => Step::Read(Fact::ConsolePassword),
    }
}

/// A listed key as it is known now. What was used stays used, so a report can say that a key is used; that it is not
/// must be read live.
fn known_now(facts: &UserFacts, key: &KeyFacts) -> KnownKey {
    let is_used_in_report = || {
        let slots = facts.slots(key);
        let all_used = slots.iter().all(|slot| slot.last_used().is_some_and(LastUsed::is_used));
        (!slots.is_empty() && all_used).then_some(true)
    };
    KnownKey {
        status: Some(key.access_key.status),
        after_user: Some(key.access_key.create_date - facts.user().create_date),
        is_used: key.last_used.map(LastUsed::is_used).or_else(is_used_in_report),
    }
}

/// What a report says about the keys of now, before they are listed: of an older one only what cannot have changed.
fn known_from_report(facts: &UserFacts, reported: &Reported, parameters: &RuleParameters) -> Vec<KnownKey> {
    let is_fresh = reported.age == ReportAge::Fresh;
    let slot = |slot: &ReportedKey| KnownKey {
        status: is_fresh.then(|| slot.status()),
        // the last change is not the creation
        after_user: None,
        is_used: slot.last_used().map(LastUsed::is_used).filter(|is_used| is_fresh || *is_used),
    };
    // a key that the row does not show was created after that time, or is one of the unseen ones
    let not_shown_until = reported.shows_keys_until + TimeDelta::nanoseconds(1);
    let since =
        KnownKey { after_user: Some(not_shown_until - facts.user().create_date), ..KnownKey::UNKNOWN };
    let mut known: Vec<_> = reported.row.taken_keys().map(slot).collect();
    known.extend((!is_fresh).then_some(since));
    known.extend(may_have_unseen_keys(facts, reported, parameters).then_some(KnownKey::UNKNOWN));
    known
}

/// What a fresh report says about the keys of its own moment: a slot that is certainly a listed key has the creation
/// date of that key.
fn known_at_report(facts: &UserFacts, reported: &Reported, parameters: &RuleParameters) -> Vec<KnownKey> {
    let created = |slot: &ReportedKey| {
        let mut listed = facts.keys().unwrap_or_default().iter();
        listed.find(|key| matches!(facts.slots(key)[..], [only] if std::ptr::eq(only, slot)))
    };
    let slot = |slot: &ReportedKey| KnownKey {
        status: Some(slot.status()),
        after_user: created(slot).map(|key| key.access_key.create_date - facts.user().create_date),
        is_used: slot.last_used().map(LastUsed::is_used),
    };
    let mut known: Vec<_> = reported.row.taken_keys().map(slot).collect();
    known.extend(may_have_unseen_keys(facts, reported, parameters).then_some(KnownKey::UNKNOWN));
    known
}

/// Whether there may be keys beside the two that a row has room for: the row says so, or both were created with the
/// user, where overlapping calls to CreateAccessKey create more than two.
fn may_have_unseen_keys(facts: &UserFacts, reported: &Reported, parameters: &RuleParameters) -> bool {
    let is_of_setup = |slot: &ReportedKey| {
        let after_user = slot.last_rotated.value().map(|changed| changed - facts.user().create_date);
        KnownKey { after_user, ..KnownKey::UNKNOWN }.is_created_with_user(parameters) == Some(true)
    };
    reported.row.has_additional_credentials || reported.row.keys.iter().all(is_of_setup)
}

/// The flagged keys, oldest first: listings are in no order of age, and the annotation must not depend on it.
fn flagged_keys(
    facts: &UserFacts,
    mut flagged: Vec<(&AccessKey, LastUsed)>,
    parameters: &RuleParameters,
) -> Vec<FlaggedKey> {
    flagged.sort_by_key(|(key, _)| (key.create_date, key.access_key_id.clone()));
    let keys_of_user = facts.keys().map_or(0, <[_]>::len);
    let remedies = Remedy::of_all(
        flagged.iter().map(|(key, last_used)| (Some(key.status), Some(*last_used))),
        keys_of_user,
    );
    flagged
        .into_iter()
        .zip(remedies)
        .map(|((key, last_used), remedy)| {
            let after_user = key.create_date - facts.user().create_date;
            let known = KnownKey { after_user: Some(after_user), ..KnownKey::UNKNOWN };
            FlaggedKey {
                access_key: key.clone(),
                after_user,
                created_with_user: known.is_created_with_user(parameters) == Some(true),
                last_used,
                remedy,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
