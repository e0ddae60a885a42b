//! Sessions that end before their time: one, or all of a person.
//!
//! All end with the commit that gives the member's row another epoch, and so does what is still signing in; deleting them in Redis is
//! tidying up, as it is when somebody is put out. One alone is known to Redis only, and is deleted there.

use serde_json::json;

use super::Holder;
use crate::{
    app::{
        App,
        caller::{AdminCaller, Caller},
        effects,
        error::AppError,
    },
    clock,
    directory::event::EventType,
    ids::MemberId,
    sessions::{Digest, SessionError},
    store::{WorkspaceTx, members},
};

/// Ends one of one's own sessions.
///
/// # Errors
/// [`AppError::NotFound`] when one has no such session.
pub async fn end_own(app: &App, holder: &Holder, session: &str) -> Result<(), AppError> {
    end(app, &holder.caller, holder.member.id, session).await
}

/// Ends all of one's own sessions, also the one with which it is asked. Answers how many there were.
///
/// # Errors
/// Postgres is busy or away.
pub async fn end_all_own(app: &App, holder: &Holder) -> Result<Option<u64>, AppError> {
    end_all(app, &holder.caller, holder.member.id).await
}

/// Ends one session of a member.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such member, or the member no such session.
pub async fn end_of(app: &App, caller: &AdminCaller, member: MemberId, session: &str) -> Result<(), AppError> {
    end(app, caller, member, session).await
}

/// Ends all sessions of a member. Answers how many there were.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such member.
pub async fn end_all_of(app: &App, caller: &AdminCaller, member: MemberId) -> Result<Option<u64>, AppError> {
    end_all(app, caller, member).await
}

async fn end(app: &App, caller: &Caller, member: MemberId, session: &str) -> Result<(), AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    members::find(&mut tx, member).await?.ok_or(AppError::NotFound("member"))?;
    let session = Digest::parse(session).ok_or(AppError::NotFound("session"))?;
    let detail = json!({ "session": session.as_str(), "sessions": 1 });
    effects::audit(&mut tx, caller, "session.ended", member.as_uuid(), Some(detail)).await?;
    if !app.sessions.destroy_named(member, &session).await? {
        return Err(AppError::NotFound("session"));
    }
    tx.commit().await?;
    Ok(())
}

/// How many there were is not known while Redis is away; they have ended all the same.
async fn end_all(app: &App, caller: &Caller, member: MemberId) -> Result<Option<u64>, AppError> {
    let mut tx = app.db.workspace(caller.workspace).await?;
    let ended = end_all_in(app, &mut tx, caller, member).await?;
    tx.commit().await?;
    let sessions = ended.sessions;
    ended.tidy_up(app).await;
    Ok(sessions)
}

/// All sessions of a person, which have ended once the transaction is committed.
#[must_use = "what is left of them in Redis is to be tidied up after the commit"]
pub(in crate::app) struct Ended {
    member: MemberId,
    /// None where nothing was to end.
    epoch: Option<i64>,
    /// How many there were; none while Redis is away.
    pub sessions: Option<u64>,
}

/// Ends all sessions of a member with the commit of this transaction, after which comes [`Ended::tidy_up`].
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such member.
pub(in crate::app) async fn end_all_in(
    app: &App,
    tx: &mut WorkspaceTx,
    caller: &Caller,
    member: MemberId,
) -> Result<Ended, AppError> {
    let Some(epoch) = members::end_sessions(tx, member, clock::now()).await? else {
        members::find(tx, member).await?.ok_or(AppError::NotFound("member"))?;
        // Those of somebody who is out have ended with the deactivation, and its receipt counts them.
        return Ok(Ended { member, epoch: None, sessions: Some(0) });
    };
    // Under the lock on the member's row, for which sign-ins wait: no other one is opened meanwhile.
    let sessions = app.sessions.count_before(member, epoch).await.map_err(|error| left(member, &error)).ok();
    let detail = json!({ "sessions": sessions });
    effects::audit(tx, caller, "member.sessions_ended", member.as_uuid(), Some(detail.clone())).await?;
    effects::event(tx, caller, EventType::MemberSessionsEnded, member.as_uuid(), Some(detail)).await?;
    Ok(Ended { member, epoch: Some(epoch), sessions })
}

impl Ended {
    /// After the commit. What is left of them is refused, and goes when its time is over.
    pub(in crate::app) async fn tidy_up(self, app: &App) {
        let Some(epoch) = self.epoch else { return };
        app.wake.reconcile();
        if self.sessions.is_some() {
            app.sessions.destroy_before(self.member, epoch).await.map_err(|error| left(self.member, &error)).ok();
        }
    }
}

fn left(member: MemberId, error: &SessionError) {
    tracing::warn!(error = error as &dyn std::error::Error, %member, "ended sessions are left in Redis");
}
