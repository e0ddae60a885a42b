//! One user: read, found, created, changed, deleted.

use serde_json::json;

use super::{
    super::{
        data::{FIRST, user_id},
        load::{Connection, Request},
        user,
    },
    Directory, Meter, Table,
    meter::{TURNS, Turn},
};

/// Numbers of users who are created here.
const NEW: u64 = 700_000_000_000;

/// # Errors
/// A request was not answered as it should be.
pub async fn measure(meter: &mut Meter<'_>, address: &str, directories: &[Directory]) -> anyhow::Result<()> {
    let mut table = Table::head("request");
    for (name, turn) in KINDS {
        table.next_kind();
        for directory in directories {
            let mut connection = Connection::open(address, &directory.token).await?;
            let (times, blocks, _) = meter.measure(&mut connection, |number| turn(directory, number)).await?;
            table.line(directory.size, name, times, blocks);
        }
    }
    Ok(())
}

type Kind = (&'static str, fn(&Directory, u64) -> Turn);

const KINDS: [Kind; 6] = [
    ("GET by id", |directory, number| (plain("GET", format!("/Users/{}", user_id(somebody(directory, number)))), 200)),
    ("GET userName eq", |directory, number| {
        let path = format!("/Users?filter=userName%20eq%20%22user{}@bench.test%22", somebody(directory, number));
        (plain("GET", path), 200)
    }),
    ("POST", |_, number| (Request { method: "POST", path: "/Users".to_owned(), body: user(NEW + number) }, 201)),
    ("PATCH title", |directory, number| (patch(directory, number, &json!({ "title": format!("Engineer {number}") })), 200)),
    ("PATCH active", |directory, number| (patch(directory, number, &json!({ "active": false })), 200)),
    // From the other end: nobody who was changed a moment ago.
    ("DELETE", |directory, number| {
        let gone = FIRST + directory.size - number;
        (plain("DELETE", format!("/Users/{}", user_id(gone))), 204)
    }),
];

fn plain(method: &'static str, path: String) -> Request {
    Request { method, path, body: String::new() }
}

fn patch(directory: &Directory, number: u64, value: &serde_json::Value) -> Request {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{ "op": "replace", "value": value }],
    });
    Request { method: "PATCH", path: format!("/Users/{}", user_id(somebody(directory, number))), body: body.to_string() }
}

/// Spread over the directory without its last, somebody else each turn.
fn somebody(directory: &Directory, number: u64) -> u64 {
    FIRST + 1 + number * ((directory.size - TURNS) / TURNS)
}
