//! What has been asked for and the worker has not carried out yet.

use super::{App, caller::AdminCaller, error::AppError};
use crate::store::{dirty, sweeps};

/// Marks are counted up to this.
pub const MOST: i64 = 10_000;

/// What is left to do in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnderWay {
    /// People and groups that are still to be looked at, counted up to [`MOST`].
    pub marks: i64,
    /// Everybody is being looked at, because something was changed that concerns everybody.
    pub is_for_everybody: bool,
}

/// What is left to do.
///
/// # Errors
/// Postgres is busy or away.
pub async fn under_way(app: &App, caller: &AdminCaller) -> Result<UnderWay, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let marks = dirty::waiting(&mut tx, MOST).await?;
    let is_for_everybody = sweeps::open(&mut tx).await?.is_some_and(|sweep| sweep.for_change);
    Ok(UnderWay { marks, is_for_everybody })
}
