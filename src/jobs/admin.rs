//! The queue as operators see it: list, count, retry what is dead, and the pruning of what is done.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgPool, QueryBuilder};

use super::{Deprovision, Job as _};

/// Rows deleted by one statement of [`prune`].
const CHUNK: i64 = 5000;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum JobState {
    /// Not yet taken up, or given back by a worker that went away.
    Waiting,
    /// In a worker's hands.
    Running,
    /// Has failed and will be tried again at its `run_at`.
    Retrying,
    /// Succeeded.
    Done,
    /// Given up. Stays until an operator retries it.
    Dead,
}

impl JobState {
    /// Every state, in the order of a job's life.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Running, Self::Retrying, Self::Done, Self::Dead];

    /// Its name, in answers and as a metric's label.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Retrying => "retrying",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }

    /// The state in apalis's words. `Failed` is two things: to be tried again, and given up.
    fn predicate(self) -> &'static str {
        match self {
            Self::Waiting => "status = 'Pending'",
            Self::Running => "status in ('Queued', 'Running')",
            Self::Retrying => "(status = 'Failed' and attempts < max_attempts)",
            Self::Done => "status = 'Done'",
            Self::Dead => "(status = 'Killed' or (status = 'Failed' and attempts >= max_attempts))",
        }
    }
}

/// [`JobState::predicate`] the other way round.
const STATE: &str = "case when status = 'Pending' then 'waiting'
          when status in ('Queued', 'Running') then 'running'
          when status = 'Failed' and attempts < max_attempts then 'retrying'
          when status = 'Done' then 'done'
          else 'dead' end";

/// One job of the queue.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct Job {
    /// A ULID. Reconcile jobs keep theirs: there is one per workspace, armed again and again.
    pub id: String,
    /// `deprovision` or `reconcile`.
    pub queue: String,
    /// Where it stands.
    pub state: JobState,
    /// The stored job: identifiers only. Null when it cannot be read.
    pub payload: Option<serde_json::Value>,
    /// Runs so far.
    pub attempts: i32,
    /// Runs allowed; grows with every run that an outage has spoilt.
    pub max_attempts: i32,
    /// Not before this time.
    pub run_at: DateTime<Utc>,
    /// When a worker took it.
    pub locked_at: Option<DateTime<Utc>>,
    /// Which worker took it last.
    pub locked_by: Option<String>,
    /// When its last run ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why its last run failed.
    pub error: Option<String>,
}

/// Jobs, newest first: in one state or in all, at most `limit`, older than the job `after_id` of the page before.
///
/// # Errors
/// Postgres's.
pub async fn list(pool: &PgPool, state: Option<JobState>, limit: i64, after_id: Option<&str>) -> sqlx::Result<Vec<Job>> {
    let mut sql = QueryBuilder::new("select id, job_type as queue, ");
    sql.push(STATE);
    sql.push(
        " as state, job, attempts, max_attempts, run_at, lock_at as locked_at, lock_by as locked_by,
           done_at as ended_at, last_result ->> 'Err' as error
         from apalis.jobs where true",
    );
    if let Some(state) = state {
        sql.push(" and ").push(state.predicate());
    }
    if let Some(after_id) = after_id {
        sql.push(" and id < ").push_bind(after_id);
    }
    sql.push(" order by id desc limit ").push_bind(limit);
    let rows: Vec<Row> = sql.build_query_as().fetch_all(pool).await?;
    Ok(rows.into_iter().map(Job::from).collect())
}

/// Brings a dead job back, with all its attempts before it. False when there is no such job, or it is not dead.
///
/// # Errors
/// Postgres's.
pub async fn retry(pool: &PgPool, id: &str) -> sqlx::Result<bool> {
    let retried = sqlx::query(
        "update apalis.jobs
         set status = 'Pending', attempts = 0, run_at = now(), lock_by = null, lock_at = null, done_at = null
         where id = $1 and (status = 'Killed' or (status = 'Failed' and attempts >= max_attempts))",
    )
    .bind(id)
    .execute(pool)
    .await?;
    Ok(retried.rows_affected() == 1)
}

/// How many jobs of a queue are in one state.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Count {
    /// `deprovision` or `reconcile`.
    pub queue: String,
    /// Which state; never done.
    pub state: JobState,
    /// How many.
    pub jobs: i64,
    /// Seconds for which the oldest of them could have run already.
    pub oldest_seconds: f64,
}

/// Jobs that are not done, by queue and state. States without jobs have no row.
///
/// # Errors
/// Postgres's.
pub async fn counts(pool: &PgPool) -> sqlx::Result<Vec<Count>> {
    let mut sql = QueryBuilder::new("select job_type as queue, ");
    sql.push(STATE);
    sql.push(
        " as state, count(*) as jobs, greatest(extract(epoch from now() - min(run_at)), 0)::float8 as oldest_seconds
         from apalis.jobs where status <> 'Done' group by 1, 2",
    );
    sql.build_query_as().fetch_all(pool).await
}

/// Deletes deprovision jobs that were done before `older_than`, in small statements; answers how many. The receipt is the
/// record. Reconcile jobs are not deleted: there is one per workspace.
///
/// # Errors
/// Postgres's. What was deleted until then stays deleted.
pub async fn prune(pool: &PgPool, older_than: Duration) -> sqlx::Result<u64> {
    let mut total = 0;
    loop {
        let deleted = sqlx::query(
            "delete from apalis.jobs where id in
                 (select id from apalis.jobs
                  where job_type = $1 and status = 'Done' and done_at < now() - make_interval(secs => $2)
                  limit $3)",
        )
        .bind(Deprovision::QUEUE)
        .bind(older_than.as_secs_f64())
        .bind(CHUNK)
        .execute(pool)
        .await?
        .rows_affected();
        total += deleted;
        if deleted < CHUNK.unsigned_abs() {
            return Ok(total);
        }
    }
}

#[derive(FromRow)]
struct Row {
    id: String,
    queue: String,
    state: JobState,
    job: Vec<u8>,
    attempts: i32,
    max_attempts: i32,
    run_at: DateTime<Utc>,
    locked_at: Option<DateTime<Utc>>,
    locked_by: Option<String>,
    ended_at: Option<DateTime<Utc>>,
    error: Option<String>,
}

impl From<Row> for Job {
    fn from(row: Row) -> Self {
        // The library puts the kind of its own error before our text.
        let error = row.error.map(|text| text.strip_prefix("AbortError: ").map_or(text.clone(), str::to_owned));
        Self {
            id: row.id,
            queue: row.queue,
            state: row.state,
            payload: serde_json::from_slice(&row.job).ok(),
            attempts: row.attempts,
            max_attempts: row.max_attempts,
            run_at: row.run_at,
            locked_at: row.locked_at,
            locked_by: row.locked_by,
            ended_at: row.ended_at,
            error,
        }
    }
}
