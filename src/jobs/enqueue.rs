//! Putting a job on the caller's transaction: committed together, or not there at all.

use sqlx::PgConnection;
use ulid::Ulid;

use super::{Deprovision, Job};

/// Puts the job there. After the commit, tell [`super::wake::Waker::deprovision`].
///
/// Our own statement, not the library's: that one knows seconds only. The transaction's role may insert here and nothing
/// else, so the statement reads no column (no `returning`, no `on conflict`).
///
/// # Errors
/// Postgres's; the transaction is then lost.
pub async fn deprovision(conn: &mut PgConnection, job: &Deprovision) -> sqlx::Result<()> {
    sqlx::query(
        "insert into apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority)
         values ($1, $2, $3, 'Pending', 0, $4, now(), $5)",
    )
    .bind(Ulid::generate().to_string())
    .bind(Deprovision::QUEUE)
    .bind(job.payload())
    .bind(Deprovision::MAX_ATTEMPTS)
    .bind(Deprovision::PRIORITY)
    .execute(conn)
    .await?;
    Ok(())
}
