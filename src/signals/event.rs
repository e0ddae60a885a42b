//! The events of a Security Event Token that something follows from.

use serde_json::{Map, Value};

use super::{Refusal, subject::Name, subject::names};

const SESSION_REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
const ACCOUNT_DISABLED: &str = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";

/// What has happened at the identity provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The person's session was revoked (CAEP 1.0 §3.1).
    SessionRevoked,
    /// The person's account was disabled (RISC 1.0 §2.4).
    AccountDisabled,
}

impl What {
    /// Its name in the audit log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SessionRevoked => "session_revoked",
            Self::AccountDisabled => "account_disabled",
        }
    }
}

/// What has happened to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub what: What,
    /// Every name that the person was called by.
    pub names: Vec<Name>,
}

/// The events that something follows from; others are none of ours, and whoever sends them is told that they have arrived.
///
/// # Errors
/// [`Refusal::Request`] when there is no `events` claim, which makes it no Security Event Token.
pub fn events(claims: &Map<String, Value>) -> Result<Vec<Event>, Refusal> {
    let events = claims.get("events").and_then(Value::as_object).ok_or(Refusal::Request("events is missing."))?;
    let found = events.iter().filter_map(|(name, event)| {
        let what = match name.as_str() {
            SESSION_REVOKED => What::SessionRevoked,
            ACCOUNT_DISABLED => What::AccountDisabled,
            _ => return None,
        };
        // In the token since SSF 1.0, in the event before.
        let subject = claims.get("sub_id").unwrap_or(&event["subject"]);
        Some(Event { what, names: names(subject) })
    });
    Ok(found.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(claims: Value) -> Result<Vec<Event>, Refusal> {
        events(claims.as_object().expect("claims"))
    }

    #[test]
    fn events_are_read_with_their_subject_wherever_it_stands() {
        let ada = vec![Name::Email("ada@acme.test".into())];
        let subject = json!({ "format": "email", "email": "ada@acme.test" });
        let old = json!({ "events": { SESSION_REVOKED: { "subject": { "user": subject } } } });
        assert_eq!(read(old), Ok(vec![Event { what: What::SessionRevoked, names: ada.clone() }]));
        let new = json!({ "sub_id": subject, "events": { ACCOUNT_DISABLED: { "reason": "hijacking" } } });
        assert_eq!(read(new), Ok(vec![Event { what: What::AccountDisabled, names: ada }]));
        let other = json!({ "sub_id": subject, "events": { "https://schemas.openid.net/secevent/ssf/event-type/verification": {} } });
        assert_eq!(read(other), Ok(vec![]));
        assert!(read(json!({ "sub_id": subject })).is_err());
    }
}
