//! Pages by cursor, RFC 9865.

use chrono::TimeDelta;
use rollcall::{
    app::{listing::cursor, seal::Sealer},
    ids::WorkspaceId,
    scim::{Cursor, ListQuery, Position, ResourceSchema, ResourceType, SearchRequest, Tolerated},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{LIST, id};
use crate::harness::{Api, Instance, Workspace};

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const SEAL_KEY: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

async fn people(workspace: &Workspace, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push(id(&workspace.user(&format!("u{n:02}@acme.test")).await).to_owned());
    }
    ids
}

fn ids(page: &Value) -> Vec<String> {
    page["Resources"].as_array().expect("Resources").iter().map(|resource| id(resource).to_owned()).collect()
}

fn next(page: &Value) -> Option<String> {
    Some(page.get("nextCursor")?.as_str().expect("a text").to_owned())
}

async fn page(scim: &Api, query: &str, cursor: &str) -> Value {
    scim.get(&format!("{query}&cursor={cursor}")).await.expect(200)
}

/// All pages of a list.
async fn walked(scim: &Api, query: &str) -> Vec<Value> {
    let mut pages = vec![page(scim, query, "").await];
    while let Some(cursor) = next(pages.last().expect("a page")) {
        pages.push(page(scim, query, &cursor).await);
    }
    pages
}

/// Q243, Q244, Q245, Q246, Q251
#[tokio::test]
async fn every_page_but_the_last_has_the_cursor_of_the_next() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let all = people(&workspace, 12).await;
    for (count, sizes) in [(5, vec![5, 5, 2]), (4, vec![4, 4, 4]), (6, vec![6, 6]), (12, vec![12]), (100, vec![12])] {
        let pages = walked(&scim, &format!("/Users?count={count}")).await;
        assert_eq!(pages.iter().flat_map(ids).collect::<Vec<_>>(), all, "pages of {count}");
        let found: Vec<usize> = pages.iter().map(|page| ids(page).len()).collect();
        assert_eq!(found, sizes, "an exact multiple has no empty page behind it");
        for page in &pages {
            assert_eq!(page["schemas"], json!([LIST]));
            assert_eq!(page["itemsPerPage"], ids(page).len());
            for absent in ["totalResults", "startIndex", "previousCursor"] {
                assert!(page.get(absent).is_none(), "{absent}: {page}");
            }
            if let Some(cursor) = next(page) {
                assert!(cursor.bytes().all(|c| c.is_ascii_alphanumeric() || b"-._~".contains(&c)), "{cursor}");
            }
        }
    }
    // The first page is asked for in either way; `count` is given again or not.
    for target in ["/Users?cursor&count=5", "/Users?count=5&cursor=", "/Users?CURSOR=&COUNT=5"] {
        let first = scim.raw("GET", target).send().expect(200);
        assert_eq!(ids(&first), all[..5], "{target}");
        let second = scim.get(&format!("/Users?cursor={}", next(&first).expect("a cursor"))).await.expect(200);
        assert_eq!(ids(&second), all[5..10], "{target}");
    }
    assert_eq!(ids(&page(&scim, "/Users?attributes=userName", "").await), all);
    for count in ["0", "-1", "-99999999999999999999"] {
        let total = page(&scim, &format!("/Users?count={count}"), "").await;
        assert_eq!((&total["totalResults"], &total["Resources"], next(&total)), (&json!(12), &json!([]), None), "{count}");
    }
    let total = page(&scim, "/Users?count=0&filter=userName%20sw%20%22u0%22", "").await;
    assert_eq!(total["totalResults"], 10);
    // Nobody at all is a page, and the last one.
    let none = page(&scim, "/Groups?count=5", "").await;
    assert_eq!((&none["Resources"], next(&none)), (&json!([]), None));
    instance.finish().await;
}

