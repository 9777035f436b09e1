//! Remediation of an account that goes on living: passes in any mode at any time, and between any two calls of a pass
//! an administrator uses, activates or deactivates a key, tags the user, or creates another user of the same name. Writes are
//! throttled, and answers are lost. Every write is compared with what is true, from the words of the design, not from the
//! code.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use proptest::prelude::*;
use setupkey_rule::decision::Fact;
use setupkey_rule::facts::UserFacts;
use setupkey_rule::iam::{
    AccessKey, AccessKeyId, AccessKeyStatus, ConsolePassword, IamUser, LastUsed, UserId, UserName,
};
use setupkey_rule::parameters::{Criterion, RuleParameters, Scope};
use setupkey_rule::remediation::attempt::{Attempt, AttemptStep, Seen, WriteError};
use setupkey_rule::remediation::guards::{Environment, Guards};
use setupkey_rule::remediation::request::{Mode, Remediation};
use setupkey_rule::remediation::tags::deactivated_tag_key;
use setupkey_rule::remediation::{Plan, RemediationStep};

use crate::tried;

const MINIMUM_AGE: i64 = 24 * 3600;
const MINIMUM_INACTIVE: i64 = 7 * 86_400;
const WINDOW: i64 = 60;

/// What happens in the account; a number picks one of the keys.
#[derive(Clone, Copy, Debug)]
enum Event {
    Nothing,
    Used(usize),
    Activated(usize),
    Deactivated(usize),
    Deleted(usize),
    /// For so many days; 0 ends it.
    Exempted(i64),
    /// An administrator writes the tag of a deactivation, with a value that is no time.
    Tagged(usize),
    PasswordToggled,
    /// The user is deleted, and another one has the name.
    Recreated,
}

/// What becomes of a write.
#[derive(Clone, Copy, Debug)]
enum Fault {
    None,
    /// The service refuses it, because there were too many calls.
    Throttled,
    /// It is executed, and the answer is lost.
    AnswerLost,
    /// It never arrives.
    RequestLost,
}

/// A pass, after so many hours, with an event before each of its calls and a fault of each of its writes.
#[derive(Clone, Debug)]
struct Pass {
    hours: i64,
    mode: Mode,
    before: Event,
    events: Vec<Event>,
    faults: Vec<Fault>,
}

#[derive(Clone, Debug)]
struct Key {
    id: usize,
    created: DateTime<Utc>,
    status: AccessKeyStatus,
    used: bool,
    /// A remediation deactivated it.
    deactivated_by_us: bool,
}

#[derive(Clone, Debug)]
struct Account {
    now: DateTime<Utc>,
    user_number: usize,
    user_created: DateTime<Utc>,
    has_password: bool,
    keys: Vec<Key>,
    tags: Vec<(String, String)>,
    exempt_until: Option<DateTime<Utc>>,
    writes: usize,
}

fn key_id(number: usize) -> AccessKeyId {
    AccessKeyId::parse(format!("AKIAEXAMPLE{number:09}")).unwrap()
}

/// When a remediation deactivated a key, by its tag: the time before the first space.
fn since(value: &str) -> Option<DateTime<Utc>> {
    value.split_once(' ').and_then(|(time, _)| time.parse().ok())
}

impl Account {
    fn user(&self) -> IamUser {
        IamUser {
            user_name: UserName::parse("elise").unwrap(),
            user_id: UserId::parse(format!("AIDAEXAMPLE{:09}", self.user_number)).unwrap(),
            arn: "arn:aws:iam::111122223333:user/elise".to_owned(),
            create_date: self.user_created,
        }
    }

    fn listed(&self) -> Vec<AccessKey> {
        let listed = |key: &Key| AccessKey {
            access_key_id: key_id(key.id),
            status: key.status,
            create_date: key.created,
        };
        self.keys.iter().map(listed).collect()
    }

