//! What one workspace costs another.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;
use tokio::task::JoinSet;

use super::{Connection, Process, Request, Settings, Stage, Tokens, api, data, deactivation, milliseconds, patch};
use crate::{load::percentile, machine};

/// What the quiet one sends in a second.
const QUIET: f64 = 25.0;
const TIME: Duration = Duration::from_secs(20);

/// T17: one workspace sends fifty times what it may, of the dearest that there is.
pub async fn greedy(stage: &mut Stage<'_>) -> anyhow::Result<()> {
    const QUOTA: u32 = 50;
    const CLIENTS: usize = 25;
    let quiet = stage.workspace("quiet").await?;
    data::users(&mut *stage.connection, &quiet.workspace.to_string(), &stage.document, 1, 1_000).await?;
    let limited = Settings { requests_per_second: Some(QUOTA), ..stage.settings.clone() };
    stage.restart_server(&limited).await?;
    let alone = requests(&stage.address, &quiet, TIME).await?;
    let mut tasks = JoinSet::new();
    let started = Instant::now();
    for client in 0..CLIENTS {
        let mut connection = Connection::open(&stage.address, &stage.tokens.scim).await?;
        tasks.spawn(async move {
            let (mut served, mut refused) = (0_u64, 0_u64);
            let mut ticks = tokio::time::interval(Duration::from_secs_f64(CLIENTS as f64 / (f64::from(QUOTA) * 50.0)));
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
            while started.elapsed() < TIME {
                ticks.tick().await;
                // Nothing helps to find these, and everybody is looked at.
                let filter = format!("title%20co%20%22nobody{client}%22%20or%20nickName%20ew%20%22x%22");
                let path = format!("/Users?filter={filter}&sortBy=name.familyName&count=100");
                let (status, body) = connection.send(&Request { method: "GET", path, body: String::new() }).await?;
                match status {
                    200 => served += 1,
                    429 => refused += 1,
                    _ => anyhow::bail!("{status}: {}", String::from_utf8_lossy(body)),
                }
            }
            Ok((served, refused))
        });
    }
    let beside = requests(&stage.address, &quiet, TIME).await?;
    let (mut served, mut refused) = (0, 0);
    while let Some(task) = tasks.join_next().await {
        let (some, others) = task.context("a client has died")??;
        served += some;
        refused += others;
    }
    let seconds = started.elapsed().as_secs_f64();
    println!();
    println!(
        "A workspace that may send {QUOTA} requests a second sends {:.0}, each a filter and a sort that no index serves: {:.1} a second are \
         served ({:.0} % of what it may), the others answered 429 (T17)",
        (served + refused) as f64 / seconds,
        served as f64 / seconds,
        served as f64 / seconds / f64::from(QUOTA) * 100.0
    );
    println!(
        "Another one at {QUIET:.0} a second: p50 {:.1} ms, p99 {:.1} ms beside it; alone {:.1}, {:.1}; {} requests, none failed",
        milliseconds(percentile(&beside, 0.5)),
        milliseconds(percentile(&beside, 0.99)),
        milliseconds(percentile(&alone, 0.5)),
        milliseconds(percentile(&alone, 0.99)),
        beside.len()
    );
    let settings = stage.settings.clone();
    stage.restart_server(&settings).await
}

/// Reads and writes of the quiet one, in the times they took.
async fn requests(address: &str, tokens: &Tokens, time: Duration) -> anyhow::Result<Vec<Duration>> {
    let mut connection = Connection::open(address, &tokens.scim).await?;
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / QUIET));
    let (started, mut times) = (Instant::now(), Vec::new());
    for turn in 0_u64.. {
        if started.elapsed() >= time {
            break;
        }
        ticks.tick().await;
        let path = super::user_path(1 + turn % 1_000);
        let request = if turn % 5 == 0 {
            let body = patch(&json!([{ "op": "replace", "path": "title", "value": format!("T{turn}") }]));
            Request { method: "PATCH", path, body }
        } else {
            Request { method: "GET", path, body: String::new() }
        };
        let sent = Instant::now();
        let (status, body) = connection.send(&request).await?;
        anyhow::ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(body));
        times.push(sent.elapsed());
    }
    times.sort_unstable();
    Ok(times)
}

