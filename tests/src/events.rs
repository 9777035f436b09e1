use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::workspace;

/// An event file of the repository.
pub fn event(name: &str) -> Value {
    let path = workspace().join("events").join(format!("{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// An event with its invoking event changed.
pub fn with_message(mut event: Value, change: impl FnOnce(&mut Value)) -> Value {
    let mut message: Value = serde_json::from_str(event["invokingEvent"].as_str().unwrap()).unwrap();
    change(&mut message);
    event["invokingEvent"] = json!(message.to_string());
    event
}

/// The scheduled event, so many hours after the first.
pub fn scheduled(hours: i64) -> Value {
    with_message(event("scheduled"), |message| {
        message["notificationCreationTime"] = json!(time(hours).to_rfc3339());
    })
}

/// The sample event of a change of brandon, so many hours after the first scheduled event.
pub fn change_event(hours: i64) -> Value {
    with_message(event("change"), |message| {
        message["notificationCreationTime"] = json!(time(hours));
        message["configurationItem"]["configurationItemCaptureTime"] = json!(time(hours));
    })
}

/// The time of the scheduled event, and so many hours later.
pub fn time(hours: i64) -> DateTime<Utc> {
    "2026-11-22T06:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hours)
}
