//! T16: very many leave at once, by bulk.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::task::JoinSet;

use super::{Connection, Request, Stage, data, leaver::bulk, member_id};

/// Bulk requests at a time, and operations in each.
const CLIENTS: usize = 4;
const OPERATIONS: usize = 1_000;

pub async fn measure(stage: &mut Stage<'_>, count: u64) -> anyhow::Result<()> {
    let tokens = stage.workspace("crowd").await?;
    let workspace = tokens.workspace.to_string();
    data::users(&mut *stage.connection, &workspace, &stage.document, 1, count).await?;
    data::settle(&mut *stage.connection).await?;
    let own = std::mem::replace(&mut stage.tokens, tokens.clone());
    let members: Vec<String> = (1..=count).map(|number| member_id(data::FIRST + number)).collect();
    let sessions = stage.sign_in(&members).await?;
    let requests: Vec<String> = (1..=count).collect::<Vec<_>>().chunks(OPERATIONS).map(bulk).collect();
    let (started, mut tasks) = (Instant::now(), JoinSet::new());
    for share in requests.chunks(requests.len().div_ceil(CLIENTS)) {
        let (share, mut connection) = (share.to_vec(), Connection::open(&stage.address, &tokens.scim).await?);
        tasks.spawn(async move {
            for body in share {
                let (status, answer) = connection.send(&Request { method: "POST", path: "/Bulk".to_owned(), body }).await?;
                anyhow::ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(answer));
                let failed = String::from_utf8_lossy(answer).matches(r#""status":"4"#).count();
                anyhow::ensure!(failed == 0, "{failed} were refused");
            }
            Ok(())
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.context("a client has died")??;
    }
    let answered = started.elapsed();
    let taken = taken(stage, sessions).await?;
    let sql = format!("select not exists (select from receipts where workspace_id = '{workspace}' and completed_at is null)");
    stage.until(&sql, Duration::from_secs(900)).await?;
    println!();
    println!(
        "{count} people put out by bulk, {OPERATIONS} operations each, {CLIENTS} at a time: all refused after {:.1} s, {taken} of their sessions \
         accepted afterwards, every receipt complete after {:.1} s (T16)",
        answered.as_secs_f64(),
        started.elapsed().as_secs_f64()
    );
    stage.tokens = own;
    Ok(())
}

/// How many of the sessions are accepted.
async fn taken(stage: &Stage<'_>, sessions: Vec<String>) -> anyhow::Result<usize> {
    let mut tasks = JoinSet::new();
    for share in sessions.chunks(sessions.len().div_ceil(super::HANDS)) {
        let (share, mut connection) = (share.to_vec(), Connection::open(&stage.address, "").await?);
        tasks.spawn(async move {
            let mut taken = 0;
            for session in share {
                connection.present(&session);
                let (status, _) =
                    connection.call(&Request { method: "GET", path: "/session".to_owned(), body: String::new() }).await?;
                taken += usize::from(status == 200);
            }
            anyhow::Ok(taken)
        });
    }
    let mut taken = 0;
    while let Some(task) = tasks.join_next().await {
        taken += task.context("a client has died")??;
    }
    Ok(taken)
}
