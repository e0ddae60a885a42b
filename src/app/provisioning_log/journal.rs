//! The writer of the log: one task of the process takes the entries of all requests and writes what has come together in one
//! transaction, so that sixteen requests pay for one commit.
//!
//! Nothing here fails a request. While Postgres is away entries wait in memory, as many as there is room for, and what finds no room
//! is dropped and counted.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    time::{Instant, timeout, timeout_at},
};

use super::Exchange;
use crate::{
    app::trace::Trace,
    ids::{RequestId, WorkspaceId},
    store::{Db, StoreError, global, provisioning_log::Entry},
};

/// Entries of one transaction at most.
const BATCH: usize = 256;
/// Entries for which nobody waits are written this late at most.
const LINGER: Duration = Duration::from_millis(100);
/// An answer waits this long for its entry at most, and for room in memory.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two attempts while Postgres is away.
const OUTAGE_PAUSE: Duration = Duration::from_millis(500);
/// How much of entries may wait in memory, in kibibytes.
const ROOM: usize = 32 * 1024;
/// Workspaces beyond their quota that are remembered.
const MOST_FLOODS: usize = 10_000;
/// Processes that write into sizes of their own.
const SLOTS: u128 = 64;

/// The provisioning log of all workspaces, for writing; cheap to clone. Its task ends with the last clone.
#[derive(Clone)]
pub struct Journal {
    sender: mpsc::UnboundedSender<Item>,
    room: Arc<Semaphore>,
    away: Arc<AtomicBool>,
    floods: Arc<DefaultKeyedRateLimiter<WorkspaceId>>,
}

/// What the task is sent.
enum Item {
    Entry(Box<Waiting>),
    /// To be told when everything that was sent before is written.
    Flush(oneshot::Sender<()>),
}

/// An entry that is not written yet.
struct Waiting {
    entry: Entry,
    /// Given back when it is.
    _room: OwnedSemaphorePermit,
    /// Who waits for it.
    told: Option<oneshot::Sender<()>>,
}

impl Journal {
    /// Starts the task that writes. Must be called inside a Tokio runtime; Postgres may be away.
    pub fn new(db: Db) -> Self {
        let (sender, items) = mpsc::unbounded_channel();
        let away = Arc::new(AtomicBool::new(false));
        let writer = Writer { db, away: away.clone(), slot: own_slot(), batch: Vec::new(), flushes: Vec::new() };
        tokio::spawn(writer.run(items));
        let floods = Arc::new(RateLimiter::keyed(Quota::per_second(NonZeroU32::MIN)));
        Self { sender, room: Arc::new(Semaphore::new(ROOM)), away, floods }
    }

    /// Keeps a request and its answer. Comes back when the entry is safe, if the answer tells of a change or a refusal; at once,
    /// if it was a read.
    pub async fn keep(&self, exchange: Exchange, trace: &Trace) {
        let waits = exchange.is_worth_waiting_for();
        let mut entries = exchange.entries(trace);
        let Some(entry) = entries.pop().filter(|entry| !self.is_of_a_flood(entry)) else { return };
        // They are written before it: who has waited for it has waited for them.
        self.hand_over_all(entries);
        let deadline = Instant::now() + PATIENCE;
        let entry = match self.hand_over(entry, waits) {
            Ok(told) => return self.wait(told, deadline).await,
            Err(entry) => entry,
        };
        // No room: whoever comes with more waits until some of it is written.
        if self.away.load(Ordering::Relaxed) {
            return dropped();
        }
        match timeout_at(deadline, self.room.clone().acquire_many_owned(kibibytes(&entry))).await {
            Ok(Ok(room)) => self.wait(self.send(*entry, room, waits), deadline).await,
            Ok(Err(_)) | Err(_) => dropped(),
        }
    }

    /// Keeps a request whose client hung up, without waiting for anything.
    pub fn keep_later(&self, exchange: Exchange, trace: &Trace) {
        self.hand_over_all(exchange.entries(trace));
    }

    /// Without anybody who waits.
    fn hand_over_all(&self, entries: Vec<Entry>) {
        for entry in entries {
            if self.hand_over(entry, false).is_err() {
                dropped();
            }
        }
    }

    /// Waits until everything that was handed over is written, or for this long.
    pub async fn flush(&self, patience: Duration) {
        let (told, written) = oneshot::channel();
        if self.sender.send(Item::Flush(told)).is_ok() && timeout(patience, written).await.is_err() {
            tracing::error!("the provisioning log could not be written to its end");
        }
    }

    /// Whether it is one of the many requests beyond a workspace's quota. One in a second is kept, to show that there are such: all
    /// of them would push everything else out of the log, and cost what the quota is to save.
    fn is_of_a_flood(&self, entry: &Entry) -> bool {
        if entry.status != 429 {
            return false;
        }
        if self.floods.len() > MOST_FLOODS {
            self.floods.retain_recent();
        }
        self.floods.check_key(&entry.workspace).is_err()
    }

    /// Without a pause between the end of the use case and this, so that no entry is lost when the client hangs up.
    fn hand_over(&self, entry: Entry, waits: bool) -> Result<Option<oneshot::Receiver<()>>, Box<Entry>> {
        match self.room.clone().try_acquire_many_owned(kibibytes(&entry)) {
            Ok(room) => Ok(self.send(entry, room, waits)),
            Err(_) => Err(Box::new(entry)),
        }
    }

