//! What the product says, where more than one test asserts it.

/// The end of the annotation of a finding that nobody was alerted about yet.
pub const MARKER: &str = " [alert pending]";

/// The beginning of the error message that counts the users without a verdict.
pub const USERS_UNREAD: &str = "users not read: ";

/// The error message of work for which there was no time.
pub const TIME_WAS_UP: &str = "time was up";

/// The warning that a run goes on without a credential report.
pub const NO_REPORT: &str = "no credential report, all users are read live";

/// The log line of a credential report.
pub const REPORT_READ: &str = "credential report read";

/// The log line of an exemption that keeps a user from being a finding.
pub const EXEMPTION_IN_FORCE: &str = "exception in force";

/// The metric that counts exempt users.
pub const EXEMPT_USERS: &str = "Excepted";

/// What an annotation or an alert calls an exemption that does not count.
pub const EXEMPTION: &str = "exception";

/// What an annotation or a refusal calls an exempt user, before the day.
pub const EXEMPT_UNTIL: &str = "excepted until ";

/// The reason for which a used key is left alone.
pub const USED: &str = "used: rotate it";

/// The reason for which a key that was activated again is left alone.
pub const CUT_SHORT: &str = "or a deactivation was cut short";
