//! Seats: how many people a workspace may have. Counted with users and members, checked by whoever takes one.

use sqlx::FromRow;

use super::{StoreError, WorkspaceTx};

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

/// Refuses what this transaction has counted when there are not as many seats: comes after it was counted. Where the number is limited,
/// one transaction at a time checks and commits, so that together they take no more than there are.
///
/// # Errors
/// [`StoreError::NoSeat`]; then the transaction must not go on.
pub(super) async fn check(tx: &mut WorkspaceTx, limit: Option<i32>) -> Result<(), StoreError> {
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
