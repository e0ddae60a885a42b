//! The last attempts of each endpoint.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::delivery::Claim;
use crate::{
    ids::WebhookId,
    store::{StoreError, WorkspaceTx},
};

/// So many are kept of each endpoint, the newest ones.
const KEPT: i64 = 100;

/// An attempt to deliver an event.
#[derive(Debug, Clone, FromRow)]
pub struct AttemptRow {
    /// Its number among those of the endpoint.
    pub number: i64,
    /// The number of the event.
    pub seq: i64,
    /// When it began.
    pub at: DateTime<Utc>,
    /// The status of the answer; none when there was no answer.
    pub status: Option<i16>,
    /// Why it failed; none when it did not.
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: i32,
}

/// Writes an attempt down under the next number, and forgets the one that is too many. Whoever has lost the lease has made it
/// nevertheless.
///
/// # Errors
/// Postgres is busy or away.
pub async fn record(tx: &mut WorkspaceTx, claim: Claim, attempt: &AttemptRow) -> Result<(), StoreError> {
    sqlx::query(
        "with numbered as (
             update webhook_endpoints set attempts = attempts + 1 where workspace_id = $1 and id = $2 returning attempts as number
         ), forgotten as (
             delete from webhook_attempts a using numbered
             where a.workspace_id = $1 and a.endpoint_id = $2 and a.number <= numbered.number - $8
         )
         insert into webhook_attempts (workspace_id, endpoint_id, number, seq, at, status, error, duration_ms)
         select $1, $2, number, $3, $4, $5, $6, $7 from numbered",
    )
    .bind(tx.workspace())
    .bind(claim.id)
    .bind(attempt.seq)
    .bind(attempt.at)
    .bind(attempt.status)
    .bind(&attempt.error)
    .bind(attempt.duration_ms)
    .bind(KEPT)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The last attempts of an endpoint, newest first.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(tx: &mut WorkspaceTx, id: WebhookId) -> Result<Vec<AttemptRow>, StoreError> {
    let rows = sqlx::query_as(
        "select number, seq, at, status, error, duration_ms from webhook_attempts
         where workspace_id = $1 and endpoint_id = $2 order by number desc limit $3",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(KEPT)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}
