//! Reading and listing (RFC 7644 §3.4.1 to §3.4.2.1).

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};

use super::{
    asking::{NOBODY, SEARCH_REQUEST},
    framework::{Client, Ground, Section, hold, requirements},
};
use crate::scim::{LIST, id, path};

/// Q093 to Q100.
pub const SECTION: Section = Section {
    title: "Read and list",
    requirements: requirements! {
        93 Must "A known id is answered with the resource, an unknown one with 404." => known_and_unknown;
        94 Must "A list without matches is 200 with none." => nothing_found;
        95 Must "A list is a ListResponse with totalResults and Resources." => shape_of_a_list;
        96 Must "totalResults counts all matches, not those of the page." => totals;
        97 Must "A page says where it begins and how many resources it has." => parts_of_a_list;
        98 Must "A query at the SCIM address covers all types; what a type lacks has no value." => all_types;
        99 Must "No list is refused for its length: it comes in pages." => long_lists;
        100 Hardening "Pages without sortBy have one order, also while others write." => order_of_pages;
    },
};

#[tokio::test]
async fn q093_to_q100_read_and_list() {
    hold(&SECTION).await;
}

/// Users `<prefix>-0000` and so on, fifty at once.
async fn crowd(ground: &Ground<'_>, prefix: &str, number: usize) {
    let names: Vec<String> = (0..number).map(|number| format!("{prefix}-{number:04}")).collect();
    for some in names.chunks(50) {
        join_all(some.iter().map(|name| ground.workspace.user(name))).await;
    }
}

fn ids(page: &Value) -> Vec<String> {
    page["Resources"].as_array().expect("resources").iter().map(|resource| id(resource).to_owned()).collect()
}

async fn known_and_unknown(ground: &Ground<'_>) {
    let scim = ground.scim();
    let user = ground.workspace.user("ada@acme.test").await;
    let group = ground.workspace.group("Analysts", &[]).await;
    for resource in [&user, &group] {
        assert_eq!(&scim.get(&path(resource)).await.expect(200), resource);
    }
    scim.get(&format!("/Users/{}", id(&group))).await.scim_error(404, None);
    scim.get(&format!("/Groups/{}", id(&user))).await.scim_error(404, None);
    for unknown in [NOBODY, "x", "%00", "1%2f2", "ada@acme.test"] {
        scim.get(&format!("/Users/{unknown}")).await.scim_error(404, None);
    }
}

async fn nothing_found(ground: &Ground<'_>) {
    ground.workspace.user("ada@acme.test").await;
    // Entra's test of the connection.
    for endpoint in ["/Users", "/Groups", "/"] {
        let filter = format!("externalId eq \"{}\"", uuid::Uuid::new_v4());
        let page = ground.scim().filter(endpoint, &filter).await.expect(200);
        assert_eq!((&page["totalResults"], &page["Resources"]), (&json!(0), &json!([])), "{endpoint}");
    }
}

async fn shape_of_a_list(ground: &Ground<'_>) {
    let scim = ground.scim();
    let ada = ground.workspace.user("ada@acme.test").await;
    for (endpoint, number) in [("/Users", 1), ("/Groups", 0), ("/", 1)] {
        let page = scim.get(endpoint).await.expect(200);
        assert_eq!((&page["schemas"], &page["totalResults"]), (&json!([LIST]), &json!(number)));
        assert_eq!(ids(&page).len(), number);
        assert!(page.get("resources").is_none());
    }
    assert_eq!(scim.get("/Users").await.expect(200)["Resources"], json!([ada]));
}

async fn totals(ground: &Ground<'_>) {
    crowd(ground, "ada", 25).await;
    crowd(ground, "grace", 3).await;
    for (query, total, size) in [
        ("count=10", 28, 10),
        ("count=10&startIndex=21", 28, 8),
        ("count=0", 28, 0),
        ("count=10&filter=userName+sw+%22ada%22", 25, 10),
        ("count=2&filter=userName+sw+%22grace%22", 3, 2),
    ] {
        let page = ground.scim().get(&format!("/Users?{query}")).await.expect(200);
        assert_eq!((&page["totalResults"], ids(&page).len()), (&json!(total), size), "{query}");
    }
}

