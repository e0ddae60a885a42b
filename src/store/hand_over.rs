//! Handing over: people of the directory become members who are in by hand, and the directory is emptied.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{StoreError, WorkspaceTx, groups, users};
use crate::ids::{GroupId, MemberId, RequestId, UserId};

/// The request that asked for it, if it is under way.
///
/// # Errors
/// Postgres is busy or away.
pub async fn under_way(tx: &mut WorkspaceTx) -> Result<Option<RequestId>, StoreError> {
    let request = sqlx::query_scalar("select handing_over from workspaces where id = $1")
        .bind(tx.workspace())
        .fetch_one(tx.connection())
        .await?;
    Ok(request)
}

/// Asks for it, or with none writes down that it is done.
///
/// # Errors
/// Postgres is busy or away.
pub async fn set(tx: &mut WorkspaceTx, request: Option<RequestId>) -> Result<(), StoreError> {
    sqlx::query("update workspaces set handing_over = $2 where id = $1")
        .bind(tx.workspace())
        .bind(request)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// How many members are the directory's, those who are out included.
///
/// # Errors
/// Postgres is busy or away.
pub async fn managed(tx: &mut WorkspaceTx) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar("select count(*) from members where workspace_id = $1 and origin = 'directory'")
        .bind(tx.workspace())
        .fetch_one(tx.connection())
        .await?;
    Ok(count)
}

/// A member who was handed over.
#[derive(Debug, Clone, FromRow)]
pub struct HandedOver {
    /// The member.
    pub id: MemberId,
    /// The role that is now given by hand; none for people who are out.
    pub role: Option<String>,
}

/// Hands some people over: status and role stay, the role is given by hand from now on, and nothing else is. Answers who that was.
///
/// # Errors
/// Postgres is busy or away.
pub async fn members(
    tx: &mut WorkspaceTx,
    request: RequestId,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<HandedOver>, StoreError> {
    let handed: Vec<HandedOver> = sqlx::query_as(
        "with batch as (
             select id from members where workspace_id = $1 and origin = 'directory' order by id limit $2 for update
         ), ungranted as (
             delete from grants where workspace_id = $1 and member_id in (select id from batch) and source <> 'manual'
         ), ungrouped as (
             delete from workspace_group_members where workspace_id = $1 and member_id in (select id from batch)
         ), unheld as (
             delete from held_changes where workspace_id = $1 and member_id in (select id from batch)
         ), handed as (
             update members set origin = 'manual', user_id = null, updated_at = $4
             where workspace_id = $1 and id in (select id from batch)
             returning id, role, status
         ), granted as (
             insert into grants (workspace_id, member_id, source, source_key, role, request_id, granted_at)
             select $1, id, 'manual', '', role, $3, $4 from handed where role is not null
             on conflict (workspace_id, member_id, source, source_key)
             do update set role = excluded.role, request_id = excluded.request_id, granted_at = excluded.granted_at
             where grants.role <> excluded.role
         ), seated as (
             insert into directory_counts (workspace_id, kind, slot, n, seats)
             select $1, 'member', counter_slot(), 0, count(*) from handed where status <> 'deactivated' having count(*) > 0
             on conflict (workspace_id, kind, slot) do update set seats = directory_counts.seats + excluded.seats
         )
         select id, role from handed order by id",
    )
    .bind(tx.workspace())
    .bind(limit)
    .bind(request)
    .bind(now)
    .fetch_all(tx.connection())
    .await?;
    Ok(handed)
}

/// Removes some users of the directory, whose members have been handed over. Answers how many.
///
/// # Errors
/// Postgres is busy or away.
pub async fn forget_users(tx: &mut WorkspaceTx, limit: i64) -> Result<usize, StoreError> {
    let ids: Vec<UserId> = sqlx::query_scalar("select id from users where workspace_id = $1 order by id limit $2")
        .bind(tx.workspace())
        .bind(limit)
        .fetch_all(tx.connection())
        .await?;
    for id in &ids {
        users::delete(tx, *id).await?;
    }
    Ok(ids.len())
}

/// Removes some groups of the directory, with the workspace groups that followed them. Answers how many.
///
/// # Errors
/// Postgres is busy or away.
pub async fn forget_groups(tx: &mut WorkspaceTx, limit: i64, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let ids: Vec<GroupId> = sqlx::query_scalar(
        "select id from groups where workspace_id = $1 union select id from workspace_groups where workspace_id = $1
         order by id limit $2",
    )
    .bind(tx.workspace())
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    for id in &ids {
        groups::delete(tx, *id, now).await?;
    }
    sqlx::query("delete from workspace_groups where workspace_id = $1 and id = any($2)")
        .bind(tx.workspace())
        .bind(&ids)
        .execute(tx.connection())
        .await?;
    Ok(ids.len())
}
