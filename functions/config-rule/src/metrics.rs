//! The metrics line of a run, in CloudWatch's embedded metric format (CloudWatch user guide, embedded metric
//! format specification).

use std::iter;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use setupkey_aws::CallCounts;
use setupkey_rule::event::RuleName;
use setupkey_rule::plan::Plan;

/// The CloudWatch namespace.
const NAMESPACE: &str = "setupkey";

/// 1 for a scheduled run of which AWS Config took the evaluations, else 0: an alarm on their sum sees a rule that stopped.
const SCHEDULED_RUNS: &str = "ScheduledRuns";

/// Users that would be flagged and are exempt. An alarm watches for a rise.
const EXEMPTED: &str = "Exempted";

/// Exemptions that end within 14 days. An alarm watches it.
const EXEMPTIONS_ENDING: &str = "ExemptionsEnding";

/// What a run counted.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// The rule as deployed: the dimension.
    pub(crate) rule: Option<RuleName>,
    /// The function's name: the dimension of the metric that shows that the rule runs. A pack adds to the name of the
    /// rule, so that no alarm can know it beforehand.
    pub(crate) function_name: Option<String>,
    /// Whether this was a scheduled run of which AWS Config took the evaluations.
    pub(crate) is_scheduled_run: bool,
    /// Whether all users of the account were listed.
    pub(crate) listing_complete: bool,
    /// Users listed.
    pub(crate) users: usize,
    /// Users in scope.
    pub(crate) in_scope: usize,
    /// Noncompliant users.
    pub(crate) flagged: usize,
    /// Noncompliant users about whom no alert was sent before.
    pub(crate) new: usize,
    /// Users that would be flagged and are exempt.
    pub(crate) exempted: usize,
    /// Exemptions that end within 14 days.
    pub(crate) exemptions_ending: usize,
    /// Users that could not be read.
    pub(crate) not_read: usize,
    /// Evaluations that AWS Config took.
    pub(crate) evaluations: usize,
    /// Calls sent.
    pub(crate) calls: CallCounts,
    /// How long the run took.
    pub(crate) seconds: f64,
}

impl Metrics {
    /// Counts the users of a plan.
    pub(crate) fn count(&mut self, plan: &Plan, event_time: DateTime<Utc>) {
        self.in_scope = plan.in_scope;
        self.flagged = plan.flagged;
        self.new = plan.new;
        self.exempted = plan.exempt.len();
        let ending = plan.exempt.iter().filter(|(_, exemption)| exemption.ends_soon(event_time));
        self.exemptions_ending = ending.count();
    }

    /// Whether this was a scheduled run that read every user and reported. Only then do the exemptions count for the
    /// alarms: the 0 or 1 of a change event, or the fewer of a partial run, would make the next run look like a rise.
    fn is_complete(&self) -> bool {
        self.is_scheduled_run && self.listing_complete && self.not_read == 0
    }

    /// The names of the metrics that have the function's name as a dimension.
    fn of_function(&self) -> impl Iterator<Item = &'static str> {
        let exemptions = [EXEMPTED, EXEMPTIONS_ENDING].into_iter().filter(|_| self.is_complete());
        iter::once(SCHEDULED_RUNS).chain(exemptions)
    }

    /// Prints the line. CloudWatch reads it from the log.
    pub(crate) fn print(&self, now: SystemTime) {
        let milliseconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
        let mut line = self.values();
        let metric =
            |name: &str| json!({"Name": name, "Unit": if name == "Seconds" { "Seconds" } else { "Count" }});
        let of_rule: Vec<Value> = line.keys().map(|name| metric(name)).collect();
        let of_function: Vec<Value> = self.of_function().map(metric).collect();
        // a dimension must not be empty, and an event that is not understood names no rule
        let rule = self.rule.as_ref().map(RuleName::as_str);
        for (dimension, value) in [("Rule", rule), ("FunctionName", self.function_name.as_deref())] {
            line.insert(dimension.to_owned(), json!(value.unwrap_or("unknown")));
        }
        line.insert(SCHEDULED_RUNS.to_owned(), json!(u8::from(self.is_scheduled_run)));
        line.insert("CallsByOperation".to_owned(), json!(self.calls.by_operation));
        line.insert(
            "_aws".to_owned(),
            json!({
                "Timestamp": u64::try_from(milliseconds).unwrap_or_default(),
                "CloudWatchMetrics": [
                    {"Namespace": NAMESPACE, "Dimensions": [["Rule"]], "Metrics": of_rule},
                    {"Namespace": NAMESPACE, "Dimensions": [["FunctionName"]], "Metrics": of_function},
                ],
            }),
        );
        println!("{}", Value::Object(line));
    }

    fn values(&self) -> Map<String, Value> {
        let counts = [
            ("Users", self.users as u64),
            ("InScope", self.in_scope as u64),
            ("Flagged", self.flagged as u64),
            ("New", self.new as u64),
            (EXEMPTED, self.exempted as u64),
            (EXEMPTIONS_ENDING, self.exemptions_ending as u64),
            ("Unread", self.not_read as u64),
            ("Evaluations", self.evaluations as u64),
            ("Calls", self.calls.by_operation.values().sum()),
            ("Retries", self.calls.retries),
        ];
        let mut values: Map<_, _> =
            counts.into_iter().map(|(name, count)| (name.to_owned(), json!(count))).collect();
        values.insert("Seconds".to_owned(), json!(self.seconds));
        values
    }
}

impl Serialize for Metrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.values().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An alarm rings when the number of exempt users rises, so a number from a run that saw some of them must not count.
    #[test]
    fn exemptions_count_by_function_from_complete_scheduled_runs_only() {
        let complete = || Metrics { is_scheduled_run: true, listing_complete: true, ..Metrics::default() };
        for (name, metrics, expected) in [
            ("complete", complete(), vec![SCHEDULED_RUNS, EXEMPTED, EXEMPTIONS_ENDING]),
            ("a change event", Metrics { is_scheduled_run: false, ..complete() }, vec![SCHEDULED_RUNS]),
            ("not all listed", Metrics { listing_complete: false, ..complete() }, vec![SCHEDULED_RUNS]),
            ("not all read", Metrics { not_read: 1, ..complete() }, vec![SCHEDULED_RUNS]),
        ] {
            assert_eq!(metrics.of_function().collect::<Vec<_>>(), expected, "{name}");
        }
    }
}
