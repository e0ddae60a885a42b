//! Pages of resources that are as large as resources may be, and of people in very many groups: they have fewer of them, and nobody is
//! passed by.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{GROUP, PATCH_OP, USER, id};
use crate::harness::{Api, Instance};

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const PEOPLE: usize = 40;
/// A page ends when its documents have as many bytes.
const PAGE: usize = 4 * 1024 * 1024;

/// A page of several users shows as many groups at most, all together.
const GROUPS: usize = 50_000;

/// Everybody, page by page; `next` is how the page after this one is asked for.
async fn walk(scim: &Api, most_bytes: usize, first: String, next: impl Fn(&Value, usize) -> Option<String>) -> Vec<String> {
    let (mut seen, mut query) = (Vec::new(), Some(first));
    while let Some(asked) = query {
        let answer = scim.get(&asked).await;
        let size = answer.text.len();
        let page = answer.expect(200);
        let items = page["Resources"].as_array().expect("Resources");
        assert_eq!(page["itemsPerPage"], items.len(), "{asked}");
        // Resources of several types are looked up some at a time.
        assert!(size < most_bytes, "{asked}: {size} bytes");
        assert!(!items.is_empty(), "{asked}: a page is never empty because of the size of what is on it");
        seen.extend(items.iter().map(|user| id(user).to_owned()));
        query = next(&page, seen.len());
    }
    seen
}

/// Groups that are shown with these users.
fn groups_on(items: &[Value]) -> usize {
    items.iter().filter_map(|user| user["groups"].as_array().map(Vec::len)).sum()
}

async fn by_index(scim: &Api, most_bytes: usize, endpoint: &str, order: &str) -> Vec<String> {
    let page = |from: usize| format!("{endpoint}?count=1000&startIndex={from}{order}");
    walk(scim, most_bytes, page(1), |answer, seen| {
        let total = usize::try_from(answer["totalResults"].as_u64().expect("a total")).expect("a number");
        (seen < total).then(|| page(seen + 1))
    })
    .await
}

async fn by_cursor(scim: &Api, most_bytes: usize, endpoint: &str, order: &str) -> Vec<String> {
    let page = |cursor: &str| format!("{endpoint}?count=1000&cursor={cursor}{order}");
    walk(scim, most_bytes, page(""), |answer, _| answer["nextCursor"].as_str().map(page)).await
}

/// Each of them once.
fn each_once(seen: Vec<String>, wanted: &BTreeSet<String>, what: &str) {
    assert_eq!(seen.len(), wanted.len(), "{what}: each once");
    assert_eq!(&seen.into_iter().collect::<BTreeSet<_>>(), wanted, "{what}");
}

#[tokio::test]
async fn a_page_of_large_resources_is_shorter_and_the_next_one_goes_on_behind_it() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let mut all = BTreeSet::new();
    for n in 0..PEOPLE {
        let roles: Vec<Value> = (0..200).map(|role| json!({"value": format!("{role}-{}", "x".repeat(1000))})).collect();
        let user = json!({"schemas": [USER], "userName": format!("u{n:02}@acme.test"), "roles": roles});
        all.insert(id(&scim.post("/Users", user).await.expect(201)).to_owned());
    }
    let group = id(&workspace.group("Analysts", &[]).await).to_owned();
    for (endpoint, order, and_a_group) in [
        ("/Users", "", false),
        ("/Users", "&sortBy=userName&sortOrder=descending", false),
        ("/Users", "&filter=userName%20co%20%22acme%22", false),
        ("/", "", true),
        ("/", "&sortBy=id&filter=id%20pr", true),
    ] {
        let mut wanted = all.clone();
        wanted.extend(and_a_group.then(|| group.clone()));
        each_once(by_index(&scim, 2 * PAGE, endpoint, order).await, &wanted, &format!("{endpoint}{order} by index"));
        each_once(by_cursor(&scim, 2 * PAGE, endpoint, order).await, &wanted, &format!("{endpoint}{order} by cursor"));
    }
    instance.finish().await;
}

#[tokio::test]
async fn a_page_of_people_in_very_many_groups_is_shorter_and_the_next_one_goes_on_behind_it() {
    const IN_ALL: usize = 55;
    const ABOVE: usize = 1_000;
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let mut people = BTreeSet::new();
    for n in 0..IN_ALL + 2 {
        let user = json!({"schemas": [USER], "userName": format!("u{n:02}@acme.test")});
        people.insert(id(&scim.post("/Users", user).await.expect(201)).to_owned());
    }
    // Groups above one group: few rows, and everybody who is in that one is in all of them.
    let crew = id(&workspace.group("Crew", &[]).await).to_owned();
    let operations: Vec<Value> = (1..ABOVE)
        .map(|n| {
            let group = json!({"schemas": [GROUP], "displayName": format!("g{n}"), "members": [{"value": crew}]});
            json!({"method": "POST", "path": "/Groups", "bulkId": format!("g{n}"), "data": group})
        })
        .collect();
    let answer = scim.post("/Bulk", json!({"schemas": [BULK], "Operations": operations})).await.expect(200);
    for operation in answer["Operations"].as_array().expect("Operations") {
        assert_eq!(operation["status"], "201", "{operation}");
    }
    // All but two, who are in no group: a page that is cut has them too.
    let members: Vec<Value> = people.iter().take(IN_ALL).map(|id| json!({"value": id})).collect();
    let add = json!({"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "members", "value": members}]});
    scim.patch(&format!("/Groups/{crew}"), add).await.expect(200);
    let page = scim.get("/Users?count=1000").await.expect(200);
    let items = page["Resources"].as_array().expect("Resources");
    assert!(items.len() < people.len(), "{} people", items.len());
    assert!(groups_on(items) <= GROUPS, "{} groups", groups_on(items));
    assert_eq!(page["totalResults"], people.len());
    // In the order of ids the groups are looked up before the documents, in every other order after them.
    each_once(by_cursor(&scim, 8 * PAGE, "/Users", "").await, &people, "in the order of ids");
    each_once(by_index(&scim, 8 * PAGE, "/Users", "&sortBy=userName&sortOrder=descending").await, &people, "by userName");
    let everybody = scim.get("/Users?count=1000&attributes=userName").await.expect(200);
    let items = everybody["Resources"].as_array().expect("Resources");
    assert_eq!(items.len(), people.len(), "groups that are not shown cut nothing");
    let both = scim.get("/?count=1000").await.expect(200);
    assert!(groups_on(both["Resources"].as_array().expect("Resources")) <= GROUPS + GROUPS / 2);
    assert_eq!(both["totalResults"], people.len() + ABOVE);
    instance.finish().await;
}
