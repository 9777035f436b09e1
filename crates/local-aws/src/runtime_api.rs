//! The Lambda Runtime API (version 2018-06-01): hands events to a function that polls, and takes its
//! answers. The function's process is in `function`.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Mutex, mpsc};

use crate::clock::system_time;
use crate::http::{Reply, Request, Server, Unanswered};

const VERSION: &str = "/2018-06-01/runtime";

/// An event that waits for the function's next poll.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) request_id: String,
    pub(crate) body: String,
}

/// What the function posted.
#[derive(Debug)]
pub(crate) enum Posted {
    Response { request_id: String, body: String },
    Error { request_id: String, error_type: String, error_message: String },
    InitError { error_type: String, error_message: String },
}

/// A running Runtime API for one function.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    server: Server,
    pub(crate) events: mpsc::UnboundedSender<Event>,
    pub(crate) posted: mpsc::UnboundedReceiver<Posted>,
}

#[derive(Debug)]
struct Shared {
    events: Mutex<mpsc::UnboundedReceiver<Event>>,
    posted: mpsc::UnboundedSender<Posted>,
    function_arn: String,
    timeout: Duration,
}

impl RuntimeApi {
    pub(crate) fn start(function_arn: String, timeout: Duration) -> io::Result<Self> {
        let (events, waiting) = mpsc::unbounded_channel();
        let (posting, posted) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared { events: Mutex::new(waiting), posted: posting, function_arn, timeout });
        let server = Server::start(move |request| {
            let shared = Arc::clone(&shared);
            async move { shared.serve(request).await }
        })?;
        Ok(Self { server, events, posted })
    }

    /// What `AWS_LAMBDA_RUNTIME_API` has to be: host and port.
    pub(crate) fn address(&self) -> String {
        self.server.address().to_string()
    }
}

impl Shared {
    async fn serve(&self, request: Request) -> Result<Reply, Unanswered> {
        let path = request.path.strip_prefix(VERSION).unwrap_or_default();
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["invocation", "next"]) => self.next().await,
            ("POST", ["invocation", request_id, "response"]) => {
                self.take(Posted::Response { request_id: (*request_id).to_owned(), body: request.body })
            }
            ("POST", ["invocation", request_id, "error"]) => {
                let (error_type, error_message) = error(&request);
                self.take(Posted::Error { request_id: (*request_id).to_owned(), error_type, error_message })
            }
            ("POST", ["init", "error"]) => {
                let (error_type, error_message) = error(&request);
                self.take(Posted::InitError { error_type, error_message })
            }
            _ => Ok(reply(404, r#"{"errorType":"NotFound","errorMessage":"no such path"}"#.to_owned())),
        }
    }

    /// Blocks until there is an event, as the Runtime API does.
    async fn next(&self) -> Result<Reply, Unanswered> {
        let event = self.events.lock().await.recv().await.ok_or(Unanswered)?;
        let timeout = i64::try_from(self.timeout.as_millis()).unwrap_or(i64::MAX);
        let deadline = system_time().timestamp_millis().saturating_add(timeout);
        let mut reply = reply(200, event.body);
        reply.headers.extend([
            ("lambda-runtime-aws-request-id", event.request_id),
            ("lambda-runtime-deadline-ms", deadline.to_string()),
            ("lambda-runtime-invoked-function-arn", self.function_arn.clone()),
            ("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000;Sampled=0".to_owned()),
        ]);
        Ok(reply)
    }

    fn take(&self, posted: Posted) -> Result<Reply, Unanswered> {
        self.posted.send(posted).map_err(|_| Unanswered)?;
        Ok(reply(202, r#"{"status":"OK"}"#.to_owned()))
    }
}

fn reply(status: u16, body: String) -> Reply {
    Reply { status, headers: vec![("content-type", "application/json".to_owned())], body, is_cut: false }
}

/// The error's type and message, from the body; the type from the header if the body does not say.
fn error(request: &Request) -> (String, String) {
    let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
    let text = |name| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let header = || request.headers.get("lambda-runtime-function-error-type").cloned();
    (text("errorType").or_else(header).unwrap_or_default(), text("errorMessage").unwrap_or_default())
}