    fn send(&self, entry: Entry, room: OwnedSemaphorePermit, waits: bool) -> Option<oneshot::Receiver<()>> {
        let (told, written) = oneshot::channel();
        // While Postgres is away, nobody waits for it to come back.
        let waits = waits && !self.away.load(Ordering::Relaxed);
        if self.sender.send(Item::Entry(Box::new(Waiting { entry, _room: room, told: waits.then_some(told) }))).is_err() {
            dropped();
            return None;
        }
        waits.then_some(written)
    }

    async fn wait(&self, told: Option<oneshot::Receiver<()>>, deadline: Instant) {
        // Not told in time, or let go because Postgres is away.
        if let Some(told) = told
            && !matches!(timeout_at(deadline, told).await, Ok(Ok(())))
        {
            metrics::counter!("rollcall_provisioning_log_unconfirmed_total").increment(1);
        }
    }
}

fn dropped() {
    metrics::counter!("rollcall_provisioning_log_dropped_total").increment(1);
}

fn kibibytes(entry: &Entry) -> u32 {
    u32::try_from(entry.bytes().div_ceil(1024)).unwrap_or(u32::MAX)
}

/// The row among the sizes that is this process's own, unless another one has drawn the same: then they wait for each other.
fn own_slot() -> i16 {
    i16::try_from(RequestId::new().as_uuid().as_u128() % SLOTS).unwrap_or(0)
}

/// The task.
struct Writer {
    db: Db,
    away: Arc<AtomicBool>,
    slot: i16,
    /// What was taken in and is not written yet.
    batch: Vec<Waiting>,
    /// Who is to be told when it is.
    flushes: Vec<oneshot::Sender<()>>,
}

impl Writer {
    async fn run(mut self, mut items: mpsc::UnboundedReceiver<Item>) {
        while self.gather(&mut items).await {
            if !self.batch.is_empty() {
                self.write().await;
            }
            if self.batch.is_empty() {
                for told in self.flushes.drain(..) {
                    told.send(()).ok();
                }
            }
        }
    }

    /// Takes in what there is. Waits for more as long as nobody waits for what it has, but not longer than may be. False at the end.
    async fn gather(&mut self, items: &mut mpsc::UnboundedReceiver<Item>) -> bool {
        if self.batch.is_empty() {
            match items.recv().await {
                Some(item) => self.take(item),
                None => return false,
            }
        }
        let deadline = Instant::now() + LINGER;
        while self.batch.len() < BATCH {
            let item = if self.is_waited_for() {
                items.try_recv().ok()
            } else {
                timeout_at(deadline, items.recv()).await.ok().flatten()
            };
            match item {
                Some(item) => self.take(item),
                None => break,
            }
        }
        true
    }

    fn take(&mut self, item: Item) {
        match item {
            Item::Entry(waiting) => self.batch.push(*waiting),
            Item::Flush(told) => self.flushes.push(told),
        }
    }

    fn is_waited_for(&self) -> bool {
        !self.flushes.is_empty() || self.away.load(Ordering::Relaxed) || self.batch.iter().any(|waiting| waiting.told.is_some())
    }

    async fn write(&mut self) {
        let durable = self.is_waited_for();
        let entries: Vec<&Entry> = self.batch.iter().map(|waiting| &waiting.entry).collect();
        match global::append_to_provisioning_log(self.db.pool(), &entries, self.slot, durable).await {
            Ok(()) => self.written(),
            Err(error @ (StoreError::Busy(_) | StoreError::Unavailable(_))) => self.try_again(&error).await,
            Err(StoreError::Bug(_) | StoreError::Constraint(_) | StoreError::Taken(_) | StoreError::NoSeat(_)) => {
                self.write_each().await
            }
        }
    }

    fn written(&mut self) {
        self.away.store(false, Ordering::Relaxed);
        metrics::counter!("rollcall_provisioning_log_entries_total").increment(self.batch.len() as u64);
        for told in self.batch.drain(..).filter_map(|waiting| waiting.told) {
            told.send(()).ok();
        }
    }

    /// Keeps the batch for later and lets go of whoever waits for it: their own outcome is as it is.
    async fn try_again(&mut self, error: &StoreError) {
        if !self.away.swap(true, Ordering::Relaxed) {
            tracing::warn!(error = error as &dyn std::error::Error, "the provisioning log cannot be written; trying again");
        }
        for waiting in &mut self.batch {
            waiting.told = None;
        }
        tokio::time::sleep(OUTAGE_PAUSE).await;
    }

    /// One entry of the batch cannot be stored. It is given up, alone.
    async fn write_each(&mut self) {
        for waiting in std::mem::take(&mut self.batch) {
            match global::append_to_provisioning_log(self.db.pool(), &[&waiting.entry], self.slot, true).await {
                Ok(()) => {
                    metrics::counter!("rollcall_provisioning_log_entries_total").increment(1);
                    waiting.told.map(|told| told.send(()).ok());
                }
                Err(StoreError::Busy(_) | StoreError::Unavailable(_)) => self.batch.push(waiting),
                Err(error @ (StoreError::Bug(_) | StoreError::Constraint(_) | StoreError::Taken(_) | StoreError::NoSeat(_))) => {
                    let request_id = waiting.entry.id;
                    tracing::error!(%request_id, error = &error as &dyn std::error::Error, "an entry of the provisioning log cannot be stored");
                    dropped();
                }
            }
        }
    }
}
