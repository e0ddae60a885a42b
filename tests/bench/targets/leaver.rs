//! One person leaves, while others call with that person's sessions all the time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::task::JoinSet;

use super::{Connection, Request, Stage, api, data, deactivation, member_id, milliseconds, patch, user_path};
use crate::load::percentile;

/// Connections that call with the sessions of whoever leaves.
const CALLERS: usize = 8;
/// How long they go on after the answer.
const AFTERWARDS: Duration = Duration::from_millis(1500);

/// A call with a session: when it was sent, and whether it was accepted.
struct Call {
    sent: Instant,
    accepted: bool,
}

/// Calls with these sessions until it is stopped.
pub struct Callers {
    tasks: JoinSet<anyhow::Result<Vec<Call>>>,
    stop: Arc<AtomicBool>,
}

impl Callers {
    pub async fn start(stage: &Stage<'_>, sessions: &[String], count: usize) -> anyhow::Result<Self> {
        let (mut tasks, stop) = (JoinSet::new(), Arc::new(AtomicBool::new(false)));
        let sessions: Arc<[String]> = sessions.into();
        for caller in 0..count {
            let (sessions, stop) = (sessions.clone(), stop.clone());
            let mut connection = Connection::open(&stage.address, "").await?;
            tasks.spawn(async move {
                let mut calls = Vec::new();
                let mut turn = caller;
                while !stop.load(Ordering::Relaxed) {
                    // In strides, so that sessions of the beginning and of the end have their turn soon.
                    turn = (turn + 7_919) % sessions.len().max(1);
                    connection.present(&sessions[turn]);
                    let sent = Instant::now();
                    let request = Request { method: "GET", path: "/session".to_owned(), body: String::new() };
                    let (status, _) = connection.call(&request).await?;
                    calls.push(Call { sent, accepted: status == 200 });
                }
                Ok(calls)
            });
        }
        Ok(Self { tasks, stop })
    }

    async fn end(mut self) -> anyhow::Result<Vec<Call>> {
        self.stop.store(true, Ordering::Relaxed);
        let mut calls = Vec::new();
        while let Some(some) = self.tasks.join_next().await {
            calls.extend(some??);
        }
        Ok(calls)
    }
}

/// Who leaves, and how.
struct Way {
    name: &'static str,
    /// Whether the person was given by hand.
    by_hand: bool,
    scim: bool,
    method: &'static str,
    path: fn(&str, u64) -> String,
    body: fn(u64) -> String,
    status: u16,
}

const WAYS: [Way; 5] = [
    Way {
        name: "PATCH",
        by_hand: false,
        scim: true,
        method: "PATCH",
        path: |_, number| user_path(number),
        body: |_| deactivation(),
        status: 200,
    },
    Way {
        name: "PUT",
        by_hand: false,
        scim: true,
        method: "PUT",
        path: |_, number| user_path(number),
        body: |number| json!({ "userName": format!("user{}@bench.test", data::FIRST + number), "active": false }).to_string(),
        status: 200,
    },
    Way {
        name: "DELETE",
        by_hand: false,
        scim: true,
        method: "DELETE",
        path: |_, number| user_path(number),
        body: |_| String::new(),
        status: 204,
    },
    Way {
        name: "bulk",
        by_hand: false,
        scim: true,
        method: "POST",
        path: |_, _| "/Bulk".to_owned(),
        body: |number| bulk(&[number]),
        status: 200,
    },
    Way {
        name: "admin API",
        by_hand: true,
        scim: false,
        method: "POST",
        path: |member, _| format!("/members/{member}/deactivate"),
        body: |_| String::new(),
        status: 204,
    },
];

/// A bulk request that deactivates them.
pub fn bulk(numbers: &[u64]) -> String {
    let operations: Vec<_> = numbers
        .iter()
        .map(|number| {
            json!({ "method": "PATCH", "path": user_path(*number),
                "data": { "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations": [{ "op": "replace", "path": "active", "value": false }] } })
        })
        .collect();
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations }).to_string()
}

/// T13: nothing is accepted after the answer.
pub async fn every_way(stage: &mut Stage<'_>, most: u64) -> anyhow::Result<()> {
    println!();
    println!(
        "Calls with the sessions of somebody who leaves, on {CALLERS} connections, until {} ms after the answer (T13)",
        AFTERWARDS.as_millis()
    );
    println!(
        "{:<10} {:>9} {:>11} {:>16} {:>14} {:>16} {:>18}",
        "way", "sessions", "answer, ms", "calls afterwards", "of them taken", "receipt, ms", "sessions deleted"
    );
    for count in [1, 10_000, 100_000].into_iter().filter(|count| *count <= most) {
        for way in &WAYS {
            let number = stage.somebody();
            let member = if way.by_hand { invite(stage, number).await? } else { member_id(data::FIRST + number) };
            let sessions = stage.sign_in(&vec![member.clone(); usize::try_from(count)?]).await?;
            let callers = Callers::start(stage, &sessions, CALLERS).await?;
            let token = if way.scim { &stage.tokens.scim } else { &stage.tokens.admin };
            let mut leaving = Connection::open(&stage.address, token).await?;
            tokio::time::sleep(Duration::from_millis(300)).await;
            let request = Request { method: way.method, path: (way.path)(&member, number), body: (way.body)(number) };
            let started = Instant::now();
            let (status, body) = if way.scim { leaving.send(&request).await? } else { leaving.call(&request).await? };
            let answered = Instant::now();
            anyhow::ensure!(status == way.status, "{} was answered with {status}: {}", way.name, String::from_utf8_lossy(body));
            tokio::time::sleep(AFTERWARDS).await;
            let calls = callers.end().await?;
            let afterwards = calls.iter().filter(|call| call.sent > answered);
            let (count_after, taken) =
                afterwards.fold((0, 0), |(all, taken), call| (all + 1, taken + usize::from(call.accepted)));
            let (receipt, deleted) = receipt(stage, &member).await?;
            println!(
                "{:<10} {:>9} {:>11.1} {:>16} {:>14} {:>16.0} {:>18}",
                way.name,
                count,
                milliseconds(answered - started),
                count_after,
                taken,
                receipt,
                deleted
            );
        }
    }
    Ok(())
}

