//! Identifiers as types, so that a user's id cannot be passed where a member's is wanted.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new identifier: UUID version 7, so that rows made together lie together; 74 of its bits are random.
            #[expect(clippy::new_without_default, reason = "a new identifier is no default value")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// Wraps a UUID that is known to name this kind of thing.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The UUID inside.
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }

            /// Reads the one spelling that we hand out (lower case, hyphens). Identifiers are case exact (RFC 7643 §3.1),
            /// so any other spelling is no identifier of ours.
            pub fn parse(text: &str) -> Option<Self> {
                let id = Uuid::try_parse(text).ok()?;
                (id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text).then_some(Self(id))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    };
}

id!(
    /// A workspace: the tenant.
    WorkspaceId
);
id!(
    /// A SCIM user of a workspace's directory; its SCIM `id`.
    UserId
);
id!(
    /// A SCIM group of a workspace's directory; its SCIM `id`. The workspace group that follows it keeps the id.
    GroupId
);
id!(
    /// A member of a workspace: the effective side of a person.
    MemberId
);
id!(
    /// An API token of a workspace.
    TokenId
);
id!(
    /// The record of one deprovisioning.
    ReceiptId
);
id!(
    /// A mass change that the brake has held.
    BatchId
);
id!(
    /// An endpoint to which the events of a workspace are sent.
    WebhookId
);
id!(
    /// A SAML connection: one identity provider of a workspace.
    ConnectionId
);
id!(
    /// One attempt to sign in: the reference that a person is told who was refused.
    AttemptId
);
id!(
    /// One e-mail that invites somebody.
    InvitationId
);
id!(
    /// An entry of the audit log.
    AuditId
);
id!(
    /// A walk over everybody below a group, in the course of a reconciliation.
    WalkId
);
id!(
    /// One request or job run; stands in the answer's `X-Request-Id`, in logs, audit rows and grants.
    RequestId
);

impl RequestId {
    /// When it was made, to the millisecond.
    pub fn made_at(&self) -> Option<DateTime<Utc>> {
        made_at(self.0)
    }
}

impl AuditId {
    /// When it was made, to the millisecond.
    pub fn made_at(&self) -> Option<DateTime<Utc>> {
        made_at(self.0)
    }
}

fn made_at(id: Uuid) -> Option<DateTime<Utc>> {
    let (seconds, nanoseconds) = id.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanoseconds)
}

/// What every identifier of version 7 that was made at this time or later is not below, and every earlier one is.
pub fn lowest_made_at(time: DateTime<Utc>) -> Uuid {
    let milliseconds = u128::try_from(time.timestamp_millis().max(0)).unwrap_or_default();
    Uuid::from_u128((milliseconds & 0xffff_ffff_ffff) << 80)
}

/// Who does something, as the audit log names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Whoever holds this API token.
    Token(TokenId),
    /// This person, who is signed in.
    Member(MemberId),
    /// The people who run Rollcall.
    Operator,
    /// The worker process.
    Worker,
}

impl Actor {
    /// Reads what [`Display`](std::fmt::Display) has written.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "operator" => Some(Self::Operator),
            "worker" => Some(Self::Worker),
            _ => match text.split_once(':')? {
                ("token", id) => TokenId::parse(id).map(Self::Token),
                ("member", id) => MemberId::parse(id).map(Self::Member),
                _ => None,
            },
        }
    }
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Token(id) => write!(f, "token:{id}"),
            Self::Member(id) => write!(f, "member:{id}"),
            Self::Operator => f.write_str("operator"),
            Self::Worker => f.write_str("worker"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_spelling_that_we_hand_out_is_an_identifier() {
        let id = UserId::new();
        assert_eq!(UserId::parse(&id.to_string()), Some(id));
        assert_eq!(UserId::parse("A1B2C3D4-0000-7000-8000-00000000ABCD"), None);
        assert_eq!(UserId::parse(&id.as_uuid().simple().to_string()), None);
        assert_eq!(UserId::parse("bulkId:1"), None);
    }

    #[test]
    fn an_actor_is_read_as_it_was_written() {
        for actor in [Actor::Token(TokenId::new()), Actor::Member(MemberId::new()), Actor::Operator, Actor::Worker] {
            assert_eq!(Actor::parse(&actor.to_string()), Some(actor));
        }
        for nobody in ["token:nobody", "member:", "nobody", "operator:1"] {
            assert_eq!(Actor::parse(nobody), None, "{nobody}");
        }
    }

    #[test]
    fn a_request_knows_its_time_and_is_in_order_with_times() {
        let (first, second) = (RequestId::new(), RequestId::new());
        assert!(first < second);
        let made = first.made_at().expect("a time");
        assert_eq!(made.timestamp_subsec_nanos() % 1_000_000, 0);
        assert!(lowest_made_at(made) <= first.as_uuid());
        assert!(lowest_made_at(made + chrono::TimeDelta::milliseconds(1)) > first.as_uuid());
        assert_eq!(RequestId::from_uuid(Uuid::new_v4()).made_at(), None);
    }
}
