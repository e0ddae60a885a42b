//! The only queries that are not bound to one workspace: before a workspace is known, and for operators and the worker. Read this file
//! and those below it to know them all; nothing here answers to a workspace's own callers except through a token's digest or a
//! session.

pub mod events;
mod invitations;
mod provisioning_log;
mod saml;
mod watch;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgPool};

use super::{Db, StoreError, WorkspaceTx, db::past_dead_connections, held_batches::BatchRow, workspaces::WorkspaceRow};
use crate::ids::{BatchId, MemberId, TokenId, WorkspaceId};

pub use self::{
    invitations::{DueInvitation, begin_invitation, give_up_invitations},
    provisioning_log::{LogSize, append_to_provisioning_log, provisioning_log_sizes},
    saml::{
        claim_metadata, connections_to_be_warned, forget_attempts, saml_keys_under_other_keys, ways_in, workspace_of_connection,
    },
    watch::{Convergence, begin_proofs, begin_sweeps, convergence, oldest_proof, open_receipts, proofs_under_way},
};

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
