//! The annotation of an evaluation: what an auditor reads beside a verdict in the AWS Config console, and what the rule
//! reads back from a stored result.
//!
//! It contains no running figure and no date of use, so that an unchanged finding keeps its annotation, and of a key only
//! the last four characters: every reader of AWS Config sees it, aggregators included.

use std::fmt::{self, Write as _};

use crate::decision::{Finding, FlaggedKey};
use crate::exemption::Exemption;
use crate::iam::UserName;
use crate::input::quoted;
use crate::parameters::RuleParameters;

/// An annotation holds 1 to this many characters (AWS Config API reference, Evaluation).
pub const MAX_CHARACTERS: usize = 256;

/// Ends the annotation of a finding about which no alert was sent yet: AWS Config is the only state that the rule has.
pub const ALERT_PENDING: &str = " [alert pending]";

const TRUNCATED: &str = " [truncated]";

/// An annotation: 1 to 256 characters, the marker included.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Annotation {
    // INVARIANT: of our own annotations, not empty and with room for `ALERT_PENDING`
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

    /// Reads the annotation of a stored result.
    #[must_use]
    pub fn parse(stored: &str) -> Self {
        match stored.strip_suffix(ALERT_PENDING) {
            Some(text) => Self { text: text.to_owned(), alert_pending: true },
            None => Self { text: stored.to_owned(), alert_pending: false },
        }
    }

    /// The annotation of a noncompliant user.
    #[must_use]
    pub fn non_compliant(user_name: &UserName, finding: &Finding) -> Self {
        let password =
            if finding.console_password.is_enabled() { "console password" } else { "no console password" };
        let mut text = format!("{user_name}: ");
        if let Some(void) = &finding.void_exemption {
            // first, so that it is never cut; writing to a String cannot fail
            let _ = write!(text, "{void}; ");
        }
        text += password;
        for key in &finding.keys {
            let _ = write!(text, "; {}", KeySummary(key));
        }
        Self::new(text)
    }

    /// The annotation of a compliant user.
    #[must_use]
    pub fn compliant(user_name: &UserName, parameters: &RuleParameters) -> Self {
        let key = if parameters.include_inactive_keys { "access key" } else { "active access key" };
        let what = parameters.criterion.in_words();
        Self::new(format!("{user_name}: no {key} that was {what}"))
    }

    /// The annotation of a user who is out of scope.
    #[must_use]
    pub fn out_of_scope(user_name: &UserName) -> Self {
        Self::new(format!("{user_name}: no console password, out of scope"))
    }

    /// The annotation of an exempt user.
    #[must_use]
    pub fn exempt(user_name: &UserName, exemption: &Exemption) -> Self {
        let Exemption { owner, expires, .. } = exemption;
        Self::new(format!("{user_name}: exempt until {}, owner {}", quoted(expires), quoted(owner)))
    }

    /// The annotation of a user who does not exist any more.
    #[must_use]
    pub fn gone() -> Self {
        Self::new("the user does not exist any more".to_owned())
    }

    /// The annotation of a resource that is out of scope, and why.
    #[must_use]
    pub fn not_applicable(reason: &str) -> Self {
        Self::new(format!("out of scope: {reason}"))
    }

    /// The annotation of the account, where no user's result shows that the rule runs.
    #[must_use]
    pub fn account(users: usize, in_scope: usize) -> Self {
        let plural = if users == 1 { "" } else { "s" };
        Self::new(format!("{users} IAM user{plural}, {in_scope} in scope"))
    }

    /// The same annotation with the marker.
    #[must_use]
    pub fn with_alert_pending(&self) -> Self {
        Self { alert_pending: true, ..self.clone() }
    }

    /// Whether it carries the marker.
    #[must_use]
    pub fn is_alert_pending(&self) -> bool {
        self.alert_pending
    }

    /// Whether it says what the other says, whatever the markers.
    #[must_use]
    pub fn says(&self, other: &Self) -> bool {
        self.text == other.text
    }

    /// The name of the user, which comes first; `None` for an annotation that names no user.
    #[must_use]
    pub fn user_name(&self) -> Option<UserName> {
        let (name, _) = self.text.split_once(": ")?;
        UserName::parse(name).ok()
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
        let FlaggedKey { access_key, after_user, created_with_user, last_used, remedy } = self.0;
        let (id, seconds) = (access_key.access_key_id.last_four(), after_user.num_seconds());
        let created = if *created_with_user { "created with the user" } else { "created later" };
        let (status, remedy) = (access_key.status, remedy.in_short());
        write!(f, "access key ...{id} {created} ({seconds:+} s), {status}, {last_used}: {remedy}")
    }
}

#[cfg(test)]
mod tests;
