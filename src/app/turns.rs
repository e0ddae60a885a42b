//! Lists that are more than a look-up are read a few at a time of each workspace: one that asks for many at once
//! waits for itself, and not all others with it, at the connections to Postgres and at its processors.

use std::{sync::Arc, time::Duration};

use tokio::{sync::OwnedSemaphorePermit, time::timeout};

use super::{error::AppError, per_workspace::PerWorkspace};
use crate::ids::WorkspaceId;

/// Of the connections of a process, one workspace's lists may hold one in so many; two at least, or a single slow one would stop all others.
const SHARE: u32 = 8;
/// As long is waited for a turn.
const PATIENCE: Duration = Duration::from_secs(10);
const TOO_MANY_WAIT: &str =
    "Too many lists of this workspace are asked for at the same time. Send the request again after the time in Retry-After.";

/// The turns of each workspace in this process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Turns(Arc<PerWorkspace>);

/// A turn, given back when dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Turns {
    /// For a process with so many connections to Postgres.
    pub fn new(connections: u32) -> Self {
        let permits = usize::try_from(connections / SHARE).unwrap_or(usize::MAX).max(2);
        Self(Arc::new(PerWorkspace::new(permits)))
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// [`AppError::TooManyRequests`] when too many others of this workspace are before it.
    pub(super) async fn take(&self, workspace: WorkspaceId) -> Result<Turn, AppError> {
        let permit = timeout(PATIENCE, self.0.of(workspace).acquire_owned()).await;
        match permit {
            Ok(Ok(permit)) => Ok(Turn { _permit: permit }),
            Ok(Err(_)) | Err(_) => Err(AppError::TooManyRequests { what: TOO_MANY_WAIT, seconds: 1 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_waits_for_itself_and_for_nobody_else() {
        let (turns, a, b) = (Turns::new(16), WorkspaceId::new(), WorkspaceId::new());
        let at_once = |workspace| turns.0.of(workspace).try_acquire_owned().ok();
        let held = [at_once(a).expect("a turn"), at_once(a).expect("another one")];
        assert!(at_once(a).is_none());
        assert!(at_once(b).is_some());
        drop(held);
        assert!(at_once(a).is_some());
    }
}
