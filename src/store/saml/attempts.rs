//! What became of sign-ins.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{FromRow, types::Json};

use crate::{
    ids::{AttemptId, ConnectionId, MemberId},
    store::{StoreError, WorkspaceTx},
};

/// One attempt to sign in.
#[derive(Debug, Clone, FromRow)]
pub struct AttemptRow {
    /// The reference that the person was told.
    pub id: AttemptId,
    /// By which connection.
    pub connection_id: ConnectionId,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it was an administrator's test.
    pub is_test: bool,
    /// Why it was refused; none when it was not.
    pub code: Option<String>,
    /// Whom the identity provider has named, as far as it was read.
    pub name_id: Option<String>,
    /// The address, as far as it was read.
    pub email: Option<String>,
    /// Who it was here.
    pub member_id: Option<MemberId>,
    /// The certificate that has verified it.
    pub fingerprint: Option<String>,
    /// Of a test: everything that was sent.
    pub attributes: Option<Value>,
    /// Of a test: every check that was made, in its order.
    pub checks: Option<Json<Vec<CheckRow>>>,
}

/// A check of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRow {
    /// What was checked.
    pub name: String,
    /// Why it was not passed; none when it was.
    pub code: Option<String>,
    /// What was found, where one value says it.
    pub found: Option<String>,
    /// What was expected, where one value says it.
    pub expected: Option<String>,
}

/// Checks, as they are kept.
pub const fn kept(checks: Vec<CheckRow>) -> Json<Vec<CheckRow>> {
    Json(checks)
}

/// Writes one down.
///
/// # Errors
/// Postgres is busy or away.
pub async fn insert(tx: &mut WorkspaceTx, row: &AttemptRow) -> Result<(), StoreError> {
    sqlx::query(
        "insert into sign_in_attempts (workspace_id, id, connection_id, at, is_test, code, name_id, email, member_id, fingerprint, attributes, checks)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(tx.workspace())
    .bind(row.id)
    .bind(row.connection_id)
    .bind(row.at)
    .bind(row.is_test)
    .bind(&row.code)
    .bind(&row.name_id)
    .bind(&row.email)
    .bind(row.member_id)
    .bind(&row.fingerprint)
    .bind(&row.attributes)
    .bind(&row.checks)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The attempts before this one, newest first.
///
/// # Errors
/// Postgres is busy or away.
pub async fn page(tx: &mut WorkspaceTx, before: Option<AttemptId>, limit: i64) -> Result<Vec<AttemptRow>, StoreError> {
    let rows = sqlx::query_as(
        "select id, connection_id, at, is_test, code, name_id, email, member_id, fingerprint, attributes, checks
         from sign_in_attempts where workspace_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3",
    )
    .bind(tx.workspace())
    .bind(before)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}
