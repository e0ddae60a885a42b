//! The provisioning log of one workspace. Entries are written by [`super::global::append_to_provisioning_log`], several workspaces at
//! once.
//!
//! An entry has the id of its request, a UUID of version 7: its order is the order of time, so a stretch of time is a range of the
//! primary key, and so is what comes after a cursor.

mod prune;
mod search;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{StoreError, WorkspaceTx};
use crate::ids::{RequestId, TokenId, UserId, WorkspaceId};

pub use super::stretch::Stretch;
pub use prune::{Bounds, prune};
pub use search::{Facets, about, among, newest, of_request, users_named, with_facets};

/// What lists show of an entry: [`EntryRow`].
macro_rules! columns {
    () => {
        "id, at, token_id, operation, method, path, query, target_type, target_id, person_key, status, scim_type, detail, tolerated, \
         duration_us, user_agent, part_of"
    };
}
use columns;

/// A body as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptBody {
    /// What is kept of it.
    pub text: Option<String>,
    /// How long it was; none when there was none.
    pub bytes: Option<i64>,
    /// Whether less is kept than there was.
    pub cut: bool,
}

/// An entry that is to be written.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Whose request it was.
    pub workspace: WorkspaceId,
    /// The request.
    pub id: RequestId,
    /// Of an operation of a bulk request that request.
    pub part_of: Option<RequestId>,
    /// When it was received.
    pub at: DateTime<Utc>,
    /// With which token.
    pub token: TokenId,
    /// Its `operationId`.
    pub operation: &'static str,
    /// Its method.
    pub method: String,
    /// Its path below the SCIM address.
    pub path: String,
    /// Its query.
    pub query: Option<String>,
    /// `User` or `Group`.
    pub target_type: Option<&'static str>,
    /// The id of the resource.
    pub target_id: Option<String>,
    /// The `userName` in question, prepared for comparison.
    pub person_key: Option<String>,
    /// Other users that it was about.
    pub people: Vec<UserId>,
    /// The answer's status.
    pub status: u16,
    /// The answer's `scimType`.
    pub scim_type: Option<&'static str>,
    /// The answer's `detail`.
    pub detail: Option<String>,
    /// The names of what was let pass.
    pub tolerated: Vec<&'static str>,
    /// How long it took, in microseconds.
    pub duration_us: i64,
    /// Who called, in its own words.
    pub user_agent: Option<String>,
    /// What was sent.
    pub request: KeptBody,
    /// What was answered.
    pub answer: KeptBody,
}

impl Entry {
    /// What it counts for in the size of the log: what is stored of it, with what Postgres adds, indexes included.
    pub fn bytes(&self) -> usize {
        const ROW: usize = 400;
        const PERSON: usize = 150;
        let texts = [&self.query, &self.target_id, &self.person_key, &self.detail, &self.user_agent];
        let texts = texts.into_iter().chain([&self.request.text, &self.answer.text]).flatten().map(String::len).sum::<usize>();
        ROW + PERSON * self.people.len() + self.path.len() + texts
    }
}

/// An entry as lists show it.
#[derive(Debug, Clone, FromRow)]
pub struct EntryRow {
    /// The request.
    pub id: RequestId,
    /// Of an operation of a bulk request that request.
    pub part_of: Option<RequestId>,
    /// When it was received.
    pub at: DateTime<Utc>,
    /// With which token.
    pub token_id: TokenId,
    /// Its `operationId`.
    pub operation: String,
    /// Its method.
    pub method: String,
    /// Its path below the SCIM address.
    pub path: String,
    /// Its query.
    pub query: Option<String>,
    /// `User` or `Group`.
    pub target_type: Option<String>,
    /// The id of the resource.
    pub target_id: Option<String>,
    /// The `userName` in question, prepared for comparison.
    pub person_key: Option<String>,
    /// The answer's status.
    pub status: i16,
    /// The answer's `scimType`.
    pub scim_type: Option<String>,
    /// The answer's `detail`.
    pub detail: Option<String>,
    /// The names of what was let pass, separated by commas.
    pub tolerated: Option<String>,
    /// How long it took, in microseconds.
    pub duration_us: i64,
    /// Who called, in its own words.
    pub user_agent: Option<String>,
}

/// The rest of an entry.
#[derive(Debug, Clone, FromRow)]
pub struct EntryBodies {
    /// Other users that it was about.
    pub people: Vec<UserId>,
    /// What was sent, as far as kept.
    pub request_body: Option<String>,
    /// How long it was.
    pub request_bytes: Option<i64>,
    /// Whether less is kept than there was.
    pub request_cut: bool,
    /// What was answered, as far as kept.
    pub answer_body: Option<String>,
    /// How long it was.
    pub answer_bytes: Option<i64>,
    /// Whether less is kept than there was.
    pub answer_cut: bool,
}

/// One entry.
///
/// # Errors
/// Postgres is busy or away.
pub async fn find(tx: &mut WorkspaceTx, id: RequestId) -> Result<Option<EntryRow>, StoreError> {
    let row = sqlx::query_as(concat!("select ", columns!(), " from provisioning_log where workspace_id = $1 and id = $2"))
        .bind(tx.workspace())
        .bind(id)
        .fetch_optional(tx.connection())
        .await?;
    Ok(row)
}

/// The bodies of an entry, and who else it was about.
///
/// # Errors
/// Postgres is busy or away.
pub async fn bodies(tx: &mut WorkspaceTx, id: RequestId) -> Result<Option<EntryBodies>, StoreError> {
    let row = sqlx::query_as(
        "select people, request_body, request_bytes, request_cut, answer_body, answer_bytes, answer_cut
         from provisioning_log where workspace_id = $1 and id = $2",
    )
    .bind(tx.workspace())
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}
