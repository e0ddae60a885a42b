//! What the worker does: one invitation at a time, from the queue to what became of it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    app::{App, error::AppError},
    clock,
    ids::WorkspaceId,
    mail::{Letter, Mailer, Outcome},
    store::{
        global::{self, DueInvitation},
        invitations::{self, End},
    },
};

/// An invitation that is not taken is tried this often; with the pauses between, for some five hours.
const MOST_ATTEMPTS: i32 = 10;
/// The pause after the first attempt; each is twice the one before.
const FIRST_PAUSE: TimeDelta = TimeDelta::minutes(1);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);
/// What a worker leaves behind that dies in the middle of a conversation.
const LOST: &str =
    "The worker ended in the middle of sending. Whether the message arrived is not known: ask the person, or send it again.";

/// Sends the next invitation that is due, of the workspace after this one if it has any. Answers whose it was; none when none is due.
///
/// # Errors
/// Postgres is busy or away. What was begun then is found by [`give_up_lost`].
pub async fn deliver_next(app: &App, mailer: &Mailer, after: Option<WorkspaceId>) -> Result<Option<WorkspaceId>, AppError> {
    let now = clock::now();
    let Some(due) = global::begin_invitation(app.db.pool(), after, now).await? else { return Ok(None) };
    if due.state == "sending" {
        deliver(app, mailer, &due).await?;
    }
    Ok(Some(due.workspace_id))
}

/// From here on it is `sending`, whatever happens to this process: nobody else takes it up.
async fn deliver(app: &App, mailer: &Mailer, due: &DueInvitation) -> Result<(), AppError> {
    let mut tx = app.db.workspace(due.workspace_id).await?;
    let letter = invitations::letter(&mut tx, due.member_id).await?;
    drop(tx);
    let outcome = match letter.and_then(|row| Some((row.email?, row.display_name, row.workspace))) {
        Some((email, name, workspace)) => mailer.send(&Letter { id: due.id.to_string(), email, name, workspace }).await,
        None => Outcome::Refused("The person has no e-mail address.".into()),
    };
    let (end, word) = match &outcome {
        Outcome::Sent => (End::Sent, "sent"),
        Outcome::Refused(reason) => (End::Failed(reason), "failed"),
        Outcome::Unknown(reason) => (End::Unknown(reason), "unknown"),
        Outcome::Later(reason) if due.attempts >= MOST_ATTEMPTS => (End::Failed(reason), "failed"),
        Outcome::Later(reason) => (End::Later(next(due.attempts, clock::now()), reason), "later"),
    };
    metrics::counter!("rollcall_invitations_total", "outcome" => word).increment(1);
    // Ids only: what the mail server says may name the person.
    tracing::info!(workspace = %due.workspace_id, invitation = %due.id, attempt = due.attempts, outcome = word, "invitation");
    let mut tx = app.db.workspace(due.workspace_id).await?;
    invitations::end(&mut tx, due.id, end, clock::now()).await?;
    tx.commit().await?;
    Ok(())
}

fn next(attempts: i32, now: DateTime<Utc>) -> DateTime<Utc> {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or_default().min(10);
    now + (FIRST_PAUSE * (1_i32 << doublings)).min(LONGEST_PAUSE)
}

/// Writes down that nobody knows what became of invitations whose worker has died. Answers how many.
///
/// # Errors
/// Postgres is busy or away.
pub async fn give_up_lost(app: &App) -> Result<u64, AppError> {
    let longest = TimeDelta::from_std(Mailer::LONGEST).unwrap_or(TimeDelta::MAX);
    let now = clock::now();
    Ok(global::give_up_invitations(app.db.pool(), now - longest - TimeDelta::minutes(1), LOST, now).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let now = clock::now();
        let minutes: Vec<i64> = (1..=MOST_ATTEMPTS).map(|attempts| (next(attempts, now) - now).num_minutes()).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
        assert_eq!((next(i32::MAX, now) - now).num_minutes(), 60);
    }
}
