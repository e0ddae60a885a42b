//! Deprovisioning: what the worker does about people who are already out by their rows.

use std::collections::BTreeMap;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;

use super::{App, caller::Caller, error::AppError, receipts::timing};
use crate::{
    clock,
    directory::event::EventType,
    ids::{MemberId, ReceiptId},
    jobs::Deprovision,
    store::{
        WorkspaceTx,
        audit::{self, Entry},
        events::{self, NewEvent},
        members::{self, Departed},
        membership, receipts,
    },
};

/// People of whom Redis is asked at the same time.
const TOGETHER: usize = 16;

/// Takes roles, grants and workspace groups, deletes the sessions, and completes the receipts. May run again at any point.
///
/// The lock is each person's own row, which a reconciliation takes as well before it looks: nobody waits here for the rest of the workspace.
///
/// # Errors
/// Postgres or Redis is away; the job is tried again.
pub async fn deprovision(app: &App, job: &Deprovision) -> Result<(), AppError> {
    let receipts: Vec<ReceiptId> = job.people.iter().map(|person| person.receipt_id).collect();
    let mut tx = app.db.workspace(job.workspace_id).await?;
    // Those that are missing an earlier run has completed.
    let open = receipts::lock_open(&mut tx, &receipts).await?;
    if open.is_empty() {
        return Ok(());
    }
    let members: Vec<MemberId> = open.iter().map(|(_, member)| *member).collect();
    let people = members::lock_departed(&mut tx, &members).await?;
    strip(&mut tx, &people).await?;
    // Counted and written down before any is deleted: a second run finds fewer of them.
    let count = async |person: &Departed| {
        app.sessions.count_before(person.id, person.session_epoch).await.map(|sessions| (person.id, sessions))
    };
    let counted: BTreeMap<MemberId, u64> = stream::iter(&people).map(count).buffer_unordered(TOGETHER).try_collect().await?;
    let sessions: Vec<(ReceiptId, u64)> =
        open.iter().filter_map(|(receipt, member)| Some((*receipt, *counted.get(member)?))).collect();
    let roles = receipts::roles_closed(&mut tx, &sessions, clock::now()).await?;
    tx.commit().await?;
    timing::roles_closed(&roles);
    // Sessions of an older epoch only: whoever was let in again meanwhile may have signed in since.
    let destroy = async |person: &Departed| app.sessions.destroy_before(person.id, person.session_epoch).await.map(drop);
    stream::iter(&people).map(destroy).buffer_unordered(TOGETHER).try_collect::<()>().await?;
    let mut tx = app.db.workspace(job.workspace_id).await?;
    let all =
        receipts::complete(&mut tx, &sessions.into_iter().map(|(receipt, _)| receipt).collect::<Vec<_>>(), clock::now()).await?;
    tx.commit().await?;
    timing::complete(&all);
    Ok(())
}

/// Takes what those have who are still out, and tells it.
async fn strip(tx: &mut WorkspaceTx, people: &[Departed]) -> Result<(), AppError> {
    let out: Vec<&Departed> = people.iter().filter(|person| !person.status.0.is_open()).collect();
    membership::strip(tx, &out.iter().map(|person| person.id).collect::<Vec<_>>(), clock::now()).await?;
    let (caller, kind) = (Caller::worker(tx.workspace()), EventType::MemberRoleChanged);
    let (mut news, mut entries) = (Vec::new(), Vec::new());
    for person in out {
        let (Some(role), subject, request) = (&person.role, person.id.as_uuid(), Some(caller.request)) else { continue };
        let data = json!({ "before": role, "after": null });
        news.push(NewEvent { kind, at: caller.received, subject, request, data });
        let detail = Some(json!({ "before": { "role": role }, "after": { "role": null } }));
        entries.push(Entry { actor: &caller.actor, action: kind.as_str(), subject, request, detail });
    }
    events::append(tx, news).await?;
    Ok(audit::append_all(tx, entries).await?)
}
