//! Sweeps and proofs of all workspaces, and the receipts that are open: what says whether everything is as it should be.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgPool};

use crate::{ids::WorkspaceId, store::StoreError};

/// Begins a sweep of every workspace that has none under way. Answers how many were begun.
///
/// # Errors
/// Postgres is busy or away.
pub async fn begin_sweeps(pool: &PgPool, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let begun = sqlx::query(
        "insert into sweeps (workspace_id, phase, cursor, started_at)
         select id, 'groups', '00000000-0000-0000-0000-000000000000', $1 from workspaces
         on conflict (workspace_id) do update
         set phase = excluded.phase, cursor = excluded.cursor, looked_at = 0, repaired = 0, started_at = excluded.started_at, finished_at = null,
             request_id = null, for_change = false
         where sweeps.finished_at is not null",
    )
    .bind(now)
    .execute(pool)
    .await?;
    Ok(begun.rows_affected())
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

/// How many receipts are open, and since when the oldest one.
///
/// # Errors
/// Postgres is busy or away.
pub async fn open_receipts(pool: &PgPool) -> Result<(i64, Option<DateTime<Utc>>), StoreError> {
    let row =
        sqlx::query_as("select count(*), min(row_closed_at) from receipts where completed_at is null").fetch_one(pool).await?;
    Ok(row)
}
