//! IAM's credential report: what the account holds of it, and its life cycle. What its rows say is in `report_content`.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::behaviour::ReportBehaviour;
use crate::clock::system_time;

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

impl CredentialReports {
    /// Whether the report that is being made is finished by now.
    pub(crate) fn is_due(&mut self, behaviour: &ReportBehaviour) -> bool {
        self.making.as_mut().is_some_and(|making| {
            let now = system_time();
            let taken = now - *making.begun.get_or_insert(now);
            match behaviour.ready_after_millis {
                Some(millis) => u64::try_from(taken.num_milliseconds()).is_ok_and(|taken| taken >= millis),
                None => making.polls >= behaviour.ready_after_polls,
            }
        })
    }

    /// The report that may still be answered.
    pub(crate) fn current(&self, now: DateTime<Utc>) -> Option<&CredentialReport> {
        self.latest.as_ref().filter(|report| now - report.generated_time <= EXPIRES_AFTER)
    }

    /// Begins a report.
    pub(crate) fn begin(&mut self) {
        self.making = Some(ReportMaking { polls: 0, begun: Some(system_time()) });
    }
}
