use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use setupkey_local_aws::{
    AccessKeyStatus, Call, Fault, Function, FunctionSettings, LocalAws, Message, Outcome, State, User,
};

use crate::{LAMBDA_TIMEOUT, TOPIC, binary, user_in};

const SECRET: &str = "secret-of-the-function";

/// The operations that change something.
const WRITES: [&str; 4] = ["TagUser", "UpdateAccessKey", "DeleteAccessKey", "Publish"];

/// The remediation function on local AWS.
#[derive(Debug)]
pub struct Remediate {
    /// The account.
    pub aws: LocalAws,
    /// The function's process.
    pub function: Function,
    timeout: Duration,
    guards: Vec<(String, String)>,
}

/// The system's time: the function has a clock of its own, which no test can set.
#[expect(clippy::disallowed_methods, reason = "the function's clock is the system's")]
pub fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

/// A time as the function writes it.
pub fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The value of the tag of a notice to the alert topic this many hours ago.
pub fn notice_tag(hours: i64) -> String {
    format!("{} {TOPIC}", deactivated_tag(hours))
}

/// The value of the tag of a deactivation this many hours ago.
pub fn deactivated_tag(hours: i64) -> String {
    rfc3339(now() - TimeDelta::hours(hours))
}

/// The remediation function with the alert topic, on an account, with this in its environment too.
pub async fn start_remediation(aws: &LocalAws, environment: &[(String, String)]) -> Function {
    Remediate::start(aws, LAMBDA_TIMEOUT, environment, Some(TOPIC)).await
}

impl Remediate {
    /// The function with an alert topic in an account with these users, under the default guards.
    pub async fn new(users: &[User]) -> Self {
        Self::with_timeout(users, 900).await
    }

    /// A function that has to end within this many seconds.
    pub async fn with_timeout(users: &[User], seconds: u64) -> Self {
        Self::with(users, seconds, &[]).await
    }

    /// A function under these guards: the stack sets them, as variables of the environment.
    pub async fn with_guards(users: &[User], guards: &[(&str, &str)]) -> Self {
        Self::with(users, 900, guards).await
    }

    /// A function that has to end within this many seconds, under these guards.
    pub async fn with(users: &[User], seconds: u64, guards: &[(&str, &str)]) -> Self {
        let guards: Vec<_> =
            guards.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let state = json!({"users": users, "topics": [{"topicArn": TOPIC}]});
        let aws = LocalAws::start(State::parse(&state.to_string()).unwrap()).await.unwrap();
        let timeout = Duration::from_secs(seconds);
        let function = Self::start(&aws, timeout, &guards, Some(TOPIC)).await;
        Self { aws, function, timeout, guards }
    }

    async fn start(
        aws: &LocalAws,
        timeout: Duration,
        guards: &[(String, String)],
        topic: Option<&str>,
    ) -> Function {
        let mut settings = FunctionSettings::new(binary("remediate"), aws);
        settings.timeout = timeout;
        settings.environment.push(("AWS_SECRET_ACCESS_KEY".to_owned(), SECRET.to_owned()));
        settings.environment.extend_from_slice(guards);
        settings.environment.extend(topic.map(|topic| ("ALERT_TOPIC_ARN".to_owned(), topic.to_owned())));
        Function::start(settings, aws).await.unwrap()
    }

    /// A second environment of the function, as Lambda starts one for an invocation that overlaps.
    pub async fn another_function(&self) -> Function {
        Self::start(&self.aws, self.timeout, &self.guards, Some(TOPIC)).await
    }

    /// The function without an alert topic.
    pub async fn without_topic(self) -> Self {
        self.with_topic(None).await
    }

    /// The function with another alert topic, or none.
    pub async fn with_topic(mut self, topic: Option<&str>) -> Self {
        self.function = Self::start(&self.aws, self.timeout, &self.guards, topic).await;
        self
    }

    /// The request for a user, by name.
    pub fn request(&self, name: &str, mode: &str) -> Value {
        json!({"resourceId": self.user_id(name), "mode": mode})
    }

    /// Invokes the function, with the log of calls begun anew.
    pub async fn invoke(&mut self, request: &Value) -> Outcome {
        self.aws.forget_calls();
        let outcome = self.function.invoke(&request.to_string()).await;
        let seen = format!("{}{outcome:?}{:?}", self.function.log(), self.messages());
        assert!(!seen.contains(SECRET), "a credential is in the log, the answer or a message: {seen}");
        outcome
    }

    /// Invokes the function for a user, by name.
    pub async fn run(&mut self, name: &str, mode: &str) -> Outcome {
        let request = self.request(name, mode);
        self.invoke(&request).await
    }

    /// The answer of a run that has to succeed.
    pub async fn answer(&mut self, name: &str, mode: &str) -> Value {
        let request = self.request(name, mode);
        self.answer_to(&request).await
    }

