//! Connections before their workspace is known, and their keys when ours are changed.

use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    ids::{ConnectionId, WorkspaceId},
    store::StoreError,
};

/// Whose connection it is: addresses of sign-in name nothing else.
///
/// # Errors
/// Postgres is busy or away.
pub async fn workspace_of_connection(pool: &PgPool, id: ConnectionId) -> Result<Option<WorkspaceId>, StoreError> {
    let workspace =
        sqlx::query_scalar("select workspace_id from saml_connections where id = $1").bind(id).fetch_optional(pool).await?;
    Ok(workspace)
}

/// Keys of connections that were sealed under another key than this one: workspace, connection, sealed.
///
/// # Errors
/// Postgres is busy or away.
pub async fn saml_keys_under_other_keys(
    pool: &PgPool,
    key: &str,
    limit: i64,
) -> Result<Vec<(WorkspaceId, ConnectionId, String)>, StoreError> {
    let keys = sqlx::query_as(
        "select workspace_id, id, private_key from saml_connections
         where split_part(private_key, '.', 1) <> $1
         order by workspace_id, id limit $2",
    )
    .bind(key)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(keys)
}

/// Forgets attempts to sign in that were made before the time of this identifier. Answers how many there were.
///
/// # Errors
/// Postgres is busy or away.
pub async fn forget_attempts(pool: &PgPool, before: Uuid, limit: i64) -> Result<u64, StoreError> {
    let forgotten = sqlx::query(
        "delete from sign_in_attempts where (workspace_id, id) in (
             select workspace_id, id from sign_in_attempts where id < $1 limit $2)",
    )
    .bind(before)
    .bind(limit)
    .execute(pool)
    .await?;
    Ok(forgotten.rows_affected())
}
