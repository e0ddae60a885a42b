//! How many SCIM requests a workspace may send, so that one that floods us costs the others little.

use std::{num::NonZeroU32, sync::Arc};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};

use super::error::AppError;
use crate::ids::WorkspaceId;

/// Workspaces that a process remembers before it forgets those that have been quiet.
const MOST_KEPT: usize = 10_000;

/// The requests of each workspace in this process. Cheap to clone.
#[derive(Clone)]
pub struct Quotas(Option<Arc<DefaultKeyedRateLimiter<WorkspaceId>>>);

impl Quotas {
    /// So many a second, and as many at once; none for no bound.
    pub fn new(per_second: Option<NonZeroU32>) -> Self {
        Self(per_second.map(|number| Arc::new(RateLimiter::keyed(Quota::per_second(number)))))
    }

    /// Counts a request.
    ///
    /// # Errors
    /// [`AppError::TooManyRequests`] when it is one too many, with when to try again.
    pub fn take(&self, workspace: WorkspaceId) -> Result<(), AppError> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        if limiter.len() > MOST_KEPT {
            limiter.retain_recent();
        }
        limiter.check_key(&workspace).map_err(|refusal| {
            let wait = refusal.wait_time_from(limiter.clock().now());
            AppError::TooManyRequests { seconds: wait.as_secs() + 1 }
        })
    }
}

impl Quotas {
    /// Counts a part of a request that is as much work as a request; one that is too many waits for its turn, because its answer has
    /// begun.
    pub async fn wait(&self, workspace: WorkspaceId) {
        let Some(limiter) = &self.0 else { return };
        while let Err(refusal) = limiter.check_key(&workspace) {
            tokio::time::sleep(refusal.wait_time_from(limiter.clock().now())).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_waits_is_counted_and_let_pass_in_its_turn() {
        let (quotas, workspace) = (Quotas::new(NonZeroU32::new(20)), WorkspaceId::new());
        for _ in 0..30 {
            quotas.wait(workspace).await;
        }
        assert!(quotas.take(workspace).is_err(), "nothing is left for the next one");
        Quotas::new(None).wait(workspace).await;
    }

    #[test]
    fn each_workspace_has_a_quota_of_its_own() {
        let quotas = Quotas::new(NonZeroU32::new(2));
        let (a, b) = (WorkspaceId::new(), WorkspaceId::new());
        assert!(quotas.take(a).is_ok() && quotas.take(a).is_ok());
        assert!(matches!(quotas.take(a), Err(AppError::TooManyRequests { seconds: 1 })));
        assert!(quotas.take(b).is_ok());
        assert!((0..100).all(|_| Quotas::new(None).take(a).is_ok()));
    }
}
