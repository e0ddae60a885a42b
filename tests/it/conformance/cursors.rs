//! Pages by cursor, RFC 9865.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use rollcall::{
    app::{listing::cursor, seal::Sealer},
    ids::WorkspaceId,
    scim::{Cursor, ListQuery, Position, ResourceSchema, ResourceType, SearchRequest, Tolerated},
};
use serde_json::{Value, json};

use super::{
    asking::{name, person, search, stored_id, stored_users},
    framework::{Ground, Section, hold, requirements},
};
use crate::{
    harness::{Answer, Api, Instance, Workspace},
    scim::{LIST, id},
};

/// Q243 to Q253.
pub const SECTION: Section = Section {
    title: "Cursors",
    requirements: requirements! {
        243 Must "An empty cursor, with or without its equals sign, asks for the first page; cursors need no encoding." => the_first_page_and_the_alphabet;
        244 Must "Every page but the last has nextCursor." => every_page_but_the_last;
        245 Must "The first page has no previousCursor." => no_cursor_backwards;
        246 Must "count is read as it is for pages by index." => counts;
        247 Should "A cursor that is none is refused with invalidCursor, an old one with expiredCursor, another count with invalidCount." => refusals;
        248 Must "A cursor gives no rights: each page is authorised anew, and another workspace's cursor is as bad as garbage." => no_rights;
        249 Must "A refusal tells nothing of what is there." => one_and_the_same_refusal;
        250 Must "Both methods are published; who says nothing gets pages by index." => published;
        251 May "A page by cursor has no totalResults: nothing is counted for it." => no_totals;
        252 Must "Searches by POST take cursors too." => in_searches;
        253 Hardening "A cursor is sealed, remembered nowhere, and skips nobody while others come and go." => sealed_and_steady;
    },
};

#[tokio::test]
async fn q243_to_q253_cursors() {
    hold(&SECTION).await;
}

const SEAL_KEY: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// Users `u00`, `u01`, ...
async fn users(workspace: &Workspace, count: usize) {
    for n in 0..count {
        person(workspace, json!({ "userName": format!("u{n:02}"), "title": if n % 2 == 0 { "even" } else { "odd" } })).await;
    }
}

/// The names on a page.
fn shown(page: &Value) -> Vec<String> {
    page["Resources"].as_array().expect("Resources").iter().map(name).collect()
}

fn next(page: &Value) -> Option<String> {
    page.get("nextCursor").map(|next| next.as_str().expect("a text").to_owned())
}

async fn page(scim: &Api, query: &str, cursor: &str) -> Answer {
    scim.get(&format!("/Users?{query}&cursor={cursor}")).await
}

/// All pages.
async fn walk(scim: &Api, query: &str) -> Vec<Value> {
    let mut pages = vec![page(scim, query, "").await.expect(200)];
    while let Some(cursor) = next(pages.last().expect("a page")) {
        pages.push(page(scim, query, &cursor).await.expect(200));
    }
    pages
}

async fn the_first_page_and_the_alphabet(ground: &Ground<'_>) {
    let scim = ground.workspace.scim();
    users(&ground.workspace, 5).await;
    for target in ["/Users?cursor&count=2", "/Users?count=2&cursor", "/Users?cursor=&count=2", "/Users?CURSOR=&COUNT=2"] {
        let first = scim.raw("GET", target).send().expect(200);
        assert_eq!((shown(&first), first["schemas"].clone()), (vec!["u00".into(), "u01".into()], json!([LIST])), "{target}");
    }
    for query in ["count=1", "count=2&sortBy=userName", "count=3&filter=title%20pr&sortBy=title&sortOrder=descending"] {
        for page in walk(&scim, query).await {
            let cursor = next(&page).unwrap_or_default();
            // RFC 3986 §2.3
            assert!(cursor.bytes().all(|c| c.is_ascii_alphanumeric() || b"-._~".contains(&c)), "{cursor}");
        }
    }
}

