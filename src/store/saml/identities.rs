//! Under which name identifiers members sign in.

use chrono::{DateTime, Utc};

use crate::{
    ids::{ConnectionId, MemberId},
    store::{
        StoreError, WorkspaceTx,
        members::{MemberRow, member_columns},
    },
};

/// A name identifier, as an identity provider sends it.
#[derive(Debug, Clone, Copy)]
pub struct NameId<'a> {
    /// The connection; the same name is another one's elsewhere.
    pub connection: ConnectionId,
    /// The format; none where none was sent.
    pub format: Option<&'a str>,
    /// The name.
    pub name: &'a str,
}

/// The member who signs in under this name.
///
/// # Errors
/// Postgres is busy or away.
pub async fn member(tx: &mut WorkspaceTx, name_id: NameId<'_>) -> Result<Option<MemberId>, StoreError> {
    let member = sqlx::query_scalar(
        "select member_id from saml_identities
         where workspace_id = $1 and connection_id = $2 and name_id_format = $3 and name_id = $4",
    )
    .bind(tx.workspace())
    .bind(name_id.connection)
    .bind(name_id.format.unwrap_or_default())
    .bind(name_id.name)
    .fetch_optional(tx.connection())
    .await?;
    Ok(member)
}

/// The members who sign in under this name, in whatever format it was sent; two at most.
///
/// # Errors
/// Postgres is busy or away.
pub async fn named(tx: &mut WorkspaceTx, connection: ConnectionId, name: &str) -> Result<Vec<MemberId>, StoreError> {
    let members = sqlx::query_scalar(
        "select distinct member_id from saml_identities where workspace_id = $1 and connection_id = $2 and name_id = $3 limit 2",
    )
    .bind(tx.workspace())
    .bind(connection)
    .bind(name)
    .fetch_all(tx.connection())
    .await?;
    Ok(members)
}

/// Notes that a member has signed in under this name, now or for the first time.
///
/// # Errors
/// Postgres is busy or away.
pub async fn put(tx: &mut WorkspaceTx, name_id: NameId<'_>, member: MemberId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query(
        "insert into saml_identities (workspace_id, connection_id, name_id_format, name_id, member_id, created_at, last_used_at)
         values ($1, $2, $3, $4, $5, $6, $6)
         on conflict (workspace_id, connection_id, name_id_format, name_id) do update set last_used_at = excluded.last_used_at",
    )
    .bind(tx.workspace())
    .bind(name_id.connection)
    .bind(name_id.format.unwrap_or_default())
    .bind(name_id.name)
    .bind(member)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Members of the directory whose user has this `userName` (folded), this `externalId`, or this address (folded); those who are in first,
/// two at most.
///
/// # Errors
/// Postgres is busy or away.
pub async fn in_directory(
    tx: &mut WorkspaceTx,
    user_name_key: Option<&str>,
    external_id: &str,
    email_key: Option<&str>,
) -> Result<Vec<MemberRow>, StoreError> {
    let rows = sqlx::query_as(concat!(
        "select ",
        member_columns!(),
        "
         from members
         where workspace_id = $1 and origin = 'directory' and id in (
             select id from members where workspace_id = $1 and user_name_key = $2
             union select id from members where workspace_id = $1 and external_id = $3
             union select id from members where workspace_id = $1 and email_key = $4
         )
         order by (status = 'deactivated'), id limit 2"
    ))
    .bind(tx.workspace())
    .bind(user_name_key)
    .bind(external_id)
    .bind(email_key)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}
