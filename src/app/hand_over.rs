//! What becomes of the people of a directory when SCIM is switched off. See [`d38`](crate::decisions::d38_switching_off).

use serde_json::json;

use super::{
    App,
    caller::{AdminCaller, Caller},
    effects,
    error::AppError,
};
use crate::{
    clock,
    directory::{event::EventType, provisioning::ManagedPeople},
    ids::{RequestId, WorkspaceId},
    store::{
        WorkspaceTx,
        audit::{self, Entry},
        dirty,
        events::{self, NewEvent},
        hand_over, sweeps, workspaces,
    },
};

/// Members handed over, users and groups removed in one transaction.
const BATCH: i64 = 200;
/// Marks forgotten in one transaction.
const FORGOTTEN: i64 = 10_000;

/// The gate closes, or is closed: what is to become of the directory's people, as the caller has said.
///
/// # Errors
/// [`AppError::Conflict`] when there are such people and nobody has said what is to become of them.
pub(super) async fn gate_closed(
    tx: &mut WorkspaceTx,
    caller: &Caller,
    closes: bool,
    choice: Option<ManagedPeople>,
) -> Result<(), AppError> {
    match choice {
        Some(ManagedPeople::HandOver) => begin(tx, caller).await,
        Some(ManagedPeople::Keep) => Ok(()),
        None if !closes => Ok(()),
        None => match hand_over::managed(tx).await? {
            0 => Ok(()),
            people => Err(AppError::Conflict(format!(
                "SCIM is switched off by this, and the directory manages {people} of the workspace's people. Say with managed_people what \
                 becomes of them: keep (they stay as they are, until SCIM is switched on again) or hand_over (they stay in with the role \
                 that they have, and administrators manage them by hand from now on)."
            ))),
        },
    }
}

/// The gate opens.
///
/// # Errors
/// [`AppError::Conflict`] while people are being handed over.
pub(super) async fn gate_opens(tx: &mut WorkspaceTx) -> Result<(), AppError> {
    match hand_over::under_way(tx).await? {
        None => Ok(()),
        Some(_) => Err(AppError::Conflict(
            "The directory's people are being handed over. SCIM can be switched on again when that is done; it takes a moment."
                .into(),
        )),
    }
}

/// Hands the directory's people over, in a workspace whose SCIM is switched off.
///
/// # Errors
/// [`AppError::Conflict`] while SCIM is on.
pub async fn ask(app: &App, caller: &AdminCaller) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let workspace = workspaces::lock(&mut tx).await?.ok_or(AppError::NotFound("workspace"))?;
    if super::operator::gate_of(&workspace).is_empty() {
        return Err(AppError::Conflict(
            "SCIM is on, so the identity provider decides about its people. Have SCIM switched off first.".into(),
        ));
    }
    begin(&mut tx, caller).await?;
    tx.commit().await?;
    app.wake.reconcile();
    Ok(())
}

async fn begin(tx: &mut WorkspaceTx, caller: &Caller) -> Result<(), AppError> {
    if hand_over::under_way(tx).await?.is_some() {
        return Ok(());
    }
    hand_over::set(tx, Some(caller.request)).await?;
    // What tells the dispatcher that there is something to do.
    sweeps::begin(tx, caller.request, true, clock::now()).await?;
    effects::audit(tx, caller, "directory.hand_over_asked", caller.workspace.as_uuid(), None).await
}

/// One batch of a hand-over. False when none is under way.
///
/// # Errors
/// Postgres is busy or away.
pub(super) async fn step(app: &App, workspace: WorkspaceId) -> Result<bool, AppError> {
    let mut tx = app.db.workspace(workspace).await?;
    if hand_over::under_way(&mut tx).await?.is_none() {
        return Ok(false);
    }
    tx.lock_reconciliation().await?;
    let Some(request) = hand_over::under_way(&mut tx).await? else { return Ok(true) };
    let caller = Caller { request, ..Caller::worker(workspace) };
    if !advance(&mut tx, &caller).await? {
        sweeps::abandon(&mut tx, clock::now()).await?;
        hand_over::set(&mut tx, None).await?;
        effects::audit(&mut tx, &caller, "directory.handed_over", workspace.as_uuid(), None).await?;
        tracing::info!(%workspace, %request, "the people of the directory are handed over, and the directory is empty");
    }
    tx.commit().await?;
    Ok(true)
}

/// People first, so that nobody is taken for a leaver when the directory is emptied. False when nothing is left.
async fn advance(tx: &mut WorkspaceTx, caller: &Caller) -> Result<bool, AppError> {
    let now = clock::now();
    let handed = hand_over::members(tx, caller.request, BATCH, now).await?;
    if !handed.is_empty() {
        let (mut entries, mut news) = (Vec::new(), Vec::new());
        for member in handed {
            let (kind, subject) = (EventType::MemberUnlinked, member.id.as_uuid());
            let request: Option<RequestId> = Some(caller.request);
            let data = json!({ "role": member.role });
            news.push(NewEvent { kind, at: now, subject, request, data: data.clone() });
            entries.push(Entry { actor: &caller.actor, action: kind.as_str(), subject, request, detail: Some(data) });
        }
        audit::append_all(tx, entries).await?;
        events::append(tx, news).await?;
        return Ok(true);
    }
    Ok(hand_over::forget_users(tx, BATCH).await? > 0
        || hand_over::forget_groups(tx, BATCH, now).await? > 0
        || dirty::forget(tx, FORGOTTEN).await?)
}
