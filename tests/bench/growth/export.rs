//! Everybody, by cursor, in pages as large as they may be.

use std::time::Instant;

use anyhow::bail;

use super::{
    super::{
        load::{Connection, Request},
        machine::peak_mib,
    },
    Directory,
};

const PAGE: u64 = 1_000;

/// # Errors
/// A page was not answered as it should be, or somebody is missing.
pub async fn measure(address: &str, directories: &[Directory], server: u32) -> anyhow::Result<()> {
    println!();
    println!(
        "{:>10}  {:>26} {:>10} {:>14} {:>26}",
        "users", "export by cursor, seconds", "users/s", "MiB of answers", "most memory of server, MiB"
    );
    for directory in directories {
        let mut connection = Connection::open(address, &directory.token).await?;
        let (mut cursor, mut users, mut bytes) = (String::new(), 0, 0);
        let started = Instant::now();
        loop {
            let request = Request { method: "GET", path: format!("/Users?count={PAGE}&cursor={cursor}"), body: String::new() };
            let (status, body) = connection.send(&request).await?;
            if status != 200 {
                bail!("{} was answered with {status}: {}", request.path, String::from_utf8_lossy(body));
            }
            bytes += body.len();
            let Listed { items, next } = listed(body)?;
            users += items;
            match next {
                Some(next) => cursor = next,
                None => break,
            }
        }
        let seconds = started.elapsed().as_secs_f64();
        // Those who were created and deleted by the measurements before this are few.
        if users + 1_000 < directory.size {
            bail!("only {users} of {} users came", directory.size);
        }
        println!(
            "{users:>10}  {seconds:>26.1} {:>10.0} {:>14.0} {:>26.0}",
            users as f64 / seconds,
            bytes as f64 / f64::from(1 << 20),
            peak_mib(server)
        );
    }
    Ok(())
}

/// How many came, and how to go on.
struct Listed {
    items: u64,
    next: Option<String>,
}

/// The resources themselves are skipped: what the client does with them is not measured.
fn listed(body: &[u8]) -> anyhow::Result<Listed> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Page {
        items_per_page: u64,
        next_cursor: Option<String>,
        #[serde(rename = "Resources")]
        resources: Vec<serde::de::IgnoredAny>,
    }
    let page: Page = serde_json::from_slice(body)?;
    if page.resources.len() as u64 != page.items_per_page {
        bail!("{} resources in a page that says {}", page.resources.len(), page.items_per_page);
    }
    Ok(Listed { items: page.items_per_page, next: page.next_cursor })
}
