//! T15: somebody leaves while worker, server or Redis is killed.

use std::time::{Duration, Instant};

use super::{Connection, Process, Request, Stage, data, deactivation, leaver::receipt, member_id, milliseconds, user_path};

const SESSIONS: usize = 1_000;

pub async fn measure(stage: &mut Stage<'_>) -> anyhow::Result<()> {
    println!();
    println!("Somebody with {SESSIONS} sessions leaves in an outage (T15)");
    println!("{:<28} {:>11} {:>9} {:>14} {:>24}", "killed", "answer, ms", "calls", "of them taken", "slowest call, ms");
    worker(stage).await?;
    server(stage).await?;
    redis(stage).await
}

async fn leave(stage: &Stage<'_>, number: u64) -> anyhow::Result<Duration> {
    let mut connection = Connection::open(&stage.address, &stage.tokens.scim).await?;
    let started = Instant::now();
    let request = Request { method: "PATCH", path: user_path(number), body: deactivation() };
    let (status, body) = connection.send(&request).await?;
    anyhow::ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(body));
    Ok(started.elapsed())
}

/// Every session once; prints what came of it.
async fn check(stage: &Stage<'_>, what: &str, answer: Duration, sessions: &[String]) -> anyhow::Result<()> {
    let mut connection = Connection::open(&stage.address, "").await?;
    let (mut taken, mut slowest) = (0, Duration::ZERO);
    for session in sessions {
        connection.present(session);
        let sent = Instant::now();
        let (status, _) = connection.call(&Request { method: "GET", path: "/session".to_owned(), body: String::new() }).await?;
        slowest = slowest.max(sent.elapsed());
        taken += usize::from(status == 200);
    }
    println!("{what:<28} {:>11.1} {:>9} {taken:>14} {:>24.1}", milliseconds(answer), sessions.len(), milliseconds(slowest));
    Ok(())
}

async fn worker(stage: &mut Stage<'_>) -> anyhow::Result<()> {
    let number = stage.somebody();
    let member = member_id(data::FIRST + number);
    let sessions = stage.sign_in(&vec![member.clone(); SESSIONS]).await?;
    drop(stage.worker.take());
    let answer = leave(stage, number).await?;
    check(stage, "worker, before", answer, &sessions).await?;
    stage.worker = Some(Process::start("worker", &stage.settings)?);
    receipt(stage, &member).await?;
    Ok(())
}

async fn server(stage: &mut Stage<'_>) -> anyhow::Result<()> {
    let number = stage.somebody();
    let member = member_id(data::FIRST + number);
    let sessions = stage.sign_in(&vec![member.clone(); SESSIONS]).await?;
    // Nobody cleans up: what is refused is refused by the row.
    drop(stage.worker.take());
    let answer = leave(stage, number).await?;
    let settings = stage.settings.clone();
    stage.restart_server(&settings).await?;
    check(stage, "server, after the commit", answer, &sessions).await?;
    stage.worker = Some(Process::start("worker", &stage.settings)?);
    receipt(stage, &member).await?;
    Ok(())
}

async fn redis(stage: &mut Stage<'_>) -> anyhow::Result<()> {
    let number = stage.somebody();
    let member = member_id(data::FIRST + number);
    let sessions = stage.sign_in(&vec![member.clone(); SESSIONS]).await?;
    stage.redis.kill();
    let answer = leave(stage, number).await?;
    check(stage, "Redis, before", answer, &sessions[..20]).await?;
    stage.redis.start_again()?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    check(stage, "Redis, and it is back", answer, &sessions).await?;
    receipt(stage, &member).await?;
    Ok(())
}
