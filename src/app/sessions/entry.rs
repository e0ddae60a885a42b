//! From the SaaS's own pages to ours: its backend says who is signed in and gets a link, by which that person's browser opens a session here.
//! A link is good once, for two minutes, and for as long as all is so that it could be made.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde_json::json;

use super::{Admitted, Person, admit, called, is_out, sign_in};
use crate::{
    app::{
        App,
        caller::{Caller, SessionsCaller},
        effects,
        error::AppError,
        recovery,
        sign_in::{local_path, random},
    },
    clock,
    ids::{Actor, RequestId, WorkspaceId},
    sessions::{
        Opening,
        sign_ins::{ENTRY_LIVES, Entry},
    },
    store::{
        members::{self, MemberRow},
        tokens, workspaces,
    },
};

const OVER: AppError = AppError::Unauthorized(
    "This way in is not good any more: it is good once, and for two minutes. Go back to where you came from and open it again.",
);

/// A link that was just made.
pub struct EntryLink {
    /// What opens it.
    pub code: SecretString,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

/// Somebody who is about to come in.
pub struct Guest {
    /// What they are called.
    pub called: String,
    /// What the workspace is called.
    pub workspace: String,
}

/// Somebody who has come in.
pub struct Entered {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The session's id: the secret that the browser keeps.
    pub session: SecretString,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// Where they go: a local path.
    pub return_to: String,
}

/// Makes a link, and uses a recovery code up, where SAML SSO is required.
///
/// # Errors
/// As [`super::open()`].
pub async fn make_entry_link(
    app: &App,
    caller: &SessionsCaller,
    person: Person,
    recovery_code: Option<&SecretString>,
    return_to: Option<&str>,
) -> Result<EntryLink, AppError> {
    let Actor::Token(token_id) = caller.actor else {
        return Err(AppError::Bug(anyhow::anyhow!("somebody without a token has opened a session")));
    };
    let Admitted { mut tx, member, recovered } = admit(app, caller, person, recovery_code).await?;
    if !member.status.0.is_open() {
        return Err(is_out());
    }
    if let Some(code) = &recovered {
        recovery::use_up(&mut tx, caller, member.id, code).await?;
    }
    let expires_at = clock::now() + TimeDelta::from_std(ENTRY_LIVES).unwrap_or_default();
    let detail = json!({ "expires_at": expires_at });
    effects::audit(&mut tx, caller, "member.entry_link_made", member.id.as_uuid(), Some(detail)).await?;
    let code = random()?;
    let entry = Entry {
        workspace_id: caller.workspace,
        member_id: member.id,
        epoch: member.session_epoch,
        token_id,
        by_recovery_code: recovered.is_some(),
        return_to: local_path(return_to).to_owned(),
    };
    app.sign_ins.keep_entry(&code, &entry).await?;
    tx.commit().await?;
    Ok(EntryLink { code: code.into(), expires_at })
}

/// Who would come in. Nobody does by it, and the link stays good.
///
/// # Errors
/// [`AppError::Unauthorized`] when the link is not good, or not any more.
pub async fn guest(app: &App, code: &str) -> Result<Guest, AppError> {
    let entry = app.sign_ins.look_at_entry(code).await?.ok_or(OVER)?;
    let mut tx = app.db.workspace(entry.workspace_id).await?;
    let member: MemberRow = members::find(&mut tx, entry.member_id).await?.ok_or(OVER)?;
    let workspace = workspaces::read(&mut tx).await?.ok_or(OVER)?;
    Ok(Guest { called: called(&member).to_owned(), workspace: workspace.name })
}

/// Opens the session, in a browser that calls itself so.
///
/// # Errors
/// [`AppError::Unauthorized`] when the link is not good, or not any more: the token with which it was made has ended, or the person's sessions
/// have, also counts. [`AppError::Forbidden`] when the person is out, or must sign in by SAML.
pub async fn enter(
    app: &App,
    code: &str,
    request: RequestId,
    received: DateTime<Utc>,
    user_agent: Option<&str>,
) -> Result<Entered, AppError> {
    let entry = app.sign_ins.take_entry(code).await?.ok_or(OVER)?;
    let now = clock::now();
    let mut tx = app.db.workspace(entry.workspace_id).await?;
    // Whoever revokes it waits, or was before us.
    let token = tokens::lock(&mut tx, entry.token_id).await?;
    token.filter(|token| token.revoked_at.is_none() && token.expires_at.is_none_or(|end| end > now)).ok_or(OVER)?;
    if !entry.by_recovery_code && workspaces::sso_required(&mut tx).await?.is_some() {
        return Err(AppError::Forbidden("This workspace requires SAML SSO by now: sign in by your identity provider.".into()));
    }
    let actor = Actor::Token(entry.token_id);
    let caller = Caller { workspace: entry.workspace_id, actor, member: None, request, received };
    let signed_in = sign_in(&mut tx, &caller, entry.member_id).await?;
    if signed_in.session_epoch != entry.epoch {
        return Err(OVER);
    }
    let by = Opening { by_recovery_code: entry.by_recovery_code, user_agent, ..Opening::default() };
    let opened = app.sessions.create_by(entry.workspace_id, entry.member_id, signed_in.session_epoch, now, by).await?;
    tx.commit().await?;
    if signed_in.is_first {
        app.wake.reconcile();
    }
    Ok(Entered { workspace: entry.workspace_id, session: opened.id, expires_at: opened.expires_at, return_to: entry.return_to })
}
