//! Keeping every workspace's log within its bounds.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    app::{App, error::AppError},
    clock, ids,
    store::{
        global::{self, LogSize},
        provisioning_log::{self, Bounds},
    },
};

/// Workspaces that are looked at together.
const WORKSPACES: i64 = 500;
/// Entries that one transaction removes.
const BATCH: i64 = 1000;
/// Batches of one workspace in one turn, so that one that writes without end keeps nobody else's log from being shortened.
const BATCHES: usize = 200;

/// Removes what is too old or too much, in every workspace. Answers how many entries were removed.
///
/// # Errors
/// Postgres is busy or away; what was removed before stays removed.
pub async fn prune(app: &App) -> Result<u64, AppError> {
    let bounds = bounds(app, clock::now());
    let (mut removed, mut after) = (0, None);
    loop {
        let sizes = global::provisioning_log_sizes(app.db.pool(), after, WORKSPACES).await?;
        for size in sizes.iter().filter(|size| is_beyond(size, bounds)) {
            removed += shorten(app, size, bounds).await?;
        }
        match sizes.last() {
            Some(last) if sizes.len() as i64 == WORKSPACES => after = Some(last.workspace_id),
            Some(_) | None => return Ok(removed),
        }
    }
}

fn bounds(app: &App, now: DateTime<Utc>) -> Bounds {
    let config = &app.config.provisioning_log;
    let age = TimeDelta::try_days(i64::from(config.days)).unwrap_or(TimeDelta::MAX);
    Bounds {
        oldest: now.checked_sub_signed(age).map_or(uuid::Uuid::nil(), ids::lowest_made_at),
        entries: i64::from(config.entries),
        bytes: i64::from(config.mebibytes) * 1024 * 1024,
    }
}

fn is_beyond(size: &LogSize, bounds: Bounds) -> bool {
    size.entries > bounds.entries || size.bytes > bounds.bytes || size.oldest.is_some_and(|oldest| oldest < bounds.oldest)
}

async fn shorten(app: &App, size: &LogSize, bounds: Bounds) -> Result<u64, AppError> {
    let mut removed = 0;
    for _ in 0..BATCHES {
        let mut tx = app.db.workspace(size.workspace_id).await?;
        let gone = provisioning_log::prune(&mut tx, bounds, BATCH).await?;
        tx.commit().await?;
        removed += gone.unsigned_abs();
        if gone < BATCH {
            break;
        }
    }
    Ok(removed)
}
