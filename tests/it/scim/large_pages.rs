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
        assert!(groups_on(items) <= GROUPS + GROUPS / 2, "{asked}: {} groups", groups_on(items));
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

/// Everybody by `startIndex` and by cursor: each of them once.
async fn walks(scim: &Api, most_bytes: usize, endpoint: &str, order: &str, wanted: &BTreeSet<String>) {
    let index = |from: usize| format!("{endpoint}?count=1000&startIndex={from}{order}");
    let by_index = walk(scim, most_bytes, index(1), |page, seen| {
        let total = usize::try_from(page["totalResults"].as_u64().expect("a total")).expect("a number");
        (seen < total).then(|| index(seen + 1))
    })
    .await;
    let by_cursor = walk(scim, most_bytes, format!("{endpoint}?count=1000&cursor={order}"), |page, _| {
        page["nextCursor"].as_str().map(|cursor| format!("{endpoint}?count=1000&cursor={cursor}{order}"))
    })
    .await;
    for (how, seen) in [("by index", by_index), ("by cursor", by_cursor)] {
        assert_eq!(seen.len(), wanted.len(), "{endpoint}{order} {how}: each once");
        assert_eq!(&seen.into_iter().collect::<BTreeSet<_>>(), wanted, "{endpoint}{order} {how}");
    }
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
        walks(&scim, 2 * PAGE, endpoint, order, &wanted).await;
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
    let (mut people, mut groups) = (BTreeSet::new(), BTreeSet::new());
    for n in 0..IN_ALL + 2 {
        let user = json!({"schemas": [USER], "userName": format!("u{n:02}@acme.test")});
        people.insert(id(&scim.post("/Users", user).await.expect(201)).to_owned());
    }
    // Groups above one group: few rows, and everybody who is in that one is in all of them.
    let crew = id(&workspace.group("Crew", &[]).await).to_owned();
    groups.insert(crew.clone());
    let operations: Vec<Value> = (1..ABOVE)
        .map(|n| {
            let group = json!({"schemas": [GROUP], "displayName": format!("g{n}"), "members": [{"value": crew}]});
            json!({"method": "POST", "path": "/Groups", "bulkId": format!("g{n}"), "data": group})
        })
        .collect();
    let answer = scim.post("/Bulk", json!({"schemas": [BULK], "Operations": operations})).await.expect(200);
    for operation in answer["Operations"].as_array().expect("Operations") {
        assert_eq!(operation["status"], "201", "{operation}");
        let location = operation["location"].as_str().expect("a location");
        groups.insert(location.rsplit('/').next().expect("an id").to_owned());
    }
    assert_eq!(groups.len(), ABOVE);
    // All but two, who are in no group: a page that is cut has them too.
    let members: Vec<Value> = people.iter().take(IN_ALL).map(|id| json!({"value": id})).collect();
    let add = json!({"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "members", "value": members}]});
    scim.patch(&format!("/Groups/{crew}"), add).await.expect(200);
    let page = scim.get("/Users?count=1000").await.expect(200);
    let items = page["Resources"].as_array().expect("Resources");
    assert!(items.len() < people.len(), "{} people", items.len());
    assert!(groups_on(items) <= GROUPS, "{} groups", groups_on(items));
    assert_eq!(page["totalResults"], people.len());
    walks(&scim, 8 * PAGE, "/Users", "&sortBy=userName&sortOrder=descending", &people).await;
    let everybody = scim.get("/Users?count=1000&attributes=userName&excludedAttributes=").await.expect(200);
    let items = everybody["Resources"].as_array().expect("Resources");
    assert_eq!(items.len(), people.len(), "groups that are not shown cut nothing");
    let all: BTreeSet<String> = people.union(&groups).cloned().collect();
    walks(&scim, 8 * PAGE, "/", "", &all).await;
    instance.finish().await;
}
