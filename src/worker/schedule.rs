//! What the worker does without being asked: dispatching, sweeping, pruning and measuring the queue. Each loop runs for ever
//! and outlives Postgres.

use std::{sync::Arc, time::Duration};

use sqlx::{Connection as _, PgConnection, PgPool, postgres::PgListener};
use tokio::{
    sync::Notify,
    time::{Instant, MissedTickBehavior},
};

use crate::{
    app::App,
    clock,
    jobs::{
        Deprovision, Job as _, Reconcile,
        admin::{self, JobState},
        dispatch,
    },
};

/// The dispatcher looks this often when nothing tells it to.
const POLL: Duration = Duration::from_millis(250);
/// The dispatcher looks this often for a while after it has been told to: a job that has just ended is armed again without
/// having to wait for the poll, and it is not yet written down as done when its handler returns.
const BUSY_POLL: Duration = Duration::from_millis(20);
const BUSY_FOR: Duration = Duration::from_millis(300);
/// Shortest and longest pause between two looks.
const PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Pause after a failure of Postgres.
const OUTAGE_PAUSE: Duration = Duration::from_secs(1);
/// The first sweep after a start is not later than this.
pub(super) const FIRST_SWEEP: Duration = Duration::from_secs(10);

/// Keeps one live job per dirty workspace. `nudge` is told by the listener and whenever a reconcile job has ended.
pub(super) async fn dispatcher(pool: PgPool, nudge: Arc<Notify>) {
    let mut busy_until = Instant::now();
    loop {
        let started = Instant::now();
        match dispatch::dispatch(&pool).await {
            Ok(armed) => {
                if armed > 0 {
                    busy_until = Instant::now() + BUSY_FOR;
                }
                // A look that was dear is followed by a longer pause: dispatching is to take a quarter of the time at most.
                tokio::time::sleep((started.elapsed() * 3).clamp(PAUSE, LONGEST_PAUSE)).await;
            }
            Err(error) => {
                tracing::warn!(%error, "dispatching failed; trying again");
                tokio::time::sleep(OUTAGE_PAUSE).await;
            }
        }
        let poll = if Instant::now() < busy_until { BUSY_POLL } else { POLL };
        tokio::select! {
            () = nudge.notified() => busy_until = Instant::now() + BUSY_FOR,
            () = tokio::time::sleep(poll) => {}
        }
    }
}

/// Listens for the commits that a channel tells of, and tells the loop that looks after them.
pub(super) async fn listener(pool: PgPool, channel: &'static str, nudge: Arc<Notify>) {
    loop {
        if let Err(error) = listen(&pool, channel, &nudge).await {
            tracing::warn!(%error, "listening failed; polling until it works again");
        }
        tokio::time::sleep(OUTAGE_PAUSE).await;
    }
}

async fn listen(pool: &PgPool, channel: &str, nudge: &Notify) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(channel).await?;
    loop {
        // None is a lost connection that is back: something may have been missed meanwhile.
        listener.try_recv().await?;
        nudge.notify_one();
    }
}

