//! Rows of the remediation: one key to deactivate, and calls that go wrong during that.

use libtest_mimic::Trial;
use setupkey_local_aws::{AccessKeyStatus, Behaviour, Effect, Fault};
use setupkey_tests::{Remediate, assert_success, ends, fault, setup};

use crate::row::{PATIENT, SHORT};
use crate::trial_of;

/// What is expected of a remediation that meets a fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Expected {
    /// `success`, or the `errorType`.
    pub(crate) ends: &'static str,
    /// Whether the key is deactivated after the run.
    pub(crate) deactivated: bool,
    /// Whether the next run, without faults, deactivates it, or finds it deactivated.
    pub(crate) by_the_next_run: bool,
}

pub(crate) const RIGHT: Expected = Expected { ends: "success", deactivated: true, by_the_next_run: true };

const fn left(ends: &'static str) -> Expected {
    Expected { ends, deactivated: false, by_the_next_run: true }
}

/// The operations, with what it means that one never works: if it fails, and if it keeps the function waiting.
const OPERATIONS: [(&str, Expected, Expected); 9] = [
    ("ListUsers", left("ListingIncomplete"), left("DeadlineNear")),
    ("GetLoginProfile", left("UsersUnread"), left("DeadlineNear")),
    ("ListAccessKeys", left("UsersUnread"), left("DeadlineNear")),
    ("ListUserTags", left("UsersUnread"), left("DeadlineNear")),
    ("GetAccessKeyLastUsed", left("KeysLeftAlone"), left("DeadlineNear")),
    ("GetUser", left("KeysLeftAlone"), left("KeysLeftAlone")),
    ("TagUser", left("KeysLeftAlone"), left("KeysLeftAlone")),
    ("UpdateAccessKey", TAGGED, TAGGED),
    ("Publish", NOT_SENT, NOT_SENT),
];

/// The tag says deactivated, and the key is active: no later run deactivates it, and the alert says so.
const TAGGED: Expected =
    Expected { ends: "DeactivationIncomplete", deactivated: false, by_the_next_run: false };

const NOT_SENT: Expected = Expected { ends: "AlertNotSent", ..RIGHT };

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
    };
    for at in ["GetLoginProfile", "UpdateAccessKey", "Publish"] {
        rows.push(ends("throttled three times", at, 3, Effect::Throttle));
        rows.push(ends("the reply is lost once, after the call took effect", at, 1, Effect::DropAfter));
    }
    rows.push(ends("connection reset twice", "TagUser", 2, Effect::DropBefore));
    rows.push(ends("half of the answer, once", "TagUser", 1, Effect::Truncate));
    rows
}

impl Row {
    pub(crate) fn trial(self) -> Trial {
        trial_of(format!("remediation: {}: `{}`", self.case, self.at), self.run())
    }

    async fn run(self) {
        // a key that is to be deactivated, one that is used, one of another user
        let users = [setup("anitha").with_key(1).used(), setup("other")];
        let mut scene =
            Remediate::with_timeout(&users, if self.times.is_some() { PATIENT } else { SHORT }).await;
        scene.set_faults(vec![Fault { times: self.times, ..fault(self.at, self.effect) }]);

        let outcome = scene.run("anitha", "deactivate").await;

        let [key, used] = scene.statuses("anitha")[..] else { panic!("a key is gone") };
        let alerts = scene.messages().len();
        scene.aws.state().behaviour = Behaviour::default();
        assert_success(&scene.run("anitha", "deactivate").await);

        let inactive = |status| status == AccessKeyStatus::Inactive;
        let seen = (ends(&outcome), inactive(key), inactive(scene.statuses("anitha")[0]));
        let Expected { ends, deactivated, by_the_next_run } = self.expected;
        assert_eq!(seen, (ends, deactivated, by_the_next_run), "{outcome:?}\n{}", scene.function.log());
        assert_eq!(
            [used, scene.statuses("anitha")[1], scene.statuses("other")[0]],
            [AccessKeyStatus::Active; 3]
        );
        let changed = deactivated || ends == "DeactivationIncomplete";
        assert!(alerts >= usize::from(changed && ends != "AlertNotSent"), "no alert: {outcome:?}");
    }
}
