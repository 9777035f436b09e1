//! What an audit found. Every format is a view of this; what is unknown is `None` and never guessed.
//!
//! Names, ARNs and tags are text as AWS or a file gave it, and so hostile: each format escapes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use setupkey_history::actor::Actor;
use setupkey_history::episode;
use setupkey_rule::decision::{Decision, FlaggedKey};
use setupkey_rule::exemption::{Exemption, VoidExemption};
use setupkey_rule::facts::{KeyFacts, UserFacts};
use setupkey_rule::iam::{AccessKeyId, AccessKeyStatus, ConsolePassword, LastUsed, UserId, UserName};
use setupkey_rule::parameters::RuleParameters;
use setupkey_rule::remedy::Remedy;
use setupkey_rule::report::{ReportAge, ReportRow, ReportedKey};
use setupkey_rule::verdict::{self, ComplianceType, KnownKey};

use crate::audit::evidence::Evidence;
use crate::history::report::Report;
use crate::outcome::Outcome;
use crate::text::visible;

/// An audit without its accounts: those are shown as they are read, and kept only where a format needs them all.
#[derive(Clone, Debug)]
pub(crate) struct Audit {
    /// The version of `setupkey`.
    pub(crate) version: &'static str,
    /// The command line.
    pub(crate) command: String,
    /// Who asked: the ARN of the credentials; none offline.
    pub(crate) caller_arn: Option<String>,
    /// The region that was called; none offline.
    pub(crate) region: Option<String>,
    /// When the audit began: exemptions are judged at that time.
    pub(crate) time: DateTime<Utc>,
    /// What was asked.
    pub(crate) parameters: RuleParameters,
    /// What the reader has to know, each said once: what a report alone cannot tell.
    pub(crate) notes: Vec<String>,
    /// What happened in a period, if log files were given.
    pub(crate) history: Option<Arc<Report>>,
}

impl Audit {
    /// Whether every user has a verdict, and the history, if one was given, is complete.
    pub(crate) fn is_complete(&self, summary: &Summary) -> bool {
        summary.is_complete() && self.is_history_complete()
    }

    /// Whether the history, if one was given, is complete.
    pub(crate) fn is_history_complete(&self) -> bool {
        self.history.as_ref().is_none_or(|history| history.is_complete())
    }
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
    /// All users, by name; those who were not read are here as well, with what is known of them.
    pub(crate) users: Vec<User>,
    /// Those who are only counted, where a format shows nothing of them.
    pub(crate) counted: Counted,
    /// What could not be read, and why. If anything is here, the audit is incomplete.
    pub(crate) unread: Vec<Unread>,
    /// What proves the reading.
    pub(crate) evidence: Evidence,
}

impl Account {
    /// Who was not read for which reason; `None` is the account as a whole.
    pub(crate) fn reasons(&self) -> BTreeMap<&str, Vec<Option<&str>>> {
        let mut reasons: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for unread in &self.unread {
            reasons.entry(unread.reason.as_str()).or_default().push(unread.user_name.as_deref());
        }
        reasons
    }

    /// What could not be read, each cause once, with whom it concerns.
    pub(crate) fn causes(&self) -> Vec<(&str, String)> {
        let who = |names: &[Option<&str>]| match names {
            [] | [None] => String::new(),
            [Some(user)] => format!("user {user}: "),
            [first, ..] => format!("{} users, such as {}: ", names.len(), first.unwrap_or_default()),
        };
        self.reasons().into_iter().map(|(reason, names)| (reason, who(&names))).collect()
    }
}

/// Users who are only counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counted {
    /// How many are COMPLIANT.
    pub(crate) compliant: usize,
    /// How many are out of scope.
    pub(crate) out_of_scope: usize,
}

/// A user or a source that could not be read.
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
    pub(crate) user_name: UserName,
    /// The unique ID (`AIDA...`); a report has none.
    pub(crate) user_id: Option<UserId>,
    /// The ARN.
    pub(crate) arn: String,
    /// When the user was created.
    pub(crate) create_date: DateTime<Utc>,
    /// The verdict; `NotApplicable` is a user who is out of scope or exempt, `None` a user who was not decided.
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
    /// Whether there are more keys, of which a credential report alone says nothing.
    pub(crate) has_unseen_keys: bool,
    /// The exemption of a user who would be flagged.
    pub(crate) exemption: Option<Tagged>,
}

/// What the tags of a user who would be flagged say.
#[derive(Clone, Debug)]
pub(crate) enum Tagged {
    /// The user is exempt, and so `NotApplicable`.
    InForce(Exemption),
    /// An exemption without effect: the user is `NonCompliant`.
    Void(VoidExemption),
}

