//! Accounts with a past: a user whose keys and password change, a credential report from the middle of it,
//! live reads at its end. The verdict is compared with the truth of every moment.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use setupkey_rule::decision::{Decision, Fact, Step, next};
use setupkey_rule::facts::UserFacts;
use setupkey_rule::iam::{
    AccessKey, AccessKeyId, AccessKeyStatus, ConsolePassword, IamUser, LastUsed, UserId, UserName,
};
use setupkey_rule::parameters::{Criterion, RuleParameters, Scope};
use setupkey_rule::report::{CredentialReport, ReportAge};

use crate::invariants::parameters;
use crate::tried;

/// Times are seconds; the report is ready at 0.
type Seconds = i64;

/// A key's life.
#[derive(Clone, Debug)]
struct Key {
    created: Seconds,
    deleted: Option<Seconds>,
    /// When it was deactivated, activated again, and so on.
    toggled: Vec<Seconds>,
    /// From then on it is expired, whatever else happens.
    expires: Option<Seconds>,
    first_used: Option<Seconds>,
}

/// A user's life.
#[derive(Clone, Debug)]
pub(crate) struct History {
    created: Seconds,
    /// From then on the name is free.
    deleted: Option<Seconds>,
    keys: Vec<Key>,
    has_password_at_first: bool,
    password_toggled: Vec<Seconds>,
    /// Until then the user had another name, and a namesake may have had this one.
    named: Option<Seconds>,
    namesake: Option<Box<Self>>,
    /// When this user's row was read: up to ten minutes before the report was ready.
    row_read: Seconds,
    /// When the live reads are made; the last change comes between two of them.
    reads: [Seconds; 2],
    age: ReportAge,
    has_additional_column: bool,
    /// Whether `last_rotated` is the time of the last change, as the guide says, or of creation, as the service
    /// was seen to answer.
    rotated_by_changes: bool,
}

/// What is true of a key at a moment.
#[derive(Clone, Copy, Debug)]
struct KeyNow {
    id: usize,
    created: Seconds,
    last_changed: Seconds,
    status: AccessKeyStatus,
    used: bool,
}

impl KeyNow {
    fn is_active(&self) -> bool {
        self.status == AccessKeyStatus::Active
    }
}

impl History {
    fn keys_at(&self, now: Seconds) -> Vec<KeyNow> {
        let exists = |key: &Key| key.created <= now && key.deleted.is_none_or(|deleted| deleted > now);
        let now_of = |(id, key): (usize, &Key)| KeyNow {
            id,
            created: key.created,
            last_changed: key
                .toggled
                .iter()
                .copied()
                .filter(|toggled| *toggled <= now)
                .fold(key.created, i64::max),
            status: if key.expires.is_some_and(|expires| expires <= now) {
                AccessKeyStatus::Expired
            } else if key.toggled.iter().filter(|toggled| **toggled <= now).count() % 2 == 0 {
                AccessKeyStatus::Active
            } else {
                AccessKeyStatus::Inactive
            },
            used: key.first_used.is_some_and(|used| used <= now),
        };
        self.keys.iter().enumerate().filter(|(_, key)| exists(key)).map(now_of).collect()
    }

    fn is_gone_at(&self, now: Seconds) -> bool {
        self.deleted.is_some_and(|deleted| deleted <= now)
    }

    fn has_password_at(&self, now: Seconds) -> bool {
        let toggles = self.password_toggled.iter().filter(|toggled| **toggled <= now).count();
        self.has_password_at_first == (toggles % 2 == 0)
    }

