//! Who is alive, and whose jobs are to be taken up by others.
//!
//! apalis's own heartbeat stops while a worker's buffer is full, comes back under an old name and never gives up on a job that
//! kills its process; it is set so slow that it does not matter. This one beats in a task of its own.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sqlx::PgPool;
use tokio::time::{Instant, MissedTickBehavior};
use ulid::Ulid;

/// Between two beats.
const EVERY: Duration = Duration::from_secs(1);
/// A worker that has not been heard of for this long is gone; its jobs run elsewhere.
const DEAD_AFTER: Duration = Duration::from_secs(5);
/// No run takes this long (every queue has a time limit): such a job has got lost inside a living worker.
const LOST_AFTER: Duration = Duration::from_secs(15 * 60);

/// The names under which this process holds jobs.
#[derive(Clone, Default)]
pub(super) struct Names(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    alive: BTreeMap<&'static str, String>,
    gone: Vec<String>,
}

impl Names {
    /// A new name for a queue's worker. The one before it is gone with its worker, and its jobs are up for others: under the
    /// same name they would belong to the new one, which knows nothing of them.
    pub fn renew(&self, queue: &'static str) -> String {
        let name = format!("{queue}-{}-{}", std::process::id(), Ulid::generate());
        let mut state = self.state();
        let before = state.alive.insert(queue, name.clone());
        state.gone.extend(before);
        name
    }

    /// Every name of this process is gone.
    pub fn retire(&self) {
        let mut state = self.state();
        let names = std::mem::take(&mut state.alive);
        state.gone.extend(names.into_values());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Beats for ever, and gives the jobs of dead workers to the living.
pub(super) async fn run(pool: PgPool, names: Names) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut steady_since: Option<Instant> = None;
    loop {
        ticks.tick().await;
        let round = async {
            beat(&pool, &names).await?;
            // After an outage of Postgres everybody looks dead: give the others time to beat before their jobs are taken.
            if steady_since.is_some_and(|since| since.elapsed() >= DEAD_AFTER) {
                recover(&pool).await?;
            }
            Ok::<_, sqlx::Error>(())
        };
        match tokio::time::timeout(DEAD_AFTER / 2, round).await {
            Ok(Ok(())) => steady_since = steady_since.or_else(|| Some(Instant::now())),
            Ok(Err(error)) => {
                steady_since = None;
                tracing::warn!(%error, "heartbeat missed");
            }
            Err(_) => {
                steady_since = None;
                tracing::warn!("heartbeat missed: Postgres does not answer");
            }
        }
    }
}

/// Says who is alive and who is gone.
///
/// # Errors
/// Postgres's; the names that are gone are remembered for the next beat.
pub(super) async fn beat(pool: &PgPool, names: &Names) -> sqlx::Result<()> {
    let (alive, gone) = {
        let state = names.state();
        (state.alive.values().cloned().collect::<Vec<_>>(), state.gone.clone())
    };
    sqlx::query(
        "update apalis.workers
         set last_seen = case when id = any($1) then now() else now() - make_interval(hours => 1) end
         where id = any($1) or id = any($2)",
    )
    .bind(&alive)
    .bind(&gone)
    .execute(pool)
    .await?;
    names.state().gone.retain(|name| !gone.contains(name));
    Ok(())
}

/// Gives up the jobs of workers that are gone: the first time at once, then with growing pauses, so that a job that kills its
/// process does not take the same neighbours along every time; and it is dead when its attempts are used up.
async fn recover(pool: &PgPool) -> sqlx::Result<()> {
    let recovered: Vec<(String, String, String)> = sqlx::query_as(
        "with lost as (
             select job.id
             from apalis.jobs as job
             join apalis.workers as worker on worker.id = job.lock_by
             where job.status in ('Running', 'Queued')
               and (worker.last_seen < now() - make_interval(secs => $1) or job.lock_at < now() - make_interval(secs => $2))
             for update of job skip locked
         )
         update apalis.jobs as job
         set status = case when job.attempts + 1 >= job.max_attempts then 'Killed' else 'Pending' end,
             attempts = job.attempts + 1,
             run_at = case when job.attempts = 0 then job.run_at
                           else now() + make_interval(secs => least(power(2, least(job.attempts, 16)), 600)) end,
             lock_by = null,
             lock_at = null,
             done_at = null,
             last_result = '{\"Err\": \"its worker went away\"}'
         from lost
         where job.id = lost.id
         returning job.job_type, job.id, job.status",
    )
    .bind(DEAD_AFTER.as_secs_f64())
    .bind(LOST_AFTER.as_secs_f64())
    .fetch_all(pool)
    .await?;
    for (queue, id, status) in recovered {
        let outcome = if status == "Killed" { "dead" } else { "lost" };
        tracing::warn!(queue, id, outcome, "a worker went away and left a job");
        metrics::counter!("rollcall_jobs_total", "queue" => queue, "outcome" => outcome).increment(1);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_used_twice_and_the_one_before_is_gone() {
        let names = Names::default();
        let first = names.renew("reconcile");
        let second = names.renew("reconcile");
        let other = names.renew("deprovision");
        assert_ne!(first, second);
        assert_eq!(names.state().alive.values().cloned().collect::<Vec<_>>(), [other.clone(), second.clone()]);
        assert_eq!(names.state().gone, std::slice::from_ref(&first));
        names.retire();
        assert!(names.state().alive.is_empty());
        assert_eq!(names.state().gone, [first, other, second]);
    }
}
