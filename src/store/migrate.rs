//! The schema: the queue's own migrations first, then ours, which build on them.

use apalis_postgres::PostgresStorage;
use sqlx::{PgPool, migrate::Migrator};

static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

/// Brings the database up to this version of Rollcall. Safe to run again, and while the version before is running.
///
/// # Errors
/// What could not be applied, and why.
pub async fn run(pool: &PgPool) -> anyhow::Result<()> {
    PostgresStorage::setup(pool).await?;
    MIGRATOR.run(pool).await?;
    Ok(())
}

/// Whether every migration of this build has been applied.
///
/// # Errors
/// Postgres is away.
pub async fn is_current(pool: &PgPool) -> Result<bool, sqlx::Error> {
    let applied: Result<Option<i64>, _> =
        sqlx::query_scalar("select max(version) from _sqlx_migrations where success").fetch_one(pool).await;
    let newest = MIGRATOR.iter().map(|migration| migration.version).max();
    match applied {
        Ok(applied) => Ok(applied >= newest),
        // An empty database has no such table.
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P01") => Ok(false),
        Err(error) => Err(error),
    }
}