/// One access key.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// The ID (`AKIA...`); a report has none.
    pub(crate) access_key_id: Option<AccessKeyId>,
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
    /// What to do about it: the key is flagged. Without a decision no key is.
    pub(crate) remedy: Option<Remedy>,
    /// Who created it, where a history was given and has the record.
    pub(crate) creation: Option<Creation>,
}

/// Who created a key, as CloudTrail recorded it.
#[derive(Clone, Debug)]
pub(crate) struct Creation {
    /// The identity and the program.
    pub(crate) actor: Arc<Actor>,
    /// Whether one principal, or one session, created user and key.
    pub(crate) same_actor: Option<bool>,
    /// Whether the user created the key.
    pub(crate) self_made: Option<bool>,
}

impl Creation {
    /// The creation of a key of an episode; `None` if its record is missing.
    pub(crate) fn of(key: &episode::Key) -> Option<Self> {
        let actor = Arc::clone(&key.created.as_ref()?.actor);
        Some(Self { actor, same_actor: key.same_actor, self_made: key.self_made })
    }

    /// By whom, with what, for people: `by the user, ARN with aws-cli`.
    pub(crate) fn in_words(&self) -> String {
        let who = match (self.self_made, self.same_actor) {
            (Some(true), _) => "by the user, ",
            (_, Some(true)) => "by the creator of the user, ",
            _ => "by ",
        };
        format!("{who}{}", visible(&self.actor.to_string()))
    }
}

impl Key {
    /// Whether the key is flagged.
    pub(crate) fn is_flagged(&self) -> bool {
        self.remedy.is_some()
    }

    /// A listed key: what was read, else what the report says of its use.
    fn listed(key: &KeyFacts, facts: &UserFacts, parameters: &RuleParameters) -> Self {
        let KeyFacts { access_key, last_used } = key;
        let after_user = access_key.create_date - facts.user().create_date;
        let known = KnownKey { after_user: Some(after_user), ..KnownKey::UNKNOWN };
        Self {
            access_key_id: Some(access_key.access_key_id.clone()),
            status: Some(access_key.status),
            create_date: Some(access_key.create_date),
            last_rotated: None,
            seconds_after_user: Some(after_user.num_seconds()),
            last_used: last_used.or_else(|| reported_use(key, facts)),
            created_with_user: known.is_created_with_user(parameters),
            remedy: None,
            creation: None,
        }
    }

    /// A slot of the report of a user whose keys were not listed: of an older report, only what cannot have changed.
    fn reported(slot: &ReportedKey, age: ReportAge) -> Self {
        Self {
            access_key_id: None,
            status: (age == ReportAge::Fresh).then(|| slot.status()),
            create_date: None,
            last_rotated: slot.last_rotated.value(),
            seconds_after_user: None,
            last_used: slot.last_used().filter(|used| age == ReportAge::Fresh || used.is_used()),
            created_with_user: None,
            remedy: None,
            creation: None,
        }
    }

    /// A slot of a report alone: the time of its last change stands for its creation.
    fn of_report_alone(slot: &ReportedKey, row: &ReportRow, parameters: &RuleParameters) -> Self {
        let create_date = slot.last_rotated.value();
        let after_user = create_date.map(|created| created - row.user_created);
        Self {
            create_date,
            seconds_after_user: after_user.map(|after| after.num_seconds()),
            created_with_user: KnownKey { after_user, ..KnownKey::UNKNOWN }.is_created_with_user(parameters),
            ..Self::reported(slot, ReportAge::Fresh)
        }
    }

    /// What the verdict knows of the key.
    pub(crate) fn known(&self) -> KnownKey {
        KnownKey {
            status: self.status,
            after_user: self.seconds_after_user.map(TimeDelta::seconds),
            is_used: self.last_used.map(LastUsed::is_used),
        }
    }
}

/// The use of a listed key, if the report shows it whichever of its slots is the key's.
fn reported_use(key: &KeyFacts, facts: &UserFacts) -> Option<LastUsed> {
    let reported = facts.reported()?;
    let mut uses = facts.slots(key).into_iter().map(ReportedKey::last_used);
    let first = uses.next()??;
    let is_told = uses.all(|other| other == Some(first));
    (is_told && (first.is_used() || reported.age == ReportAge::Fresh)).then_some(first)
}

