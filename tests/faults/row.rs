//! One row of the table: a fault, what is expected of it, and the run that shows it.

use setupkey_tests::{Scene, TOPIC, assert_success, change_event, fault, scheduled};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use setupkey_local_aws::{ComplianceType, Effect, Fault, Outcome, Topic};

use crate::account::{self, HOUR, Verdicts};

/// The seconds that the function has where the run is to end before them: as long as Lambda allows.
pub(crate) const PATIENT: u64 = 900;

/// The seconds that it has where a call keeps it waiting: reading takes four fifths of them.
pub(crate) const SHORT: u64 = 20;

/// What is expected of a run that meets a fault, and seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Expected {
    /// `success`, or the `errorType`.
    pub(crate) ends: &'static str,
    /// Whose last result stands after the run, though it is not true any more; everybody else's is right.
    pub(crate) stands: &'static [&'static str],
    /// When somebody was told about brandon.
    pub(crate) told: Told,
}

/// When somebody was told about a new finding.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Told {
    AtOnce,
    Twice,
    AtOnceAndAgain,
    ByTheNextRun,
    /// As often as SNS is asked to publish: the replies are lost.
    Often,
    /// Which of the two depends on which call comes first; so do `ends` and `stands` then, which say what may be.
    OnceOrTwice,
    /// It may be no finding any more.
    IfStillFlagged,
}

impl Told {
    /// Whether so many messages at once, and so many of the next run, are what is expected.
    fn is(self, at_once: usize, later: usize) -> bool {
        match self {
            Self::AtOnce => (at_once, later) == (1, 0),
            Self::Twice => (at_once, later) == (2, 0),
            Self::AtOnceAndAgain => (at_once, later) == (1, 1),
            Self::ByTheNextRun => (at_once, later) == (0, 1),
            Self::Often => (2..=8).contains(&at_once) && later == 1,
            Self::OnceOrTwice => (1..=2).contains(&(at_once + later)),
            Self::IfStillFlagged => at_once + later <= 2,
        }
    }

    fn depends(self) -> bool {
        matches!(self, Self::OnceOrTwice | Self::IfStillFlagged)
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AtOnce => "at once",
            Self::Twice => "at once, twice",
            Self::AtOnceAndAgain => "at once, again by the next run",
            Self::ByTheNextRun => "by the next run",
            Self::Often => "at once, up to eight times, and again by the next run",
            Self::OnceOrTwice => "once or twice",
            Self::IfStillFlagged => "if still flagged",
        })
    }
}

/// All that is right: the run succeeds, every result is that of now, brandon is told once.
pub(crate) const RIGHT: Expected = Expected { ends: "success", stands: &[], told: Told::AtOnce };

/// One row.
pub(crate) struct Row {
    /// The group of rows.
    pub(crate) fault: &'static str,
    /// What it befalls, mostly an operation.
    pub(crate) at: String,
    pub(crate) expected: Expected,
    pub(crate) seconds: u64,
    /// Brings the fault about before the run.
    pub(crate) cause: Box<dyn FnOnce(&Scene) + Send>,
    pub(crate) act: Act,
}

/// What is done with the function.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Act {
    /// The scheduled event.
    Schedule,
    /// The event of a change of brandon.
    Change,
    /// The scheduled event, twice.
    ScheduleTwice,
    /// The scheduled event, to two environments of the function at a time.
    ScheduleTwo,
    /// The scheduled event, and again after the process was killed when so many calls had been made. The last one
    /// of them has this effect.
    Kill(usize, Effect),
}

impl Row {
    pub(crate) fn new(
        fault: &'static str,
        at: impl Into<String>,
        expected: Expected,
        cause: impl FnOnce(&Scene) + Send + 'static,
    ) -> Self {
        let cause = Box::new(cause);
        Self { fault, at: at.into(), expected, seconds: PATIENT, cause, act: Act::Schedule }
    }

    /// A row of calls that go wrong.
    pub(crate) fn faults(
        fault: &'static str,
        at: impl Into<String>,
        expected: Expected,
        faults: Vec<Fault>,
    ) -> Self {
        Self::new(fault, at, expected, |scene| scene.set_faults(faults))
    }

    pub(crate) fn name(&self) -> String {
        format!("{}: {}", self.fault, self.at)
    }

    /// Runs the row; panics with what did not hold.
    pub(crate) async fn run(self) {
        let seconds = self.seconds;
        let (mut scene, mut names) = account::scene(seconds).await;
        let before = account::held(&scene);
        (self.cause)(&scene);
        name_users(&scene, &mut names, "");
        let mut truths = vec![account::truth(&scene.aws.state())];
        let told_before = scene.messages().len();

        let outcome = act(&mut scene, self.act).await;

        let taken = scene.logged("CloudWatchMetrics").last().map(|line| line["Seconds"].as_f64().unwrap());
        assert!(taken.is_none_or(|taken| taken < seconds as f64), "the deadline was over: {taken:?}");
        name_users(&scene, &mut names, "the new ");
        truths.push(account::truth(&scene.aws.state()));
        check(&mut scene, &names, &before, &truths, told_before, &outcome, &self.expected).await;
    }
}

/// Names the users that have none yet.
fn name_users(scene: &Scene, names: &mut BTreeMap<String, String>, which: &str) {
    for user in &scene.aws.state().users {
        names.entry(user.user_id.clone()).or_insert_with(|| format!("{which}{}", user.user_name));
    }
}

