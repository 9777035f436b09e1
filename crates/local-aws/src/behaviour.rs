//! How local AWS behaves beside doing its work: latency, rate limits, short and empty pages, the making of the
//! credential report, faults. All of it is part of the state; faults count down in place.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

/// How local AWS behaves. Maps are keyed by the name of the operation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Behaviour {
    /// How long each answer takes, in milliseconds.
    pub latency_millis: u64,
    /// Calls above these rates are refused as the service refuses them.
    pub rate_limits: BTreeMap<String, RateLimit>,
    /// How often each call is refused in this way before it is admitted: calls are the same if their
    /// parameters are, and are counted for as long as local AWS runs.
    pub throttle_first: BTreeMap<String, u64>,
    /// The most that one page holds, however much was asked for.
    pub page_sizes: BTreeMap<String, usize>,
    /// The last page of each listing of Config has an empty `NextToken` instead of none.
    pub empty_next_token: bool,
    /// How many pages at the beginning of each listing are empty, with more to come.
    pub empty_pages: BTreeMap<String, usize>,
    /// How the credential report is generated.
    pub credential_report: ReportBehaviour,
    /// What goes wrong. The first fault that applies to a call takes effect.
    pub faults: Vec<Fault>,
}

/// How the report is generated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ReportBehaviour {
    /// How many `GetCredentialReport` find a report unfinished before it is finished; 1 unless said
    /// otherwise. The next call of either operation finds it finished.
    pub ready_after_polls: u64,
    /// How long making a report takes instead, in milliseconds of real time. It is finished by the first
    /// call of either operation after that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready_after_millis: Option<u64>,
    /// Times end in `+00:00` instead of `Z`, as in reports from before July 2024.
    pub plus_zero_times: bool,
    /// There is the column `additional_credentials_info` (IAM user guide, credential reports), which
    /// not every account sees.
    pub additional_credentials_info: bool,
}

impl Default for ReportBehaviour {
    fn default() -> Self {
        Self {
            ready_after_polls: 1,
            ready_after_millis: None,
            plus_zero_times: false,
            additional_credentials_info: false,
        }
    }
}

/// A token bucket, full at the start.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RateLimit {
    /// Calls a second in the long run.
    pub per_second: f64,
    /// Calls at once.
    pub burst: f64,
}

/// Something that goes wrong with some calls of one operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// The operation, such as `PutEvaluations`; `*` for any.
    pub operation: String,
    /// Only calls with a parameter of exactly this value, at any depth, such as a user name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matching: Option<String>,
    /// How many such calls pass first; counts down.
    #[serde(default)]
    pub skip: u64,
    /// How many calls it hits after that; counts down. For ever if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// What happens.
    pub effect: Effect,
}

/// What a fault does to a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Effect {
    /// This error is answered; nothing takes effect.
    Error {
        /// The HTTP status.
        status: u16,
        /// The error code, such as `NoSuchEntity`.
        code: String,
        /// The message.
        message: String,
    },
    /// The service's throttling error is answered.
    Throttle,
    /// The service's error for a missing permission is answered.
    AccessDenied,
    /// The service's own failure, status 500, is answered.
    ServiceFailure,
    /// The connection is closed; nothing takes effect.
    DropBefore,
    /// The call takes effect, then the connection is closed without an answer.
    DropAfter,
    /// The call is served as usual, but later.
    Delay {
        /// How much later.
        millis: u64,
    },
    /// The call is served as usual, but not before the fault is taken out of the state: what a test changes
    /// meanwhile, the call meets. Wait for the call with `LocalAws::called`.
    Hold,
    /// Nothing takes effect and no answer ever comes. Wait for the call with `LocalAws::called` to kill a function at this very point.
    Hang,
    /// The call takes effect, and no answer ever comes.
    HangAfter,
    /// The call takes effect, and half of the answer's body comes before the connection is closed.
    Truncate,
    /// This is answered instead of what the service would say; nothing takes effect.
    Body {
        /// The HTTP status.
        status: u16,
        /// The body, whatever it is.
        body: String,
    },
    /// These evaluations come back as failed and are not stored; `PutEvaluations` only.
    FailedEvaluations {
        /// The resources whose evaluations fail; all if left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource_ids: Option<Vec<String>>,
    },
}

impl Behaviour {
    /// Whether calls of this operation that were held are held still.
    pub(crate) fn holds(&self, operation: &str) -> bool {
        let mut faults = self.faults.iter();
        faults.any(|fault| is_meant(&fault.operation, operation) && fault.effect == Effect::Hold)
    }

