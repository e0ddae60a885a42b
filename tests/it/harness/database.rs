//! A database for one test, copied from a template that is migrated once.

use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, migrate::Migrator, postgres::PgPoolOptions};

use rollcall::store::WorkspaceTx;

use super::process;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// A database that is dropped with this value.
pub struct Database {
    /// Its address.
    pub url: String,
    /// Connections for looking into it; they see every workspace.
    pub pool: PgPool,
    name: String,
    server: String,
}

impl Database {
    /// Copies the template.
    pub async fn create() -> Self {
        let server = std::env::var("ROLLCALL_TEST_DATABASE_URL").expect(
            "ROLLCALL_TEST_DATABASE_URL must name a Postgres on which databases can be made; `deploy/dev test` starts one",
        );
        Self::on(server).await
    }

    /// Copies the template of this Postgres.
    pub async fn on(server: String) -> Self {
        let mut admin = PgConnection::connect(&server).await.expect("the Postgres of ROLLCALL_TEST_DATABASE_URL");
        let template = template(&mut admin, &server).await;
        let name = format!("rollcall_test_{}", uuid::Uuid::new_v4().simple());
        execute(&mut admin, format!("create database {name} template {template}")).await;
        let url = named(&server, &name);
        let pool = PgPoolOptions::new().max_connections(4).connect_lazy(&url).expect("an address");
        Self { url, pool, name, server }
    }

    /// The one number that a query answers.
    pub async fn count(&self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&self.pool).await.expect(sql)
    }

    /// Does something to the database behind Rollcall's back.
    pub async fn execute(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&self.pool).await.expect(sql);
    }

    /// A row, a table or whatever the statement locks, held until the answer is dropped.
    pub async fn hold(&self, sql: &str) -> sqlx::Transaction<'static, sqlx::Postgres> {
        let mut held = self.pool.begin().await.expect("a transaction");
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut *held).await.expect(sql);
        held
    }

    /// Lets nobody in and throws everybody out, the test's own connections included.
    pub async fn shut(&self) {
        self.let_in(false).await;
        let mut admin = PgConnection::connect(&self.server).await.expect("Postgres");
        execute(&mut admin, format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{}'", self.name))
            .await;
    }

    /// Lets everybody in again.
    pub async fn open(&self) {
        self.let_in(true).await;
        // The test's own connections were cut.
        for _ in 0..10 {
            drop(sqlx::query("select 1").execute(&self.pool).await);
        }
    }

    async fn let_in(&self, yes: bool) {
        let mut admin = PgConnection::connect(&self.server).await.expect("Postgres");
        execute(&mut admin, format!("alter database {} allow_connections {yes}", self.name)).await;
    }

    /// Cuts every connection of Rollcall's processes; new ones may be made at once.
    pub async fn cut_connections(&self) {
        self.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and application_name like 'rollcall%'",
        )
        .await;
    }

    /// Everything in it as text, for searching.
    pub fn dump(&self) -> String {
        let output = std::process::Command::new("pg_dump").arg("--data-only").arg(&self.url).output().expect("pg_dump");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (name, server) = (self.name.clone(), self.server.clone());
        // Dropping cannot wait, a thread with a runtime of its own can.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let mut admin = PgConnection::connect(&server).await.expect("Postgres");
                execute(&mut admin, format!("drop database if exists {name} with (force)")).await;
            });
        });
        drop(dropped.join());
    }
}

/// The migrated template, made by whoever comes first; another set of migrations is another template.
async fn template(admin: &mut PgConnection, server: &str) -> String {
    let checksums: Vec<u8> = MIGRATIONS.iter().flat_map(|migration| migration.checksum.to_vec()).collect();
    let name = format!("rollcall_template_{:08x}", crc32fast::hash(&checksums));
    sqlx::query("select pg_advisory_lock(7001)").execute(&mut *admin).await.expect("the lock of the template");
    let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(&name)
        .fetch_one(&mut *admin)
        .await
        .expect("pg_database");
    if !exists {
        let making = format!("{name}_making");
        execute(admin, format!("drop database if exists {making} with (force)")).await;
        execute(admin, format!("create database {making}")).await;
        let environment =
            [("DATABASE_URL".to_owned(), named(server, &making)), ("REDIS_URL".to_owned(), "redis://127.0.0.1:1".to_owned())];
        let (code, _, errors) = process::run(&["migrate"], &environment);
        assert_eq!(code, 0, "{errors}");
        execute(admin, format!("alter database {making} rename to {name}")).await;
    }
    sqlx::query("select pg_advisory_unlock(7001)").execute(admin).await.expect("the lock of the template");
    name
}

async fn execute(admin: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(admin).await.expect(&sql);
}

/// The same server, another database.
fn named(server: &str, database: &str) -> String {
    let (base, parameters) = server.split_once('?').map_or((server, ""), |(base, parameters)| (base, parameters));
    let (base, _) = base.rsplit_once('/').expect("the address names a database");
    if parameters.is_empty() { format!("{base}/{database}") } else { format!("{base}/{database}?{parameters}") }
}

/// How many rows and index entries were read of the tables whose names are like this, and how many of them whole. Postgres counts on from
/// what this connection has done before and not yet written down, so it is the difference of two that says something.
pub async fn reads(tx: &mut WorkspaceTx, tables: &str) -> (i64, i64) {
    sqlx::query_as(
        "select coalesce(sum(pg_stat_get_xact_tuples_returned(c.oid)), 0)::bigint,
                coalesce(sum(case when c.relkind = 'r' then pg_stat_get_xact_numscans(c.oid) end), 0)::bigint
         from pg_class c where c.relname ~ $1 and c.relkind in ('r', 'i')",
    )
    .bind(tables)
    .fetch_one(tx.connection())
    .await
    .expect("statistics")
}
