//! A session as it is stored, how it comes to be, and what is told of it.

use chrono::{DateTime, Utc, serde::ts_milliseconds};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::ids::{ConnectionId, MemberId, WorkspaceId};

/// Characters that are kept of what a browser says that it is.
const USER_AGENT: usize = 200;

/// How a session is opened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Opening<'a> {
    /// The SAML connection; none when the SaaS's backend opens it.
    pub connection: Option<ConnectionId>,
    /// When the identity provider's own session ends, if it has said so: this one ends by then.
    pub ends_at: Option<DateTime<Utc>>,
    /// Whether a recovery code has opened it.
    pub by_recovery_code: bool,
    /// What the browser says that it is. The printable characters of it are kept, 200 at most.
    pub user_agent: Option<&'a str>,
}

/// A session that has just been opened.
#[derive(Debug)]
pub struct Opened {
    /// What the client shows from now on; nobody else has it.
    pub id: SecretString,
    /// Names the session and opens nothing.
    pub digest: String,
    /// It ends then at the latest.
    pub expires_at: DateTime<Utc>,
}

/// A session, as stored. Good only if the member's row says so: active, and of the same epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Where they are signed in.
    pub workspace_id: WorkspaceId,
    /// Who is signed in.
    pub member_id: MemberId,
    /// The member's session epoch when the session was opened.
    pub epoch: i64,
    /// The SAML connection by which it was opened; none of one that the SaaS's backend has opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<ConnectionId>,
    /// Whether a recovery code has opened it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_recovery_code: bool,
    /// The browser in which it was opened, as that calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// When it was opened; whole milliseconds.
    #[serde(with = "ts_milliseconds")]
    pub created_at: DateTime<Utc>,
    /// It ends then at the latest; whole milliseconds.
    #[serde(with = "ts_milliseconds")]
    pub expires_at: DateTime<Utc>,
}

/// A session that is open, and how much it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSummary {
    /// Names the session and opens nothing: the SHA-256 of its random part, in hexadecimal.
    pub digest: String,
    /// The session.
    pub session: Session,
    /// When it was last looked up, or opened.
    pub last_seen_at: DateTime<Utc>,
    /// It ends then, unless it is looked up before.
    pub idle_ends_at: DateTime<Utc>,
}

/// What is shown of a text from outside; none when that is nothing.
pub(super) fn printable(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| matches!(c, ' '..='~')).take(USER_AGENT).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_browser_the_printable_characters_are_kept() {
        assert_eq!(printable(" Firefox/\u{202e}1\r\n\t\0 \u{e9}").as_deref(), Some("Firefox/1"));
        assert_eq!(printable(&"x".repeat(300)).map(|kept| kept.len()), Some(200));
        for nothing in ["", "  ", "\u{7f}\n"] {
            assert_eq!(printable(nothing), None, "{nothing:?}");
        }
    }
}
