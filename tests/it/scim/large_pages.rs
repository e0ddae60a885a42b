//! Pages of resources that are as large as resources may be: they have fewer of them, and nobody is passed by.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{USER, id};
use crate::harness::{Api, Instance};

const PEOPLE: usize = 40;
/// A page ends when its documents have as many bytes.
const PAGE: usize = 4 * 1024 * 1024;

/// Everybody, page by page; `next` is how the page after this one is asked for.
async fn walk(scim: &Api, first: String, next: impl Fn(&Value, usize) -> Option<String>) -> Vec<String> {
    let (mut seen, mut query) = (Vec::new(), Some(first));
    while let Some(asked) = query {
        let answer = scim.get(&asked).await;
        let size = answer.text.len();
        let page = answer.expect(200);
        let items = page["Resources"].as_array().expect("Resources");
        assert_eq!(page["itemsPerPage"], items.len(), "{asked}");
        // Resources of several types are looked up some at a time.
        assert!(size < 2 * PAGE, "{asked}: {size} bytes");
        assert!(!items.is_empty(), "{asked}: a page is never empty because of the size of what is on it");
        seen.extend(items.iter().map(|user| id(user).to_owned()));
        query = next(&page, seen.len());
    }
    seen
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
        let index = |from: usize| format!("{endpoint}?count=1000&startIndex={from}{order}");
        let by_index = walk(&scim, index(1), |page, seen| {
            let total = usize::try_from(page["totalResults"].as_u64().expect("a total")).expect("a number");
            (seen < total).then(|| index(seen + 1))
        })
        .await;
        let by_cursor = walk(&scim, format!("{endpoint}?count=1000&cursor={order}"), |page, _| {
            page["nextCursor"].as_str().map(|cursor| format!("{endpoint}?count=1000&cursor={cursor}{order}"))
        })
        .await;
        let mut wanted = all.clone();
        wanted.extend(and_a_group.then(|| group.clone()));
        for (how, seen) in [("by index", by_index), ("by cursor", by_cursor)] {
            assert_eq!(seen.len(), wanted.len(), "{endpoint}{order} {how}: each once");
            assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), wanted, "{endpoint}{order} {how}");
        }
    }
    instance.finish().await;
}
