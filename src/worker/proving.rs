//! The proofs, by the clock: a loop of their own, so that a large workspace keeps no other work waiting.

use sqlx::PgPool;
use tokio::time::{Instant, MissedTickBehavior};

use super::schedule::{FIRST_SWEEP, Office};
use crate::app::{App, proof};

/// Proves every workspace as often as it is swept, in one process of the installation at a time. A round that takes longer than that is
/// followed by the next one.
pub(super) async fn prover(app: App, pool: PgPool) {
    let every = app.config.sweep_every;
    let mut rounds = tokio::time::interval_at(Instant::now() + every.min(FIRST_SWEEP), every);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut office = Office::of("rollcall proving");
    loop {
        rounds.tick().await;
        if !office.held(&pool).await {
            continue;
        }
        match proof::round(&app).await {
            Ok(violations) => tracing::info!(violations, "everybody who is out was looked at"),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the proof could not be finished; it goes on at the next turn"
            ),
        }
    }
}
