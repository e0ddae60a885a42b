//! Requests a second over persistent connections, and the same SQL by pgbench, in turns.

use std::time::Duration;

use anyhow::bail;
use serde_json::json;

use super::{
    Bench,
    data::{FIRST, MEMBERS_OF_GROUP, group_id, user_id},
    installation::{Process, Settings},
    load::{self, Connection, Request, percentile},
    machine::{Shares, Stretch},
    pgbench::{self, TURN},
    recorder,
    statements::{self, Names, Statement},
    user,
};

/// Which user or group it is the turn of.
#[derive(Clone, Copy)]
struct Turns {
    users: u64,
    groups: u64,
    clients: u64,
    /// Another one in each round, so that names are new.
    round: u64,
}

impl Turns {
    /// The same as [`pgbench::user_of_turn`].
    fn user(self, client: u64, turn: u64) -> u64 {
        let part = self.users / self.clients;
        FIRST + 1 + client * part + turn / 2 % part
    }

    /// The same as [`pgbench::group_of_turn`].
    fn group(self, client: u64, turn: u64) -> (u64, u64) {
        let part = self.groups / self.clients;
        let group = client * part + turn / 2 % part;
        (FIRST + 1 + group, FIRST + 1 + (group * MEMBERS_OF_GROUP as u64 + self.users / 2) % self.users)
    }

    fn new_user(self, client: u64, turn: u64) -> u64 {
        (600 + self.round) * 1_000_000_000 + client * 10_000_000 + turn
    }

    /// Anybody, spread as evenly as by chance.
    fn any_user(self, client: u64, turn: u64) -> u64 {
        let mut random = (client << 32 | turn).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        random = (random ^ (random >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        FIRST + 1 + (random ^ (random >> 32)) % self.users
    }
}

/// One kind of request.
struct Operation {
    name: &'static str,
    status: u16,
    request: fn(Turns, u64, u64) -> Request,
    script: String,
    /// The one statement that does the work, without transaction and workspace.
    bare: Option<String>,
}

fn get(path: String) -> Request {
    Request { method: "GET", path, body: String::new() }
}

fn patch(path: String, operation: &serde_json::Value) -> Request {
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] });
    Request { method: "PATCH", path, body: body.to_string() }
}

fn post_user(turns: Turns, client: u64, turn: u64) -> Request {
    Request { method: "POST", path: "/Users".to_owned(), body: user(turns.new_user(client, turn)) }
}

fn get_user(turns: Turns, client: u64, turn: u64) -> Request {
    get(format!("/Users/{}", user_id(turns.any_user(client, turn))))
}

fn find_user(turns: Turns, client: u64, turn: u64) -> Request {
    get(format!("/Users?filter=userName%20eq%20%22user{}@bench.test%22", turns.any_user(client, turn)))
}

fn patch_active(turns: Turns, client: u64, turn: u64) -> Request {
    let path = format!("/Users/{}", user_id(turns.user(client, turn)));
    patch(path, &json!({ "op": "replace", "value": { "active": turn % 2 == 1 } }))
}

fn patch_member(turns: Turns, client: u64, turn: u64) -> Request {
    let (group, user) = turns.group(client, turn);
    patch(format!("/Groups/{}", group_id(group)), &member_operation(user, turn.is_multiple_of(2)))
}

/// Puts a user into a group, or takes it out.
pub fn member_operation(user: u64, add: bool) -> serde_json::Value {
    if add {
        json!({ "op": "add", "path": "members", "value": [{ "value": user_id(user) }] })
    } else {
        json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", user_id(user)) })
    }
}