async fn invite(stage: &Stage<'_>, number: u64) -> anyhow::Result<String> {
    let mut connection = Connection::open(&stage.address, &stage.tokens.admin).await?;
    let body = json!({ "email": format!("hand{number}@bench.test"), "role": "viewer" }).to_string();
    let made = api(&mut connection, "POST", "/members".to_owned(), body, 201).await?;
    Ok(made["id"].as_str().unwrap_or_default().to_owned())
}

/// Milliseconds from the request to the end of the clean-up, and how many sessions that was.
pub async fn receipt(stage: &mut Stage<'_>, member: &str) -> anyhow::Result<(f64, i32)> {
    let complete = format!("select exists (select from receipts where member_id = '{member}' and completed_at is not null)");
    stage.until(&complete, Duration::from_secs(120)).await?;
    let row = sqlx::query_as(
        "select (extract(epoch from completed_at - received_at) * 1000)::float8, sessions_count from receipts where member_id = $1::uuid",
    )
    .bind(member)
    .fetch_one(&mut *stage.connection)
    .await?;
    Ok(row)
}

/// T14: how long after the first byte of the request a call is still accepted, while others write.
pub async fn under_writes(stage: &mut Stage<'_>) -> anyhow::Result<()> {
    const LEAVERS: usize = 100;
    const WRITERS: usize = 8;
    const WRITES_PER_SECOND: f64 = 1_000.0;
    let numbers: Vec<u64> = (0..LEAVERS).map(|_| stage.somebody()).collect();
    let members: Vec<String> = numbers.iter().map(|number| member_id(data::FIRST + number)).collect();
    let mut sessions = Vec::new();
    for member in &members {
        sessions.extend(stage.sign_in(std::slice::from_ref(member)).await?);
    }
    let (stop, mut writers) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
    let writing = Instant::now();
    for writer in 0..WRITERS {
        let mut connection = Connection::open(&stage.address, &stage.tokens.scim).await?;
        let stop = stop.clone();
        // People whom nobody puts out here.
        let base = stage.next + 100 + writer as u64 * 10;
        writers.spawn(async move {
            let mut ticks = tokio::time::interval(Duration::from_secs_f64(WRITERS as f64 / WRITES_PER_SECOND));
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
            let mut written = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                ticks.tick().await;
                let body = patch(&json!([{ "op": "replace", "path": "title", "value": format!("T{written}") }]));
                let request = Request { method: "PATCH", path: user_path(base + written % 10), body };
                let (status, body) = connection.send(&request).await?;
                anyhow::ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(body));
                written += 1;
            }
            anyhow::Ok(written)
        });
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut last_taken = Vec::with_capacity(LEAVERS);
    let mut after_answer = 0;
    let mut leaving = Connection::open(&stage.address, &stage.tokens.scim).await?;
    for (number, session) in numbers.iter().zip(&sessions) {
        let callers = Callers::start(stage, std::slice::from_ref(session), 1).await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
        let started = Instant::now();
        let request = Request { method: "PATCH", path: user_path(*number), body: deactivation() };
        let (status, _) = leaving.send(&request).await?;
        let answered = Instant::now();
        anyhow::ensure!(status == 200, "{status}");
        tokio::time::sleep(Duration::from_millis(50)).await;
        let calls = callers.end().await?;
        let taken = calls.iter().filter(|call| call.accepted && call.sent > started).map(|call| call.sent);
        last_taken.push(taken.max().map_or(Duration::ZERO, |last| last - started));
        after_answer += calls.iter().filter(|call| call.accepted && call.sent > answered).count();
    }
    stop.store(true, Ordering::Relaxed);
    let mut written = 0;
    while let Some(writer) = writers.join_next().await {
        written += writer??;
    }
    last_taken.sort_unstable();
    println!();
    println!(
        "From the first byte of the request to the last call that is accepted, beside {:.0} writes a second: p50 {:.1} ms, p99 {:.1} ms, \
         most {:.1} ms; after the answer {after_answer} (T14, {LEAVERS} people)",
        written as f64 / writing.elapsed().as_secs_f64(),
        milliseconds(percentile(&last_taken, 0.5)),
        milliseconds(percentile(&last_taken, 0.99)),
        milliseconds(percentile(&last_taken, 1.0)),
    );
    Ok(())
}