    /// The answer to a request that has to succeed.
    pub async fn answer_to(&mut self, request: &Value) -> Value {
        answer(&self.invoke(request).await)
    }

    /// The ID of a user, by name.
    pub fn user_id(&self, name: &str) -> String {
        self.user(name).user_id
    }

    /// A user as it is now, by name.
    pub fn user(&self, name: &str) -> User {
        user_in(&mut self.aws.state(), name).clone()
    }

    /// The ID of a user's key, in the order of the state.
    pub fn key_id(&self, name: &str, position: usize) -> String {
        self.user(name).access_keys[position].access_key_id.clone()
    }

    /// The statuses of a user's keys, in the order of the state.
    pub fn statuses(&self, name: &str) -> Vec<AccessKeyStatus> {
        self.user(name).access_keys.iter().map(|key| key.status).collect()
    }

    /// The key of the tag that says that a user's key was deactivated.
    pub fn tag_key(&self, name: &str, position: usize) -> String {
        format!("setup-key-deactivated:{}", self.key_id(name, position))
    }

    /// The key of the tag that says that the deactivation of a user's key was announced.
    pub fn notice_key(&self, name: &str, position: usize) -> String {
        format!("setup-key-notice:{}", self.key_id(name, position))
    }

    /// Changes a user.
    pub fn change(&self, name: &str, change: impl FnOnce(&mut User)) {
        change(user_in(&mut self.aws.state(), name));
    }

    /// Tags a user.
    pub fn tag(&self, name: &str, key: &str, value: &str) {
        self.change(name, |user| drop(user.tags.insert(key.to_owned(), value.to_owned())));
    }

    /// The operations that were called, in their order.
    pub fn operations(&self) -> Vec<String> {
        self.aws.calls().into_iter().map(|call| call.operation).collect()
    }

    /// The calls that changed something, or tried to.
    pub fn writes(&self) -> Vec<Call> {
        let mut calls = self.aws.calls();
        calls.retain(|call| WRITES.contains(&call.operation.as_str()));
        calls
    }

    /// How often an operation was called since the invocation began.
    pub fn count(&self, operation: &str) -> usize {
        self.operations().iter().filter(|called| *called == operation).count()
    }

    /// Whether the topic has a confirmed subscription, from now on.
    pub fn set_confirmed(&self, confirmed: bool) {
        let (confirmed, pending) = if confirmed { (1, 0) } else { (0, 1) };
        for topic in &mut self.aws.state().topics {
            (topic.subscriptions_confirmed, topic.subscriptions_pending) = (confirmed, pending);
        }
    }

    /// Nothing was changed, and nothing published.
    #[track_caller]
    pub fn assert_no_write(&self) {
        let writes: Vec<_> = self.writes().into_iter().map(|call| call.operation).collect();
        assert_eq!(writes, Vec::<String>::new());
    }

    /// What was published.
    pub fn messages(&self) -> Vec<Message> {
        let state = self.aws.state();
        state.topics.iter().flat_map(|topic| topic.messages.clone()).collect()
    }

    /// The faults from now on, instead of those before.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.aws.state().behaviour.faults = faults;
    }

    /// The audit lines about a key.
    pub fn audited(&self, access_key_id: &str) -> Vec<Value> {
        let log = self.function.log();
        let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .filter(|line| line["message"] == "access key" && line["access_key_id"] == access_key_id)
            .collect()
    }
}

/// The answer of an invocation that has to succeed.
#[track_caller]
pub fn answer(outcome: &Outcome) -> Value {
    let Outcome::Success(body) = outcome else { panic!("{outcome:?}") };
    serde_json::from_str(body).unwrap()
}

/// The keys that were acted on, with what was done.
pub fn actions(answer: &Value) -> Vec<(String, String)> {
    let text = |action: &Value, name: &str| action[name].as_str().unwrap().to_owned();
    let actions = answer["actions"].as_array().unwrap();
    actions.iter().map(|action| (text(action, "accessKeyId"), text(action, "action"))).collect()
}

/// Why a key was left alone; each key has one reason at most.
#[track_caller]
pub fn reason(answer: &Value, access_key_id: &str) -> String {
    let refusals = answer["refusals"].as_array().unwrap();
    let mut of_key = refusals.iter().filter(|refusal| refusal["accessKeyId"] == access_key_id);
    let refusal = of_key.next().unwrap_or_else(|| panic!("`{access_key_id}` is not refused: {answer}"));
    assert_eq!(of_key.next(), None, "refused twice: {answer}");
    let reason = refusal["reason"].as_str().unwrap();
    assert!(!reason.is_empty() && !reason.contains('\n'), "{reason}");
    reason.to_owned()
}