async fn act(scene: &mut Scene, act: Act) -> Outcome {
    let event = scheduled(HOUR);
    match act {
        Act::Schedule => scene.invoke(&event).await,
        Act::Change => scene.invoke(&change_event(HOUR)).await,
        Act::ScheduleTwice => {
            assert_success(&scene.invoke(&event).await);
            scene.invoke(&event).await
        }
        Act::ScheduleTwo => {
            let mut other = scene.another_function().await;
            let event = event.to_string();
            let (first, second) = tokio::join!(scene.function.invoke(&event), other.invoke(&event));
            assert_success(&first);
            second
        }
        Act::Kill(calls, effect) => {
            let last = Fault { times: Some(1), skip: calls as u64 - 1, ..fault("*", effect) };
            scene.set_faults(vec![last]);
            let text = event.to_string();
            let answered = tokio::select! {
                outcome = scene.function.invoke(&text) => Some(outcome),
                () = scene.aws.called("*", calls) => None,
            };
            if let Some(outcome) = answered {
                return outcome;
            }
            scene.restart().await;
            scene.aws.settled().await;
            scene.set_faults(vec![]);
            scene.invoke(&event).await
        }
    }
}

/// Checks what the run left behind, then that the next run, without faults, brings AWS Config to the truth.
pub(crate) async fn check(
    scene: &mut Scene,
    names: &BTreeMap<String, String>,
    before: &Verdicts,
    truths: &[Verdicts],
    told_before: usize,
    outcome: &Outcome,
    expected: &Expected,
) {
    let ends = match outcome {
        Outcome::Success(_) => "success",
        Outcome::Failure { error_type, .. } => error_type.as_str(),
        Outcome::Exited(_) => "exited",
    };
    let stands = standing(scene, names, before, truths);
    let at_once = told_of_brandon(scene, told_before, names, truths);

    recover(scene);
    assert_success(&scene.run(2 * HOUR).await);

    let truth = account::truth(&scene.aws.state());
    assert_eq!(account::held(scene), truth, "after the next run");
    assert_eq!(account::marked(scene), Vec::<String>::new(), "after the next run");
    let truths = [truths, &[truth]].concat();
    let later = told_of_brandon(scene, told_before, names, &truths) - at_once;
    let log = scene.function.log();
    assert!(
        expected.told.is(at_once, later),
        "told of brandon {at_once} times at once, {later} later\n{log}"
    );
    assert!(expected.ends.split(" or ").any(|accepted| accepted == ends), "{outcome:?}\n{log}");
    let mut allowed: BTreeSet<String> = expected.stands.iter().map(|name| (*name).to_owned()).collect();
    if expected.told.depends() {
        allowed.retain(|name| stands.contains(name));
    }
    assert_eq!(stands, allowed, "whose last result stands\n{log}");
}

/// Whose last result stands, though it is not true; panics where a result is neither true nor the last one.
fn standing(
    scene: &Scene,
    names: &BTreeMap<String, String>,
    before: &Verdicts,
    truths: &[Verdicts],
) -> BTreeSet<String> {
    let after = account::held(scene);
    let mut stands = BTreeSet::new();
    for (id, name) in names {
        let result = after.get(id);
        if truths.iter().any(|truth| truth.get(id) == result) {
            continue;
        }
        // who is gone is cleared by the next run
        let is_gone = truths.last().is_some_and(|truth| !truth.contains_key(id)) && !scene_has(scene, id);
        if is_gone && result == Some(&ComplianceType::Compliant) {
            continue;
        }
        assert_eq!(result, before.get(id), "{name}: neither true nor the last result");
        stands.insert(name.clone());
    }
    let unknown: Vec<_> = after.keys().filter(|id| !names.contains_key(*id)).collect();
    assert!(unknown.is_empty(), "results of nobody: {unknown:?}");
    stands
}

fn scene_has(scene: &Scene, user_id: &str) -> bool {
    scene.aws.state().users.iter().any(|user| user.user_id == user_id)
}

/// How many messages are about brandon; none may be about somebody who was never flagged.
fn told_of_brandon(
    scene: &Scene,
    told_before: usize,
    names: &BTreeMap<String, String>,
    truths: &[Verdicts],
) -> usize {
    let told = scene.alerted().split_off(told_before).concat();
    let flagged = |name: &String| {
        let ids = names.iter().filter(|(_, named)| named.trim_start_matches("the new ") == name);
        let mut ids = ids.map(|(id, _)| id);
        // a user who is renamed has two names
        name.starts_with("brandon")
            || ids.any(|id| truths.iter().any(|truth| truth.get(id) == Some(&ComplianceType::NonCompliant)))
    };
    assert!(told.iter().all(flagged), "{told:?}");
    told.iter().filter(|name| name.starts_with("brandon")).count()
}

/// All faults end.
pub(crate) fn recover(scene: &Scene) {
    let mut state = scene.aws.state();
    state.behaviour = setupkey_local_aws::Behaviour::default();
    state.credential_report = setupkey_local_aws::CredentialReports::default();
    if state.topics.is_empty() {
        state.topics.push(Topic { topic_arn: TOPIC.to_owned(), messages: Vec::new() });
    }
}
