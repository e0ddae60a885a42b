//! The provisioning log of one workspace: looking into it and keeping it within its bounds. Entries are written by
//! [`super::global::append_to_provisioning_log`], several workspaces at once.
//!
//! An entry has the id of its request, a UUID of version 7: its order is the order of time, so a stretch of time is a range of the
//! primary key, and so is what comes after a cursor.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{StoreError, WorkspaceTx};
use crate::ids::{RequestId, TokenId, UserId, WorkspaceId};

/// The row of [`prune`] among those by which the size of a log is known.
const SLOT_OF_PRUNING: i16 = -1;

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

/// A stretch of the log: entries from `from` on and before `before`, by id.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// The first id that is in it.
    pub from: Uuid,
    /// The first id that is not.
    pub before: Uuid,
}

/// Which answers, and to which operation.
#[derive(Debug, Clone, Copy)]
pub struct Facets<'a> {
    /// The lowest status.
    pub lowest: i16,
    /// The highest status.
    pub highest: i16,
    /// The operation; none for any.
    pub operation: Option<&'a str>,
}

/// The newest entries of a stretch.
///
/// # Errors
/// Postgres is busy or away.
pub async fn newest(tx: &mut WorkspaceTx, stretch: Stretch, limit: i64) -> Result<Vec<EntryRow>, StoreError> {
    let rows = sqlx::query_as(
        "select id, at, token_id, operation, method, path, query, target_type, target_id, person_key, status, scim_type, detail,
                tolerated, duration_us, user_agent, part_of
         from provisioning_log where workspace_id = $1 and id >= $2 and id < $3 order by id desc limit $4",
    )
    .bind(tx.workspace())
    .bind(stretch.from)
    .bind(stretch.before)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// The newest entries of a stretch with these facets: skips through the index from one pair of status and operation to the next,
/// takes the newest of each, and merges them. Costs what the pairs and the page cost, however long the log is.
///
/// # Errors
/// Postgres is busy or away.
pub async fn with_facets(
    tx: &mut WorkspaceTx,
    facets: Facets<'_>,
    stretch: Stretch,
    limit: i64,
) -> Result<Vec<EntryRow>, StoreError> {
    let rows = sqlx::query_as(
        "with recursive pairs as (
             (select status, operation from provisioning_log
              where workspace_id = $1 and status >= $2 and status <= $3 order by status, operation limit 1)
             union all
             select next.status, next.operation
             from pairs cross join lateral (
                 select l.status, l.operation from provisioning_log l
                 where l.workspace_id = $1 and (l.status, l.operation) > (pairs.status, pairs.operation) and l.status <= $3
                 order by l.status, l.operation limit 1
             ) next
         ), found as (
             select entry.id
             from pairs cross join lateral (
                 -- As one range and in its order, of which there is one index. By equality the entries could be had from the primary
                 -- key as well, which Postgres prefers when it takes the pair for a common one: for a rare one it reads the whole log.
                 select l.id from provisioning_log l
                 where l.workspace_id = $1 and (l.status, l.operation, l.id) >= (pairs.status, pairs.operation, $5)
                   and (l.status, l.operation, l.id) < (pairs.status, pairs.operation, $6)
                 order by l.status desc, l.operation desc, l.id desc limit $7
             ) entry
             where $4::text is null or pairs.operation = $4
             order by entry.id desc limit $7
         )
         select l.*
         from found cross join lateral (
             select id, at, token_id, operation, method, path, query, target_type, target_id, person_key, status, scim_type, detail,
                    tolerated, duration_us, user_agent, part_of
             from provisioning_log where workspace_id = $1 and id = found.id limit 1
         ) as l
         order by l.id desc",
    )
    .bind(tx.workspace())
    .bind(facets.lowest)
    .bind(facets.highest)
    .bind(facets.operation)
    .bind(stretch.from)
    .bind(stretch.before)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// The directory's users of this `userName`, prepared for comparison, or this `externalId`.
///
/// # Errors
/// Postgres is busy or away.
pub async fn users_named(tx: &mut WorkspaceTx, user_name_key: &str, external_id: &str) -> Result<Vec<UserId>, StoreError> {
    let ids = sqlx::query_scalar(
        "(select id from users where workspace_id = $1 and user_name_key = $2)
         union
         (select id from users where workspace_id = $1 and external_id = $3 order by id limit 10)",
    )
    .bind(tx.workspace())
    .bind(user_name_key)
    .bind(external_id)
    .fetch_all(tx.connection())
    .await?;
    Ok(ids)
}

/// The newest entries of a stretch that are about a person: whose target they are, who is named in them, or who is put into or out
/// of a group by them. Ids only, newest first; each by a range of its own index, as in [`with_facets`].
///
/// # Errors
/// Postgres is busy or away.
pub async fn about(
    tx: &mut WorkspaceTx,
    users: &[UserId],
    person_key: Option<&str>,
    stretch: Stretch,
    limit: i64,
) -> Result<Vec<Uuid>, StoreError> {
    let ids = sqlx::query_scalar(
        r#"select id from (
             select target.id
             from unnest($2::uuid[]) as person (id) cross join lateral (
                 select l.id from provisioning_log l
                 where l.workspace_id = $1 and l.target_id is not null
                   and (l.target_id, l.id) >= (person.id::text collate "C", $4) and (l.target_id, l.id) < (person.id::text collate "C", $5)
                 order by l.target_id desc, l.id desc limit $6
             ) target
             union
             select other.id
             from unnest($2::uuid[]) as person (id) cross join lateral (
                 select p.entry_id as id from provisioning_log_people p
                 where p.workspace_id = $1 and p.user_id = person.id and p.entry_id >= $4 and p.entry_id < $5
                 order by p.entry_id desc limit $6
             ) other
             union
             (select l.id from provisioning_log l
              where l.workspace_id = $1 and l.person_key is not null
                and (l.person_key, l.id) >= ($3::text collate "C", $4) and (l.person_key, l.id) < ($3::text collate "C", $5)
              order by l.person_key desc, l.id desc limit $6)
         ) as found
         order by id desc limit $6"#,
    )
    .bind(tx.workspace())
    .bind(users)
    .bind(person_key)
    .bind(stretch.from)
    .bind(stretch.before)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(ids)
}

