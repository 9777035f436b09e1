use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use setupkey_local_aws::{
    ComplianceType, EvaluationResult, Fault, Function, FunctionSettings, LocalAws, Message, Outcome, State,
    User,
};

use crate::words::MARKER;
use crate::{binary, event, scheduled, time};

/// The rule's name.
pub const RULE: &str = "iam-user-no-setup-access-key";

/// The alert topic.
pub const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alerts";

/// The function of the rule on local AWS.
#[derive(Debug)]
pub struct Scene {
    /// The account.
    pub aws: LocalAws,
    /// The function's process.
    pub function: Function,
    token: String,
    has_topic: bool,
    timeout: Duration,
    environment: Vec<(String, String)>,
}

/// The credentials of the function, which must not appear anywhere.
const SECRETS: [(&str, &str); 2] =
    [("AWS_SECRET_ACCESS_KEY", "secret-of-the-function"), ("AWS_SESSION_TOKEN", "session-of-the-function")];

/// The longest that Lambda allows.
pub const LAMBDA_TIMEOUT: Duration = Duration::from_secs(900);

impl Scene {
    /// The function with an alert topic in an account with these users.
    pub async fn new(users: &[User]) -> Self {
        Self::with_settings(users, true, LAMBDA_TIMEOUT).await
    }

    /// The function without an alert topic.
    pub async fn without_topic(users: &[User]) -> Self {
        Self::with_settings(users, false, LAMBDA_TIMEOUT).await
    }

    /// A function that has to be done within so many seconds.
    pub async fn with_timeout(users: &[User], seconds: u64) -> Self {
        Self::with_settings(users, true, Duration::from_secs(seconds)).await
    }

    async fn with_settings(users: &[User], has_topic: bool, timeout: Duration) -> Self {
        Self::start(users, has_topic, timeout, Vec::new()).await
    }

    /// A function whose environment says this too.
    pub async fn start(
        users: &[User],
        has_topic: bool,
        timeout: Duration,
        environment: Vec<(String, String)>,
    ) -> Self {
        let token = event("scheduled")["resultToken"].as_str().unwrap().to_owned();
        let state = json!({
            "clock": time(0),
            "users": users,
            "configRules": [{"configRuleName": RULE, "resultToken": token}],
            "topics": [{"topicArn": TOPIC}],
        });
        let state = State::parse(&state.to_string()).unwrap();
        let aws = LocalAws::start(state).await.unwrap();
        let function = Self::start_function(&aws, has_topic, timeout, &environment).await;
        Self { aws, function, token, has_topic, timeout, environment }
    }

    async fn start_function(
        aws: &LocalAws,
        has_topic: bool,
        timeout: Duration,
        environment: &[(String, String)],
    ) -> Function {
        let mut settings = FunctionSettings::new(binary("config-rule"), aws);
        settings.timeout = timeout;
        settings.environment = SECRETS.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        settings.environment.extend_from_slice(environment);
        if has_topic {
            settings.environment.push(("ALERT_TOPIC_ARN".to_owned(), TOPIC.to_owned()));
        }
        Function::start(settings, aws).await.unwrap()
    }

    /// A second environment of the function, as Lambda starts one for an invocation that overlaps.
    pub async fn another_function(&self) -> Function {
        Self::start_function(&self.aws, self.has_topic, self.timeout, &self.environment).await
    }

    /// Kills the function and starts it again, as Lambda does after a time-out.
    pub async fn restart(&mut self) {
        let fresh = Self::start_function(&self.aws, self.has_topic, self.timeout, &self.environment).await;
        std::mem::replace(&mut self.function, fresh).kill().await;
    }

    /// Invokes the function; what it logs must hold no secret.
    pub async fn invoke(&mut self, event: &Value) -> Outcome {
        self.invoke_text(&event.to_string()).await
    }

    /// The same with any text instead of an event.
    pub async fn invoke_text(&mut self, event: &str) -> Outcome {
        let before = self.logged("_aws").len();
        let outcome = self.function.invoke(event).await;
        let metrics = self.logged("_aws");
        assert_eq!(metrics.len(), before + 1, "one metrics line for each invocation");
        assert!(metrics.iter().all(|line| line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "setupkey"));
        self.assert_no_secret(&outcome);
        outcome
    }

    /// No secret is in the log, in what the function reported, in AWS Config or in a message.
    #[track_caller]
    pub fn assert_no_secret(&self, outcome: &Outcome) {
        let seen = format!("{}{outcome:?}{:?}{:?}", self.function.log(), self.held(), self.messages());
        for secret in SECRETS.map(|(_, value)| value).iter().chain([&self.token.as_str()]) {
            assert!(!seen.contains(secret), "`{secret}` is in: {seen}");
        }
    }

