//! Order, RFC 7644 §3.4.2.3.

use serde_json::json;

use crate::{
    conformance::{
        asking::{name, names, people, person, search},
        framework::Ground,
    },
    harness::Workspace,
    scim::USER,
};

/// The names on a page of `/Users`, in its order.
async fn listed(workspace: &Workspace, query: &str) -> Vec<String> {
    names(&workspace.scim().get(&format!("/Users?{query}")).await.expect(200))
}

pub async fn ascending_unless_told_otherwise(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    people(workspace, ["b", "c", "a"].map(|name| json!({ "userName": name }))).await;
    for (query, wanted) in [
        ("sortBy=userName", ["a", "b", "c"]),
        ("sortBy=userName&sortOrder=ascending", ["a", "b", "c"]),
        ("sortBy=userName&sortOrder=descending", ["c", "b", "a"]),
        ("SORTBY=USERNAME&SORTORDER=descending", ["c", "b", "a"]),
    ] {
        assert_eq!(listed(workspace, query).await, wanted, "{query}");
    }
    for word in ["up", "asc", "", "ascending,descending", "1"] {
        workspace.scim().get(&format!("/Users?sortBy=userName&sortOrder={word}")).await.scim_error(400, Some("invalidValue"));
        let query = json!({ "sortBy": "userName", "sortOrder": word });
        search(&workspace.scim(), "/Users", query).await.scim_error(400, Some("invalidValue"));
    }
    let page = search(&workspace.scim(), "/Users", json!({ "sortBy": "userName", "sortOrder": "descending" })).await;
    assert_eq!(names(&page.expect(200)), ["c", "b", "a"]);
    for name in ["y", "z", "x"] {
        workspace.group(name, &[]).await;
    }
    let groups = workspace.scim().get("/Groups?sortBy=displayName").await.expect(200);
    assert_eq!(names(&groups), ["x", "y", "z"]);
}

pub async fn what_has_no_value_comes_last_and_descending_first(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let with = |name: &str, title: &str| json!({ "userName": name, "title": title });
    people(workspace, [json!({ "userName": "none" }), with("second", "b"), with("first", "a")]).await;
    assert_eq!(listed(workspace, "sortBy=title").await, ["first", "second", "none"]);
    assert_eq!(listed(workspace, "sortBy=title&sortOrder=descending").await, ["none", "second", "first"]);
    // Page by page it is the same order.
    let mut walked = Vec::new();
    for start in 1..=3 {
        let page = workspace.scim().get(&format!("/Users?sortBy=title&count=1&startIndex={start}")).await.expect(200);
        walked.push(name(&page["Resources"][0]));
    }
    assert_eq!(walked, ["first", "second", "none"]);
}

pub async fn a_list_by_its_primary_value_or_its_first(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    people(
        workspace,
        [
            json!({ "userName": "first-b", "emails": [{ "value": "b@x" }, { "value": "a@x" }] }),
            json!({ "userName": "primary-a", "emails": [{ "value": "z@x" }, { "value": "a@x", "primary": true }] }),
            json!({ "userName": "first-c", "emails": [{ "value": "c@x", "primary": false }] }),
            json!({ "userName": "none" }),
        ],
    )
    .await;
    for query in ["sortBy=emails.value", &format!("sortBy={USER}:emails.value")] {
        assert_eq!(listed(workspace, query).await, ["primary-a", "first-b", "first-c", "none"], "{query}");
    }
    for attribute in
        ["name", "emails", "addresses", "meta", "foo", "name.foo", "password", "emails[type%20eq%20%22work%22].value"]
    {
        let answer = workspace.scim().get(&format!("/Users?sortBy={attribute}")).await;
        let word = answer.json()["scimType"].as_str().map(str::to_owned);
        assert!(matches!(word.as_deref(), Some("invalidPath" | "invalidValue")), "{attribute}: {}", answer.text);
        answer.scim_error(400, word.as_deref());
    }
}

pub async fn by_the_attributes_own_rule_of_case_and_by_no_language(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    for name in ["a", "B", "c", "z", "ä"] {
        person(workspace, json!({ "userName": name, "displayName": name, "externalId": name })).await;
    }
    for query in ["sortBy=userName", "sortBy=displayName"] {
        assert_eq!(listed(workspace, query).await, ["a", "B", "c", "z", "ä"], "{query}");
    }
    assert_eq!(listed(workspace, "sortBy=externalId").await, ["B", "a", "c", "z", "ä"]);
    assert_eq!(listed(workspace, "sortBy=externalId&sortOrder=descending").await, ["ä", "z", "c", "a", "B"]);
}