/// Starts sweeps, decides about what has been held long enough, prunes the queue and keeps events and provisioning logs within their
/// bounds, in one process of the installation at a time.
pub(super) async fn housekeeping(app: App, pool: PgPool) {
    /// Done jobs are kept this long, for operators to look at.
    const KEEP_DONE: Duration = Duration::from_secs(24 * 3600);
    const PRUNE_EVERY: Duration = Duration::from_secs(3600);
    /// Held changes are decided about by themselves after hours: seconds are soon enough.
    const EXPIRE_EVERY: Duration = Duration::from_secs(5);
    /// Walks through lists live for minutes.
    const FORGET_EVERY: Duration = Duration::from_secs(300);
    /// Domains are looked at a day after their last look: minutes later is soon enough.
    const DOMAINS_EVERY: Duration = Duration::from_secs(60);
    let first = app.config.sweep_every.min(FIRST_SWEEP);
    let mut sweeps = tokio::time::interval_at(Instant::now() + first, app.config.sweep_every);
    let mut prunes = tokio::time::interval_at(Instant::now() + Duration::from_secs(60), PRUNE_EVERY);
    let mut walks = tokio::time::interval_at(Instant::now() + FORGET_EVERY, FORGET_EVERY);
    walks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut brakes = tokio::time::interval(EXPIRE_EVERY);
    brakes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let logs_every = app.config.provisioning_log.prune_every;
    let mut logs = tokio::time::interval_at(Instant::now() + logs_every, logs_every);
    logs.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let events_every = app.config.events.prune_every;
    let mut events = tokio::time::interval_at(Instant::now() + events_every, events_every);
    events.set_missed_tick_behavior(MissedTickBehavior::Delay);
    sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    prunes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut domains = tokio::time::interval(DOMAINS_EVERY.min(app.config.domain_check_every));
    domains.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut office = Office::of("rollcall housekeeping");
    loop {
        tokio::select! {
            _ = sweeps.tick() => if office.held(&pool).await {
                match crate::app::sweep::start(&app).await {
                    Ok(workspaces) => tracing::info!(workspaces, "sweep started"),
                    Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the sweep could not start"),
                }
            },
            _ = walks.tick() => if office.held(&pool).await {
                match crate::app::listing::forget_walks(&app, clock::now()).await {
                    Ok(walks) => tracing::debug!(walks, "walks forgotten"),
                    Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "walks could not be forgotten"),
                }
            },
            _ = domains.tick() => if office.held(&pool).await
                && let Err(error) = crate::app::domains::look_again(&app).await
            {
                tracing::warn!(error = &error as &dyn std::error::Error, "verified domains could not be looked at");
            },
            _ = brakes.tick() => if office.held(&pool).await
                && let Err(error) = crate::app::guard::held::expire(&app).await
            {
                tracing::warn!(error = &error as &dyn std::error::Error, "held changes could not be looked at");
            },
            _ = prunes.tick() => if office.held(&pool).await {
                match prune(&pool, KEEP_DONE).await {
                    Ok(jobs) => tracing::info!(jobs, "queue pruned"),
                    Err(error) => tracing::warn!(%error, "the queue could not be pruned"),
                }
            },
            _ = logs.tick() => if office.held(&pool).await {
                match crate::app::provisioning_log::prune(&app).await {
                    Ok(0) => {}
                    Ok(entries) => tracing::info!(entries, "provisioning logs shortened"),
                    Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the provisioning logs could not be shortened"),
                }
            },
            _ = events.tick() => if office.held(&pool).await {
                match crate::app::events::prune(&app).await {
                    Ok(0) => {}
                    Ok(events) => tracing::info!(events, "old events removed"),
                    Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "old events could not be removed"),
                }
                match crate::app::sign_in::prune(&app).await {
                    Ok(0) => {}
                    Ok(attempts) => tracing::info!(attempts, "old attempts to sign in removed"),
                    Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "old attempts to sign in could not be removed"),
                }
                match crate::app::webhooks::reseal(&app).await {
                    Ok(0) => {}
                    Ok(webhooks) => tracing::info!(webhooks, "secrets sealed anew under the first key of ROLLCALL_SECRET_KEY"),
                    Err(error) => tracing::warn!(error = ?error, "secrets could not be sealed anew"),
                }
                match crate::app::saml::reseal(&app).await {
                    Ok(0) => {}
                    Ok(connections) => tracing::info!(connections, "keys sealed anew under the first key of ROLLCALL_SECRET_KEY"),
                    Err(error) => tracing::warn!(error = ?error, "keys could not be sealed anew"),
                }
            },
        }
    }
}

async fn prune(pool: &PgPool, keep: Duration) -> sqlx::Result<u64> {
    let jobs = admin::prune(pool, keep).await?;
    // Every start and restart leaves a worker's name. Those of the living must stay, and those that a job still names.
    sqlx::query(
        "delete from apalis.workers as worker
         where worker.last_seen < now() - make_interval(secs => $1)
           and not exists (select from apalis.jobs as job where job.lock_by = worker.id)",
    )
    .bind(keep.as_secs_f64())
    .execute(pool)
    .await?;
    Ok(jobs)
}

/// An office that one process of the installation holds: an advisory lock, held by a connection of its own and lost with it.
pub(super) struct Office {
    name: &'static str,
    held: Option<PgConnection>,
}

impl Office {
    /// The office of this name, not yet held.
    pub fn of(name: &'static str) -> Self {
        Self { name, held: None }
    }

    /// Whether this process holds it, now that it has tried to.
    pub async fn held(&mut self, pool: &PgPool) -> bool {
        if let Some(connection) = &mut self.held
            && connection.ping().await.is_ok()
        {
            return true;
        }
        self.held = self.take(pool).await.unwrap_or_else(|error| {
            tracing::warn!(%error, office = self.name, "nobody knows who holds an office; asking again at the next turn");
            None
        });
        self.held.is_some()
    }

    async fn take(&self, pool: &PgPool) -> sqlx::Result<Option<PgConnection>> {
        let mut connection = pool.acquire().await?.detach();
        let taken: bool = sqlx::query_scalar("select pg_try_advisory_lock(hashtextextended($1, 0))")
            .bind(self.name)
            .fetch_one(&mut connection)
            .await?;
        Ok(taken.then_some(connection))
    }
}

/// Publishes the depth of the queues and the age of the oldest job that waits.
pub(super) async fn gauges(pool: PgPool) {
    let mut ticks = tokio::time::interval(Duration::from_secs(5));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match admin::counts(&pool).await {
            Ok(counts) => publish(&counts),
            Err(error) => tracing::warn!(%error, "the queue could not be measured"),
        }
    }
}

fn publish(counts: &[admin::Count]) {
    for queue in [Deprovision::QUEUE, Reconcile::QUEUE] {
        // States without jobs are zero, not absent. Done jobs are no depth.
        for state in [JobState::Waiting, JobState::Running, JobState::Retrying, JobState::Dead] {
            let count = counts.iter().find(|count| count.queue == queue && count.state == state);
            #[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 jobs")]
            let jobs = count.map_or(0.0, |count| count.jobs as f64);
            metrics::gauge!("rollcall_queue_jobs", "queue" => queue, "state" => state.as_str()).set(jobs);
            if state == JobState::Waiting {
                let oldest = count.map_or(0.0, |count| count.oldest_seconds);
                metrics::gauge!("rollcall_queue_oldest_waiting_seconds", "queue" => queue).set(oldest);
            }
        }
    }
}
