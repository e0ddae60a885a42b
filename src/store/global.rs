//! The only queries that are not bound to one workspace: before a workspace is known, and for operators and the worker. Read this file,
//! and [`events`] below it, to know them all; nothing here answers to a workspace's own callers except through a token's digest or a
//! session.

pub mod events;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgPool};
use uuid::Uuid;

use super::{
    Db, StoreError, WorkspaceTx, db::past_dead_connections, held_batches::BatchRow, provisioning_log::Entry,
    workspaces::WorkspaceRow,
};
use crate::ids::{BatchId, InvitationId, MemberId, TokenId, UserId, WorkspaceId};

/// A token as authentication sees it, with what the gate and the person behind it say.
#[derive(Debug, Clone, FromRow)]
pub struct TokenOwner {
    /// The token.
    pub id: TokenId,
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it stops working by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The person it dies with; none for the workspace's own tokens.
    pub member_id: Option<MemberId>,
    /// The status of that person; none for the workspace's own tokens.
    pub member_status: Option<String>,
    /// The workspace's plan.
    pub plan: String,
    /// Whether SAML SSO is enabled.
    pub saml_enabled: bool,
    /// Whether SCIM has been enabled.
    pub scim_enabled: bool,
    /// Moves with the workspace's SCIM rules and schemas; 0 for those that have none of their own.
    pub scim_profile_version: i64,
}

/// Finds a token by the digest of its secret.
///
/// # Errors
/// Postgres is busy or away.
pub async fn token_by_digest(pool: &PgPool, digest: &[u8]) -> Result<Option<TokenOwner>, StoreError> {
    let query = || {
        sqlx::query_as(
            "select t.id, t.workspace_id, t.scopes, t.expires_at, t.last_used_at, t.revoked_at, t.member_id, m.status as member_status,
                    w.plan, w.saml_enabled, w.scim_enabled, w.scim_profile_version
             from api_tokens t
             join workspaces w on w.id = t.workspace_id
             left join members m on m.workspace_id = t.workspace_id and m.id = t.member_id
             where t.digest = $1",
        )
        .bind(digest)
        .fetch_optional(pool)
    };
    Ok(past_dead_connections(pool, query).await?)
}