    fn last_used(&self, id: &AccessKeyId) -> Option<LastUsed> {
        let key = self.keys.iter().find(|key| key_id(key.id) == *id)?;
        Some(if key.used { LastUsed::At(self.now) } else { LastUsed::Never })
    }

    fn write_tag(&mut self, key: &str, value: String) {
        self.tags.retain(|(held, _)| held != key);
        self.tags.push((key.to_owned(), value));
    }

    fn happens(&mut self, event: Event) {
        let count = self.keys.len().max(1);
        let pick = |which: usize| which % count;
        match event {
            Event::Nothing => {}
            Event::Used(which) => {
                if let Some(key) = self.keys.get_mut(pick(which)) {
                    key.used = key.used || key.status == AccessKeyStatus::Active;
                }
            }
            Event::Activated(which) | Event::Deactivated(which) => {
                let active = matches!(event, Event::Activated(_));
                if let Some(key) = self.keys.get_mut(pick(which)) {
                    key.status = if active { AccessKeyStatus::Active } else { AccessKeyStatus::Inactive };
                }
            }
            Event::Deleted(which) => {
                if !self.keys.is_empty() {
                    self.keys.remove(pick(which));
                }
            }
            Event::Exempted(days) => {
                let until = self.now + TimeDelta::days(days);
                self.exempt_until = (days > 0).then_some(until);
                let expires = until.to_rfc3339_opts(SecondsFormat::Secs, true);
                for (ending, value) in [("owner", "payments"), ("expires", &expires), ("reason", "TICKET-17")]
                {
                    self.write_tag(&format!("setup-key-exception:{ending}"), value.to_owned());
                }
            }
            Event::Tagged(which) => {
                let tagged = self.keys.get(pick(which)).map(|key| deactivated_tag_key(&key_id(key.id)));
                if let Some(tag) = tagged {
                    self.write_tag(&tag, "by hand".to_owned());
                }
            }
            Event::PasswordToggled => self.has_password = !self.has_password,
            Event::Recreated => {
                self.user_number += 1;
                self.user_created = self.now;
                self.tags.clear();
                self.exempt_until = None;
                let id = 100 * self.user_number;
                self.keys = vec![Key {
                    id,
                    created: self.now,
                    status: AccessKeyStatus::Active,
                    used: false,
                    deactivated_by_us: false,
                }];
            }
        }
    }

    /// Whether a key of this status may be changed, exemption, use and earlier deactivation aside.
    fn may_change(
        &self,
        id: &AccessKeyId,
        mode: Mode,
        status: Option<AccessKeyStatus>,
        tags: &[(String, String)],
    ) -> bool {
        let Some(key) = self.keys.iter().find(|key| key_id(key.id) == *id) else { return false };
        let tag = deactivated_tag_key(id);
        let tag = tags.iter().find(|(held, _)| *held == tag).map(|(_, value)| value.as_str());
        let for_mode = match mode {
            Mode::DryRun => false,
            Mode::Deactivate => status == Some(AccessKeyStatus::Active),
            Mode::Delete => {
                let since = tag.and_then(since);
                status == Some(AccessKeyStatus::Inactive)
                    && since.is_some_and(|since| (self.now - since).num_seconds() >= MINIMUM_INACTIVE)
            }
        };
        for_mode
            && (key.created - self.user_created).num_seconds().abs() <= WINDOW
            && (self.now - key.created).num_seconds() >= MINIMUM_AGE
    }

    /// Whether a pass without events and faults changes the key.
    fn is_eligible(&self, key: &Key, mode: Mode) -> bool {
        let id = key_id(key.id);
        let is_tagged = self.tags.iter().any(|(held, _)| *held == deactivated_tag_key(&id));
        !key.used
            && self.may_change(&id, mode, Some(key.status), &self.tags)
            && (mode == Mode::Delete || (!is_tagged && !key.deactivated_by_us))
            && self.exempt_until.is_none_or(|until| until <= self.now)
    }
}

