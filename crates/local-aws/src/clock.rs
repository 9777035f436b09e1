//! The system's time.

use chrono::{DateTime, Utc};

/// The system's time: the one place that asks for it.
#[expect(clippy::disallowed_methods, reason = "local AWS is the other side: it has a clock as AWS has")]
pub(crate) fn system_time() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}
