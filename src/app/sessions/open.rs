//! The sessions that a person has open.

use std::collections::{BTreeSet, HashMap};

use super::Holder;
use crate::{
    app::{App, caller::AdminCaller, error::AppError},
    ids::{ConnectionId, MemberId},
    sessions::SessionSummary,
    store::{
        WorkspaceTx,
        members::{self, MemberRow},
        saml::{self, Opener},
        workspaces,
    },
};

/// A session that would be accepted now.
pub struct OpenSession {
    /// What is stored of it.
    pub summary: SessionSummary,
    /// What the connection is called by which it was opened; none of one that the SaaS's backend has opened.
    pub connection: Option<String>,
    /// Whether it is the one with which it is asked.
    pub is_current: bool,
}

/// The sessions of whoever asks, newest first; at most 500.
///
/// # Errors
/// Redis or Postgres is away.
pub async fn list_own(app: &App, holder: &Holder) -> Result<Vec<OpenSession>, AppError> {
    let mut tx = app.db.workspace(holder.workspace()).await?;
    let mut sessions = of_member(app, &mut tx, &holder.member).await?;
    for session in &mut sessions {
        session.is_current = session.summary.digest == holder.summary.digest;
    }
    Ok(sessions)
}

/// The sessions of a member, newest first; at most 500.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such member.
pub async fn list_of(app: &App, caller: &AdminCaller, member: MemberId) -> Result<Vec<OpenSession>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let member = members::find(&mut tx, member).await?.ok_or(AppError::NotFound("member"))?;
    of_member(app, &mut tx, &member).await
}

/// Those that a check would accept: the member's row and the connection decide, as there.
async fn of_member(app: &App, tx: &mut WorkspaceTx, member: &MemberRow) -> Result<Vec<OpenSession>, AppError> {
    if !member.status.0.is_open() {
        return Ok(Vec::new());
    }
    let mut found = app.sessions.list(member.id).await?;
    let sso_required = workspaces::sso_required(tx).await?.is_some();
    found.retain(|line| {
        let session = &line.session;
        session.epoch == member.session_epoch && (session.connection_id.is_some() || session.by_recovery_code || !sso_required)
    });
    let ids: BTreeSet<ConnectionId> = found.iter().filter_map(|line| line.session.connection_id).collect();
    let openers = saml::openers(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    let openers: HashMap<ConnectionId, Opener> = openers.into_iter().map(|opener| (opener.id, opener)).collect();
    let accepted = |summary: SessionSummary| {
        let connection = match summary.session.connection_id {
            Some(id) => {
                let opener = openers.get(&id)?;
                let is_ended = opener.sessions_ended_at.is_some_and(|ended| ended >= summary.session.created_at);
                Some((!is_ended).then(|| opener.name.clone())?)
            }
            None => None,
        };
        Some(OpenSession { summary, connection, is_current: false })
    };
    Ok(found.into_iter().filter_map(accepted).collect())
}
