//! Identity providers, looked after by the clock, in every worker: their metadata is fetched again, and it is told when a certificate runs
//! out soon. A loop of its own, because they take their time to answer.

use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::app::{App, saml};

/// What is due once a day is looked for this often.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Handfuls of connections after which it is looked for certificates, although there are more.
const HANDFULS: usize = 100;

/// Looks after them for ever.
pub(super) async fn caretaker(app: App) {
    let mut looks = tokio::time::interval(LOOK_EVERY.min(app.config.metadata_refresh_every));
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        for _ in 0..HANDFULS {
            match saml::refresh_due(&app).await {
                Ok(0) => break,
                Ok(connections) => tracing::debug!(connections, "metadata looked at again"),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "metadata that is due could not be found");
                    break;
                }
            }
        }
        match saml::tell_expiring(&app).await {
            Ok(0) => {}
            Ok(certificates) => tracing::info!(certificates, "told of certificates that run out soon"),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "certificates that run out could not be told of")
            }
        }
    }
}
