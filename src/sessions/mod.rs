//! Sessions of signed-in people, in Redis.
//!
//! A session says who and under which epoch; whether that is still worth anything is the member's row to say. The id carries
//! the member's id in front, so that every key of a person can be computed and, as the key's hash tag, lies on one slot: one
//! script ends all of a person's sessions, on a cluster too. Of the random part Redis knows only the SHA-256.

mod id;
mod link;
mod scripts;
pub mod sign_ins;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc, serde::ts_milliseconds};
use redis::RedisError;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use self::link::Link;
use self::{id::SessionId, scripts::Scripts};
use crate::{
    clock,
    ids::{ConnectionId, MemberId, WorkspaceId},
};

/// Sessions that one run of a script handles: scripts hold up everybody else.
const CHUNK: usize = 500;

/// How long a session lasts.
#[derive(Debug, Clone, Copy)]
pub struct SessionPolicy {
    /// It ends after this time, however much it is used.
    pub absolute: Duration,
    /// It ends after this time without use.
    pub idle: Duration,
}

/// Why sessions cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Redis does not answer, or not as expected. Nobody may be let in on the strength of it.
    #[error("Redis is unavailable")]
    Unavailable(#[source] RedisError),
    /// The address of Redis cannot be read.
    #[error("the address of Redis cannot be used")]
    Address(#[source] RedisError),
    /// The namespace has a brace, and would move a person's keys to different slots.
    #[error("the namespace of Redis keys must have no braces")]
    Namespace,
}

/// A session that has just been opened.
#[derive(Debug)]
pub struct Opened {
    /// What the client shows from now on; nobody else has it.
    pub id: SecretString,
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
    /// When it was opened; whole milliseconds.
    #[serde(with = "ts_milliseconds")]
    pub created_at: DateTime<Utc>,
    /// It ends then at the latest; whole milliseconds.
    #[serde(with = "ts_milliseconds")]
    pub expires_at: DateTime<Utc>,
}

/// One line of a person's list of sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSummary {
    /// Names the session and opens nothing: the SHA-256 of its random part, in hexadecimal.
    pub digest: String,
    /// The session.
    pub session: Session,
}

/// The sessions of everybody. Clones share one connection, which is made when first used and made again when lost.
#[derive(Clone)]
pub struct Sessions {
    link: Link,
    policy: SessionPolicy,
    scripts: Arc<Scripts>,
}

impl Sessions {
    /// Over this link.
    pub fn new(link: Link, policy: SessionPolicy) -> Self {
        Self { link, policy, scripts: Arc::new(Scripts::new()) }
    }

    /// Opens a session under the member's present epoch.
    ///
    /// # Errors
    /// Redis is unavailable; the session may exist, but nobody knows its id.
    pub async fn create(
        &self,
        workspace: WorkspaceId,
        member: MemberId,
        epoch: i64,
        now: DateTime<Utc>,
    ) -> Result<Opened, SessionError> {
        self.create_by(workspace, member, epoch, now, None).await
    }

