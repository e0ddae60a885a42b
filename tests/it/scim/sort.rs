//! Sorted lists, RFC 7644 §3.4.2.3.

use serde_json::{Value, json};

use super::ENTERPRISE;
use crate::harness::{Api, Instance, Workspace};

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// The names on a page, `userName` or `displayName`.
fn names(page: &Value) -> Vec<&str> {
    let resources = page["Resources"].as_array().expect("Resources");
    resources.iter().map(|resource| resource["userName"].as_str().or(resource["displayName"].as_str()).expect("a name")).collect()
}

async fn sorted(scim: &Api, query: &str) -> Vec<String> {
    let page = scim.get(query).await.expect(200);
    let names = names(&page).into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(page["totalResults"], names.len(), "{query}");
    names
}

async fn people(workspace: &Workspace, bodies: &[(&str, Value)]) {
    for (name, body) in bodies {
        let mut body = body.clone();
        body["userName"] = (*name).into();
        workspace.scim().post("/Users", body).await.expect(201);
    }
}

/// Q125, Q126, Q128
#[tokio::test]
async fn values_come_in_their_order_and_missing_ones_at_the_end_of_it() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    people(
        &workspace,
        &[
            ("c", json!({ "title": "c", "externalId": "c", "active": true })),
            ("none-1", json!({ "active": false })),
            ("B", json!({ "title": "B", "externalId": "B", "active": true })),
            ("none-2", json!({ "active": false })),
            ("a", json!({ "title": "a", "externalId": "a", "active": true })),
        ],
    )
    .await;
    for (query, wanted) in [
        // Without an order it is ascending.
        ("sortBy=title", ["a", "B", "c", "none-1", "none-2"]),
        ("sortBy=title&sortOrder=ascending", ["a", "B", "c", "none-1", "none-2"]),
        ("SORTBY=TITLE&sortorder=Ascending", ["a", "B", "c", "none-1", "none-2"]),
        ("sortBy=title&sortOrder=descending", ["none-1", "none-2", "c", "B", "a"]),
        // Here case counts, so capitals come first.
        ("sortBy=externalId", ["B", "a", "c", "none-1", "none-2"]),
        ("sortBy=externalId&sortOrder=descending", ["none-1", "none-2", "c", "a", "B"]),
        ("sortBy=userName", ["a", "B", "c", "none-1", "none-2"]),
        ("sortBy=userName&sortOrder=descending", ["none-2", "none-1", "c", "B", "a"]),
        ("sortBy=active", ["none-1", "none-2", "c", "B", "a"]),
        ("sortBy=meta.created&sortOrder=descending", ["a", "none-2", "B", "none-1", "c"]),
        ("sortBy=id", ["c", "none-1", "B", "none-2", "a"]),
        ("sortBy=id&sortOrder=descending", ["a", "none-2", "B", "none-1", "c"]),
        // An order of nothing in particular is the usual one.
        ("sortOrder=descending", ["c", "none-1", "B", "none-2", "a"]),
        ("sortBy=nickName", ["c", "none-1", "B", "none-2", "a"]),
    ] {
        assert_eq!(sorted(&scim, &format!("/Users?{query}")).await, wanted, "{query}");
    }
    let filtered = "/Users?sortBy=title&sortOrder=descending&filter=title%20pr";
    assert_eq!(sorted(&scim, filtered).await, ["c", "B", "a"]);
    for query in ["sortBy=title&sortOrder=upwards", "sortBy=title&sortOrder=", "sortOrder=1", "sortBy=title&sortOrder=asc"] {
        scim.get(&format!("/Users?{query}")).await.scim_error(400, Some("invalidValue"));
    }
    instance.finish().await;
}

/// Q127
#[tokio::test]
async fn of_several_values_the_primary_one_counts_else_the_first() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let mail = |value: &str, primary: bool| json!({ "value": value, "primary": primary });
    people(
        &workspace,
        &[
            ("by-primary", json!({ "emails": [mail("a@x", false), mail("m@x", true)], "name": { "familyName": "Zander" } })),
            ("by-first", json!({ "emails": [mail("k@x", false), mail("b@x", false)], "name": { "familyName": "Adams" } })),
            ("by-none", json!({ "name": { "givenName": "Ada" } })),
        ],
    )
    .await;
    let department =
        |name: &str, value: &str| (name.to_owned(), json!({ "userName": name, (ENTERPRISE): { "department": value } }));
    for (name, body) in [department("late", "Works"), department("early", "accounts")] {
        scim.post("/Users", body).await.expect(201);
        assert!(!name.is_empty());
    }
    for (by, wanted) in [
        ("emails.value".to_owned(), ["by-first", "by-primary", "by-none", "late", "early"]),
        ("name.familyName".to_owned(), ["by-first", "by-primary", "by-none", "late", "early"]),
        (format!("{ENTERPRISE}:department"), ["early", "late", "by-primary", "by-first", "by-none"]),
        (ENTERPRISE.to_uppercase() + ":DEPARTMENT", ["early", "late", "by-primary", "by-first", "by-none"]),
        ("department".to_owned(), ["early", "late", "by-primary", "by-first", "by-none"]),
    ] {
        assert_eq!(sorted(&scim, &format!("/Users?sortBy={by}")).await, wanted, "{by}");
    }
    for by in ["emails", "name", "meta", "manager", ENTERPRISE, "password", "foo", "name.foo", "", "emails%5B0%5D"] {
        let detail = scim.get(&format!("/Users?sortBy={by}")).await.scim_error(400, Some("invalidValue"));
        assert!(detail.len() > 20, "{by}: {detail}");
        let body = json!({ "schemas": [SEARCH], "sortBy": by });
        scim.post("/Users/.search", body).await.scim_error(400, Some("invalidValue"));
    }
    scim.get("/Groups?sortBy=userName").await.scim_error(400, Some("invalidValue"));
    instance.finish().await;
}

