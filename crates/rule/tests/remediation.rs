//! Remediation of an account that goes on living: passes in any mode at any time, and between any two calls of a
//! pass somebody uses, activates or deactivates a key, tags the user, or makes another one of the same name. Every
//! write is compared with what is true, from the words of the design, not from the code.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use proptest::prelude::*;
use setupkey_rule::decision::Fact;
use setupkey_rule::facts::{
    AccessKey, AccessKeyId, AccessKeyStatus, ConsolePassword, IamUser, LastUsed, UserFacts, UserId, UserName,
};
use setupkey_rule::parameters::{Criterion, RuleParameters, Scope};
use setupkey_rule::remediation::attempt::{Attempt, AttemptStep};
use setupkey_rule::remediation::guards::Act;
use setupkey_rule::remediation::request::{Mode, Remediation};
use setupkey_rule::remediation::{Plan, RemediationStep, deactivated_tag_key};

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
    Excepted(i64),
    /// Somebody writes the tag of a deactivation, with a value that is no time.
    Tagged(usize),
    PasswordToggled,
    /// The user is deleted, and another one has the name.
    Recreated,
}

/// A pass, after so many hours, with an event before each of its calls.
#[derive(Clone, Debug)]
struct Pass {
    hours: i64,
    mode: Mode,
    before: Event,
    events: Vec<Event>,
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
    excepted_until: Option<DateTime<Utc>>,
    writes: usize,
}

fn key_id(number: usize) -> AccessKeyId {
    AccessKeyId::parse(format!("AKIAEXAMPLE{number:09}")).unwrap()
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
            Event::Excepted(days) => {
                let until = self.now + TimeDelta::days(days);
                self.excepted_until = (days > 0).then_some(until);
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
                self.excepted_until = None;
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

    /// Whether a key may be changed: everything but its use, which is looked at last.
    fn may_change(&self, id: &AccessKeyId, mode: Mode) -> bool {
        let Some(key) = self.keys.iter().find(|key| key_id(key.id) == *id) else { return false };
        let tag = deactivated_tag_key(id);
        let tag = self.tags.iter().find(|(held, _)| *held == tag).map(|(_, value)| value.as_str());
        let for_mode = match mode {
            Mode::DryRun => false,
            Mode::Deactivate => {
                key.status == AccessKeyStatus::Active && tag.is_none() && !key.deactivated_by_us
            }
            Mode::Delete => {
                let since = tag.and_then(|value| value.parse::<DateTime<Utc>>().ok());
                key.status == AccessKeyStatus::Inactive
                    && since.is_some_and(|since| (self.now - since).num_seconds() >= MINIMUM_INACTIVE)
            }
        };
        for_mode
            && (key.created - self.user_created).num_seconds().abs() <= WINDOW
            && (self.now - key.created).num_seconds() >= MINIMUM_AGE
            && self.excepted_until.is_none_or(|until| until <= self.now)
    }
}

/// A pass as the function makes it.
struct Caller<'a> {
    account: &'a mut Account,
    remediation: &'a Remediation,
    events: std::vec::IntoIter<Event>,
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
        let known: BTreeSet<_> = facts.access_keys().map(|key| key.access_key_id.clone()).collect();
        prop_assert_eq!(told, known, "each key is acted on or refused");
        candidates.iter().try_for_each(|key| self.attempt(&user, &key.access_key_id))
    }

    fn attempt(&mut self, user: &IamUser, id: &AccessKeyId) -> Result<(), TestCaseError> {
        let mode = self.remediation.mode;
        let mut attempt = Attempt::new(self.remediation, user, id);
        // what is true when it is looked at
        let (mut may_change, mut is_the_user, mut unused) = (false, false, false);
        loop {
            match attempt.next(self.account.now) {
                AttemptStep::LookAgain => {
                    let account = self.call();
                    attempt.saw(Some((account.user(), account.tags.clone())), account.listed());
                    may_change = account.may_change(id, mode);
                    is_the_user = account.user() == *user;
                }
                AttemptStep::Tag { key, value, at } => {
                    prop_assert!(is_the_user && may_change, "tagged");
                    prop_assert_eq!(mode, Mode::Deactivate);
                    prop_assert_eq!(value.parse::<DateTime<Utc>>().unwrap(), at);
                    let account = self.call();
                    account.writes += 1;
                    if account.user() == *user {
                        account.write_tag(&key, value);
                    }
                    attempt.tagged(at);
                }
                AttemptStep::ReadLastUsed => {
                    let account = self.call();
                    let last_used = account.last_used(id);
                    unused = last_used == Some(LastUsed::Never);
                    attempt.learn_last_used(last_used);
                }
                AttemptStep::Do { act, .. } => {
                    if mode == Mode::DryRun {
                        return Ok(());
                    }
                    prop_assert!(is_the_user && may_change, "{:?} of what must not be changed", act);
                    prop_assert!(unused, "{:?} of a used key", act);
                    let is_tagged = attempt.is_tagged();
                    let account = self.call();
                    account.writes += 1;
                    match act {
                        Act::Deactivate => {
                            prop_assert!(mode == Mode::Deactivate && is_tagged);
                            for key in account.keys.iter_mut().filter(|key| key_id(key.id) == *id) {
                                key.status = AccessKeyStatus::Inactive;
                                key.deactivated_by_us = true;
                            }
                        }
                        Act::Delete => {
                            prop_assert_eq!(mode, Mode::Delete);
                            account.keys.retain(|key| key_id(key.id) != *id);
                        }
                    }
                    return Ok(());
                }
                AttemptStep::LeaveAlone(reason) => {
                    prop_assert!(!reason.to_string().contains('\n'));
                    return Ok(());
                }
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
        1 => (0..20i64).prop_map(Event::Excepted),
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
            excepted_until: None,
            writes: 0,
        }
    })
}

