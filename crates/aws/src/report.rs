//! The credential report: has it generated, waits for it, reads it. It saves calls; nothing depends on it.

use std::time::Duration;

use aws_sdk_iam::types::{ReportFormatType, ReportStateType};
use chrono::{DateTime, Utc};
use setupkey_rule::report::{CredentialReport, ReportAge};
use tokio::time::{Instant, sleep, timeout_at};

use crate::clients::Aws;
use crate::error::{AwsError, call};
use crate::iam::time;

/// The first wait for a report that is being generated; grows by a quarter each time, so that no more than a quarter is
/// added to the time that it takes. A report of 52 users was seen to take about two seconds.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// The longest wait.
const MAX_WAIT: Duration = Duration::from_secs(5);

const GENERATE: &str = "iam:GenerateCredentialReport";
const GET: &str = "iam:GetCredentialReport";

impl Aws {
    /// Has a credential report generated and reads it. It is fresh only if this call started it and its time is not
    /// before the second of the event: AWS generates one every four hours at most (IAM user guide, credential reports),
    /// and answers with the one that is there, or with the one that another tool started.
    ///
    /// # Errors
    ///
    /// There is no report: a call failed, it was not ready at `until`, or it is not understood.
    pub async fn credential_report(
        &self,
        event_time: DateTime<Utc>,
        until: Instant,
    ) -> Result<CredentialReport, AwsError> {
        self.credential_report_seen(event_time, until, |_| {}).await
    }

    /// As [`credential_report`](Self::credential_report), and shows the CSV to `see`: evidence of what was read.
    ///
    /// # Errors
    ///
    /// As [`credential_report`](Self::credential_report).
    pub async fn credential_report_seen(
        &self,
        event_time: DateTime<Utc>,
        until: Instant,
        see: impl FnOnce(&[u8]),
    ) -> Result<CredentialReport, AwsError> {
        let report = timeout_at(until, self.wait_for_report(event_time, until, see)).await;
        report.unwrap_or_else(|_| Err(AwsError::timed_out(GET)))
    }

    async fn wait_for_report(
        &self,
        event_time: DateTime<Utc>,
        until: Instant,
        see: impl FnOnce(&[u8]),
    ) -> Result<CredentialReport, AwsError> {
        let mut state = self.generate_report(until).await?;
        // a report that is complete is there at once, but never asked for twice without a wait
        let mut wait = if state == ReportStateType::Complete { Duration::ZERO } else { FIRST_WAIT };
        let mut is_restarted = false;
        loop {
            sleep(wait).await;
            wait = wait.mul_f32(1.25).clamp(FIRST_WAIT, MAX_WAIT);
            let answer = match call(GET, until, self.iam.get_credential_report().send()).await {
                Ok(answer) => answer,
                Err(error) => match error.code.as_deref() {
                    Some("ReportInProgress") => continue,
                    // a complete report can expire between the two calls
                    Some("ReportNotPresent" | "ReportExpired")
                        if state == ReportStateType::Complete && !is_restarted =>
                    {
                        is_restarted = true;
                        state = self.generate_report(until).await?;
                        continue;
                    }
                    Some("ReportNotPresent" | "ReportExpired") if state != ReportStateType::Complete => {
                        continue;
                    }
                    _ => return Err(error),
                },
            };
            if answer.report_format() != Some(&ReportFormatType::TextCsv) {
                return Err(AwsError::unexpected(GET, "the report is not `text/csv`"));
            }
            let missing = |what| AwsError::unexpected(GET, format!("the report has no {what}"));
            let generated = time(GET, answer.generated_time().ok_or_else(|| missing("time"))?)?;
            let content = answer.content.ok_or_else(|| missing("content"))?.into_inner();
            let is_ours = state == ReportStateType::Started;
            // GeneratedTime is in whole seconds; a report of that second from before the event is not one we started
            let is_after_event = generated.timestamp() >= event_time.timestamp();
            let age = if is_ours && is_after_event { ReportAge::Fresh } else { ReportAge::Older };
            see(&content);
            return CredentialReport::parse(&content, generated, age)
                .map_err(|error| AwsError::unexpected(GET, error.to_string()));
        }
    }

    async fn generate_report(&self, until: Instant) -> Result<ReportStateType, AwsError> {
        let answer = call(GENERATE, until, self.iam.generate_credential_report().send()).await?;
        match answer.state() {
            Some(
                state @ (ReportStateType::Started | ReportStateType::Inprogress | ReportStateType::Complete),
            ) => Ok(state.clone()),
            other => {
                let state = other.map_or("missing", ReportStateType::as_str);
                Err(AwsError::unexpected(GENERATE, format!("the state of the report is `{state}`")))
            }
        }
    }
}
