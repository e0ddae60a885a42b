//! A whole Rollcall for one test: its own database, its own Redis, its own server and worker processes.

#![expect(clippy::disallowed_methods, reason = "where the tests find Postgres and Redis, deploy/dev says in the environment")]

mod api;
mod cluster;
mod database;
mod process;
mod raw;
mod redis;
mod workspace;

use std::time::{Duration, Instant};

pub use api::{Answer, Api, assert_includes};
pub use cluster::Cluster;
pub use database::{Database, reads};
pub use process::{Process, run};
pub use raw::Raw;
pub use redis::Redis;
pub use workspace::{Builder, Workspace};

/// The operators' token of every instance.
pub const OPERATOR_TOKEN: &str = "the-operator-token-of-the-tests-0123456789";

/// The key under which every instance keeps secrets.
pub const SECRET_KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// What an installation needs besides for SAML.
pub const SAML_SETTINGS: &[(&str, &str)] = &[("ROLLCALL_PUBLIC_URL", PUBLIC_URL)];

/// The address of installations with SAML; whoever calls it comes to [`Instance::url`].
pub const PUBLIC_URL: &str = "https://rollcall.example.test";

/// One installation. End every test with [`Instance::finish`], which fails when jobs are left over, or say why they are with
/// [`Instance::abandon`].
pub struct Instance {
    // Processes go before what they use.
    server: Process,
    workers: Vec<Process>,
    pub redis: Redis,
    pub database: Database,
    folder: tempfile::TempDir,
    ended: bool,
}

impl Instance {
    /// Server and worker.
    pub async fn start() -> Self {
        let mut instance = Self::without_worker().await;
        instance.start_worker();
        instance
    }

    /// Server and worker, with everything that SAML needs.
    pub async fn with_saml() -> Self {
        let mut instance = Self::with_settings(SAML_SETTINGS).await;
        instance.start_worker_with(SAML_SETTINGS);
        instance
    }

    /// The server alone; what it enqueues waits.
    pub async fn without_worker() -> Self {
        Self::with_settings(&[]).await
    }

    /// The server alone, with settings of its own.
    pub async fn with_settings(settings: &[(&str, &str)]) -> Self {
        Self::on(Database::create().await, settings).await
    }

    /// The server alone, on this database.
    pub async fn on(database: Database, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("rollcall-").tempdir().expect("a folder for this test");
        let redis = Redis::start(folder.path());
        let environment = Self::environment(&database, &redis, settings);
        let server = Process::start("serve", &environment, folder.path());
        server.wait_for_address().await;
        Self { server, workers: Vec::new(), redis, database, folder, ended: false }
    }

