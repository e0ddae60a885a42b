//! The roles of a workspace: the built-in ones and those that its administrators define.

use serde_json::json;

use super::{App, caller::AdminCaller, effects, error::AppError};
use crate::{
    clock,
    directory::roles::{Role, Roles},
    store::{WorkspaceTx, roles, scim_profiles, sweeps},
};

/// Roles that a workspace may define.
const MOST_ROLES: usize = 50;

/// Every role of the workspace and which one is the default.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(app: &App, caller: &AdminCaller) -> Result<Roles, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    Ok(roles::load(&mut tx).await?)
}

/// Defines a role, or gives it another rank; then everybody is reconciled, since another role may be the strongest.
///
/// # Errors
/// [`AppError::Invalid`] says what is wrong with name or rank; [`AppError::Conflict`] when another role has the rank.
pub async fn put(app: &App, caller: &AdminCaller, name: &str, rank: u16) -> Result<Role, AppError> {
    let role = Role::custom(name, rank).map_err(AppError::Invalid)?;
    let mut tx = app.db.workspace(caller.workspace).await?;
    scim_profiles::changed(&mut tx).await?; // and whoever defines another one waits
    let before = roles::load(&mut tx).await?;
    if let Some(other) = before.iter().find(|other| other.rank() == rank && other.as_str() != name) {
        return Err(AppError::Conflict(format!("rank: {other} has the rank {rank}. Choose another.")));
    }
    let old = before.named(name);
    if old.is_none() && before.iter().filter(|role| !role.is_built_in()).count() >= MOST_ROLES {
        return Err(AppError::Conflict(format!("A workspace may define {MOST_ROLES} roles. Delete one first.")));
    }
    if roles::put(&mut tx, &role, clock::now()).await? {
        let detail = json!({ "role": name, "before": old.map(|role| json!({ "rank": role.rank() })), "after": { "rank": rank } });
        effects::audit(&mut tx, caller, "role.set", caller.workspace.as_uuid(), Some(detail)).await?;
        sweeps::begin(&mut tx, caller.request, true, clock::now()).await?;
        tx.commit().await?;
        app.wake.reconcile();
    }
    Ok(role)
}

/// Deletes a role that nobody was given.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] says what still gives the role.
pub async fn delete(app: &App, caller: &AdminCaller, name: &str) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    scim_profiles::changed(&mut tx).await?;
    if !roles::delete(&mut tx, name).await? {
        return Err(if Role::BUILT_IN.iter().any(|role| role.as_str() == name) {
            AppError::Conflict(format!("Every workspace has the role {name}."))
        } else {
            AppError::NotFound("role")
        });
    }
    let uses = roles::uses(&mut tx, name).await?;
    let used = [
        (uses.is_default, "it is the default role: set another one"),
        (uses.is_mapped, "a group is mapped to it: change the role mapping"),
        (uses.is_given, "somebody was given it by hand: give them another one"),
        (uses.is_sent, "the identity provider gives it to somebody as an attribute: change it there"),
    ];
    let reasons: Vec<&str> = used.into_iter().filter_map(|(is, reason)| is.then_some(reason)).collect();
    if !reasons.is_empty() {
        return Err(AppError::Conflict(format!("The role {name} is in use; {}.", reasons.join("; "))));
    }
    effects::audit(&mut tx, caller, "role.deleted", caller.workspace.as_uuid(), Some(json!({ "role": name }))).await?;
    tx.commit().await?;
    Ok(())
}

/// The role of this name, which is not deleted before the end of the transaction.
///
/// # Errors
/// [`AppError::Invalid`] names the roles that the workspace has.
pub(super) async fn wanted(tx: &mut WorkspaceTx, name: &str) -> Result<Role, AppError> {
    let roles = roles::load(tx).await?;
    if let Some(role) = roles.named(name)
        && (role.is_built_in() || roles::hold(tx, &role).await?)
    {
        return Ok(role);
    }
    let names: Vec<&str> = roles.iter().map(Role::as_str).collect();
    Err(AppError::Invalid(format!("role: this workspace has the roles {}.", names.join(", "))))
}
