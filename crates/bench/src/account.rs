//! An account on local AWS with a function in it, and its scheduled runs, measured from outside of the
//! function.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use setupkey_local_aws::{
    Behaviour, ConfigRule, Function, FunctionSettings, LocalAws, Outcome, RateLimit, ReportBehaviour, State,
    Topic,
};
use tokio::time::{Instant, sleep};

use crate::population::Population;
use crate::process::peak_memory;

/// The event that AWS Config sends on a schedule; tests and demo use the same file.
const EVENT: &str = include_str!("../../../events/scheduled.json");

const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alerts";

/// How long each answer takes. AWS publishes no figure; this is about what a call costs within a region.
const LATENCY_MILLIS: u64 = 15;

/// Calls a second of each IAM read operation, and at once. AWS publishes no figure for IAM.
pub(crate) const RATE: f64 = 20.0;

/// How long it takes to make a credential report: a report of 52 users was seen to take about two seconds.
pub(crate) const REPORT_TIME: Duration = Duration::from_secs(2);

/// The IAM operations that are called here; none of them writes.
const READS: [&str; 10] = [
    "ListUsers",
    "GetUser",
    "GetLoginProfile",
    "ListAccessKeys",
    "GetAccessKeyLastUsed",
    "ListUserTags",
    "ListAccountAliases",
    "GetAccountSummary",
    "GenerateCredentialReport",
    "GetCredentialReport",
];

/// An account with the rule.
pub(crate) struct Account {
    aws: LocalAws,
    function: Function,
    event: Value,
    start: DateTime<Utc>,
}

/// What one run took.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// `ok`, or the `errorType` that the function reported after it had done what it could.
    pub(crate) outcome: String,
    /// IAM calls that were answered, by operation; throttled ones are not among them.
    pub(crate) iam: BTreeMap<String, usize>,
    /// Calls that were throttled.
    pub(crate) throttled: usize,
    /// Evaluations reported.
    pub(crate) put: usize,
    /// From handing over the event to the function's answer.
    pub(crate) wall: Duration,
    /// The most memory that the function ever held, this run and those before, in bytes.
    pub(crate) peak_memory: u64,
}

impl Run {
    /// All IAM calls that were answered.
    pub(crate) fn iam_calls(&self) -> usize {
        self.iam.values().sum()
    }

    /// No run with these calls can take less time: each operation has its burst, then its rate; and a report
    /// that is made is waited for before anything else is asked.
    pub(crate) fn bound(&self) -> Duration {
        let most = self.iam.values().copied().max().unwrap_or_default();
        // a report that is there is asked for once
        let made = self.iam.get("GetCredentialReport").is_some_and(|count| *count > 1);
        let waiting = if made { REPORT_TIME } else { Duration::ZERO };
        waiting + Duration::from_secs_f64((as_f64(most) - RATE).max(0.0) / RATE)
    }
}

/// A count for arithmetic.
pub(crate) fn as_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

impl Account {
    /// An account with so many users, and the function behind this binary. With `report_age` there is a
    /// credential report that old; without, there is none.
    pub(crate) async fn start(
        binary: PathBuf,
        population: Population,
        users: usize,
        report_age: Option<TimeDelta>,
    ) -> Result<Self, Box<dyn Error>> {
        let event: Value = serde_json::from_str(EVENT)?;
        let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let message: Value = serde_json::from_str(&text("invokingEvent"))?;
        let created = message.get("notificationCreationTime").and_then(Value::as_str).unwrap_or_default();
        let start: DateTime<Utc> = created.parse()?;
        let rule = ConfigRule {
            config_rule_name: text("configRuleName"),
            config_rule_id: text("configRuleId"),
            result_token: text("resultToken"),
            results: Vec::new(),
        };
        let mut state = State {
            users: population.users(users, start),
            config_rules: vec![rule],
            topics: vec![Topic::new(TOPIC)],
            behaviour: behaviour(),
            ..State::default()
        };
        if let Some(age) = report_age {
            state.make_credential_report(start - age);
        }
        let aws = LocalAws::start(state).await?;
        let mut settings = FunctionSettings::new(binary, &aws);
        settings.environment.push(("ALERT_TOPIC_ARN".to_owned(), TOPIC.to_owned()));
        let function = Function::start(settings, &aws).await?;
        Ok(Self { aws, function, event, start })
    }

    /// A scheduled run so many hours after the first; local AWS's clock goes along.
    pub(crate) async fn run(&mut self, hours: i64) -> Result<Run, Box<dyn Error>> {
        // every rate has its full burst again
        sleep(Duration::from_secs(1)).await;
        let now = self.start + TimeDelta::hours(hours);
        self.aws.state().clock = Some(now);
        self.aws.forget_calls();
        let id = self.function.id().ok_or("the function is gone")?;
        let event = self.event_of(now)?;
        let started = Instant::now();
        let outcome = self.function.invoke(&event).await;
        let wall = started.elapsed();
        let outcome = match outcome {
            Outcome::Success(_) => "ok".to_owned(),
            Outcome::Failure { error_type, error_message } => {
                eprintln!("{error_type}: {error_message}");
                error_type
            }
            Outcome::Exited(status) => return Err(format!("the function ended: {status:?}").into()),
        };
        let mut run =
            Run { outcome, iam: BTreeMap::new(), throttled: 0, put: 0, wall, peak_memory: peak_memory(id)? };
        for call in self.aws.calls() {
            run.put += call.parameters.get("Evaluations").and_then(Value::as_array).map_or(0, Vec::len);
            match (call.service.as_str(), call.status) {
                // nothing else answers 400 here
                (_, Some(400)) => run.throttled += 1,
                ("iam", _) => *run.iam.entry(call.operation).or_default() += 1,
                _ => {}
            }
        }
        Ok(run)
    }

    /// The event of a run at that time.
    fn event_of(&self, time: DateTime<Utc>) -> Result<String, Box<dyn Error>> {
        let text = self.event.get("invokingEvent").and_then(Value::as_str).unwrap_or_default();
        let mut message: Value = serde_json::from_str(text)?;
        let mut event = self.event.clone();
        set(&mut message, "notificationCreationTime", json!(time.to_rfc3339()));
        set(&mut event, "invokingEvent", json!(message.to_string()));
        Ok(event.to_string())
    }
}

/// How every account behaves.
pub(crate) fn behaviour() -> Behaviour {
    let rate = RateLimit { per_second: RATE, burst: RATE };
    Behaviour {
        latency_millis: LATENCY_MILLIS,
        rate_limits: READS.iter().map(|operation| ((*operation).to_owned(), rate)).collect(),
        credential_report: ReportBehaviour {
            ready_after_millis: u64::try_from(REPORT_TIME.as_millis()).ok(),
            ..ReportBehaviour::default()
        },
        ..Behaviour::default()
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}
