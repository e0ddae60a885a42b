//! From a tested connection to the one by which people sign in, and to its end. "SAML SSO enabled" of the gate is this and nothing else: a
//! connection is active, and a test sign-in has succeeded with it.

use serde_json::json;

use super::{Connection, UNKNOWN, audit, certificates, may_change, shown};
use crate::{
    app::{
        App,
        caller::{AdminCaller, Caller, SetsUp},
        effects,
        error::AppError,
        hand_over,
        operator::gate_of,
        sso,
    },
    clock,
    directory::{event::EventType, provisioning::ManagedPeople},
    ids::ConnectionId,
    saml::connection::Status,
    store::{
        WorkspaceTx, saml as connections,
        workspaces::{self, WorkspaceRow},
    },
};

/// What becomes of the sessions that were opened by a connection which is disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItsSessions {
    /// They go on until they end by themselves.
    Keep,
    /// They are refused from the commit on.
    End,
}

/// Makes a connection the one by which people sign in, in the place of the one that there was: who is signed in stays so.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when no test sign-in has succeeded with what is there now.
pub async fn activate(app: &App, caller: &impl SetsUp, id: ConnectionId) -> Result<Connection, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let workspace = workspaces::lock(&mut tx).await?.ok_or(AppError::NotFound("workspace"))?;
    let row = connections::lock(&mut tx, id).await?.ok_or(UNKNOWN)?;
    if row.tested_at.is_none() || certificates::counting(&mut tx, id).await?.is_empty() {
        return Err(AppError::Conflict(
            "No test sign-in has succeeded with this connection as it is now: make a test link, open it in a browser, and sign in at the identity provider.".into(),
        ));
    }
    let now = clock::now();
    for other in connections::list(&mut tx).await?.into_iter().filter(|other| other.status == Status::Active && other.id != id) {
        may_change(caller, other.status)?;
        connections::set_status(&mut tx, other.id, Status::Disabled, now).await?;
        audit(&mut tx, caller, "connection.disabled", other.id, json!({ "replaced_by": id, "sessions": "keep" })).await?;
    }
    if row.status != Status::Active {
        connections::set_status(&mut tx, id, Status::Active, now).await?;
        audit(&mut tx, caller, "connection.activated", id, json!({ "idp_entity_id": row.idp_entity_id })).await?;
    }
    let after = workspaces::set_saml_enabled(&mut tx, true, now).await?;
    if tell_of_gate(&mut tx, caller, &workspace, &after).await? == Some(true) {
        hand_over::gate_opens(&mut tx).await?;
    }
    let row = connections::find(&mut tx, id).await?.ok_or(UNKNOWN)?;
    let shown = shown(app, &mut tx, row).await?;
    tx.commit().await?;
    app.wake.reconcile();
    Ok(shown)
}

/// Ends a connection: nobody signs in by it any more, and SAML SSO is not enabled.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when nobody signs in by it, or when SCIM is switched off by this and nobody has said what
/// becomes of the directory's people.
pub async fn disable(
    app: &App,
    caller: &AdminCaller,
    id: ConnectionId,
    sessions: ItsSessions,
    managed_people: Option<ManagedPeople>,
) -> Result<Connection, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let workspace = workspaces::lock(&mut tx).await?.ok_or(AppError::NotFound("workspace"))?;
    let row = connections::lock(&mut tx, id).await?.ok_or(UNKNOWN)?;
    let was_active = row.status == Status::Active;
    if was_active && workspaces::sso_required(&mut tx).await?.is_some() {
        return Err(AppError::Conflict(
            "This workspace requires SAML SSO, and nobody could sign in without this connection: require it no longer first (DELETE /saml/required), or activate another connection in its place.".into(),
        ));
    }
    if !was_active && sessions == ItsSessions::Keep {
        return Err(AppError::Conflict("Nobody signs in by this connection.".into()));
    }
    let now = clock::now();
    connections::set_status(&mut tx, id, Status::Disabled, now).await?;
    if sessions == ItsSessions::End {
        connections::end_sessions(&mut tx, id, now).await?;
    }
    let word = match sessions {
        ItsSessions::Keep => "keep",
        ItsSessions::End => "end",
    };
    let chosen = managed_people.map(ManagedPeople::as_str);
    audit(&mut tx, caller, "connection.disabled", id, json!({ "sessions": word, "managed_people": chosen })).await?;
    if was_active {
        let after = workspaces::set_saml_enabled(&mut tx, false, now).await?;
        let closes = tell_of_gate(&mut tx, caller, &workspace, &after).await? == Some(false);
        hand_over::gate_closed(&mut tx, caller, closes, managed_people).await?;
    }
    let row = connections::find(&mut tx, id).await?.ok_or(UNKNOWN)?;
    let shown = shown(app, &mut tx, row).await?;
    tx.commit().await?;
    app.wake.reconcile();
    Ok(shown)
}

/// Disables the connection by which people sign in, if there is one; its sessions go on. What that means for the gate is the caller's.
pub(in crate::app) async fn disable_active(tx: &mut WorkspaceTx, caller: &Caller) -> Result<(), AppError> {
    sso::released(tx, caller).await?;
    for active in connections::list(tx).await?.into_iter().filter(|row| row.status == Status::Active) {
        connections::set_status(tx, active.id, Status::Disabled, clock::now()).await?;
        audit(tx, caller, "connection.disabled", active.id, json!({ "sessions": "keep" })).await?;
    }
    Ok(())
}

/// Tells when the gate opens or closes; answers which.
async fn tell_of_gate(
    tx: &mut WorkspaceTx,
    caller: &Caller,
    before: &WorkspaceRow,
    after: &WorkspaceRow,
) -> Result<Option<bool>, AppError> {
    let (was_open, is_open) = (gate_of(before).is_empty(), gate_of(after).is_empty());
    if was_open == is_open {
        return Ok(None);
    }
    let data = json!({ "open": is_open });
    effects::event(tx, caller, EventType::WorkspaceGateChanged, caller.workspace.as_uuid(), Some(data)).await?;
    Ok(Some(is_open))
}
