//! Connections, and the transaction that is bound to one workspace.

use std::{str::FromStr, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{StoreError, error::connection_is_dead};
use crate::ids::WorkspaceId;

/// The connections of this process.
#[derive(Debug, Clone)]
pub struct Db {
    pool: PgPool,
    invites: bool,
}

impl Db {
    /// Makes the pool; connects when first used, so that a process starts while Postgres is away and says so on `/readyz`.
    ///
    /// # Errors
    /// The address cannot be read.
    pub fn new(url: &SecretString, connections: u32) -> Result<Self, sqlx::Error> {
        let options = PgConnectOptions::from_str(url.expose_secret())?
            .application_name("rollcall")
            // A call that waits this long has lost its caller: identity providers give up after 60 seconds at most.
            // And the cost of a walk over groups is guessed far too high: compiling it takes longer than running it.
            .options([
                ("statement_timeout", "30s"),
                ("lock_timeout", "10s"),
                ("idle_in_transaction_session_timeout", "60s"),
                ("jit", "off"),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(4))
            // The ping would cost every call a round trip; `begin` tries a second connection instead.
            .test_before_acquire(false)
            .connect_lazy_with(options);
        Ok(Self { pool, invites: false })
    }

    /// The same, and whoever becomes invited in its transactions is to get an e-mail. Their transactions know it, because what
    /// invites people knows no configuration.
    #[must_use]
    pub fn inviting(self, invites: bool) -> Self {
        Self { invites, ..self }
    }

    /// The pool itself: for the queue, migrations and [`super::global`].
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Begins a transaction that sees and writes the rows of one workspace only: begin, role and workspace in one round trip.
    /// Dropped without [`WorkspaceTx::commit`] it changes nothing.
    ///
    /// # Errors
    /// Postgres is busy or away.
    pub async fn workspace(&self, workspace: WorkspaceId) -> Result<WorkspaceTx, StoreError> {
        Ok(past_dead_connections(&self.pool, || self.begin(workspace)).await?)
    }

    async fn begin(&self, workspace: WorkspaceId) -> Result<WorkspaceTx, sqlx::Error> {
        let begin = format!("begin; {}", bound_to(workspace));
        let tx = self.pool.begin_with(AssertSqlSafe(begin)).await?;
        Ok(WorkspaceTx { tx, workspace, invites: self.invites })
    }
}

/// From here on the transaction sees one workspace only. A UUID in its own spelling: nothing of a caller's text gets into the statement.
fn bound_to(workspace: WorkspaceId) -> String {
    format!("set local role rollcall_workspace; select set_config('rollcall.workspace', '{workspace}', true)")
}

/// Tries again while it meets connections that have died in the pool, by a restart of Postgres for instance: all of them have then,
/// and each attempt takes one of them out. For what changes nothing when it fails.
pub(super) async fn past_dead_connections<T, F>(pool: &PgPool, attempt: impl Fn() -> F) -> sqlx::Result<T>
where
    F: Future<Output = sqlx::Result<T>>,
{
    for _ in 0..pool.options().get_max_connections() {
        match attempt().await {
            Err(error) if connection_is_dead(&error) => {}
            other => return other,
        }
    }
    attempt().await
}

/// A transaction bound to one workspace: in the type, in its SQL (`workspace_id = $1` comes first everywhere), and in Postgres,
/// where it runs under row-level security.
pub struct WorkspaceTx {
    tx: Transaction<'static, Postgres>,
    workspace: WorkspaceId,
    invites: bool,
}

impl WorkspaceTx {
    /// Binds a transaction that has begun without a workspace, because it makes that workspace.
    pub(super) async fn bind(mut tx: Transaction<'static, Postgres>, workspace: WorkspaceId, db: &Db) -> sqlx::Result<Self> {
        sqlx::raw_sql(AssertSqlSafe(bound_to(workspace))).execute(&mut *tx).await?;
        Ok(Self { tx, workspace, invites: db.invites })
    }

    /// Whether whoever becomes invited in it is to get an e-mail.
    pub fn invites(&self) -> bool {
        self.invites
    }

    /// The workspace it is bound to.
    pub fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    /// The connection, for statements.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Makes everything written so far true, at once.
    ///
    /// # Errors
    /// Postgres is away; then whether it happened is unknown and the caller must be told to ask again.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.tx.commit().await?)
    }

    /// Waits for the lock under which one reconciliation of this workspace runs at a time; held until the end of the transaction.
    ///
    /// # Errors
    /// Postgres is busy or away.
    pub async fn lock_reconciliation(&mut self) -> Result<(), StoreError> {
        self.lock("reconcile").await
    }

    /// Waits for whoever else of this workspace has the lock of this name; held until the end of the transaction.
    ///
    /// # Errors
    /// Postgres is busy or away.
    pub(super) async fn lock(&mut self, name: &str) -> Result<(), StoreError> {
        sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind(format!("{name} {}", self.workspace))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