impl User {
    /// A user of a live account: what was read, else what the report says, and the decision, if there is one.
    pub(crate) fn of_account(
        facts: &UserFacts,
        decision: Option<&Decision>,
        parameters: &RuleParameters,
    ) -> Self {
        let user = facts.user();
        let row = facts.reported().map(|reported| reported.row);
        let listed =
            facts.keys().map(|keys| keys.iter().map(|key| Key::listed(key, facts, parameters)).collect());
        let in_report = || {
            let reported = facts.reported()?;
            Some(reported.row.taken_keys().map(|slot| Key::reported(slot, reported.age)).collect())
        };
        let mut told = Self {
            user_name: user.user_name.clone(),
            user_id: Some(user.user_id.clone()),
            arn: user.arn.clone(),
            create_date: user.create_date,
            compliance_type: decision.map(Decision::compliance_type),
            console_password: facts
                .console_password()
                .map(ConsolePassword::is_enabled)
                .or_else(|| row?.password_enabled.value()),
            password_created: match facts.console_password() {
                Some(ConsolePassword::Enabled { since }) => since,
                Some(ConsolePassword::Absent) | None => None,
            },
            password_last_changed: row.and_then(|row| row.password_last_changed),
            password_last_used: row.and_then(|row| row.password_last_used),
            keys: listed.or_else(in_report),
            has_unseen_keys: false,
            exemption: match decision {
                Some(Decision::Exempt(exemption, _)) => Some(Tagged::InForce(exemption.clone())),
                Some(Decision::NonCompliant(finding)) => finding.void_exemption.clone().map(Tagged::Void),
                _ => None,
            },
        };
        told.sort_keys();
        let flagged = decision.and_then(Decision::finding).map_or(&[][..], |finding| &finding.keys);
        for key in told.keys.iter_mut().flatten() {
            let is_key =
                |flagged: &&FlaggedKey| Some(&flagged.access_key.access_key_id) == key.access_key_id.as_ref();
            key.remedy = flagged.iter().find(is_key).map(|flagged| flagged.remedy);
        }
        told
    }

    /// A user of a credential report alone.
    pub(crate) fn of_report(
        user_name: UserName,
        arn: String,
        row: &ReportRow,
        parameters: &RuleParameters,
    ) -> Self {
        let keys = row.taken_keys().map(|slot| Key::of_report_alone(slot, row, parameters));
        let mut user = Self {
            user_name,
            user_id: None,
            arn,
            create_date: row.user_created,
            compliance_type: None,
            console_password: row.password_enabled.value(),
            password_created: None,
            password_last_changed: row.password_last_changed,
            password_last_used: row.password_last_used,
            keys: Some(keys.collect()),
            has_unseen_keys: row.has_additional_credentials,
            exemption: None,
        };
        user.sort_keys();
        user.compliance_type = user.verdict(parameters);
        if user.compliance_type == Some(ComplianceType::NonCompliant) {
            let mut keys = user.keys.take().unwrap_or_default();
            let keys_of_user = keys.len();
            let mut flagged: Vec<&mut Key> =
                keys.iter_mut().filter(|key| key.known().is_flagged(parameters) == Some(true)).collect();
            let remedies =
                Remedy::of_all(flagged.iter().map(|key| (key.status, key.last_used)), keys_of_user);
            for (key, remedy) in flagged.iter_mut().zip(remedies) {
                key.remedy = Some(remedy);
            }
            user.keys = Some(keys);
        }
        user
    }

    /// The verdict under these parameters, exemptions aside; `None` if it depends on an unknown fact.
    pub(crate) fn verdict(&self, parameters: &RuleParameters) -> Option<ComplianceType> {
        let unseen = self.has_unseen_keys || self.keys.is_none();
        let keys = self.keys.iter().flatten().map(Key::known);
        let keys = keys.chain(unseen.then_some(KnownKey::UNKNOWN));
        verdict::compliance_type(self.console_password, keys, parameters)
    }

    /// Puts the keys in the order of their age; slots and listings are in none.
    fn sort_keys(&mut self) {
        if let Some(keys) = &mut self.keys {
            keys.sort_by_key(|key| (key.create_date.or(key.last_rotated), key.access_key_id.clone()));
        }
    }

    /// Whether the user is exempt.
    pub(crate) fn is_exempt(&self) -> bool {
        matches!(self.exemption, Some(Tagged::InForce(_)))
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
    /// How many would be flagged, and are exempt.
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
                Some(ComplianceType::NotApplicable) if user.is_exempt() => self.excepted += 1,
                Some(ComplianceType::NotApplicable) => self.out_of_scope += 1,
                None => self.users_unread += 1,
            }
        }
    }

    /// Whether every user has a verdict.
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
