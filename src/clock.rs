//! The one place that reads the time.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// The time now, in whole milliseconds: what we store is what we answer.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn now() -> DateTime<Utc> {
    let now = Utc::now();
    now.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(now)
}
