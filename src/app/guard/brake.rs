//! The brake itself: decided by counters, in the transaction of the call.

use serde_json::json;

use crate::{
    app::{caller::Caller, effects, error::AppError},
    clock,
    directory::event::EventType,
    ids::BatchId,
    store::{
        WorkspaceTx,
        brake::{self, Counted},
        held_batches,
    },
};

/// As long as this many more may pass, nobody waits for anybody: so many transactions at once have not committed yet, and are not seen,
/// at most.
const NEAR: u64 = 64;

/// Asks for so many people to lose something. Answers how many of them may now, and counts them.
///
/// # Errors
/// Postgres is busy or away.
pub(super) async fn admit(tx: &mut WorkspaceTx, people: u64) -> Result<u64, AppError> {
    if people == 0 {
        return Ok(0);
    }
    let now = clock::now();
    // Those who have passed were members when the window began.
    let free = |seen: Counted| seen.brake.allowed(seen.members + seen.passed).saturating_sub(seen.passed);
    let seen = brake::counted(tx, now).await?;
    if !seen.brake.engages {
        return Ok(people);
    }
    let mut may = free(seen);
    if may < people + NEAR {
        brake::lock(tx).await?;
        may = free(brake::counted(tx, now).await?);
    }
    let pass = people.min(may);
    if pass > 0 {
        brake::count(tx, pass, seen.brake.window, now).await?;
    }
    Ok(pass)
}

/// The batch for what is held now. When it is a new one, the brake has engaged, and that is told.
///
/// # Errors
/// Postgres is busy or away.
pub(super) async fn batch(tx: &mut WorkspaceTx, caller: &Caller) -> Result<BatchId, AppError> {
    let settings = brake::settings(tx).await?;
    let (batch, is_new) = held_batches::open(tx, settings.hold, settings.on_expiry, clock::now()).await?;
    if is_new {
        let workspace = tx.workspace();
        metrics::counter!("rollcall_brake_engaged_total").increment(1);
        tracing::warn!(%workspace, %batch, "the brake has engaged: more people would lose access or role at once than the workspace allows; an administrator must approve or reject the change");
        let detail = json!({
            "share_percent": settings.share_percent, "most": settings.most, "least": settings.least,
            "window_seconds": settings.window.as_secs(),
        });
        effects::event(tx, caller, EventType::BrakeEngaged, batch.as_uuid(), None).await?;
        effects::audit(tx, caller, "brake.engaged", batch.as_uuid(), Some(detail)).await?;
    }
    Ok(batch)
}
