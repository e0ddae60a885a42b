//! The queue, for operators: what waits, what is dead, and the second chance.

use super::{App, caller::OperatorCaller, error::AppError};
use crate::{jobs::admin, store::StoreError};

pub use crate::jobs::admin::{Job, JobState};

/// Jobs in one state or in all, newest first, older than the one named.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(
    app: &App,
    _caller: OperatorCaller,
    state: Option<JobState>,
    limit: i64,
    after: Option<&str>,
) -> Result<Vec<Job>, AppError> {
    Ok(admin::list(app.db.pool(), state, limit, after).await.map_err(StoreError::from)?)
}

/// Brings a dead job back.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such job or it is not dead.
pub async fn retry(app: &App, _caller: OperatorCaller, id: &str) -> Result<(), AppError> {
    if !admin::retry(app.db.pool(), id).await.map_err(StoreError::from)? {
        return Err(AppError::NotFound("dead job"));
    }
    app.wake.deprovision();
    app.wake.reconcile();
    Ok(())
}
