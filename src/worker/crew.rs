//! The crew: one apalis worker per queue under one monitor, the only place that knows how apalis is set up. Tests run it with
//! handlers of their own.

use std::{
    convert::Infallible,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use apalis::prelude::{BackendExt as _, Codec, Monitor, WorkerBuilder, WorkerBuilderExt as _};
use apalis_postgres::{Config, PostgresStorage};
use sqlx::PgPool;

use super::{
    guard::{self, Ticket},
    heartbeat::{self, Names},
    outcome::Failure,
    prompt::Prompt,
};
use crate::jobs::Job;

/// Pause before a worker that has died is started again.
const RESTART_PAUSE: Duration = Duration::from_millis(500);
/// How long the last heartbeat of a stopping process may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// The workers of a process, before they run.
pub struct Crew {
    pool: PgPool,
    monitor: Monitor,
    names: Names,
}

impl Crew {
    /// A crew without workers. The pool is the queue's own: handlers that hold all business connections must not keep jobs from
    /// being fetched, settled and kept alive.
    pub fn new(pool: PgPool) -> Self {
        Self { pool, monitor: Monitor::new(), names: Names::default() }
    }

    /// Adds the worker of a queue, which runs at most `concurrency` jobs at a time and takes `batch` at a time from the queue.
    #[must_use]
    pub fn serve<J: Job, F>(
        mut self,
        concurrency: usize,
        batch: usize,
        handler: impl Fn(J) -> F + Clone + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let (pool, names) = (self.pool.clone(), self.names.clone());
        self.monitor = self.monitor.register(move |restart| {
            let (pool, handler) = (pool.clone(), handler.clone());
            let (prompt, ended) = Prompt::new(&pool, J::QUEUE);
            let backend = PostgresStorage::<Vec<u8>>::new(&pool)
                .with_config(config::<J>(batch))
                .poll_with_strategy(prompt)
                .with_codec(Raw)
                .before_start(move |_| async move {
                    if restart > 0 {
                        tokio::time::sleep(RESTART_PAUSE).await;
                    }
                    Ok(())
                });
            WorkerBuilder::new(names.renew(J::QUEUE)).backend(backend).concurrency(concurrency).build(
                move |payload: Vec<u8>, ticket: Ticket| {
                    let (pool, handler, ended) = (pool.clone(), handler.clone(), ended.clone());
                    async move {
                        let result = guard::run(&pool, ticket, &payload, handler).await;
                        ended.tell();
                        result
                    }
                },
            )
        });
        self
    }

    /// Runs until `shutdown` is ready and the jobs in flight have ended, for at most `grace` after it. Jobs that have not ended
    /// then are given back. Workers that lose Postgres start again for as long as it takes.
    ///
    /// # Errors
    /// The workers have ended and nobody had asked them to: the process must exit with a failure, so that it is started again.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static, grace: Duration) -> anyhow::Result<()> {
        let asked = Arc::new(AtomicBool::new(false));
        let signal = {
            let asked = asked.clone();
            async move {
                shutdown.await;
                asked.store(true, Ordering::SeqCst);
                tracing::info!("stopping: no more jobs are taken, those in flight may end");
                Ok(())
            }
        };
        let monitor = self
            .monitor
            // The clock of a sleep starts when it is made, so it is made when it is waited for.
            .with_terminator(async move { tokio::time::sleep(grace).await })
            .should_restart(|worker, error| {
                tracing::warn!(worker = worker.name(), %error, "a worker has died and is started again");
                metrics::counter!("rollcall_worker_restarts_total").increment(1);
                true
            });
        let result = tokio::select! {
            result = monitor.run_with_signal(signal) => result,
            () = heartbeat::run(self.pool.clone(), self.names.clone()) => Ok(()),
        };
        self.names.retire();
        let farewell = tokio::time::timeout(FAREWELL, heartbeat::beat(&self.pool, &self.names)).await;
        if !matches!(farewell, Ok(Ok(()))) {
            tracing::warn!("Postgres was not there for the farewell: what is left runs elsewhere some seconds later");
        }
        result?;
        // With a terminator the monitor answers `Ok` whatever has happened.
        anyhow::ensure!(asked.load(Ordering::SeqCst), "the workers have ended without having been asked to");
        Ok(())
    }
}

fn config<J: Job>(batch: usize) -> Config {
    Config::default()
        .queue(J::QUEUE)
        .batch_size(batch)
        // A write per job only to tell `Queued` from `Running`; it also takes rows that are another worker's.
        .lock_tasks(false)
        // The library's own recovery counts no attempts and sees dead workers where there are busy ones: ours does it.
        .heartbeat_interval(Duration::from_secs(60))
        .missed_heartbeats(1_000_000)
}

/// Hands the stored bytes to the guard. A payload that cannot be read would otherwise kill the worker that fetches it, again
/// and again; the guard buries it.
#[derive(Debug, Clone, Copy)]
struct Raw;

impl Codec<Vec<u8>> for Raw {
    type Error = Infallible;
    type Compact = Vec<u8>;

    fn encode(&self, payload: &Vec<u8>) -> Result<Vec<u8>, Infallible> {
        Ok(payload.clone())
    }

    fn decode(&self, payload: &Vec<u8>) -> Result<Vec<u8>, Infallible> {
        Ok(payload.clone())
    }
}
