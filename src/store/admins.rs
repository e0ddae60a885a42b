//! Who administers a workspace: there is always somebody.

use super::{StoreError, WorkspaceTx};
use crate::ids::MemberId;

/// Waits for whoever else is about to take the role of administrator from somebody; held until the end of the transaction.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock(tx: &mut WorkspaceTx) -> Result<(), StoreError> {
    tx.lock("admins").await
}

/// Whether somebody administers the workspace beside these members. Whoever is invited counts: an administrator who leaves is not kept in
/// because the others have not signed in yet.
///
/// # Errors
/// Postgres is busy or away.
pub async fn are_there_without(tx: &mut WorkspaceTx, members: &[MemberId]) -> Result<bool, StoreError> {
    let there_are = sqlx::query_scalar(
        "select exists (
             select from members where workspace_id = $1 and role = 'admin' and status <> 'deactivated' and id <> all($2)
         )",
    )
    .bind(tx.workspace())
    .bind(members)
    .fetch_one(tx.connection())
    .await?;
    Ok(there_are)
}
