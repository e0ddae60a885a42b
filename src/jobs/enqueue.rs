//! Putting a job on the caller's transaction: committed together, or not there at all.

use sqlx::PgConnection;
use ulid::Ulid;

use super::{Deprovision, Job};

/// Puts jobs there. After the commit, tell [`super::wake::Waker::deprovision`].
///
/// Our own statement, not the library's: that one knows seconds only. The transaction's role may insert here and nothing
/// else, so the statement reads no column (no `returning`, no `on conflict`).
///
/// # Errors
/// Postgres's; the transaction is then lost.
pub async fn deprovision(conn: &mut PgConnection, jobs: &[Deprovision]) -> sqlx::Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let (ids, payloads): (Vec<String>, Vec<_>) = jobs.iter().map(|job| (Ulid::generate().to_string(), job.payload())).unzip();
    sqlx::query(
        "insert into apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority)
         select id, $2, job, 'Pending', 0, $4, now(), $5 from unnest($1::text[], $3::bytea[]) as new (id, job)",
    )
    .bind(ids)
    .bind(Deprovision::QUEUE)
    .bind(payloads)
    .bind(Deprovision::MAX_ATTEMPTS)
    .bind(Deprovision::PRIORITY)
    .execute(conn)
    .await?;
    Ok(())
}
