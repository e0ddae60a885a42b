//! Queries about the events and webhooks of every workspace, for the worker.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgPool};
use uuid::Uuid;

use crate::{
    ids::{WebhookId, WorkspaceId},
    store::{StoreError, webhooks::delivery::Claim},
};

/// The oldest event of a workspace.
#[derive(Debug, Clone, FromRow)]
pub struct OldestEvent {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// When it happened; none when no event is kept.
    pub at: Option<DateTime<Utc>>,
}

/// The oldest events of the workspaces after this one that have had any. Reads two rows for each.
///
/// # Errors
/// Postgres is busy or away.
pub async fn oldest_events(pool: &PgPool, after: Option<WorkspaceId>, limit: i64) -> Result<Vec<OldestEvent>, StoreError> {
    let oldest = sqlx::query_as(
        "select counter.workspace_id,
                (select e.at from events e where e.workspace_id = counter.workspace_id order by e.seq limit 1) as at
         from event_counters counter
         where counter.workspace_id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid)
         order by counter.workspace_id limit $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(oldest)
}

/// Takes endpoints that have something to be sent and nobody at it, those that were served longest ago first, for the courier of this
/// process and for so long.
///
/// # Errors
/// Postgres is busy or away.
pub async fn claim_webhooks(pool: &PgPool, courier: Uuid, lease: Duration, limit: i64) -> Result<Vec<Claim>, StoreError> {
    let claims = sqlx::query_as(
        "with due as (
             select endpoint.workspace_id, endpoint.id
             from webhook_endpoints endpoint join event_counters counter on counter.workspace_id = endpoint.workspace_id
             where endpoint.enabled and endpoint.parked_at is null and endpoint.next_attempt_at <= now()
               and endpoint.leased_until <= now() and counter.last_seq > endpoint.cursor_seq
             order by endpoint.served_at, endpoint.id limit $3
             for update of endpoint skip locked
         )
         update webhook_endpoints endpoint
         set lease = endpoint.lease + 1, leased_by = $1, leased_until = now() + make_interval(secs => $2), served_at = now()
         from due
         where endpoint.workspace_id = due.workspace_id and endpoint.id = due.id
         returning endpoint.workspace_id, endpoint.id, endpoint.lease",
    )
    .bind(courier)
    .bind(lease.as_secs_f64())
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(claims)
}

/// Lets go of everything that the courier of this process holds: it has ended.
///
/// # Errors
/// Postgres is busy or away; the leases then run out by themselves.
pub async fn release_webhooks(pool: &PgPool, courier: Uuid) -> Result<(), StoreError> {
    sqlx::query("update webhook_endpoints set leased_until = now() where leased_by = $1 and leased_until > now()")
        .bind(courier)
        .execute(pool)
        .await?;
    Ok(())
}

/// How the webhooks of all workspaces do.
#[derive(Debug, Clone, FromRow)]
pub struct WebhookFigures {
    /// Endpoints that are given up.
    pub parked: i64,
    /// Endpoints whose last attempt has failed and that are tried again.
    pub failing: i64,
    /// When the oldest event happened that is still to be sent to somebody who is not given up.
    pub oldest_undelivered: Option<DateTime<Utc>>,
}

/// Reads how the webhooks of all workspaces do: one event for each endpoint that is behind.
///
/// # Errors
/// Postgres is busy or away.
pub async fn webhook_figures(pool: &PgPool) -> Result<WebhookFigures, StoreError> {
    let figures = sqlx::query_as(
        "select count(*) filter (where endpoint.parked_at is not null) as parked,
                count(*) filter (where endpoint.parked_at is null and endpoint.failures > 0) as failing,
                min(undelivered.at) filter (where endpoint.parked_at is null) as oldest_undelivered
         from webhook_endpoints endpoint left join lateral (
             select e.at from events e
             where e.workspace_id = endpoint.workspace_id and e.seq > endpoint.cursor_seq order by e.seq limit 1
         ) as undelivered on true
         where endpoint.enabled",
    )
    .fetch_one(pool)
    .await?;
    Ok(figures)
}

/// The secrets of an endpoint, sealed.
#[derive(FromRow)]
pub struct SealedSecrets {
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// The endpoint.
    pub id: WebhookId,
    /// The secret.
    pub secret: String,
    /// The one before it.
    pub secret_before: Option<String>,
}

/// Secrets that were sealed under another key than this one.
///
/// # Errors
/// Postgres is busy or away.
pub async fn secrets_under_other_keys(pool: &PgPool, key: &str, limit: i64) -> Result<Vec<SealedSecrets>, StoreError> {
    let secrets = sqlx::query_as(
        "select workspace_id, id, secret, secret_before from webhook_endpoints
         where split_part(secret, '.', 1) <> $1 or split_part(secret_before, '.', 1) <> $1
         order by workspace_id, id limit $2",
    )
    .bind(key)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(secrets)
}
