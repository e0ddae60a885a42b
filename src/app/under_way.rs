//! What has been asked for and the worker has not carried out yet.

use super::{App, caller::AdminCaller, error::AppError};
use crate::{
    scim::ResourceType,
    store::{dirty, listing, sweeps},
};

/// Marks are counted up to this.
pub const MOST: i64 = 10_000;

/// What is left to do in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnderWay {
    /// People and groups that are still to be looked at, counted up to [`MOST`].
    pub marks: i64,
    /// Everybody is being looked at, because something was changed that concerns everybody.
    pub everybody: Option<Progress>,
}

/// How far something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// People and groups that were looked at.
    pub looked_at: u64,
    /// All that there are: never fewer.
    pub all: u64,
}

/// What is left to do.
///
/// # Errors
/// Postgres is busy or away.
pub async fn under_way(app: &App, caller: &AdminCaller) -> Result<UnderWay, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let marks = dirty::waiting(&mut tx, MOST).await?;
    let everybody = match sweeps::open(&mut tx).await?.filter(|sweep| sweep.for_change) {
        Some(sweep) => {
            let looked_at = sweep.looked_at.unsigned_abs();
            let all =
                listing::counted(&mut tx, ResourceType::User).await? + listing::counted(&mut tx, ResourceType::Group).await?;
            Some(Progress { looked_at, all: all.max(looked_at) })
        }
        None => None,
    };
    Ok(UnderWay { marks, everybody })
}
