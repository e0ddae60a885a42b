//! The keys of the issuers of signals, which are fetched when they are needed and remembered for a while.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    app::App,
    clock,
    ids::{ConnectionId, WorkspaceId},
    signals::Keys,
};

/// A key that an issuer has taken away is believed for no longer.
const FRESH: TimeDelta = TimeDelta::minutes(10);
/// Whoever makes up the name of a key, or whose keys are away, makes us call no more often.
const PAUSE: TimeDelta = TimeDelta::minutes(1);
/// Issuers whose keys are remembered.
const REMEMBERED: usize = 1_024;
/// What is asked for (RFC 7517 §8.5).
pub(in crate::app) const ACCEPT: &str = "application/jwk-set+json, application/json;q=0.9, */*;q=0.1";

/// Keys that were fetched lately. Cheap to clone.
#[derive(Clone, Default)]
pub struct KeySets(Arc<Mutex<HashMap<ConnectionId, Slot>>>);

type Slot = Arc<tokio::sync::Mutex<Entry>>;

/// What is remembered of one connection.
#[derive(Default)]
struct Entry {
    /// Of this address.
    url: String,
    keys: Option<(Arc<Keys>, DateTime<Utc>)>,
    failed_at: Option<DateTime<Utc>>,
    looked_again_at: Option<DateTime<Utc>>,
}

/// Where keys come from.
pub(super) struct Source<'a> {
    pub workspace: WorkspaceId,
    pub connection: ConnectionId,
    pub url: &'a str,
}

/// Why there are none.
#[derive(Debug)]
pub(super) enum NoKeys {
    /// They were just tried to be fetched, in vain.
    Failed(String),
    /// They are not to be fetched again yet.
    NotYet,
}

impl KeySets {
    fn slot(&self, source: &Source<'_>) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= REMEMBERED && !slots.contains_key(&source.connection) {
            slots.clear();
        }
        Arc::clone(slots.entry(source.connection).or_default())
    }

    /// The keys, fetched when they are not remembered. Several who want them wait for the first one.
    pub(super) async fn get(&self, app: &App, source: &Source<'_>) -> Result<Arc<Keys>, NoKeys> {
        let slot = self.slot(source);
        let mut entry = slot.lock().await;
        if entry.url != source.url {
            *entry = Entry { url: source.url.to_owned(), ..Entry::default() };
        }
        match &entry.keys {
            Some((keys, fetched_at)) if clock::now() < *fetched_at + FRESH => Ok(Arc::clone(keys)),
            Some(_) | None => entry.fetch(app, source).await,
        }
    }

    /// The keys, fetched again because one is missing among these.
    pub(super) async fn look_again(&self, app: &App, source: &Source<'_>, these: &Arc<Keys>) -> Result<Arc<Keys>, NoKeys> {
        let slot = self.slot(source);
        let mut entry = slot.lock().await;
        match &entry.keys {
            Some((keys, _)) if !Arc::ptr_eq(keys, these) => return Ok(Arc::clone(keys)),
            Some(_) | None => {}
        }
        if is_recent(entry.looked_again_at) {
            return Err(NoKeys::NotYet);
        }
        entry.looked_again_at = Some(clock::now());
        entry.fetch(app, source).await
    }
}

impl Entry {
    async fn fetch(&mut self, app: &App, source: &Source<'_>) -> Result<Arc<Keys>, NoKeys> {
        if is_recent(self.failed_at) {
            return Err(NoKeys::NotYet);
        }
        let found = match app.fetcher.get(app, source.workspace, source.url, ACCEPT).await {
            Ok(document) => Keys::read(&document.body).ok_or_else(|| "What is at the address is no JWK set.".to_owned()),
            Err(none) => Err(none.to_string()),
        };
        let now = clock::now();
        match found {
            Ok(keys) => {
                let keys = Arc::new(keys);
                self.keys = Some((Arc::clone(&keys), now));
                self.failed_at = None;
                Ok(keys)
            }
            Err(why) => {
                self.failed_at = Some(now);
                Err(NoKeys::Failed(why))
            }
        }
    }
}

fn is_recent(at: Option<DateTime<Utc>>) -> bool {
    at.is_some_and(|at| clock::now() < at + PAUSE)
}
