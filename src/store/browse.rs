//! What people page through who look around in a workspace: members, groups, who is in a group. Each page costs what is on it, however large
//! the workspace.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{
    StoreError, WorkspaceTx,
    members::{MemberRow, member_columns},
};
use crate::ids::{GroupId, MemberId, UserId};

/// Sorts behind everything that begins with a text, in byte order.
fn end_of(beginning: &str) -> String {
    format!("{beginning}\u{10ffff}")
}

/// Members whose address begins so, in the order of the addresses.
///
/// # Errors
/// Postgres is busy or away.
pub async fn members_by_address(tx: &mut WorkspaceTx, beginning: &str, limit: i64) -> Result<Vec<MemberRow>, StoreError> {
    let rows = sqlx::query_as(concat!(
        "select ",
        member_columns!(),
        "
         from members where workspace_id = $1 and email_key collate \"C\" >= $2 and email_key collate \"C\" < $3
         order by email_key collate \"C\", id limit $4"
    ))
    .bind(tx.workspace())
    .bind(beginning)
    .bind(end_of(beginning))
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Administrators after this one.
///
/// # Errors
/// Postgres is busy or away.
pub async fn administrators(tx: &mut WorkspaceTx, after: Option<MemberId>, limit: i64) -> Result<Vec<MemberRow>, StoreError> {
    let rows = sqlx::query_as(concat!(
        "select ",
        member_columns!(),
        "
         from members where workspace_id = $1 and role = 'admin' and status <> 'deactivated'
           and id > coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid)
         order by id limit $3"
    ))
    .bind(tx.workspace())
    .bind(after)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// People who are out, after this one.
///
/// # Errors
/// Postgres is busy or away.
pub async fn deactivated(tx: &mut WorkspaceTx, after: Option<MemberId>, limit: i64) -> Result<Vec<MemberRow>, StoreError> {
    let rows = sqlx::query_as(concat!(
        "select ",
        member_columns!(),
        "
         from members where workspace_id = $1 and status = 'deactivated'
           and id > coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid)
         order by id limit $3"
    ))
    .bind(tx.workspace())
    .bind(after)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// A directory group, as it is listed.
#[derive(Debug, Clone, FromRow)]
pub struct GroupLine {
    /// The group.
    pub id: GroupId,
    /// Its `displayName`.
    pub display_name: Option<String>,
    /// By what it is ordered.
    pub key: String,
    /// The role that it gives, if one.
    pub role: Option<String>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Groups whose names begin so, after this one, in the order of their names.
///
/// # Errors
/// Postgres is busy or away.
pub async fn groups(
    tx: &mut WorkspaceTx,
    beginning: &str,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<GroupLine>, StoreError> {
    let rows = sqlx::query_as(
        "select g.id, g.document ->> 'displayName' as display_name, g.display_name_key as key, m.role, g.updated_at
         from groups g left join role_mappings m on m.workspace_id = g.workspace_id and m.group_id = g.id
         where g.workspace_id = $1 and g.display_name_key >= $2 and g.display_name_key < $3
           and g.display_name_key > coalesce($4, '')
         order by g.display_name_key limit $5",
    )
    .bind(tx.workspace())
    .bind(beginning)
    .bind(end_of(beginning))
    .bind(after)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// One group.
///
/// # Errors
/// Postgres is busy or away.
pub async fn group(tx: &mut WorkspaceTx, id: GroupId) -> Result<Option<GroupLine>, StoreError> {
    let row = sqlx::query_as(
        "select g.id, g.document ->> 'displayName' as display_name, g.display_name_key as key, m.role, g.updated_at
         from groups g left join role_mappings m on m.workspace_id = g.workspace_id and m.group_id = g.id
         where g.workspace_id = $1 and g.id = $2",
    )
    .bind(tx.workspace())
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}

/// Somebody who is in a directory group.
#[derive(Debug, Clone, FromRow)]
pub struct PersonInGroup {
    /// The directory user.
    pub user_id: UserId,
    /// The member; none while the reconciliation is to come.
    pub member_id: Option<MemberId>,
    /// Name.
    pub display_name: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Status.
    pub status: Option<String>,
    /// Role.
    pub role: Option<String>,
}

/// Who is in a group directly, after this user.
///
/// # Errors
/// Postgres is busy or away.
pub async fn people_in(
    tx: &mut WorkspaceTx,
    group: GroupId,
    after: Option<UserId>,
    limit: i64,
) -> Result<Vec<PersonInGroup>, StoreError> {
    let rows = sqlx::query_as(
        "select gm.user_id, m.id as member_id, m.display_name, m.email, m.status, m.role
         from (
             select user_id from group_members
             where workspace_id = $1 and group_id = $2 and user_id > coalesce($3, '00000000-0000-0000-0000-000000000000'::uuid)
             order by user_id limit $4
         ) gm left join members m on m.workspace_id = $1 and m.user_id = gm.user_id
         order by gm.user_id",
    )
    .bind(tx.workspace())
    .bind(group)
    .bind(after)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// How far provisioning has come.
#[derive(Debug, Clone, FromRow)]
pub struct ArrivalsRow {
    /// When a token for SCIM was last used, to the minute.
    pub used_at: Option<DateTime<Utc>>,
    /// Whether there is a token for SCIM that is good.
    pub has_token: bool,
    /// When the last good token for SCIM stops working by itself.
    pub token_expires_at: Option<DateTime<Utc>>,
    /// Whether there is a user in the directory.
    pub has_user: bool,
    /// Whether there is a group in the directory.
    pub has_group: bool,
    /// Whether somebody of the directory is a member.
    pub has_member: bool,
}

/// Reads what has arrived. Looks at the tokens, and at one row of everything else.
///
/// # Errors
/// Postgres is busy or away.
pub async fn arrivals(tx: &mut WorkspaceTx, now: DateTime<Utc>) -> Result<ArrivalsRow, StoreError> {
    let row = sqlx::query_as(
        "select max(last_used_at) as used_at,
                coalesce(bool_or(revoked_at is null and (expires_at is null or expires_at > $2)), false) as has_token,
                max(expires_at) filter (where revoked_at is null and expires_at > $2) as token_expires_at,
                exists (select from users where workspace_id = $1) as has_user,
                exists (select from groups where workspace_id = $1) as has_group,
                exists (select from members where workspace_id = $1 and user_id is not null) as has_member
         from api_tokens where workspace_id = $1 and 'scim' = any(scopes)",
    )
    .bind(tx.workspace())
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(row)
}
