//! Deprovisioning: what the worker does about somebody who is already out by their row.

use std::collections::BTreeMap;

use super::{App, error::AppError, receipts::timing, reconcile};
use crate::{
    clock,
    ids::ReceiptId,
    jobs::Deprovision,
    store::{dirty::Subject, members, receipts},
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
    let subject = member.user_id.map_or(Subject::Member(member_id), Subject::User);
    reconcile::reconcile(&mut tx, &BTreeMap::from([(subject, None)])).await?;
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
