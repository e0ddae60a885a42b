//! How many SCIM requests a workspace may send, so that one that floods us costs the others little.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};

use super::error::AppError;
use crate::ids::{TokenId, WorkspaceId};

/// Workspaces and tokens that a process remembers before it forgets those that have been quiet.
const MOST_KEPT: usize = 10_000;

const TOO_MANY: &str =
    "This workspace has sent more requests than it may in a second. Send the request again after the time in Retry-After.";

/// The requests of each workspace in this process. Cheap to clone.
#[derive(Clone)]
pub struct Quotas(Option<Arc<Counted>>);

struct Counted {
    limiter: DefaultKeyedRateLimiter<WorkspaceId>,
    refused: Mutex<HashMap<[u8; 32], Refused>>,
}

/// A token with which a request was refused, whose next ones are refused as well until then.
#[derive(Clone, Copy)]
struct Refused {
    whose: (WorkspaceId, TokenId),
    until: Instant,
}

fn too_many(wait: Duration) -> AppError {
    AppError::TooManyRequests { what: TOO_MANY, seconds: wait.as_secs() + 1 }
}

impl Quotas {
    /// So many a second, and as many at once; none for no bound.
    pub fn new(per_second: Option<NonZeroU32>) -> Self {
        let counted =
            |number| Counted { limiter: RateLimiter::keyed(Quota::per_second(number)), refused: Mutex::new(HashMap::new()) };
        Self(per_second.map(|number| Arc::new(counted(number))))
    }

    /// Counts a request. When it is one too many, those that come with the same token until the next one may be served are
    /// [refused](Self::refuse) without a look at the database.
    ///
    /// # Errors
    /// [`AppError::TooManyRequests`] when it is one too many, with when to try again.
    pub fn take(&self, workspace: WorkspaceId, token: TokenId, digest: [u8; 32]) -> Result<(), AppError> {
        let Some(Counted { limiter, refused }) = self.0.as_deref() else { return Ok(()) };
        if limiter.len() > MOST_KEPT {
            limiter.retain_recent();
        }
        limiter.check_key(&workspace).map_err(|refusal| {
            let (wait, now) = (refusal.wait_time_from(limiter.clock().now()), Instant::now());
            let mut refused = refused.lock().unwrap_or_else(PoisonError::into_inner);
            if refused.len() > MOST_KEPT {
                refused.retain(|_, known| known.until > now);
            }
            refused.insert(digest, Refused { whose: (workspace, token), until: now + wait });
            too_many(wait)
        })
    }

    /// Whose token this is, and the answer, if it is known that its workspace has sent too much and has to wait: of a flood, not every
    /// request costs a question to the database. A token that was revoked within that wait is told to come back instead of that it was.
    pub fn refuse(&self, digest: &[u8; 32], now: Instant) -> Option<((WorkspaceId, TokenId), AppError)> {
        let Counted { refused, .. } = self.0.as_deref()?;
        let known = *refused.lock().unwrap_or_else(PoisonError::into_inner).get(digest)?;
        let wait = known.until.checked_duration_since(now)?;
        Some((known.whose, too_many(wait)))
    }

    /// Counts a part of a request that is as much work as a request; one that is too many waits for its turn, because its answer has
    /// begun.
    pub async fn wait(&self, workspace: WorkspaceId) {
        let Some(Counted { limiter, .. }) = self.0.as_deref() else { return };
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
        assert!(quotas.take(workspace, TokenId::new(), [0; 32]).is_err(), "nothing is left for the next one");
        Quotas::new(None).wait(workspace).await;
    }

    #[test]
    fn each_workspace_has_a_quota_of_its_own() {
        let quotas = Quotas::new(NonZeroU32::new(2));
        let (a, b) = (WorkspaceId::new(), WorkspaceId::new());
        let take = |quotas: &Quotas, workspace| quotas.take(workspace, TokenId::new(), [0; 32]);
        assert!(take(&quotas, a).is_ok() && take(&quotas, a).is_ok());
        assert!(matches!(take(&quotas, a), Err(AppError::TooManyRequests { seconds: 1, .. })));
        assert!(take(&quotas, b).is_ok());
        assert!((0..100).all(|_| take(&Quotas::new(None), a).is_ok()));
    }

    #[test]
    fn a_token_that_was_refused_is_refused_until_the_next_request_may_be_served() {
        let quotas = Quotas::new(Some(NonZeroU32::MIN));
        let (workspace, token) = (WorkspaceId::new(), TokenId::new());
        let take = |digest| quotas.take(workspace, token, digest);
        let begun = Instant::now();
        assert!(take([1; 32]).is_ok() && quotas.refuse(&[1; 32], begun).is_none(), "it is served");
        assert!(take([1; 32]).is_err());
        let (whose, answer) = quotas.refuse(&[1; 32], begun).expect("it is known");
        assert_eq!(whose, (workspace, token));
        assert!(matches!(answer, AppError::TooManyRequests { seconds: 1..=2, .. }));
        assert!(quotas.refuse(&[2; 32], begun).is_none(), "another token of the workspace must be proven first");
        assert!(quotas.refuse(&[1; 32], Instant::now() + Duration::from_secs(1)).is_none(), "it may be served again");
    }
}
