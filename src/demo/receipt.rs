//! What leaving took, as Rollcall has recorded it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::screen::{Screen, Tone};

const LABEL: usize = 21;
const COLUMN: usize = 27;

/// One receipt. Every time is counted from the moment in which the request was received.
pub struct Receipt {
    received: DateTime<Utc>,
    row: Option<Duration>,
    tokens: (Option<Duration>, i64),
    sessions: (Option<Duration>, i64),
    roles: (Option<Duration>, i64),
    complete: Option<Duration>,
}

impl Receipt {
    /// Reads one of `GET /members/{id}/receipts`; none when it is not complete yet.
    pub fn read(value: &Value) -> Option<Self> {
        let time =
            |name: &str| value[name].as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok()).map(|at| at.to_utc());
        let received = time("received_at")?;
        let after = |name: &str| time(name).and_then(|at| (at - received).to_std().ok());
        let count = |name: &str| value[name].as_i64().unwrap_or_default();
        time("completed_at")?;
        Some(Self {
            received,
            row: after("row_closed_at"),
            tokens: (after("tokens_closed_at"), count("tokens_count")),
            sessions: (after("sessions_closed_at"), count("sessions_count")),
            roles: (after("roles_closed_at"), count("roles_count")),
            complete: after("completed_at"),
        })
    }

    /// From the request until everything was gone.
    pub fn complete_after(&self) -> Duration {
        self.complete.unwrap_or_default()
    }

    /// How many tokens, sessions and roles were ended.
    pub fn counts(&self) -> (i64, i64, i64) {
        (self.tokens.1, self.sessions.1, self.roles.1)
    }
}

/// The receipts of both departures, side by side.
pub fn show(screen: Screen, deactivated: &Receipt, deleted: &Receipt) {
    let after = |time: Option<Duration>| time.map_or_else(|| "not recorded".to_owned(), |time| format!("{:>8}", whole(time)));
    let counted = |(time, count): (Option<Duration>, i64), what: &str| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{}   {count} {what}{plural}", after(time))
    };
    let clock = |receipt: &Receipt| receipt.received.format("%H:%M:%S%.3f UTC").to_string();
    let line = |label: &str, of: &dyn Fn(&Receipt) -> String, note: &str| {
        let text = format!("    {label:<LABEL$}{:<COLUMN$}{:<COLUMN$}{note}", of(deactivated), of(deleted));
        screen.line(Tone::Plain, text.trim_end());
    };
    screen.line(Tone::Title, "The receipts: what leaving took, as Rollcall has recorded it");
    let heading = format!("    {:<LABEL$}{:<COLUMN$}{}", "", "deactivated", "deleted");
    screen.line(Tone::Quiet, &heading);
    line("request received", &clock, "");
    line("row closed", &|receipt| after(receipt.row), "nobody accepts them");
    line("API tokens revoked", &|receipt| counted(receipt.tokens, "token"), "");
    line("sessions deleted", &|receipt| counted(receipt.sessions, "session"), "");
    line("roles taken", &|receipt| counted(receipt.roles, "role"), "");
    line("complete", &|receipt| after(receipt.complete), "nothing is left");
    screen.line(Tone::Plain, "");
}

/// Receipts are kept in whole milliseconds.
fn whole(time: Duration) -> String {
    if time < Duration::from_millis(1) { "< 1 ms".to_owned() } else { format!("+{} ms", time.as_millis()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_receipt_counts_from_the_request_and_is_read_when_it_is_complete() {
        let mut value = json!({
            "received_at": "2026-01-01T00:00:00.010Z", "row_closed_at": "2026-01-01T00:00:00.012Z", "sessions_count": 2,
        });
        assert!(Receipt::read(&value).is_none());
        value["completed_at"] = "2026-01-01T00:00:00.031Z".into();
        let receipt = Receipt::read(&value).expect("a receipt");
        assert_eq!((receipt.row, receipt.complete_after()), (Some(Duration::from_millis(2)), Duration::from_millis(21)));
        assert_eq!(receipt.counts(), (0, 2, 0));
    }
}
