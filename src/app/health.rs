//! Whether this process can do its work.

use chrono::{DateTime, Utc};

use super::{App, error::AppError};
use crate::{
    clock,
    store::{global, migrate},
};

/// What `/readyz` tells.
#[derive(Debug, Clone)]
pub struct Readiness {
    /// Postgres answers.
    pub postgres: bool,
    /// Redis answers.
    pub redis: bool,
    /// Every migration of this build has been applied.
    pub migrations: bool,
    /// Seconds since the workspace that was checked longest ago was checked by a sweep; none without workspaces.
    pub last_sweep_age_seconds: Option<i64>,
    /// How many members and groups the last check of each workspace found not to be as the directory says, and repaired; none when
    /// Postgres does not answer.
    pub last_sweep_drift: Option<i64>,
    /// Seconds since the last check without any drift, of the workspace for which that lies back longest; none without workspaces.
    pub zero_drift_age_seconds: Option<i64>,
    /// Seconds since the workspace that was proven longest ago was proven; none without workspaces.
    pub last_proof_age_seconds: Option<i64>,
}

impl Readiness {
    /// Whether requests can be served. Sweep and proof are the worker's: their ages are told, and alarms on
    /// them are the operator's.
    pub const fn is_ready(&self) -> bool {
        self.postgres && self.redis && self.migrations
    }
}

/// Asks everything that we need.
pub async fn readiness(app: &App) -> Readiness {
    let pool = app.db.pool();
    let (migrations, redis) = futures::join!(migrate::is_current(pool), app.sessions.ping());
    let postgres = migrations.is_ok();
    let migrations = migrations.unwrap_or(false);
    let swept = if migrations { global::convergence(pool).await.ok() } else { None };
    let proven = if migrations { global::oldest_proof(pool).await.ok().flatten() } else { None };
    Readiness {
        postgres,
        redis: redis.is_ok(),
        migrations,
        last_sweep_age_seconds: swept.as_ref().and_then(|swept| age(swept.checked_at)),
        last_sweep_drift: swept.as_ref().map(|swept| swept.drift),
        zero_drift_age_seconds: swept.and_then(|swept| age(swept.clean_at)),
        last_proof_age_seconds: age(proven),
    }
}

/// Writes the figures that only Postgres knows into the metrics.
///
/// # Errors
/// Postgres is busy or away.
pub async fn measure(app: &App) -> Result<(), AppError> {
    let (open, oldest) = global::open_receipts(app.db.pool()).await?;
    metrics::gauge!("rollcall_receipts_open").set(open as f64);
    metrics::gauge!("rollcall_receipts_oldest_open_age_seconds").set(age(oldest).unwrap_or(0) as f64);
    let webhooks = global::events::webhook_figures(app.db.pool()).await?;
    metrics::gauge!("rollcall_webhooks_parked").set(webhooks.parked as f64);
    metrics::gauge!("rollcall_webhooks_failing").set(webhooks.failing as f64);
    let waiting = age(webhooks.oldest_undelivered);
    metrics::gauge!("rollcall_webhooks_oldest_undelivered_age_seconds").set(waiting.unwrap_or(0) as f64);
    let proven = global::oldest_proof(app.db.pool()).await?;
    metrics::gauge!("rollcall_proof_oldest_age_seconds").set(age(proven).unwrap_or(0) as f64);
    let swept = global::convergence(app.db.pool()).await?;
    metrics::gauge!("rollcall_sweep_oldest_age_seconds").set(age(swept.checked_at).unwrap_or(0) as f64);
    metrics::gauge!("rollcall_sweep_drift").set(swept.drift as f64);
    metrics::gauge!("rollcall_zero_drift_oldest_age_seconds").set(age(swept.clean_at).unwrap_or(0) as f64);
    Ok(())
}

/// Seconds since then.
fn age(at: Option<DateTime<Utc>>) -> Option<i64> {
    at.map(|at| (clock::now() - at).num_seconds())
}
