//! Rows of the remediation: one key that is to be deactivated, and calls that go wrong while it is.

use libtest_mimic::Trial;
use setupkey_local_aws::{AccessKeyStatus, Behaviour, Effect, Fault, Outcome};
use setupkey_tests::{Remediate, assert_success, fault, setup};

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

const RIGHT: Expected = Expected { ends: "success", deactivated: true, by_the_next_run: true };

const fn left(ends: &'static str) -> Expected {
    Expected { ends, deactivated: false, by_the_next_run: true }
}

/// The operations, with what it means that one never works: if it fails, and if it keeps the function waiting.
const OPERATIONS: [(&str, Expected, Expected); 9] = [
    ("ListUsers", left("ListingIncomplete"), left("DeadlineNear")),
    ("GetUser", left("KeysLeftAlone"), left("KeysLeftAlone")),
    ("GetLoginProfile", left("UsersUnread"), left("DeadlineNear")),
    ("ListAccessKeys", left("UsersUnread"), left("DeadlineNear")),
    ("GetAccessKeyLastUsed", left("KeysLeftAlone"), left("DeadlineNear")),
    ("ListUserTags", left("UsersUnread"), left("DeadlineNear")),
    ("TagUser", left("KeysLeftAlone"), left("KeysLeftAlone")),
    ("UpdateAccessKey", TAGGED, TAGGED),
    ("Publish", UNTOLD, UNTOLD),
];

/// The tag says deactivated, and the key is active: nobody else will do it, and somebody is told so.
const TAGGED: Expected =
    Expected { ends: "DeactivationIncomplete", deactivated: false, by_the_next_run: false };

const UNTOLD: Expected = Expected { ends: "AlertNotSent", ..RIGHT };

/// One row.
pub(crate) struct Row {
    pub(crate) fault: &'static str,
    pub(crate) at: &'static str,
    pub(crate) expected: Expected,
    effect: Effect,
    times: Option<u64>,
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let unavailable =
        Effect::Error { status: 503, code: "ServiceUnavailable".to_owned(), message: "try again".to_owned() };
    for (fault, times, effect) in [
        ("throttled three times", 3, Effect::Throttle),
        ("500 twice", 2, Effect::ServiceFailure),
        ("503 twice", 2, unavailable),
        ("reset twice before the call took effect", 2, Effect::DropBefore),
        ("reset after the call took effect: the reply is lost", 1, Effect::DropAfter),
        ("half of the answer, once", 1, Effect::Truncate),
    ] {
        rows.extend(OPERATIONS.map(|(at, ..)| Row {
            fault,
            at,
            expected: RIGHT,
            effect: effect.clone(),
            times: Some(times),
        }));
    }
    for (fault, waits, effect) in [
        ("access denied", false, Effect::AccessDenied),
        ("throttled for ever", true, Effect::Throttle),
        ("never an answer", true, Effect::Hang),
        ("garbage for ever", false, Effect::Body { status: 200, body: "<html>busy</html>".to_owned() }),
        ("empty answers for ever", false, Effect::Body { status: 200, body: String::new() }),
    ] {
        rows.extend(OPERATIONS.map(|(at, fails, late)| Row {
            fault,
            at,
            expected: if waits { late } else { fails },
            effect: effect.clone(),
            times: None,
        }));
    }
    rows
}

impl Row {
    pub(crate) fn trial(self) -> Trial {
        trial_of(format!("remediation: {}: `{}`", self.fault, self.at), self.run())
    }

    async fn run(self) {
        // a key that is to be deactivated, one that is used, one of another user
        let users = [setup("anitha").with_key(1).used(), setup("other")];
        let mut scene =
            Remediate::with_timeout(&users, if self.times.is_some() { PATIENT } else { SHORT }).await;
        scene.set_faults(vec![Fault { times: self.times, ..fault(self.at, self.effect) }]);

        let outcome = scene.run("anitha", "deactivate").await;

        let [key, used] = scene.statuses("anitha")[..] else { panic!("a key is gone") };
        let told = scene.messages().len();
        scene.aws.state().behaviour = Behaviour::default();
        assert_success(&scene.run("anitha", "deactivate").await);

        let ends = match &outcome {
            Outcome::Success(_) => "success",
            Outcome::Failure { error_type, .. } => error_type.as_str(),
            Outcome::Exited(_) => "exited",
        };
        let inactive = |status| status == AccessKeyStatus::Inactive;
        let seen = (ends, inactive(key), inactive(scene.statuses("anitha")[0]));
        let Expected { ends, deactivated, by_the_next_run } = self.expected;
        assert_eq!(seen, (ends, deactivated, by_the_next_run), "{outcome:?}\n{}", scene.function.log());
        assert_eq!(
            [used, scene.statuses("anitha")[1], scene.statuses("other")[0]],
            [AccessKeyStatus::Active; 3]
        );
        let changed = deactivated || ends == "DeactivationIncomplete";
        assert!(told >= usize::from(changed && ends != "AlertNotSent"), "nobody was told: {outcome:?}");
    }
}