    /// The verdict that is true at a moment, from the words of the design, not from the code.
    fn truth_at(&self, now: Seconds, parameters: &RuleParameters) -> &'static str {
        if self.is_gone_at(now) {
            return "gone";
        }
        if parameters.scope == Scope::ConsoleUsers && !self.has_password_at(now) {
            return "out of scope";
        }
        let window = parameters.setup_window.num_seconds();
        let flagged = self.keys_at(now).into_iter().any(|key| {
            let with_user = (key.created - self.created).abs() <= window;
            let meets = match parameters.criterion {
                Criterion::SetupAndUnused => with_user && !key.used,
                Criterion::Setup => with_user,
                Criterion::Unused => !key.used,
                Criterion::SetupOrUnused => with_user || !key.used,
            };
            (key.is_active() || parameters.include_inactive_keys) && meets
        });
        if flagged { "noncompliant" } else { "compliant" }
    }

    /// All moments between the reading of the row and the end of the run at which something changed.
    fn moments(&self) -> Vec<Seconds> {
        let keys = self.keys.iter().flat_map(|key| {
            [Some(key.created), key.deleted, key.expires, key.first_used]
                .into_iter()
                .flatten()
                .chain(key.toggled.clone())
        });
        let all = keys
            .chain(self.password_toggled.clone())
            .chain([self.row_read])
            .chain(self.reads)
            .chain(self.deleted);
        all.filter(|moment| (self.row_read..=self.reads[1]).contains(moment)).collect()
    }

    /// The known limit: a key that has no slot in a row that says nothing of it.
    fn has_unseen_key(&self) -> bool {
        self.keys_at(self.row_read).len() > 2 && !self.has_additional_column
    }

    fn report(&self) -> CredentialReport {
        let mut text = "user,arn,user_creation_time,password_enabled,access_key_1_active,\
                        access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,\
                        access_key_2_last_rotated,access_key_2_last_used_date"
            .to_owned();
        text += if self.has_additional_column { ",additional_credentials_info\n" } else { "\n" };
        let is_renamed_later = self.named.is_some_and(|named| named > self.row_read);
        if self.created <= self.row_read {
            text += &self.row(if is_renamed_later { "elder" } else { "elise" });
        }
        if let Some(namesake) = &self.namesake
            && (is_renamed_later || self.created > self.row_read)
        {
            let history = Self { has_additional_column: self.has_additional_column, ..(**namesake).clone() };
            text += &history.row("elise");
        }
        CredentialReport::parse(text.as_bytes(), time(0), self.age).unwrap()
    }

    fn row(&self, name: &str) -> String {
        let keys = self.keys_at(self.row_read);
        let slot = |position: usize| match keys.get(position) {
            None => "false,N/A,N/A".to_owned(),
            Some(key) => {
                let used =
                    if key.used { time(key.created.max(-9_000_000)).to_rfc3339() } else { "N/A".to_owned() };
                let rotated = if self.rotated_by_changes { key.last_changed } else { key.created };
                format!("{},{},{used}", key.is_active(), time(rotated).to_rfc3339())
            }
        };
        let additional = match (self.has_additional_column, keys.len() > 2) {
            (false, _) => "",
            (true, false) => ",",
            (true, true) => ",more access keys",
        };
        format!(
            "{name},arn:aws:iam::111122223333:user/{name},{},{},{},{}{additional}\n",
            time(self.created).to_rfc3339(),
            self.has_password_at(self.row_read),
            slot(0),
            slot(1)
        )
    }

    /// Decides as the adapter does; the first live read is made before the last change, the others after it,
    /// or all of them before. No decision: the user is gone.
    fn decide(
        &self,
        parameters: &RuleParameters,
        reads_before_change: usize,
    ) -> (Option<Decision>, Vec<Fact>) {
        let user = IamUser {
            user_name: UserName::parse("elise").unwrap(),
            user_id: UserId::parse("AIDAEXAMPLE000000001").unwrap(),
            arn: "arn:aws:iam::111122223333:user/elise".to_owned(),
            create_date: time(self.created),
        };
        let reported = self.report().reported(&user, parameters);
        let mut facts = UserFacts::new(user, reported);
        let mut asked = Vec::new();
        loop {
            let fact = match next(&facts, parameters, time(0)) {
                Step::Decided(decision) => return (Some(decision), asked),
                Step::Read(fact) => fact,
            };
            assert!(!asked.contains(&fact), "asked twice: {fact:?}");
            let now = self.reads[usize::from(asked.len() >= reads_before_change)];
            let is_gone = self.is_gone_at(now);
            match &fact {
                Fact::AccessKeys | Fact::Tags if is_gone => {
                    asked.push(fact);
                    return (None, asked);
                }
                Fact::AccessKeys => facts.learn_access_keys(self.keys_at(now).iter().map(listed).collect()),
                Fact::Tags => facts.learn_tags(Vec::new()),
                Fact::ConsolePassword => {
                    let has_password = !is_gone && self.has_password_at(now);
                    let password = ConsolePassword::Enabled { since: None };
                    facts.learn_console_password(if has_password {
                        password
                    } else {
                        ConsolePassword::Absent
                    });
                }
                Fact::LastUsed(id) => {
                    let keys = self.keys_at(now);
                    let key = keys.iter().find(|key| !is_gone && listed(key).access_key_id == *id);
                    let used = LastUsed::At(time(now));
                    facts.learn_last_used(id, key.map(|key| if key.used { used } else { LastUsed::Never }));
                }
            }
            asked.push(fact);
        }
    }
}

