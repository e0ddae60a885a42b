//! Sign-ins that are under way in browsers, in Redis: which requests were answered and which assertions used, what an identity provider has said
//! and where the person wanted to go; which of its signals were obeyed; and who may come in by an entry link. All of it is gone within minutes,
//! but for the signals; without Redis nobody signs in.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Link, SessionError, millis};
use crate::ids::{ConnectionId, MemberId, TokenId, WorkspaceId};

/// From the response to the next request of the same browser, which follows at once.
const RESULT_LIVES: Duration = Duration::from_secs(60);

/// From the SaaS's own pages to ours, with a page on the way on which the person sees as whom they go.
pub const ENTRY_LIVES: Duration = Duration::from_secs(120);

/// Ways back that are kept of the sign-ins of one connection within [`COUNTED`]: anybody can begin one.
const MOST_WAYS_BACK: u32 = 1_200;
/// Refusals of one connection that are written down within [`COUNTED`]: anybody can post what is refused.
const MOST_REFUSED: u32 = 120;
/// Signals of one connection that are obeyed within [`COUNTED`]: each is remembered for as long as it could be sent again.
const MOST_SIGNALS: u32 = 6_000;
const COUNTED: Duration = Duration::from_secs(60);
/// Recovery codes of one person that may be tried within an hour.
const MOST_RECOVERED: u32 = 10;
const HOUR: Duration = Duration::from_secs(3_600);

/// Somebody whom the SaaS's backend has let in to the pages, and whose browser is still to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// Who comes.
    pub member_id: MemberId,
    /// The epoch of their sessions when they were let in.
    pub epoch: i64,
    /// The token with which the backend has asked.
    pub token_id: TokenId,
    /// Whether they were let in by a recovery code.
    pub by_recovery_code: bool,
    /// Where to go: a local path.
    pub return_to: String,
}

/// Keeps what is under way.
#[derive(Clone)]
pub struct SignIns {
    link: Link,
}

impl SignIns {
    /// Over this link.
    pub const fn new(link: Link) -> Self {
        Self { link }
    }

    /// Counts a refusal that is to be written down. False when there are too many already.
    ///
    /// # Errors
    /// Redis is unavailable.
    pub async fn may_write_refusal(&self, connection: ConnectionId) -> Result<bool, SessionError> {
        self.count("refused", &connection.to_string(), MOST_REFUSED, COUNTED).await
    }

    /// Counts a signal that is to be obeyed. False when there are too many already.
    ///
    /// # Errors
    /// Redis is unavailable.
    pub async fn may_obey(&self, connection: ConnectionId) -> Result<bool, SessionError> {
        self.count("signals", &connection.to_string(), MOST_SIGNALS, COUNTED).await
    }

    /// Counts the refusal of a signal that is to be written down. False when there are too many already.
    ///
    /// # Errors
    /// Redis is unavailable.
    pub async fn may_write_signal(&self, connection: ConnectionId) -> Result<bool, SessionError> {
        self.count("signals-refused", &connection.to_string(), MOST_REFUSED, COUNTED).await
    }

    /// Counts a recovery code that is to be tried. False when there were too many already.
    ///
    /// # Errors
    /// Redis is unavailable.
    pub async fn may_recover(&self, member: MemberId) -> Result<bool, SessionError> {
        self.count("recovery", &member.to_string(), MOST_RECOVERED, HOUR).await
    }

    async fn count(&self, kind: &str, name: &str, most: u32, within: Duration) -> Result<bool, SessionError> {
        let key = self.key(kind, name);
        let mut calls = redis::pipe();
        calls.atomic().cmd("SET").arg(&key).arg(0).arg("NX").arg("PX").arg(millis(within)).ignore().cmd("INCR").arg(&key);
        // Sent twice, it counts twice: there is room.
        let (count,): (u32,) = self
            .link
            .twice(|mut redis| {
                let calls = &calls;
                async move { calls.query_async(&mut redis).await }
            })
            .await?;
        Ok(count <= most)
    }

    /// Remembers where somebody wants to go who begins to sign in, for as long as the request may be answered; not when very many begin.
    ///
    /// # Errors
    /// Redis is unavailable.
    pub async fn keep_way_back(
        &self,
        connection: ConnectionId,
        request: &str,
        path: &str,
        lives: Duration,
    ) -> Result<(), SessionError> {
        if self.count("begun", &connection.to_string(), MOST_WAYS_BACK, COUNTED).await? {
            self.keep("way-back", request, &path, lives).await?;
        }
        Ok(())
    }

    /// Where they wanted to go, if that is remembered.
    ///
    /// # Errors
    /// Redis is unavailable; it may be forgotten then.
    pub async fn take_way_back(&self, request: &str) -> Result<Option<String>, SessionError> {
        self.take("way-back", request).await
    }

    /// Notes that a request is answered, until it could not be any more. False when it was answered before.
    ///
    /// # Errors
    /// Redis is unavailable; the request may count as answered then.
    pub async fn answer_once(&self, request: &str, good_until: DateTime<Utc>, now: DateTime<Utc>) -> Result<bool, SessionError> {
        self.once("answered", request, left(good_until, now)).await
    }

