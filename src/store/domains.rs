//! The domains of a workspace.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{StoreError, WorkspaceTx};

/// A domain that a workspace has said is its own.
#[derive(Debug, Clone, FromRow)]
pub struct DomainRow {
    /// The name, as DNS knows it.
    pub name: String,
    /// What the TXT record must say.
    pub token: String,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// Since when it is verified; none when it is not.
    pub verified_at: Option<DateTime<Utc>>,
    /// When the record was last looked for.
    pub checked_at: Option<DateTime<Utc>>,
    /// How many times in a row it was not found.
    pub misses: i32,
    /// What was wrong then.
    pub problem: Option<String>,
}

/// Waits for whoever else adds a domain; held until the end of the transaction.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock_list(tx: &mut WorkspaceTx) -> Result<(), StoreError> {
    tx.lock("domains").await
}

/// All of them, by name.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(tx: &mut WorkspaceTx) -> Result<Vec<DomainRow>, StoreError> {
    let rows = sqlx::query_as(
        "select name, token, created_at, verified_at, checked_at, misses, problem from domains where workspace_id = $1 order by name",
    )
    .bind(tx.workspace())
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// The names of those that are verified.
///
/// # Errors
/// Postgres is busy or away.
pub async fn verified(tx: &mut WorkspaceTx) -> Result<BTreeSet<String>, StoreError> {
    let names: Vec<String> =
        sqlx::query_scalar("select name from domains where workspace_id = $1 and verified_at is not null order by name")
            .bind(tx.workspace())
            .fetch_all(tx.connection())
            .await?;
    Ok(names.into_iter().collect())
}

/// Adds one. None when it is there already.
///
/// # Errors
/// Postgres is busy or away.
pub async fn add(tx: &mut WorkspaceTx, name: &str, token: &str, now: DateTime<Utc>) -> Result<Option<DomainRow>, StoreError> {
    let row = sqlx::query_as(
        "insert into domains (workspace_id, name, token, created_at) values ($1, $2, $3, $4)
         on conflict (workspace_id, name) do nothing
         returning name, token, created_at, verified_at, checked_at, misses, problem",
    )
    .bind(tx.workspace())
    .bind(name)
    .bind(token)
    .bind(now)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}

/// Reads and locks one.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock(tx: &mut WorkspaceTx, name: &str) -> Result<Option<DomainRow>, StoreError> {
    let row = sqlx::query_as(
        "select name, token, created_at, verified_at, checked_at, misses, problem from domains
         where workspace_id = $1 and name = $2 for update",
    )
    .bind(tx.workspace())
    .bind(name)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}

/// Writes down what a look at the record has come to.
///
/// # Errors
/// Postgres is busy or away.
pub async fn update(tx: &mut WorkspaceTx, row: &DomainRow) -> Result<(), StoreError> {
    sqlx::query(
        "update domains set verified_at = $3, checked_at = $4, misses = $5, problem = $6 where workspace_id = $1 and name = $2",
    )
    .bind(tx.workspace())
    .bind(&row.name)
    .bind(row.verified_at)
    .bind(row.checked_at)
    .bind(row.misses)
    .bind(&row.problem)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Removes one. False when there is none.
///
/// # Errors
/// Postgres is busy or away.
pub async fn remove(tx: &mut WorkspaceTx, name: &str) -> Result<bool, StoreError> {
    let removed = sqlx::query("delete from domains where workspace_id = $1 and name = $2")
        .bind(tx.workspace())
        .bind(name)
        .execute(tx.connection())
        .await?;
    Ok(removed.rows_affected() == 1)
}
