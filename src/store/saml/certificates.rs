//! The certificates with which a connection's signatures are verified.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::{
    ids::ConnectionId,
    saml::Certificate,
    store::{StoreError, WorkspaceTx},
};

/// A certificate of a connection.
#[derive(Debug, Clone, FromRow)]
pub struct CertificateRow {
    /// Whose it is.
    pub connection_id: ConnectionId,
    /// SHA-256 of its DER form, in hexadecimal.
    pub fingerprint: String,
    /// Whose it says it is.
    pub subject: String,
    /// When it runs out.
    pub not_after: DateTime<Utc>,
    /// Shown, and verifies nothing yet.
    pub staged: bool,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// When it last verified a sign-in.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// The certificates of all connections, or of one of them, oldest first.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(tx: &mut WorkspaceTx, connection: Option<ConnectionId>) -> Result<Vec<CertificateRow>, StoreError> {
    let rows = sqlx::query_as(
        "select connection_id, fingerprint, subject, not_after, staged, created_at, last_used_at
         from saml_certificates where workspace_id = $1 and ($2::uuid is null or connection_id = $2)
         order by connection_id, created_at, fingerprint",
    )
    .bind(tx.workspace())
    .bind(connection)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Those of a connection that verify, in DER.
///
/// # Errors
/// Postgres is busy or away.
pub async fn verifying(tx: &mut WorkspaceTx, connection: ConnectionId) -> Result<Vec<Vec<u8>>, StoreError> {
    let rows = sqlx::query_scalar(
        "select der from saml_certificates where workspace_id = $1 and connection_id = $2 and not staged order by created_at, fingerprint",
    )
    .bind(tx.workspace())
    .bind(connection)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// A staged one, in DER.
///
/// # Errors
/// Postgres is busy or away.
pub async fn staged(tx: &mut WorkspaceTx, connection: ConnectionId, fingerprint: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let der = sqlx::query_scalar(
        "select der from saml_certificates where workspace_id = $1 and connection_id = $2 and fingerprint = $3 and staged",
    )
    .bind(tx.workspace())
    .bind(connection)
    .bind(fingerprint)
    .fetch_optional(tx.connection())
    .await?;
    Ok(der)
}

/// Notes that one has verified a sign-in, to the hour.
///
/// # Errors
/// Postgres is busy or away.
pub async fn used(
    tx: &mut WorkspaceTx,
    connection: ConnectionId,
    fingerprint: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "update saml_certificates set last_used_at = $4
         where workspace_id = $1 and connection_id = $2 and fingerprint = $3
           and (last_used_at is null or last_used_at < $4 - interval '1 hour')",
    )
    .bind(tx.workspace())
    .bind(connection)
    .bind(fingerprint)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Adds one. One that is there already is left, but for being staged: it is that no longer where it is not wanted so.
///
/// # Errors
/// Postgres is busy or away.
pub async fn put(
    tx: &mut WorkspaceTx,
    connection: ConnectionId,
    certificate: &Certificate,
    staged: bool,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into saml_certificates (workspace_id, connection_id, fingerprint, der, subject, not_after, staged, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (workspace_id, connection_id, fingerprint) do update set staged = saml_certificates.staged and excluded.staged",
    )
    .bind(tx.workspace())
    .bind(connection)
    .bind(&certificate.fingerprint)
    .bind(certificate.der())
    .bind(&certificate.subject)
    .bind(certificate.not_after)
    .bind(staged)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// A certificate that runs out soon, of which that is to be told.
#[derive(Debug, Clone, FromRow)]
pub struct ExpiringRow {
    /// SHA-256 of its DER form, in hexadecimal.
    pub fingerprint: String,
    /// Whose it says it is.
    pub subject: String,
    /// When it runs out.
    pub not_after: DateTime<Utc>,
    /// Within so many days.
    pub days: i32,
}

/// The pinned certificates of a connection that run out within one of these numbers of days and were not told of it, each with the fewest.
/// From the commit on they were.
///
/// # Errors
/// Postgres is busy or away.
pub async fn tell_expiring(
    tx: &mut WorkspaceTx,
    connection: ConnectionId,
    days: &[i32],
    now: DateTime<Utc>,
) -> Result<Vec<ExpiringRow>, StoreError> {
    let rows = sqlx::query_as(
        "update saml_certificates as certificate
         set told_days = (select min(days) from unnest($3::int[]) as days where certificate.not_after <= $4 + days * interval '24 hours')
         where workspace_id = $1 and connection_id = $2 and not staged and not_after > $4
           and exists (
               select from unnest($3::int[]) as days
               where certificate.not_after <= $4 + days * interval '24 hours'
                 and (certificate.told_days is null or certificate.told_days > days))
         returning fingerprint, subject, not_after, told_days as days",
    )
    .bind(tx.workspace())
    .bind(connection)
    .bind(days)
    .bind(now)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Removes some. Answers how many there were.
///
/// # Errors
/// Postgres is busy or away.
pub async fn remove(tx: &mut WorkspaceTx, connection: ConnectionId, fingerprints: &[String]) -> Result<u64, StoreError> {
    let removed =
        sqlx::query("delete from saml_certificates where workspace_id = $1 and connection_id = $2 and fingerprint = any ($3)")
            .bind(tx.workspace())
            .bind(connection)
            .bind(fingerprints)
            .execute(tx.connection())
            .await?;
    Ok(removed.rows_affected())
}
