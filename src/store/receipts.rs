//! Receipts: when each kind of credential of a person who left has died.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{StoreError, WorkspaceTx};
use crate::ids::{MemberId, ReceiptId, RequestId};

/// A receipt as the API shows it.
#[derive(Debug, Clone, FromRow)]
pub struct ReceiptRow {
    /// The receipt.
    pub id: ReceiptId,
    /// Who left.
    pub member_id: MemberId,
    /// Why: `user.deactivated`, `user.deleted`, `reconciled`.
    pub cause: String,
    /// The request that asked.
    pub request_id: Option<RequestId>,
    /// When the request was received.
    pub received_at: DateTime<Utc>,
    /// When the member's row was closed: from its commit on nobody accepts the person.
    pub row_closed_at: DateTime<Utc>,
    /// When the sessions were deleted.
    pub sessions_closed_at: Option<DateTime<Utc>>,
    /// How many there were.
    pub sessions_count: Option<i32>,
    /// When the person's API tokens were revoked.
    pub tokens_closed_at: Option<DateTime<Utc>>,
    /// How many there were.
    pub tokens_count: Option<i32>,
    /// When role, grants and workspace groups were taken.
    pub roles_closed_at: Option<DateTime<Utc>>,
    /// How many grants there were.
    pub roles_count: Option<i32>,
    /// When all of it was done.
    pub completed_at: Option<DateTime<Utc>>,
}

/// The receipts of a member, or of everybody, newest first.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(tx: &mut WorkspaceTx, member: Option<MemberId>, limit: i64) -> Result<Vec<ReceiptRow>, StoreError> {
    let rows = sqlx::query_as(
        "select id, member_id, cause, request_id, received_at, row_closed_at, sessions_closed_at, sessions_count, tokens_closed_at,
                tokens_count, roles_closed_at, roles_count, completed_at
         from receipts where workspace_id = $1 and ($2::uuid is null or member_id = $2)
         order by received_at desc, id limit $3",
    )
    .bind(tx.workspace())
    .bind(member)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Which member a receipt is about, if it is not complete yet; the row stays locked.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock_open(tx: &mut WorkspaceTx, id: ReceiptId) -> Result<Option<MemberId>, StoreError> {
    let member = sqlx::query_scalar(
        "select member_id from receipts where workspace_id = $1 and id = $2 and completed_at is null for update",
    )
    .bind(tx.workspace())
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(member)
}

/// Writes down that role, grants and groups are gone, and how many sessions are about to be deleted. What an earlier run has written
/// stays; how many roles there were stands in it from the beginning.
///
/// # Errors
/// Postgres is busy or away.
pub async fn roles_closed(tx: &mut WorkspaceTx, id: ReceiptId, sessions: u64, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query(
        "update receipts set roles_closed_at = coalesce(roles_closed_at, $3), sessions_count = coalesce(sessions_count, $4)
         where workspace_id = $1 and id = $2",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(now)
    .bind(i32::try_from(sessions).unwrap_or(i32::MAX))
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Writes down that the sessions are gone as well, which completes the receipt.
///
/// # Errors
/// Postgres is busy or away.
pub async fn complete(tx: &mut WorkspaceTx, id: ReceiptId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query(
        "update receipts set sessions_closed_at = $3, completed_at = $3
         where workspace_id = $1 and id = $2 and completed_at is null",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}