fn passes() -> impl Strategy<Value = Vec<Pass>> {
    let hours = prop_oneof![Just(0i64), 0..30i64, 100..300i64];
    let mode =
        prop_oneof![Just(Mode::DryRun), Just(Mode::Deactivate), Just(Mode::Deactivate), Just(Mode::Delete)];
    let events = prop_oneof![Just(Vec::new()), prop::collection::vec(event(), 0..20)];
    let pass = (hours, mode, event(), events);
    prop::collection::vec(
        pass.prop_map(|(hours, mode, before, events)| Pass { hours, mode, before, events }),
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
    let parsed = Remediation::parse(&text).unwrap();
    let include_inactive_keys = parsed.parameters.include_inactive_keys || parameters.include_inactive_keys;
    Remediation { parameters: RuleParameters { include_inactive_keys, ..parameters.clone() }, ..parsed }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_key_is_changed_that_must_not_be(
        mut account in account(),
        parameters in parameters(),
        passes in passes(),
    ) {
        for Pass { hours, mode, before, events } in passes {
            account.now += TimeDelta::hours(hours);
            account.happens(before);
            let remediation = remediation(&account, mode, &parameters);
            let writes = account.writes;
            let is_quiet = events.is_empty();
            let moment = account.now;
            let eligible: Vec<_> = account
                .keys
                .iter()
                .map(|key| (key_id(key.id), key.used))
                .filter(|(id, used)| !used && account.may_change(id, mode))
                .map(|(id, _)| id)
                .collect();
            let in_scope = account.has_password || parameters.scope == Scope::AllUsers;

            Caller { account: &mut account, remediation: &remediation, events: events.into_iter() }.pass()?;

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
                let no_events = Vec::new().into_iter();
                Caller { account: &mut account, remediation: &remediation, events: no_events }.pass()?;
                prop_assert_eq!(account.writes, writes, "a second pass writes nothing");
            }
        }
    }
}
