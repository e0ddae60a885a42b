//! Waking the worker after a commit.
//!
//! A NOTIFY inside a business transaction makes commits wait for each other (Postgres takes one lock for all of them), so it
//! is sent afterwards, by a task of its own, and a burst is one NOTIFY. Lost wakes cost one poll, never a job.

use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::watch;
use ulid::Ulid;

use super::{Deprovision, Job};

/// The channel on which the dispatcher listens; the payload is empty.
pub const DIRTY_CHANNEL: &str = "rollcall_dirty";
/// The channel on which the couriers of webhooks listen; the payload is empty.
pub const EVENTS_CHANNEL: &str = "rollcall_events";
/// The channel on which apalis listens; the payload names the queue.
const QUEUE_CHANNEL: &str = "apalis::job::insert";
/// Between two notifications of one channel.
const PAUSE: Duration = Duration::from_millis(5);

/// Wakes the worker: at most one NOTIFY per channel and 5 ms. Calls neither wait nor fail. The tasks behind it end with the
/// last clone.
#[derive(Clone)]
pub struct Waker {
    reconcile: watch::Sender<()>,
    deprovision: watch::Sender<()>,
    couriers: watch::Sender<()>,
}

impl Waker {
    /// Starts the tasks that send. Must be called inside a Tokio runtime; Postgres may be away.
    pub fn new(pool: PgPool) -> Self {
        let (reconcile, marked) = watch::channel(());
        let (deprovision, queued) = watch::channel(());
        let (couriers, numbered) = watch::channel(());
        tokio::spawn(send(pool.clone(), Channel::Dirty, marked));
        tokio::spawn(send(pool.clone(), Channel::Deprovision, queued));
        tokio::spawn(send(pool, Channel::Events, numbered));
        Self { reconcile, deprovision, couriers }
    }

    /// After the commit of a transaction that has marked something dirty or appended an event.
    pub fn reconcile(&self) {
        self.reconcile.send_replace(());
    }

    /// After the commit of a transaction with [`super::enqueue::deprovision`] in it.
    pub fn deprovision(&self) {
        self.deprovision.send_replace(());
    }

    /// After the commit of a transaction that has numbered events, or that lets a webhook endpoint have some that it had to wait for.
    pub fn couriers(&self) {
        self.couriers.send_replace(());
    }
}

#[derive(Clone, Copy)]
enum Channel {
    Dirty,
    Deprovision,
    Events,
}

async fn send(pool: PgPool, channel: Channel, mut wakes: watch::Receiver<()>) {
    while wakes.changed().await.is_ok() {
        let mut sent = notify(&pool, channel).await;
        if sent.is_err() {
            // A connection of the pool may have died with the last restart of Postgres.
            sent = notify(&pool, channel).await;
        }
        if let Err(error) = sent {
            tracing::warn!(%error, "the worker could not be woken; it finds the work with its next poll");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn notify(pool: &PgPool, channel: Channel) -> sqlx::Result<()> {
    match channel {
        Channel::Dirty => notify_listeners(pool, DIRTY_CHANNEL).await,
        Channel::Events => notify_listeners(pool, EVENTS_CHANNEL).await,
        Channel::Deprovision => notify_queue(pool, Deprovision::QUEUE).await,
    }
}

async fn notify_listeners(pool: &PgPool, channel: &str) -> sqlx::Result<()> {
    sqlx::query("select pg_notify($1, '')").bind(channel).execute(pool).await.map(drop)
}

/// Wakes the workers of a queue, in all processes.
///
/// # Errors
/// Postgres's; the workers then wake with their next poll.
pub(crate) async fn notify_queue(pool: &PgPool, queue: &str) -> sqlx::Result<()> {
    // The id is not looked at, but a payload without a well-formed one is thrown away.
    let payload = serde_json::json!({ "job_type": queue, "id": Ulid::generate().to_string() }).to_string();
    sqlx::query("select pg_notify($1, $2)").bind(QUEUE_CHANNEL).bind(payload).execute(pool).await.map(drop)
}
