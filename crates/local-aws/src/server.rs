//! The running local AWS: takes each request, applies latency, limits and faults, has the service answer,
//! and keeps the log of calls. What the services do is in their own files.

use std::collections::HashMap;
use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::behaviour::{Counted, Effect, is_meant};
use crate::changes::Changes;
use crate::cloudtrail::Caller;
use crate::error::ServiceError;
use crate::http::{Reply, Request, Server, Unanswered};
use crate::record::Record;
use crate::request::{Asked, access_key_id, asked, authorized};
use crate::service::Service;
use crate::state::State;
use crate::{cloudtrail, config, iam, json, query, sign_in, sns, sts};

/// A call that is held looks this often whether it is held still.
const HELD_AGAIN_AFTER: Duration = Duration::from_millis(2);

/// A call that reached local AWS.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `iam`, `sts`, `sns`, `config` or `cloudtrail`.
    pub service: String,
    /// The operation, such as `ListUsers`.
    pub operation: String,
    /// What was asked: the fields of the form (Query) or the body (JSON).
    pub parameters: Value,
    /// The status that was answered; `None` as long as there is no answer, and if there never is one.
    pub status: Option<u16>,
}

/// A local AWS that listens on 127.0.0.1 until it is dropped.
#[derive(Debug)]
pub struct LocalAws {
    server: Server,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// By account ID: the limits of an account are its own.
    counted: Mutex<HashMap<String, Counted>>,
    calls: watch::Sender<Calls>,
    changes: Changes,
    record: Record,
}

#[derive(Debug, Default)]
struct Calls {
    made: u64,
    /// How many are being worked on; a call that hangs is not.
    working: u64,
    kept: Vec<(u64, Call)>,
}

/// What becomes of a call.
enum Served {
    Reply(Reply),
    /// Not what the service would say.
    Garbage(Reply),
    Closed,
    Never,
}

impl LocalAws {
    /// Starts on a free port, on a thread of its own.
    ///
    /// # Errors
    /// If there is no port, or the folder that `LOCAL_AWS_EXCHANGES` names cannot be written.
    pub async fn start(mut state: State) -> io::Result<Self> {
        state.derive_ids();
        let shared = Arc::new(Shared::new(state, Record::from_environment()?));
        let serving = Arc::clone(&shared);
        let server = Server::start(move |request| {
            let shared = Arc::clone(&serving);
            // a task of its own: as at AWS, a call goes on when its client has gone
            let call = tokio::spawn(async move { shared.serve(request).await });
            async move { call.await.unwrap_or(Err(Unanswered)) }
        })?;
        Ok(Self { server, shared })
    }

    /// What `AWS_ENDPOINT_URL` has to be: `http://127.0.0.1:PORT`.
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The state, to look at or to change between events. Calls wait until the guard is dropped, so do not
    /// hold it across an await.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// Every call so far, in the order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.calls.borrow().kept.iter().map(|(_, call)| call.clone()).collect()
    }

    /// Begins the log of calls anew.
    pub fn forget_calls(&self) {
        self.shared.calls.send_modify(|calls| calls.kept.clear());
    }

    /// Changes the state when a call of the operation (`*` for any) arrives after so many others of it, before it
    /// is answered: what others do to the account while a function works.
    pub fn before(&self, operation: &str, skip: usize, change: impl FnOnce(&mut State) + Send + 'static) {
        self.shared.changes.add(operation, skip, Box::new(change));
    }

    /// Forgets the changes that still wait for their call.
    pub fn forget_changes(&self) {
        self.shared.changes.forget();
    }

    /// Waits until no call is being worked on, except those that hang.
    pub async fn settled(&self) {
        let mut calls = self.shared.calls.subscribe();
        // the sender lives as long as self
        let _ = calls.wait_for(|calls| calls.working == 0).await;
    }

    /// Waits until so many calls of the operation (`*` for any) have arrived, answered or not. With
    /// [`Effect::Hang`] a function can be killed at exactly that point.
    pub async fn called(&self, operation: &str, times: usize) {
        let mut calls = self.shared.calls.subscribe();
        let arrived = |calls: &Calls| {
            calls.kept.iter().filter(|(_, call)| is_meant(operation, &call.operation)).count() >= times
        };
        // the sender lives as long as self
        let _ = calls.wait_for(arrived).await;
    }
}

