//! The two operations of the credential report.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::ServiceError;
use crate::query::{Answer, date, leaf};
use crate::state::State;

/// Finishes the report that is being made, if it is time.
fn finish(state: &mut State) {
    if state.credential_report.is_due(&state.behaviour.credential_report) {
        state.make_credential_report(state.now());
    }
}

pub(super) fn generate(state: &mut State) -> Answer {
    finish(state);
    let now = state.now();
    let reports = &mut state.credential_report;
    if reports.current(now).is_some() {
        return Ok(vec![leaf("State", "COMPLETE")]);
    }
    if reports.making.is_some() {
        return Ok(vec![leaf("State", "INPROGRESS")]);
    }
    reports.begin();
    // the words of the AWS CLI reference, generate-credential-report
    let description = "No report exists. Starting a new report generation task";
    Ok(vec![leaf("State", "STARTED"), leaf("Description", description)])
}

/// Codes and statuses are those of the IAM API reference, GetCredentialReport, which gives no messages.
pub(super) fn get(state: &mut State) -> Answer {
    finish(state);
    let now = state.now();
    let reports = &mut state.credential_report;
    if let Some(report) = reports.current(now) {
        return Ok(vec![
            leaf("Content", STANDARD.encode(&report.content)),
            leaf("ReportFormat", "text/csv"),
            date("GeneratedTime", report.generated_time),
        ]);
    }
    let has_expired = reports.latest.is_some();
    if let Some(making) = &mut reports.making {
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
