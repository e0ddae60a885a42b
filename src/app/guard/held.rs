//! What is held, and the decisions about it.

use serde_json::json;

use crate::{
    app::{
        App,
        caller::{AdminCaller, Caller, OperatorCaller},
        effects,
        error::AppError,
    },
    clock,
    directory::{event::EventType, guard::Brake},
    ids::{BatchId, MemberId},
    store::{WorkspaceTx, brake, global, held_batches, held_changes, members},
};

pub use crate::store::{
    global::OpenBatch,
    held_batches::BatchRow,
    held_changes::{HeldRow, State, Wanted},
};

/// Batches that are shown: the newest.
const BATCHES: i64 = 100;

/// Held changes in the order of their members.
///
/// # Errors
/// Postgres is busy or away.
pub async fn list(app: &App, caller: &AdminCaller, wanted: Wanted, limit: i64) -> Result<Vec<HeldRow>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    Ok(held_changes::page(&mut tx, wanted, limit).await?)
}

/// The newest batches.
///
/// # Errors
/// Postgres is busy or away.
pub async fn batches(app: &App, caller: &AdminCaller) -> Result<Vec<BatchRow>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    Ok(held_batches::newest(&mut tx, BATCHES).await?)
}

/// Decides about everything in a batch that has not been decided about one by one. Answers how many changes that was.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such batch, or it has been decided about.
pub async fn decide_batch(app: &App, caller: &AdminCaller, batch: BatchId, state: State) -> Result<u64, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let decided = decide(&mut tx, caller, batch, state).await?.ok_or(AppError::NotFound("open batch"))?;
    tx.commit().await?;
    app.wake.reconcile();
    Ok(decided)
}

async fn decide(tx: &mut WorkspaceTx, caller: &Caller, batch: BatchId, state: State) -> Result<Option<u64>, AppError> {
    if !held_batches::lock_open(tx, batch).await? {
        return Ok(None);
    }
    let decided = held_changes::decide_batch(tx, batch, state, caller.actor, clock::now()).await?;
    held_batches::decided(tx, batch, state, caller.actor, clock::now()).await?;
    if state == State::Approved {
        // More of the same is right as well.
        brake::reset(tx).await?;
    }
    let action = if state == State::Approved { "brake.approved" } else { "brake.rejected" };
    let data = json!({ "decision": state.as_str(), "changes": decided });
    effects::event(tx, caller, EventType::BrakeReleased, batch.as_uuid(), Some(data)).await?;
    effects::audit(tx, caller, action, batch.as_uuid(), Some(json!({ "changes": decided }))).await?;
    Ok(Some(decided))
}

/// Decides about what is held of one member.
///
/// # Errors
/// [`AppError::NotFound`] when nothing is held of the member that can be decided about; [`AppError::Conflict`] says why what is held
/// cannot be.
pub async fn decide_member(app: &App, caller: &AdminCaller, member: MemberId, state: State) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    members::lock(&mut tx, member).await?.ok_or(AppError::NotFound("held change"))?;
    let held = held_changes::of(&mut tx, &[member]).await?;
    if held.is_empty() {
        return Err(AppError::NotFound("held change"));
    }
    if held_changes::decide_member(&mut tx, member, state, caller.actor, clock::now()).await? == 0 {
        return Err(AppError::Conflict(
            "This is held to protect the workspace and is no matter of approval: the last administrator is let go when somebody else is one, a break-glass owner when the mark is taken away.".into(),
        ));
    }
    let detail = json!({ "state": state.as_str() });
    effects::audit(&mut tx, caller, "member.held_change_decided", member.as_uuid(), Some(detail)).await?;
    tx.commit().await?;
    app.wake.reconcile();
    Ok(())
}

/// Decides about the batches whose time is over, as their workspaces want it, and forgets what no brake looks at any more. Answers how
/// many batches that was.
///
/// # Errors
/// Postgres is busy or away.
pub async fn expire(app: &App) -> Result<u64, AppError> {
    let mut expired = 0;
    for (workspace, batch, on_expiry) in global::expired_batches(app.db.pool(), clock::now()).await? {
        let mut tx = app.db.workspace(workspace).await?;
        let state = if on_expiry == "approve" { State::Approved } else { State::Rejected };
        if let Some(changes) = decide(&mut tx, &Caller::worker(workspace), batch, state).await? {
            tx.commit().await?;
            tracing::warn!(%workspace, %batch, changes, decision = state.as_str(), "nobody has decided about a held change in time");
            expired += 1;
        }
    }
    let [_, longest] = Brake::WINDOWS;
    global::forget_brake_counts(app.db.pool(), clock::now() - 2 * longest).await?;
    if expired > 0 {
        app.wake.reconcile();
    }
    Ok(expired)
}

/// The open batches of all workspaces, oldest first.
///
/// # Errors
/// Postgres is busy or away.
pub async fn open_everywhere(app: &App, _caller: OperatorCaller) -> Result<Vec<OpenBatch>, AppError> {
    Ok(global::open_batches(app.db.pool()).await?)
}