    /// Notes that an assertion is used, until it is not good any more. False when it was used before.
    ///
    /// # Errors
    /// Redis is unavailable; the assertion may count as used then.
    pub async fn use_once(&self, assertion: &str, good_until: DateTime<Utc>, now: DateTime<Utc>) -> Result<bool, SessionError> {
        self.once("assertion", assertion, left(good_until, now)).await
    }

    async fn once(&self, kind: &str, name: &str, lives: Duration) -> Result<bool, SessionError> {
        let mut call = redis::cmd("SET");
        call.arg(self.key(kind, name)).arg("1").arg("NX").arg("PX").arg(millis(lives));
        let set: Option<String> = self
            .link
            .twice(|mut redis| {
                let call = &call;
                async move { call.query_async(&mut redis).await }
            })
            .await?;
        Ok(set.is_some())
    }

    /// What was asked by a signal that was obeyed; none when it was not obeyed yet.
    ///
    /// # Errors
    /// Redis is unavailable.
    pub async fn obeyed(&self, signal: &str) -> Result<Option<String>, SessionError> {
        let mut call = redis::cmd("GET");
        call.arg(self.key("signal", signal));
        self.link
            .twice(|mut redis| {
                let call = &call;
                async move { call.query_async(&mut redis).await }
            })
            .await
    }

    /// Notes that a signal was obeyed, and what it has asked, until it is not good any more.
    ///
    /// # Errors
    /// Redis is unavailable.
    pub async fn obey(
        &self,
        signal: &str,
        asked: &str,
        good_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), SessionError> {
        let mut call = redis::cmd("SET");
        call.arg(self.key("signal", signal)).arg(asked).arg("PX").arg(millis(left(good_until, now)));
        self.link
            .twice(|mut redis| {
                let call = &call;
                async move { call.query_async::<()>(&mut redis).await }
            })
            .await
    }

    /// Keeps what an identity provider has said, for the browser that has asked.
    ///
    /// # Errors
    /// Redis is unavailable.
    pub async fn keep_result(&self, code: &str, result: &impl Serialize) -> Result<(), SessionError> {
        self.keep("result", code, result, RESULT_LIVES).await
    }

    /// Takes it, once.
    ///
    /// # Errors
    /// Redis is unavailable; the result may be gone then.
    pub async fn take_result<T: DeserializeOwned>(&self, code: &str) -> Result<Option<T>, SessionError> {
        self.take("result", code).await
    }

    /// Keeps who may come in by a link, for [`ENTRY_LIVES`].
    ///
    /// # Errors
    /// Redis is unavailable.
    pub async fn keep_entry(&self, code: &str, entry: &Entry) -> Result<(), SessionError> {
        self.keep("entry", code, entry, ENTRY_LIVES).await
    }

    /// Who may come in by a link. It stays good.
    ///
    /// # Errors
    /// Redis is unavailable.
    pub async fn look_at_entry(&self, code: &str) -> Result<Option<Entry>, SessionError> {
        self.look("entry", code).await
    }

    /// Takes it, once.
    ///
    /// # Errors
    /// Redis is unavailable; the entry may be gone then.
    pub async fn take_entry(&self, code: &str) -> Result<Option<Entry>, SessionError> {
        self.take("entry", code).await
    }

    async fn keep(&self, kind: &str, name: &str, value: &impl Serialize, lives: Duration) -> Result<(), SessionError> {
        let value = serde_json::to_string(value).expect("texts and ids are always JSON");
        let mut call = redis::cmd("SET");
        call.arg(self.key(kind, name)).arg(value).arg("PX").arg(millis(lives));
        self.link
            .twice(|mut redis| {
                let call = &call;
                async move { call.query_async::<()>(&mut redis).await }
            })
            .await
    }

    async fn look<T: DeserializeOwned>(&self, kind: &str, name: &str) -> Result<Option<T>, SessionError> {
        let mut call = redis::cmd("GET");
        call.arg(self.key(kind, name));
        self.read(&call).await
    }

    async fn take<T: DeserializeOwned>(&self, kind: &str, name: &str) -> Result<Option<T>, SessionError> {
        let mut call = redis::cmd("GETDEL");
        call.arg(self.key(kind, name));
        self.read(&call).await
    }

    async fn read<T: DeserializeOwned>(&self, call: &redis::Cmd) -> Result<Option<T>, SessionError> {
        let value: Option<String> = self.link.twice(|mut redis| async move { call.query_async(&mut redis).await }).await?;
        Ok(value.and_then(|value| serde_json::from_str(&value).ok()))
    }

    /// Names come from outside: of them only a digest is in a key.
    fn key(&self, kind: &str, name: &str) -> String {
        use data_encoding::HEXLOWER;
        use sha2::{Digest as _, Sha256};
        format!("{}:sign-in:{kind}:{}", self.link.namespace(), HEXLOWER.encode(&Sha256::digest(name)))
    }
}

/// For how long something is to be remembered that is good until then.
fn left(good_until: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (good_until - now).to_std().unwrap_or_default().max(Duration::from_secs(1))
}