fn operations(bench: &Bench) -> [Operation; 5] {
    let Bench { users, groups, clients, names, .. } = bench;
    let script = |head: String, statements: &[Statement]| head + &statements::script(statements, names);
    let pair = |head: String, first: &[Statement], second: &[Statement]| {
        TURN.to_owned() + &head + &pgbench::alternating(&statements::script(first, names), &statements::script(second, names))
    };
    let any = || pgbench::any_user(*users);
    [
        Operation {
            name: "POST user",
            status: 201,
            request: post_user,
            script: script(TURN.to_owned(), statements::POST_USER),
            bare: None,
        },
        Operation {
            name: "GET user by id",
            status: 200,
            request: get_user,
            script: script(any(), statements::GET_USER),
            bare: Some(script(any(), statements::GET_USER_BARE)),
        },
        Operation {
            name: "GET userName eq",
            status: 200,
            request: find_user,
            script: script(any(), statements::FIND_USER),
            bare: Some(script(any(), statements::FIND_USER_BARE)),
        },
        Operation {
            name: "PATCH active",
            status: 200,
            request: patch_active,
            script: pair(pgbench::user_of_turn(*users, *clients), statements::DEACTIVATE, statements::REACTIVATE),
            bare: None,
        },
        Operation {
            name: "PATCH one member",
            status: 200,
            request: patch_member,
            script: pair(pgbench::group_of_turn(*groups, *users, *clients), statements::ADD_MEMBER, statements::REMOVE_MEMBER),
            bare: None,
        },
    ]
}

/// Compares the statements that pgbench will run with those that the server sends for a request.
///
/// # Errors
/// They differ, or a request was not answered as it should be.
pub async fn check(bench: &Bench) -> anyhow::Result<()> {
    let url = &bench.settings.database;
    let postgres = format!("{}:{}", url.host_str().unwrap_or("127.0.0.1"), url.port().unwrap_or(5432));
    let (port, heard) = recorder::start(postgres).await?;
    let mut through = url.clone();
    // In the clear, so that it can be heard.
    let changed = through.set_host(Some("127.0.0.1")).is_ok() && through.set_port(Some(port)).is_ok();
    if !changed {
        bail!("DATABASE_URL has no host");
    }
    through.set_query(Some("sslmode=disable"));
    let mut server = Process::start("serve", &Settings { database: through, connections: 1, ..bench.settings.clone() })?;
    let mut connection = Connection::open(&server.address().await?, &bench.token).await?;
    let turns = Turns { users: bench.users, groups: bench.groups, clients: bench.clients as u64, round: 0 };
    // The first request says that the token was used, once a minute.
    send(&mut connection, &get_user(turns, 0, 0), 200).await?;
    pause().await;
    let kinds: [(&str, Request, u16, &[Statement]); 7] = [
        ("POST user", post_user(turns, 0, 0), 201, statements::POST_USER),
        ("GET user by id", get_user(turns, 0, 0), 200, statements::GET_USER),
        ("GET userName eq", find_user(turns, 0, 0), 200, statements::FIND_USER),
        ("PATCH active, false", patch_active(turns, 0, 0), 200, statements::DEACTIVATE),
        ("PATCH active, true", patch_active(turns, 0, 1), 200, statements::REACTIVATE),
        ("PATCH one member, add", patch_member(turns, 0, 0), 200, statements::ADD_MEMBER),
        ("PATCH one member, remove", patch_member(turns, 0, 1), 200, statements::REMOVE_MEMBER),
    ];
    let mut differences = String::new();
    for (name, request, status, expected) in kinds {
        drop(heard.take());
        send(&mut connection, &request, status).await?;
        pause().await;
        differences += &statements::differences(name, expected, &bench.names, &heard.take());
    }
    if !differences.is_empty() {
        bail!("tests/bench/statements.rs is not what the server does; correct it there:{differences}");
    }
    Ok(())
}

/// A transaction that only reads is rolled back after the answer.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(100)).await;
}

pub async fn send(connection: &mut Connection, request: &Request, status: u16) -> anyhow::Result<()> {
    let (came, body) = connection.send(request).await?;
    if came != status {
        bail!("{} {} was answered with {came}: {}", request.method, request.path, String::from_utf8_lossy(body));
    }
    Ok(())
}

/// Several measurements of one thing.
#[derive(Default)]
struct Series(Vec<f64>);

impl Series {
    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }

    fn median(&self) -> f64 {
        let sorted = self.sorted();
        match sorted.len() {
            0 => 0.0,
            odd if odd % 2 == 1 => sorted[odd / 2],
            even => (sorted[even / 2 - 1] + sorted[even / 2]) / 2.0,
        }
    }

    /// `median (lowest to highest)`.
    fn shown(&self, digits: usize) -> String {
        let sorted = self.sorted();
        let (Some(low), Some(high)) = (sorted.first(), sorted.last()) else { return "-".to_owned() };
        format!("{:.digits$} ({low:.digits$}-{high:.digits$})", self.median())
    }
}

