//! How long it takes from the request on until each kind of credential is dead, as histograms: `rollcall_deprovisioning_seconds`.

use chrono::{DateTime, Utc};

use crate::clock;

fn record(kind: &'static str, seconds: f64) {
    metrics::histogram!("rollcall_deprovisioning_seconds", "kind" => kind).record(seconds);
}

/// The rows of so many people were closed and their tokens revoked, at once.
pub fn row_closed(received: DateTime<Utc>, people: usize) {
    let took = (clock::now() - received).to_std().unwrap_or_default().as_secs_f64();
    for kind in ["row", "tokens"] {
        for _ in 0..people {
            record(kind, took);
        }
    }
}

/// Role, grants and workspace groups were taken; how long it took for each person.
pub fn roles_closed(seconds: &[f64]) {
    for seconds in seconds {
        record("roles", *seconds);
    }
}

/// The sessions were deleted, which is the last of it; how long it took for each person.
pub fn complete(seconds: &[f64]) {
    for seconds in seconds {
        record("sessions", *seconds);
        record("complete", *seconds);
    }
}
