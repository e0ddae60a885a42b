//! Sessions of signed-in people, in Redis.
//!
//! A session says who and under which epoch; whether that is still worth anything is the member's row to say. The id carries
//! the member's id in front, so that every key of a person can be computed and, as the key's hash tag, lies on one slot: one
//! script ends all of a person's sessions, on a cluster too. Of the random part Redis knows only the SHA-256.

mod id;
mod link;
mod scripts;
mod session;
pub mod sign_ins;

use std::{cmp::Reverse, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use redis::RedisError;

pub use self::{
    id::Digest,
    link::Link,
    session::{Opened, Opening, Session, SessionSummary},
};
use self::{id::SessionId, scripts::Scripts, session::printable};
use crate::{
    clock,
    ids::{MemberId, WorkspaceId},
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
        self.create_by(workspace, member, epoch, now, Opening::default()).await
    }

    /// The same, opened in this way.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub async fn create_by(
        &self,
        workspace: WorkspaceId,
        member: MemberId,
        epoch: i64,
        now: DateTime<Utc>,
        by: Opening<'_>,
    ) -> Result<Opened, SessionError> {
        let id = SessionId { member, random: rand::random() };
        let expires_at = now + TimeDelta::from_std(self.policy.absolute).unwrap_or(TimeDelta::MAX);
        let expires_at = by.ends_at.map_or(expires_at, |end| end.min(expires_at));
        let session = Session {
            workspace_id: workspace,
            member_id: member,
            epoch,
            connection_id: by.connection,
            by_recovery_code: by.by_recovery_code,
            user_agent: by.user_agent.and_then(printable),
            created_at: now,
            expires_at,
        };
        let value = serde_json::to_string(&session).expect("a session is ids and numbers, and these are always JSON");
        let digest = id.digest();
        let mut call = self.scripts.create.key(self.key(member, &digest));
        call.key(self.index(member))
            .arg(value)
            .arg(millis(self.idle()))
            .arg(millis(self.policy.absolute))
            .arg(&digest)
            .arg(now.timestamp_millis())
            .arg(expires_at.timestamp_millis());
        // The same id and the same session again are the same session, so this too may be tried twice.
        self.link
            .twice(|mut redis| {
                let call = &call;
                async move { call.invoke_async::<()>(&mut redis).await }
            })
            .await?;
        Ok(Opened { id: id.to_text().into(), digest, expires_at })
    }

    /// Finds a session and makes its idle time start again, by which one knows when it was last seen: nothing else is written. None when
    /// there is none, or its time is over; text that is no session id is not looked up.
    ///
    /// # Errors
    /// Redis is unavailable: refuse.
    pub async fn look_up(&self, id: &str, now: DateTime<Utc>) -> Result<Option<SessionSummary>, SessionError> {
        let Some(id) = SessionId::parse(id) else { return Ok(None) };
        let mut call = redis::cmd("GETEX");
        let digest = id.digest();
        call.arg(self.key(id.member, &digest)).arg("PX").arg(millis(self.idle()));
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
                self.remove(id.member, &digest).await?;
                Ok(None)
            }
            Some(session) => Ok(Some(self.summary(digest, session, self.idle(), now))),
            None => Ok(None),
        }
    }

    /// Ends one session. A session that does not exist is ended already.
    ///
    /// # Errors
    /// Redis is unavailable.
    pub async fn destroy(&self, id: &str) -> Result<(), SessionError> {
        match SessionId::parse(id) {
            Some(id) => self.remove(id.member, &id.digest()).await.map(drop),
            None => Ok(()),
        }
    }

    /// Ends one session of a member, which is named by its digest. False when there is none.
    ///
    /// # Errors
    /// Redis is unavailable.
    pub async fn destroy_named(&self, member: MemberId, digest: &Digest) -> Result<bool, SessionError> {
        self.remove(member, digest.as_str()).await
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
        let now = clock::now();
        call.arg(self.key(member, "")).arg(now.timestamp_millis()).arg(CHUNK);
        let found: Vec<(String, String, i64)> = self
            .link
            .twice(|mut redis| {
                let call = &call;
                async move { call.invoke_async(&mut redis).await }
            })
            .await?;
        let summary = |(digest, value, left): (String, String, i64)| {
            let session: Session = serde_json::from_str(&value).ok()?;
            Some(self.summary(digest, session, Duration::from_millis(u64::try_from(left).unwrap_or_default()), now))
        };
        let mut found: Vec<SessionSummary> = found.into_iter().filter_map(summary).collect();
        found.sort_by_key(|line| Reverse(line.session.created_at));
        Ok(found)
    }

    /// A session whose idle time ends after so long. When it has begun follows from that; it is a guess for sessions that were not
    /// looked up since the policy was another one.
    fn summary(&self, digest: String, session: Session, left: Duration, now: DateTime<Utc>) -> SessionSummary {
        let span = |time| TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX);
        let last_seen_at = now.checked_sub_signed(span(self.idle().saturating_sub(left)));
        let idle_ends_at = now.checked_add_signed(span(left));
        SessionSummary {
            last_seen_at: last_seen_at.map_or(session.created_at, |at| at.max(session.created_at)),
            idle_ends_at: idle_ends_at.map_or(session.expires_at, |at| at.min(session.expires_at)),
            digest,
            session,
        }
    }

    /// The time without use after which a session ends.
    fn idle(&self) -> Duration {
        self.policy.idle.min(self.policy.absolute)
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

    /// False when there was none.
    async fn remove(&self, member: MemberId, digest: &str) -> Result<bool, SessionError> {
        let mut call = redis::pipe();
        call.del(self.key(member, digest)).zrem(self.index(member), digest).ignore();
        let (removed,): (u64,) = self
            .link
            .twice(|mut redis| {
                let call = &call;
                async move { call.query_async(&mut redis).await }
            })
            .await?;
        Ok(removed > 0)
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
