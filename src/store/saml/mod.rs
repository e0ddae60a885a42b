//! The SAML connections of a workspace.

pub mod attempts;
pub mod certificates;
pub mod identities;
mod keys;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

pub use self::keys::{private_key, reseal_key, set_key};
use super::{StoreError, WorkspaceTx};
use crate::{
    ids::ConnectionId,
    saml::connection::{IdpInitiated, Status},
};

/// A connection. Our private key of it is not in it.
#[derive(Debug, Clone, FromRow)]
pub struct ConnectionRow {
    /// The connection.
    pub id: ConnectionId,
    /// What administrators call it.
    pub name: String,
    /// How far it has come.
    #[sqlx(try_from = "String")]
    pub status: Status,
    /// The identity provider's entity ID; none while nothing is known of it.
    pub idp_entity_id: Option<String>,
    /// Where people are sent to; none while nothing is known of it.
    pub idp_sso_url: Option<String>,
    /// Whether our requests are signed.
    pub signs_requests: bool,
    /// Whether our metadata offers a certificate to encrypt assertions with.
    pub encrypts: bool,
    /// The certificate of our key, in DER; none while none was needed.
    pub certificate: Option<Vec<u8>>,
    /// What becomes of a sign-in that the identity provider begins.
    #[sqlx(try_from = "String")]
    pub idp_initiated: IdpInitiated,
    /// Whether people of verified domains become members by signing in, while SCIM is off.
    pub creates_members: bool,
    /// The attribute with the e-mail address; none for the usual names.
    pub attribute_email: Option<String>,
    /// The attribute with the given name; none for the usual names.
    pub attribute_given_name: Option<String>,
    /// The attribute with the family name; none for the usual names.
    pub attribute_family_name: Option<String>,
    /// The attribute with the role; none for no role.
    pub attribute_role: Option<String>,
    /// Where its metadata is fetched from; none where it was given otherwise.
    pub metadata_url: Option<String>,
    /// When what is there was last fetched and could be used.
    pub metadata_fetched_at: Option<DateTime<Utc>>,
    /// Why it could not be the last time; none when it could.
    pub metadata_error: Option<String>,
    /// Who signs its signals, as their `iss` says; none where none are taken.
    pub signals_issuer: Option<String>,
    /// Where the keys of that issuer are; none where none are taken.
    pub signals_jwks_url: Option<String>,
    /// When a test sign-in has succeeded with what is here.
    pub tested_at: Option<DateTime<Utc>>,
    /// When it was activated.
    pub activated_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

macro_rules! columns {
    () => {
        "id, name, status, idp_entity_id, idp_sso_url, signs_requests, encrypts, certificate, idp_initiated, creates_members,
         attribute_email, attribute_given_name, attribute_family_name, attribute_role, metadata_url, metadata_fetched_at, metadata_error,
         signals_issuer, signals_jwks_url, tested_at, activated_at, created_at, updated_at"
    };
}

/// Every connection, in the order of their making.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(tx: &mut WorkspaceTx) -> Result<Vec<ConnectionRow>, StoreError> {
    let rows = sqlx::query_as(concat!("select ", columns!(), " from saml_connections where workspace_id = $1 order by id"))
        .bind(tx.workspace())
        .fetch_all(tx.connection())
        .await?;
    Ok(rows)
}

/// One connection.
///
/// # Errors
/// Postgres is busy or away.
pub async fn find(tx: &mut WorkspaceTx, id: ConnectionId) -> Result<Option<ConnectionRow>, StoreError> {
    let row = sqlx::query_as(concat!("select ", columns!(), " from saml_connections where workspace_id = $1 and id = $2"))
        .bind(tx.workspace())
        .bind(id)
        .fetch_optional(tx.connection())
        .await?;
    Ok(row)
}