/// A pass as the function makes it.
struct Caller<'a> {
    account: &'a mut Account,
    remediation: &'a Remediation,
    events: std::vec::IntoIter<Event>,
    faults: std::vec::IntoIter<Fault>,
}

impl Caller<'_> {
    /// Something happens before every call, and every call takes a second.
    fn call(&mut self) -> &mut Account {
        let event = self.events.next().unwrap_or(Event::Nothing);
        self.account.now += TimeDelta::seconds(1);
        self.account.happens(event);
        self.account
    }

    fn pass(&mut self) -> Result<(), TestCaseError> {
        let user = self.call().user();
        if user.user_id != self.remediation.resource_id {
            return Ok(());
        }
        let mut facts = UserFacts::new(user.clone(), None);
        let plan = loop {
            let fact = match self.remediation.next(&facts, self.account.now) {
                RemediationStep::Read(fact) => fact,
                RemediationStep::NotFlagged => return Ok(()),
                RemediationStep::Planned(plan) => break plan,
            };
            let account = self.call();
            match &fact {
                Fact::AccessKeys => facts.learn_access_keys(account.listed()),
                Fact::Tags => facts.learn_tags(account.tags.clone()),
                Fact::ConsolePassword if account.has_password => {
                    facts.learn_console_password(ConsolePassword::Enabled { since: None });
                }
                Fact::ConsolePassword => facts.learn_console_password(ConsolePassword::Absent),
                Fact::LastUsed(id) => facts.learn_last_used(id, account.last_used(id)),
            }
        };
        let Plan { candidates, refusals } = plan;
        let told: BTreeSet<_> = candidates.iter().map(|key| key.access_key_id.clone()).collect();
        let told: BTreeSet<_> =
            told.into_iter().chain(refusals.into_iter().map(|refusal| refusal.access_key_id)).collect();
        let known: BTreeSet<_> =
            facts.keys().unwrap().iter().map(|key| key.access_key.access_key_id.clone()).collect();
        prop_assert_eq!(told, known, "each key is acted on or refused");
        candidates.iter().try_for_each(|key| self.attempt(&user, &key.access_key_id))
    }

    /// Sends a write; `execute` is what it does.
    fn write(&mut self, execute: impl FnOnce(&mut Account)) -> Result<(), WriteError> {
        let fault = self.faults.next().unwrap_or(Fault::None);
        let account = self.call();
        account.writes += 1;
        if matches!(fault, Fault::None | Fault::AnswerLost) {
            execute(account);
        }
        match fault {
            Fault::None => Ok(()),
            Fault::Throttled => Err(WriteError::Throttled),
            Fault::AnswerLost | Fault::RequestLost => Err(WriteError::Unknown),
        }
    }

    fn attempt(&mut self, user: &IamUser, id: &AccessKeyId) -> Result<(), TestCaseError> {
        let mode = self.remediation.mode;
        let mut attempt = Attempt::new(self.remediation, user, id, "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
        // what is true when it is looked at
        let (mut may_change, mut is_the_user, mut unused) = (false, false, false);
        let mut looked_since_write = false;
        loop {
            let step = attempt.next(self.account.now);
            let is_write =
                matches!(step, AttemptStep::Tag { .. } | AttemptStep::Deactivate | AttemptStep::Delete);
            if is_write {
                prop_assert!(looked_since_write, "a write without a look: {:?}", step);
                prop_assert!(mode != Mode::DryRun, "a dry run writes {:?}", step);
                looked_since_write = false;
            }
            let written = match step {
                AttemptStep::Look { keys_last, .. } => {
                    let account = self.call();
                    let tags = account.tags.clone();
                    let named = Some((account.user(), tags.clone()));
                    is_the_user = account.user() == *user;
                    // a user of the same name has keys of another ID
                    let is_not_exempt = account.exempt_until.is_none_or(|until| until <= account.now);
                    let (keys, last_used) = if keys_last {
                        let last_used = self.call().last_used(id);
                        (self.call().listed(), last_used)
                    } else {
                        let keys = self.call().listed();
                        (keys, self.call().last_used(id))
                    };
                    unused = last_used == Some(LastUsed::Never);
                    let listed = keys.iter().find(|key| key.access_key_id == *id);
                    let status = listed.map(|key| key.status);
                    may_change = is_not_exempt && self.account.may_change(id, mode, status, &tags);
                    attempt.saw(Seen { user: named, keys, last_used });
                    looked_since_write = true;
                    continue;
                }
                AttemptStep::Announce { .. } => panic!("no notice here"),
                AttemptStep::Tag { key, value } => {
                    prop_assert!(is_the_user, "tagged another user");
                    // a key that was activated again is tagged, and nothing else is done to it
                    let is_deactivation = since(&value).is_some();
                    prop_assert!(
                        !is_deactivation || (may_change && unused && mode == Mode::Deactivate),
                        "tagged"
                    );
                    let named = user.clone();
                    self.write(|account| {
                        if account.user() == named {
                            account.write_tag(&key, value);
                        }
                    })
                }
                AttemptStep::Deactivate => {
                    prop_assert!(is_the_user && may_change && unused, "deactivated what must not be");
                    prop_assert!(mode == Mode::Deactivate && attempt.may_be_tagged());
                    let key = self.account.keys.iter().find(|key| key_id(key.id) == *id);
                    prop_assert!(key.is_none_or(|key| !key.deactivated_by_us), "deactivated twice");
                    self.write(|account| {
                        for key in account.keys.iter_mut().filter(|key| key_id(key.id) == *id) {
                            key.status = AccessKeyStatus::Inactive;
                            key.deactivated_by_us = true;
                        }
                    })
                }
                AttemptStep::Delete => {
                    prop_assert!(is_the_user && may_change && unused, "deleted what must not be");
                    prop_assert_eq!(mode, Mode::Delete);
                    self.write(|account| account.keys.retain(|key| key_id(key.id) != *id))
                }
                AttemptStep::Done { .. } | AttemptStep::Failed => return Ok(()),
                AttemptStep::LeaveAlone(reason) => {
                    prop_assert!(!reason.to_string().contains('\n'));
                    return Ok(());
                }
            };
            match written {
                Ok(()) => attempt.written(self.account.now),
                Err(error) => attempt.failed(error),
            }
        }
    }
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        20 => Just(Event::Nothing),
        2 => any::<usize>().prop_map(Event::Used),
        3 => any::<usize>().prop_map(Event::Activated),
        2 => any::<usize>().prop_map(Event::Deactivated),
        1 => any::<usize>().prop_map(Event::Deleted),
        1 => (0..20i64).prop_map(Event::Exempted),
        1 => any::<usize>().prop_map(Event::Tagged),
        1 => Just(Event::PasswordToggled),
        1 => Just(Event::Recreated),
    ]
}

