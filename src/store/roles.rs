//! The roles of a workspace.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{StoreError, WorkspaceTx};
use crate::directory::roles::{Role, Roles};

#[derive(FromRow)]
struct RoleRow {
    default_role: String,
    name: Option<String>,
    rank: Option<i16>,
}

/// The roles that the workspace has, and the default among them.
///
/// # Errors
/// Postgres is busy or away.
pub async fn load(tx: &mut WorkspaceTx) -> Result<Roles, StoreError> {
    let rows: Vec<RoleRow> = sqlx::query_as(
        "select w.default_role, r.name, r.rank from workspaces w left join roles r on r.workspace_id = w.id where w.id = $1",
    )
    .bind(tx.workspace())
    .fetch_all(tx.connection())
    .await?;
    let default = rows.first().map(|row| row.default_role.clone()).unwrap_or_default();
    let custom = rows.into_iter().filter_map(|row| Role::custom(&row.name?, u16::try_from(row.rank?).ok()?).ok());
    Ok(Roles::new(custom, &default))
}

/// Keeps a role from being deleted until the end of the transaction. False when the workspace has no such role of its own.
///
/// # Errors
/// Postgres is busy or away.
pub async fn hold(tx: &mut WorkspaceTx, role: &Role) -> Result<bool, StoreError> {
    let held = sqlx::query("select from roles where workspace_id = $1 and name = $2 for key share")
        .bind(tx.workspace())
        .bind(role.as_str())
        .execute(tx.connection())
        .await?;
    Ok(held.rows_affected() == 1)
}

/// Defines a role or gives it another rank. False when it is there with this rank.
///
/// # Errors
/// Postgres is busy or away.
pub async fn put(tx: &mut WorkspaceTx, role: &Role, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let put = sqlx::query(
        "insert into roles (workspace_id, name, rank, created_at, updated_at) values ($1, $2, $3, $4, $4)
         on conflict (workspace_id, name) do update set rank = excluded.rank, updated_at = excluded.updated_at
         where roles.rank <> excluded.rank",
    )
    .bind(tx.workspace())
    .bind(role.as_str())
    .bind(i16::try_from(role.rank()).unwrap_or(i16::MAX))
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(put.rows_affected() == 1)
}

/// Removes a role. False when the workspace has no such role of its own. Whoever holds it has let go by then.
///
/// # Errors
/// Postgres is busy or away.
pub async fn delete(tx: &mut WorkspaceTx, name: &str) -> Result<bool, StoreError> {
    let deleted = sqlx::query("delete from roles where workspace_id = $1 and name = $2")
        .bind(tx.workspace())
        .bind(name)
        .execute(tx.connection())
        .await?;
    Ok(deleted.rows_affected() == 1)
}

/// What gives a role, which is why it cannot be deleted.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Uses {
    /// It is the default.
    pub is_default: bool,
    /// A group is mapped to it.
    pub is_mapped: bool,
    /// Somebody was given it by hand.
    pub is_given: bool,
    /// The identity provider's attributes give it to somebody.
    pub is_sent: bool,
}

/// What a role is used for.
///
/// # Errors
/// Postgres is busy or away.
pub async fn uses(tx: &mut WorkspaceTx, name: &str) -> Result<Uses, StoreError> {
    let uses = sqlx::query_as(
        "select exists (select from workspaces where id = $1 and default_role = $2) as is_default,
                exists (select from role_mappings where workspace_id = $1 and role = $2) as is_mapped,
                exists (select from grants where workspace_id = $1 and source = 'manual' and role = $2) as is_given,
                exists (select from grants where workspace_id = $1 and source = 'attribute' and role = $2) as is_sent",
    )
    .bind(tx.workspace())
    .bind(name)
    .fetch_one(tx.connection())
    .await?;
    Ok(uses)
}
