//! Who is in which directory group: rows, so that a change of one member reads none of the others.

use sqlx::FromRow;

use super::{StoreError, WorkspaceTx};
use crate::ids::{GroupId, UserId};

/// A member as a group's `members` shows it.
#[derive(Debug, Clone, FromRow)]
pub struct MemberOfGroup {
    /// In which group.
    pub group_id: GroupId,
    /// The user.
    pub user_id: UserId,
}

/// The members of several groups, in one query.
///
/// # Errors
/// Postgres is busy or away.
pub async fn of(tx: &mut WorkspaceTx, groups: &[GroupId]) -> Result<Vec<MemberOfGroup>, StoreError> {
    // One group has a statement of its own, for the same reason as the groups of one user.
    if let [group] = groups {
        let rows = sqlx::query_as(
            "select group_id, user_id from group_members where workspace_id = $1 and group_id = $2 order by user_id",
        )
        .bind(tx.workspace())
        .bind(group)
        .fetch_all(tx.connection())
        .await?;
        return Ok(rows);
    }
    let rows = sqlx::query_as(
        "select group_id, user_id from group_members where workspace_id = $1 and group_id = any($2) order by group_id, user_id",
    )
    .bind(tx.workspace())
    .bind(groups)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Which of these are users of this workspace.
///
/// # Errors
/// Postgres is busy or away.
pub async fn known(tx: &mut WorkspaceTx, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
    let rows = sqlx::query_scalar("select id from users where workspace_id = $1 and id = any($2)")
        .bind(tx.workspace())
        .bind(users)
        .fetch_all(tx.connection())
        .await?;
    Ok(rows)
}

/// Puts users into a group. Answers those who were not in it.
///
/// # Errors
/// [`super::Constraint::GroupMember`] when one of them is no user of this workspace.
pub async fn add(tx: &mut WorkspaceTx, group: GroupId, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
    let rows = sqlx::query_scalar(
        "insert into group_members (workspace_id, group_id, user_id)
         select $1, $2, u from unnest($3::uuid[]) as u order by u
         on conflict (workspace_id, group_id, user_id) do nothing
         returning user_id",
    )
    .bind(tx.workspace())
    .bind(group)
    .bind(users)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Takes users out of a group. Answers those who were in it.
///
/// # Errors
/// Postgres is busy or away.
pub async fn remove(tx: &mut WorkspaceTx, group: GroupId, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
    let rows = sqlx::query_scalar(
        "delete from group_members where workspace_id = $1 and group_id = $2 and user_id = any($3) returning user_id",
    )
    .bind(tx.workspace())
    .bind(group)
    .bind(users)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Takes everybody out of a group but these. Answers those who were taken out.
///
/// # Errors
/// Postgres is busy or away.
pub async fn keep_only(tx: &mut WorkspaceTx, group: GroupId, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
    let rows = sqlx::query_scalar(
        "delete from group_members where workspace_id = $1 and group_id = $2 and user_id <> all($3) returning user_id",
    )
    .bind(tx.workspace())
    .bind(group)
    .bind(users)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Empties a group. Answers who was in it.
///
/// # Errors
/// Postgres is busy or away.
pub async fn remove_all(tx: &mut WorkspaceTx, group: GroupId) -> Result<Vec<UserId>, StoreError> {
    let rows = sqlx::query_scalar("delete from group_members where workspace_id = $1 and group_id = $2 returning user_id")
        .bind(tx.workspace())
        .bind(group)
        .fetch_all(tx.connection())
        .await?;
    Ok(rows)
}
