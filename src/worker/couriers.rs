//! Keeps the couriers of webhooks going: looks for endpoints that are behind, and gives each a turn of its own.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    task::{JoinError, JoinSet},
    time::Instant,
};

use crate::app::webhooks::Courier;

/// Endpoints that are served at the same time. A receiver that does not answer holds its place for the time limit of an attempt; a place
/// costs a task.
const TURNS: usize = 256;
/// Places that are filled by one look.
const BATCH: usize = 32;
/// Looks this often when nobody says that there is something: pauses after failures end without a word.
const POLL: Duration = Duration::from_millis(500);
/// Shortest and longest pause between two looks.
const PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Pause after a failure of Postgres.
const OUTAGE_PAUSE: Duration = Duration::from_secs(1);

/// Runs for ever and outlives Postgres. `nudge` is told when events were numbered.
pub(super) async fn run(courier: Courier, nudge: Arc<Notify>) {
    let mut turns = JoinSet::new();
    loop {
        let started = Instant::now();
        let places = BATCH.min(TURNS - turns.len());
        let claims = if places == 0 { Ok(Vec::new()) } else { courier.claim(places).await };
        let is_more = match claims {
            Ok(claims) => {
                let is_more = places > 0 && claims.len() == places;
                for claim in claims {
                    let courier = courier.clone();
                    turns.spawn(async move { courier.turn(claim).await });
                }
                // A look that was dear is followed by a longer pause: looking is to take a quarter of the time at most.
                tokio::time::sleep((started.elapsed() * 3).clamp(PAUSE, LONGEST_PAUSE)).await;
                is_more
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "nobody knows which webhooks are behind; looking again");
                tokio::time::sleep(OUTAGE_PAUSE).await;
                false
            }
        };
        while let Some(ended) = turns.try_join_next() {
            report(ended);
        }
        if is_more {
            continue;
        }
        tokio::select! {
            () = nudge.notified() => {}
            () = tokio::time::sleep(POLL) => {}
            // There may be more for an endpoint whose turn was over.
            Some(ended) = turns.join_next() => report(ended),
        }
    }
}

/// A turn that has panicked lets nothing go: the lease ends by itself.
fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "the turn of a webhook was broken off");
    }
}