fn listed(key: &KeyNow) -> AccessKey {
    AccessKey {
        access_key_id: AccessKeyId::parse(format!("AKIAEXAMPLE{:05}", key.id)).unwrap(),
        status: key.status,
        create_date: time(key.created),
    }
}

fn time(seconds: Seconds) -> DateTime<Utc> {
    "2026-11-22T06:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(seconds)
}

/// The first live read.
const FIRST_READ: Seconds = 3_000;
/// The live reads after the last change.
const LATER_READS: Seconds = 3_020;

/// A moment before the live reads, near the report more often than not.
fn moment(from: Seconds) -> impl Strategy<Value = Seconds> {
    prop_oneof![from..FIRST_READ, (-900i64).max(from)..FIRST_READ, from..(from + 200).min(FIRST_READ)]
}

fn key(user_created: Seconds, window: Seconds) -> impl Strategy<Value = Key> {
    // clocks of two services differ: a key can be made before its user
    let at_setup = user_created - window..=(user_created + window).min(FIRST_READ - 1).max(user_created);
    let before = user_created - window - 100..=user_created;
    let created =
        prop_oneof![4 => at_setup, 2 => Just(user_created), 2 => user_created..FIRST_READ, 1 => before];
    created.prop_flat_map(|created| {
        let toggled = prop::collection::vec(moment(created), 0..3);
        let deleted = prop::option::weighted(0.3, moment(created));
        let expires = prop::option::weighted(0.1, moment(created));
        (deleted, toggled, expires, prop::option::of(moment(created))).prop_map(
            move |(deleted, toggled, expires, first_used)| Key {
                created,
                deleted,
                toggled,
                expires,
                // a deleted key is not used any more
                first_used: first_used.filter(|used| deleted.is_none_or(|deleted| *used < deleted)),
            },
        )
    })
}

fn life(window: Seconds) -> impl Strategy<Value = History> {
    // around the moment at which a row begins to count, some time before, long before, and after the report
    let created = prop_oneof![
        -window - 1_800..=-window,
        -20_000i64..-window.min(10_000),
        -9_000_000i64..-100_000,
        -900i64..FIRST_READ - 100
    ];
    created.prop_flat_map(move |created| {
        (
            prop::collection::vec(key(created, window), 0..5),
            prop::bool::weighted(0.7),
            prop::collection::vec(moment(created), 0..3),
            prop::option::weighted(0.2, moment(created)),
            -600i64..=0,
            any::<[bool; 3]>(),
        )
            .prop_map(move |(keys, password, password_toggled, named, row_read, flags)| History {
                created,
                deleted: None,
                keys,
                has_password_at_first: password,
                password_toggled,
                named,
                namesake: None,
                row_read,
                reads: [FIRST_READ, LATER_READS],
                age: if flags[0] { ReportAge::Fresh } else { ReportAge::Older },
                has_additional_column: flags[1],
                rotated_by_changes: flags[2],
            })
    })
}

