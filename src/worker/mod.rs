//! The worker process: runs the jobs of [`crate::jobs`], and keeps them coming.
//!
//! `crew` sets apalis up, one worker per queue; `prompt` says when they look for work. `guard` stands around each run, `outcome` says what becomes of one that
//! fails, `heartbeat` finds the jobs of workers that are gone, `schedule` is what happens by the clock, `couriers` send webhooks, which are
//! no jobs. Effects happen at least once: handlers look at state and may be run again at any point.

use std::{future::Future, str::FromStr, sync::Arc, time::Duration};

use anyhow::Context as _;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{sync::Notify, task::JoinSet};

use crate::{
    app::{App, webhooks::Courier},
    jobs::{Deprovision, Reconcile, wake},
};

mod couriers;
mod crew;
mod guard;
mod handlers;
mod heartbeat;
mod identity_providers;
mod inviting;
mod outcome;
mod prompt;
mod proving;
mod schedule;

pub use crew::Crew;
pub use outcome::Failure;

/// Connections for the queue; four of them listen.
const QUEUE_CONNECTIONS: u32 = 9;
/// How long the couriers may take to let go of what they hold.
const FAREWELL: Duration = Duration::from_secs(1);

/// Runs until `shutdown` is ready and the jobs in flight have ended, for at most `config.shutdown` after it. Postgres and Redis
/// may be away, at the start as well.
///
/// # Errors
/// The address of Postgres cannot be read, or the workers have ended without having been asked to: exit with a failure, so
/// that the process is started again.
pub async fn run(app: App, shutdown: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
    let pool = queue_pool(&app.config.database_url).context("DATABASE_URL cannot be used")?;
    let nudge = Arc::new(Notify::new());
    let courier = Courier::new(app.clone())?;
    let numbered = Arc::new(Notify::new());
    let crew = Crew::new(pool.clone()).serve(8, 4, on_deprovision(&app)).serve(2, 2, on_reconcile(&app, &nudge));

    let mut loops = JoinSet::new();
    loops.spawn(schedule::listener(pool.clone(), wake::DIRTY_CHANNEL, nudge.clone()));
    loops.spawn(schedule::listener(pool.clone(), wake::EVENTS_CHANNEL, numbered.clone()));
    loops.spawn(schedule::dispatcher(pool.clone(), nudge));
    loops.spawn(schedule::housekeeping(app.clone(), pool.clone()));
    loops.spawn(identity_providers::caretaker(app.clone()));
    loops.spawn(inviting::inviter(app.clone()));
    loops.spawn(proving::prover(app.clone(), pool.clone()));
    loops.spawn(schedule::gauges(pool));
    loops.spawn(couriers::run(courier.clone(), numbered));

    let result = tokio::select! {
        result = crew.run(shutdown, app.config.shutdown) => result,
        Some(ended) = loops.join_next() => Err(anyhow::anyhow!("a loop of the worker has ended: {ended:?}")),
    };
    loops.shutdown().await;
    if !matches!(tokio::time::timeout(FAREWELL, courier.retire()).await, Ok(Ok(()))) {
        tracing::warn!(
            "Postgres was not there for the farewell: webhooks that were being sent are sent again some seconds later"
        );
    }
    result
}

fn on_deprovision(app: &App) -> impl Fn(Deprovision) -> BoxFuture + Clone + use<> {
    let app = app.clone();
    move |job| Box::pin(handlers::deprovision(app.clone(), job))
}

fn on_reconcile(app: &App, nudge: &Arc<Notify>) -> impl Fn(Reconcile) -> BoxFuture + Clone + use<> {
    let (app, nudge) = (app.clone(), nudge.clone());
    move |job| {
        let (app, nudge) = (app.clone(), nudge.clone());
        Box::pin(async move {
            let result = handlers::reconcile(app, job).await;
            // The job did a bounded part of the work; the dispatcher is to look for more.
            nudge.notify_one();
            result
        })
    }
}

type BoxFuture = std::pin::Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;

fn queue_pool(url: &SecretString) -> sqlx::Result<PgPool> {
    let options = PgConnectOptions::from_str(url.expose_secret())?
        .application_name("rollcall-queue")
        .options([("statement_timeout", "30s"), ("idle_in_transaction_session_timeout", "60s")]);
    Ok(PgPoolOptions::new().max_connections(QUEUE_CONNECTIONS).acquire_timeout(Duration::from_secs(4)).connect_lazy_with(options))
}
