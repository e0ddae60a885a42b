//! The sweep of one workspace: where it is.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{StoreError, WorkspaceTx};
use crate::ids::RequestId;

/// What a sweep walks over, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Directory groups and workspace groups.
    Groups,
    /// Directory users and the members behind them.
    Users,
    /// Members whose directory user is gone.
    Members,
}

impl Phase {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Groups => "groups",
            Self::Users => "users",
            Self::Members => "members",
        }
    }

    /// What comes after it.
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::Groups => Some(Self::Users),
            Self::Users => Some(Self::Members),
            Self::Members => None,
        }
    }
}

/// Where a sweep is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sweep {
    /// What it walks over.
    pub phase: Phase,
    /// The last one that it has looked at.
    pub cursor: Uuid,
    /// The request that asked for it, if one did.
    pub request: Option<RequestId>,
}

#[derive(FromRow)]
struct SweepRow {
    phase: String,
    cursor: Uuid,
    request_id: Option<RequestId>,
}

/// Begins a sweep at somebody's request; one that is under way begins anew, since it has passed by those whom it has looked at.
///
/// # Errors
/// Postgres is busy or away.
pub async fn begin(tx: &mut WorkspaceTx, request: RequestId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query(
        "insert into sweeps (workspace_id, phase, cursor, started_at, request_id) values ($1, 'groups', $2, $3, $4)
         on conflict (workspace_id) do update
         set phase = excluded.phase, cursor = excluded.cursor, repaired = 0, started_at = excluded.started_at, finished_at = null,
             request_id = excluded.request_id",
    )
    .bind(tx.workspace())
    .bind(Uuid::nil())
    .bind(now)
    .bind(request)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The sweep under way, locked.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock_open(tx: &mut WorkspaceTx) -> Result<Option<Sweep>, StoreError> {
    let row: Option<SweepRow> =
        sqlx::query_as("select phase, cursor, request_id from sweeps where workspace_id = $1 and finished_at is null for update")
            .bind(tx.workspace())
            .fetch_optional(tx.connection())
            .await?;
    Ok(row.map(|row| {
        let phase = [Phase::Groups, Phase::Users, Phase::Members].into_iter().find(|phase| phase.as_str() == row.phase);
        Sweep { phase: phase.unwrap_or(Phase::Groups), cursor: row.cursor, request: row.request_id }
    }))
}

/// The next ids to look at.
///
/// # Errors
/// Postgres is busy or away.
pub async fn next_ids(tx: &mut WorkspaceTx, sweep: Sweep, limit: i64) -> Result<Vec<Uuid>, StoreError> {
    let sql = match sweep.phase {
        Phase::Groups => {
            "(select id from groups where workspace_id = $1 and id > $2 order by id limit $3)
             union (select id from workspace_groups where workspace_id = $1 and id > $2 order by id limit $3)
             order by id limit $3"
        }
        Phase::Users => "select id from users where workspace_id = $1 and id > $2 order by id limit $3",
        Phase::Members => {
            "select id from members where workspace_id = $1 and id > $2 and origin = 'directory' and user_id is null
             order by id limit $3"
        }
    };
    let ids = sqlx::query_scalar(sql).bind(tx.workspace()).bind(sweep.cursor).bind(limit).fetch_all(tx.connection()).await?;
    Ok(ids)
}

/// Writes down where the sweep has got to, or that it is finished, and how much it had to repair.
///
/// # Errors
/// Postgres is busy or away.
pub async fn advance(tx: &mut WorkspaceTx, to: Option<Sweep>, repaired: u64, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query(
        "update sweeps
         set phase = coalesce($2, phase), cursor = coalesce($3, cursor), repaired = repaired + $4,
             finished_at = case when $2::text is null then $5 end
         where workspace_id = $1",
    )
    .bind(tx.workspace())
    .bind(to.map(|sweep| sweep.phase.as_str()))
    .bind(to.map(|sweep| sweep.cursor))
    .bind(i64::try_from(repaired).unwrap_or(i64::MAX))
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}
