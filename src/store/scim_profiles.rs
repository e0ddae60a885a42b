//! What a workspace has said about SCIM: its rules and its extension schemas.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, types::Json};

use super::{StoreError, WorkspaceTx};
use crate::scim::{Rules, Tolerance};

/// Rules as stored.
#[derive(Debug, Clone, FromRow)]
struct RulesRow {
    refused_tolerances: Vec<String>,
    require_if_match: bool,
    refuse_personal_filters: bool,
    refuse_pathless_patch: bool,
    replace_complex_whole: bool,
}

/// An extension schema as stored.
#[derive(Debug, Clone, FromRow)]
pub struct ExtensionRow {
    /// `User` or `Group`.
    pub resource_type: String,
    /// Whether every resource of the type must have it.
    pub required: bool,
    /// A Schema resource, without meta.
    pub definition: Json<Value>,
}

/// The workspace's rules; the defaults where it has none.
///
/// # Errors
/// Postgres is busy or away.
pub async fn rules(tx: &mut WorkspaceTx) -> Result<Rules, StoreError> {
    let row: Option<RulesRow> = sqlx::query_as(
        "select refused_tolerances, require_if_match, refuse_personal_filters, refuse_pathless_patch, replace_complex_whole
         from scim_rules where workspace_id = $1",
    )
    .bind(tx.workspace())
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map_or_else(Rules::default, |row| Rules {
        // A name that is no more is a tolerance that is no more.
        refused: row.refused_tolerances.iter().filter_map(|name| Tolerance::named(name)).collect(),
        require_if_match: row.require_if_match,
        refuse_personal_filters: row.refuse_personal_filters,
        refuse_pathless_patch: row.refuse_pathless_patch,
        replace_complex_whole: row.replace_complex_whole,
    }))
}

/// Replaces the workspace's rules.
///
/// # Errors
/// Postgres is busy or away.
pub async fn put_rules(tx: &mut WorkspaceTx, rules: &Rules, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query(
        "insert into scim_rules
             (workspace_id, refused_tolerances, require_if_match, refuse_personal_filters, refuse_pathless_patch, replace_complex_whole,
              updated_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (workspace_id) do update
         set refused_tolerances = excluded.refused_tolerances, require_if_match = excluded.require_if_match,
             refuse_personal_filters = excluded.refuse_personal_filters, refuse_pathless_patch = excluded.refuse_pathless_patch,
             replace_complex_whole = excluded.replace_complex_whole, updated_at = excluded.updated_at",
    )
    .bind(tx.workspace())
    .bind(rules.refused.iter().map(Tolerance::name).collect::<Vec<_>>())
    .bind(rules.require_if_match)
    .bind(rules.refuse_personal_filters)
    .bind(rules.refuse_pathless_patch)
    .bind(rules.replace_complex_whole)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The workspace's extension schemas, in the order of their making.
///
/// # Errors
/// Postgres is busy or away.
pub async fn extensions(tx: &mut WorkspaceTx) -> Result<Vec<ExtensionRow>, StoreError> {
    let rows = sqlx::query_as(
        "select resource_type, required, definition from extension_schemas where workspace_id = $1 order by created_at, urn_key",
    )
    .bind(tx.workspace())
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Defines an extension schema, or defines it anew.
///
/// # Errors
/// Postgres is busy or away.
pub async fn put_extension(
    tx: &mut WorkspaceTx,
    urn_key: &str,
    resource_type: &str,
    required: bool,
    definition: &Value,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into extension_schemas (workspace_id, urn_key, resource_type, required, definition, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)
         on conflict (workspace_id, urn_key) do update
         set required = excluded.required, definition = excluded.definition, updated_at = excluded.updated_at",
    )
    .bind(tx.workspace())
    .bind(urn_key)
    .bind(resource_type)
    .bind(required)
    .bind(Json(definition))
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Removes an extension schema. False when there is none.
///
/// # Errors
/// Postgres is busy or away.
pub async fn delete_extension(tx: &mut WorkspaceTx, urn_key: &str) -> Result<bool, StoreError> {
    let deleted = sqlx::query("delete from extension_schemas where workspace_id = $1 and urn_key = $2")
        .bind(tx.workspace())
        .bind(urn_key)
        .execute(tx.connection())
        .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Whether a user or group has values of the extension. Looks at the workspace's documents until it finds one: for administrators only.
///
/// # Errors
/// Postgres is busy or away.
pub async fn in_use(tx: &mut WorkspaceTx, urn: &str) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar(
        "select exists (select from users where workspace_id = $1 and jsonb_exists(document, $2))
             or exists (select from groups where workspace_id = $1 and jsonb_exists(document, $2))",
    )
    .bind(tx.workspace())
    .bind(urn)
    .fetch_one(tx.connection())
    .await?;
    Ok(found)
}

/// Moves the version by which processes know that rules or schemas have changed, and keeps other changes of them waiting until the end
/// of the transaction.
///
/// # Errors
/// Postgres is busy or away.
pub async fn changed(tx: &mut WorkspaceTx) -> Result<(), StoreError> {
    sqlx::query("update workspaces set scim_profile_version = scim_profile_version + 1 where id = $1")
        .bind(tx.workspace())
        .execute(tx.connection())
        .await?;
    Ok(())
}
