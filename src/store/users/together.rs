//! Several users in one statement.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sqlx::types::Json;
use uuid::Uuid;

use super::UserRow;
use crate::{
    directory::user::UserRecord,
    ids::UserId,
    scim::{Document, ResourceType},
    store::{StoreError, WorkspaceTx, ranks, seats},
};

/// Stores several new users and counts them: all of them or none. Answers their version.
///
/// # Errors
/// [`crate::store::Constraint::UserName`] when the name of one is taken, [`StoreError::NoSeat`].
pub async fn insert_all(tx: &mut WorkspaceTx, users: &[(UserId, &UserRecord)], now: DateTime<Utc>) -> Result<i64, StoreError> {
    let ids: Vec<UserId> = users.iter().map(|(id, _)| *id).collect();
    let names: Vec<&str> = users.iter().map(|(_, user)| user.user_name_key.as_str()).collect();
    let external_ids: Vec<Option<&str>> = users.iter().map(|(_, user)| user.external_id.as_deref()).collect();
    let active: Vec<bool> = users.iter().map(|(_, user)| user.active).collect();
    let documents: Vec<Json<&Map<String, Value>>> = users.iter().map(|(_, user)| Json(user.document.as_map())).collect();
    let emails = users.iter().flat_map(|(id, user)| user.email_keys.iter().map(|key| (*id, key.as_str())));
    let (owners, email_keys): (Vec<UserId>, Vec<&str>) = emails.unzip();
    let created: Vec<(i64, Option<Uuid>, Option<i32>)> = sqlx::query_as(
        // Names in their own order: two requests that take the same ones wait for each other, and never both.
        "with counted as (
             insert into directory_counts (workspace_id, kind, slot, n, seats)
             select $1, 'user', counter_slot(), count(*), count(*) filter (where active) from unnest($5::boolean[]) as active
             on conflict (workspace_id, kind, slot) do update
             set n = directory_counts.n + excluded.n, seats = directory_counts.seats + excluded.seats
             returning sealed_to
         ),
         addresses as (
             insert into user_emails (workspace_id, user_id, email_key)
             select $1, user_id, email_key from unnest($8::uuid[], $9::text[]) as address (user_id, email_key)
         )
         insert into users (workspace_id, id, user_name_key, external_id, active, document, created_at, updated_at)
         select $1, id, user_name_key, external_id, active, document, $7, $7
         from unnest($2::uuid[], $3::text[], $4::text[], $5::boolean[], $6::jsonb[])
             as new (id, user_name_key, external_id, active, document)
         order by user_name_key collate \"C\"
         returning version, (select sealed_to from counted) as sealed_to,
                   (select seats from workspaces where workspaces.id = $1) as seats",
    )
    .bind(tx.workspace())
    .bind(&ids)
    .bind(names)
    .bind(external_ids)
    .bind(active)
    .bind(documents)
    .bind(now)
    .bind(owners)
    .bind(email_keys)
    .fetch_all(tx.connection())
    .await?;
    // What the table and the counter say is the same for all of them.
    let Some((version, sealed_to, seats)) = created.first().copied() else { return Ok(1) };
    for id in &ids {
        ranks::changed(tx, ResourceType::User, id.as_uuid(), sealed_to, 1).await?;
    }
    seats::check(tx, seats.filter(|_| users.iter().any(|(_, user)| user.active))).await?;
    Ok(version)
}

/// As [`super::lock`], several of them; those that are not there are missing.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock_all(tx: &mut WorkspaceTx, ids: &[UserId]) -> Result<Vec<UserRow>, StoreError> {
    let rows = sqlx::query_as(
        "select id, active, document, version, created_at, updated_at from users
         where workspace_id = $1 and id = any($2) order by id for no key update",
    )
    .bind(tx.workspace())
    .bind(ids)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Writes locked users anew of whom nothing has changed but that they are not active any more, and moves their versions.
///
/// # Errors
/// Postgres is busy or away.
pub async fn deactivate_all(
    tx: &mut WorkspaceTx,
    users: &[(UserId, &Document)],
    now: DateTime<Utc>,
) -> Result<Vec<UserRow>, StoreError> {
    let ids: Vec<UserId> = users.iter().map(|(id, _)| *id).collect();
    let documents: Vec<Json<&Map<String, Value>>> = users.iter().map(|(_, document)| Json(document.as_map())).collect();
    let rows = sqlx::query_as(
        "with seated as (
             insert into directory_counts (workspace_id, kind, slot, n, seats)
             values ($1, 'user', counter_slot(), 0, -cardinality($2::uuid[]))
             on conflict (workspace_id, kind, slot) do update set seats = directory_counts.seats + excluded.seats
         )
         update users u
         set active = false, document = new.document, version = u.version + 1, updated_at = $4
         from unnest($2::uuid[], $3::jsonb[]) as new (id, document)
         where u.workspace_id = $1 and u.id = new.id
         returning u.id, u.active, u.document, u.version, u.created_at, u.updated_at",
    )
    .bind(tx.workspace())
    .bind(&ids)
    .bind(documents)
    .bind(now)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}
