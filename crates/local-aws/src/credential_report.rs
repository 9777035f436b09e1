//! IAM's credential report: what the account holds of it, its life cycle and its two operations,
//! `GenerateCredentialReport` and `GetCredentialReport`. What its rows say is in `content`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::error::ServiceError;
use crate::iam::Answer;
use crate::query::{Element, date, leaf};
use crate::state::{State, system_time};

mod content;

/// A report up to this age is answered and no other is made; an older one has expired (IAM user guide,
/// credential reports).
const EXPIRES_AFTER: TimeDelta = TimeDelta::hours(4);

/// The report that the account has, and the one that is being made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CredentialReports {
    /// The last report that was finished, whatever its age.
    pub latest: Option<CredentialReport>,
    /// The report that is being made, whoever asked for it.
    pub making: Option<ReportMaking>,
}

/// A finished report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CredentialReport {
    /// When it was finished; answered in whole seconds.
    pub generated_time: DateTime<Utc>,
    /// The CSV text, whatever it is.
    pub content: String,
}

/// A report that is being made. Its rows are the users as they are when it is finished.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ReportMaking {
    /// How often `GetCredentialReport` has found it unfinished.
    pub polls: u64,
    /// When it was begun, by the system's time and not by the state's clock; at the first call that looks
    /// for it if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begun: Option<DateTime<Utc>>,
}

/// How the report is made.
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

impl State {
    /// Has a report of the users as they are in this state, finished at `generated`, in place of the one that
    /// there was and of the one that was being made.
    pub fn make_credential_report(&mut self, generated: DateTime<Utc>) {
        let report = CredentialReport { generated_time: generated, content: content::content(self) };
        self.credential_report = CredentialReports { latest: Some(report), making: None };
    }

    /// Finishes the report that is being made, if it is time.
    fn finish_credential_report(&mut self) {
        let behaviour = &self.behaviour.credential_report;
        let due = self.credential_report.making.as_mut().is_some_and(|making| {
            let now = system_time();
            let taken = now - *making.begun.get_or_insert(now);
            match behaviour.ready_after_millis {
                Some(millis) => u64::try_from(taken.num_milliseconds()).is_ok_and(|taken| taken >= millis),
                None => making.polls >= behaviour.ready_after_polls,
            }
        });
        if due {
            self.make_credential_report(self.now());
        }
    }

    /// Whether a report of that time may still be answered.
    fn is_current(&self, report: &CredentialReport) -> bool {
        self.now() - report.generated_time <= EXPIRES_AFTER
    }
}

pub(crate) fn generate(state: &mut State) -> Vec<Element> {
    state.finish_credential_report();
    let reports = &state.credential_report;
    if reports.latest.as_ref().is_some_and(|report| state.is_current(report)) {
        return vec![leaf("State", "COMPLETE")];
    }
    if reports.making.is_some() {
        return vec![leaf("State", "INPROGRESS")];
    }
    state.credential_report.making = Some(ReportMaking { polls: 0, begun: Some(system_time()) });
    // the words of the AWS CLI reference, generate-credential-report
    let description = "No report exists. Starting a new report generation task";
    vec![leaf("State", "STARTED"), leaf("Description", description)]
}

/// Codes and statuses are those of the IAM API reference, GetCredentialReport, which gives no messages.
pub(crate) fn get(state: &mut State) -> Answer {
    state.finish_credential_report();
    let latest = state.credential_report.latest.as_ref();
    if let Some(report) = latest.filter(|report| state.is_current(report)) {
        return Ok(vec![
            leaf("Content", STANDARD.encode(&report.content)),
            leaf("ReportFormat", "text/csv"),
            date("GeneratedTime", report.generated_time),
        ]);
    }
    let has_expired = latest.is_some();
    if let Some(making) = &mut state.credential_report.making {
        making.polls += 1;
        let message = "The credential report is still being generated.";
        return Err(ServiceError::new(404, "ReportInProgress", message));
    }
    Err(if has_expired {
        ServiceError::new(410, "ReportExpired", "The most recent credential report has expired.")
    } else {
        ServiceError::new(410, "ReportNotPresent", "The credential report does not exist.")
    })
}

#[cfg(test)]
mod tests;
