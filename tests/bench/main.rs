//! The benchmark: HTTP against pgbench running the same SQL, (`--growth`) what must not grow with a directory and its groups, (`--targets`)
//! what must hold when people leave, (`--saml`) what responses of identity providers cost, and (`--pages`) what pages do.
//!
//! `deploy/dev bench` runs it with instances of its own. It measures and shows; it never fails because of a time.

mod data;
mod growth;
mod installation;
mod load;
mod machine;
mod pages;
mod pgbench;
mod recorder;
mod saml;
mod sizes;
mod statements;
mod targets;
mod throughput;

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use clap::Parser;
use serde_json::{Value, json};
use sqlx::PgConnection;

use self::{
    installation::{Database, Process, Settings},
    load::{Connection, Request},
    pgbench::Pgbench,
    statements::Names,
    targets::Redis,
};

/// What was asked on the command line. `deploy/dev bench --quick`, for instance.
#[derive(Parser)]
#[command(name = "rollcall bench", about)]
struct Arguments {
    /// Users in the directory
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1_000..=1_000_000))]
    users: u64,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Connections at the same time
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..=90))]
    clients: u64,
    /// How often HTTP and pgbench take turns
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=50))]
    rounds: u64,
    /// A look in a minute: one second each, one round
    #[arg(long)]
    quick: bool,
    /// Only operations whose name has this in it, `get` for instance; of the targets only this one, `T18` for instance
    #[arg(long)]
    only: Option<String>,
    /// Only what must not grow: single users, pages and an export in directories of 1,000, 10,000, ... users, up to `--users`; changes
    /// of one member in groups of 10 to 100,000
    #[arg(long)]
    growth: bool,
    /// Only what must hold when people leave and among neighbours, with up to `--users` sessions, people and waiting changes
    #[arg(long)]
    targets: bool,
    /// Only what responses of identity providers cost: one alone on one core, and a hundred hostile ones at once
    #[arg(long)]
    saml: bool,
    /// Only what pages cost in a workspace of so many `--users`
    #[arg(long)]
    pages: bool,
    /// redis-server, for `--targets`, which kills it
    #[arg(long, env = "REDIS_SERVER", default_value = "redis-server")]
    redis_server: PathBuf,
    /// A Postgres on which a database can be made
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// A Redis
    #[arg(long, env = "REDIS_URL", hide_env_values = true)]
    redis_url: String,
    /// pgbench
    #[arg(long, env = "PGBENCH", default_value = "pgbench")]
    pgbench: PathBuf,
    /// Cargo says so to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

/// Everything that runs, and what it is called.
struct Bench {
    settings: Settings,
    server: Process,
    /// Until it is stopped, because its work is not to be measured.
    worker: Option<Process>,
    address: String,
    token: String,
    names: Names,
    pgbench: Pgbench,
    /// For looking into the database and for filling it.
    connection: PgConnection,
    users: u64,
    groups: u64,
    clients: usize,
    rounds: u64,
    time: Duration,
    only: Option<String>,
}

fn main() -> ExitCode {
    let mut arguments = Arguments::parse();
    if arguments.quick {
        (arguments.seconds, arguments.rounds) = (1, 1);
    }
    // One thread: the load generator is not to push server and Postgres aside.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(run(arguments))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rollcall bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let load = machine::load();
    let folder = tempfile::Builder::new().prefix("rollcall-bench-").tempdir()?;
    let database = Database::create(&arguments.database_url).await?;
    let measured = measure(&arguments, load, folder.path().to_owned(), &database).await;
    let dropped = database_gone(database).await;
    measured.and(dropped)
}

async fn database_gone(database: Database) -> anyhow::Result<()> {
    database.drop().await.context("the database of this run could not be removed")
}

