//! A job that misbehaves as told, and workers for it in this process: for what no real job can be made to do.

use std::time::Duration;

use rollcall::{
    jobs::{
        Job,
        admin::{self, JobState},
    },
    worker::{Crew, Failure},
};
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::sync::oneshot;

use crate::harness::{Database, eventually};

/// How long a stopping crew may finish what is in flight.
pub const GRACE: Duration = Duration::from_secs(5);

/// The job.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Probe {
    name: String,
    /// `ok`, `panic`, or a number of milliseconds to take.
    mode: String,
}

impl Job for Probe {
    const QUEUE: &'static str = "probe";
    const MAX_ATTEMPTS: i32 = 3;
    const PRIORITY: i32 = 0;
    const TIME_LIMIT: Duration = Duration::from_secs(60);
}

/// A database with a table in which each run writes a row.
pub async fn database() -> Database {
    let database = Database::create().await;
    database.execute("create table runs (job text not null, at timestamptz not null default clock_timestamp())").await;
    database
}

/// Puts a job there; answers its id.
pub async fn push(database: &Database, mode: &str) -> String {
    let id = ulid::Ulid::generate().to_string();
    sqlx::query("insert into apalis.jobs (id, job_type, job, max_attempts, run_at) values ($1, 'probe', $2, 3, now())")
        .bind(&id)
        .bind(Probe { name: id.clone(), mode: mode.into() }.payload())
        .execute(&database.pool)
        .await
        .expect("a job");
    id
}

async fn run(pool: PgPool, job: Probe) -> Result<(), Failure> {
    let row = sqlx::query("insert into runs (job) values ($1)").bind(&job.name);
    row.execute(&pool).await.map_err(|error| Failure::Transient(error.into()))?;
    match job.mode.as_str() {
        "ok" => Ok(()),
        "panic" => panic!("at the disco"),
        millis => {
            tokio::time::sleep(Duration::from_millis(millis.parse().expect("milliseconds"))).await;
            Ok(())
        }
    }
}

/// Workers in this process; stopped by the sender.
pub struct Running {
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<anyhow::Result<()>>,
}

impl Running {
    /// With so many hands, taking so many jobs at a time.
    pub fn start(database: &Database, concurrency: usize, batch: usize) -> Self {
        let connect = || PgPoolOptions::new().max_connections(8).connect_lazy(&database.url).expect("an address");
        let (queue, business) = (connect(), connect());
        let (stop, stopped) = oneshot::channel::<()>();
        let crew = Crew::new(queue).serve(concurrency, batch, move |job: Probe| run(business.clone(), job));
        let task = tokio::spawn(crew.run(async move { drop(stopped.await) }, GRACE));
        Self { stop, task }
    }

    /// Stops them as SIGTERM would.
    pub async fn stop(self) {
        self.stop.send(()).expect("a crew that runs");
        self.task.await.expect("no panic").expect("it was asked to stop");
    }
}

/// How often a job has run.
pub async fn runs(database: &Database, id: &str) -> i64 {
    sqlx::query_scalar("select count(*) from runs where job = $1").bind(id).fetch_one(&database.pool).await.expect("a count")
}

/// A job as it stands.
pub async fn job(database: &Database, id: &str) -> admin::Job {
    let jobs = admin::list(&database.pool, None, 10_000, None).await.expect("jobs");
    jobs.into_iter().find(|job| job.id == id).expect("the job")
}

/// Waits until a job is in this state.
pub async fn becomes(database: &Database, id: &str, state: JobState) {
    eventually(state.as_str(), async || job(database, id).await.state == state).await;
}