/// Makes a workspace. The transaction is bound to it, so that its first administrator is made with it or not at all.
///
/// # Errors
/// [`super::Constraint::WorkspaceSlug`] when the short name is taken.
pub async fn make_workspace(db: &Db, workspace: &WorkspaceRow) -> Result<WorkspaceTx, StoreError> {
    let mut tx = db.pool().begin().await?;
    sqlx::query(
        "insert into workspaces (id, slug, name, plan, saml_enabled, scim_enabled, default_role, seats, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(workspace.id)
    .bind(&workspace.slug)
    .bind(&workspace.name)
    .bind(&workspace.plan)
    .bind(workspace.saml_enabled)
    .bind(workspace.scim_enabled)
    .bind(&workspace.default_role)
    .bind(workspace.seats)
    .bind(workspace.created_at)
    .bind(workspace.updated_at)
    .execute(&mut *tx)
    .await?;
    Ok(WorkspaceTx::bind(tx, workspace.id, db).await?)
}

/// Finds a workspace by its short name.
///
/// # Errors
/// Postgres is busy or away.
pub async fn workspace_by_slug(pool: &PgPool, slug: &str) -> Result<Option<WorkspaceRow>, StoreError> {
    let row = sqlx::query_as(
        "select id, slug, name, plan, saml_enabled, scim_enabled, default_role, seats, created_at, updated_at from workspaces where slug = $1",
    )
    .bind(slug)
    .fetch_optional(pool)
    .await?;
    Ok(row)
}

/// Workspaces after this one in the order of their making.
///
/// # Errors
/// Postgres is busy or away.
pub async fn workspaces(pool: &PgPool, after: Option<WorkspaceId>, limit: i64) -> Result<Vec<WorkspaceRow>, StoreError> {
    let rows = sqlx::query_as(
        "select id, slug, name, plan, saml_enabled, scim_enabled, default_role, seats, created_at, updated_at from workspaces
         where id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid) order by id limit $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// Begins a sweep of every workspace that has none under way. Answers how many were begun.
///
/// # Errors
/// Postgres is busy or away.
pub async fn begin_sweeps(pool: &PgPool, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let begun = sqlx::query(
        "insert into sweeps (workspace_id, phase, cursor, started_at)
         select id, 'groups', '00000000-0000-0000-0000-000000000000', $1 from workspaces
         on conflict (workspace_id) do update
         set phase = excluded.phase, cursor = excluded.cursor, repaired = 0, started_at = excluded.started_at, finished_at = null,
             request_id = null, for_change = false
         where sweeps.finished_at is not null",
    )
    .bind(now)
    .execute(pool)
    .await?;
    Ok(begun.rows_affected())
}

/// Batches of held changes whose time is over, each with what is to become of it.
///
/// # Errors
/// Postgres is busy or away.
pub async fn expired_batches(pool: &PgPool, now: DateTime<Utc>) -> Result<Vec<(WorkspaceId, BatchId, String)>, StoreError> {
    let rows = sqlx::query_as(
        "select workspace_id, id, on_expiry from held_batches where decided_at is null and expires_at <= $1 order by expires_at limit 100",
    )
    .bind(now)
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// An open batch of held changes, with its workspace.
#[derive(Debug, Clone, FromRow)]
pub struct OpenBatch {
    /// The workspace's short name.
    pub slug: String,
    /// The batch.
    #[sqlx(flatten)]
    pub batch: BatchRow,
}

/// Every open batch of held changes, the oldest first; at most a thousand.
///
/// # Errors
/// Postgres is busy or away.
pub async fn open_batches(pool: &PgPool) -> Result<Vec<OpenBatch>, StoreError> {
    let rows = sqlx::query_as(
        "select w.slug, b.id, b.opened_at, b.expires_at, b.on_expiry, b.decision, b.decided_at, b.decided_by,
                h.access_changes, h.role_changes
         from held_batches b join workspaces w on w.id = b.workspace_id cross join lateral (
             select count(*) filter (where effect = 'access') as access_changes, count(*) filter (where effect = 'role') as role_changes
             from held_changes where workspace_id = b.workspace_id and batch_id = b.id
         ) as h
         where b.decided_at is null order by b.opened_at limit 1000",
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// Forgets what the brakes have counted longer ago than any of them looks back. Answers how many rows.
///
/// # Errors
/// Postgres is busy or away.
pub async fn forget_brake_counts(pool: &PgPool, until: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sqlx::query("delete from brake_counts where since < $1").bind(until).execute(pool).await?.rows_affected())
}

/// Forgets the walks through lists that have not moved since then. Answers how many.
///
/// # Errors
/// Postgres is busy or away.
pub async fn forget_walks(pool: &PgPool, since: DateTime<Utc>) -> Result<u64, StoreError> {
    let forgotten = sqlx::query("delete from list_walks where at <= $1").bind(since).execute(pool).await?;
    Ok(forgotten.rows_affected())
}

/// How far all workspaces are what their directories say. Those that only observe their directory do not count.
#[derive(Debug, Clone, FromRow)]
pub struct Convergence {
    /// The end of the check that lies back longest; until a workspace is checked, the time at which it was made.
    pub checked_at: Option<DateTime<Utc>>,
    /// How much the last checks found and repaired.
    pub drift: i64,
    /// The end of the check that found nothing and lies back longest; until there is one, the time at which the workspace was made.
    pub clean_at: Option<DateTime<Utc>>,
}

/// How far all workspaces are what their directories say.
///
/// # Errors
/// Postgres is busy or away.
pub async fn convergence(pool: &PgPool) -> Result<Convergence, StoreError> {
    let row = sqlx::query_as(
        "select min(coalesce(s.checked_at, w.created_at)) as checked_at, coalesce(sum(s.drift), 0)::bigint as drift,
                min(coalesce(s.clean_at, w.created_at)) as clean_at
         from workspaces w left join sweeps s on s.workspace_id = w.id
         where w.provisioning = 'live'",
    )
    .fetch_one(pool)
    .await?;
    Ok(row)
}

/// Begins a proof of every workspace that has none under way. Answers how many were begun.
///
/// # Errors
/// Postgres is busy or away.
pub async fn begin_proofs(pool: &PgPool, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let begun = sqlx::query(
        "insert into proof_walks (workspace_id, cursor, started_at)
         select id, '00000000-0000-0000-0000-000000000000', $1 from workspaces
         on conflict (workspace_id) do nothing",
    )
    .bind(now)
    .execute(pool)
    .await?;
    Ok(begun.rows_affected())
}

/// Workspaces after this one whose proof is under way.
///
/// # Errors
/// Postgres is busy or away.
pub async fn proofs_under_way(pool: &PgPool, after: Option<WorkspaceId>, limit: i64) -> Result<Vec<WorkspaceId>, StoreError> {
    let ids = sqlx::query_scalar(
        "select workspace_id from proof_walks
         where workspace_id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid) order by workspace_id limit $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(ids)
}

/// When the workspace that was proven longest ago was proven; one that never was counts from its making. None without workspaces.
///
/// # Errors
/// Postgres is busy or away.
pub async fn oldest_proof(pool: &PgPool) -> Result<Option<DateTime<Utc>>, StoreError> {
    let at = sqlx::query_scalar(
        "select min(coalesce(p.ended_at, w.created_at)) from workspaces w left join proofs p on p.workspace_id = w.id",
    )
    .fetch_one(pool)
    .await?;
    Ok(at)
}

/// An invitation whose turn it is.
#[derive(Debug, Clone, FromRow)]
pub struct DueInvitation {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The invitation.
    pub id: InvitationId,
    /// Who is invited.
    pub member_id: MemberId,
    /// `sending`, and it is the caller's to send; or `cancelled`, because the person is not to be invited any more.
    pub state: String,
    /// How often it was tried, this time included.
    pub attempts: i32,
}

/// Takes the invitation that is due for the longest time in the next workspace after this one: one of each in turn, so that none with very
/// many keeps the others waiting. From the end of this statement on it is nobody else's.
///
/// # Errors
/// Postgres is busy or away.
pub async fn begin_invitation(
    pool: &PgPool,
    after: Option<WorkspaceId>,
    now: DateTime<Utc>,
) -> Result<Option<DueInvitation>, StoreError> {
    let due = sqlx::query_as(
        "with next as (
             (select workspace_id from invitations
              where state = 'queued' and due_at <= $2 and workspace_id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid)
              order by workspace_id limit 1)
             union all
             (select workspace_id from invitations where state = 'queued' and due_at <= $2 order by workspace_id limit 1)
             limit 1
         ), due as (
             select i.workspace_id, i.id from invitations i
             where i.workspace_id = (select workspace_id from next) and i.state = 'queued' and i.due_at <= $2
             order by i.due_at, i.id limit 1 for update skip locked
         )
         update invitations i
         set state = case when m.status = 'invited' then 'sending' else 'cancelled' end,
             attempts = i.attempts + case when m.status = 'invited' then 1 else 0 end,
             begun_at = $2,
             ended_at = case when m.status = 'invited' then null else $2 end,
             reason = case m.status when 'active' then 'The person signed in before it was sent.'
                                    when 'deactivated' then 'The person was deactivated before it was sent.' end
         from due join members m on m.workspace_id = due.workspace_id
         where i.workspace_id = due.workspace_id and i.id = due.id and m.id = i.member_id
         returning i.workspace_id, i.id, i.member_id, i.state, i.attempts",
    )
    .bind(after)
    .bind(now)
    .fetch_optional(pool)
    .await?;
    Ok(due)
}

/// Writes down that nobody knows what became of invitations that were begun before a time and have not ended. Answers how many.
///
/// # Errors
/// Postgres is busy or away.
pub async fn give_up_invitations(
    pool: &PgPool,
    before: DateTime<Utc>,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let given_up = sqlx::query(
        "update invitations set state = 'unknown', reason = $2, ended_at = $3 where state = 'sending' and begun_at < $1",
    )
    .bind(before)
    .bind(reason)
    .bind(now)
    .execute(pool)
    .await?;
    Ok(given_up.rows_affected())
}

/// Verified domains whose record was looked at last before this time, those first that have waited longest.
///
/// # Errors
/// Postgres is busy or away.
pub async fn domains_due(pool: &PgPool, before: DateTime<Utc>, limit: i64) -> Result<Vec<(WorkspaceId, String)>, StoreError> {
    let rows = sqlx::query_as(
        "select workspace_id, name from domains where verified_at is not null and checked_at <= $1 order by checked_at limit $2",
    )
    .bind(before)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// How many receipts are open, and since when the oldest one.
///
/// # Errors
/// Postgres is busy or away.
pub async fn open_receipts(pool: &PgPool) -> Result<(i64, Option<DateTime<Utc>>), StoreError> {
    let row =
        sqlx::query_as("select count(*), min(row_closed_at) from receipts where completed_at is null").fetch_one(pool).await?;
    Ok(row)
}

/// Writes entries of the provisioning log, of several workspaces at once and in one statement, which is one transaction: that is what
/// makes it cheap. Each entry says whose it is, and got that from the token that the request was authenticated with. An entry that is
/// there already is left alone, so the same ones may be given again after a failure that did not say what became of them.
///
/// `slot` is the row among the sizes that is this process's own. Without `durable` the commit does not wait for the disk: for entries
/// that nobody has been told of.
///
/// # Errors
/// Postgres is busy or away, or will not have one of the entries; then none was written.
pub async fn append_to_provisioning_log(pool: &PgPool, entries: &[&Entry], slot: i16, durable: bool) -> Result<(), StoreError> {
    fn column<'a, T>(entries: &[&'a Entry], of: impl Fn(&'a Entry) -> T) -> Vec<T> {
        entries.iter().map(|entry| of(entry)).collect()
    }
    let joined = |people: &[UserId]| people.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let query = || {
        sqlx::query(
            "with given as (
                 select *
                 from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                             $9::text[], $10::text[], $11::text[], $12::text[], $13::smallint[], $14::text[], $15::text[],
                             $16::text[], $17::bigint[], $18::text[], $19::text[], $20::bigint[], $21::boolean[], $22::text[],
                             $23::bigint[], $24::boolean[], $25::integer[], $28::uuid[])
                     as g (workspace_id, id, at, token_id, operation, method, path, query, target_type, target_id, person_key, people,
                           status, scim_type, detail, tolerated, duration_us, user_agent, request_body, request_bytes, request_cut,
                           answer_body, answer_bytes, answer_cut, bytes, part_of)
             ), written as (
                 insert into provisioning_log
                     (workspace_id, id, at, token_id, operation, method, path, query, target_type, target_id, person_key, people,
                      status, scim_type, detail, tolerated, duration_us, user_agent, request_body, request_bytes, request_cut,
                      answer_body, answer_bytes, answer_cut, bytes, part_of)
                 select workspace_id, id, at, token_id, operation, method, path, query, target_type, target_id, person_key,
                        string_to_array(people, ',')::uuid[], status, scim_type, detail, nullif(tolerated, ''), duration_us,
                        user_agent, request_body, request_bytes, request_cut, answer_body, answer_bytes, answer_cut, bytes, part_of
                 from given order by workspace_id, id
                 on conflict (workspace_id, id) do nothing
                 returning workspace_id, id, people, bytes
             ), named as (
                 insert into provisioning_log_people (workspace_id, user_id, entry_id)
                 select workspace_id, unnest(people), id from written
                 on conflict (workspace_id, user_id, entry_id) do nothing
             )
             insert into provisioning_log_sizes (workspace_id, slot, entries, bytes)
             select workspace_id, $26, count(*), sum(bytes)
             from written, (select set_config('synchronous_commit', coalesce($27, current_setting('synchronous_commit')), true)) as wait
             group by workspace_id order by workspace_id
             on conflict (workspace_id, slot) do update
             set entries = provisioning_log_sizes.entries + excluded.entries, bytes = provisioning_log_sizes.bytes + excluded.bytes",
        )
        .bind(column(entries, |entry| entry.workspace))
        .bind(column(entries, |entry| entry.id))
        .bind(column(entries, |entry| entry.at))
        .bind(column(entries, |entry| entry.token))
        .bind(column(entries, |entry| entry.operation))
        .bind(column(entries, |entry| entry.method.as_str()))
        .bind(column(entries, |entry| entry.path.as_str()))
        .bind(column(entries, |entry| entry.query.as_deref()))
        .bind(column(entries, |entry| entry.target_type))
        .bind(column(entries, |entry| entry.target_id.as_deref()))
        .bind(column(entries, |entry| entry.person_key.as_deref()))
        .bind(column(entries, |entry| joined(&entry.people)))
        .bind(column(entries, |entry| i16::try_from(entry.status).unwrap_or(i16::MAX)))
        .bind(column(entries, |entry| entry.scim_type))
        .bind(column(entries, |entry| entry.detail.as_deref()))
        .bind(column(entries, |entry| entry.tolerated.join(",")))
        .bind(column(entries, |entry| entry.duration_us))
        .bind(column(entries, |entry| entry.user_agent.as_deref()))
        .bind(column(entries, |entry| entry.request.text.as_deref()))
        .bind(column(entries, |entry| entry.request.bytes))
        .bind(column(entries, |entry| entry.request.cut))
        .bind(column(entries, |entry| entry.answer.text.as_deref()))
        .bind(column(entries, |entry| entry.answer.bytes))
        .bind(column(entries, |entry| entry.answer.cut))
        .bind(column(entries, |entry| i32::try_from(entry.bytes()).unwrap_or(i32::MAX)))
        .bind(slot)
        .bind((!durable).then_some("off"))
        .bind(column(entries, |entry| entry.part_of))
        .execute(pool)
    };
    past_dead_connections(pool, query).await?;
    Ok(())
}

/// How large the provisioning log of a workspace is.
#[derive(Debug, Clone, FromRow)]
pub struct LogSize {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// How many entries.
    pub entries: i64,
    /// How much they take.
    pub bytes: i64,
    /// The oldest one.
    pub oldest: Option<Uuid>,
}

/// The sizes of the provisioning logs of the workspaces after this one. Reads a few rows of sizes and one of the log for each.
///
/// # Errors
/// Postgres is busy or away.
pub async fn provisioning_log_sizes(pool: &PgPool, after: Option<WorkspaceId>, limit: i64) -> Result<Vec<LogSize>, StoreError> {
    let sizes = sqlx::query_as(
        "select size.workspace_id, size.entries, size.bytes,
                (select l.id from provisioning_log l where l.workspace_id = size.workspace_id order by l.id limit 1) as oldest
         from (
             select workspace_id, sum(entries)::bigint as entries, sum(bytes)::bigint as bytes
             from provisioning_log_sizes
             where workspace_id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid)
             group by workspace_id order by workspace_id limit $2
         ) as size
         order by size.workspace_id",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(sizes)
}
