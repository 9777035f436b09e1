use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use setupkey_local_aws::{
    ComplianceType, Effect, EvaluationResult, Fault, Function, FunctionSettings, LocalAws, Message, Outcome,
    State,
};

pub(crate) const RULE: &str = "iam-user-no-setup-access-key";
pub(crate) const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alerts";
pub(crate) const MARKER: &str = " [alert pending]";

/// The real function on local AWS.
pub(crate) struct Scene {
    pub(crate) aws: LocalAws,
    pub(crate) function: Function,
    token: String,
    has_topic: bool,
    timeout: Duration,
    environment: Vec<(String, String)>,
}

/// The credentials of the function: nobody is to read them anywhere.
const SECRETS: [(&str, &str); 2] =
    [("AWS_SECRET_ACCESS_KEY", "secret-of-the-function"), ("AWS_SESSION_TOKEN", "session-of-the-function")];

/// The longest that Lambda allows.
pub(crate) const LAMBDA_TIMEOUT: Duration = Duration::from_secs(900);

/// An event file of the repository.
pub(crate) fn event(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events").join(format!("{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// An event with its invoking event changed.
pub(crate) fn with_message(mut event: Value, change: impl FnOnce(&mut Value)) -> Value {
    let mut message: Value = serde_json::from_str(event["invokingEvent"].as_str().unwrap()).unwrap();
    change(&mut message);
    event["invokingEvent"] = json!(message.to_string());
    event
}

/// The scheduled event, so many hours after the first.
pub(crate) fn scheduled(hours: i64) -> Value {
    with_message(event("scheduled"), |message| {
        message["notificationCreationTime"] = json!(time(hours).to_rfc3339());
    })
}

/// The time of the scheduled event, and so many hours later.
pub(crate) fn time(hours: i64) -> DateTime<Utc> {
    "2026-11-22T06:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hours)
}

/// A user of local AWS, made long ago, without password and keys.
pub(crate) fn user(name: &str) -> Value {
    json!({"userName": name, "createDate": "2024-07-01T12:00:00Z"})
}

/// The same user with a console password.
pub(crate) fn with_password(mut user: Value) -> Value {
    user["loginProfile"] = json!({"createDate": "2024-07-01T12:02:27Z"});
    user
}

/// The same user with one more active key, made so many seconds later.
pub(crate) fn with_key(mut user: Value, seconds: i64, used: bool) -> Value {
    let created: DateTime<Utc> = user["createDate"].as_str().unwrap().parse().unwrap();
    let mut key = json!({"status": "Active", "createDate": created + TimeDelta::seconds(seconds)});
    if used {
        key["lastUsed"] = json!({"date": "2026-01-02T03:04:05Z", "serviceName": "s3", "region": "N/A"});
    }
    let keys = user.as_object_mut().unwrap().entry("accessKeys").or_insert(json!([]));
    keys.as_array_mut().unwrap().push(key);
    user
}

/// Has a password, and a key set up with the user and never used.
pub(crate) fn flagged(name: &str) -> Value {
    with_key(with_password(user(name)), 0, false)
}

/// Has a password and no key.
pub(crate) fn compliant(name: &str) -> Value {
    with_password(user(name))
}

pub(crate) fn fault(operation: &str, effect: Effect) -> Fault {
    Fault { operation: operation.to_owned(), matching: None, skip: 0, times: None, effect }
}

impl Scene {
    /// The function with an alert topic in an account with these users.
    pub(crate) async fn new(users: &[Value]) -> Self {
        Self::with_settings(users, true, LAMBDA_TIMEOUT).await
    }

    pub(crate) async fn without_topic(users: &[Value]) -> Self {
        Self::with_settings(users, false, LAMBDA_TIMEOUT).await
    }

    /// A function that has to be done within so many seconds.
    pub(crate) async fn with_timeout(users: &[Value], seconds: u64) -> Self {
        Self::with_settings(users, true, Duration::from_secs(seconds)).await
    }

    async fn with_settings(users: &[Value], has_topic: bool, timeout: Duration) -> Self {
        Self::start(users, has_topic, timeout, Vec::new()).await
    }

    /// A function whose environment says this too.
    pub(crate) async fn start(
        users: &[Value],
        has_topic: bool,
        timeout: Duration,
        environment: Vec<(String, String)>,
    ) -> Self {
        let token = event("scheduled")["resultToken"].as_str().unwrap().to_owned();
        let state = State::parse(
            &json!({
                "clock": time(0),
                "users": users,
                "configRules": [{"configRuleName": RULE, "resultToken": token}],
                "topics": [{"topicArn": TOPIC}],
            })
            .to_string(),
        )
        .unwrap();
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
    pub(crate) async fn another_function(&self) -> Function {
        Self::start_function(&self.aws, self.has_topic, self.timeout, &self.environment).await
    }

    /// Kills the function and starts it again, as Lambda does after a time-out.
    pub(crate) async fn restart(&mut self) {
        let fresh = Self::start_function(&self.aws, self.has_topic, self.timeout, &self.environment).await;
        std::mem::replace(&mut self.function, fresh).kill().await;
    }

    /// Invokes the function; what it logs must hold no secret.
    pub(crate) async fn invoke(&mut self, event: &Value) -> Outcome {
        self.invoke_text(&event.to_string()).await
    }

    pub(crate) async fn invoke_text(&mut self, event: &str) -> Outcome {
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
    pub(crate) fn assert_no_secret(&self, outcome: &Outcome) {
        let told = format!("{}{outcome:?}{:?}{:?}", self.function.log(), self.held(), self.messages());
        for secret in SECRETS.map(|(_, value)| value).iter().chain([&self.token.as_str()]) {
            assert!(!told.contains(secret), "`{secret}` is told: {told}");
        }
    }

    /// A scheduled run, so many hours after the first; local AWS's clock goes along.
    pub(crate) async fn run(&mut self, hours: i64) -> Outcome {
        self.aws.state().clock = Some(time(hours));
        self.aws.forget_calls();
        self.invoke(&scheduled(hours)).await
    }

    /// What AWS Config holds of users that the annotation names: verdict and annotation by name.
    pub(crate) fn results(&self) -> BTreeMap<String, (ComplianceType, String)> {
        self.held()
            .into_iter()
            .map(|result| {
                let annotation = result.annotation.unwrap();
                let name = annotation.split(": ").next().unwrap().to_owned();
                (name, (result.compliance_type, annotation))
            })
            .collect()
    }

    /// All that AWS Config holds of the rule.
    pub(crate) fn held(&self) -> Vec<EvaluationResult> {
        self.aws.state().config_rules[0].results.clone()
    }

    /// The names of the users that AWS Config holds as noncompliant, with the marker where it is.
    pub(crate) fn noncompliant(&self) -> Vec<String> {
        self.results()
            .into_iter()
            .filter(|(_, (compliance_type, _))| *compliance_type == ComplianceType::NonCompliant)
            .map(|(name, (_, annotation))| if annotation.ends_with(MARKER) { name + MARKER } else { name })
            .collect()
    }

    pub(crate) fn messages(&self) -> Vec<Message> {
        let state = self.aws.state();
        state.topics.iter().flat_map(|topic| topic.messages.clone()).collect()
    }

    /// The users that each message is about.
    pub(crate) fn alerted(&self) -> Vec<Vec<String>> {
        let names = |message: Message| {
            let entries =
                message.message.lines().filter(|line| line.contains(" (AIDA") && !line.starts_with(' '));
            entries.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
        };
        self.messages().into_iter().map(names).collect()
    }

    /// How often an operation was called since the run began.
    pub(crate) fn calls(&self, operation: &str) -> usize {
        self.aws.calls().iter().filter(|call| call.operation == operation).count()
    }

    /// The evaluations of each PutEvaluations call since the run began.
    pub(crate) fn puts(&self) -> Vec<Vec<Value>> {
        let calls = self.aws.calls();
        let puts = calls.iter().filter(|call| call.operation == "PutEvaluations");
        puts.map(|call| call.parameters["Evaluations"].as_array().unwrap().clone()).collect()
    }

    /// The log lines that hold this text.
    pub(crate) fn logged(&self, text: &str) -> Vec<Value> {
        let log = self.function.log();
        log.lines()
            .filter(|line| line.contains(text))
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    pub(crate) fn set_faults(&self, faults: Vec<Fault>) {
        self.aws.state().behaviour.faults = faults;
    }

    pub(crate) fn user_id(&self, name: &str) -> String {
        let state = self.aws.state();
        state.users.iter().find(|user| user.user_name == name).unwrap().user_id.clone()
    }

    pub(crate) fn remove_user(&self, name: &str) {
        self.aws.state().users.retain(|user| user.user_name != name);
    }
}

#[track_caller]
pub(crate) fn assert_success(outcome: &Outcome) {
    assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");
}

/// The invocation failed with this `errorType`, and its message holds this text.
#[track_caller]
pub(crate) fn assert_failure(outcome: &Outcome, expected_type: &str, expected_text: &str) {
    let Outcome::Failure { error_type, error_message } = outcome else { panic!("{outcome:?}") };
    assert_eq!(error_type, expected_type, "{error_message}");
    assert!(error_message.contains(expected_text), "{error_message}");
    assert!(!error_message.contains('\n'), "more than one line: {error_message}");
}

/// A binary of the workspace, built by the cargo that runs the tests, so that it is never an old one.
pub(crate) fn binary(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let built = Command::new(env!("CARGO"))
            .args(["build", "--workspace", "--bins", "--locked", "--quiet"])
            .current_dir(workspace)
            .status()
            .unwrap();
        assert!(built.success(), "the workspace does not build");
        // target/PROFILE/deps/system-HASH
        let test = std::env::current_exe().unwrap();
        test.parent().unwrap().parent().unwrap().to_owned()
    });
    folder.join(name)
}
