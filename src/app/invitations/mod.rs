//! Invitations by e-mail: queued in the transaction in which somebody becomes invited, cancelled in the one that puts them out, sent by
//! the worker. Never twice: see [`d36`](crate::decisions::d36_an_invitation_is_never_sent_twice).

mod deliver;

use chrono::TimeDelta;
use serde_json::json;

use super::{App, caller::AdminCaller, effects, error::AppError};
use crate::{
    clock,
    directory::membership::Status,
    ids::{MemberId, RequestId},
    store::{
        WorkspaceTx,
        invitations::{self, InvitationRow},
        members::{self, Closed},
    },
};

pub use deliver::{deliver_next, give_up_lost};

/// Between two invitations of one person.
const BETWEEN: TimeDelta = TimeDelta::minutes(5);

/// What it entails that people are in and may not have signed in yet, each by a request: whoever is invited gets an e-mail, unless they
/// had one before.
///
/// # Errors
/// Postgres is busy or away.
pub(super) async fn opened(tx: &mut WorkspaceTx, people: &[(MemberId, RequestId)]) -> Result<(), AppError> {
    if tx.invites() {
        invitations::queue_first(tx, people, clock::now()).await?;
    }
    Ok(())
}

/// What it entails that people are put out: they are not invited any more.
///
/// # Errors
/// Postgres is busy or away.
pub(super) async fn closed(tx: &mut WorkspaceTx, closed: &[Closed]) -> Result<(), AppError> {
    if tx.invites() && !closed.is_empty() {
        invitations::close(tx, closed, clock::now()).await?;
    }
    Ok(())
}

/// Invites somebody once more who has not signed in yet. What waits for another attempt is tried now.
///
/// # Errors
/// [`AppError::NotFound`] when this workspace has no such member; [`AppError::Conflict`] when the person is not to be invited, or was a
/// moment ago, or when nobody is.
pub async fn send_again(app: &App, caller: &AdminCaller, id: MemberId) -> Result<InvitationRow, AppError> {
    let refused = |why: String| Err(AppError::Conflict(why));
    let mut tx = app.db.workspace(caller.workspace).await?;
    // One at a time: whoever asks at the same moment waits, and finds what was made.
    members::lock(&mut tx, id).await?;
    let member = members::find(&mut tx, id).await?.ok_or(AppError::NotFound("member"))?;
    if app.mailer.is_none() {
        return refused("Invitations by e-mail are not set up here: whoever runs Rollcall sets ROLLCALL_SMTP_URL.".into());
    }
    match member.status.0 {
        Status::Invited => {}
        Status::Active => return refused("This person has signed in already and needs no invitation.".into()),
        Status::Deactivated => {
            return refused(
                "This person is deactivated and must be let in again first: by the identity provider, if it knows them.".into(),
            );
        }
    }
    let now = clock::now();
    match invitations::newest(&mut tx, id).await? {
        Some(last) if last.state == "sending" => return refused("An invitation is being sent to this person right now.".into()),
        Some(last) if now - last.moved_at() < BETWEEN => {
            let seconds = (last.moved_at() + BETWEEN - now).num_seconds().max(1);
            return refused(format!(
                "This person was invited a moment ago. The next invitation can be sent in {seconds} seconds."
            ));
        }
        Some(last) if last.state == "queued" && invitations::hurry(&mut tx, last.id, now).await? => {}
        Some(_) | None => invitations::queue(&mut tx, id, caller.request, now).await?,
    }
    let newest =
        invitations::newest(&mut tx, id).await?.ok_or_else(|| AppError::Bug(anyhow::anyhow!("an invitation is gone")))?;
    let detail = json!({ "after": { "invitation_id": newest.id } });
    effects::audit(&mut tx, caller, "member.invited_again", id.as_uuid(), Some(detail)).await?;
    tx.commit().await?;
    Ok(newest)
}
