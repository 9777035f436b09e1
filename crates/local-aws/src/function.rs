//! A function's real binary as a child process: its environment, its log, its invocations. How events
//! reach it is in `runtime_api`.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::runtime_api::{Event, Posted, RuntimeApi};
use crate::server::LocalAws;

static STARTED: AtomicU64 = AtomicU64::new(0);

/// Counts invocations, of all functions: no two requests have the same ID.
static INVOKED: AtomicU64 = AtomicU64::new(1);

/// How a function is started.
#[derive(Debug, Clone)]
pub struct FunctionSettings {
    /// The executable.
    pub binary: PathBuf,
    /// The ARN that each invocation names.
    pub function_arn: String,
    /// How far ahead each invocation's deadline is; told to the function, not enforced.
    pub timeout: Duration,
    /// Set after everything else, so it wins.
    pub environment: Vec<(String, String)>,
}

impl FunctionSettings {
    /// A function named after its binary in the account and region of local AWS, with the longest timeout
    /// that Lambda allows (900 seconds; AWS Lambda developer guide, quotas).
    pub fn new(binary: impl Into<PathBuf>, aws: &LocalAws) -> Self {
        let binary = binary.into();
        let state = aws.state();
        let function_arn =
            format!("arn:aws:lambda:{}:{}:function:{}", state.region, state.account_id, name(&binary));
        Self { binary, function_arn, timeout: Duration::from_secs(900), environment: Vec::new() }
    }
}

fn name(binary: &Path) -> String {
    binary.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What came of an invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The function's response.
    Success(String),
    /// The function reported an error, for the invocation or for its initialisation.
    Failure {
        /// The `errorType`.
        error_type: String,
        /// The `errorMessage`.
        error_message: String,
    },
    /// The process ended before it answered; its exit code, if no signal ended it.
    Exited(Option<i32>),
}

/// A function as a child process, killed when dropped.
#[derive(Debug)]
pub struct Function {
    child: Child,
    runtime_api: RuntimeApi,
    log: Log,
}

/// A file rather than pipes: the function goes on although nothing reads it, and nothing is lost when the
/// function dies.
#[derive(Debug)]
struct Log(PathBuf);

impl Drop for Log {
    fn drop(&mut self) {
        // a file in the folder for temporary files: no harm if it stays
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Function {
    /// Starts the binary behind a Runtime API of its own, with local AWS as its AWS and no other environment
    /// than Lambda's, `PATH`, and what the settings add.
    ///
    /// # Errors
    /// If the binary cannot be run, or there is no port.
    pub async fn start(settings: FunctionSettings, aws: &LocalAws) -> io::Result<Self> {
        let runtime_api = RuntimeApi::start(settings.function_arn, settings.timeout)?;
        let (log, file) = create_log()?;
        let region = aws.state().region.clone();
        let name = name(&settings.binary);
        let child = Command::new(&settings.binary)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("AWS_LAMBDA_RUNTIME_API", runtime_api.address())
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}"))
            .env("AWS_LAMBDA_FUNCTION_NAME", &name)
            // tells in each recorded request who sent it
            .env("AWS_SDK_UA_APP_ID", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "local")
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
            .env("AWS_REGION", &region)
            .env("AWS_DEFAULT_REGION", &region)
            .env("AWS_ENDPOINT_URL", aws.endpoint_url())
            .env("AWS_ACCESS_KEY_ID", "ASIALOCALAWS00000000")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_SESSION_TOKEN", "local")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(settings.environment)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Self { child, runtime_api, log })
    }

    /// Waits for the function's first poll.
    pub async fn polled(&self) {
        self.runtime_api.polled.notified().await;
    }

    /// Hands the event, which may be any text, to the function's next poll and waits for its answer, or for the
    /// end of the process. May be abandoned; an answer that comes after that is ignored.
    pub async fn invoke(&mut self, event: &str) -> Outcome {
        let invoked = INVOKED.fetch_add(1, Ordering::Relaxed);
        let request_id = format!("00000000-0000-4000-9000-{invoked:012x}");
        // if the Runtime API is gone, so is the function, which is found below
        let _ =
            self.runtime_api.events.send(Event { request_id: request_id.clone(), body: event.to_owned() });
        loop {
            let posted = tokio::select! {
                biased;
                posted = self.runtime_api.posted.recv() => posted,
                status = self.child.wait() => match self.runtime_api.posted.try_recv() {
                    // it answered, then ended
                    Ok(posted) => Some(posted),
                    Err(_) => return Outcome::Exited(status.ok().and_then(|status| status.code())),
                },
            };
            match posted {
                Some(Posted::Response { request_id: answered, body }) if answered == request_id => {
                    return Outcome::Success(body);
                }
                Some(Posted::Error { request_id: answered, error_type, error_message })
                    if answered == request_id =>
                {
                    return Outcome::Failure { error_type, error_message };
                }
                Some(Posted::InitError { error_type, error_message }) => {
                    return Outcome::Failure { error_type, error_message };
                }
                Some(Posted::Response { .. } | Posted::Error { .. }) => {}
                None => return Outcome::Exited(None),
            }
        }
    }

    /// What the function wrote to stdout and stderr so far.
    pub fn log(&self) -> String {
        std::fs::read(&self.log.0)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// The function's process ID, as long as it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Kills the process (SIGKILL) and waits until it is gone.
    pub async fn kill(mut self) {
        // the only error is that it is gone already
        let _ = self.child.kill().await;
    }
}

fn create_log() -> io::Result<(Log, File)> {
    let count = STARTED.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("local-aws-{}-{count}.log", std::process::id()));
    let file = OpenOptions::new().append(true).create(true).open(&path)?;
    file.set_len(0)?;
    Ok((Log(path), file))
}

#[cfg(test)]
mod tests;
