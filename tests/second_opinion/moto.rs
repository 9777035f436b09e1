use setupkey_local_aws::User;
use setupkey_tests::{TOPIC, time};
use std::env;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// The Python that has moto; set by make.
const PYTHON: &str = "MOTO_PYTHON";

/// A moto server with an account, ended when dropped.
pub(crate) struct Moto {
    endpoint: String,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Moto {
    pub(crate) async fn start(users: &[User]) -> Self {
        let python = env::var(PYTHON).expect("MOTO_PYTHON names a Python that has moto: make second-opinion");
        let account = Path::new(env!("CARGO_MANIFEST_DIR")).join("second_opinion/account.py");
        let state = json!({"clock": time(0), "users": users, "topics": [{"topicArn": TOPIC}]});
        let mut child = Command::new(python)
            .arg(account)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        input.write_all(format!("{state}\n").as_bytes()).await.unwrap();
        let endpoint = output.next_line().await.unwrap().expect("moto server starts");
        Self { endpoint, input, output, _child: child }
    }

    /// What sends the calls of these services to moto.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        ["IAM", "STS", "SNS"]
            .map(|service| (format!("AWS_ENDPOINT_URL_{service}"), self.endpoint.clone()))
            .to_vec()
    }

    /// What the account holds.
    pub(crate) async fn dump(&mut self) -> Value {
        self.input.write_all(b"dump\n").await.unwrap();
        let line = self.output.next_line().await.unwrap().expect("moto server lives");
        serde_json::from_str(&line).unwrap()
    }
}
