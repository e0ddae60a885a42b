//! Recovery codes: hashes of them. The rows of whoever is put out are removed by a trigger on the member's row.

use chrono::{DateTime, Utc};

use super::{StoreError, WorkspaceTx};
use crate::ids::MemberId;

/// A code as it is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The first characters of the code, by which it is found.
    pub id: String,
    /// Argon2id over the whole code, in the PHC string format.
    pub hash: String,
}

/// Keeps these codes instead of all that a member has had.
///
/// # Errors
/// Postgres is busy or away.
pub async fn replace(tx: &mut WorkspaceTx, member: MemberId, codes: &[Kept], now: DateTime<Utc>) -> Result<(), StoreError> {
    revoke(tx, member).await?;
    let (ids, hashes): (Vec<&str>, Vec<&str>) = codes.iter().map(|code| (code.id.as_str(), code.hash.as_str())).unzip();
    sqlx::query(
        "insert into recovery_codes (workspace_id, member_id, id, hash, created_at)
         select $1, $2, code.id, code.hash, $5 from unnest($3::text[], $4::text[]) as code (id, hash)",
    )
    .bind(tx.workspace())
    .bind(member)
    .bind(ids)
    .bind(hashes)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// How many of a member's codes are not used yet.
///
/// # Errors
/// Postgres is busy or away.
pub async fn left(tx: &mut WorkspaceTx, member: MemberId) -> Result<i64, StoreError> {
    let left =
        sqlx::query_scalar("select count(*) from recovery_codes where workspace_id = $1 and member_id = $2 and used_at is null")
            .bind(tx.workspace())
            .bind(member)
            .fetch_one(tx.connection())
            .await?;
    Ok(left)
}

/// The hash of a code that is not used yet.
///
/// # Errors
/// Postgres is busy or away.
pub async fn hash(tx: &mut WorkspaceTx, member: MemberId, id: &str) -> Result<Option<String>, StoreError> {
    let hash = sqlx::query_scalar(
        "select hash from recovery_codes where workspace_id = $1 and member_id = $2 and id = $3 and used_at is null",
    )
    .bind(tx.workspace())
    .bind(member)
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(hash)
}

/// Uses a code up. False when somebody else has, or it is gone.
///
/// # Errors
/// Postgres is busy or away.
pub async fn use_up(tx: &mut WorkspaceTx, member: MemberId, id: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let used = sqlx::query(
        "update recovery_codes set used_at = $4 where workspace_id = $1 and member_id = $2 and id = $3 and used_at is null",
    )
    .bind(tx.workspace())
    .bind(member)
    .bind(id)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(used.rows_affected() == 1)
}

/// Removes all codes of a member. Answers how many there were, used ones included.
///
/// # Errors
/// Postgres is busy or away.
pub async fn revoke(tx: &mut WorkspaceTx, member: MemberId) -> Result<u64, StoreError> {
    let removed = sqlx::query("delete from recovery_codes where workspace_id = $1 and member_id = $2")
        .bind(tx.workspace())
        .bind(member)
        .execute(tx.connection())
        .await?;
    Ok(removed.rows_affected())
}