/// One connection, whose row stays locked until the end of the transaction.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock(tx: &mut WorkspaceTx, id: ConnectionId) -> Result<Option<ConnectionRow>, StoreError> {
    let row = sqlx::query_as(concat!(
        "select ",
        columns!(),
        " from saml_connections where workspace_id = $1 and id = $2 for no key update"
    ))
    .bind(tx.workspace())
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}

/// One connection, which stays as it is until the end of the transaction; sign-ins do not wait for each other.
///
/// # Errors
/// Postgres is busy or away.
pub async fn hold(tx: &mut WorkspaceTx, id: ConnectionId) -> Result<Option<ConnectionRow>, StoreError> {
    let row =
        sqlx::query_as(concat!("select ", columns!(), " from saml_connections where workspace_id = $1 and id = $2 for share"))
            .bind(tx.workspace())
            .bind(id)
            .fetch_optional(tx.connection())
            .await?;
    Ok(row)
}

/// Makes a draft, of whose identity provider nothing is known.
///
/// # Errors
/// Postgres is busy or away.
pub async fn insert(
    tx: &mut WorkspaceTx,
    id: ConnectionId,
    name: &str,
    created_by: &str,
    now: DateTime<Utc>,
) -> Result<ConnectionRow, StoreError> {
    let row = sqlx::query_as(concat!(
        "insert into saml_connections (workspace_id, id, name, status, created_by, created_at, updated_at)
         values ($1, $2, $3, 'draft', $4, $5, $5)
         returning ",
        columns!()
    ))
    .bind(tx.workspace())
    .bind(id)
    .bind(name)
    .bind(created_by)
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(row)
}

/// Writes a locked row back: everything that an administrator can set, and whether it is tested.
///
/// # Errors
/// Postgres is busy or away.
pub async fn update(tx: &mut WorkspaceTx, row: &ConnectionRow, now: DateTime<Utc>) -> Result<ConnectionRow, StoreError> {
    let row = sqlx::query_as(concat!(
        "update saml_connections
         set name = $3, idp_entity_id = $4, idp_sso_url = $5, signs_requests = $6, encrypts = $7, idp_initiated = $8, creates_members = $9,
             attribute_email = $10, attribute_given_name = $11, attribute_family_name = $12, attribute_role = $13, tested_at = $14,
             updated_at = $15, metadata_url = $16, metadata_fetched_at = $17, metadata_error = $18,
             metadata_tried_at = case when $16 is not null then greatest(metadata_tried_at, $17) end,
             signals_issuer = $19, signals_jwks_url = $20
         where workspace_id = $1 and id = $2
         returning ",
        columns!()
    ))
    .bind(tx.workspace())
    .bind(row.id)
    .bind(&row.name)
    .bind(&row.idp_entity_id)
    .bind(&row.idp_sso_url)
    .bind(row.signs_requests)
    .bind(row.encrypts)
    .bind(row.idp_initiated.as_str())
    .bind(row.creates_members)
    .bind(&row.attribute_email)
    .bind(&row.attribute_given_name)
    .bind(&row.attribute_family_name)
    .bind(&row.attribute_role)
    .bind(row.tested_at)
    .bind(now)
    .bind(&row.metadata_url)
    .bind(row.metadata_fetched_at)
    .bind(&row.metadata_error)
    .bind(&row.signals_issuer)
    .bind(&row.signals_jwks_url)
    .fetch_one(tx.connection())
    .await?;
    Ok(row)
}

/// Notes that what is at the address of its metadata is what is here.
///
/// # Errors
/// Postgres is busy or away.
pub async fn metadata_is_the_same(
    tx: &mut WorkspaceTx,
    id: ConnectionId,
    now: DateTime<Utc>,
) -> Result<ConnectionRow, StoreError> {
    let row = sqlx::query_as(concat!(
        "update saml_connections
         set metadata_fetched_at = $3, metadata_tried_at = $3, metadata_error = null
         where workspace_id = $1 and id = $2
         returning ",
        columns!()
    ))
    .bind(tx.workspace())
    .bind(id)
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(row)
}

