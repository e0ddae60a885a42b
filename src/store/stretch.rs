//! Stretches of a log whose ids are in the order of time (UUIDs of version 7): a stretch of time is a range of ids.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::ids;

/// Entries from `from` on and before `before`, by id.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// The first id that is in it.
    pub from: Uuid,
    /// The first id that is not.
    pub before: Uuid,
}

impl Stretch {
    /// What was made at `from` or later, and before `to`.
    pub fn of_time(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Self {
        let first = |time: DateTime<Utc>| {
            // Times are of whole milliseconds; what begins between two begins with the next.
            let whole = time.timestamp_subsec_nanos().is_multiple_of(1_000_000);
            ids::lowest_made_at(if whole { time } else { time + TimeDelta::milliseconds(1) })
        };
        Self { from: from.map_or(Uuid::nil(), first), before: to.map_or(Uuid::max(), first) }
    }

    /// Whether nothing can be in it.
    pub fn is_empty(&self) -> bool {
        self.from >= self.before
    }
}
