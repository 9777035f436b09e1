//! The event history of CloudTrail (LookupEvents): the records of the last 90 days, by the name of the call.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_cloudtrail::primitives::DateTime as SdkTime;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use chrono::{DateTime, Utc};

use crate::clients::unlimited;
use crate::error::AwsError;
use crate::iam::time;

/// LookupEvents answers with at most this many events (CloudTrail API reference, LookupEvents).
const MAX_RESULTS: i32 = 50;

/// The client.
#[derive(Clone, Debug)]
pub struct CloudTrail(aws_sdk_cloudtrail::Client);

/// A page of events, the newest first.
#[derive(Clone, Debug)]
pub struct LookedUp {
    /// The records, as JSON text.
    pub records: Vec<String>,
    /// The time of the oldest of them.
    pub oldest: Option<DateTime<Utc>>,
    /// The token of the next page, if there is one.
    pub next_token: Option<String>,
}

impl CloudTrail {
    /// Two calls a second are allowed for each account and region (CloudTrail API reference, LookupEvents).
    pub const PACE: Duration = Duration::from_millis(500);

    /// The events of the last so many days can be looked up.
    pub const DAYS: i64 = 90;

    pub(crate) fn new(sdk: &SdkConfig) -> Self {
        let config =
            aws_sdk_cloudtrail::config::Builder::from(sdk).retry_partition(unlimited("cloudtrail")).build();
        Self(aws_sdk_cloudtrail::Client::from_conf(config))
    }

    /// The region of a partition that has the events of IAM, which is a global service.
    #[must_use]
    pub fn iam_region(partition: &str) -> Option<&'static str> {
        match partition {
            "aws" => Some("us-east-1"),
            "aws-cn" => Some("cn-north-1"),
            "aws-us-gov" => Some("us-gov-west-1"),
            "aws-eusc" => Some("eusc-de-east-1"),
            "aws-iso" => Some("us-iso-east-1"),
            "aws-iso-b" => Some("us-isob-east-1"),
            "aws-iso-e" => Some("eu-isoe-west-1"),
            "aws-iso-f" => Some("us-isof-south-1"),
            _ => None,
        }
    }

    /// Looks up events by the name of the call, from one second to another, both included.
    ///
    /// # Errors
    ///
    /// The call failed, or an event has no record or no time.
    pub async fn lookup_events(
        &self,
        event_name: &str,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
        next_token: Option<String>,
    ) -> Result<LookedUp, AwsError> {
        const OPERATION: &str = "cloudtrail:LookupEvents";
        let unexpected = |reason: String| AwsError::unexpected(OPERATION, reason);
        let attribute = LookupAttribute::builder()
            .attribute_key(LookupAttributeKey::EventName)
            .attribute_value(event_name)
            .build()
            .map_err(|error| unexpected(error.to_string()))?;
        let answer = self
            .0
            .lookup_events()
            .lookup_attributes(attribute)
            .start_time(SdkTime::from_secs(since.timestamp()))
            .end_time(SdkTime::from_secs(until.timestamp()))
            .max_results(MAX_RESULTS)
            .set_next_token(next_token)
            .send()
            .await
            .map_err(|error| AwsError::new(OPERATION, &error))?;
        let mut oldest = None;
        let mut records = Vec::with_capacity(answer.events().len());
        for event in answer.events() {
            let missing = |what| unexpected(format!("an event has no {what}"));
            let happened = time(OPERATION, event.event_time().ok_or_else(|| missing("time"))?)?;
            oldest = Some(oldest.map_or(happened, |oldest: DateTime<Utc>| oldest.min(happened)));
            records.push(event.cloud_trail_event().ok_or_else(|| missing("record"))?.to_owned());
        }
        Ok(LookedUp { records, oldest, next_token: answer.next_token.filter(|token| !token.is_empty()) })
    }
}
