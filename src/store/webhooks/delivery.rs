//! What couriers do to an endpoint. Each holds it by a lease, a number that moves when the next one takes it: whoever has been away for
//! too long changes nothing any more. Times are those of Postgres, which all processes share.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::{
    ids::{WebhookId, WorkspaceId},
    store::{StoreError, WorkspaceTx},
};

/// An endpoint that a courier has taken.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Claim {
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// The endpoint.
    pub id: WebhookId,
    /// The lease.
    pub lease: i64,
}

/// What a courier needs for the next delivery.
#[derive(FromRow)]
pub struct Held {
    /// Where it goes.
    pub url: String,
    /// The types that are wanted; every one, when empty.
    pub types: Vec<String>,
    /// The secret, sealed.
    pub secret: String,
    /// The one before it, sealed, while it signs too.
    pub secret_before: Option<String>,
    /// Delivered, or not wanted, up to this number.
    pub cursor_seq: i64,
    /// Attempts that have failed since the last one that did not.
    pub failures: i32,
}

/// Holds the endpoint for so long from now on. None when the lease is lost, or nothing is to be sent any more.
///
/// # Errors
/// Postgres is busy or away.
pub async fn hold(tx: &mut WorkspaceTx, claim: Claim, lease: Duration, now: DateTime<Utc>) -> Result<Option<Held>, StoreError> {
    let held = sqlx::query_as(
        "update webhook_endpoints set leased_until = now() + make_interval(secs => $4)
         where workspace_id = $1 and id = $2 and lease = $3 and enabled and parked_at is null
         returning url, types, secret, case when secret_before_until > $5 then secret_before end as secret_before, cursor_seq, failures",
    )
    .bind(tx.workspace())
    .bind(claim.id)
    .bind(claim.lease)
    .bind(lease.as_secs_f64())
    .bind(now)
    .fetch_optional(tx.connection())
    .await?;
    Ok(held)
}

/// What has come of an attempt, or of looking for something to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Course {
    /// On to what comes after this number.
    Onward(i64),
    /// The same again, after this time.
    Again(Duration),
    /// Not again, until an administrator says so.
    Parked(String),
}

/// Writes the course down. False when it is no longer ours to say: the lease is lost, or an administrator has let the endpoint begin
/// somewhere else meanwhile.
///
/// # Errors
/// Postgres is busy or away.
pub async fn steer(tx: &mut WorkspaceTx, claim: Claim, held: &Held, course: &Course) -> Result<bool, StoreError> {
    let (cursor, pause, why) = match course {
        Course::Onward(seq) => (*seq, None, None),
        Course::Again(pause) => (held.cursor_seq, Some(pause.as_secs_f64()), None),
        Course::Parked(why) => (held.cursor_seq, Some(0.0), Some(why.as_str())),
    };
    let steered = sqlx::query(
        "update webhook_endpoints
         set cursor_seq = $6, failures = case when $7::float8 is null then 0 else failures + 1 end,
             next_attempt_at = now() + make_interval(secs => coalesce($7, 0)),
             parked_at = case when $8::text is null then parked_at else now() end, parked_why = $8
         where workspace_id = $1 and id = $2 and lease = $3 and cursor_seq = $4 and failures = $5",
    )
    .bind(tx.workspace())
    .bind(claim.id)
    .bind(claim.lease)
    .bind(held.cursor_seq)
    .bind(held.failures)
    .bind(cursor)
    .bind(pause)
    .bind(why)
    .execute(tx.connection())
    .await?;
    Ok(steered.rows_affected() == 1)
}

/// Lets the endpoint go, for whoever comes next, after this pause.
///
/// # Errors
/// Postgres is busy or away; the lease then runs out by itself.
pub async fn let_go(tx: &mut WorkspaceTx, claim: Claim, pause: Duration) -> Result<(), StoreError> {
    sqlx::query(
        "update webhook_endpoints set leased_until = now() + make_interval(secs => $4)
         where workspace_id = $1 and id = $2 and lease = $3",
    )
    .bind(tx.workspace())
    .bind(claim.id)
    .bind(claim.lease)
    .bind(pause.as_secs_f64())
    .execute(tx.connection())
    .await?;
    Ok(())
}
