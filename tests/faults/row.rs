//! One row: a fault, what is expected of the run in which it happens, and the run that shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use setupkey_local_aws::{Behaviour, ComplianceType, CredentialReports, Effect, Fault, Outcome, Topic};
use setupkey_tests::{Scene, TOPIC, assert_success, change_event, ends, fault, scheduled};

use crate::account::{self, HOUR, Verdicts};

/// The seconds that the function has where the run is to end before them: as long as Lambda allows.
pub(crate) const PATIENT: u64 = 900;

/// The seconds that it has where a call keeps it waiting: reading takes four fifths of them.
pub(crate) const SHORT: u64 = 20;

/// What is expected of a run that meets a fault, and seen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Expected {
    /// `success`, or the `errorType`; `A or B` where it depends on which call comes first.
    pub(crate) ends: &'static str,
    pub(crate) results: Results,
    pub(crate) alert: Alert,
}

/// Which results in AWS Config are still those of the previous run, though they are not true any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Results {
    /// The users with such a result.
    pub(crate) old: &'static [&'static str],
    /// Whether fewer of them are right, too: it depends on which call comes first.
    pub(crate) at_most: bool,
    /// The same, as the page says it.
    pub(crate) words: &'static str,
}

impl Results {
    pub(crate) const CURRENT: Self = Self::old(&[], "current");

    pub(crate) const fn old(old: &'static [&'static str], words: &'static str) -> Self {
        Self { old, at_most: false, words }
    }

    pub(crate) const fn at_most(self) -> Self {
        Self { at_most: true, ..self }
    }
}

/// When the alert about a new finding was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Alert {
    AtOnce,
    Twice,
    AtOnceAndAgain,
    ByTheNextRun,
    /// As often as SNS is asked to publish: the replies are lost.
    Often,
    /// Which of the two depends on which call comes first.
    OnceOrTwice,
    /// It may be no finding any more.
    IfStillFlagged,
}

impl Alert {
    /// Whether this many messages at once, and this many of the next run, are what is expected.
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
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AtOnce => "at once",
            Self::Twice => "at once, twice",
            Self::AtOnceAndAgain => "at once, and again by the next run",
            Self::ByTheNextRun => "by the next run",
            Self::Often => "at once, up to eight times, and again by the next run",
            Self::OnceOrTwice => "once or twice",
            Self::IfStillFlagged => "if the user is still flagged",
        })
    }
}

/// The fault has no effect: the run succeeds, every result is current, brandon is alerted about once.
pub(crate) const RIGHT: Expected =
    Expected { ends: "success", results: Results::CURRENT, alert: Alert::AtOnce };

/// One row.
pub(crate) struct Row {
    /// The problem, as the page says it; rows of one problem and one outcome are one line there.
    pub(crate) problem: &'static str,
    /// What has it, mostly an operation.
    pub(crate) at: String,
    /// The problem, as the test is named.
    pub(crate) case: &'static str,
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
    /// The scheduled event, and again after the process was killed at the nth call of an operation, which has this
    /// effect.
    Kill(&'static str, usize, Effect),
}

impl Row {
    pub(crate) fn new(
        problem: &'static str,
        at: impl Into<String>,
        expected: Expected,
        cause: impl FnOnce(&Scene) + Send + 'static,
    ) -> Self {
        let (at, cause) = (at.into(), Box::new(cause));
        Self { problem, at, case: problem, expected, seconds: PATIENT, cause, act: Act::Schedule }
    }

    /// A row of calls that go wrong.
    pub(crate) fn faults(
        problem: &'static str,
        at: impl Into<String>,
        expected: Expected,
        faults: Vec<Fault>,
    ) -> Self {
        Self::new(problem, at, expected, |scene| scene.set_faults(faults))
    }

    pub(crate) fn name(&self) -> String {
        let event = if self.act == Act::Change { ", change event" } else { "" };
        format!("{}: {}{event}", self.case, self.at)
    }