fn account() -> impl Strategy<Value = Account> {
    let seconds_after = prop_oneof![5 => 0..=WINDOW, 1 => -WINDOW..=0, 1 => WINDOW + 1..100_000i64];
    let key = (seconds_after, prop::bool::weighted(0.8), prop::bool::weighted(0.2));
    (prop::collection::vec(key, 0..4), 0..60i64).prop_map(|(keys, age_hours)| {
        let now: DateTime<Utc> = "2026-11-22T06:00:00Z".parse().unwrap();
        let user_created = now - TimeDelta::hours(age_hours);
        let key = |(id, (seconds, active, used)): (usize, (i64, bool, bool))| Key {
            id,
            created: user_created + TimeDelta::seconds(seconds),
            status: if active { AccessKeyStatus::Active } else { AccessKeyStatus::Inactive },
            used,
            deactivated_by_us: false,
        };
        Account {
            now,
            user_number: 1,
            user_created,
            has_password: true,
            keys: keys.into_iter().enumerate().map(key).collect(),
            tags: Vec::new(),
            exempt_until: None,
            writes: 0,
        }
    })
}

fn passes() -> impl Strategy<Value = Vec<Pass>> {
    let hours = prop_oneof![Just(0i64), 0..30i64, 100..300i64];
    let mode =
        prop_oneof![Just(Mode::DryRun), Just(Mode::Deactivate), Just(Mode::Deactivate), Just(Mode::Delete)];
    let events = prop_oneof![Just(Vec::new()), prop::collection::vec(event(), 0..20)];
    let fault = prop_oneof![
        4 => Just(Fault::None),
        1 => Just(Fault::Throttled),
        1 => Just(Fault::AnswerLost),
        1 => Just(Fault::RequestLost)
    ];
    let faults = prop_oneof![Just(Vec::new()), prop::collection::vec(fault, 0..12)];
    let pass = (hours, mode, event(), events, faults);
    prop::collection::vec(
        pass.prop_map(|(hours, mode, before, events, faults)| Pass { hours, mode, before, events, faults }),
        1..6,
    )
}

