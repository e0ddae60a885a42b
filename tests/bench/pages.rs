//! Pages of a hundred at the beginning, in the middle and at the end of directories of several sizes: time, and blocks that Postgres
//! touches for the whole request, authentication included.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rollcall::{
    app::{listing::cursor, seal::Sealer},
    ids::WorkspaceId,
    scim::{Cursor, ListQuery, Position, ResourceSchema, ResourceType, SearchRequest, Tolerated},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Bench, data,
    installation::{Process, SEAL_KEY, Settings},
    load::{Connection, Request, percentile},
};

const PAGE: u64 = 100;
const TURNS: usize = 200;

/// A directory of its own, in a workspace of its own.
struct Directory {
    size: u64,
    token: String,
    workspace: WorkspaceId,
}

/// # Errors
/// A request was not answered as it should be.
pub async fn measure(bench: &mut Bench, sizes: &[u64]) -> anyhow::Result<()> {
    let mut directories = Vec::new();
    for size in sizes {
        let started = Instant::now();
        directories.push(directory(bench, *size).await?);
        println!("{size} users loaded, and their places sealed by the worker, in {:.0} s", started.elapsed().as_secs_f64());
    }
    data::settle(&mut bench.connection).await?;
    bench.drained().await?;
    // One connection, so that its counts are complete when it says them.
    let mut server = Process::start("serve", &Settings { connections: 1, ..bench.settings.clone() })?;
    let address = server.address().await?;

    println!();
    println!(
        "A page of {PAGE} users, one connection, {TURNS} requests each; medians (p99), and blocks (hit + read) of a request"
    );
    println!();
    println!("{:>10}  {:<34} {:>18} {:>12} {:>8}", "users", "page", "ms", "to the first", "blocks");
    for directory in &directories {
        let mut connection = Connection::open(&address, &directory.token).await?;
        for pages in kinds(directory)? {
            let mut first = None;
            for (name, path) in pages {
                let (mut times, blocks) = one(bench, &mut connection, &path).await?;
                times.sort_unstable();
                let [median, most] = [0.5, 0.99].map(|share| percentile(&times, share).as_secs_f64() * 1000.0);
                let ratio = median / *first.get_or_insert(median);
                let shown = format!("{median:.2} ({most:.2})");
                println!("{:>10}  {name:<34} {shown:>18} {ratio:>12.2} {blocks:>8}", directory.size);
            }
        }
    }
    Ok(())
}

async fn directory(bench: &mut Bench, size: u64) -> anyhow::Result<Directory> {
    let slug = format!("pages-{size}");
    bench.settings.run(&["workspace", "create", &slug, "--plan", "enterprise", "--saml", "--scim"])?;
    let token = bench.settings.run(&["token", "create", &slug, "--name", "bench", "--scope", "scim", "--quiet"])?;
    let id: Uuid =
        sqlx::query_scalar("select id from workspaces where slug = $1").bind(&slug).fetch_one(&mut bench.connection).await?;
    let document = bench.names.document.clone();
    data::users(&mut bench.connection, &id.to_string(), &document, 1, size).await?;
    // Whoever writes wakes the worker, which seals some of the places each time.
    let mut connection = Connection::open(&bench.address, &token).await?;
    for number in 0.. {
        let sealed: i64 = sqlx::query_scalar("select coalesce(sum(n), 0)::bigint from directory_ranks where workspace_id = $1")
            .bind(id)
            .fetch_one(&mut bench.connection)
            .await?;
        if sealed.unsigned_abs() + 2_000 >= size {
            break;
        }
        let body = format!(r#"{{"userName":"wakes{number}"}}"#);
        let (status, _) = connection.send(&Request { method: "POST", path: "/Users".to_owned(), body }).await?;
        if status != 201 || number > 100 {
            bail!("the places of {size} users are not sealed: {sealed}, {status}");
        }
        bench.drained().await?;
    }
    Ok(Directory { size, token, workspace: WorkspaceId::from_uuid(id) })
}

type Pages = Vec<(&'static str, String)>;

/// Pages that are compared with the first of their list.
fn kinds(directory: &Directory) -> anyhow::Result<Vec<Pages>> {
    let last = directory.size - PAGE;
    let index = |start: u64| format!("/Users?count={PAGE}&startIndex={start}");
    let cursor = |order: &str, after: &str| format!("/Users?count={PAGE}{order}&cursor={after}");
    let number = |place: u64| data::FIRST + place;
    let sealed = |sort_by: Option<&str>, place: u64, value: Option<String>| -> anyhow::Result<String> {
        let request = SearchRequest { sort_by: sort_by.map(str::to_owned), ..SearchRequest::default() };
        let query = ListQuery::parse(&request, ResourceSchema::builtin(ResourceType::User), &[], &mut Tolerated::default())?;
        let id = Uuid::parse_str(&data::user_id(number(place)))?;
        let after = Position { resource_type: ResourceType::User, value, id };
        let sealer = Sealer::new(Some(&SEAL_KEY.into()))?;
        let made = Cursor::new(after, PAGE, rollcall::clock::now());
        cursor::seal(&sealer, directory.workspace, &[query], &made).context("a cursor")
    };
    let by_name = "&sortBy=userName";
    let name = |place: u64| Some(format!("user{}@bench.test", number(place)));
    Ok(vec![
        vec![
            ("startIndex, first", index(1)),
            ("startIndex, in the middle", index(directory.size / 2)),
            ("startIndex, last", index(last + 1)),
        ],
        vec![("cursor, first", cursor("", "")), ("cursor, last", cursor("", &sealed(None, last, None)?))],
        vec![
            ("sorted by userName, cursor, first", cursor(by_name, "")),
            ("sorted by userName, cursor, last", cursor(by_name, &sealed(Some("userName"), last, name(last))?)),
        ],
    ])
}

async fn one(bench: &mut Bench, connection: &mut Connection, path: &str) -> anyhow::Result<(Vec<Duration>, u64)> {
    let request = Request { method: "GET", path: path.to_owned(), body: String::new() };
    let mut times = Vec::with_capacity(TURNS);
    said(connection, &request).await?;
    let before = touched(bench).await?;
    for _ in 0..TURNS {
        let started = Instant::now();
        let (status, body) = connection.send(&request).await?;
        times.push(started.elapsed());
        if status != 200 {
            bail!("{path} was answered with {status}: {}", String::from_utf8_lossy(body));
        }
    }
    let items: Value = serde_json::from_slice(connection.send(&request).await?.1)?;
    if items["itemsPerPage"].as_u64() < Some(PAGE) {
        bail!("{path} is no page of {PAGE}: {}", items["itemsPerPage"]);
    }
    said(connection, &request).await?;
    let requests = u64::try_from(TURNS)? + 2;
    Ok((times, (touched(bench).await? - before) / requests))
}

/// A server process of Postgres says what it has counted with the first transaction that ends a second after it has last said it.
async fn said(connection: &mut Connection, request: &Request) -> anyhow::Result<()> {
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    connection.send(request).await?;
    Ok(())
}

async fn touched(bench: &mut Bench) -> anyhow::Result<u64> {
    let blocks: i64 =
        sqlx::query_scalar("select (blks_hit + blks_read)::bigint from pg_stat_database where datname = current_database()")
            .fetch_one(&mut bench.connection)
            .await?;
    Ok(blocks.unsigned_abs())
}
