//! Connections before their workspace is known, and their keys when ours are changed.

use sqlx::PgPool;

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