/// Q247: whatever is not a cursor of this very list, as it was handed out, is refused in the same words.
#[tokio::test]
async fn a_cursor_belongs_to_one_workspace_and_one_query() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    people(&workspace, 6).await;
    let query = "/Users?count=2&filter=active%20eq%20true&sortBy=userName";
    let cursor = next(&page(&scim, query, "").await).expect("a cursor");
    // What is shown of each resource may change on the way, and so may the spelling.
    let same = "/Users?count=2&filter=ACTIVE%20Eq%20true&sortBy=username&sortOrder=ascending&attributes=id";
    assert_eq!(ids(&page(&scim, same, &cursor).await), ids(&page(&scim, query, &cursor).await));

    let mut texts = Vec::new();
    for (what, query, cursor) in [
        ("no filter", "/Users?count=2&sortBy=userName", cursor.as_str()),
        ("another filter", "/Users?count=2&filter=active%20eq%20false&sortBy=userName", &cursor),
        ("another order", "/Users?count=2&filter=active%20eq%20true&sortBy=title", &cursor),
        ("another direction", "/Users?count=2&filter=active%20eq%20true&sortBy=userName&sortOrder=descending", &cursor),
        ("another endpoint", "/Groups?count=2", &cursor),
        ("nothing in it", query, "AAAA"),
        ("not even base64", query, "x"),
        ("not in the alphabet", query, "!%25%20"),
        ("endless", query, &"A".repeat(6_000)),
        ("a number", query, "2"),
    ] {
        let answer = scim.get(&format!("{query}&cursor={cursor}")).await;
        texts.push((what, answer.scim_error(400, Some("invalidCursor"))));
    }
    for place in [0, 1, 11, 20, cursor.len() / 2, cursor.len() - 2, cursor.len() - 1] {
        let other = if cursor.as_bytes()[place] == b'A' { "B" } else { "A" };
        let mut flipped = cursor.clone();
        flipped.replace_range(place..=place, other);
        let answer = scim.get(&format!("{query}&cursor={flipped}")).await;
        texts.push(("one character", answer.scim_error(400, Some("invalidCursor"))));
    }
    texts.push((
        "cut off",
        scim.get(&format!("{query}&cursor={}", &cursor[..cursor.len() - 1])).await.scim_error(400, Some("invalidCursor")),
    ));

    // Q248, Q249: another workspace's cursor is as bad as garbage, whether or not what it points at is there.
    let other = instance.workspace().open().await;
    people(&other, 6).await;
    let foreign = next(&page(&other.scim(), query, "").await).expect("a cursor");
    texts.push(("foreign", scim.get(&format!("{query}&cursor={foreign}")).await.scim_error(400, Some("invalidCursor"))));
    assert!(texts.iter().all(|(_, detail)| *detail == texts[0].1), "{texts:#?}");

    // A cursor gives no rights: each page is authorised anew, by whatever token of the workspace.
    instance.anonymous().get(&format!("/api/v1/auth/scim{query}&cursor={cursor}")).await.scim_error(401, None);
    let token = json!({ "name": "second", "scopes": ["scim"] });
    let made = instance.ops().post(&format!("/workspaces/{}/tokens", workspace.slug), token).await.expect(201);
    let second = scim.token(made["secret"].as_str().expect("a secret"));
    assert_eq!(ids(&page(&second, query, &cursor).await), ids(&page(&scim, query, &cursor).await));
    instance
        .ops()
        .patch(&format!("/workspaces/{}", workspace.slug), json!({ "scim_enabled": false, "managed_people": "keep" }))
        .await
        .expect(200);
    scim.get(&format!("{query}&cursor={cursor}")).await.scim_error(403, None);
    instance.finish().await;
}

/// Q247
#[tokio::test]
async fn the_size_of_a_page_does_not_change_on_the_way() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let all = people(&workspace, 5).await;
    let cursor = next(&page(&scim, "/Users?count=2", "").await).expect("a cursor");
    for count in ["1", "3", "0", "-1", "1000", "99999999999999999999", "x", "", "1.5"] {
        let answer = scim.get(&format!("/Users?cursor={cursor}&count={count}")).await;
        answer.scim_error(400, Some("invalidCount"));
    }
    scim.get("/Users?cursor=&count=x").await.scim_error(400, Some("invalidCount"));
    for query in ["/Users?count=2", "/Users?attributes=id"] {
        assert_eq!(ids(&page(&scim, query, &cursor).await), all[2..4], "{query}");
    }
    // More than a page can have is as much as it can have, also the second time.
    let cursor = next(&page(&scim, "/Users?count=2", "").await).expect("a cursor");
    scim.get(&format!("/Users?cursor={cursor}&startIndex=1")).await.scim_error(400, Some("invalidValue"));
    scim.get("/Users?cursor=&startIndex=1").await.scim_error(400, Some("invalidValue"));
    instance.finish().await;
}

/// Q247
#[tokio::test]
async fn an_old_cursor_is_refused_as_old() {
    let instance = Instance::with_settings(&[("ROLLCALL_SEAL_KEY", SEAL_KEY)]).await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let all = people(&workspace, 4).await;
    // As the server seals them, but in the past.
    let made_before = |seconds: i64| {
        let schema = ResourceSchema::builtin(ResourceType::User);
        let query = ListQuery::parse(&SearchRequest::default(), schema, &[], &mut Tolerated::default()).expect("a query");
        let id = Uuid::parse_str(&all[1]).expect("an id");
        let after = Position { resource_type: ResourceType::User, value: None, id };
        let then = rollcall::clock::now() - TimeDelta::seconds(seconds);
        let workspace = WorkspaceId::parse(&workspace.id).expect("an id");
        let sealer = Sealer::new(Some(&SEAL_KEY.into())).expect("a key");
        cursor::seal(&sealer, workspace, &[query], &Cursor::new(after, 2, then)).expect("a cursor")
    };
    assert_eq!(ids(&page(&scim, "/Users?count=2", &made_before(3_500)).await), all[2..]);
    let answer = scim.get(&format!("/Users?cursor={}", made_before(3_601))).await;
    let detail = answer.scim_error(400, Some("expiredCursor"));
    assert!(detail.contains("3600"), "{detail}");
    instance.abandon("no worker");
}

