//! What has happened in a workspace, in one order without a gap. Use cases append with [`super::effects::event`]; the reconcile job gives
//! the numbers; administrators read by them, and so do the couriers of webhooks.

use chrono::{DateTime, TimeDelta, Utc};

use super::{App, caller::AdminCaller, error::AppError};
use crate::{
    clock,
    directory::event::EventType,
    ids::WorkspaceId,
    store::{
        events::{self, Stretch},
        global,
    },
};

pub use crate::store::events::{EventRow, Span};

/// Events that get their number in one transaction.
const NUMBERED: i64 = 1000;
/// Numbers that are looked at for a page, whatever is wanted of them.
const LOOKED_AT: i64 = 10_000;
/// Workspaces that are looked at together for what is too old.
const WORKSPACES: i64 = 500;
/// Events that one transaction removes.
const BATCH: i64 = 1000;
/// Batches of one workspace in one turn, so that one that has had millions keeps nobody else's from being shortened.
const BATCHES: usize = 200;

/// Gives the events of a workspace that have none their numbers, a batch of them. False when there was none.
///
/// # Errors
/// Postgres is busy or away.
pub async fn number(app: &App, workspace: WorkspaceId) -> Result<bool, AppError> {
    let mut tx = app.db.workspace(workspace).await?;
    tx.lock_reconciliation().await?;
    if events::number(&mut tx, NUMBERED).await? == 0 {
        return Ok(false);
    }
    tx.commit().await?;
    app.wake.couriers();
    Ok(true)
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Events after this number; from the oldest that is kept, when none.
    pub after: Option<i64>,
    /// Only this type.
    pub kind: Option<EventType>,
    /// So many at most.
    pub limit: i64,
}

/// A page of events.
pub struct EventPage {
    /// The page, in order.
    pub events: Vec<EventRow>,
    /// The last number that was looked at: where the next page begins.
    pub next: i64,
    /// Which numbers there are.
    pub span: Span,
}

/// Events after a number, in their order. A page may have fewer than it could although there are more: `next` says how far it has come.
///
/// # Errors
/// [`AppError::Gone`] when events after that number are no longer kept; [`AppError::Invalid`] when it has not been reached.
pub async fn list(app: &App, caller: &AdminCaller, wanted: Wanted) -> Result<EventPage, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let kinds: Vec<String> = wanted.kind.iter().map(|kind| kind.as_str().to_owned()).collect();
    let stretch = Stretch { after: wanted.after, kinds: &kinds, look_at: LOOKED_AT, limit: wanted.limit };
    let (span, events) = events::read(&mut tx, stretch).await?;
    let after = wanted.after.unwrap_or(span.pruned_seq);
    check_kept("after", after, span)?;
    let is_full = i64::try_from(events.len()).unwrap_or(i64::MAX) >= wanted.limit;
    let next = match events.last() {
        Some(last) if is_full => last.seq,
        // Numbers have no gap: what was looked at is known by counting.
        Some(_) | None => span.last_seq.min(after.saturating_add(LOOKED_AT)),
    };
    Ok(EventPage { events, next, span })
}

/// Whether everything after this number can be had.
///
/// # Errors
/// [`AppError::Gone`] when some of it is no longer kept; [`AppError::Invalid`] when the number has not been reached: it is another
/// workspace's, or of before a restored backup, and whoever goes on from it would miss what comes.
pub(super) fn check_kept(name: &str, after: i64, span: Span) -> Result<(), AppError> {
    let Span { last_seq, pruned_seq } = span;
    if after < 0 || after > last_seq {
        return Err(AppError::Invalid(format!(
            "{name}: must be the number of an event of this workspace; the newest one is {last_seq}."
        )));
    }
    if after < pruned_seq {
        let oldest = pruned_seq + 1;
        return Err(AppError::Gone(format!(
            "{name}: events before {oldest} are no longer kept: read how things stand from /members, /role-mappings and SCIM, then go on with the events after {pruned_seq}."
        )));
    }
    Ok(())
}

/// Removes the events of every workspace that are older than is configured. Answers how many were removed.
///
/// # Errors
/// Postgres is busy or away; what was removed before stays removed.
pub async fn prune(app: &App) -> Result<u64, AppError> {
    let age = TimeDelta::try_days(i64::from(app.config.events.days)).unwrap_or(TimeDelta::MAX);
    let Some(before) = clock::now().checked_sub_signed(age) else {
        return Ok(0);
    };
    let (mut removed, mut after) = (0, None);
    loop {
        let oldest = global::events::oldest_events(app.db.pool(), after, WORKSPACES).await?;
        for workspace in oldest.iter().filter(|oldest| oldest.at.is_some_and(|at| at < before)) {
            removed += shorten(app, workspace.workspace_id, before).await?;
        }
        match oldest.last() {
            Some(last) if oldest.len() as i64 == WORKSPACES => after = Some(last.workspace_id),
            Some(_) | None => return Ok(removed),
        }
    }
}

async fn shorten(app: &App, workspace: WorkspaceId, before: DateTime<Utc>) -> Result<u64, AppError> {
    let mut removed = 0;
    for _ in 0..BATCHES {
        let mut tx = app.db.workspace(workspace).await?;
        let gone = events::prune(&mut tx, before, BATCH).await?;
        tx.commit().await?;
        removed += gone;
        if gone < BATCH.unsigned_abs() {
            break;
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_and_what_has_not_come_are_told_apart() {
        let span = Span { last_seq: 9, pruned_seq: 4 };
        for (after, is) in [(4, "kept"), (9, "kept"), (3, "gone"), (0, "gone"), (-1, "invalid"), (10, "invalid")] {
            let found = match check_kept("after", after, span) {
                Ok(()) => "kept",
                Err(AppError::Gone(detail)) => {
                    assert!(detail.contains("before 5"), "{detail}");
                    "gone"
                }
                Err(AppError::Invalid(_)) => "invalid",
                Err(other) => panic!("{other}"),
            };
            assert_eq!(found, is, "{after}");
        }
        assert!(check_kept("after", 0, Span::default()).is_ok(), "a workspace in which nothing has happened");
    }
}
