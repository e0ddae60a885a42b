//! Which directory group is in which. What is below a group is walked when it is asked for; nothing but the edges is stored.

use super::{StoreError, WorkspaceTx};
use crate::ids::GroupId;

/// Which of these are groups of this workspace.
///
/// # Errors
/// Postgres is busy or away.
pub async fn known(tx: &mut WorkspaceTx, groups: &[GroupId]) -> Result<Vec<GroupId>, StoreError> {
    let rows = sqlx::query_scalar("select id from groups where workspace_id = $1 and id = any($2)")
        .bind(tx.workspace())
        .bind(groups)
        .fetch_all(tx.connection())
        .await?;
    Ok(rows)
}

/// Pairs of groups of which the first, one of these, is a member of the second.
///
/// # Errors
/// Postgres is busy or away.
pub async fn around(tx: &mut WorkspaceTx, groups: &[GroupId]) -> Result<Vec<(GroupId, GroupId)>, StoreError> {
    let rows = sqlx::query_as(
        "select subgroup_id, group_id from group_subgroups where workspace_id = $1 and subgroup_id = any($2)
         order by subgroup_id, group_id",
    )
    .bind(tx.workspace())
    .bind(groups)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Puts groups into a group. Answers those that were not in it.
///
/// # Errors
/// [`super::Constraint::GroupMember`] when one of them is no group of this workspace.
pub async fn add(tx: &mut WorkspaceTx, group: GroupId, subgroups: &[GroupId]) -> Result<Vec<GroupId>, StoreError> {
    let rows = sqlx::query_scalar(
        "insert into group_subgroups (workspace_id, group_id, subgroup_id)
         select $1, $2, s from unnest($3::uuid[]) as s order by s
         on conflict (workspace_id, group_id, subgroup_id) do nothing
         returning subgroup_id",
    )
    .bind(tx.workspace())
    .bind(group)
    .bind(subgroups)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Takes groups out of a group. Answers those that were in it.
///
/// # Errors
/// Postgres is busy or away.
pub async fn remove(tx: &mut WorkspaceTx, group: GroupId, subgroups: &[GroupId]) -> Result<Vec<GroupId>, StoreError> {
    let rows = sqlx::query_scalar(
        "delete from group_subgroups where workspace_id = $1 and group_id = $2 and subgroup_id = any($3) returning subgroup_id",
    )
    .bind(tx.workspace())
    .bind(group)
    .bind(subgroups)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Takes every group out of a group but these; none for every one. Answers those that were taken out.
///
/// # Errors
/// Postgres is busy or away.
pub async fn keep_only(tx: &mut WorkspaceTx, group: GroupId, subgroups: &[GroupId]) -> Result<Vec<GroupId>, StoreError> {
    let rows = sqlx::query_scalar(
        "delete from group_subgroups where workspace_id = $1 and group_id = $2 and subgroup_id <> all($3) returning subgroup_id",
    )
    .bind(tx.workspace())
    .bind(group)
    .bind(subgroups)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}