async fn every_page_but_the_last(ground: &Ground<'_>) {
    let scim = ground.workspace.scim();
    users(&ground.workspace, 12).await;
    let all: Vec<String> = (0..12).map(|n| format!("u{n:02}")).collect();
    for (count, sizes) in [(5, &[5, 5, 2][..]), (4, &[4, 4, 4]), (6, &[6, 6]), (11, &[11, 1]), (12, &[12]), (100, &[12])] {
        let pages = walk(&scim, &format!("count={count}")).await;
        let found: Vec<usize> = pages.iter().map(|page| shown(page).len()).collect();
        assert_eq!(found, sizes, "an exact multiple has no empty page behind it");
        assert_eq!(pages.iter().flat_map(shown).collect::<Vec<_>>(), all);
        let (last, others) = pages.split_last().expect("a page");
        assert!(next(last).is_none() && others.iter().all(|page| next(page).is_some_and(|cursor| !cursor.is_empty())));
    }
    let pages = walk(&scim, "count=4&filter=title%20eq%20%22odd%22&sortBy=userName&sortOrder=descending").await;
    assert_eq!(pages.iter().flat_map(shown).collect::<Vec<_>>(), ["u11", "u09", "u07", "u05", "u03", "u01"]);
    let nobody = page(&scim, "filter=title%20eq%20%22none%22", "").await.expect(200);
    assert_eq!((shown(&nobody), next(&nobody)), (Vec::new(), None));
}

async fn no_cursor_backwards(ground: &Ground<'_>) {
    users(&ground.workspace, 5).await;
    for query in ["count=2", "count=2&sortBy=userName", "count=100"] {
        let pages = walk(&ground.workspace.scim(), query).await;
        assert!(pages[0].get("previousCursor").is_none(), "{}", pages[0]);
        // It is optional on the others; whoever leaves it out there leaves it out.
        assert!(pages.iter().all(|page| page.get("previousCursor").is_none()), "{query}");
    }
}

async fn counts(ground: &Ground<'_>) {
    let scim = ground.workspace.scim();
    users(&ground.workspace, 4).await;
    for count in ["0", "-1", "-5", "-99999999999999999999"] {
        let total = page(&scim, &format!("count={count}"), "").await.expect(200);
        assert_eq!((&total["totalResults"], shown(&total), next(&total)), (&json!(4), Vec::new(), None), "{count}");
        let some = page(&scim, &format!("count={count}&filter=title%20eq%20%22odd%22"), "").await.expect(200);
        assert_eq!((&some["totalResults"], shown(&some).len()), (&json!(2), 0), "{count}");
    }
    for (count, items) in [("1", 1), ("3", 3), ("4", 4), ("1000", 4), ("100000", 4)] {
        let page = page(&scim, &format!("count={count}"), "").await.expect(200);
        assert_eq!((shown(&page).len(), &page["itemsPerPage"]), (items, &json!(items)), "{count}");
    }
    for count in ["x", "1.5", ""] {
        page(&scim, &format!("count={count}"), "").await.scim_error(400, Some("invalidCount"));
    }
    // Without a count, a page of the published size.
    let config = scim.get("/ServiceProviderConfig").await.expect(200)["pagination"].clone();
    let usual = usize::try_from(config["defaultPageSize"].as_u64().expect("a number")).expect("a size");
    stored_users(ground.instance, &ground.workspace, usual).await;
    assert_eq!(shown(&page(&scim, "attributes=userName", "").await.expect(200)).len(), usual);
}

