//! API tokens of one workspace. The look-up by digest, which comes before a workspace is known, is in [`super::global`].

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{StoreError, WorkspaceTx};
use crate::ids::{MemberId, TokenId};

/// A token as lists show it.
#[derive(Debug, Clone, FromRow)]
pub struct TokenRow {
    /// The token.
    pub id: TokenId,
    /// First characters of the secret.
    pub hint: String,
    /// What its maker called it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// The person it dies with; none for the workspace's own.
    pub member_id: Option<MemberId>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it stops working by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Stores a new token.
///
/// # Errors
/// Postgres is busy or away.
pub async fn insert(tx: &mut WorkspaceTx, token: &TokenRow, digest: &[u8]) -> Result<(), StoreError> {
    sqlx::query(
        "insert into api_tokens (workspace_id, id, digest, hint, name, scopes, member_id, created_by, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(tx.workspace())
    .bind(token.id)
    .bind(digest)
    .bind(&token.hint)
    .bind(&token.name)
    .bind(&token.scopes)
    .bind(token.member_id)
    .bind(&token.created_by)
    .bind(token.created_at)
    .bind(token.expires_at)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Every token of the workspace, newest first.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(tx: &mut WorkspaceTx) -> Result<Vec<TokenRow>, StoreError> {
    let rows = sqlx::query_as(
        "select id, hint, name, scopes, member_id, created_by, created_at, expires_at, last_used_at, revoked_at
         from api_tokens where workspace_id = $1 order by id desc",
    )
    .bind(tx.workspace())
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Revokes a token; from the commit on it is refused. Answers whether it was not revoked before; revoking again changes nothing. None
/// when there is no such token.
///
/// # Errors
/// Postgres is busy or away.
pub async fn revoke(tx: &mut WorkspaceTx, id: TokenId, now: DateTime<Utc>) -> Result<Option<bool>, StoreError> {
    let is_first = sqlx::query_scalar(
        "update api_tokens set revoked_at = coalesce(revoked_at, $3) where workspace_id = $1 and id = $2 returning revoked_at = $3",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(now)
    .fetch_optional(tx.connection())
    .await?;
    Ok(is_first)
}

/// Writes down that a token was used, at most once a minute.
///
/// # Errors
/// Postgres is busy or away.
pub async fn used(tx: &mut WorkspaceTx, id: TokenId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query(
        "update api_tokens set last_used_at = $3
         where workspace_id = $1 and id = $2 and (last_used_at is null or last_used_at < $3 - interval '1 minute')",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}
