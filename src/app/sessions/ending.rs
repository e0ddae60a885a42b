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
    sessions::Digest,
    store::members,
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
    let Some(epoch) = members::end_sessions(&mut tx, member, clock::now()).await? else {
        members::find(&mut tx, member).await?.ok_or(AppError::NotFound("member"))?;
        // Those of somebody who is out have ended with the deactivation, and its receipt counts them.
        return Ok(Some(0));
    };
    // Under the lock on the member's row, for which sign-ins wait: no other one is opened meanwhile.
    let counted = app.sessions.count_before(member, epoch).await;
    let away = |error| tracing::warn!(error = &error as &dyn std::error::Error, %member, "ended sessions are left in Redis");
    let sessions = counted.map_err(away).ok();
    let detail = json!({ "sessions": sessions });
    effects::audit(&mut tx, caller, "member.sessions_ended", member.as_uuid(), Some(detail.clone())).await?;
    effects::event(&mut tx, caller, EventType::MemberSessionsEnded, member.as_uuid(), Some(detail)).await?;
    tx.commit().await?;
    app.wake.reconcile();
    if sessions.is_some() {
        // What is left of them is refused, and goes when its time is over.
        app.sessions.destroy_before(member, epoch).await.map_err(away).ok();
    }
    Ok(sessions)
}