#[tokio::test]
async fn a_page_of_a_sorted_list_begins_where_the_one_before_it_ended() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    // Equal, missing, and longer than what is compared of a text.
    let long = |end: &str| json!({ "title": "x".repeat(300) + end });
    people(
        &workspace,
        &[
            ("u0", json!({ "title": "same" })),
            ("u1", json!({})),
            ("u2", json!({ "title": "SAME" })),
            ("u3", long("b")),
            ("u4", json!({ "title": "first" })),
            ("u5", long("a")),
            ("u6", json!({})),
        ],
    )
    .await;
    for (order, wanted) in
        [("ascending", ["u4", "u0", "u2", "u3", "u5", "u1", "u6"]), ("descending", ["u1", "u6", "u3", "u5", "u0", "u2", "u4"])]
    {
        for count in [1, 2, 3, 7] {
            let query = format!("/Users?sortBy=title&sortOrder={order}&count={count}");
            let mut by_index = Vec::new();
            while by_index.len() < wanted.len() {
                let page = scim.get(&format!("{query}&startIndex={}", by_index.len() + 1)).await.expect(200);
                assert_eq!(page["totalResults"], wanted.len());
                by_index.extend(names(&page).into_iter().map(str::to_owned));
            }
            assert_eq!(by_index, wanted, "{query} by index");
            let (mut by_cursor, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = scim.get(&format!("{query}&cursor={cursor}")).await.expect(200);
                by_cursor.extend(names(&page).into_iter().map(str::to_owned));
                let Some(next) = page["nextCursor"].as_str() else { break };
                cursor = next.to_owned();
            }
            assert_eq!(by_cursor, wanted, "{query} by cursor");
            // Not on a walk, one page by its number.
            let page = scim.get(&format!("{query}&startIndex=5")).await.expect(200);
            assert_eq!(names(&page), wanted[4..wanted.len().min(4 + count)], "{query} at 5");
        }
    }
    instance.finish().await;
}

#[tokio::test]
async fn groups_and_searches_are_sorted_as_users_are() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    people(&workspace, &[("u-m", json!({ "displayName": "m" })), ("u-B", json!({ "displayName": "B" })), ("u-none", json!({}))])
        .await;
    let member = scim.get("/Users?sortBy=userName&count=1").await.expect(200)["Resources"][0].clone();
    for name in ["c", "A", "Z"] {
        let members: Vec<&Value> = if name == "Z" { vec![&member] } else { Vec::new() };
        workspace.group(name, &members).await;
    }
    assert_eq!(sorted(&scim, "/Groups?sortBy=displayName").await, ["A", "c", "Z"]);
    assert_eq!(sorted(&scim, "/Groups?sortBy=displayName&sortOrder=descending").await, ["Z", "c", "A"]);
    assert_eq!(sorted(&scim, "/Groups?sortBy=members.value").await, ["Z", "c", "A"]);
    assert_eq!(sorted(&scim, "/Users?sortBy=groups.display").await, ["u-B", "u-m", "u-none"]);
    let search = async |endpoint: &str, order: &str, more: Value| {
        let mut body = json!({ "schemas": [SEARCH], "sortBy": "displayName", "sortOrder": order });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let page = scim.post(&format!("{endpoint}/.search"), body).await.expect(200);
        names(&page).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(search("/Users", "ascending", json!({})).await, ["u-B", "u-m", "u-none"]);
    assert_eq!(search("/Groups", "descending", json!({})).await, ["Z", "c", "A"]);
    // Over both, in one order, and page by page.
    let all = ["A", "u-B", "c", "u-m", "Z", "u-none"];
    assert_eq!(search("", "ascending", json!({})).await, all);
    assert_eq!(search("", "ascending", json!({ "startIndex": 1, "count": 4 })).await, all[..4]);
    assert_eq!(search("", "ascending", json!({ "startIndex": 5, "count": 4 })).await, all[4..]);
    assert_eq!(search("", "ascending", json!({ "startIndex": 3, "count": 2 })).await, all[2..4]);
    assert_eq!(search("", "descending", json!({})).await, ["u-none", "Z", "u-m", "c", "u-B", "A"]);
    assert_eq!(
        search("", "ascending", json!({ "filter": "displayName pr and not (displayName eq \"c\")" })).await,
        ["A", "u-B", "u-m", "Z"]
    );
    let body = json!({ "schemas": [SEARCH], "sortBy": "userName", "sortOrder": "descending" });
    assert_eq!(names(&scim.post("/.search", body).await.expect(200)), ["c", "A", "Z", "u-none", "u-m", "u-B"]);
    for by in ["emails", "members", "foo"] {
        scim.post("/.search", json!({ "schemas": [SEARCH], "sortBy": by })).await.scim_error(400, Some("invalidValue"));
    }
    instance.finish().await;
}
