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
    /// How many it has looked at.
    pub looked_at: i64,
    /// The request that asked for it, if one did.
    pub request: Option<RequestId>,
    /// Whether it carries out a change that concerns everybody; else it checks that everybody is as the directory says.
    pub for_change: bool,
}

#[derive(FromRow)]
struct SweepRow {
    phase: String,
    cursor: Uuid,
    looked_at: i64,
    request_id: Option<RequestId>,
    for_change: bool,
}

impl From<SweepRow> for Sweep {
    fn from(row: SweepRow) -> Self {
        let phase = [Phase::Groups, Phase::Users, Phase::Members].into_iter().find(|phase| phase.as_str() == row.phase);
        let SweepRow { cursor, looked_at, request_id: request, for_change, .. } = row;
        Self { phase: phase.unwrap_or(Phase::Groups), cursor, looked_at, request, for_change }
    }
}

/// Begins a sweep at somebody's request; one that is under way begins anew, since it has passed by those whom it has looked at. With
/// `for_change` it carries out what has just been changed for everybody.
///
/// # Errors
/// Postgres is busy or away.
pub async fn begin(tx: &mut WorkspaceTx, request: RequestId, for_change: bool, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query(
        "insert into sweeps as s (workspace_id, phase, cursor, started_at, request_id, for_change)
         values ($1, 'groups', $2, $3, $4, $5)
         on conflict (workspace_id) do update
         set phase = excluded.phase, cursor = excluded.cursor, looked_at = 0, repaired = 0, started_at = excluded.started_at, finished_at = null,
             request_id = excluded.request_id, for_change = excluded.for_change or (s.for_change and s.finished_at is null)",
    )
    .bind(tx.workspace())
    .bind(Uuid::nil())
    .bind(now)
    .bind(request)
    .bind(for_change)
    .execute(tx.connection())
    .await?;
    Ok(())
}

macro_rules! open {
    () => {
        "select phase, cursor, looked_at, request_id, for_change from sweeps where workspace_id = $1 and finished_at is null"
    };
}

/// The sweep under way.
///
/// # Errors
/// Postgres is busy or away.
pub async fn open(tx: &mut WorkspaceTx) -> Result<Option<Sweep>, StoreError> {
    let row: Option<SweepRow> = sqlx::query_as(open!()).bind(tx.workspace()).fetch_optional(tx.connection()).await?;
    Ok(row.map(Sweep::from))
}

/// The sweep under way, locked.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock_open(tx: &mut WorkspaceTx) -> Result<Option<Sweep>, StoreError> {
    let row: Option<SweepRow> =
        sqlx::query_as(concat!(open!(), " for update")).bind(tx.workspace()).fetch_optional(tx.connection()).await?;
    Ok(row.map(Sweep::from))
}

/// The next ids to look at, after the one that was looked at last.
///
/// # Errors
/// Postgres is busy or away.
pub async fn next_ids(tx: &mut WorkspaceTx, phase: Phase, after: Uuid, limit: i64) -> Result<Vec<Uuid>, StoreError> {
    let sql = match phase {
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
    let ids = sqlx::query_scalar(sql).bind(tx.workspace()).bind(after).bind(limit).fetch_all(tx.connection()).await?;
    Ok(ids)
}

/// Writes down where the sweep has got to, and how much more drift it has repaired.
///
/// # Errors
/// Postgres is busy or away.
pub async fn advance(tx: &mut WorkspaceTx, to: Sweep, drift: u64) -> Result<(), StoreError> {
    sqlx::query("update sweeps set phase = $2, cursor = $3, looked_at = $4, repaired = repaired + $5 where workspace_id = $1")
        .bind(tx.workspace())
        .bind(to.phase.as_str())
        .bind(to.cursor)
        .bind(to.looked_at)
        .bind(i64::try_from(drift).unwrap_or(i64::MAX))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Ends the sweep, with how much more drift it has repaired. Answers how much that was in all.
///
/// # Errors
/// Postgres is busy or away.
pub async fn finish(tx: &mut WorkspaceTx, drift: u64, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let found: i64 = sqlx::query_scalar(
        "update sweeps
         set repaired = repaired + $2, finished_at = $3,
             checked_at = case when for_change then checked_at else $3 end,
             drift = case when for_change then drift else repaired + $2 end,
             clean_at = case when not for_change and repaired + $2 = 0 then $3 else clean_at end
         where workspace_id = $1
         returning repaired",
    )
    .bind(tx.workspace())
    .bind(i64::try_from(drift).unwrap_or(i64::MAX))
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(found.unsigned_abs())
}

/// Ends a sweep that has nothing to look at any more. It has proven nothing.
///
/// # Errors
/// Postgres is busy or away.
pub async fn abandon(tx: &mut WorkspaceTx, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query("update sweeps set finished_at = $2 where workspace_id = $1")
        .bind(tx.workspace())
        .bind(now)
        .execute(tx.connection())
        .await?;
    Ok(())
}
