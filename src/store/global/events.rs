//! Queries about the events and webhooks of every workspace, for the worker.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgPool};

use crate::{ids::WorkspaceId, store::StoreError};

/// The oldest event of a workspace.
#[derive(Debug, Clone, FromRow)]
pub struct OldestEvent {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// When it happened; none when no event is kept.
    pub at: Option<DateTime<Utc>>,
}

/// The oldest events of the workspaces after this one that have had any. Reads two rows for each.
///
/// # Errors
/// Postgres is busy or away.
pub async fn oldest_events(pool: &PgPool, after: Option<WorkspaceId>, limit: i64) -> Result<Vec<OldestEvent>, StoreError> {
    let oldest = sqlx::query_as(
        "select counter.workspace_id,
                (select e.at from events e where e.workspace_id = counter.workspace_id order by e.seq limit 1) as at
         from event_counters counter
         where counter.workspace_id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid)
         order by counter.workspace_id limit $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(oldest)
}