async fn measure(arguments: &Arguments, load: f64, folder: PathBuf, database: &Database) -> anyhow::Result<()> {
    let mut connection = database.connect().await?;
    let clients = usize::try_from(arguments.clients)?;
    let pgbench =
        Pgbench { program: arguments.pgbench.clone(), folder: folder.clone(), database: database.url.clone(), clients, runs: 0 };
    let versions = (pgbench.version()?, version(&mut connection).await?);
    println!("Rollcall {}, {} cores, {}, {}", env!("CARGO_PKG_VERSION"), machine::cores(), versions.1, versions.0);
    println!("load average {load:.2} at the start; load generator, server, worker, Postgres and Redis share the machine");
    if load > 1.5 {
        println!(
            "WARNING: this machine was busy with something else (load average above 1.5). Ratios may be read, rates may not."
        );
    }
    for setting in ["fsync", "synchronous_commit"] {
        if shown(&mut connection, setting).await? == "off" {
            println!(
                "note: {setting} is off, writes cost less than on a server that keeps what it was told (`deploy/dev bench` has it on)"
            );
        }
    }

    let mut own_redis = match arguments.targets {
        true => Some(Redis::start(arguments.redis_server.clone(), folder.join("redis.sock"))?),
        false => None,
    };
    let settings = Settings {
        database: database.url.clone(),
        redis: own_redis.as_ref().map_or_else(|| arguments.redis_url.clone(), Redis::url),
        requests_per_second: None,
        connections: arguments.clients.try_into()?,
        folder,
    };
    settings.run(&["migrate"])?;
    settings.workspace(&mut connection, "bench").await?;
    let token = settings.run(&["token", "create", "bench", "--name", "bench", "--scope", "scim", "--quiet"])?;
    let mut server = Process::start("serve", &settings)?;
    let address = server.address().await?;
    let worker = Process::start("worker", &settings)?;

    let started = Instant::now();
    let names = names(&mut connection, &address, &token).await?;
    // Growth is measured in directories of its own.
    let users = match (arguments.growth || arguments.saml, arguments.targets) {
        (true, _) => 1_000,
        (_, true) => 10_000,
        (false, false) => arguments.users,
    };
    let groups = users / data::MEMBERS_OF_GROUP as u64;
    data::users(&mut connection, &names.workspace, &names.document, 1, users).await?;
    data::groups(&mut connection, &names.workspace, groups, users).await?;
    data::settle(&mut connection).await?;
    println!(
        "{users} users in {groups} groups of {}, loaded by SQL into the real tables in {:.1} s, as the server and the worker would have stored them",
        data::MEMBERS_OF_GROUP,
        started.elapsed().as_secs_f64()
    );
    let time = Duration::from_secs(arguments.seconds);
    let mut bench = Bench {
        settings,
        server,
        worker: Some(worker),
        address,
        token,
        names,
        pgbench,
        connection,
        users,
        groups,
        clients,
        rounds: arguments.rounds,
        time,
        only: arguments.only.clone(),
    };
    bench.drained().await?;
    if let Some(redis) = &mut own_redis {
        return targets::measure(bench, redis, arguments.users).await;
    }
    if arguments.growth {
        let sizes = [1_000, 10_000, 100_000, 1_000_000].into_iter().filter(|size| *size <= arguments.users);
        sizes::measure(&mut bench, &[10, 1_000, 10_000, 100_000]).await?;
        return growth::measure(&mut bench, &sizes.collect::<Vec<_>>()).await;
    }
    if arguments.pages {
        return pages::measure(&mut bench).await;
    }
    if arguments.saml {
        return saml::measure(&mut bench).await;
    }
    throughput::check(&bench).await?;
    println!("the statements in tests/bench/statements.rs are those that the server sent for one request each");
    throughput::measure(&mut bench).await
}

impl Bench {
    /// The processes of Postgres that serve this database.
    async fn backends(&mut self) -> anyhow::Result<Vec<u32>> {
        let ids: Vec<i32> = sqlx::query_scalar("select pid from pg_stat_activity where datname = current_database()")
            .fetch_all(&mut self.connection)
            .await?;
        Ok(ids.into_iter().filter_map(|id| id.try_into().ok()).collect())
    }

    /// Waits until the worker has nothing left to do, so that one measurement does not pay for another.
    async fn drained(&mut self) -> anyhow::Result<()> {
        let started = Instant::now();
        loop {
            let open: i64 = sqlx::query_scalar(
                "select (select count(*) from dirty) + (select count(*) from apalis.jobs where status in ('Pending', 'Queued', 'Running', 'Failed'))",
            )
            .fetch_one(&mut self.connection)
            .await?;
            if open == 0 {
                return Ok(());
            }
            if started.elapsed() > Duration::from_secs(120) {
                bail!("the worker has not done its work in two minutes; {open} marks and jobs are left");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

async fn shown(connection: &mut PgConnection, setting: &str) -> anyhow::Result<String> {
    Ok(sqlx::query_scalar("select current_setting($1)").bind(setting).fetch_one(connection).await?)
}

async fn version(connection: &mut PgConnection) -> anyhow::Result<String> {
    let version = shown(connection, "server_version").await?;
    Ok(format!("Postgres {}", version.split(' ').next().unwrap_or_default()))
}

/// A user with ten attributes.
fn user(number: u64) -> String {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "userName": format!("user{number}@bench.test"), "externalId": format!("hr-{number}"),
        "name": { "givenName": "Nora", "familyName": "Lindqvist" }, "displayName": "Nora Lindqvist", "title": "Engineer",
        "emails": [{ "value": format!("user{number}@bench.test"), "type": "work", "primary": true }],
        "locale": "sv-SE", "timezone": "Europe/Stockholm", "active": true,
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Research", "employeeNumber": number.to_string() },
    })
    .to_string()
}

/// Creates one user over HTTP and looks how it was stored.
async fn names(connection: &mut PgConnection, address: &str, token: &str) -> anyhow::Result<Names> {
    let number = data::FIRST;
    let mut client = Connection::open(address, token).await?;
    let (status, body) = client.send(&Request { method: "POST", path: "/Users".to_owned(), body: user(number) }).await?;
    if status != 201 {
        bail!("a user could not be created: {status} {}", String::from_utf8_lossy(body));
    }
    let id = serde_json::from_slice::<Value>(body)?["id"].as_str().unwrap_or_default().to_owned();
    let (workspace, document): (String, String) =
        sqlx::query_as("select workspace_id::text, document::text from users where id = $1::uuid")
            .bind(id)
            .fetch_one(&mut *connection)
            .await?;
    let (token, digest): (String, String) =
        sqlx::query_as("select id::text, digest::text from api_tokens").fetch_one(connection).await?;
    let document = document.replace(&number.to_string(), "@@");
    let document_off = document.replace(r#""active": true"#, r#""active": false"#);
    Ok(Names { workspace, token, digest, document, document_off })
}
