//! Webhook endpoints: where the events of a workspace are sent.

pub mod attempts;
pub mod delivery;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{StoreError, WorkspaceTx};
use crate::ids::WebhookId;

/// The columns of an [`EndpointRow`].
macro_rules! columns {
    () => {
        "id, url, types, enabled, secret_before_until, cursor_seq, failures, next_attempt_at, parked_at, parked_why, created_by,
         created_at, updated_at"
    };
}

/// An endpoint as the API shows it: without its secrets.
#[derive(Debug, Clone, FromRow)]
pub struct EndpointRow {
    /// The endpoint.
    pub id: WebhookId,
    /// Where it is.
    pub url: String,
    /// The types that it wants; every one, when empty.
    pub types: Vec<String>,
    /// Whether anything is sent.
    pub enabled: bool,
    /// Until when the secret before this one signs too.
    pub secret_before_until: Option<DateTime<Utc>>,
    /// Delivered, or not wanted, up to this number.
    pub cursor_seq: i64,
    /// Attempts that have failed since the last one that did not.
    pub failures: i32,
    /// When it may be tried next.
    pub next_attempt_at: DateTime<Utc>,
    /// Since when it is given up.
    pub parked_at: Option<DateTime<Utc>>,
    /// Why.
    pub parked_why: Option<String>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// An endpoint that is to be stored.
pub struct NewEndpoint<'a> {
    /// The endpoint.
    pub id: WebhookId,
    /// Where it is.
    pub url: &'a str,
    /// The types that it wants; every one, when empty.
    pub types: &'a [String],
    /// Its secret, sealed.
    pub secret: &'a str,
    /// Who makes it.
    pub created_by: String,
}

/// Stores an endpoint, which gets what is numbered after `cursor_seq`.
///
/// # Errors
/// Postgres is busy or away.
pub async fn insert(
    tx: &mut WorkspaceTx,
    new: &NewEndpoint<'_>,
    cursor_seq: i64,
    now: DateTime<Utc>,
) -> Result<EndpointRow, StoreError> {
    let row = sqlx::query_as(concat!(
        "insert into webhook_endpoints (workspace_id, id, url, types, enabled, secret, cursor_seq, next_attempt_at, leased_until,
                                        served_at, created_by, created_at, updated_at)
         values ($1, $2, $3, $4, true, $5, $6, now(), now(), now(), $7, $8, $8)
         returning ",
        columns!()
    ))
    .bind(tx.workspace())
    .bind(new.id)
    .bind(new.url)
    .bind(new.types)
    .bind(new.secret)
    .bind(cursor_seq)
    .bind(&new.created_by)
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(row)
}

/// Every endpoint of the workspace, in the order of their making.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(tx: &mut WorkspaceTx) -> Result<Vec<EndpointRow>, StoreError> {
    let rows = sqlx::query_as(concat!("select ", columns!(), " from webhook_endpoints where workspace_id = $1 order by id"))
        .bind(tx.workspace())
        .fetch_all(tx.connection())
        .await?;
    Ok(rows)
}

/// One endpoint.
///
/// # Errors
/// Postgres is busy or away.
pub async fn find(tx: &mut WorkspaceTx, id: WebhookId) -> Result<Option<EndpointRow>, StoreError> {
    let row = sqlx::query_as(concat!("select ", columns!(), " from webhook_endpoints where workspace_id = $1 and id = $2"))
        .bind(tx.workspace())
        .bind(id)
        .fetch_optional(tx.connection())
        .await?;
    Ok(row)
}

/// One endpoint, whose row stays locked until the end of the transaction.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock(tx: &mut WorkspaceTx, id: WebhookId) -> Result<Option<EndpointRow>, StoreError> {
    let row =
        sqlx::query_as(concat!("select ", columns!(), " from webhook_endpoints where workspace_id = $1 and id = $2 for update"))
            .bind(tx.workspace())
            .bind(id)
            .fetch_optional(tx.connection())
            .await?;
    Ok(row)
}

/// Changes a locked endpoint. Another address is tried at once.
///
/// # Errors
/// Postgres is busy or away.
pub async fn update(
    tx: &mut WorkspaceTx,
    id: WebhookId,
    url: &str,
    types: &[String],
    enabled: bool,
    now: DateTime<Utc>,
) -> Result<EndpointRow, StoreError> {
    let row = sqlx::query_as(concat!(
        "update webhook_endpoints
         set url = $3, types = $4, enabled = $5, updated_at = $6,
             failures = case when url = $3 then failures else 0 end,
             next_attempt_at = case when url = $3 then next_attempt_at else now() end
         where workspace_id = $1 and id = $2
         returning ",
        columns!()
    ))
    .bind(tx.workspace())
    .bind(id)
    .bind(url)
    .bind(types)
    .bind(enabled)
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(row)
}

/// Removes an endpoint and what it has attempted. False when there is none.
///
/// # Errors
/// Postgres is busy or away.
pub async fn delete(tx: &mut WorkspaceTx, id: WebhookId) -> Result<bool, StoreError> {
    let deleted = sqlx::query("delete from webhook_endpoints where workspace_id = $1 and id = $2")
        .bind(tx.workspace())
        .bind(id)
        .execute(tx.connection())
        .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Gives an endpoint another secret; the one that it has signs too until `before_until`. False when there is no such endpoint.
///
/// # Errors
/// Postgres is busy or away.
pub async fn rotate(
    tx: &mut WorkspaceTx,
    id: WebhookId,
    secret: &str,
    before_until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let rotated = sqlx::query(
        "update webhook_endpoints set secret = $3, secret_before = secret, secret_before_until = $4, updated_at = $5
         where workspace_id = $1 and id = $2",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(secret)
    .bind(before_until)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(rotated.rows_affected() == 1)
}

/// Puts the same secrets there, sealed under another key. False when the secret is another one meanwhile.
///
/// # Errors
/// Postgres is busy or away.
pub async fn reseal(
    tx: &mut WorkspaceTx,
    id: WebhookId,
    sealed: &str,
    secret: &str,
    secret_before: Option<&str>,
) -> Result<bool, StoreError> {
    let resealed = sqlx::query(
        "update webhook_endpoints set secret = $4, secret_before = $5 where workspace_id = $1 and id = $2 and secret = $3",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(sealed)
    .bind(secret)
    .bind(secret_before)
    .execute(tx.connection())
    .await?;
    Ok(resealed.rows_affected() == 1)
}

/// Lets an endpoint begin anew behind this number, parked or not.
///
/// # Errors
/// Postgres is busy or away.
pub async fn begin_behind(
    tx: &mut WorkspaceTx,
    id: WebhookId,
    cursor_seq: i64,
    now: DateTime<Utc>,
) -> Result<EndpointRow, StoreError> {
    let row = sqlx::query_as(concat!(
        "update webhook_endpoints
         set cursor_seq = $3, failures = 0, next_attempt_at = now(), parked_at = null, parked_why = null, updated_at = $4
         where workspace_id = $1 and id = $2
         returning ",
        columns!()
    ))
    .bind(tx.workspace())
    .bind(id)
    .bind(cursor_seq)
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(row)
}
