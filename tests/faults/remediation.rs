//! Rows of the remediation: one key to deactivate, and calls that go wrong during that.

use libtest_mimic::Trial;
use setupkey_local_aws::{AccessKeyStatus, Behaviour, Effect, Fault, LastUsed, State};
use setupkey_tests::{Remediate, assert_success, ends, fault, now, setup, user_in};

use crate::row::{PATIENT, SHORT};
use crate::trial_of;

/// What is expected of a remediation that meets a fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Expected {
    /// `success`, or the `errorType`.
    pub(crate) ends: &'static str,
    /// Whether the key is deactivated after the run.
    pub(crate) deactivated: bool,
    /// What the key is after the next run, without faults.
    pub(crate) next: &'static str,
}

const DEACTIVATED: &str = "deactivated";
const ANNOUNCED: &str = "announced";
const ACTIVE: &str = "active until someone decides";

pub(crate) const RIGHT: Expected = Expected { ends: "success", deactivated: true, next: DEACTIVATED };

const fn left(ends: &'static str) -> Expected {
    Expected { ends, deactivated: false, next: DEACTIVATED }
}

/// The operations, with what it means that one never works: if it fails, and if it keeps the function waiting.
const OPERATIONS: [(&str, Expected, Expected); 10] = [
    ("ListUsers", left("ListingIncomplete"), left("DeadlineNear")),
    ("GetLoginProfile", left("UsersUnread"), left("DeadlineNear")),
    ("ListAccessKeys", left("UsersUnread"), left("DeadlineNear")),
    ("ListUserTags", left("UsersUnread"), left("DeadlineNear")),
    ("GetAccessKeyLastUsed", left("KeysLeftAlone"), left("DeadlineNear")),
    ("GetUser", left("KeysLeftAlone"), left("KeysLeftAlone")),
    ("TagUser", left("KeysLeftAlone"), left("DeactivationIncomplete")),
    ("UpdateAccessKey", TAGGED, TAGGED),
    ("GetTopicAttributes", RIGHT, RIGHT),
    ("Publish", NOT_SENT, NOT_SENT),
];

/// The tag says deactivated, and the key is active: no later run deactivates it, and the alert says so.
const TAGGED: Expected = Expected { ends: "DeactivationIncomplete", deactivated: false, next: ACTIVE };

const NOT_SENT: Expected = Expected { ends: "AlertNotSent", ..RIGHT };

type Change = fn(&mut State);

/// One row.
pub(crate) struct Row {
    /// The problem, as the page says it.
    pub(crate) problem: &'static str,
    pub(crate) at: &'static str,
    /// The problem, as the test is named.
    case: &'static str,
    pub(crate) expected: Expected,
    effect: Effect,
    times: Option<u64>,
    /// What the owner does when a call of an operation arrives after so many others.
    meanwhile: Option<(&'static str, usize, Change)>,
    /// `MINIMUM_NOTICE_DAYS`.
    notice_days: &'static str,
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (case, waits, effect) in
        [("access denied", false, Effect::AccessDenied), ("no answer", true, Effect::Hang)]
    {
        rows.extend(OPERATIONS.map(|(at, fails, late)| Row {
            problem: match (fails == late, waits) {
                (true, _) => "fails, or does not answer",
                (false, true) => "does not answer",
                (false, false) => "fails",
            },
            at,
            case,
            expected: if waits { late } else { fails },
            effect: effect.clone(),
            times: None,
            meanwhile: None,
            notice_days: "0",
        }));
    }
    // one operation of each kind, which is a read, a write and the alert
    let ends = |problem, at, times, effect| Row {
        problem,
        at,
        case: problem,
        expected: RIGHT,
        effect,
        times: Some(times),
        meanwhile: None,
        notice_days: "0",
    };
    for at in ["GetLoginProfile", "UpdateAccessKey", "Publish"] {
        rows.push(ends("throttled three times", at, 3, Effect::Throttle));
        rows.push(ends("the reply is lost once, after the call took effect", at, 1, Effect::DropAfter));
    }
    rows.push(ends("connection reset twice", "TagUser", 2, Effect::DropBefore));
    rows.push(ends("half of the answer, once", "TagUser", 1, Effect::Truncate));
    // one look, one write: what the owner does between two attempts decides
    let used: Change = |state| user_in(state, "anitha").access_keys[0].last_used = Some(LastUsed::at(now()));
    let activated: Change = |state| user_in(state, "anitha").access_keys[0].status = AccessKeyStatus::Active;
    rows.push(Row {
        expected: TAGGED,
        meanwhile: Some(("UpdateAccessKey", 0, used)),
        ..ends("throttled while the owner uses the key", "UpdateAccessKey", u64::MAX, Effect::Throttle)
    });
    rows.push(Row {
        expected: TAGGED,
        meanwhile: Some(("GetUser", 2, activated)),
        ..ends(
            "the reply is lost, and the owner activates the key again",
            "UpdateAccessKey",
            1,
            Effect::DropAfter,
        )
    });
    // a notice that SNS did not take starts no clock, so the next run announces
    rows.push(Row {
        expected: Expected { ends: "AlertNotSent", deactivated: false, next: ANNOUNCED },
        notice_days: "1",
        ..ends("fails while the deactivation is announced", "Publish", u64::MAX, Effect::AccessDenied)
    });
    rows
}

impl Row {
    pub(crate) fn trial(self) -> Trial {
        trial_of(format!("remediation: {}: `{}`", self.case, self.at), self.run())
    }

    async fn run(self) {
        // a key that is to be deactivated, one that is used, one of another user
        let users = [setup("anitha").with_key(1).used(), setup("other")];
        let seconds = if self.times.is_some() { PATIENT } else { SHORT };
        let guards = [("MINIMUM_NOTICE_DAYS", self.notice_days)];
        let mut scene = Remediate::with(&users, seconds, &guards).await;
        scene.set_faults(vec![Fault { times: self.times, ..fault(self.at, self.effect) }]);
        if let Some((operation, skip, change)) = self.meanwhile {
            scene.aws.before(operation, skip, change);
        }

        let outcome = scene.run("anitha", "deactivate").await;

        let [key, used] = scene.statuses("anitha")[..] else { panic!("a key is gone") };
        let alerts = scene.messages().len();
        scene.aws.state().behaviour = Behaviour::default();
        assert_success(&scene.run("anitha", "deactivate").await);

        let inactive = |status| status == AccessKeyStatus::Inactive;
        let is_announced = scene.user("anitha").tags.contains_key(&scene.notice_key("anitha", 0));
        let next = match scene.statuses("anitha")[0] {
            AccessKeyStatus::Active if is_announced => ANNOUNCED,
            AccessKeyStatus::Active => ACTIVE,
            _ => DEACTIVATED,
        };
        let Expected { ends: expected, deactivated, next: expected_next } = self.expected;
        assert_eq!(
            (ends(&outcome), inactive(key), next),
            (expected, deactivated, expected_next),
            "{outcome:?}\n{}",
            scene.function.log()
        );
        assert_eq!(
            [used, scene.statuses("anitha")[1], scene.statuses("other")[0]],
            [AccessKeyStatus::Active; 3]
        );
        let changed = deactivated || expected == "DeactivationIncomplete";
        assert!(alerts >= usize::from(changed && expected != "AlertNotSent"), "no alert: {outcome:?}");
    }
}
