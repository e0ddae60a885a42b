//! Observing a directory before anything follows from it, and going live.

use serde_json::json;

use super::{App, caller::AdminCaller, effects, error::AppError};
use crate::{
    clock,
    directory::provisioning::Provisioning,
    store::{hand_over, sweeps, workspaces},
};

/// The mode of the caller's workspace, and whether its people are being handed over.
///
/// # Errors
/// Postgres is busy or away.
pub async fn get(app: &App, caller: &AdminCaller) -> Result<(Provisioning, bool), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    Ok((workspaces::provisioning(&mut tx).await?, hand_over::under_way(&mut tx).await?.is_some()))
}

/// Changes the mode. Going live makes the membership what the directory says by then: everybody is looked at. Observing leaves members as
/// they are, leavers too.
///
/// # Errors
/// Postgres is busy or away.
pub async fn set(app: &App, caller: &AdminCaller, mode: Provisioning) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    if !workspaces::set_provisioning(&mut tx, mode, clock::now()).await? {
        return Ok(());
    }
    match mode {
        Provisioning::Live => sweeps::begin(&mut tx, caller.request, true, clock::now()).await?,
        Provisioning::Observe => {
            let workspace = caller.workspace;
            tracing::warn!(%workspace, "nothing follows from the directory of this workspace any more, until it goes live again");
        }
    }
    let detail = json!({ "after": { "mode": mode.as_str() } });
    effects::audit(&mut tx, caller, "provisioning.changed", caller.workspace.as_uuid(), Some(detail)).await?;
    tx.commit().await?;
    app.wake.reconcile();
    Ok(())
}