/// Those of these entries that have these facets, newest first.
///
/// # Errors
/// Postgres is busy or away.
pub async fn among(tx: &mut WorkspaceTx, ids: &[Uuid], facets: Facets<'_>, limit: i64) -> Result<Vec<EntryRow>, StoreError> {
    let rows = sqlx::query_as(
        "select l.*
         from unnest($2::uuid[]) as wanted (id) cross join lateral (
             select id, at, token_id, operation, method, path, query, target_type, target_id, person_key, status, scim_type, detail,
                    tolerated, duration_us, user_agent, part_of
             from provisioning_log where workspace_id = $1 and id = wanted.id limit 1
         ) as l
         where l.status between $3 and $4 and ($5::text is null or l.operation = $5)
         order by l.id desc limit $6",
    )
    .bind(tx.workspace())
    .bind(ids)
    .bind(facets.lowest)
    .bind(facets.highest)
    .bind(facets.operation)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// One entry.
///
/// # Errors
/// Postgres is busy or away.
pub async fn find(tx: &mut WorkspaceTx, id: RequestId) -> Result<Option<EntryRow>, StoreError> {
    let row = sqlx::query_as(
        "select id, at, token_id, operation, method, path, query, target_type, target_id, person_key, status, scim_type, detail,
                tolerated, duration_us, user_agent, part_of
         from provisioning_log where workspace_id = $1 and id = $2",
    )
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

/// What a log may keep.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Entries before this id are too old.
    pub oldest: Uuid,
    /// How many entries.
    pub entries: i64,
    /// How much of them.
    pub bytes: i64,
}

/// Removes the oldest entries of a workspace as far as they are beyond the bounds, `batch` at most. Answers how many it removed.
///
/// # Errors
/// Postgres is busy or away.
pub async fn prune(tx: &mut WorkspaceTx, bounds: Bounds, batch: i64) -> Result<i64, StoreError> {
    let removed = sqlx::query_scalar(
        "with size as (
             select coalesce(sum(entries), 0) as entries, coalesce(sum(bytes), 0) as bytes
             from provisioning_log_sizes where workspace_id = $1
         ), oldest as (
             select id, row_number() over (order by id) as place, sum(bytes) over (order by id) - bytes as before
             from (select id, bytes from provisioning_log where workspace_id = $1 order by id limit $5) as batch
         ), gone as (
             delete from provisioning_log l using oldest, size
             where l.workspace_id = $1 and l.id = oldest.id
               and (oldest.id < $2 or oldest.place <= size.entries - $3 or oldest.before < size.bytes - $4)
             returning l.id, l.bytes, l.people
         ), forgotten as (
             delete from provisioning_log_people p using (select id, unnest(people) as user_id from gone) as named
             where p.workspace_id = $1 and p.user_id = named.user_id and p.entry_id = named.id
         ), counted as (
             insert into provisioning_log_sizes (workspace_id, slot, entries, bytes)
             select $1, $6, -count(*), -sum(bytes) from gone having count(*) > 0
             on conflict (workspace_id, slot) do update
             set entries = provisioning_log_sizes.entries + excluded.entries, bytes = provisioning_log_sizes.bytes + excluded.bytes
         )
         select count(*) from gone",
    )
    .bind(tx.workspace())
    .bind(bounds.oldest)
    .bind(bounds.entries)
    .bind(bounds.bytes)
    .bind(batch)
    .bind(SLOT_OF_PRUNING)
    .fetch_one(tx.connection())
    .await?;
    Ok(removed)
}
