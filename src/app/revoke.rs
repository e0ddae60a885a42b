//! Deprovisioning: what the worker does about somebody who is already out by their row.

use serde_json::json;

use super::{App, caller::Caller, effects, error::AppError, receipts::timing};
use crate::{
    clock,
    directory::event::EventType,
    ids::ReceiptId,
    jobs::Deprovision,
    store::{members, membership, receipts},
};

/// Takes role, grants and workspace groups, deletes the sessions, and completes the receipt. May run again at any point.
///
/// # Errors
/// Postgres or Redis is away; the job is tried again.
pub async fn deprovision(app: &App, job: &Deprovision) -> Result<(), AppError> {
    let receipt = ReceiptId::from_uuid(job.receipt_id);
    let mut tx = app.db.workspace(job.workspace_id).await?;
    tx.lock_reconciliation().await?;
    let Some(member_id) = receipts::lock_open(&mut tx, receipt).await? else {
        return Ok(()); // an earlier run has completed it
    };
    let Some(member) = members::find(&mut tx, member_id).await? else {
        return Ok(());
    };
    if !member.status.0.is_open() && membership::strip(&mut tx, member_id, clock::now()).await? {
        let (worker, kind) = (Caller::worker(job.workspace_id), EventType::MemberRoleChanged);
        let data = json!({ "before": member.role, "after": null });
        effects::event(&mut tx, &worker, kind, member_id.as_uuid(), Some(data)).await?;
        let detail = json!({ "before": { "role": member.role }, "after": { "role": null } });
        effects::audit(&mut tx, &worker, kind.as_str(), member_id.as_uuid(), Some(detail)).await?;
    }
    // Counted and written down before any is deleted: a second run finds fewer of them.
    let sessions = app.sessions.count_before(member_id, member.session_epoch).await?;
    let roles = receipts::roles_closed(&mut tx, receipt, sessions, clock::now()).await?;
    tx.commit().await?;
    timing::roles_closed(roles);
    // Sessions of an older epoch only: whoever was let in again meanwhile may have signed in since.
    app.sessions.destroy_before(member_id, member.session_epoch).await?;
    let mut tx = app.db.workspace(job.workspace_id).await?;
    let all = receipts::complete(&mut tx, receipt, clock::now()).await?;
    tx.commit().await?;
    timing::complete(all);
    Ok(())
}
