//! The one place of the functions that asks what time it is.

use std::time::{Duration, SystemTime};

/// The remaining time where no deadline is passed.
const DEFAULT_TIME: Duration = Duration::from_secs(60);

/// Returns the time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place of the functions that asks what time it is")]
pub fn now() -> SystemTime {
    SystemTime::now()
}

/// Returns how long an invocation may still take, from the deadline that Lambda passes (milliseconds since the epoch).
#[must_use]
pub fn remaining(deadline_milliseconds: u64) -> Duration {
    let deadline = SystemTime::UNIX_EPOCH + Duration::from_millis(deadline_milliseconds);
    // a deadline that is over on arrival comes from a tool that stands in for Lambda and has none
    deadline.duration_since(now()).unwrap_or(DEFAULT_TIME)
}