    fn environment(database: &Database, redis: &Redis, settings: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut environment: Vec<(String, String)> = [
            ("DATABASE_URL", database.url.as_str()),
            ("REDIS_URL", redis.url.as_str()),
            ("ROLLCALL_LISTEN", "127.0.0.1:0"),
            ("ROLLCALL_OPERATOR_TOKEN", OPERATOR_TOKEN),
            ("ROLLCALL_LOG_FORMAT", "json"),
            ("ROLLCALL_DATABASE_CONNECTIONS", "8"),
            ("ROLLCALL_SHUTDOWN_SECONDS", "5"),
            // Tests ask for a sweep when they want one.
            ("ROLLCALL_SWEEP_SECONDS", "3600"),
            ("ROLLCALL_SECRET_KEY", SECRET_KEY),
            // The receivers of the tests are on this machine.
            ("ROLLCALL_WEBHOOK_PRIVATE_ADDRESSES", "on"),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
        environment.retain(|(key, _)| !settings.iter().any(|(other, _)| other == key));
        environment.extend(settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        environment
    }

    /// One more worker process; answers its place.
    pub fn start_worker(&mut self) -> usize {
        self.start_worker_with(&[])
    }

    /// One more worker process, with settings of its own.
    pub fn start_worker_with(&mut self, settings: &[(&str, &str)]) -> usize {
        let environment = Self::environment(&self.database, &self.redis, settings);
        self.workers.push(Process::start("worker", &environment, self.folder.path()));
        self.workers.len() - 1
    }

    /// A worker process.
    pub fn worker(&mut self, place: usize) -> &mut Process {
        &mut self.workers[place]
    }

    /// The worker process that was started last.
    pub fn last_worker(&mut self) -> &mut Process {
        self.workers.last_mut().expect("a worker")
    }

    /// The server process.
    pub fn server(&mut self) -> &mut Process {
        &mut self.server
    }

    /// The most memory that the server has ever held, in KiB.
    pub fn peak_kilobytes(&self) -> u64 {
        self.server.peak_memory() / 1024
    }

    /// Starts the server anew after it was stopped or killed; under a new port, as everything that asks for [`Self::url`] sees.
    pub async fn restart_server(&mut self) {
        self.restart_server_with(&[]).await;
    }

    /// The same with settings of its own.
    pub async fn restart_server_with(&mut self, settings: &[(&str, &str)]) {
        let environment = Self::environment(&self.database, &self.redis, settings);
        self.server = Process::start("serve", &environment, self.folder.path());
        self.server.wait_for_address().await;
    }

    /// Runs a subcommand of the binary to its end; answers exit code, standard output and standard error.
    pub fn command(&self, arguments: &[&str]) -> (i32, String, String) {
        process::run(arguments, &Self::environment(&self.database, &self.redis, &[]))
    }

    /// Scheme, host and port.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Without any token.
    pub fn anonymous(&self) -> Api {
        Api::new(self.url(), None)
    }

    /// With this bearer token, at the root.
    pub fn with_token(&self, token: &str) -> Api {
        Api::new(self.url(), Some(token.to_owned()))
    }

    /// As operator.
    pub fn ops(&self) -> Api {
        Api::new(format!("{}/api/v1/ops", self.url()), Some(OPERATOR_TOKEN.to_owned()))
    }

    /// A workspace that is to be made.
    pub fn workspace(&self) -> Builder {
        Builder::new(self.url(), self.ops(), self.database.pool.clone())
    }

    /// Everything that server and workers have logged.
    pub fn logs(&self) -> String {
        let workers: String = self.workers.iter().map(Process::log).collect();
        self.server.log() + &workers
    }

    /// Waits until nothing is marked, no event lacks its number and no job waits, runs or is retried; fails when one is dead.
    pub async fn settle(&self) {
        self.settle_within(LONG_ENOUGH).await;
    }

    /// The same, for those who have much to do.
    pub async fn settle_within(&self, patience: Duration) {
        eventually_within(patience, "the queue is empty", async || {
            let dead = self.database.count("select count(*) from apalis.jobs where status = 'Killed'").await;
            assert_eq!(dead, 0, "a job is dead: {}", self.logs());
            let jobs = "select count(*) from apalis.jobs where status <> 'Done'";
            let marks = "select (select count(*) from dirty) + (select count(*) from group_walks)
                              + (select count(*) from sweeps where finished_at is null)";
            // Without a worker nobody numbers the events that the making of a workspace alone leaves.
            let events = if self.workers.is_empty() { "select 0::bigint" } else { "select count(*) from event_outbox" };
            self.database.count(jobs).await == 0
                && self.database.count(marks).await == 0
                && self.database.count(events).await == 0
        })
        .await;
    }

    /// The end of a test: what was enqueued must have been done.
    pub async fn finish(mut self) {
        self.settle().await;
        self.ended = true;
    }

    /// The end of a test that leaves jobs on purpose.
    pub fn abandon(mut self, _why: &str) {
        self.ended = true;
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.logs());
        } else {
            assert!(self.ended, "a test ends with finish() or abandon()");
        }
    }
}

/// Much longer than anything takes, so that a slow machine fails no test.
const LONG_ENOUGH: Duration = Duration::from_secs(30);

/// Waits until something holds, for half a minute.
pub async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    eventually_within(LONG_ENOUGH, what, holds).await;
}

/// Waits until something holds, for at most so long.
pub async fn eventually_within(patience: Duration, what: &str, holds: impl AsyncFn() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < patience, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
