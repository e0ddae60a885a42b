//! Who and what is in which directory group: rows, so that a change of one member reads none of the others. People are rows of
//! `group_members`, groups rows of `group_subgroups` ([`super::group_subgroups`]); what reads both stands here.

use sqlx::FromRow;
use uuid::Uuid;

use super::{StoreError, WorkspaceTx};
use crate::ids::{GroupId, UserId};

/// A user or a group in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupMember {
    /// A person.
    User(UserId),
    /// Everybody who is in that group.
    Group(GroupId),
}

impl GroupMember {
    /// The SCIM `id`.
    pub const fn id(self) -> Uuid {
        match self {
            Self::User(id) => id.as_uuid(),
            Self::Group(id) => id.as_uuid(),
        }
    }
}

/// A member as a group's `members` shows it.
#[derive(Debug, Clone)]
pub struct MemberOfGroup {
    /// In which group.
    pub group_id: GroupId,
    /// The user or group.
    pub member: GroupMember,
}

impl<'r> FromRow<'r, sqlx::postgres::PgRow> for MemberOfGroup {
    fn from_row(row: &'r sqlx::postgres::PgRow) -> Result<Self, sqlx::Error> {
        use sqlx::Row;
        let id: Uuid = row.try_get("id")?;
        let member = if row.try_get("is_group")? {
            GroupMember::Group(GroupId::from_uuid(id))
        } else {
            GroupMember::User(UserId::from_uuid(id))
        };
        Ok(Self { group_id: row.try_get("group_id")?, member })
    }
}

/// A select of members `m` of both kinds. The conditions stand outside of the union, where they reach both indexes, and in the order of
/// the ids the two are merged as they come: nothing is sorted, however large a group is.
macro_rules! select_members {
    ($conditions:literal) => {
        concat!(
            "select m.group_id, m.id, m.is_group
             from (select workspace_id, group_id, user_id as id, false as is_group from group_members
                   union all
                   select workspace_id, group_id, subgroup_id, true from group_subgroups) as m
             where m.workspace_id = $1 and ",
            $conditions
        )
    };
}

/// The first members of several groups, at most `limit` of each, in the order of the groups' ids and their own.
///
/// # Errors
/// Postgres is busy or away.
pub async fn first(tx: &mut WorkspaceTx, groups: &[GroupId], limit: usize) -> Result<Vec<MemberOfGroup>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    // One group has a statement of its own, for the same reason as the groups of one user.
    if let [group] = groups {
        let rows = sqlx::query_as(select_members!("m.group_id = $2 order by m.id limit $3"))
            .bind(tx.workspace())
            .bind(group)
            .bind(limit)
            .fetch_all(tx.connection())
            .await?;
        return Ok(rows);
    }
    let rows = sqlx::query_as(concat!(
        "select f.group_id, f.id, f.is_group from unnest($2::uuid[]) as g (id) cross join lateral (",
        select_members!("m.group_id = g.id order by m.id limit $3"),
        ") as f order by f.group_id, f.id"
    ))
    .bind(tx.workspace())
    .bind(groups)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// The next members of a group, in the order of their ids.
///
/// # Errors
/// Postgres is busy or away.
pub async fn after(tx: &mut WorkspaceTx, group: GroupId, cursor: Uuid, limit: i64) -> Result<Vec<GroupMember>, StoreError> {
    let rows: Vec<MemberOfGroup> = sqlx::query_as(select_members!("m.group_id = $2 and m.id > $3 order by m.id limit $4"))
        .bind(tx.workspace())
        .bind(group)
        .bind(cursor)
        .bind(limit)
        .fetch_all(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|row| row.member).collect())
}

/// People who are in one of these groups, directly or through other groups, in the order of their ids, after one of them.
///
/// # Errors
/// Postgres is busy or away.
pub async fn below(tx: &mut WorkspaceTx, groups: &[GroupId], after: UserId, limit: i64) -> Result<Vec<UserId>, StoreError> {
    // Of each group as many as are wanted in all: a large one is not read as a whole.
    let users = sqlx::query_scalar(
        "with recursive below (group_id) as (
             select unnest($2::uuid[])
             union
             select s.subgroup_id
             from below b cross join lateral (
                 select e.subgroup_id from group_subgroups e where e.workspace_id = $1 and e.group_id = b.group_id limit all
             ) as s
         )
         select distinct m.user_id
         from below b cross join lateral (
             select d.user_id from group_members d
             where d.workspace_id = $1 and d.group_id = b.group_id and d.user_id > $3
             order by d.user_id limit $4
         ) as m
         order by m.user_id limit $4",
    )
    .bind(tx.workspace())
    .bind(groups)
    .bind(after)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(users)
}

/// One member of a group, if it is in it.
///
/// # Errors
/// Postgres is busy or away.
pub async fn one(tx: &mut WorkspaceTx, group: GroupId, id: Uuid) -> Result<Option<GroupMember>, StoreError> {
    let row: Option<MemberOfGroup> = sqlx::query_as(select_members!("m.group_id = $2 and m.id = $3"))
        .bind(tx.workspace())
        .bind(group)
        .bind(id)
        .fetch_optional(tx.connection())
        .await?;
    Ok(row.map(|row| row.member))
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
