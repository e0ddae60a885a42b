//! What is asked of an identity provider is known again by the id of the request alone, in which it is sealed. Nothing is kept while an answer is
//! waited for: anybody can begin to sign in, and however many do, nobody else is kept from it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::{
    app::{error::AppError, seal::Sealer},
    ids::{ConnectionId, WorkspaceId},
};

/// An answer that takes longer is none: people have gone for a coffee and begin anew.
pub(super) const LIVES: Duration = Duration::from_secs(600);

/// Bytes of the digest that ties a request to a browser: nobody finds another secret with the same beginning.
const TIE: usize = 16;

/// What was asked, and for which browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    browser: [u8; TIE],
    /// When.
    pub asked_at: DateTime<Utc>,
    /// Whether an administrator tries the connection: nobody is signed in.
    pub is_test: bool,
}

impl Asked {
    /// In a browser that keeps this secret in a cookie.
    pub fn new(browser: &str, asked_at: DateTime<Utc>, is_test: bool) -> Self {
        Self { browser: tie(browser), asked_at, is_test }
    }

    /// Whether it was asked in the browser with this secret.
    pub fn is_by(&self, browser: &str) -> bool {
        tie(browser).ct_eq(&self.browser).into()
    }

    /// Until when it may be answered.
    pub fn good_until(&self) -> DateTime<Utc> {
        self.asked_at + LIVES
    }

    /// The id of the request, which nobody else can make: 72 characters, as XML has its ids.
    ///
    /// # Errors
    /// The machine has no random numbers.
    pub fn seal(&self, sealer: &Sealer, workspace: WorkspaceId, connection: ConnectionId) -> Result<String, AppError> {
        let micros = self.asked_at.timestamp_micros().to_be_bytes();
        let bytes = [micros.as_slice(), &[u8::from(self.is_test)], &self.browser].concat();
        // An ID of XML does not begin with a digit.
        Ok(format!("_{}", sealer.seal(workspace, &context(connection), bytes)?))
    }

    /// What was asked by a request of this connection, if its time is not over; none for an id that is not ours.
    pub fn open(sealer: &Sealer, workspace: WorkspaceId, connection: ConnectionId, id: &str, now: DateTime<Utc>) -> Option<Self> {
        let bytes = sealer.open(workspace, &context(connection), id.strip_prefix('_')?)?;
        let (micros, rest) = bytes.split_first_chunk()?;
        let (is_test, browser) = rest.split_first()?;
        let asked_at = DateTime::from_timestamp_micros(i64::from_be_bytes(*micros))?;
        let asked = Self { browser: browser.try_into().ok()?, asked_at, is_test: *is_test == 1 };
        (now < asked.good_until()).then_some(asked)
    }
}

/// What an id is sealed for.
fn context(connection: ConnectionId) -> Vec<u8> {
    format!("saml request {connection}").into_bytes()
}

fn tie(browser: &str) -> [u8; TIE] {
    let mut tie = [0; TIE];
    tie.copy_from_slice(&Sha256::digest(browser)[..TIE]);
    tie
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;

    fn ids(number: u128) -> (WorkspaceId, ConnectionId) {
        (WorkspaceId::from_uuid(Uuid::from_u128(number)), ConnectionId::from_uuid(Uuid::from_u128(number)))
    }

    #[test]
    fn a_request_is_known_by_its_id_to_its_connection_and_for_ten_minutes() {
        let sealer = Sealer::new(None).expect("random numbers");
        let (workspace, connection) = ids(1);
        let now = DateTime::from_timestamp_micros(1_800_000_000_123_456).expect("a time");
        let asked = Asked::new("browser", now, true);
        let id = asked.seal(&sealer, workspace, connection).expect("an id");
        assert_eq!(id.len(), 72);
        assert!(id.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_'), "{id}");
        let open = |id: &str, later| Asked::open(&sealer, workspace, connection, id, now + TimeDelta::seconds(later));
        assert_eq!(open(&id, 599), Some(asked));
        assert!(open(&id, 599).is_some_and(|asked| asked.is_by("browser") && !asked.is_by("Browser") && asked.is_test));
        assert_eq!(open(&id, 600), None);
        for other in ["", "_", "_AAAA", id.trim_start_matches('_'), &id.replace('_', "__"), &id[..71]] {
            assert_eq!(open(other, 0), None, "{other}");
        }
        let (other_workspace, other_connection) = ids(2);
        assert_eq!(Asked::open(&sealer, other_workspace, connection, &id, now), None);
        assert_eq!(Asked::open(&sealer, workspace, other_connection, &id, now), None);
    }
}
