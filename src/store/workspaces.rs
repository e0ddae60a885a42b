//! The workspace's own row, read and written by its own transaction.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{StoreError, WorkspaceTx};
use crate::{
    directory::{
        gate::{Conditions, Plan},
        provisioning::Provisioning,
        roles::Role,
    },
    ids::WorkspaceId,
};

/// A workspace.
#[derive(Debug, Clone, FromRow)]
pub struct WorkspaceRow {
    /// The workspace.
    pub id: WorkspaceId,
    /// Its short name, unique.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// `free`, `team`, `business`, `enterprise`.
    pub plan: String,
    /// Whether SAML SSO is enabled.
    pub saml_enabled: bool,
    /// Whether SCIM has been enabled.
    pub scim_enabled: bool,
    /// The role of people to whom nothing else gives one.
    pub default_role: String,
    /// How many people it may have; none for as many as they are.
    pub seats: Option<i32>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl WorkspaceRow {
    /// What the gate looks at.
    pub fn conditions(&self) -> Conditions {
        Conditions {
            // The check constraint of the table allows no other; the least is the safe reading.
            plan: self.plan.parse().unwrap_or(Plan::Free),
            saml_enabled: self.saml_enabled,
            scim_enabled: self.scim_enabled,
        }
    }
}

/// Whether anything follows from what the directory says.
///
/// # Errors
/// Postgres is busy or away.
pub async fn provisioning(tx: &mut WorkspaceTx) -> Result<Provisioning, StoreError> {
    let mode: String = sqlx::query_scalar("select provisioning from workspaces where id = $1")
        .bind(tx.workspace())
        .fetch_one(tx.connection())
        .await?;
    Ok(Provisioning::named(&mode))
}

/// As [`provisioning`]; it stays so until the end of the transaction.
///
/// # Errors
/// Postgres is busy or away.
pub async fn hold_provisioning(tx: &mut WorkspaceTx) -> Result<Provisioning, StoreError> {
    let mode: String = sqlx::query_scalar("select provisioning from workspaces where id = $1 for share")
        .bind(tx.workspace())
        .fetch_one(tx.connection())
        .await?;
    Ok(Provisioning::named(&mode))
}

/// Changes the mode. False when it is the one that there is.
///
/// # Errors
/// Postgres is busy or away.
pub async fn set_provisioning(tx: &mut WorkspaceTx, mode: Provisioning, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let set = sqlx::query("update workspaces set provisioning = $2, updated_at = $3 where id = $1 and provisioning <> $2")
        .bind(tx.workspace())
        .bind(mode.as_str())
        .bind(now)
        .execute(tx.connection())
        .await?;
    Ok(set.rows_affected() == 1)
}

/// Reads the workspace's row.
///
/// # Errors
/// Postgres is busy or away.
pub async fn read(tx: &mut WorkspaceTx) -> Result<Option<WorkspaceRow>, StoreError> {
    let row = sqlx::query_as(
        "select id, slug, name, plan, saml_enabled, scim_enabled, default_role, seats, created_at, updated_at
         from workspaces where id = $1",
    )
    .bind(tx.workspace())
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}

/// Reads and locks the workspace's row.
///
/// # Errors
/// Postgres is busy or away.
pub async fn lock(tx: &mut WorkspaceTx) -> Result<Option<WorkspaceRow>, StoreError> {
    let row = sqlx::query_as(
        "select id, slug, name, plan, saml_enabled, scim_enabled, default_role, seats, created_at, updated_at
         from workspaces where id = $1 for no key update",
    )
    .bind(tx.workspace())
    .fetch_optional(tx.connection())
    .await?;
    Ok(row)
}

/// Since when people must sign in by SAML; none when they need not.
///
/// # Errors
/// Postgres is busy or away.
pub async fn sso_required(tx: &mut WorkspaceTx) -> Result<Option<DateTime<Utc>>, StoreError> {
    let since: Option<Option<DateTime<Utc>>> = sqlx::query_scalar("select sso_required_at from workspaces where id = $1")
        .bind(tx.workspace())
        .fetch_optional(tx.connection())
        .await?;
    Ok(since.flatten())
}

/// Says since when people must sign in by SAML, in the locked row.
///
/// # Errors
/// Postgres is busy or away.
pub async fn set_sso_required(tx: &mut WorkspaceTx, since: Option<DateTime<Utc>>) -> Result<(), StoreError> {
    sqlx::query("update workspaces set sso_required_at = $2 where id = $1")
        .bind(tx.workspace())
        .bind(since)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Says whether SAML SSO is enabled, in the locked row.
///
/// # Errors
/// Postgres is busy or away.
pub async fn set_saml_enabled(tx: &mut WorkspaceTx, enabled: bool, now: DateTime<Utc>) -> Result<WorkspaceRow, StoreError> {
    let row = sqlx::query_as(
        "update workspaces set saml_enabled = $2, updated_at = $3 where id = $1
         returning id, slug, name, plan, saml_enabled, scim_enabled, default_role, seats, created_at, updated_at",
    )
    .bind(tx.workspace())
    .bind(enabled)
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(row)
}

/// Writes the locked row back.
///
/// # Errors
/// Postgres is busy or away.
pub async fn update(
    tx: &mut WorkspaceTx,
    conditions: Conditions,
    name: &str,
    default_role: &Role,
    seats: Option<i32>,
    now: DateTime<Utc>,
) -> Result<WorkspaceRow, StoreError> {
    let row = sqlx::query_as(
        "update workspaces set plan = $2, saml_enabled = $3, scim_enabled = $4, name = $5, default_role = $6, seats = $7, updated_at = $8
         where id = $1
         returning id, slug, name, plan, saml_enabled, scim_enabled, default_role, seats, created_at, updated_at",
    )
    .bind(tx.workspace())
    .bind(conditions.plan.as_str())
    .bind(conditions.saml_enabled)
    .bind(conditions.scim_enabled)
    .bind(name)
    .bind(default_role.as_str())
    .bind(seats)
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(row)
}
