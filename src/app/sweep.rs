//! The sweep: compares all desired with all effective, so that nothing that was ever lost stays lost.

use super::{App, caller::OperatorCaller, error::AppError};
use crate::{
    clock,
    ids::WorkspaceId,
    store::{global, sweeps},
};

/// Begins a sweep of every workspace that has none under way. Answers how many were begun.
///
/// # Errors
/// Postgres is busy or away.
pub async fn start(app: &App) -> Result<u64, AppError> {
    let begun = global::begin_sweeps(app.db.pool(), clock::now()).await?;
    app.wake.reconcile();
    Ok(begun)
}

/// Reconciles one workspace now: begins its sweep, anew when one is under way; the worker carries it out.
///
/// # Errors
/// Postgres is busy or away.
pub async fn start_one(app: &App, caller: OperatorCaller, workspace: WorkspaceId) -> Result<(), AppError> {
    let mut tx = app.db.workspace(workspace).await?;
    sweeps::begin(&mut tx, caller.request, false, clock::now()).await?;
    tx.commit().await?;
    app.wake.reconcile();
    Ok(())
}