async fn refusals(_: &Ground<'_>) {
    let instance = Instance::with_settings(&[("ROLLCALL_SEAL_KEY", SEAL_KEY)]).await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    users(&workspace, 6).await;
    let query = "count=2&filter=title%20pr&sortBy=userName";
    let cursor = next(&page(&scim, query, "").await.expect(200)).expect("a cursor");
    for place in 0..cursor.len() {
        let mut flipped = cursor.clone();
        flipped.replace_range(place..=place, if &cursor[place..=place] == "A" { "B" } else { "A" });
        page(&scim, query, &flipped).await.scim_error(400, Some("invalidCursor"));
    }
    for garbage in ["x", "AAAA", "0", "%00", "null", &"A".repeat(5_000), &cursor[1..], &cursor[..cursor.len() - 1]] {
        page(&scim, query, garbage).await.scim_error(400, Some("invalidCursor"));
    }
    for other in [
        "count=2&sortBy=userName",
        "count=2&filter=active%20eq%20true&sortBy=userName",
        "count=2&filter=title%20pr",
        "count=2&filter=title%20pr&sortBy=title",
        "count=2&filter=title%20pr&sortBy=userName&sortOrder=descending",
    ] {
        page(&scim, other, &cursor).await.scim_error(400, Some("invalidCursor"));
    }
    scim.get(&format!("/Groups?count=2&cursor={cursor}")).await.scim_error(400, Some("invalidCursor"));
    for count in ["1", "3", "0", "-1", "1000", "x"] {
        let changed = query.replace("count=2", &format!("count={count}"));
        page(&scim, &changed, &cursor).await.scim_error(400, Some("invalidCount"));
    }
    assert_eq!(shown(&page(&scim, query, &cursor).await.expect(200)), ["u02", "u03"], "and it is as good as before");
    // As this server seals them, but in the past.
    let first = scim.filter("/Users", "userName eq \"u01\"").await.expect(200)["Resources"][0].clone();
    let made = |seconds: i64| {
        let schema = ResourceSchema::builtin(ResourceType::User);
        let query = ListQuery::parse(&SearchRequest::default(), schema, &[], &mut Tolerated::default()).expect("a query");
        let after = Position { resource_type: ResourceType::User, value: None, id: id(&first).parse().expect("an id") };
        let then = rollcall::clock::now() - TimeDelta::seconds(seconds);
        let sealer = Sealer::new(Some(&SEAL_KEY.into())).expect("a key");
        let workspace = WorkspaceId::parse(&workspace.id).expect("an id");
        cursor::seal(&sealer, workspace, &[query], &Cursor::new(after, 2, then)).expect("a cursor")
    };
    let timeout = scim.get("/ServiceProviderConfig").await.expect(200)["pagination"]["cursorTimeout"].as_i64().expect("seconds");
    assert_eq!(shown(&page(&scim, "count=2", &made(timeout - 60)).await.expect(200)), ["u02", "u03"]);
    page(&scim, "count=2", &made(timeout + 1)).await.scim_error(400, Some("expiredCursor"));
    instance.abandon("nobody works here");
}

async fn no_rights(ground: &Ground<'_>) {
    let (workspace, other) = (&ground.workspace, &ground.another().await);
    let scim = workspace.scim();
    users(workspace, 4).await;
    users(other, 4).await;
    let cursor = next(&page(&scim, "count=2", "").await.expect(200)).expect("a cursor");
    let theirs = next(&page(&other.scim(), "count=2", "").await.expect(200)).expect("a cursor");
    page(&scim, "count=2", &theirs).await.scim_error(400, Some("invalidCursor"));
    page(&other.scim(), "count=2", &cursor).await.scim_error(400, Some("invalidCursor"));
    page(&scim.anonymous(), "count=2", &cursor).await.scim_error(401, None);
    page(&scim.token(&workspace.admin_token), "count=2", &cursor).await.scim_error(403, None);
    // Whoever holds the workspace's next token goes on where the first one was, and the first one does not when it is revoked.
    let make = json!({ "name": "next", "scopes": ["scim"] });
    let made = workspace.admin().post("/tokens", make).await.expect(201);
    let second = scim.token(made["secret"].as_str().expect("a secret"));
    assert_eq!(shown(&page(&second, "count=2", &cursor).await.expect(200)), ["u02", "u03"]);
    let at = format!("/tokens/{}", made["token"]["id"].as_str().expect("an id"));
    workspace.admin().delete(&at).await.expect(204);
    page(&second, "count=2", &cursor).await.scim_error(401, None);
    ground
        .instance
        .ops()
        .patch(&format!("/workspaces/{}", workspace.slug), json!({ "scim_enabled": false, "managed_people": "keep" }))
        .await
        .expect(200);
    page(&scim, "count=2", &cursor).await.scim_error(403, None);
}

