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

/// Reads a token and keeps it as it is until the end of the transaction.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock(tx: &mut WorkspaceTx, id: TokenId) -> Result<Option<TokenRow>, StoreError> {
    let row = sqlx::query_as(
        "select id, hint, name, scopes, member_id, created_by, created_at, expires_at, last_used_at, revoked_at
         from api_tokens where workspace_id = $1 and id = $2 for no key update",
    )
    .bind(tx.workspace())
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}

/// Sets when a token stops working by itself.
///
/// # Errors
/// Postgres is busy or away.
pub async fn expire(tx: &mut WorkspaceTx, id: TokenId, at: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query("update api_tokens set expires_at = $3 where workspace_id = $1 and id = $2")
        .bind(tx.workspace())
        .bind(id)
        .bind(at)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// A token as it was when it was revoked.
#[derive(Debug, Clone, FromRow)]
pub struct RevokedToken {
    /// What its maker called it.
    pub name: String,
    /// What it might do.
    pub scopes: Vec<String>,
    /// Whether it has been revoked before.
    pub was_revoked: bool,
}

/// Revokes a token; from the commit on it is refused. None when there is none; revoking again changes nothing.
///
/// # Errors
/// Postgres is busy or away.
pub async fn revoke(tx: &mut WorkspaceTx, id: TokenId, now: DateTime<Utc>) -> Result<Option<RevokedToken>, StoreError> {
    let revoked = sqlx::query_as(
        "with before as (
             select id, revoked_at from api_tokens where workspace_id = $1 and id = $2 for no key update
         )
         update api_tokens t set revoked_at = coalesce(t.revoked_at, $3) from before
         where t.workspace_id = $1 and t.id = before.id
         returning t.name, t.scopes, before.revoked_at is not null as was_revoked",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(now)
    .fetch_optional(tx.connection())
    .await?;
    Ok(revoked)
}

/// How a token is called, and whose it is.
#[derive(Debug, Clone, FromRow)]
pub struct TokenName {
    /// The token.
    pub id: TokenId,
    /// What its maker called it.
    pub name: String,
    /// The person it dies with; none for the workspace's own.
    pub member_id: Option<MemberId>,
}

/// How these tokens are called, the revoked ones too.
///
/// # Errors
/// Postgres is busy or away.
pub async fn named(tx: &mut WorkspaceTx, ids: &[TokenId]) -> Result<Vec<TokenName>, StoreError> {
    let rows = sqlx::query_as("select id, name, member_id from api_tokens where workspace_id = $1 and id = any($2)")
        .bind(tx.workspace())
        .bind(ids)
        .fetch_all(tx.connection())
        .await?;
    Ok(rows)
}

/// Every token that a person has or had.
///
/// # Errors
/// Postgres is busy or away.
pub async fn of_member(tx: &mut WorkspaceTx, member: MemberId) -> Result<Vec<TokenId>, StoreError> {
    let ids = sqlx::query_scalar("select id from api_tokens where workspace_id = $1 and member_id = $2 order by id")
        .bind(tx.workspace())
        .bind(member)
        .fetch_all(tx.connection())
        .await?;
    Ok(ids)
}

/// Revokes every token of a person. Answers how many there were.
///
/// # Errors
/// Postgres is busy or away.
pub async fn revoke_those_of(tx: &mut WorkspaceTx, member: MemberId, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let revoked =
        sqlx::query("update api_tokens set revoked_at = $3 where workspace_id = $1 and member_id = $2 and revoked_at is null")
            .bind(tx.workspace())
            .bind(member)
            .bind(now)
            .execute(tx.connection())
            .await?;
    Ok(revoked.rows_affected())
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
