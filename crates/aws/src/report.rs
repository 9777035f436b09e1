//! The credential report: has it made, waits for it, reads it. It saves calls; nothing depends on it.

use std::time::Duration;

use aws_sdk_iam::operation::get_credential_report::GetCredentialReportError;
use aws_sdk_iam::types::{ReportFormatType, ReportStateType};
use chrono::{DateTime, Utc};
use setupkey_rule::report::{CredentialReport, ReportAge, ReportError};
use thiserror::Error;
use tokio::time::{Instant, sleep, timeout_at};

use crate::clients::Aws;
use crate::error::AwsError;
use crate::iam::time;

/// The first wait before a report that is being made is asked for; grows by a quarter each time, so that no
/// more than a quarter is added to what it takes. A report of 52 users was seen to take about two seconds.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// The longest wait.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Why there is no report to work with.
#[derive(Clone, Debug, Error)]
pub enum ReportUnavailable {
    /// A call failed.
    #[error(transparent)]
    Call(#[from] AwsError),
    /// It was not ready in time.
    #[error("the credential report was not ready in time")]
    Late,
    /// What came is no report.
    #[error(transparent)]
    Garbage(#[from] ReportError),
}

/// What GetCredentialReport answered.
enum Got {
    Report(Vec<u8>, DateTime<Utc>),
    NotReady,
    /// There is none, or only one that AWS does not give out any more.
    Gone,
}

impl Aws {
    /// Has a credential report made and reads it. It is fresh only if this call began it and it was made after
    /// `created`, the time of the event: AWS makes one every four hours at most (IAM user guide, credential
    /// reports), and answers with the one that is there, or with the one that another tool began.
    ///
    /// # Errors
    ///
    /// There is no report: a call failed, it was not ready at `until`, or it is not understood.
    pub async fn credential_report(
        &self,
        created: DateTime<Utc>,
        until: Instant,
    ) -> Result<CredentialReport, ReportUnavailable> {
        timeout_at(until, self.wait_for_report(created)).await.unwrap_or(Err(ReportUnavailable::Late))
    }

    async fn wait_for_report(&self, created: DateTime<Utc>) -> Result<CredentialReport, ReportUnavailable> {
        let mut state = self.generate_report().await?;
        let mut begun_again = false;
        let mut wait = FIRST_WAIT;
        loop {
            if state != ReportStateType::Complete {
                sleep(wait).await;
                wait = wait.mul_f32(1.25).min(MAX_WAIT);
            }
            match self.get_report().await? {
                Got::Report(content, generated) => {
                    let is_ours = state == ReportStateType::Started;
                    let age =
                        if is_ours && generated >= created { ReportAge::Fresh } else { ReportAge::Older };
                    return Ok(CredentialReport::parse(&content, generated, age)?);
                }
                // one that was complete can expire between the two calls
                Got::Gone if state == ReportStateType::Complete && !begun_again => {
                    begun_again = true;
                    state = self.generate_report().await?;
                }
                Got::Gone if state == ReportStateType::Complete => {
                    let reason = "complete, but not there, twice";
                    return Err(AwsError::unexpected("iam:GetCredentialReport", reason).into());
                }
                Got::Gone | Got::NotReady => {}
            }
        }
    }

    async fn generate_report(&self) -> Result<ReportStateType, AwsError> {
        const OPERATION: &str = "iam:GenerateCredentialReport";
        let answer = self.iam.generate_credential_report().send().await;
        match answer.map_err(|error| AwsError::new(OPERATION, &error))?.state() {
            Some(
                state @ (ReportStateType::Started | ReportStateType::Inprogress | ReportStateType::Complete),
            ) => Ok(state.clone()),
            other => {
                let state = other.map_or("missing", ReportStateType::as_str);
                Err(AwsError::unexpected(OPERATION, format!("the state of the report is `{state}`")))
            }
        }
    }

    async fn get_report(&self) -> Result<Got, AwsError> {
        const OPERATION: &str = "iam:GetCredentialReport";
        let answer = match self.iam.get_credential_report().send().await {
            Ok(answer) => answer,
            Err(error) => {
                return match error.as_service_error() {
                    Some(GetCredentialReportError::CredentialReportNotReadyException(_)) => Ok(Got::NotReady),
                    Some(
                        GetCredentialReportError::CredentialReportNotPresentException(_)
                        | GetCredentialReportError::CredentialReportExpiredException(_),
                    ) => Ok(Got::Gone),
                    _ => Err(AwsError::new(OPERATION, &error)),
                };
            }
        };
        if answer.report_format() != Some(&ReportFormatType::TextCsv) {
            return Err(AwsError::unexpected(OPERATION, "the report is not `text/csv`"));
        }
        let missing = |what| AwsError::unexpected(OPERATION, format!("the report has no {what}"));
        let generated = time(OPERATION, answer.generated_time().ok_or_else(|| missing("time"))?)?;
        let content = answer.content.ok_or_else(|| missing("content"))?.into_inner();
        Ok(Got::Report(content, generated))
    }
}