    /// A scheduled run, so many hours after the first; local AWS's clock goes along.
    pub async fn run(&mut self, hours: i64) -> Outcome {
        self.aws.state().clock = Some(time(hours));
        self.aws.forget_calls();
        self.invoke(&scheduled(hours)).await
    }

    /// The stored results of users whom the annotation names: verdict and annotation by name.
    pub fn results(&self) -> BTreeMap<String, (ComplianceType, String)> {
        self.held()
            .into_iter()
            .map(|result| {
                let annotation = result.annotation.unwrap();
                let name = annotation.split(": ").next().unwrap().to_owned();
                (name, (result.compliance_type, annotation))
            })
            .collect()
    }

    /// All stored results of the rule.
    pub fn held(&self) -> Vec<EvaluationResult> {
        self.aws.state().config_rules[0].results.clone()
    }

    /// The names of the users whose stored result is noncompliant, with the marker where it is.
    pub fn noncompliant(&self) -> Vec<String> {
        self.results()
            .into_iter()
            .filter(|(_, (compliance_type, _))| *compliance_type == ComplianceType::NonCompliant)
            .map(|(name, (_, annotation))| if annotation.ends_with(MARKER) { name + MARKER } else { name })
            .collect()
    }

    /// What was published.
    pub fn messages(&self) -> Vec<Message> {
        let state = self.aws.state();
        state.topics.iter().flat_map(|topic| topic.messages.clone()).collect()
    }

    /// The users that each message is about.
    pub fn alerted(&self) -> Vec<Vec<String>> {
        let names = |message: Message| {
            let entries =
                message.message.lines().filter(|line| line.contains(" (AIDA") && !line.starts_with(' '));
            entries.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
        };
        self.messages().into_iter().map(names).collect()
    }

    /// How often an operation was called since the run began.
    pub fn calls(&self, operation: &str) -> usize {
        self.aws.calls().iter().filter(|call| call.operation == operation).count()
    }

    /// The evaluations of each PutEvaluations call since the run began.
    pub fn puts(&self) -> Vec<Vec<Value>> {
        let calls = self.aws.calls();
        let puts = calls.iter().filter(|call| call.operation == "PutEvaluations");
        puts.map(|call| call.parameters["Evaluations"].as_array().unwrap().clone()).collect()
    }

    /// The log lines that hold this text.
    pub fn logged(&self, text: &str) -> Vec<Value> {
        let log = self.function.log();
        log.lines()
            .filter(|line| line.contains(text))
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The faults from now on, instead of those before.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.aws.state().behaviour.faults = faults;
    }

    /// Whether the topic has a confirmed subscription, from now on.
    pub fn set_confirmed(&self, confirmed: bool) {
        let (confirmed, pending) = if confirmed { (1, 0) } else { (0, 1) };
        for topic in &mut self.aws.state().topics {
            (topic.subscriptions_confirmed, topic.subscriptions_pending) = (confirmed, pending);
        }
    }

    /// The operations that were called since the run began, in their order.
    pub fn operations(&self) -> Vec<String> {
        self.aws.calls().into_iter().map(|call| call.operation).collect()
    }

    /// The ID of a user, by name.
    pub fn user_id(&self, name: &str) -> String {
        let state = self.aws.state();
        state.users.iter().find(|user| user.user_name == name).unwrap().user_id.clone()
    }

    /// Deletes a user.
    pub fn remove_user(&self, name: &str) {
        self.aws.state().users.retain(|user| user.user_name != name);
    }
}

/// `success`, or the `errorType`.
pub fn ends(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Success(_) => "success",
        Outcome::Failure { error_type, .. } => error_type,
        Outcome::Exited(_) => "exited",
    }
}

/// The invocation succeeded.
#[track_caller]
pub fn assert_success(outcome: &Outcome) {
    assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");
}

/// The invocation failed with this `errorType`, and its message holds this text.
#[track_caller]
pub fn assert_failure(outcome: &Outcome, expected_type: &str, expected_text: &str) {
    let Outcome::Failure { error_type, error_message } = outcome else { panic!("{outcome:?}") };
    assert_eq!(error_type, expected_type, "{error_message}");
    assert!(error_message.contains(expected_text), "{error_message}");
    assert!(!error_message.contains('\n'), "more than one line: {error_message}");
}
