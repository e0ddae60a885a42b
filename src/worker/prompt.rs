//! When a worker looks for work: by the clock, when a NOTIFY says so, and once more after each job.
//!
//! The library's own strategies ask their timer or listener once per look. When it is ready, and the look then ends at once
//! without work (Postgres answered before the task had to wait), nothing will wake the worker again: seen as a worker that
//! slept until its next heartbeat. Here each source is asked until it has promised to wake us.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use apalis::prelude::{PollSnapshot, PollStrategy};
use apalis_postgres::Pubsub;
use futures::StreamExt as _;
use sqlx::PgPool;
use tokio::{
    sync::mpsc,
    time::{Interval, MissedTickBehavior},
};

/// A worker looks for work this often even when nobody wakes it: retries become due without a NOTIFY.
const POLL: Duration = Duration::from_millis(250);
/// A job's end is written down when the worker looks next, and one that ends during a look would wait for the clock. Its end
/// is on its way to the worker for less than this.
const AFTER_JOB: Duration = Duration::from_millis(3);

/// The strategy.
pub(super) struct Prompt {
    clock: Interval,
    notified: Pubsub,
    ended: mpsc::Receiver<()>,
    pool: PgPool,
    queue: &'static str,
}

/// Tells a worker's [`Prompt`] that a job has ended.
#[derive(Clone)]
pub(super) struct Ended(mpsc::Sender<()>);

impl Prompt {
    /// Listens with a connection of the pool, on which it is the only one of its queue.
    pub fn new(pool: &PgPool, queue: &'static str) -> (Self, Ended) {
        let mut clock = tokio::time::interval(POLL);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (sender, ended) = mpsc::channel(1);
        let notified = Pubsub::new(pool.clone(), queue.to_owned());
        (Self { clock, notified, ended, pool: pool.clone(), queue }, Ended(sender))
    }

    /// True when there was a notification. Never ends without having been told to wait.
    fn poll_notified(&mut self, cx: &mut Context<'_>, reconnect: bool) -> bool {
        let mut ready = false;
        let mut reconnect = reconnect;
        loop {
            match self.notified.poll_next_unpin(cx) {
                Poll::Ready(Some(_)) => ready = true,
                // It could not connect, and would never try again. We do, by the clock.
                Poll::Ready(None) if reconnect => {
                    self.notified = Pubsub::new(self.pool.clone(), self.queue.to_owned());
                    reconnect = false;
                }
                Poll::Ready(None) | Poll::Pending => return ready,
            }
        }
    }
}

impl PollStrategy for Prompt {
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        let mut tick = false;
        while self.clock.poll_tick(cx).is_ready() {
            tick = true;
        }
        let mut ready = tick;
        while let Poll::Ready(Some(())) = self.ended.poll_recv(cx) {
            ready = true;
        }
        ready |= self.poll_notified(cx, tick);
        if ready { Poll::Ready(Some(())) } else { Poll::Pending }
    }
}

impl Ended {
    /// A job has ended: look again soon.
    pub fn tell(&self) {
        let sender = self.0.clone();
        tokio::spawn(async move {
            tokio::time::sleep(AFTER_JOB).await;
            // Full is told already, closed is a worker that has ended.
            let _ = sender.try_send(());
        });
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::{Wake, Waker},
    };

    use super::*;

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// The look that follows a ready source may end without asking again; the next wake must be on its way already.
    #[tokio::test]
    async fn a_source_that_was_ready_has_promised_to_wake_again() {
        let pool = PgPool::connect_lazy("postgres://127.0.0.1:1/none").expect("an address");
        let (mut prompt, ended) = Prompt::new(&pool, "probe");
        let wakes = Arc::new(Wakes::default());
        let waker = Waker::from(wakes.clone());
        let mut look = || prompt.poll_drive(&mut Context::from_waker(&waker), &PollSnapshot::new());
        let woken = async |limit| {
            let before = wakes.0.load(Ordering::SeqCst);
            tokio::time::sleep(limit).await;
            wakes.0.load(Ordering::SeqCst) > before
        };
        assert!(look().is_pending());
        assert!(woken(POLL / 2).await, "the first tick");
        assert!(look().is_ready());
        assert!(woken(POLL + POLL / 2).await, "the second tick");
        assert!(look().is_ready());
        ended.tell();
        assert!(woken(POLL / 2).await, "a job has ended");
        assert!(look().is_ready());
        assert!(woken(POLL + POLL / 2).await, "the third tick");
    }
}
