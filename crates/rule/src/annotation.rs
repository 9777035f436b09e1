//! The annotation of an evaluation: what an auditor reads beside a verdict in the Config console.
//!
//! It holds no running figure and no date of use, so that an unchanged finding keeps its annotation, and
//! of a key only the last four characters: every reader of AWS Config sees it, aggregators included.

use std::fmt::{self, Write as _};

use crate::decision::{Finding, FlaggedKey, Remedy};
use crate::exception::Exception;
use crate::facts::{AccessKeyStatus, ConsolePassword, UserName};
use crate::parameters::RuleParameters;
use crate::quoted::quoted;

/// An annotation holds 1 to this many characters (AWS Config API reference, Evaluation).
pub const MAX_CHARACTERS: usize = 256;

/// Ends the annotation of a finding that nobody was alerted about yet: AWS Config is the only state that
/// the rule has.
pub const ALERT_PENDING: &str = " [alert pending]";

const TRUNCATED: &str = " [truncated]";

/// An annotation: 1 to 256 characters, the marker included.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Annotation {
    // INVARIANT: not empty, and leaves room for `ALERT_PENDING`
    text: String,
    alert_pending: bool,
}

impl Annotation {
    /// Cuts the text, on a character boundary, so that the marker always fits behind it.
    fn new(text: String) -> Self {
        let room = MAX_CHARACTERS - ALERT_PENDING.len();
        let text = if text.chars().count() > room {
            text.chars().take(room - TRUNCATED.len()).chain(TRUNCATED.chars()).collect()
        } else {
            text
        };
        Self { text, alert_pending: false }
    }

    /// The annotation of a user who meets the criterion.
    #[must_use]
    pub fn non_compliant(user_name: &UserName, finding: &Finding) -> Self {
        let password = match finding.console_password {
            ConsolePassword::Enabled { .. } => "console password",
            ConsolePassword::Absent => "no console password",
        };
        let mut text = format!("{user_name}: ");
        if let Some(void) = &finding.void_exception {
            // first, so that it is never cut; writing to a String cannot fail
            let _ = write!(text, "{void}; ");
        }
        let _ = write!(text, "{password}; ");
        for (position, key) in finding.keys.iter().enumerate() {
            let before = if position == 0 { "" } else { "; " };
            let _ = write!(text, "{before}{}", KeySummary(key));
        }
        Self::new(text)
    }

    /// The annotation of a user in scope who does not.
    #[must_use]
    pub fn compliant(user_name: &UserName, parameters: &RuleParameters) -> Self {
        let key = if parameters.include_inactive_keys { "access key" } else { "active access key" };
        let what = parameters.criterion.in_words();
        Self::new(format!("{user_name}: no {key} that was {what}"))
    }

    /// The annotation of a user whom the rule does not speak about any more.
    #[must_use]
    pub fn out_of_scope(user_name: &UserName) -> Self {
        Self::new(format!("{user_name}: no console password, not in the scope of this rule"))
    }

    /// The annotation of a user who would be flagged, and is excepted.
    #[must_use]
    pub fn excepted(user_name: &UserName, exception: &Exception) -> Self {
        let Exception { owner, expires, .. } = exception;
        Self::new(format!("{user_name}: excepted until {expires}, owner {}", quoted(owner)))
    }

    /// The annotation of a user who is gone.
    #[must_use]
    pub fn gone() -> Self {
        Self::new("the user does not exist any more".to_owned())
    }

    /// The annotation of a resource that the rule does not speak about, and why.
    #[must_use]
    pub fn not_applicable(reason: &str) -> Self {
        Self::new(format!("not in the scope of this rule: {reason}"))
    }

    /// The annotation of the account, where no result of a user says that the rule runs.
    #[must_use]
    pub fn account(users: usize, in_scope: usize) -> Self {
        let counted =
            |count: usize| if count == 1 { "1 IAM user".to_owned() } else { format!("{count} IAM users") };
        Self::new(match (users, in_scope) {
            (0, _) => "no IAM users".to_owned(),
            (1, 0) => "1 IAM user, not in the scope of this rule".to_owned(),
            (users, 0) => format!("{}, none in the scope of this rule", counted(users)),
            (users, in_scope) => format!("{}, {in_scope} in the scope of this rule", counted(users)),
        })
    }

    /// The same annotation with the marker.
    #[must_use]
    pub fn with_alert_pending(&self) -> Self {
        Self { alert_pending: true, ..self.clone() }
    }

    /// Whether AWS Config holds this annotation; the marker makes no difference.
    #[must_use]
    pub fn is_held_as(&self, held: Option<&str>) -> bool {
        held.is_some_and(|held| held.strip_suffix(ALERT_PENDING).unwrap_or(held) == self.text)
    }
}

impl fmt::Display for Annotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        f.write_str(if self.alert_pending { ALERT_PENDING } else { "" })
    }
}

struct KeySummary<'a>(&'a FlaggedKey);

impl fmt::Display for KeySummary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FlaggedKey { access_key, after_user, created_with_user, last_used } = self.0;
        let seconds = after_user.num_seconds();
        write!(f, "access key ...{}", access_key.access_key_id.last_four())?;
        if *created_with_user {
            write!(f, " set up with the user ({seconds:+} s)")?;
        } else {
            write!(f, " made later ({seconds:+} s)")?;
        }
        write!(f, ", {}, {last_used}: ", access_key.status)?;
        f.write_str(match (self.0.remedy(), access_key.status) {
            (Remedy::Delete, AccessKeyStatus::Active) => "deactivate, then delete it",
            (Remedy::Delete, _) => "delete it",
            (Remedy::Rotate, _) => "rotate it",
        })
    }
}

#[cfg(test)]
mod tests;
