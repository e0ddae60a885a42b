//! The dispatcher: looks at what is dirty, being swept or has events without a number, and sees to it that each such workspace has one
//! live reconcile job.
//!
//! Level-triggered, so nothing can be stranded: a mark that was not yet committed at one look is there at the next, and a
//! job that finished before the last mark is armed again. Several workers may look at once: the unique key of the queue
//! (one row per workspace) decides.

use sqlx::PgPool;
use ulid::Ulid;
use uuid::Uuid;

use super::{Job, Reconcile, wake};
use crate::ids::WorkspaceId;

/// Workspaces armed by one statement.
const CHUNK: i64 = 1000;

/// Arms a reconcile job for every workspace that needs one and has none; answers how many. A waiting job of a sweep is moved
/// forward when something in its workspace has changed. Jobs that run, wait for another attempt or are dead stay as they are.
///
/// # Errors
/// Postgres's. What was armed until then stays armed; look again later.
pub async fn dispatch(pool: &PgPool) -> sqlx::Result<u64> {
    let mut total = 0;
    loop {
        let due = due(pool).await?;
        let armed = if due.is_empty() { 0 } else { arm(pool, &due).await? };
        total += armed;
        // Nothing armed means that another worker was faster.
        if armed == 0 || i64::try_from(due.len()).unwrap_or(i64::MAX) < CHUNK {
            break;
        }
    }
    if total > 0 {
        wake::notify_queue(pool, Reconcile::QUEUE).await?;
    }
    Ok(total)
}

/// Workspaces to arm, with the priority their job should have.
async fn due(pool: &PgPool) -> sqlx::Result<Vec<(Uuid, i32)>> {
    sqlx::query_as(
        // One index probe per dirty workspace (a loose index scan on dirty_pkey), however many marks each has: a tenant
        // with a million of them makes the look no dearer. The same for events that wait for their number.
        "with recursive marked as (
             (select dirty.workspace_id from dirty order by dirty.workspace_id limit 1)
             union all
             select (select dirty.workspace_id from dirty where dirty.workspace_id > marked.workspace_id
                     order by dirty.workspace_id limit 1)
             from marked
             where marked.workspace_id is not null
         ),
         eventful as (
             (select event_outbox.workspace_id from event_outbox order by event_outbox.workspace_id limit 1)
             union all
             select (select event_outbox.workspace_id from event_outbox where event_outbox.workspace_id > eventful.workspace_id
                     order by event_outbox.workspace_id limit 1)
             from eventful
             where eventful.workspace_id is not null
         ),
         wanted as (
             select marked.workspace_id, $1::int as priority from marked where marked.workspace_id is not null
             union all
             select eventful.workspace_id, $1::int from eventful where eventful.workspace_id is not null
             union all
             select sweeps.workspace_id, $2::int from sweeps where sweeps.finished_at is null
         )
         select wanted.workspace_id, max(wanted.priority)
         from wanted
         -- A subquery, so that each workspace stays one probe of the unique index; null is a workspace never armed before.
         where coalesce(
             (select jobs.status = 'Done' or (jobs.status = 'Pending' and jobs.priority < wanted.priority)
              from apalis.jobs
              where jobs.job_type = $3 and jobs.idempotency_key = wanted.workspace_id::text),
             true)
         group by wanted.workspace_id
         order by wanted.workspace_id
         limit $4",
    )
    .bind(Reconcile::PRIORITY)
    .bind(Reconcile::SWEEP_PRIORITY)
    .bind(Reconcile::QUEUE)
    .bind(CHUNK)
    .fetch_all(pool)
    .await
}

async fn arm(pool: &PgPool, due: &[(Uuid, i32)]) -> sqlx::Result<u64> {
    let ids: Vec<String> = due.iter().map(|_| Ulid::generate().to_string()).collect();
    let payload = |workspace: &Uuid| Reconcile { workspace_id: WorkspaceId::from_uuid(*workspace) }.payload();
    let payloads: Vec<Vec<u8>> = due.iter().map(|(workspace, _)| payload(workspace)).collect();
    let keys: Vec<String> = due.iter().map(|(workspace, _)| workspace.to_string()).collect();
    let priorities: Vec<i32> = due.iter().map(|(_, priority)| *priority).collect();
    let armed = sqlx::query(
        "insert into apalis.jobs as job
             (id, job_type, job, status, attempts, max_attempts, run_at, priority, idempotency_key)
         select new.id, $1, new.payload, 'Pending', 0, $2, now(), new.priority, new.key
         from unnest($3::text[], $4::bytea[], $5::int[], $6::text[]) as new (id, payload, priority, key)
         order by new.key -- every dispatcher takes the rows in the same order, so none waits for the other in a circle
         on conflict (job_type, idempotency_key) do update
         set status = 'Pending',
             priority = excluded.priority,
             max_attempts = excluded.max_attempts,
             attempts = case when job.status = 'Done' then 0 else job.attempts end,
             run_at = case when job.status = 'Done' then excluded.run_at else job.run_at end,
             last_result = null,
             lock_by = null,
             lock_at = null,
             done_at = null
         where job.status = 'Done' or (job.status = 'Pending' and job.priority < excluded.priority)",
    )
    .bind(Reconcile::QUEUE)
    .bind(Reconcile::MAX_ATTEMPTS)
    .bind(ids)
    .bind(payloads)
    .bind(priorities)
    .bind(keys)
    .execute(pool)
    .await?;
    Ok(armed.rows_affected())
}
