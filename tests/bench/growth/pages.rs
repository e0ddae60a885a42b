//! Pages of a hundred at the beginning, in the middle and at the end.

use anyhow::{Context, bail};
use rollcall::{
    app::{listing::cursor, seal::Sealer},
    scim::{Cursor, ListQuery, Position, ResourceSchema, ResourceType, SearchRequest, Tolerated},
};
use uuid::Uuid;

use super::{
    super::{
        data,
        installation::SEAL_KEY,
        load::{Connection, Request},
    },
    Directory, Meter, Table,
    meter::TURNS,
};

const PAGE: u64 = 100;

/// # Errors
/// A request was not answered as it should be.
pub async fn measure(meter: &mut Meter<'_>, address: &str, directories: &[Directory]) -> anyhow::Result<()> {
    println!();
    println!("Pages of {PAGE}, {TURNS} requests of each; medians (p99), and blocks (hit + read) of one request");
    let mut table = Table::head("page");
    for directory in directories {
        let mut connection = Connection::open(address, &directory.token).await?;
        for pages in kinds(directory)? {
            table.next_kind();
            for (name, path) in pages {
                meter.forget_walks().await?;
                let request = |_| (Request { method: "GET", path: path.clone(), body: String::new() }, 200);
                let (times, blocks, last) = meter.measure(&mut connection, request).await?;
                if last["itemsPerPage"].as_u64() < Some(PAGE) {
                    bail!("{path} is no page of {PAGE}: {}", last["itemsPerPage"]);
                }
                table.line(directory.size, name, times, blocks);
            }
        }
    }
    Ok(())
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
