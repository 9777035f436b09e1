//! The AWS JSON 1.1 protocol: JSON comes in, JSON goes out. Config speaks it; what it says is in
//! `config`.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::{Number, Value, json};

use crate::error::ServiceError;
use crate::http::Reply;

/// What an operation is asked, in its own shape; an unknown member is refused.
pub(crate) fn read<T: DeserializeOwned>(parameters: &Value) -> Result<T, ServiceError> {
    T::deserialize(parameters)
        .map_err(|error| ServiceError::new(400, "SerializationException", error.to_string()))
}

/// A time as the protocol reads and writes it: seconds since the epoch, with milliseconds as a fraction.
pub(crate) fn seconds(time: DateTime<Utc>) -> Value {
    match time.timestamp_millis() {
        millis if millis % 1000 == 0 => (millis / 1000).into(),
        // exact: milliseconds of this age take 41 of the 53 bits
        millis => (millis as f64 / 1000.0).into(),
    }
}

/// The other way round.
pub(crate) fn time(seconds: &Number) -> Option<DateTime<Utc>> {
    // a number beyond i64 becomes its bound, which is no time
    let millis = (seconds.as_f64()? * 1000.0).round() as i64;
    DateTime::from_timestamp_millis(millis)
}

/// A successful answer.
pub(crate) fn reply(body: &Value, request_id: &str) -> Reply {
    written(200, None, body, request_id)
}

/// An error.
pub(crate) fn error(error: &ServiceError, request_id: &str) -> Reply {
    let body = json!({ "__type": error.code, "message": error.message });
    written(error.status, Some(&error.code), &body, request_id)
}

fn written(status: u16, error: Option<&str>, body: &Value, request_id: &str) -> Reply {
    let mut headers = vec![
        ("content-type", "application/x-amz-json-1.1".to_owned()),
        ("x-amzn-requestid", request_id.to_owned()),
    ];
    headers.extend(error.map(|code| ("x-amzn-errortype", code.to_owned())));
    Reply { status, headers, body: body.to_string(), is_cut: false }
}
