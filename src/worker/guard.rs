//! One run of one job, and everything that apalis 1.0 leaves to the application about it: a panic is a failed attempt, attempts
//! are bounded whatever ends a run, the pause before the next one is stored, and what cannot succeed is dead.

use std::{any::Any, convert::Infallible, future::Future, time::Duration};

use apalis::prelude::{AbortError, BoxDynError, FromRequest, Task};
use sqlx::PgPool;
use tokio::{task::JoinSet, time::Instant};
use tracing::Instrument as _;

use super::outcome::{Failure, Verdict, judge};
use crate::jobs::Job;

/// What the queue says about the job that is to run.
#[derive(Debug, Clone)]
pub(super) struct Ticket {
    id: String,
    /// Counts from 1, this run included.
    attempt: usize,
    max_attempts: usize,
    /// The name under which the worker holds the job.
    worker: String,
}

impl<Args: Sync> FromRequest<Task<Args>> for Ticket {
    type Error = Infallible;

    async fn from_request(task: &Task<Args>) -> Result<Self, Infallible> {
        Ok(Self {
            id: task.task_id().map(ToString::to_string).unwrap_or_default(),
            attempt: task.attempt(),
            max_attempts: task.max_attempts().unwrap_or(1),
            worker: task.lock_by().unwrap_or_default().to_owned(),
        })
    }
}

/// Runs the job and settles what becomes of it. The answer is for apalis, which writes it down: `Ok` is done, [`AbortError`] is
/// dead, anything else is failed and taken up again when its `run_at` has come.
pub(super) async fn run<J: Job, F>(
    pool: &PgPool,
    ticket: Ticket,
    payload: &[u8],
    handler: impl FnOnce(J) -> F,
) -> Result<(), BoxDynError>
where
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let span = tracing::info_span!("job", queue = J::QUEUE, id = ticket.id, attempt = ticket.attempt);
    let started = Instant::now();
    let result = attempt(&ticket, payload, handler).instrument(span.clone()).await;
    metrics::histogram!("rollcall_job_duration_seconds", "queue" => J::QUEUE).record(started.elapsed());
    settle::<J>(pool, &ticket, result).instrument(span).await
}

async fn attempt<J: Job, F>(ticket: &Ticket, payload: &[u8], handler: impl FnOnce(J) -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    // A job that takes its process along never reports a failure: only this ends the loop.
    if ticket.attempt > ticket.max_attempts {
        return Err(Failure::Exhausted(ticket.attempt - 1));
    }
    let job: J = serde_json::from_slice(payload).map_err(Failure::Unreadable)?;
    // A task of its own: apalis polls all jobs of all queues in one task, where a busy job would hold up the others and a panic
    // would take them along. Dropping the set, as a dying worker does, aborts it.
    let mut task = JoinSet::new();
    task.spawn(handler(job).in_current_span());
    match tokio::time::timeout(J::TIME_LIMIT, task.join_next()).await {
        Ok(Some(Ok(result))) => result,
        Ok(Some(Err(error))) if error.is_panic() => Err(Failure::Panicked(message(&*error.into_panic()))),
        Ok(Some(Err(error))) => Err(Failure::Transient(error.into())), // aborted: the runtime is shutting down
        Ok(None) => Err(Failure::Panicked("the task was not there".into())),
        Err(_) => Err(Failure::TimedOut(J::TIME_LIMIT)),
    }
}

async fn settle<J: Job>(pool: &PgPool, ticket: &Ticket, result: Result<(), Failure>) -> Result<(), BoxDynError> {
    let count = |outcome| metrics::counter!("rollcall_jobs_total", "queue" => J::QUEUE, "outcome" => outcome).increment(1);
    let Err(failure) = result else {
        count("done");
        return Ok(());
    };
    match judge(&failure, ticket.attempt, ticket.max_attempts, rand::random()) {
        Verdict::Retry { after, free } => {
            count("retry");
            tracing::warn!(error = %failure, after = ?after, "the job has failed and will run again");
            postpone(pool, ticket, after, free).await?;
            Err(failure.into())
        }
        Verdict::Dead => {
            count("dead");
            tracing::error!(error = %failure, "the job is dead; an operator can retry it");
            Err(Box::new(AbortError::new(failure)))
        }
    }
}

/// Stores the pause. What apalis writes when the run has ended leaves both columns alone.
async fn postpone(pool: &PgPool, ticket: &Ticket, after: Duration, free: bool) -> sqlx::Result<()> {
    sqlx::query(
        "update apalis.jobs
         set run_at = now() + make_interval(secs => $3), max_attempts = max_attempts + $4
         where id = $1 and lock_by = $2",
    )
    .bind(&ticket.id)
    .bind(&ticket.worker)
    .bind(after.as_secs_f64())
    .bind(i32::from(free))
    .execute(pool)
    .await?;
    Ok(())
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a message".to_owned())
}