impl Shared {
    fn new(state: State, record: Record) -> Self {
        let calls = watch::Sender::new(Calls::default());
        let changes = Changes::default();
        Self { state: Mutex::new(state), counted: Mutex::default(), calls, changes, record }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // a test that failed while it held the state must not hide why
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(&self, request: Request) -> Result<Reply, Unanswered> {
        let signed_in = sign_in::answer(&request, &self.state(), "00000000-0000-4000-8000-000000000000");
        if let Some((service, operation, parameters, reply)) = signed_in {
            if service == "organizations" {
                self.record.exchange(service, operation, &request, Some(&reply), false);
            }
            let status = Some(reply.status);
            let (service, operation) = (service.to_owned(), operation.to_owned());
            self.begun(Call { service, operation, parameters, status });
            self.calls.send_modify(|calls| calls.working -= 1);
            return Ok(reply);
        }
        let asked = asked(&request);
        let (service, operation, parameters) = match &asked {
            Ok(asked) => (asked.service.name(), asked.operation.as_str(), asked.parameters.clone()),
            Err(_) => ("unknown", "", Value::Null),
        };
        let call =
            Call { service: service.to_owned(), operation: operation.to_owned(), parameters, status: None };
        self.changes.due(operation).into_iter().for_each(|change| change(&mut self.state()));
        let number = self.begun(call);
        // in the form of a UUID, as AWS's are
        let id = format!("00000000-0000-4000-8000-{number:012x}");
        let outcome = match &asked {
            Ok(asked) => self.answer(asked, &request, &id).await,
            Err(error) if request.headers.contains_key("x-amz-target") => {
                Served::Reply(json::error(error, &id))
            }
            Err(error) => Served::Reply(query::error(Service::Iam, error, &id)),
        };
        let (reply, deliberate) = match &outcome {
            Served::Reply(reply) => (Some(reply), false),
            Served::Garbage(reply) => (Some(reply), true),
            Served::Closed | Served::Never => (None, true),
        };
        self.record.exchange(service, operation, &request, reply, deliberate);
        self.answered(number, reply.map(|reply| reply.status));
        self.calls.send_modify(|calls| calls.working -= 1);
        match outcome {
            Served::Reply(reply) | Served::Garbage(reply) => Ok(reply),
            Served::Closed => Err(Unanswered),
            Served::Never => pending().await,
        }
    }

    fn begun(&self, call: Call) -> u64 {
        let mut number = 0;
        self.calls.send_modify(|calls| {
            calls.made += 1;
            calls.working += 1;
            number = calls.made;
            calls.kept.push((number, call));
        });
        number
    }

    fn answered(&self, number: u64, status: Option<u16>) {
        self.calls.send_modify(|calls| {
            // from the end, where the calls that are not answered yet are
            if let Some((_, call)) = calls.kept.iter_mut().rev().find(|(kept, _)| *kept == number) {
                call.status = status;
            }
        });
    }

    async fn answer(&self, asked: &Asked, request: &Request, id: &str) -> Served {
        let service = asked.service;
        let refuse = |error: &ServiceError| Served::Reply(refusal(service, error, id));
        if let Err(error) = authorized(request, asked) {
            return refuse(&error);
        }
        let signer = access_key_id(request);
        let user_agent = request.headers.get("user-agent").map(String::as_str).unwrap_or_default();
        let caller = Caller { access_key_id: signer, user_agent, id };
        let (latency, admitted, effect) = self.behaviour(asked, signer);
        let delay = match effect {
            Some(Effect::Delay { millis }) => millis,
            _ => 0,
        };
        if latency + delay > 0 {
            sleep(Duration::from_millis(latency + delay)).await;
        }
        if !admitted {
            return refuse(&ServiceError::throttled(service));
        }
        match effect {
            None | Some(Effect::Delay { .. }) => Served::Reply(self.work(asked, &caller, |_| false)),
            Some(Effect::FailedEvaluations { resource_ids }) => {
                let fails = |id: &str| {
                    resource_ids.as_ref().is_none_or(|ids| ids.iter().any(|failing| failing == id))
                };
                Served::Reply(self.work(asked, &caller, fails))
            }
            Some(Effect::Error { status, code, message }) => refuse(&ServiceError { status, code, message }),
            Some(Effect::Throttle) => refuse(&ServiceError::throttled(service)),
            Some(Effect::AccessDenied) => refuse(&ServiceError::access_denied(service, &asked.operation)),
            Some(Effect::ServiceFailure) => refuse(&ServiceError::service_failure(service)),
            Some(Effect::DropBefore) => Served::Closed,
            Some(Effect::DropAfter) => {
                self.work(asked, &caller, |_| false);
                Served::Closed
            }
            Some(Effect::Hold) => {
                while self.state().behaviour.holds(&asked.operation) {
                    sleep(HELD_AGAIN_AFTER).await;
                }
                Served::Reply(self.work(asked, &caller, |_| false))
            }
            Some(Effect::Hang) => Served::Never,
            Some(Effect::HangAfter) => {
                self.work(asked, &caller, |_| false);
                Served::Never
            }
            Some(Effect::Truncate) => {
                Served::Garbage(Reply { is_cut: true, ..self.work(asked, &caller, |_| false) })
            }
            Some(Effect::Body { status, body }) => {
                let content_type =
                    if service.speaks_json() { "application/x-amz-json-1.1" } else { "text/xml" };
                Served::Garbage(Reply {
                    status,
                    headers: vec![("content-type", content_type.to_owned())],
                    body,
                    is_cut: false,
                })
            }
        }
    }

    /// The latency, whether the limits admit the call, and the fault that it meets if so.
    fn behaviour(&self, asked: &Asked, signer: &str) -> (u64, bool, Option<Effect>) {
        let mut state = self.state();
        let account = state.account_of(signer);
        let behaviour = &mut account.behaviour;
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = counted.entry(account.account_id.clone()).or_default();
        let admitted = counted.admit(&asked.operation, &asked.parameters, behaviour, Instant::now());
        let effect = if admitted { behaviour.fault(&asked.operation, &asked.parameters) } else { None };
        (behaviour.latency_millis, admitted, effect)
    }

    /// Has the service do its work and answer.
    fn work(&self, asked: &Asked, caller: &Caller<'_>, fails: impl Fn(&str) -> bool) -> Reply {
        let Caller { access_key_id: signer, id, .. } = *caller;
        let mut state = self.state();
        let Asked { service, operation, parameters } = asked;
        let answer = match service {
            Service::Iam => {
                let account = state.account_of(signer);
                let answer = iam::answer(operation, parameters, account);
                cloudtrail::keep(operation, parameters, &answer, account, caller);
                answer
            }
            Service::Sts => sts::answer(operation, parameters, &mut state, signer),
            Service::Sns => sns::answer(operation, parameters, &mut state, id),
            Service::Config | Service::CloudTrail => {
                let answer = match service {
                    Service::Config => config::answer(operation, parameters, &mut state, fails),
                    _ => cloudtrail::answer(operation, parameters, state.account_of(signer)),
                };
                return match answer {
                    Ok(body) => json::reply(&body, id),
                    Err(error) => json::error(&error, id),
                };
            }
        };
        match answer {
            Ok(result) => query::reply(*service, operation, &result, id),
            Err(error) => query::error(*service, &error, id),
        }
    }
}

fn refusal(service: Service, error: &ServiceError, id: &str) -> Reply {
    if service.speaks_json() { json::error(error, id) } else { query::error(service, error, id) }
}

#[cfg(test)]
mod tests;