fn parameters() -> impl Strategy<Value = RuleParameters> {
    let criterion = prop::sample::select(Criterion::NAMES.map(|(_, criterion)| criterion).to_vec());
    let scope = prop::sample::select(Scope::NAMES.map(|(_, scope)| scope).to_vec());
    (criterion, scope, any::<bool>()).prop_map(|(criterion, scope, include_inactive_keys)| RuleParameters {
        criterion,
        scope,
        include_inactive_keys,
        ..RuleParameters::default()
    })
}

fn remediation(account: &Account, mode: Mode, parameters: &RuleParameters) -> Remediation {
    let text = format!(r#"{{"resourceId": "{}", "mode": "{mode}"}}"#, account.user().user_id);
    let guards = Guards { parameters: parameters.clone(), ..Guards::parse(&Environment::default()).unwrap() };
    Remediation::parse(&text, &guards).unwrap()
}

proptest! {
    #![proptest_config(tried(10_000))]

    #[test]
    fn no_key_is_changed_that_must_not_be(
        mut account in account(),
        parameters in parameters(),
        passes in passes(),
    ) {
        for Pass { hours, mode, before, events, faults } in passes {
            account.now += TimeDelta::hours(hours);
            account.happens(before);
            let remediation = remediation(&account, mode, &parameters);
            let writes = account.writes;
            let is_quiet = events.is_empty() && faults.is_empty();
            let moment = account.now;
            let eligible: Vec<_> = account
                .keys
                .iter()
                .filter(|key| account.is_eligible(key, mode))
                .map(|key| key_id(key.id))
                .collect();
            let in_scope = account.has_password || parameters.scope == Scope::AllUsers;

            Caller { account: &mut account, remediation: &remediation, events: events.into_iter(), faults: faults.into_iter() }.pass()?;

            if mode == Mode::DryRun {
                prop_assert_eq!(account.writes, writes, "a dry run writes nothing");
            }
            if is_quiet {
                // what may be done is done, and a second pass finds nothing to do
                for id in eligible.iter().filter(|_| in_scope) {
                    let key = account.keys.iter().find(|key| key_id(key.id) == *id);
                    let done = key.is_none_or(|key| key.status == AccessKeyStatus::Inactive);
                    prop_assert!(done, "{:?} left alone", id);
                }
                // at the same moment: a second later another key can be old enough
                account.now = moment;
                let writes = account.writes;
                let (events, faults) = (Vec::new().into_iter(), Vec::new().into_iter());
                Caller { account: &mut account, remediation: &remediation, events, faults }.pass()?;
                prop_assert_eq!(account.writes, writes, "a second pass writes nothing");
            }
        }
    }
}
