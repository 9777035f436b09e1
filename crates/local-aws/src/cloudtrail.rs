//! CloudTrail: the records of the IAM calls that changed something, and LookupEvents (API version 2013-11-01), which
//! finds them by the name of the call.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Number, Value, json};

use crate::error::ServiceError;
use crate::identity::derived_id;
use crate::json;
use crate::query::{Answer, in_json};
use crate::service::Service;
use crate::state::State;

/// What the names of operations that change something begin with.
const WRITES: [&str; 5] = ["Create", "Update", "Delete", "Tag", "Untag"];

/// The parameters that CloudTrail leaves out, and the member of an answer.
const SECRETS: [&str; 2] = ["password", "secretAccessKey"];

/// A page has at most this many events (CloudTrail API reference, LookupEvents).
const MOST_EVENTS: usize = 50;

/// Keeps the record of a call of IAM, if the call changes something.
pub(crate) fn keep(
    operation: &str,
    parameters: &Value,
    answer: &Answer,
    state: &mut State,
    request: &Caller<'_>,
) {
    if !WRITES.iter().any(|write| operation.starts_with(write)) {
        return;
    }
    let account_id = &state.account_id;
    let now = state.now();
    let (response, error) = match answer {
        Ok(elements) if elements.is_empty() => (Value::Null, None),
        Ok(elements) => (shown(in_json(elements)), None),
        Err(error) => (Value::Null, Some(error)),
    };
    let mut record = json!({
        "eventVersion": "1.10",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": format!("{}:setupkey", derived_id("AROA", 17, account_id)),
            "arn": format!("arn:aws:sts::{account_id}:assumed-role/local/setupkey"),
            "accountId": account_id,
            "accessKeyId": request.access_key_id,
        },
        "eventTime": now.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "eventSource": "iam.amazonaws.com",
        "eventName": operation,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "127.0.0.1",
        "userAgent": request.user_agent,
        "requestParameters": if error.is_some() { Value::Null } else { requested(parameters) },
        "responseElements": response,
        "requestID": request.id,
        "eventID": request.id,
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": account_id,
        "eventCategory": "Management",
    });
    if let Some(error) = error {
        set(&mut record, "errorCode", json!(error.code));
        set(&mut record, "errorMessage", json!(error.message));
    }
    state.events.push(record);
}

/// Who calls, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller<'a> {
    /// The access key that signed the call.
    pub(crate) access_key_id: &'a str,
    /// The header `user-agent`.
    pub(crate) user_agent: &'a str,
    /// The ID of the request.
    pub(crate) id: &'a str,
}

/// Sets a member of an object.
fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// The fields of a form as CloudTrail shows them: `Tags.member.1.Key` becomes the member `key` of the first of `tags`.
fn requested(parameters: &Value) -> Value {
    let mut shown = Map::new();
    let mut lists: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for (name, value) in parameters.as_object().into_iter().flatten() {
        let (field, member) =
            name.split_once(".member.").map_or((&**name, None), |(field, member)| (field, Some(member)));
        let field = begun_small(field);
        if ["action", "version"].contains(&field.as_str()) || SECRETS.contains(&field.as_str()) {
            continue;
        }
        match member.map(|member| member.split_once('.').unwrap_or((member, ""))) {
            None => drop(shown.insert(field, value.clone())),
            Some((place, "")) => {
                drop(lists.entry(field).or_default().insert(place.to_owned(), value.clone()))
            }
            Some((place, of)) => {
                let item =
                    lists.entry(field).or_default().entry(place.to_owned()).or_insert_with(|| json!({}));
                set(item, &begun_small(of), value.clone());
            }
        }
    }
    shown.extend(lists.into_iter().map(|(field, items)| (field, items.into_values().collect())));
    Value::Object(shown)
}

/// An answer as CloudTrail shows it: dates in words, no secrets.
fn shown(answer: Value) -> Value {
    let Value::Object(members) = answer else { return answer };
    let shown = members.into_iter().map(|(name, value)| (begun_small(&name), value));
    let shown = shown.filter(|(name, _)| !SECRETS.contains(&name.as_str())).map(|(name, value)| {
        let value = match value.as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok()) {
            Some(date) if name == "createDate" => json!(date.format("%b %-d, %Y %-I:%M:%S %p").to_string()),
            _ => self::shown(value),
        };
        (name, value)
    });
    Value::Object(shown.collect())
}

fn begun_small(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(characters).collect()
}

pub(crate) fn answer(operation: &str, parameters: &Value, state: &State) -> Result<Value, ServiceError> {
    match operation {
        "LookupEvents" => lookup_events(&json::read(parameters)?, state),
        _ => Err(ServiceError::unknown_operation(Service::CloudTrail, operation)),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct LookupEvents {
    lookup_attributes: Vec<LookupAttribute>,
    start_time: Option<Number>,
    end_time: Option<Number>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct LookupAttribute {
    attribute_key: String,
    attribute_value: String,
}

/// The events of one name in a period, the newest first.
fn lookup_events(asked: &LookupEvents, state: &State) -> Result<Value, ServiceError> {
    let name = match asked.lookup_attributes.as_slice() {
        [LookupAttribute { attribute_key, attribute_value }] if attribute_key == "EventName" => {
            attribute_value
        }
        _ => {
            let message = "local AWS looks up events by one EventName";
            return Err(ServiceError::new(400, "InvalidLookupAttributesException", message));
        }
    };
    let happened =
        |record: &Value| record["eventTime"].as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
    let [start, end] = [&asked.start_time, &asked.end_time].map(|time| time.as_ref().and_then(json::time));
    let mut found: Vec<_> = state
        .events
        .iter()
        .filter(|record| record["eventName"] == *name.as_str())
        .filter_map(|record| Some((happened(record)?, record)))
        .filter(|(time, _)| start.is_none_or(|start| start <= *time) && end.is_none_or(|end| *time <= end))
        .collect();
    found.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
    let skip = asked.next_token.as_deref().map_or(Ok(0), str::parse::<usize>);
    let skip =
        skip.map_err(|_| ServiceError::new(400, "InvalidNextTokenException", "The token is not valid."))?;
    let limit = asked.max_results.unwrap_or(MOST_EVENTS).min(MOST_EVENTS);
    let events = found.iter().skip(skip).take(limit).map(|(time, record)| {
        json!({
            "EventId": record["eventID"],
            "EventName": name,
            "EventTime": json::seconds(*time),
            "EventSource": record["eventSource"],
            "ReadOnly": "false",
            "Resources": [],
            "CloudTrailEvent": record.to_string(),
        })
    });
    let mut answer = json!({ "Events": events.collect::<Vec<_>>() });
    if skip + limit < found.len() {
        set(&mut answer, "NextToken", json!((skip + limit).to_string()));
    }
    Ok(answer)
}
