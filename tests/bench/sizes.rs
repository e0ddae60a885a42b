//! One member more, one member less, in groups of several sizes: time, and blocks that Postgres touches.

use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, Executor, Row};

use super::{
    Bench,
    data::{self, FIRST, group_id, group_of_size},
    load::{Connection, Request, percentile},
    statements::{ADD_MEMBER, REMOVE_MEMBER, Statement},
    throughput::{filled, member_operation, send},
};

/// Sizes take turns this often, with this many pairs of changes each time.
const TURNS: usize = 10;
const PAIRS: usize = 20;

struct Size {
    size: u64,
    add: Vec<Duration>,
    remove: Vec<Duration>,
}

/// # Errors
/// A request was not answered as it should be.
pub async fn measure(bench: &mut Bench, sizes: &[u64]) -> anyhow::Result<()> {
    let largest = sizes.iter().copied().max().unwrap_or_default();
    // One user more than the largest group has.
    let needed = largest + 1;
    let names = bench.names.clone();
    if needed > bench.users {
        data::users(&mut bench.connection, &names.workspace, &names.document, bench.users + 1, needed).await?;
    }
    for size in sizes {
        data::group(&mut bench.connection, &names.workspace, *size).await?;
    }
    data::settle(&mut bench.connection).await?;
    bench.drained().await?;

    let user = FIRST + needed;
    let mut measured: Vec<Size> = sizes.iter().map(|size| Size { size: *size, add: Vec::new(), remove: Vec::new() }).collect();
    let mut connection = Connection::open(&bench.address, &bench.token).await?;
    for _ in 0..TURNS {
        for Size { size, add, remove } in &mut measured {
            for _ in 0..PAIRS {
                add.push(change(&mut connection, *size, user, true).await?);
                remove.push(change(&mut connection, *size, user, false).await?);
            }
            bench.drained().await?;
        }
    }

    println!();
    println!(
        "PATCH of one member in a group of a given size, one connection, {} changes each; medians (p99), and blocks (hit + read)",
        TURNS * PAIRS
    );
    println!();
    println!("{:>10} {:>20} {:>20} {:>12} {:>14}", "members", "add ms", "remove ms", "blocks, add", "blocks, remove");
    for Size { size, add, remove } in &mut measured {
        let blocks = blocks(bench, *size, user).await?;
        println!("{size:>10} {:>20} {:>20} {:>12} {:>14}", shown(add), shown(remove), blocks.add, blocks.remove);
    }
    println!();
    println!(
        "add, remove: with excludedAttributes=members. Blocks by EXPLAIN (ANALYZE, BUFFERS) of the statements between begin and commit,"
    );
    println!("in a transaction that is rolled back; what foreign keys look up is not in them.");
    Ok(())
}

async fn change(connection: &mut Connection, size: u64, user: u64, add: bool) -> anyhow::Result<Duration> {
    let body = serde_json::json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [member_operation(user, add)],
    });
    let path = format!("/Groups/{}?excludedAttributes=members", group_id(group_of_size(size)));
    let request = Request { method: "PATCH", path, body: body.to_string() };
    let started = Instant::now();
    send(connection, &request, 200).await?;
    Ok(started.elapsed())
}

fn shown(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let ms = |share| percentile(times, share).as_secs_f64() * 1000.0;
    format!("{:.2} ({:.2})", ms(0.5), ms(0.99))
}

struct Blocks {
    add: u64,
    remove: u64,
}

/// Adds and removes in one transaction, which is rolled back.
async fn blocks(bench: &mut Bench, size: u64, user: u64) -> anyhow::Result<Blocks> {
    let group = group_of_size(size);
    let names = bench.names.clone();
    let mut tx = bench.connection.begin().await?;
    // Twice: the first time, catalogues and prepared plans are read in as well.
    let mut last = Blocks { add: 0, remove: 0 };
    for number in 0..2 {
        last = Blocks { add: 0, remove: 0 };
        let mut is_bound = false;
        for (statements, adds) in [(ADD_MEMBER, true), (REMOVE_MEMBER, false)] {
            for statement in transaction(statements) {
                if statement.sql.starts_with("begin") {
                    if !is_bound {
                        for part in filled(statement, &names, user, group, 0).split("; ").skip(1) {
                            tx.execute(AssertSqlSafe(part.to_owned())).await?;
                        }
                    }
                    is_bound = true;
                    continue;
                }
                let new = 900_000_000_000 + number * 10 + u64::from(adds);
                let sql = format!(
                    "explain (analyze, buffers, timing off, format json) {}",
                    filled(statement, &names, user, group, new)
                );
                let row = tx.fetch_one(AssertSqlSafe(sql)).await?;
                let plan: Value = row.try_get(0)?;
                let read = |name: &str| plan[0]["Plan"][name].as_u64().unwrap_or_default();
                let touched = read("Shared Hit Blocks") + read("Shared Read Blocks");
                *if adds { &mut last.add } else { &mut last.remove } += touched;
            }
        }
    }
    tx.rollback().await?;
    Ok(last)
}

/// What stands between the token look-up and the commit, without the members that the answer would show.
fn transaction(statements: &'static [Statement]) -> impl Iterator<Item = &'static Statement> {
    let left_out = ["select t.id, t.workspace_id", "COMMIT", "select m.group_id, m.id, m.is_group"];
    statements.iter().filter(move |statement| !left_out.iter().any(|text| statement.sql.starts_with(text)))
}
