//! The one place where the time comes in.

use std::time::{Duration, SystemTime};

/// The remaining time where nobody tells it.
const UNTOLD_TIME: Duration = Duration::from_secs(60);

/// What time it is.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place where the time comes in")]
pub fn now() -> SystemTime {
    SystemTime::now()
}

/// How long an invocation may still take, from the deadline that Lambda tells (milliseconds since the epoch).
#[must_use]
pub fn remaining(deadline_milliseconds: u64) -> Duration {
    let deadline = SystemTime::UNIX_EPOCH + Duration::from_millis(deadline_milliseconds);
    // one that is over on arrival comes from a tool that stands in for Lambda and has none to tell
    deadline.duration_since(now()).unwrap_or(UNTOLD_TIME)
}