/// Every operation: HTTP, pgbench, HTTP, pgbench, ... and the table.
pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    println!();
    println!(
        "{} connections, {} s each, {} round{} of HTTP and pgbench in turns; medians (lowest-highest)",
        bench.clients,
        bench.time.as_secs(),
        bench.rounds,
        if bench.rounds == 1 { "" } else { "s" }
    );
    println!();
    println!(
        "{:<17} {:>22} {:>8} {:>8} {:>24} {:>18} {:>18}",
        "", "HTTP requests/s", "p50 ms", "p99 ms", "same SQL, pgbench tps", "HTTP / same SQL", "HTTP / bare"
    );
    let wanted = bench.only.clone().unwrap_or_default().to_lowercase();
    let mut all_shares = Vec::new();
    // Connections are made and statements prepared before anything is measured.
    let anybody = Turns { users: bench.users, groups: bench.groups, clients: bench.clients as u64, round: 0 };
    let next = move |client: usize, turn: usize| get_user(anybody, client as u64, turn as u64);
    load::run(&bench.address, &bench.token, bench.clients, Duration::from_millis(500), 200, next).await?;
    for operation in operations(bench).into_iter().filter(|operation| operation.name.to_lowercase().contains(&wanted)) {
        let mut shares = Shares::default();
        let (mut http, mut sql, mut ratio, mut bare) =
            (Series::default(), Series::default(), Series::default(), Series::default());
        let mut latencies = Vec::new();
        for round in 1..=bench.rounds {
            let turns = Turns { users: bench.users, groups: bench.groups, clients: bench.clients as u64, round };
            let request = operation.request;
            let backends = bench.backends().await?;
            let stretch = Stretch::begin(vec![
                vec![std::process::id()],
                vec![bench.server.id()],
                bench.worker.iter().map(Process::id).collect(),
                backends,
            ]);
            let next = move |client: usize, turn: usize| request(turns, client as u64, turn as u64);
            let run = load::run(&bench.address, &bench.token, bench.clients, bench.time, operation.status, next).await?;
            stretch.end(&mut shares);
            bench.drained().await?;
            let tps = bench.pgbench.run(&operation.script, bench.time)?;
            bench.drained().await?;
            if let Some(script) = &operation.bare {
                bare.0.push(run.requests_per_second / bench.pgbench.run(script, bench.time)?);
            }
            http.0.push(run.requests_per_second);
            sql.0.push(tps);
            ratio.0.push(run.requests_per_second / tps);
            latencies.extend(run.latencies);
        }
        latencies.sort_unstable();
        let ms = |share| format!("{:.2}", percentile(&latencies, share).as_secs_f64() * 1000.0);
        println!(
            "{:<17} {:>22} {:>8} {:>8} {:>24} {:>18} {:>18}",
            operation.name,
            http.shown(0),
            ms(0.5),
            ms(0.99),
            sql.shown(0),
            ratio.shown(2),
            bare.shown(2)
        );
        all_shares.push((operation.name, shares));
    }
    println!();
    println!("Share of the machine's processor time while HTTP was measured, in percent (others: kernel, Redis, other programs)");
    println!();
    println!("{:<17} {:>14} {:>10} {:>10} {:>10} {:>10}", "", "load generator", "server", "worker", "Postgres", "others");
    for (name, shares) in all_shares {
        let (own, others) = shares.of_machine();
        let share = |place: usize| own.get(place).copied().unwrap_or_default() * 100.0;
        println!(
            "{name:<17} {:>14.0} {:>10.0} {:>10.0} {:>10.0} {:>10.0}",
            share(0),
            share(1),
            share(2),
            share(3),
            others * 100.0
        );
    }
    println!();
    println!(
        "same SQL: the statements of one request in its transactions, token look-up included, prepared, {} clients.",
        bench.clients
    );
    println!("bare: the one statement that finds the row, alone, without transaction, token and row-level security.");
    println!("The worker runs all the time, for pgbench as well: it reconciles whatever is marked.");
    Ok(())
}

/// What a script and the sizes share.
pub fn filled(statement: &Statement, names: &Names, user: u64, group: u64, new: u64) -> String {
    let mut sql = statement.filled(names);
    for (variable, number) in [(":user", user), (":group", group), (":new", new)] {
        sql = sql.replace(variable, &format!("'{number}'"));
    }
    sql
}
