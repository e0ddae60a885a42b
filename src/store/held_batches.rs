//! Batches of held changes: what an administrator decides about as a whole.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{StoreError, WorkspaceTx, held_changes::State};
use crate::{
    directory::guard::OnExpiry,
    ids::{Actor, BatchId},
};

/// A batch as the API shows it.
#[derive(Debug, Clone, FromRow)]
pub struct BatchRow {
    /// The batch.
    pub id: BatchId,
    /// When the brake engaged.
    pub opened_at: DateTime<Utc>,
    /// When it is decided by itself, if ever.
    pub expires_at: Option<DateTime<Utc>>,
    /// How, then: `approve` or `reject`.
    pub on_expiry: Option<String>,
    /// `approved` or `rejected`; none as long as it is open.
    pub decision: Option<String>,
    /// When it was decided about.
    pub decided_at: Option<DateTime<Utc>>,
    /// By whom.
    pub decided_by: Option<String>,
    /// How many people are to lose their access by it, and have not yet.
    pub access_changes: i64,
    /// How many people are to lose a role by it, and have not yet.
    pub role_changes: i64,
}

/// The open batch, opened now where there is none; and whether it was.
///
/// # Errors
/// Postgres is busy or away.
pub async fn open(
    tx: &mut WorkspaceTx,
    hold: Option<Duration>,
    on_expiry: OnExpiry,
    now: DateTime<Utc>,
) -> Result<(BatchId, bool), StoreError> {
    let opened: Option<BatchId> = sqlx::query_scalar(
        "insert into held_batches (workspace_id, id, opened_at, expires_at, on_expiry) values ($1, $2, $3, $4, $5)
         on conflict (workspace_id) where decided_at is null do nothing returning id",
    )
    .bind(tx.workspace())
    .bind(BatchId::new())
    .bind(now)
    .bind(hold.map(|hold| now + hold))
    .bind(hold.map(|_| on_expiry.as_str()))
    .fetch_optional(tx.connection())
    .await?;
    if let Some(id) = opened {
        return Ok((id, true));
    }
    let id = sqlx::query_scalar("select id from held_batches where workspace_id = $1 and decided_at is null for share")
        .bind(tx.workspace())
        .fetch_one(tx.connection())
        .await?;
    Ok((id, false))
}

/// Reads and locks a batch that nobody has decided about.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock_open(tx: &mut WorkspaceTx, id: BatchId) -> Result<bool, StoreError> {
    let found = sqlx::query("select from held_batches where workspace_id = $1 and id = $2 and decided_at is null for update")
        .bind(tx.workspace())
        .bind(id)
        .execute(tx.connection())
        .await?;
    Ok(found.rows_affected() == 1)
}

/// Writes down what was decided about a locked batch.
///
/// # Errors
/// Postgres is busy or away.
pub async fn decided(
    tx: &mut WorkspaceTx,
    id: BatchId,
    decision: State,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query("update held_batches set decision = $3, decided_at = $4, decided_by = $5 where workspace_id = $1 and id = $2")
        .bind(tx.workspace())
        .bind(id)
        .bind(decision.as_str())
        .bind(now)
        .bind(by.to_string())
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Batches, the newest first.
///
/// # Errors
/// Postgres is busy or away.
pub async fn newest(tx: &mut WorkspaceTx, limit: i64) -> Result<Vec<BatchRow>, StoreError> {
    let rows = sqlx::query_as(
        "select b.id, b.opened_at, b.expires_at, b.on_expiry, b.decision, b.decided_at, b.decided_by,
                h.access_changes, h.role_changes
         from held_batches b cross join lateral (
             select count(*) filter (where effect = 'access') as access_changes, count(*) filter (where effect = 'role') as role_changes
             from held_changes where workspace_id = $1 and batch_id = b.id
         ) as h
         where b.workspace_id = $1 order by b.id desc limit $2",
    )
    .bind(tx.workspace())
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}