/// T18: one workspace has very many changes waiting; what another one changes is done at once, and its leaver is out with a receipt.
pub async fn busy(stage: &mut Stage<'_>, waiting: u64) -> anyhow::Result<()> {
    const TURNS: usize = 20;
    let (flood, quiet) = (stage.workspace("flood").await?, stage.workspace("beside").await?);
    data::without_brake(&mut *stage.connection, &quiet.workspace.to_string()).await?;
    stage.retire_worker().await?;
    // Everybody is new: the dearest thing that can be waiting.
    let document = stage.document.replace('\'', "''");
    let fill = format!(
        "with made as (
             insert into users (workspace_id, id, user_name_key, external_id, active, document, created_at, updated_at)
             select '{0}', gen_random_uuid(), 'user' || n || '@bench.test', 'hr-' || n, true, replace('{document}', '@@', n::text)::jsonb,
                    now(), now()
             from generate_series({1} + 1, {1} + {waiting}) as n
             returning id
         )
         insert into dirty (workspace_id, kind, subject_id) select '{0}', 'user', id from made",
        flood.workspace,
        data::FIRST
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(fill)).execute(&mut *stage.connection).await?;
    data::settle(&mut *stage.connection).await?;
    stage.worker = Some(Process::start("worker", &stage.settings)?);
    let begun =
        format!("select exists (select from members where workspace_id = '{}' and origin = 'directory')", flood.workspace);
    stage.until(&begun, Duration::from_secs(60)).await?;
    let (mut joined, mut left) = (Vec::new(), Vec::new());
    let mut scim = Connection::open(&stage.address, &quiet.scim).await?;
    for turn in 0..TURNS {
        let body = json!({ "userName": format!("quiet{turn}@bench.test") }).to_string();
        let sent = Instant::now();
        let (status, answer) = scim.send(&Request { method: "POST", path: "/Users".to_owned(), body }).await?;
        anyhow::ensure!(status == 201, "{status}: {}", String::from_utf8_lossy(answer));
        let user = serde_json::from_slice::<serde_json::Value>(answer)?["id"].as_str().unwrap_or_default().to_owned();
        stage.until(&format!("select exists (select from members where user_id = '{user}')"), Duration::from_secs(120)).await?;
        joined.push(sent.elapsed());
        let member: uuid::Uuid = sqlx::query_scalar("select id from members where user_id = $1::uuid")
            .bind(&user)
            .fetch_one(&mut *stage.connection)
            .await?;
        let mut backend = Connection::open(&stage.address, &quiet.sessions).await?;
        api(&mut backend, "POST", "/sessions".to_owned(), json!({ "member_id": member }).to_string(), 201).await?;
        let sent = Instant::now();
        let (status, _) = scim.send(&Request { method: "PATCH", path: format!("/Users/{user}"), body: deactivation() }).await?;
        anyhow::ensure!(status == 200, "{status}");
        let complete = format!("select exists (select from receipts where member_id = '{member}' and completed_at is not null)");
        stage.until(&complete, Duration::from_secs(120)).await?;
        left.push(sent.elapsed());
    }
    let still: i64 = sqlx::query_scalar("select count(*) from dirty where workspace_id = $1")
        .bind(flood.workspace)
        .fetch_one(&mut *stage.connection)
        .await?;
    joined.sort_unstable();
    left.sort_unstable();
    println!();
    println!(
        "A workspace has {waiting} new people waiting, {still} of them still at the end. Another one's newcomer is a member after p50 {:.0} ms, most \
         {:.0} ms; its leaver has a complete receipt after p50 {:.0} ms, most {:.0} ms (T18, {TURNS} each)",
        milliseconds(percentile(&joined, 0.5)),
        milliseconds(percentile(&joined, 1.0)),
        milliseconds(percentile(&left, 0.5)),
        milliseconds(percentile(&left, 1.0)),
    );
    if let Some(worker) = &stage.worker {
        println!("The worker has had {:.0} MiB at the most (T19)", machine::peak_mib(worker.id()));
    }
    // What is left of it is nobody's business any more.
    let over = format!("delete from dirty where workspace_id = '{}'", flood.workspace);
    sqlx::raw_sql(sqlx::AssertSqlSafe(over)).execute(&mut *stage.connection).await?;
    Ok(())
}
