//! Permits of which each workspace has so many of its own.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::Semaphore;

use crate::ids::WorkspaceId;

/// A semaphore for each workspace, remembered as long as somebody holds it or waits for it.
#[derive(Debug)]
pub(super) struct PerWorkspace {
    permits: usize,
    semaphores: Mutex<HashMap<WorkspaceId, Weak<Semaphore>>>,
}

impl PerWorkspace {
    /// With so many permits for each.
    pub fn new(permits: usize) -> Self {
        Self { permits, semaphores: Mutex::default() }
    }

    /// How many permits each has.
    pub const fn permits(&self) -> usize {
        self.permits
    }

    /// That of a workspace.
    pub fn of(&self, workspace: WorkspaceId) -> Arc<Semaphore> {
        let mut semaphores = self.semaphores.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = semaphores.get(&workspace).and_then(Weak::upgrade) {
            return own;
        }
        semaphores.retain(|_, own| own.strong_count() > 0);
        let own = Arc::new(Semaphore::new(self.permits));
        semaphores.insert(workspace, Arc::downgrade(&own));
        own
    }
}
