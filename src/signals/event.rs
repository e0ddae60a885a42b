//! The events of a Security Event Token that something follows from.

use serde_json::{Map, Value};

use super::{
    Refusal,
    subject::{Name, names},
};

const SESSION_REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
const ACCOUNT_DISABLED: &str = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";

/// Events of one token that are looked at; the Shared Signals Framework lets it have one.
const MOST: usize = 16;
/// Characters of an event's name that are shown.
const SHOWN: usize = 128;

/// What has happened at the identity provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A session of the person was revoked, or all of them (CAEP 1.0 §3.1).
    SessionRevoked,
    /// The person's account was disabled (RISC 1.0 §2.4).
    AccountDisabled,
    /// All that the person has is to be revoked (Global Token Revocation). No event, and never in a token of events.
    Revocation,
}

impl What {
    /// Its name in the audit log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SessionRevoked => "session_revoked",
            Self::AccountDisabled => "account_disabled",
            Self::Revocation => "global_token_revocation",
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

/// The events of a token.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Events {
    /// Those that something follows from.
    pub known: Vec<Event>,
    /// The names of the others. They are none of ours, and whoever sends them is told that they have arrived; so is who verifies a stream.
    pub others: Vec<String>,
}

/// Reads the events of a token, of which people of these issuers are meant.
///
/// # Errors
/// [`Refusal::Events`] when it has none, which makes it no Security Event Token.
pub fn events(claims: &Map<String, Value>, issuers: &[&str]) -> Result<Events, Refusal> {
    let events = claims.get("events").and_then(Value::as_object).filter(|events| !events.is_empty()).ok_or(Refusal::Events)?;
    let mut found = Events::default();
    for (name, event) in events.iter().take(MOST) {
        let what = match name.as_str() {
            SESSION_REVOKED => What::SessionRevoked,
            ACCOUNT_DISABLED => What::AccountDisabled,
            other => {
                found.others.push(other.chars().take(SHOWN).collect());
                continue;
            }
        };
        // In the token since SSF 1.0, in the event before.
        let subject = claims.get("sub_id").unwrap_or(&event["subject"]);
        found.known.push(Event { what, names: names(subject, issuers) });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(claims: &Value) -> Result<Events, Refusal> {
        events(claims.as_object().expect("claims"), &["https://idp.test"])
    }

    #[test]
    fn events_are_read_with_their_subject_wherever_it_stands() {
        let known = |what| {
            let names = vec![Name::Email("ada@acme.test".into())];
            Ok(Events { known: vec![Event { what, names }], others: vec![] })
        };
        let subject = json!({ "format": "email", "email": "ada@acme.test" });
        let old = json!({ "events": { SESSION_REVOKED: { "subject": { "user": subject } } } });
        assert_eq!(read(&old), known(What::SessionRevoked));
        let new = json!({ "sub_id": subject, "events": { ACCOUNT_DISABLED: { "reason": "hijacking" } } });
        assert_eq!(read(&new), known(What::AccountDisabled));
        let verification = "https://schemas.openid.net/secevent/ssf/event-type/verification";
        let other = json!({ "sub_id": { "format": "opaque", "id": "stream" }, "events": { verification: { "state": "x" } } });
        assert_eq!(read(&other), Ok(Events { known: vec![], others: vec![verification.to_owned()] }));
        let nobody = json!({ "events": { SESSION_REVOKED: "not an object" } });
        assert_eq!(read(&nobody).map(|events| events.known[0].names.clone()), Ok(vec![]));
        for none in [json!({ "sub_id": subject }), json!({ "events": {} }), json!({ "events": [SESSION_REVOKED] })] {
            assert_eq!(read(&none), Err(Refusal::Events), "{none}");
        }
        let many: Map<String, Value> =
            (0..99).map(|n| (format!("https://events.test/{n}/{}", "x".repeat(999)), json!({}))).collect();
        let read = read(&json!({ "events": many })).expect("events");
        assert_eq!((read.known.len(), read.others.len(), read.others[0].len()), (0, MOST, SHOWN));
    }
}