/// A history and its last change, between two live reads: nothing, the password, something about a key, or the
/// user is deleted, or was before.
fn history(window: Seconds) -> impl Strategy<Value = History> {
    let namesake = prop::option::weighted(0.5, life(window));
    (life(window), namesake, 0..11usize, any::<prop::sample::Index>()).prop_map(
        |(mut history, namesake, change, which)| {
            let now = FIRST_READ + 10;
            let existing: Vec<usize> = history.keys_at(FIRST_READ).iter().map(|key| key.id).collect();
            match (change, existing.is_empty()) {
                (0, _) => history.password_toggled.push(now),
                (1, _) => {
                    let key =
                        Key { created: now, deleted: None, toggled: vec![], expires: None, first_used: None };
                    history.keys.push(key);
                }
                (6, _) => history.deleted = Some(now),
                (7, _) => history.deleted = Some(FIRST_READ - 1),
                (2..=5, false) => {
                    let key = &mut history.keys[existing[which.index(existing.len())]];
                    match change {
                        2 => key.deleted = Some(now),
                        3 => key.toggled.push(now),
                        4 => key.expires = key.expires.or(Some(now)),
                        _ => key.first_used = key.first_used.or(Some(now)),
                    }
                }
                _ => {}
            }
            history.namesake = namesake.map(|mut namesake| {
                namesake.row_read = history.row_read;
                Box::new(namesake)
            });
            history
        },
    )
}

fn history_and_parameters() -> impl Strategy<Value = (History, RuleParameters)> {
    parameters()
        .prop_flat_map(|parameters| (history(parameters.setup_window.num_seconds()), Just(parameters)))
}

proptest! {
    #![proptest_config(tried(20_000))]

    #[test]
    fn a_report_changes_no_verdict(
        (history, parameters) in history_and_parameters(),
        reads_before_change in 0..4usize,
    ) {
        let (decision, asked) = history.decide(&parameters, reads_before_change);
        let end = history.reads[usize::from(asked.len() > reads_before_change)];
        let truths: Vec<&str> = history
            .moments()
            .into_iter()
            .filter(|moment| *moment <= end)
            .map(|moment| history.truth_at(moment, &parameters))
            .collect();

        // a user who is gone has no verdict
        let Some(decision) = decision else {
            prop_assert!(truths.contains(&"gone"));
            return Ok(());
        };
        // (1) nobody is flagged but on confirming reads
        if let Decision::NonCompliant(finding) = &decision {
            prop_assert!(asked.contains(&Fact::AccessKeys) && asked.contains(&Fact::ConsolePassword));
            for key in &finding.keys {
                prop_assert!(asked.contains(&Fact::LastUsed(key.access_key.access_key_id.clone())));
            }
            prop_assert!(truths.contains(&"noncompliant"), "flagged, but never was: {:?}", truths);
        }
        if history.has_unseen_key() {
            return Ok(());
        }
        // (2) who meets the criterion all the time is flagged
        if truths.iter().all(|truth| *truth == "noncompliant") {
            prop_assert!(matches!(decision, Decision::NonCompliant(_)), "missed: {:?}", decision);
        }
        // the same of an older report and the live reads: NON_COMPLIANT is exact in every run
        let after_report = history.moments().into_iter().filter(|m| (history.reads[0]..=end).contains(m));
        let mut truths_after = after_report.map(|moment| history.truth_at(moment, &parameters));
        if history.age == ReportAge::Older && truths_after.all(|truth| truth == "noncompliant") {
            prop_assert!(matches!(decision, Decision::NonCompliant(_)), "older report, missed: {:?}", decision);
        }
        // (3) every verdict is that of some moment; an older report leaves open who is in scope, and half of the
        // reads can be about a user who is gone: nobody flags such a user, and the next listing has none
        if truths.contains(&"gone") {
            return Ok(());
        }
        let said = match decision {
            Decision::NonCompliant(_) => "noncompliant",
            Decision::Compliant => "compliant",
            Decision::OutOfScope => "out of scope",
            Decision::Exempt(..) => panic!("nobody is tagged here"),
            Decision::NotFlagged { .. } => {
                prop_assert_eq!(history.age, ReportAge::Older);
                return Ok(());
            }
        };
        if history.age == ReportAge::Fresh || asked.contains(&Fact::ConsolePassword) {
            prop_assert!(truths.contains(&said), "{} at no moment: {:?}", said, truths);
        }
    }
}
