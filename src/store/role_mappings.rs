//! Which directory group gives which role.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{StoreError, WorkspaceTx};
use crate::{directory::roles::Role, ids::GroupId};

/// A mapping as the API shows it.
#[derive(Debug, Clone, FromRow)]
pub struct RoleMappingRow {
    /// The directory group.
    pub group_id: GroupId,
    /// Its name now; it may change, the mapping stays.
    pub display_name: Option<String>,
    /// What being in it gives.
    pub role: String,
}

/// Every mapping of the workspace.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(tx: &mut WorkspaceTx) -> Result<Vec<RoleMappingRow>, StoreError> {
    let rows = sqlx::query_as(
        "select m.group_id, g.document ->> 'displayName' as display_name, m.role
         from role_mappings m join groups g on g.workspace_id = m.workspace_id and g.id = m.group_id
         where m.workspace_id = $1 order by m.group_id",
    )
    .bind(tx.workspace())
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// What a group gives, and since when.
#[derive(Debug, Clone, FromRow)]
pub struct MappedRow {
    /// The directory group.
    pub group_id: GroupId,
    /// What being in it gives.
    pub role: String,
    /// Since when it gives that.
    pub created_at: DateTime<Utc>,
}

/// The mappings of these groups.
///
/// # Errors
/// Postgres is busy or away.
pub async fn of(tx: &mut WorkspaceTx, groups: &[GroupId]) -> Result<Vec<MappedRow>, StoreError> {
    let rows = sqlx::query_as(
        "select group_id, role, created_at from role_mappings where workspace_id = $1 and group_id = any($2) order by group_id",
    )
    .bind(tx.workspace())
    .bind(groups)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Maps a locked group to a role. Answers what it was mapped to before.
///
/// # Errors
/// Postgres is busy or away.
pub async fn put(tx: &mut WorkspaceTx, group: GroupId, role: &Role, now: DateTime<Utc>) -> Result<Option<String>, StoreError> {
    let before = sqlx::query_scalar(
        "with before as (
             select role from role_mappings where workspace_id = $1 and group_id = $2
         ), mapped as (
             insert into role_mappings (workspace_id, group_id, role, created_at) values ($1, $2, $3, $4)
             on conflict (workspace_id, group_id) do update set role = excluded.role, created_at = excluded.created_at
             where role_mappings.role <> excluded.role
         )
         select role from before",
    )
    .bind(tx.workspace())
    .bind(group)
    .bind(role.as_str())
    .bind(now)
    .fetch_optional(tx.connection())
    .await?;
    Ok(before)
}

/// Removes a group's mapping and answers what it was; none when it had none.
///
/// # Errors
/// Postgres is busy or away.
pub async fn delete(tx: &mut WorkspaceTx, group: GroupId) -> Result<Option<String>, StoreError> {
    let role = sqlx::query_scalar("delete from role_mappings where workspace_id = $1 and group_id = $2 returning role")
        .bind(tx.workspace())
        .bind(group)
        .fetch_optional(tx.connection())
        .await?;
    Ok(role)
}