/// Notes why what is at this address could not be used, if it is still where its metadata is fetched from, and from when on the time to the
/// next attempt counts.
///
/// # Errors
/// Postgres is busy or away.
pub async fn metadata_has_failed(
    tx: &mut WorkspaceTx,
    id: ConnectionId,
    url: &str,
    error: &str,
    tried_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "update saml_connections set metadata_tried_at = $5, metadata_error = $4
         where workspace_id = $1 and id = $2 and metadata_url = $3",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(url)
    .bind(error)
    .bind(tried_at)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Moves a connection on.
///
/// # Errors
/// Postgres is busy or away.
pub async fn set_status(tx: &mut WorkspaceTx, id: ConnectionId, status: Status, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query(
        "update saml_connections
         set status = $3, updated_at = $4, activated_at = case when $3 = 'active' then $4 else activated_at end
         where workspace_id = $1 and id = $2",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(status.as_str())
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Ends the sessions that were opened by a connection until now.
///
/// # Errors
/// Postgres is busy or away.
pub async fn end_sessions(tx: &mut WorkspaceTx, id: ConnectionId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query("update saml_connections set sessions_ended_at = $3 where workspace_id = $1 and id = $2")
        .bind(tx.workspace())
        .bind(id)
        .bind(now)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Whether a session that was opened by a connection at this time is still accepted. Not when the connection is gone.
///
/// # Errors
/// Postgres is busy or away.
pub async fn accepts_session(tx: &mut WorkspaceTx, id: ConnectionId, opened: DateTime<Utc>) -> Result<bool, StoreError> {
    let accepts: Option<bool> = sqlx::query_scalar(
        "select sessions_ended_at is null or sessions_ended_at < $3 from saml_connections where workspace_id = $1 and id = $2",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(opened)
    .fetch_optional(tx.connection())
    .await?;
    Ok(accepts.unwrap_or(false))
}

/// A connection by which sessions were opened.
#[derive(Debug, Clone, FromRow)]
pub struct Opener {
    /// The connection.
    pub id: ConnectionId,
    /// What administrators call it.
    pub name: String,
    /// Sessions that it has opened until then are not accepted.
    pub sessions_ended_at: Option<DateTime<Utc>>,
}

/// Those of these connections that are still there.
///
/// # Errors
/// Postgres is busy or away.
pub async fn openers(tx: &mut WorkspaceTx, ids: &[ConnectionId]) -> Result<Vec<Opener>, StoreError> {
    let rows =
        sqlx::query_as("select id, name, sessions_ended_at from saml_connections where workspace_id = $1 and id = any($2)")
            .bind(tx.workspace())
            .bind(ids)
            .fetch_all(tx.connection())
            .await?;
    Ok(rows)
}

/// Notes that a test sign-in has succeeded with what the connection was when it was last changed at `settings_of`. False when it was changed
/// since: what is there now is not what was tested.
///
/// # Errors
/// Postgres is busy or away.
pub async fn tested(
    tx: &mut WorkspaceTx,
    id: ConnectionId,
    settings_of: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let noted = sqlx::query("update saml_connections set tested_at = $4 where workspace_id = $1 and id = $2 and updated_at = $3")
        .bind(tx.workspace())
        .bind(id)
        .bind(settings_of)
        .bind(now)
        .execute(tx.connection())
        .await?;
    Ok(noted.rows_affected() == 1)
}

/// Removes a connection with its certificates. False when there is none.
///
/// # Errors
/// Postgres is busy or away.
pub async fn delete(tx: &mut WorkspaceTx, id: ConnectionId) -> Result<bool, StoreError> {
    let deleted = sqlx::query("delete from saml_connections where workspace_id = $1 and id = $2")
        .bind(tx.workspace())
        .bind(id)
        .execute(tx.connection())
        .await?;
    Ok(deleted.rows_affected() == 1)
}
