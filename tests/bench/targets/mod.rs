//! What must hold when people leave, and among neighbours: how many calls of somebody who is out are accepted, with many sessions, in
//! outages, for very many at once; what a workspace with very much to do costs another; how long everybody takes to be looked at.

mod crowd;
mod leaver;
mod neighbours;
mod outages;
mod redis;
mod sweep;

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

pub use self::redis::Redis;
use super::{
    Bench, data,
    installation::{Process, Settings},
    load::{Connection, Request},
};

/// Connections of whoever prepares something.
const HANDS: usize = 16;

/// Rollcall's two processes, and a workspace whose people leave.
struct Stage<'a> {
    connection: &'a mut PgConnection,
    settings: Settings,
    redis: &'a mut Redis,
    server: Process,
    worker: Option<Process>,
    address: String,
    tokens: Tokens,
    document: String,
    /// The next one who has not left yet.
    next: u64,
}

/// Of one workspace.
#[derive(Clone)]
struct Tokens {
    slug: String,
    workspace: Uuid,
    scim: String,
    admin: String,
    sessions: String,
}

/// # Errors
/// A request was not answered as it should be, or the worker does not do its work.
pub async fn measure(bench: Bench, redis: &mut Redis, most: u64) -> anyhow::Result<()> {
    let Bench { settings, server, worker, address, names, mut connection, users, only, .. } = bench;
    let workspace = names.workspace.parse()?;
    let tokens = Tokens::of(&settings, "bench", workspace, bench.token)?;
    let mut stage = Stage {
        connection: &mut connection,
        settings,
        redis,
        server,
        worker,
        address,
        tokens,
        document: names.document,
        next: 1,
    };
    if users < 1_000 {
        bail!("a thousand users at least");
    }
    let wanted = |name: &str| only.as_deref().is_none_or(|only| name.eq_ignore_ascii_case(only));
    if wanted("T13") {
        leaver::every_way(&mut stage, most).await?;
    }
    if wanted("T14") {
        leaver::under_writes(&mut stage).await?;
    }
    if wanted("T15") {
        outages::measure(&mut stage).await?;
    }
    if wanted("T16") {
        crowd::measure(&mut stage, most.min(100_000)).await?;
    }
    if wanted("T17") {
        neighbours::greedy(&mut stage).await?;
    }
    if wanted("T18") {
        neighbours::busy(&mut stage, most).await?;
    }
    if wanted("T23") {
        sweep::measure(&mut stage, most).await?;
    }
    Ok(())
}

impl Tokens {
    fn of(settings: &Settings, slug: &str, workspace: Uuid, scim: String) -> anyhow::Result<Self> {
        let token = |scope| settings.run(&["token", "create", slug, "--name", "targets", "--scope", scope, "--quiet"]);
        Ok(Self { slug: slug.to_owned(), workspace, scim, admin: token("admin")?, sessions: token("sessions")? })
    }
}

impl Stage<'_> {
    /// Somebody who is in, by number.
    fn somebody(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    /// Another workspace, empty.
    async fn workspace(&mut self, slug: &str) -> anyhow::Result<Tokens> {
        let workspace = self.settings.workspace(self.connection, slug).await?;
        let scim = self.settings.run(&["token", "create", slug, "--name", "targets", "--scope", "scim", "--quiet"])?;
        Tokens::of(&self.settings, slug, workspace, scim)
    }

    async fn restart_server(&mut self, settings: &Settings) -> anyhow::Result<()> {
        self.server.kill();
        self.server = Process::start("serve", settings)?;
        self.address = self.server.address().await?;
        Ok(())
    }

    /// Signs somebody in so many times; answers the sessions.
    async fn sign_in(&self, members: &[String]) -> anyhow::Result<Vec<String>> {
        let mut tasks = tokio::task::JoinSet::new();
        for share in members.chunks(members.len().div_ceil(HANDS)) {
            let (share, mut connection) = (share.to_vec(), Connection::open(&self.address, &self.tokens.sessions).await?);
            tasks.spawn(async move {
                let mut sessions = Vec::with_capacity(share.len());
                for member in share {
                    let body = json!({ "member_id": member }).to_string();
                    let answer = api(&mut connection, "POST", "/sessions".to_owned(), body, 201).await?;
                    sessions.push(answer["id"].as_str().unwrap_or_default().to_owned());
                }
                anyhow::Ok(sessions)
            });
        }
        let mut sessions = Vec::with_capacity(members.len());
        while let Some(some) = tasks.join_next().await {
            sessions.extend(some.context("a client has died")??);
        }
        Ok(sessions)
    }

    /// Seconds until something is true of the database.
    async fn until(&mut self, sql: &str, patience: Duration) -> anyhow::Result<f64> {
        let started = Instant::now();
        loop {
            if sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(&mut *self.connection).await? {
                return Ok(started.elapsed().as_secs_f64());
            }
            if started.elapsed() > patience {
                bail!("waited in vain for: {sql}");
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Kills the worker when it has nothing to do: the job of a dead worker waits until others notice, which is measured elsewhere.
    async fn retire_worker(&mut self) -> anyhow::Result<()> {
        let idle = "select not exists (select from dirty) and not exists (select from event_outbox)
                    and not exists (select from apalis.jobs where status not in ('Done', 'Failed', 'Killed'))";
        if self.worker.is_some() {
            self.until(idle, Duration::from_secs(120)).await?;
        }
        drop(self.worker.take());
        Ok(())
    }
}

fn member_id(number: u64) -> String {
    data::user_id(number).replacen("-8000-", "-9000-", 1)
}

fn user_path(number: u64) -> String {
    format!("/Users/{}", data::user_id(data::FIRST + number))
}

fn patch(operations: &Value) -> String {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations }).to_string()
}

fn deactivation() -> String {
    patch(&json!([{ "op": "replace", "path": "active", "value": false }]))
}

/// A call below `/api/v1` that must be answered with this status.
async fn api(
    connection: &mut Connection,
    method: &'static str,
    path: String,
    body: String,
    status: u16,
) -> anyhow::Result<Value> {
    let request = Request { method, path, body };
    let (came, body) = connection.call(&request).await?;
    if came != status {
        bail!("{method} {} was answered with {came}: {}", request.path, String::from_utf8_lossy(body));
    }
    Ok(if body.is_empty() { Value::Null } else { serde_json::from_slice(body)? })
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