    /// Runs the row; panics with what did not hold.
    pub(crate) async fn run(self) {
        let (mut scene, mut names) = account::scene(self.seconds).await;
        let before = account::held(&scene);
        (self.cause)(&scene);
        name_users(&scene, &mut names, "");
        let mut truths = vec![account::truth(&scene.aws.state())];
        let alerts_before = scene.messages().len();

        let outcome = act(&mut scene, self.act).await;

        let taken = scene.logged("CloudWatchMetrics").last().map(|line| line["Seconds"].as_f64().unwrap());
        assert!(taken.is_none_or(|taken| taken < self.seconds as f64), "the deadline was over: {taken:?}");
        name_users(&scene, &mut names, "the new ");
        truths.push(account::truth(&scene.aws.state()));
        check(&mut scene, &names, &before, &truths, alerts_before, &outcome, &self.expected).await;
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
        Act::Kill(operation, nth, effect) => {
            let last = Fault { times: Some(1), skip: nth as u64 - 1, ..fault(operation, effect) };
            scene.set_faults(vec![last]);
            let text = event.to_string();
            tokio::select! {
                outcome = scene.function.invoke(&text) => panic!("not killed: {outcome:?}"),
                () = scene.aws.called(operation, nth) => {}
            }
            scene.restart().await;
            scene.aws.settled().await;
            scene.set_faults(vec![]);
            scene.invoke(&event).await
        }
    }
}

/// Checks what the run left behind, then that the next run, without faults, brings AWS Config to the truth.
async fn check(
    scene: &mut Scene,
    names: &BTreeMap<String, String>,
    before: &Verdicts,
    truths: &[Verdicts],
    alerts_before: usize,
    outcome: &Outcome,
    expected: &Expected,
) {
    let old = old_results(scene, names, before, truths);
    let at_once = alerts_about_brandon(scene, alerts_before, names, truths);

    recover(scene);
    assert_success(&scene.run(2 * HOUR).await);

    let truth = account::truth(&scene.aws.state());
    assert_eq!(account::held(scene), truth, "after the next run");
    assert_eq!(account::marked(scene), Vec::<String>::new(), "after the next run");
    let truths = [truths, &[truth]].concat();
    let later = alerts_about_brandon(scene, alerts_before, names, &truths) - at_once;
    let log = scene.function.log();
    assert!(expected.alert.is(at_once, later), "{at_once} alerts at once, {later} later\n{log}");
    assert!(expected.ends.split(" or ").any(|accepted| accepted == ends(outcome)), "{outcome:?}\n{log}");
    let Results { old: allowed, at_most, .. } = expected.results;
    let mut allowed: BTreeSet<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
    allowed.retain(|name| !at_most || old.contains(name));
    assert_eq!(old, allowed, "results of the previous run\n{log}");
}

/// Whose result is the one of the previous run, though it is not true; panics where a result is neither true nor
/// that one.
fn old_results(
    scene: &Scene,
    names: &BTreeMap<String, String>,
    before: &Verdicts,
    truths: &[Verdicts],
) -> BTreeSet<String> {
    let after = account::held(scene);
    let mut old = BTreeSet::new();
    for (id, name) in names {
        let result = after.get(id);
        if truths.iter().any(|truth| truth.get(id) == result) {
            continue;
        }
        // the next run clears users that are gone
        let is_gone = truths.last().is_some_and(|truth| !truth.contains_key(id)) && !scene_has(scene, id);
        if is_gone && result == Some(&ComplianceType::Compliant) {
            continue;
        }
        assert_eq!(result, before.get(id), "{name}: neither true nor the previous result");
        old.insert(name.clone());
    }
    let unknown: Vec<_> = after.keys().filter(|id| !names.contains_key(*id)).collect();
    assert!(unknown.is_empty(), "results without a user: {unknown:?}");
    old
}

fn scene_has(scene: &Scene, user_id: &str) -> bool {
    scene.aws.state().users.iter().any(|user| user.user_id == user_id)
}

/// How many alerts are about brandon; none may be about a user that was never flagged.
fn alerts_about_brandon(
    scene: &Scene,
    alerts_before: usize,
    names: &BTreeMap<String, String>,
    truths: &[Verdicts],
) -> usize {
    let alerted = scene.alerted().split_off(alerts_before).concat();
    let flagged = |name: &String| {
        let ids = names.iter().filter(|(_, named)| named.trim_start_matches("the new ") == name);
        let mut ids = ids.map(|(id, _)| id);
        // a user who is renamed has two names
        name.starts_with("brandon")
            || ids.any(|id| truths.iter().any(|truth| truth.get(id) == Some(&ComplianceType::NonCompliant)))
    };
    assert!(alerted.iter().all(flagged), "{alerted:?}");
    alerted.iter().filter(|name| name.starts_with("brandon")).count()
}

/// All faults end.
pub(crate) fn recover(scene: &Scene) {
    let mut state = scene.aws.state();
    state.behaviour = Behaviour::default();
    state.credential_report = CredentialReports::default();
    if state.topics.is_empty() {
        state.topics.push(Topic::new(TOPIC));
    }
    drop(state);
    scene.set_confirmed(true);
}
