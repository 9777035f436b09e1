//! What the product says, where more than one test asserts it.

/// The end of the annotation of a finding that nobody was alerted about yet.
pub const MARKER: &str = " [alert pending]";

/// What the error message says behind the number of users who could not be read.
pub const USERS_NOT_READ: &str = " users not read (";

/// What an error message says of work for which there was no time.
pub const TIMED_OUT: &str = "timed out";

/// The warning that a run goes on without a credential report.
pub const NO_REPORT: &str = "could not get the credential report; read every user from IAM";

/// The log line of a credential report.
pub const REPORT_READ: &str = "credential report read";

/// The log line of an exemption that keeps a user from being a finding.
pub const EXEMPT_USER: &str = "exempt user";

/// The metric that counts exempt users.
pub const EXEMPT_USERS: &str = "Exempted";

/// What an annotation or an alert calls an exemption that does not count.
pub const EXEMPTION: &str = "exemption";

/// What an annotation calls an exempt user, before the day.
pub const EXEMPT_UNTIL: &str = "exempt until ";

/// The reason for which a key of an exempt user is left alone, before the exemption.
pub const USER_IS_EXEMPT: &str = "the user is exempt: owner payments, until ";

/// The reason for which a used key is left alone.
pub const USED: &str = "used: rotate it";

/// The reason for which a key that was activated again is left alone.
pub const INTERRUPTED: &str = "or its deactivation was interrupted";
