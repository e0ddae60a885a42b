//! Walks over everybody below a group, taken in steps that survive a restart.
//!
//! A group comes into a walk once, so cycles end; each has a cursor over its members, so a step is as small as its caller wants. What
//! changes in front of the walk is seen by it, what changes behind it has a mark of its own.

use std::collections::BTreeMap;

use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError, WorkspaceTx,
    group_members::{self, GroupMember},
};
use crate::ids::{GroupId, RequestId, UserId, WalkId};

/// Rows of a finished walk that are removed in one step.
const CHUNK: i64 = 1000;

/// Begins a walk over these groups, each with the request behind it.
///
/// # Errors
/// Postgres is busy or away.
pub async fn begin(tx: &mut WorkspaceTx, groups: &BTreeMap<GroupId, Option<RequestId>>) -> Result<WalkId, StoreError> {
    let walk = WalkId::new();
    let (groups, requests): (Vec<GroupId>, Vec<Option<RequestId>>) =
        groups.iter().map(|(group, request)| (*group, *request)).unzip();
    sqlx::query(
        "insert into group_walks (workspace_id, walk_id, group_id, request_id, cursor)
         select $1, $2, group_id, request_id, $5 from unnest($3::uuid[], $4::uuid[]) as start (group_id, request_id)",
    )
    .bind(tx.workspace())
    .bind(walk)
    .bind(groups)
    .bind(requests)
    .bind(Uuid::nil())
    .execute(tx.connection())
    .await?;
    Ok(walk)
}

/// What a step has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// People, and how many members of either kind were looked at.
    People {
        /// Those who are to be looked at.
        users: Vec<UserId>,
        /// The request behind it.
        request: Option<RequestId>,
        /// How many members were looked at: people and groups.
        looked_at: i64,
    },
    /// Nobody is left; some rows of the walk still are.
    Clearing,
    /// Nothing is left.
    Finished,
}

#[derive(FromRow)]
struct Place {
    group_id: GroupId,
    request_id: Option<RequestId>,
    cursor: Uuid,
}

/// Takes the next step: looks at not more than `limit` members of one group. Groups among them will be walked too.
///
/// # Errors
/// Postgres is busy or away.
pub async fn step(tx: &mut WorkspaceTx, walk: WalkId, limit: i64) -> Result<Step, StoreError> {
    let place: Option<Place> = sqlx::query_as(
        "select group_id, request_id, cursor from group_walks
         where workspace_id = $1 and walk_id = $2 and not done order by group_id limit 1",
    )
    .bind(tx.workspace())
    .bind(walk)
    .fetch_optional(tx.connection())
    .await?;
    let Some(Place { group_id: group, request_id: request, cursor }) = place else {
        return Ok(if clear(tx, walk).await? { Step::Finished } else { Step::Clearing });
    };
    let members = group_members::after(tx, group, cursor, limit).await?;
    let (mut users, mut subgroups) = (Vec::new(), Vec::new());
    for member in &members {
        match member {
            GroupMember::User(user) => users.push(*user),
            GroupMember::Group(group) => subgroups.push(*group),
        }
    }
    let looked_at = i64::try_from(members.len()).unwrap_or(i64::MAX);
    let cursor = members.last().map_or(cursor, |last| last.id());
    sqlx::query(
        "with found as (
             insert into group_walks (workspace_id, walk_id, group_id, request_id, cursor)
             select $1, $2, subgroup, $6, $7 from unnest($8::uuid[]) as subgroup
             on conflict (workspace_id, walk_id, group_id) do nothing
         )
         update group_walks set cursor = $4, done = $5 where workspace_id = $1 and walk_id = $2 and group_id = $3",
    )
    .bind(tx.workspace())
    .bind(walk)
    .bind(group)
    .bind(cursor)
    .bind(looked_at < limit)
    .bind(request)
    .bind(Uuid::nil())
    .bind(subgroups)
    .execute(tx.connection())
    .await?;
    Ok(Step::People { users, request, looked_at })
}

/// Removes rows of a walk in which nobody is left. True when it was the last ones.
async fn clear(tx: &mut WorkspaceTx, walk: WalkId) -> Result<bool, StoreError> {
    let cleared = sqlx::query(
        "delete from group_walks where workspace_id = $1 and walk_id = $2 and group_id = any(array(
             select group_id from group_walks where workspace_id = $1 and walk_id = $2 order by group_id limit $3
         ))",
    )
    .bind(tx.workspace())
    .bind(walk)
    .bind(CHUNK)
    .execute(tx.connection())
    .await?;
    Ok(i64::try_from(cleared.rows_affected()).unwrap_or(i64::MAX) < CHUNK)
}
