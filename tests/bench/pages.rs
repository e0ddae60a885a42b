//! What pages cost in a large workspace: each asked for one after the other, on one connection, by an administrator.

use std::time::{Duration, Instant};

use anyhow::bail;
use serde_json::{Value, json};

use super::{
    Bench, data,
    load::{Connection, Request, percentile},
};

/// Entries of the provisioning log: everybody is looked up once.
const LOOKED_UP: u64 = 500;

/// # Errors
/// A page was not answered as it should be.
pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let size = bench.users;
    data::group(&mut bench.connection, &bench.names.workspace, size).await?;
    let admin = data::user_id(data::FIRST + 1).replacen("-8000-", "-9000-", 1);
    sqlx::query("update members set role = 'admin' where id = $1::uuid").bind(&admin).execute(&mut bench.connection).await?;
    data::settle(&mut bench.connection).await?;
    let mut scim = Connection::open(&bench.address, &bench.token).await?;
    for number in 1..=LOOKED_UP {
        let path = format!("/Users/{}", data::user_id(data::FIRST + number));
        scim.send(&Request { method: "GET", path, body: String::new() }).await?;
    }
    let token = bench.settings.run(&["token", "create", "bench", "--name", "pages", "--scope", "sessions", "--quiet"])?;
    let mut browser = Connection::open(&bench.address, &token).await?;
    let body = json!({ "member_id": admin }).to_string();
    let (status, opened) = browser.call(&Request { method: "POST", path: "/sessions".to_owned(), body }).await?;
    if status != 201 {
        bail!("no session: {status} {}", String::from_utf8_lossy(opened));
    }
    let session = serde_json::from_slice::<Value>(opened)?["id"].as_str().unwrap_or_default().to_owned();
    browser.present(&session);
    let group = data::group_id(data::group_of_size(size));
    let somebody = data::FIRST + size / 2;
    println!("\npages of a workspace of {size} people, one after the other on one connection");
    println!("{:<44} {:>10} {:>10}", "page", "p50", "p99");
    for path in [
        "/account".to_owned(),
        "/members".to_owned(),
        format!("/members?after={admin}"),
        format!("/members?address=user{somebody}"),
        "/members?which=deactivated".to_owned(),
        format!("/members/{admin}"),
        "/groups".to_owned(),
        format!("/groups?name=group+{somebody}"),
        format!("/groups/{group}"),
        "/held-changes".to_owned(),
        "/activity".to_owned(),
        "/activity?status=failed".to_owned(),
        format!("/activity?person=user{somebody}%40bench.test"),
        "/activity/audit".to_owned(),
        "/settings/api".to_owned(),
        "/settings/scim".to_owned(),
        "/settings/scim/mappings".to_owned(),
        "/settings/scim/safety".to_owned(),
        "/settings/roles".to_owned(),
        "/settings/webhooks".to_owned(),
        "/settings/scim/preview".to_owned(),
        "/settings/scim/preview?many=on".to_owned(),
    ] {
        let times = asked_for(&mut browser, &path, bench.time).await?;
        let (half, most) = (percentile(&times, 0.5), percentile(&times, 0.99));
        println!("{:<44} {:>7.1} ms {:>7.1} ms", path, milliseconds(half), milliseconds(most));
    }
    Ok(())
}

async fn asked_for(browser: &mut Connection, path: &str, time: Duration) -> anyhow::Result<Vec<Duration>> {
    let (began, mut times) = (Instant::now(), Vec::new());
    while began.elapsed() < time {
        let asked = Instant::now();
        let (status, page) = browser.page(path).await?;
        if status != 200 {
            bail!("{path}: {status} {}", String::from_utf8_lossy(page));
        }
        times.push(asked.elapsed());
    }
    times.sort_unstable();
    Ok(times)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