async fn one_and_the_same_refusal(ground: &Ground<'_>) {
    let (workspace, other) = (&ground.workspace, &ground.another().await);
    let scim = workspace.scim();
    users(workspace, 3).await;
    users(other, 3).await;
    let foreign = next(&page(&other.scim(), "count=1", "").await.expect(200)).expect("a cursor");
    // Of a resource that is there no more, and of one that never was.
    let gone = next(&page(&other.scim(), "count=2", "").await.expect(200)).expect("a cursor");
    let last = other.scim().filter("/Users", "userName eq \"u01\"").await.expect(200)["Resources"][0].clone();
    other.scim().delete(&format!("/Users/{}", id(&last))).await.expect(204);
    let seen = |answer: &Answer| {
        let mut headers: Vec<String> = answer
            .headers
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"))
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        headers.sort();
        (answer.status, headers, answer.text.clone())
    };
    let mut answers = Vec::new();
    for cursor in [foreign.as_str(), &gone, "garbage", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA", &stored_id(1)] {
        let answer = page(&scim, "count=1", cursor).await;
        answer.scim_error(400, Some("invalidCursor"));
        answers.push(seen(&answer));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
}

async fn published(ground: &Ground<'_>) {
    let scim = ground.workspace.scim();
    let pagination = scim.get("/ServiceProviderConfig").await.expect(200)["pagination"].clone();
    assert_eq!((&pagination["cursor"], &pagination["index"]), (&json!(true), &json!(true)), "{pagination}");
    assert_eq!(pagination["defaultPaginationMethod"], "index", "old clients know no other");
    for number in ["defaultPageSize", "maxPageSize", "cursorTimeout"] {
        assert!(pagination[number].as_u64().is_some_and(|number| number > 0), "{number}: {pagination}");
    }
    users(&ground.workspace, 3).await;
    let by_index = scim.get("/Users?count=2").await.expect(200);
    assert_eq!((&by_index["totalResults"], &by_index["startIndex"], next(&by_index)), (&json!(3), &json!(1), None));
    let by_cursor = page(&scim, "count=2", "").await.expect(200);
    assert!(next(&by_cursor).is_some() && by_cursor.get("startIndex").is_none(), "{by_cursor}");
    // One way or the other.
    scim.get("/Users?cursor=&startIndex=2").await.scim_error(400, Some("invalidValue"));
    let schema = scim.get("/Schemas/urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig").await.expect(200);
    assert!(schema["attributes"].as_array().is_some_and(|all| all.iter().any(|attribute| attribute["name"] == "pagination")));
}

async fn no_totals(ground: &Ground<'_>) {
    users(&ground.workspace, 5).await;
    for query in ["count=2", "count=5", "count=2&filter=title%20pr", "count=2&sortBy=title"] {
        for page in walk(&ground.workspace.scim(), query).await {
            assert!(page.get("totalResults").is_none(), "{query}: {page}");
            assert_eq!(page["itemsPerPage"], shown(&page).len(), "{query}");
        }
    }
}

async fn in_searches(ground: &Ground<'_>) {
    let scim = ground.workspace.scim();
    users(&ground.workspace, 5).await;
    for n in 0..3 {
        ground.workspace.group(&format!("g{n}"), &[]).await;
    }
    let all = ["u00", "u01", "u02", "u03", "u04", "g0", "g1", "g2"];
    for (endpoint, wanted) in [("/Users", &all[..5]), ("/Groups", &all[5..]), ("", &all[..])] {
        for more in [json!({}), json!({ "filter": "id pr" }), json!({ "attributes": ["userName", "displayName"] })] {
            let (mut read, mut cursor) = (Vec::new(), String::new());
            loop {
                let mut query = more.clone();
                query["cursor"] = json!(cursor);
                query["count"] = json!(2);
                let page = search(&scim, endpoint, query).await.expect(200);
                read.extend(shown(&page));
                assert!(page.get("totalResults").is_none(), "{page}");
                let Some(next) = next(&page) else { break };
                cursor = next;
            }
            assert_eq!(read, wanted, "{endpoint} {more}");
        }
    }
    search(&scim, "/Users", json!({ "cursor": "garbage" })).await.scim_error(400, Some("invalidCursor"));
    search(&scim, "/Users", json!({ "cursor": 1 })).await.scim_error(400, Some("invalidSyntax"));
    // A cursor of the address is good for the same search, and the other way round.
    let cursor = next(&page(&scim, "count=2", "").await.expect(200)).expect("a cursor");
    let second = search(&scim, "/Users", json!({ "cursor": cursor, "count": 2 })).await.expect(200);
    assert_eq!(shown(&second), ["u02", "u03"]);
}

async fn sealed_and_steady(_: &Ground<'_>) {
    let mut instance = Instance::with_settings(&[("ROLLCALL_SEAL_KEY", SEAL_KEY)]).await;
    let mut workspace = instance.workspace().open().await;
    users(&workspace, 12).await;
    let cursor = next(&page(&workspace.scim(), "count=3&sortBy=userName", "").await.expect(200)).expect("a cursor");
    // Sealed: nobody can read in it where it stands, and the same place is never written twice alike.
    let again = next(&page(&workspace.scim(), "count=3&sortBy=userName", "").await.expect(200)).expect("a cursor");
    assert_ne!(cursor, again);
    let decoded = data_encoding::BASE64URL_NOPAD.decode(cursor.as_bytes()).unwrap_or_else(|_| cursor.clone().into_bytes());
    assert!(!decoded.windows(3).any(|bytes| bytes == b"u02"), "the name is in it");
    // Remembered nowhere: another process with the same key goes on.
    instance.server().kill();
    instance.restart_server_with(&[("ROLLCALL_SEAL_KEY", SEAL_KEY)]).await;
    workspace = workspace.moved_to(instance.url());
    let scim = workspace.scim();
    assert_eq!(shown(&page(&scim, "count=3&sortBy=userName", &cursor).await.expect(200)), ["u03", "u04", "u05"]);
    // Steady: between two pages somebody comes and somebody goes, in front and behind, and the very one at which it stands.
    for query in ["count=3", "count=3&sortBy=userName", "count=3&sortBy=title", "count=3&sortBy=userName&sortOrder=descending"] {
        let mut read = Vec::new();
        let mut stayed: BTreeSet<String> = BTreeSet::new();
        let all = scim.get("/Users?count=1000").await.expect(200);
        for user in all["Resources"].as_array().expect("Resources") {
            stayed.insert(name(user));
        }
        let mut page = page(&scim, query, "").await.expect(200);
        for n in 0.. {
            read.extend(shown(&page));
            let Some(cursor) = next(&page) else { break };
            let last = page["Resources"].as_array().and_then(|users| users.last()).expect("a user").clone();
            stayed.remove(&name(&last));
            scim.delete(&format!("/Users/{}", id(&last))).await.expect(204);
            let extra = uuid::Uuid::new_v4().simple().to_string();
            person(&workspace, json!({ "userName": format!("{}{extra}", ["a", "m", "z"][n % 3]), "title": "even" })).await;
            page = self::page(&scim, query, &cursor).await.expect(200);
        }
        let once: BTreeSet<&String> = read.iter().collect();
        assert_eq!(once.len(), read.len(), "{query}: somebody was there twice");
        assert!(stayed.iter().all(|name| once.contains(name)), "{query}: somebody was missed");
    }
    instance.abandon("nobody works here");
}
