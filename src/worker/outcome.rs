//! What becomes of a job that did not succeed. Pure.

use std::{error::Error, time::Duration};

use crate::app::error::AppError;

type BoxError = Box<dyn Error + Send + Sync>;

/// Why a run did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An outage or a crowd: it passes by itself, and the run does not count as an attempt.
    #[error("{}", chain(.0.as_ref()))]
    Transient(BoxError),
    /// Anything else that the job answered.
    #[error("{}", chain(.0.as_ref()))]
    Fault(BoxError),
    /// The job panicked, with this message.
    #[error("panicked: {0}")]
    Panicked(String),
    /// The job took longer than this.
    #[error("broken off after {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The stored job is not one of this queue's.
    #[error("the stored job cannot be read: {0}")]
    Unreadable(serde_json::Error),
    /// Earlier runs have ended with their process and have used up all attempts.
    #[error("given up: {0} runs before this one ended with their process or failed")]
    Exhausted(usize),
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        if error.is_transient() { Self::Transient(error.into()) } else { Self::Fault(error.into()) }
    }
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Run again after this time. A free retry allows the job one attempt more.
    Retry { after: Duration, free: bool },
    /// Give up; an operator can bring the job back.
    Dead,
}

/// A job that keeps failing is tried again this seldom.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// An outage is over sooner than we would otherwise notice.
const LONGEST_PAUSE_IN_OUTAGE: Duration = Duration::from_secs(30);

/// Decides. `attempt` counts from 1; `jitter` is a number from 0 to 1 that keeps many jobs from coming back at once.
pub fn judge(failure: &Failure, attempt: usize, max_attempts: usize, jitter: f64) -> Verdict {
    match failure {
        Failure::Unreadable(_) | Failure::Exhausted(_) => Verdict::Dead,
        Failure::Transient(_) => Verdict::Retry { after: pause(attempt, LONGEST_PAUSE_IN_OUTAGE, jitter), free: true },
        Failure::Fault(_) | Failure::Panicked(_) | Failure::TimedOut(_) if attempt >= max_attempts => Verdict::Dead,
        Failure::Fault(_) | Failure::Panicked(_) | Failure::TimedOut(_) => {
            Verdict::Retry { after: pause(attempt, LONGEST_PAUSE, jitter), free: false }
        }
    }
}

/// One second, doubled with every attempt, give or take a fifth.
fn pause(attempt: usize, longest: Duration, jitter: f64) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    Duration::from_secs(1 << doublings).min(longest).mul_f64(0.8 + 0.4 * jitter.clamp(0.0, 1.0))
}

/// An error with everything behind it, once and in one line: what an operator reads in the list of dead jobs.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault() -> Failure {
        Failure::Fault("no".into())
    }

    fn transient() -> Failure {
        Failure::Transient("away".into())
    }

    #[test]
    fn a_failure_is_tried_again_until_the_bound() {
        let panicked = Failure::Panicked("at the disco".into());
        let timed_out = Failure::TimedOut(Duration::from_secs(60));
        for failure in [fault(), panicked, timed_out] {
            assert_eq!(judge(&failure, 1, 3, 0.5), Verdict::Retry { after: Duration::from_secs(1), free: false }, "{failure}");
            assert_eq!(judge(&failure, 2, 3, 0.5), Verdict::Retry { after: Duration::from_secs(2), free: false }, "{failure}");
            assert_eq!(judge(&failure, 3, 3, 0.5), Verdict::Dead, "{failure}");
        }
    }

    #[test]
    fn an_outage_uses_up_no_attempts() {
        assert_eq!(judge(&transient(), 500, 3, 0.5), Verdict::Retry { after: Duration::from_secs(30), free: true });
    }

    #[test]
    fn what_can_never_succeed_is_dead_at_once() {
        let unreadable = Failure::Unreadable(serde_json::from_str::<u8>("{").expect_err("no number"));
        assert_eq!(judge(&unreadable, 1, 20, 0.5), Verdict::Dead);
        assert_eq!(judge(&Failure::Exhausted(20), 21, 20, 0.5), Verdict::Dead);
    }

    #[test]
    fn pauses_double_up_to_a_bound_and_differ() {
        assert_eq!(pause(1, LONGEST_PAUSE, 0.0), Duration::from_millis(800));
        assert_eq!(pause(1, LONGEST_PAUSE, 1.0), Duration::from_millis(1200));
        assert_eq!(pause(7, LONGEST_PAUSE, 0.5), Duration::from_secs(64));
        assert_eq!(pause(usize::MAX, LONGEST_PAUSE, 0.5), LONGEST_PAUSE);
        assert_eq!(pause(0, LONGEST_PAUSE, 0.5), Duration::from_secs(1));
    }

    #[test]
    fn an_operator_reads_the_whole_chain_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("Redis is away")]
        struct Outer(#[source] std::io::Error);
        let failure = Failure::Transient(Outer(std::io::Error::other("connection refused")).into());
        assert_eq!(failure.to_string(), "Redis is away: connection refused");
    }
}