async fn parts_of_a_list(ground: &Ground<'_>) {
    crowd(ground, "ada", 12).await;
    for (query, start, size) in
        [("count=5", 1, 5), ("count=5&startIndex=6", 6, 5), ("count=5&startIndex=11", 11, 2), ("count=5&startIndex=13", 13, 0)]
    {
        let page = ground.scim().get(&format!("/Users?{query}")).await.expect(200);
        assert_eq!((&page["startIndex"], &page["itemsPerPage"]), (&json!(start), &json!(size)), "{query}");
        assert_eq!(ids(&page).len(), size, "{query}");
    }
}

/// A query of all types in the address, and the same in a body: they answer the same.
async fn both_ways(scim: &Client, filter: &str) -> Value {
    let page = scim.filter("/", filter).await.expect(200);
    let search = json!({ "schemas": [SEARCH_REQUEST], "filter": filter });
    assert_eq!(scim.post("/.search", search).await.expect(200), page);
    page
}

async fn all_types(ground: &Ground<'_>) {
    let scim = ground.scim();
    let ada = ground.workspace.user("ada@acme.test").await;
    ground.workspace.user("grace@acme.test").await;
    let analysts = ground.workspace.group("Analysts", &[]).await;
    ground.workspace.group("Engineers", &[]).await;
    let page = both_ways(&scim, "userName sw \"a\" or displayName sw \"a\"").await;
    assert_eq!((&page["totalResults"], &page["Resources"]), (&json!(2), &json!([ada, analysts])));
    for (filter, total) in [
        ("userName pr", 2),
        ("not (userName pr)", 2),
        ("userName eq null", 2),
        ("members pr", 0),
        ("meta.resourceType eq \"Group\"", 2),
        ("id pr", 4),
    ] {
        assert_eq!(both_ways(&scim, filter).await["totalResults"], total, "{filter}");
    }
    assert_eq!(scim.get("/").await.expect(200)["totalResults"], 4);
    let last = scim.get("/?sortBy=id&sortOrder=descending&count=1&attributes=id").await.expect(200);
    assert_eq!((&last["totalResults"], ids(&last).len()), (&json!(4), 1));
    scim.filter("/", "nothing pr").await.scim_error(400, Some("invalidFilter"));
    ground.workspace.admin().patch("/scim/rules", json!({ "refuse_personal_filters": true })).await.expect(200);
    scim.filter("/", "userName pr or members pr").await.scim_error(403, Some("sensitive"));
}

async fn long_lists(ground: &Ground<'_>) {
    let scim = ground.scim();
    crowd(ground, "ada", 120).await;
    for number in 0..5 {
        ground.workspace.group(&format!("Group {number}"), &[]).await;
    }
    let config = scim.get("/ServiceProviderConfig").await.expect(200);
    let size = config["pagination"]["defaultPageSize"].as_u64().expect("a size");
    let page = scim.get("/").await.expect(200);
    assert_eq!((&page["totalResults"], &page["itemsPerPage"]), (&json!(125), &json!(size)));
    let rest = scim.get(&format!("/?startIndex={}", size + 1)).await.expect(200);
    let seen: BTreeSet<String> = ids(&page).into_iter().chain(ids(&rest)).collect();
    assert_eq!(seen.len(), 125);
}

async fn order_of_pages(ground: &Ground<'_>) {
    let scim = ground.scim();
    crowd(ground, "old", 400).await;
    let old: BTreeSet<String> = ids(&scim.get("/Users?count=1000&attributes=id").await.expect(200)).into_iter().collect();
    assert_eq!(old.len(), 400);
    for by_cursor in [false, true] {
        let mut seen = Vec::new();
        let mut next = Some(if by_cursor { "cursor" } else { "startIndex=1" }.to_owned());
        let mut round = 0;
        while let Some(place) = next {
            round += 1;
            let query = format!("/Users?count=30&attributes=id&{place}");
            let newcomers = format!("new-{by_cursor}-{round}");
            let (page, ()) = tokio::join!(scim.get(&query), crowd(ground, &newcomers, 4));
            let page = page.expect(200);
            let some = ids(&page);
            seen.extend(some.iter().cloned());
            next = match page["nextCursor"].as_str() {
                Some(cursor) if by_cursor => Some(format!("cursor={cursor}")),
                // As many as there are said to be: a client that asks on has to do with another list.
                _ if by_cursor || page["totalResults"].as_u64() <= u64::try_from(seen.len()).ok() => None,
                _ => Some(format!("startIndex={}", seen.len() + 1)),
            };
            assert!(round < 100, "the pages do not end");
        }
        let distinct: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(distinct.len(), seen.len(), "one is there twice");
        assert!(distinct.is_superset(&old), "{} are missing", old.difference(&distinct).count());
    }
}
