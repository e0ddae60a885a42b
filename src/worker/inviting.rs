//! Invitations by e-mail, in every worker: each conversation takes the next one that is due, one workspace after the other.

use std::time::Duration;

use tokio::{task::JoinSet, time::Instant};

use crate::{
    app::{App, invitations},
    ids::WorkspaceId,
};

/// Conversations with the mail server at a time.
const CONVERSATIONS: usize = 4;
/// Between two looks when nothing is due.
const POLL: Duration = Duration::from_millis(500);
/// Between two looks for what was begun and never ended.
const LOST_EVERY: Duration = Duration::from_secs(15);
/// Pause after a failure of Postgres.
const OUTAGE_PAUSE: Duration = Duration::from_secs(1);

/// Sends invitations for ever; waits for ever when that is not set up.
pub(super) async fn inviter(app: App) {
    if app.mailer.is_none() {
        return std::future::pending().await;
    }
    let mut loops = JoinSet::new();
    for _ in 0..CONVERSATIONS {
        loops.spawn(converse(app.clone()));
    }
    loops.spawn(look_for_lost(app));
    loops.join_next().await;
}

async fn converse(app: App) {
    let Some(mailer) = app.mailer.clone() else { return };
    let mut last: Option<WorkspaceId> = None;
    loop {
        match invitations::deliver_next(&app, &mailer, last).await {
            Ok(Some(workspace)) => last = Some(workspace),
            Ok(None) => tokio::time::sleep(POLL).await,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "an invitation could not be dealt with");
                tokio::time::sleep(OUTAGE_PAUSE).await;
            }
        }
    }
}

async fn look_for_lost(app: App) {
    let mut looks = tokio::time::interval_at(Instant::now(), LOST_EVERY);
    loop {
        looks.tick().await;
        match invitations::give_up_lost(&app).await {
            Ok(0) => {}
            Ok(lost) => {
                tracing::warn!(lost, "a worker ended in the middle of sending invitations; whether they arrived is not known")
            }
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "lost invitations could not be looked for"),
        }
    }
}
