//! Pages by index, RFC 7644 §3.4.2.4.

use rollcall::scim::LIMITS;
use serde_json::{Map, Value, json};

use crate::{
    conformance::{
        asking::{name, person, search, stored_users},
        framework::Ground,
    },
    harness::Workspace,
};

/// Asks both endpoints, by GET and by POST, for a page.
async fn pages(workspace: &Workspace, start: Option<i64>, count: Option<i64>) -> Vec<Value> {
    let mut answers = Vec::new();
    let mut body = Map::new();
    let mut query = Vec::new();
    for (name, number) in [("startIndex", start), ("count", count)] {
        if let Some(number) = number {
            body.insert(name.to_owned(), json!(number));
            query.push(format!("{name}={number}"));
        }
    }
    for endpoint in ["/Users", "/Groups"] {
        answers.push(workspace.scim().get(&format!("{endpoint}?{}", query.join("&"))).await.expect(200));
        answers.push(search(&workspace.scim(), endpoint, Value::Object(body.clone())).await.expect(200));
    }
    answers
}

/// Three users and three groups.
async fn three(workspace: &Workspace) {
    for name in ["a", "b", "c"] {
        person(workspace, json!({ "userName": name })).await;
        workspace.group(name, &[]).await;
    }
}

pub async fn a_start_below_one_is_one(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    three(workspace).await;
    for start in [0, -1, -5, i64::MIN] {
        for page in pages(workspace, Some(start), Some(2)).await {
            assert_eq!((&page["startIndex"], &page["itemsPerPage"], &page["totalResults"]), (&json!(1), &json!(2), &json!(3)));
            assert_eq!(name(&page["Resources"][0]), "a");
        }
    }
}

pub async fn a_negative_count_is_none(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    three(workspace).await;
    for count in [0, -1, -100, i64::MIN] {
        for page in pages(workspace, None, Some(count)).await {
            assert_eq!((&page["totalResults"], &page["itemsPerPage"]), (&json!(3), &json!(0)), "{count}");
            assert!(page["Resources"].as_array().is_none_or(Vec::is_empty), "{count}: {page}");
        }
    }
}

pub async fn never_more_than_count_nor_than_is_advertised(ground: &Ground<'_>) {
    let instance = ground.instance;
    let workspace = instance.workspace().open().await;
    let most = workspace.scim().get("/ServiceProviderConfig").await.expect(200)["filter"]["maxResults"].clone();
    assert_eq!(most, LIMITS.max_results);
    let most = LIMITS.max_results;
    stored_users(instance, &workspace, usize::try_from(most).expect("a size") + 1).await;
    for (count, items) in [(1, 1), (10, 10), (999, 999), (most, most), (most + 1, most), (100_000, most)] {
        let by_get = workspace.scim().get(&format!("/Users?count={count}")).await.expect(200);
        let by_post = search(&workspace.scim(), "/Users", json!({ "count": count })).await.expect(200);
        for page in [by_get, by_post] {
            let wanted = (json!(items), json!(most + 1));
            assert_eq!((&page["itemsPerPage"], &page["totalResults"]), (&wanted.0, &wanted.1), "{count}");
            assert_eq!(page["Resources"].as_array().map(Vec::len), usize::try_from(items).ok(), "{count}");
        }
    }
}

pub async fn places_past_the_end_and_what_is_no_number(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    three(workspace).await;
    for start in ["4", "5", "1000000", "9223372036854775807", "9223372036854775808", "99999999999999999999"] {
        for endpoint in ["/Users", "/Groups"] {
            let page = workspace.scim().get(&format!("{endpoint}?startIndex={start}&count=10")).await.expect(200);
            assert_eq!((&page["totalResults"], &page["itemsPerPage"]), (&json!(3), &json!(0)), "{start}: {page}");
            assert_eq!(page["Resources"], json!([]), "{start}");
            let filtered = workspace.scim().get(&format!("{endpoint}?startIndex={start}&filter=id%20pr")).await.expect(200);
            assert_eq!((&filtered["totalResults"], &filtered["Resources"]), (&json!(3), &json!([])), "{start}");
        }
    }
    let page = search(&workspace.scim(), "/Users", json!({ "startIndex": u64::MAX, "count": u64::MAX })).await.expect(200);
    assert_eq!((&page["totalResults"], &page["Resources"]), (&json!(3), &json!([])));
    for number in ["99999999999999999999", "-99999999999999999999"] {
        workspace.scim().get(&format!("/Users?count={number}")).await.expect(200);
    }
    for text in ["x", "", "1.5", "1e3", "0x1", "%201", "1;drop", "%D9%A1", "NaN"] {
        for name in ["startIndex", "count"] {
            for endpoint in ["/Users", "/Groups"] {
                workspace.scim().get(&format!("{endpoint}?{name}={text}")).await.scim_error(400, Some("invalidValue"));
            }
        }
    }
}
