//! Which directory group gives which role.

use serde_json::json;

use super::{App, caller::AdminCaller, effects, error::AppError, roles};
use crate::{
    clock,
    directory::event::EventType,
    ids::GroupId,
    store::{dirty, groups, role_mappings},
};

pub use crate::store::role_mappings::RoleMappingRow;

/// Every mapping of the workspace.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(app: &App, caller: &AdminCaller) -> Result<Vec<RoleMappingRow>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    Ok(role_mappings::list(&mut tx).await?)
}

/// Maps a group, by its id, to a role; everybody in it and below it is reconciled.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such group, [`AppError::Invalid`] when it has no such role.
pub async fn put(app: &App, caller: &AdminCaller, group: GroupId, role: &str) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let role = roles::wanted(&mut tx, role).await?;
    groups::lock(&mut tx, group).await?.ok_or(AppError::NotFound("group"))?;
    let before = role_mappings::put(&mut tx, group, &role, clock::now()).await?;
    effects::audit(
        &mut tx,
        caller,
        "role_mapping.set",
        group.as_uuid(),
        Some(json!({ "before": { "role": before }, "after": { "role": role.as_str() } })),
    )
    .await?;
    effects::event(&mut tx, caller, EventType::RoleMappingSet, group.as_uuid(), Some(json!({ "role": role.as_str() }))).await?;
    dirty::mark_below(&mut tx, &[group], Some(caller.request)).await?;
    tx.commit().await?;
    app.wake.reconcile();
    Ok(())
}

/// Removes a group's mapping; everybody in it and below it is reconciled.
///
/// # Errors
/// [`AppError::NotFound`] when the group is unknown or not mapped.
pub async fn delete(app: &App, caller: &AdminCaller, group: GroupId) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let before = role_mappings::delete(&mut tx, group).await?.ok_or(AppError::NotFound("role mapping"))?;
    effects::audit(&mut tx, caller, "role_mapping.removed", group.as_uuid(), Some(json!({ "before": { "role": before } })))
        .await?;
    effects::event(&mut tx, caller, EventType::RoleMappingRemoved, group.as_uuid(), None).await?;
    dirty::mark_below(&mut tx, &[group], Some(caller.request)).await?;
    tx.commit().await?;
    app.wake.reconcile();
    Ok(())
}
