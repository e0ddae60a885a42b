//! A Rollcall of the release build on a database of its own; both are gone afterwards.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use reqwest::Url;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

/// What the servers of a run seal cursors with.
pub const SEAL_KEY: &str = "6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1";

/// Under which identity providers know the servers of a run.
pub const PUBLIC_URL: &str = "http://localhost:8080";

/// A connection by which people sign in, without which SCIM is closed.
const ACTIVE_CONNECTION: &str = include_str!("../active_connection.sql");

const BINARY: &str = env!("CARGO_BIN_EXE_rollcall");

/// The database of this run.
pub struct Database {
    pub url: Url,
    server: Url,
    name: String,
}

impl Database {
    pub async fn create(server: &str) -> anyhow::Result<Self> {
        let server = Url::parse(server).context("DATABASE_URL is no address like postgres://user:password@host:5432/database")?;
        let mut admin = PgConnection::connect(server.as_str()).await.context("DATABASE_URL: Postgres cannot be reached")?;
        let name = format!("rollcall_bench_{}", std::process::id());
        sqlx::raw_sql(AssertSqlSafe(format!("create database {name}")))
            .execute(&mut admin)
            .await
            .context("the role of DATABASE_URL may not make a database; `deploy/dev bench` has an instance where it may")?;
        let mut url = server.clone();
        url.set_path(&name);
        Ok(Self { url, server, name })
    }

    pub async fn connect(&self) -> anyhow::Result<PgConnection> {
        PgConnection::connect(self.url.as_str()).await.context("the database of this run cannot be reached")
    }

    pub async fn drop(self) -> anyhow::Result<()> {
        let mut admin = PgConnection::connect(self.server.as_str()).await?;
        sqlx::raw_sql(AssertSqlSafe(format!("drop database if exists {} with (force)", self.name))).execute(&mut admin).await?;
        Ok(())
    }
}

/// What the processes need to know.
#[derive(Clone)]
pub struct Settings {
    pub database: Url,
    pub redis: String,
    pub connections: u32,
    /// What a workspace may send; none for as much as it likes.
    pub requests_per_second: Option<u32>,
    pub folder: PathBuf,
}

impl Settings {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(arguments);
        for (key, _) in std::env::vars_os() {
            if key.to_str().is_some_and(|key| key.starts_with("ROLLCALL_")) {
                command.env_remove(key);
            }
        }
        command.env("ROLLCALL_SCIM_REQUESTS_PER_SECOND", self.requests_per_second.unwrap_or(0).to_string());
        command
            .env("DATABASE_URL", self.database.as_str())
            .env("REDIS_URL", &self.redis)
            .env("ROLLCALL_REDIS_NAMESPACE", format!("bench{}", std::process::id()))
            .env("ROLLCALL_LISTEN", "127.0.0.1:0")
            .env("ROLLCALL_PUBLIC_URL", PUBLIC_URL)
            .env("ROLLCALL_SEAL_KEY", SEAL_KEY)
            .env("ROLLCALL_DATABASE_CONNECTIONS", self.connections.to_string())
            .env("ROLLCALL_SWEEP_SECONDS", "86400");
        command
    }

    /// Runs a subcommand to its end; answers what it printed.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.command(arguments).output().context("the binary cannot be started")?;
        if !output.status.success() {
            bail!("rollcall {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// A workspace whose gate is open.
    pub async fn workspace(&self, connection: &mut PgConnection, slug: &str) -> anyhow::Result<Uuid> {
        self.run(&["workspace", "create", slug, "--plan", "enterprise", "--scim"])?;
        let id = sqlx::query_scalar("select id from workspaces where slug = $1").bind(slug).fetch_one(&mut *connection).await?;
        sqlx::query(ACTIVE_CONNECTION).bind(id).execute(connection).await?;
        Ok(id)
    }
}

/// `serve` or `worker`; told to stop with this value.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    pub fn start(subcommand: &str, settings: &Settings) -> anyhow::Result<Self> {
        let log = settings.folder.join(format!("{subcommand}-{}.log", settings.connections));
        let file = File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;
        let child =
            settings.command(&[subcommand]).stdout(Stdio::null()).stderr(file).spawn().context("the binary cannot be started")?;
        Ok(Self { child, log })
    }

    /// kill -9.
    pub fn kill(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Host and port, once it listens.
    pub async fn address(&mut self) -> anyhow::Result<String> {
        let started = Instant::now();
        loop {
            if let Some(address) = said(&self.log) {
                return Ok(address);
            }
            if self.child.try_wait()?.is_some() || started.elapsed() > Duration::from_secs(20) {
                bail!("the server does not listen: {}", fs::read_to_string(&self.log).unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn said(log: &Path) -> Option<String> {
    fs::read_to_string(log).ok()?.lines().find_map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).ok()?;
        (line["message"] == "serving").then(|| line["address"].as_str().map(|text| text.replace("socket://", "")))?
    })
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