    /// The effect of the first fault that applies to this call, which is counted.
    pub(crate) fn fault(&mut self, operation: &str, parameters: &Value) -> Option<Effect> {
        for fault in self.faults.iter_mut().filter(|fault| is_meant(&fault.operation, operation)) {
            if fault.matching.as_ref().is_some_and(|text| !holds(parameters, text)) || fault.times == Some(0)
            {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            fault.times = fault.times.map(|times| times - 1);
            return Some(fault.effect.clone());
        }
        None
    }
}

/// Whether a name, or `*`, means this operation.
pub(crate) fn is_meant(name: &str, operation: &str) -> bool {
    name == "*" || name == operation
}

fn holds(parameters: &Value, text: &str) -> bool {
    match parameters {
        Value::String(value) => value == text,
        Value::Array(values) => values.iter().any(|value| holds(value, text)),
        Value::Object(members) => members.values().any(|value| holds(value, text)),
        _ => false,
    }
}

/// What is left of each operation's rate in one account, and how often each call there has been refused.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    buckets: HashMap<String, (f64, Instant)>,
    refused: HashMap<(String, String), u64>,
}

impl Counted {
    /// Whether the limits admit a call made now, which is counted.
    pub(crate) fn admit(
        &mut self,
        operation: &str,
        parameters: &Value,
        behaviour: &Behaviour,
        now: Instant,
    ) -> bool {
        // a call that comes too early leaves the rate as it is
        behaviour.throttle_first.get(operation).is_none_or(|first| self.tried(operation, parameters, *first))
            && behaviour.rate_limits.get(operation).is_none_or(|limit| self.take(operation, limit, now))
    }

    /// Whether this call has been refused so often; if not, it is once more.
    fn tried(&mut self, operation: &str, parameters: &Value, first: u64) -> bool {
        let refused = self.refused.entry((operation.to_owned(), parameters.to_string())).or_default();
        let tried = *refused >= first;
        if !tried {
            *refused += 1;
        }
        tried
    }

    /// Takes a token from the operation's bucket, if there is one left.
    fn take(&mut self, operation: &str, limit: &RateLimit, now: Instant) -> bool {
        let (tokens, at) = self.buckets.entry(operation.to_owned()).or_insert((limit.burst, now));
        let gained = now.duration_since(*at).as_secs_f64() * limit.per_second;
        *tokens = (*tokens + gained).min(limit.burst);
        *at = now;
        let admitted = *tokens >= 1.0;
        if admitted {
            *tokens -= 1.0;
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Duration;

    fn fault(matching: Option<&str>, skip: u64, times: Option<u64>) -> Behaviour {
        let fault = Fault {
            operation: "GetUser".to_owned(),
            matching: matching.map(str::to_owned),
            skip,
            times,
            effect: Effect::Throttle,
        };
        Behaviour { faults: vec![fault], ..Behaviour::default() }
    }

    #[test]
    fn a_fault_skips_then_hits_then_is_over() {
        let mut behaviour = fault(None, 1, Some(2));
        let hits: Vec<bool> = (0..5).map(|_| behaviour.fault("GetUser", &json!({})).is_some()).collect();
        assert_eq!(hits, [false, true, true, false, false]);
    }

    #[test]
    fn a_fault_hits_only_what_it_names() {
        let mut behaviour = fault(Some("ada"), 0, None);
        assert_eq!(behaviour.fault("GetUser", &json!({"UserName": "adam"})), None);
        assert_eq!(behaviour.fault("ListUsers", &json!({"UserName": "ada"})), None);
        assert!(behaviour.fault("GetUser", &json!({"Deep": [{"UserName": "ada"}]})).is_some());
        behaviour.faults[0].operation = "*".to_owned();
        assert!(behaviour.fault("ListUserTags", &json!({"UserName": "ada"})).is_some());
    }

    #[test]
    fn a_bucket_admits_its_burst_and_refills() {
        let (mut counted, start) = (Counted::default(), Instant::now());
        let limit = RateLimit { per_second: 2.0, burst: 2.0 };
        let behaviour =
            Behaviour { rate_limits: [("GetUser".to_owned(), limit)].into(), ..Behaviour::default() };
        let mut admitted = |millis: u64, calls: usize| {
            let now = start + Duration::from_millis(millis);
            (0..calls).filter(|_| counted.admit("GetUser", &json!({}), &behaviour, now)).count()
        };
        assert_eq!([admitted(0, 3), admitted(499, 1), admitted(500, 2), admitted(9000, 5)], [2, 0, 1, 2]);
    }

    #[test]
    fn the_first_tries_of_each_call_are_refused() {
        let (mut counted, now) = (Counted::default(), Instant::now());
        let limit = RateLimit { per_second: 0.0, burst: 3.0 };
        let behaviour = Behaviour {
            throttle_first: [("GetUser".to_owned(), 2)].into(),
            rate_limits: [("GetUser".to_owned(), limit)].into(),
            ..Behaviour::default()
        };
        let mut admitted = |operation: &str, user: &str| {
            counted.admit(operation, &json!({"UserName": user}), &behaviour, now)
        };
        assert_eq!(["ada", "bob", "ada"].map(|user| admitted("GetUser", user)), [false; 3]);
        assert!(admitted("GetUser", "ada") && admitted("GetUser", "ada"), "and stays admitted");
        assert!(admitted("ListAccessKeys", "ada"), "another operation");
        assert!(!admitted("GetUser", "bob") && admitted("GetUser", "bob"));
        assert!(!admitted("GetUser", "ada"), "the rate counts the three that were admitted, and no more");
    }
}
