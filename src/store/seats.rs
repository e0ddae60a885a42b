//! Seats: how many people a workspace may have. Counted with users and members, checked by whoever takes one.

use sqlx::FromRow;

use super::{StoreError, WorkspaceTx};
use crate::ids::MemberId;

/// How many seats there are and how many of them are taken.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Seats {
    /// How many there are; none for as many as are wanted.
    pub seats: Option<i32>,
    /// How many are taken.
    pub taken: i64,
}

/// Reads both, this transaction's own changes included.
///
/// # Errors
/// Postgres is busy or away.
pub async fn read(tx: &mut WorkspaceTx) -> Result<Seats, StoreError> {
    let seats = sqlx::query_as(
        "select seats, (select coalesce(sum(seats), 0)::bigint from directory_counts where workspace_id = $1) as taken
         from workspaces where id = $1",
    )
    .bind(tx.workspace())
    .fetch_one(tx.connection())
    .await?;
    Ok(seats)
}

/// Gives back the seats of members who were in by hand.
///
/// # Errors
/// Postgres is busy or away.
pub(super) async fn leave(tx: &mut WorkspaceTx, members: &[MemberId]) -> Result<(), StoreError> {
    if members.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into directory_counts (workspace_id, kind, slot, n, seats) values ($1, 'member', counter_slot(), 0, $2)
         on conflict (workspace_id, kind, slot) do update set seats = directory_counts.seats + excluded.seats",
    )
    .bind(tx.workspace())
    .bind(-i64::try_from(members.len()).unwrap_or(i64::MAX))
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Refuses what this transaction has counted when there are not as many seats: comes after it was counted. Where the number is limited,
/// one transaction at a time checks and commits, so that together they take no more than there are.
///
/// # Errors
/// [`StoreError::NoSeat`]; then the transaction must not be committed as it is.
pub async fn check(tx: &mut WorkspaceTx, limit: Option<i32>) -> Result<(), StoreError> {
    if limit.is_none() {
        return Ok(());
    }
    tx.lock("seats").await?;
    let now = read(tx).await?;
    match now.seats {
        Some(seats) if now.taken > i64::from(seats) => Err(StoreError::NoSeat(seats)),
        Some(_) | None => Ok(()),
    }
}
