//! Connections before their workspace is known, their keys when ours are changed, and what the worker does for them by the clock.

use chrono::{DateTime, Utc};
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

/// Workspaces in which people can sign in who name this short name or, as part of an address, this verified domain: what they are called, and
/// their active connection.
///
/// # Errors
/// Postgres is busy or away.
pub async fn ways_in(
    pool: &PgPool,
    slug: &str,
    domain: Option<&str>,
    limit: i64,
) -> Result<Vec<(String, ConnectionId)>, StoreError> {
    let ways = sqlx::query_as(
        "with wanted as (
             select id from workspaces where slug = $1
             union
             select workspace_id from domains where name = $2 and verified_at is not null
         )
         select w.name, c.id from wanted
         join workspaces w on w.id = wanted.id
         join saml_connections c on c.workspace_id = wanted.id and c.status = 'active'
         order by w.name, c.id limit $3",
    )
    .bind(slug)
    .bind(domain)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(ways)
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

/// Takes connections whose metadata was last fetched, or tried to be, before this time, those first that have waited longest: workspace,
/// connection, address. Nobody else takes them before they have waited as long again.
///
/// # Errors
/// Postgres is busy or away.
pub async fn claim_metadata(
    pool: &PgPool,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(WorkspaceId, ConnectionId, String)>, StoreError> {
    let claimed = sqlx::query_as(
        "with due as (
             select workspace_id, id from saml_connections
             where metadata_url is not null and metadata_tried_at <= $1
             order by metadata_tried_at limit $3
             for no key update skip locked
         )
         update saml_connections as connection set metadata_tried_at = $2 from due
         where connection.workspace_id = due.workspace_id and connection.id = due.id
         returning connection.workspace_id, connection.id, connection.metadata_url",
    )
    .bind(before)
    .bind(now)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(claimed)
}

/// Active connections with a pinned certificate that runs out within one of these numbers of days and was not told of it.
///
/// # Errors
/// Postgres is busy or away.
pub async fn connections_to_be_warned(
    pool: &PgPool,
    days: &[i32],
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(WorkspaceId, ConnectionId)>, StoreError> {
    let connections = sqlx::query_as(
        "select distinct certificate.workspace_id, certificate.connection_id
         from saml_certificates certificate
             join saml_connections connection
                 on connection.workspace_id = certificate.workspace_id and connection.id = certificate.connection_id
         where connection.status = 'active' and not certificate.staged and certificate.not_after > $2
           and certificate.not_after <= $2 + (select max(days) from unnest($1::int[]) as days) * interval '24 hours'
           and exists (
               select from unnest($1::int[]) as days
               where certificate.not_after <= $2 + days * interval '24 hours'
                 and (certificate.told_days is null or certificate.told_days > days))
         limit $3",
    )
    .bind(days)
    .bind(now)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(connections)
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