/// Q253: the server remembers nothing of a cursor.
#[tokio::test]
async fn a_cursor_outlives_the_server_that_made_it_when_the_key_does() {
    let mut instance = Instance::with_settings(&[("ROLLCALL_SEAL_KEY", SEAL_KEY)]).await;
    let workspace = instance.workspace().open().await;
    let all = people(&workspace, 4).await;
    let cursor = next(&page(&workspace.scim(), "/Users?count=2", "").await).expect("a cursor");
    assert!(!instance.logs().contains("ROLLCALL_SEAL_KEY"), "nothing to warn of");
    instance.server().terminate();
    instance.restart_server_with(&[("ROLLCALL_SEAL_KEY", SEAL_KEY)]).await;
    let scim = workspace.moved_to(instance.url()).scim();
    assert_eq!(ids(&page(&scim, "/Users?count=2", &cursor).await), all[2..]);
    // With a key of its own a server says so, and takes nobody else's cursors.
    instance.server().terminate();
    instance.restart_server().await;
    let scim = workspace.moved_to(instance.url()).scim();
    scim.get(&format!("/Users?count=2&cursor={cursor}")).await.scim_error(400, Some("invalidCursor"));
    let warnings = instance.logs().lines().filter(|line| line.contains("ROLLCALL_SEAL_KEY is not set")).count();
    assert_eq!(warnings, 1);
    instance.abandon("no worker");
}

/// Q252
#[tokio::test]
async fn searches_go_by_cursor_too() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let users = people(&workspace, 5).await;
    let mut groups = Vec::new();
    for n in 0..4 {
        groups.push(id(&workspace.group(&format!("Group {n}"), &[]).await).to_owned());
    }
    let both: Vec<String> = users.iter().chain(&groups).cloned().collect();
    for (endpoint, all) in [("/Users", &users), ("/Groups", &groups), ("", &both)] {
        for more in [json!({}), json!({ "filter": "id pr" }), json!({ "sortBy": "meta.resourceType", "sortOrder": "descending" })]
        {
            let (mut read, mut cursor) = (Vec::new(), String::new());
            loop {
                let mut body = json!({ "schemas": [SEARCH], "cursor": cursor, "count": 2 });
                body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
                let page = scim.post(&format!("{endpoint}/.search"), body).await.expect(200);
                read.extend(ids(&page));
                assert!(page.get("totalResults").is_none());
                let Some(next) = next(&page) else { break };
                cursor = next;
            }
            assert_eq!(read, *all, "{endpoint} {more}");
        }
    }
    let first = scim.post("/Users/.search", json!({ "schemas": [SEARCH], "cursor": "", "count": 2 })).await.expect(200);
    let cursor = next(&first).expect("a cursor");
    // The same list by its address.
    assert_eq!(ids(&page(&scim, "/Users?count=2", &cursor).await), users[2..4]);
    let elsewhere = json!({ "schemas": [SEARCH], "cursor": cursor, "count": 2 });
    scim.post("/.search", elsewhere).await.scim_error(400, Some("invalidCursor"));
    let total = scim.post("/.search", json!({ "schemas": [SEARCH], "cursor": "", "count": 0 })).await.expect(200);
    assert_eq!(total["totalResults"], 9);
    // Without a cursor it goes by index, as ever.
    let by_index = scim.post("/.search", json!({ "schemas": [SEARCH], "startIndex": 5, "count": 2 })).await.expect(200);
    assert_eq!((ids(&by_index), &by_index["totalResults"]), (both[4..6].to_vec(), &json!(9)));
    let by_index = scim.post("/.search", json!({ "schemas": [SEARCH], "cursor": null, "count": 1 })).await.expect(200);
    assert_eq!(by_index["totalResults"], 9);
    instance.finish().await;
}

/// Q253
#[tokio::test]
async fn a_cursor_is_good_whoever_goes_and_comes() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let all = people(&workspace, 8).await;
    let cursor = next(&page(&scim, "/Users?count=3", "").await).expect("a cursor");
    let sorted = next(&page(&scim, "/Users?count=3&sortBy=userName&sortOrder=descending", "").await).expect("a cursor");
    // The last one of the page goes, and one before it.
    for gone in [2, 0, 5] {
        scim.delete(&format!("/Users/{}", all[gone])).await.expect(204);
    }
    let late = id(&workspace.user("a-late@acme.test").await).to_owned();
    let rest = page(&scim, "/Users?count=3", &cursor).await;
    assert_eq!(ids(&rest), [all[3].as_str(), &all[4], &all[6]]);
    let last = page(&scim, "/Users?count=3", &next(&rest).expect("a cursor")).await;
    assert_eq!((ids(&last), next(&last)), (vec![all[7].clone(), late.clone()], None));
    let rest = page(&scim, "/Users?count=3&sortBy=userName&sortOrder=descending", &sorted).await;
    assert_eq!(ids(&rest), [all[4].as_str(), &all[3], &all[1]]);
    // Everybody behind it goes: an empty page, and the last one.
    let cursor = next(&page(&scim, "/Users?count=5", "").await).expect("a cursor");
    scim.delete(&format!("/Users/{late}")).await.expect(204);
    let empty = page(&scim, "/Users?count=5", &cursor).await;
    assert_eq!((&empty["Resources"], next(&empty)), (&json!([]), None));
    instance.finish().await;
}