    /// The same by a SAML connection, whose identity provider may have said when its own session ends: then it ends by that time.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub async fn create_by(
        &self,
        workspace: WorkspaceId,
        member: MemberId,
        epoch: i64,
        now: DateTime<Utc>,
        by: Option<(ConnectionId, Option<DateTime<Utc>>)>,
    ) -> Result<Opened, SessionError> {
        let id = SessionId { member, random: rand::random() };
        let expires_at = now + TimeDelta::from_std(self.policy.absolute).unwrap_or(TimeDelta::MAX);
        let expires_at = by.and_then(|(_, end)| end).map_or(expires_at, |end| end.min(expires_at));
        let session = Session {
            workspace_id: workspace,
            member_id: member,
            epoch,
            connection_id: by.map(|(id, _)| id),
            created_at: now,
            expires_at,
        };
        let value = serde_json::to_string(&session).expect("a session is ids and numbers, and these are always JSON");
        let digest = id.digest();
        let mut call = self.scripts.create.key(self.key(member, &digest));
        call.key(self.index(member))
            .arg(value)
            .arg(millis(self.policy.idle.min(self.policy.absolute)))
            .arg(millis(self.policy.absolute))
            .arg(digest)
            .arg(now.timestamp_millis())
            .arg(expires_at.timestamp_millis());
        // The same id and the same session again are the same session, so this too may be tried twice.
        self.link
            .twice(|mut redis| {
                let call = &call;
                async move { call.invoke_async::<()>(&mut redis).await }
            })
            .await?;
        Ok(Opened { id: id.to_text().into(), expires_at })
    }

    /// Finds a session and makes its idle time start again. None when there is none, or its time is over; text that is no
    /// session id is not looked up.
    ///
    /// # Errors
    /// Redis is unavailable: refuse.
    pub async fn look_up(&self, id: &str, now: DateTime<Utc>) -> Result<Option<Session>, SessionError> {
        let Some(id) = SessionId::parse(id) else { return Ok(None) };
        let mut call = redis::cmd("GETEX");
        call.arg(self.key(id.member, &id.digest())).arg("PX").arg(millis(self.policy.idle));
        let value: Option<String> = self
            .link
            .twice(|mut redis| {
                let call = &call;
                async move { call.query_async(&mut redis).await }
            })
            .await?;
        let session = value.and_then(|value| serde_json::from_str::<Session>(&value).ok());
        let session = session.filter(|session| session.member_id == id.member);
        match session {
            Some(session) if session.expires_at <= now => {
                // Looking it up has lengthened its life.
                self.remove(&id).await?;
                Ok(None)
            }
            other => Ok(other),
        }
    }

    /// Ends one session. A session that does not exist is ended already.
    ///
    /// # Errors
    /// Redis is unavailable.
    pub async fn destroy(&self, id: &str) -> Result<(), SessionError> {
        match SessionId::parse(id) {
            Some(id) => self.remove(&id).await,
            None => Ok(()),
        }
    }

    /// Ends every session of a member that was opened under an epoch before this one; answers how many there were. Sessions that
    /// the person has opened since, after having been let in again, stay.
    ///
    /// # Errors
    /// Redis is unavailable. What was ended stays ended; call again for the others.
    pub async fn destroy_before(&self, member: MemberId, epoch: i64) -> Result<u64, SessionError> {
        let (mut total, mut passed) = (0, 0);
        loop {
            let mut call = self.scripts.destroy_before.key(self.index(member));
            call.arg(self.key(member, "")).arg(passed).arg(CHUNK).arg(epoch);
            let (seen, ended, kept): (usize, u64, usize) = self
                .link
                .twice(|mut redis| {
                    let call = &call;
                    async move { call.invoke_async(&mut redis).await }
                })
                .await?;
            total += ended;
            passed += kept;
            if seen < CHUNK {
                return Ok(total);
            }
        }
    }

    /// How many sessions of a member were opened under an epoch before this one: what [`Self::destroy_before`] would end.
    ///
    /// # Errors
    /// Redis is unavailable.
    pub async fn count_before(&self, member: MemberId, epoch: i64) -> Result<u64, SessionError> {
        let (mut total, mut passed) = (0, 0);
        loop {
            let mut call = self.scripts.count_before.key(self.index(member));
            call.arg(self.key(member, "")).arg(passed).arg(CHUNK).arg(epoch);
            let (seen, older): (usize, u64) = self
                .link
                .twice(|mut redis| {
                    let call = &call;
                    async move { call.invoke_async(&mut redis).await }
                })
                .await?;
            total += older;
            passed += seen;
            if seen < CHUNK {
                return Ok(total);
            }
        }
    }

    /// Those of these members of whom there may be sessions: one question for all of them, which no script answers.
    ///
    /// # Errors
    /// Redis is unavailable.
    pub async fn members_with_any(&self, members: &[MemberId]) -> Result<Vec<MemberId>, SessionError> {
        let mut call = redis::pipe();
        for member in members {
            call.exists(self.index(*member));
        }
        let there: Vec<bool> = self
            .link
            .twice(|mut redis| {
                let call = &call;
                async move { call.query_async(&mut redis).await }
            })
            .await?;
        Ok(members.iter().zip(there).filter(|(_, there)| *there).map(|(member, _)| *member).collect())
    }

    /// The member's open sessions, newest first; at most 500.
    ///
    /// # Errors
    /// Redis is unavailable.
    pub async fn list(&self, member: MemberId) -> Result<Vec<SessionSummary>, SessionError> {
        let mut call = self.scripts.list.key(self.index(member));
        call.arg(self.key(member, "")).arg(clock::now().timestamp_millis()).arg(CHUNK);
        let found: Vec<(String, String)> = self
            .link
            .twice(|mut redis| {
                let call = &call;
                async move { call.invoke_async(&mut redis).await }
            })
            .await?;
        let summary = |(digest, value): (String, String)| {
            let session: Session = serde_json::from_str(&value).ok()?;
            Some(SessionSummary { digest, session })
        };
        Ok(found.into_iter().filter_map(summary).collect())
    }

    /// Asks Redis whether it is there.
    ///
    /// # Errors
    /// It is not.
    pub async fn ping(&self) -> Result<(), SessionError> {
        let call = redis::cmd("PING");
        self.link
            .twice(|mut redis| {
                let call = &call;
                async move { call.query_async::<()>(&mut redis).await }
            })
            .await
    }

    async fn remove(&self, id: &SessionId) -> Result<(), SessionError> {
        let digest = id.digest();
        let mut call = redis::pipe();
        call.del(self.key(id.member, &digest)).ignore().zrem(self.index(id.member), digest).ignore();
        self.link
            .twice(|mut redis| {
                let call = &call;
                async move { call.query_async::<()>(&mut redis).await }
            })
            .await
    }

    fn key(&self, member: MemberId, digest: &str) -> String {
        format!("{}:session:{{{}}}:{digest}", self.link.namespace(), member.as_uuid().simple())
    }

    fn index(&self, member: MemberId) -> String {
        format!("{}:sessions:{{{}}}", self.link.namespace(), member.as_uuid().simple())
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id() -> SessionId {
        SessionId { member: MemberId::from_uuid(Uuid::from_u128(0x0198_abcd)), random: [0x5a; 32] }
    }

    #[tokio::test]
    async fn all_keys_of_a_person_lie_on_one_slot() {
        let policy = SessionPolicy { absolute: Duration::from_secs(2), idle: Duration::from_secs(1) };
        let sessions = Sessions::new(Link::new("redis://127.0.0.1:1", "rollcall").expect("no connection yet"), policy);
        let member = id().member;
        assert_eq!(sessions.index(member), "rollcall:sessions:{0000000000000000000000000198abcd}");
        assert_eq!(sessions.key(member, "d"), "rollcall:session:{0000000000000000000000000198abcd}:d");
        assert!(matches!(Link::new("redis://127.0.0.1:1", "a{b}"), Err(SessionError::Namespace)));
        assert!(matches!(Link::new("nowhere", "a"), Err(SessionError::Address(_))));
    }

    #[tokio::test]
    async fn without_redis_the_answer_is_unavailable_and_comes_soon() {
        let policy = SessionPolicy { absolute: Duration::from_secs(2), idle: Duration::from_secs(1) };
        let sessions = Sessions::new(Link::new("redis://127.0.0.1:1", "rollcall").expect("no connection yet"), policy);
        let text = id().to_text();
        let answer = tokio::time::timeout(Duration::from_secs(2), sessions.look_up(&text, DateTime::UNIX_EPOCH));
        assert!(matches!(answer.await.expect("soon"), Err(SessionError::Unavailable(_))));
        let malformed = sessions.look_up("rcs_", DateTime::UNIX_EPOCH).await;
        assert!(matches!(malformed, Ok(None)));
    }
}
