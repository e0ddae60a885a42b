//! Groups of the directory. Their members are rows of their own, see [`super::group_members`].

use chrono::{DateTime, Utc};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{
    StoreError, WorkspaceTx,
    document::DocumentColumn,
    group_members::{self, GroupMember},
    group_subgroups, ranks,
    users::Inserted,
};
use crate::{directory::group::GroupRecord, ids::GroupId, scim::ResourceType};

/// A stored group.
#[derive(Debug, Clone, FromRow)]
pub struct GroupRow {
    /// The SCIM `id`.
    pub id: GroupId,
    /// Canonical attributes, without `id`, `meta` and `members`.
    pub document: DocumentColumn,
    /// Moves with every change, starts at 1.
    pub version: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Stores a new group and counts it.
///
/// # Errors
/// [`super::Constraint::GroupDisplayName`] when the name is taken.
pub async fn insert(tx: &mut WorkspaceTx, id: GroupId, group: &GroupRecord, now: DateTime<Utc>) -> Result<GroupRow, StoreError> {
    let Inserted { row, sealed_to } = sqlx::query_as(
        "with counted as (
             insert into directory_counts (workspace_id, kind, slot, n) values ($1, 'group', counter_slot(), 1)
             on conflict (workspace_id, kind, slot) do update set n = directory_counts.n + 1
             returning sealed_to
         )
         insert into groups (workspace_id, id, display_name_key, external_id, document, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)
         returning id, document, version, created_at, updated_at, (select sealed_to from counted) as sealed_to",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(&group.display_name_key)
    .bind(&group.external_id)
    .bind(Json(group.document.as_map()))
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    ranks::changed(tx, ResourceType::Group, id.as_uuid(), sealed_to, 1).await?;
    Ok(row)
}

/// Reads one group.
///
/// # Errors
/// Postgres is busy or away.
pub async fn find(tx: &mut WorkspaceTx, id: GroupId) -> Result<Option<GroupRow>, StoreError> {
    let row =
        sqlx::query_as("select id, document, version, created_at, updated_at from groups where workspace_id = $1 and id = $2")
            .bind(tx.workspace())
            .bind(id)
            .fetch_optional(tx.connection())
            .await?;
    Ok(row)
}

/// Reads one group and keeps everybody else from changing it until the end of the transaction.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock(tx: &mut WorkspaceTx, id: GroupId) -> Result<Option<GroupRow>, StoreError> {
    let row = sqlx::query_as(
        // `no key update`: rows that point at the group may be added meanwhile.
        "select id, document, version, created_at, updated_at from groups where workspace_id = $1 and id = $2 for no key update",
    )
    .bind(tx.workspace())
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}

/// Replaces a locked group's attributes and moves its version.
///
/// # Errors
/// [`super::Constraint::GroupDisplayName`] when the new name is taken.
pub async fn update(tx: &mut WorkspaceTx, id: GroupId, group: &GroupRecord, now: DateTime<Utc>) -> Result<GroupRow, StoreError> {
    let row = sqlx::query_as(
        "update groups
         set display_name_key = $3, external_id = $4, document = $5, version = version + 1, updated_at = $6
         where workspace_id = $1 and id = $2
         returning id, document, version, created_at, updated_at",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(&group.display_name_key)
    .bind(&group.external_id)
    .bind(Json(group.document.as_map()))
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(row)
}

/// Moves a locked group's version because its members changed.
///
/// # Errors
/// Postgres is busy or away.
pub async fn touch(tx: &mut WorkspaceTx, id: GroupId, now: DateTime<Utc>) -> Result<GroupRow, StoreError> {
    let row = sqlx::query_as(
        "update groups set version = version + 1, updated_at = $3 where workspace_id = $1 and id = $2
         returning id, document, version, created_at, updated_at",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(row)
}

/// Reads one group that is to be deleted, and keeps everybody else from changing it and the groups that it is in until the end of the
/// transaction. All of them in the order of their ids: groups may contain each other, and whoever takes another order waits for ever.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock_with_parents(tx: &mut WorkspaceTx, id: GroupId) -> Result<Option<GroupRow>, StoreError> {
    let rows: Vec<GroupRow> = sqlx::query_as(
        "select id, document, version, created_at, updated_at from groups
         where workspace_id = $1 and id = any(array(
             select group_id from group_subgroups where workspace_id = $1 and subgroup_id = $2 union all select $2
         ))
         order by id for no key update",
    )
    .bind(tx.workspace())
    .bind(id)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().find(|row| row.id == id))
}

/// Removes a group that was locked with its parents, and moves their versions. Answers who and what was in it.
///
/// # Errors
/// Postgres is busy or away.
pub async fn delete(tx: &mut WorkspaceTx, id: GroupId, now: DateTime<Utc>) -> Result<Vec<GroupMember>, StoreError> {
    let mut members: Vec<GroupMember> = group_members::remove_all(tx, id).await?.into_iter().map(GroupMember::User).collect();
    members.extend(group_subgroups::keep_only(tx, id, &[]).await?.into_iter().map(GroupMember::Group));
    let sealed_to: Option<Option<Uuid>> = sqlx::query_scalar(
        "with counted as (
             insert into directory_counts (workspace_id, kind, slot, n) values ($1, 'group', counter_slot(), -1)
             on conflict (workspace_id, kind, slot) do update set n = directory_counts.n - 1
             returning sealed_to
         ),
         parents as (
             update groups set version = version + 1, updated_at = $3
             where workspace_id = $1 and id = any(array(
                 select group_id from group_subgroups where workspace_id = $1 and subgroup_id = $2
             ))
         )
         delete from groups where workspace_id = $1 and id = $2 returning (select sealed_to from counted)",
    )
    .bind(tx.workspace())
    .bind(id)
    .bind(now)
    .fetch_optional(tx.connection())
    .await?;
    if let Some(sealed_to) = sealed_to {
        ranks::changed(tx, ResourceType::Group, id.as_uuid(), sealed_to, -1).await?;
    }
    Ok(members)
}
