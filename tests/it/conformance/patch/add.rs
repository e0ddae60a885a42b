//! `add`, RFC 7644 §3.5.2.1.

use serde_json::json;

use super::{becomes, full, now_in, operation, refused, remove, three};
use crate::{
    conformance::{asking::person, framework::Ground},
    scim::{ENTERPRISE, id, path},
};

pub async fn add_needs_a_value(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let (user, group) = (person(workspace, full("ada")).await, workspace.group("Group", &[]).await);
    for at in ["title", "name", "name.givenName", "emails", "emails[type eq \"work\"].value", "active"] {
        refused(workspace, &user, json!({ "op": "add", "path": at }), &["invalidValue"]).await;
        refused(workspace, &user, json!({ "op": "replace", "path": at }), &["invalidValue"]).await;
    }
    refused(workspace, &user, json!({ "op": "add" }), &["invalidValue"]).await;
    refused(workspace, &user, json!({ "op": "add", "value": "x" }), &["invalidValue"]).await;
    refused(workspace, &user, json!({ "op": "add", "value": [{ "title": "x" }] }), &["invalidValue"]).await;
    for at in ["members", "displayName"] {
        refused(workspace, &group, json!({ "op": "add", "path": at }), &["invalidValue"]).await;
    }
}

pub async fn add_without_path_merges(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let value = json!({
        "title": "Baroness", "nickName": "A", "name": { "middleName": "K" }, "emails": [{ "value": "o@x", "type": "other" }],
        (ENTERPRISE): { "division": "N" },
    });
    let after = json!({
        "title": "Baroness", "nickName": "A", "name": { "givenName": "Ada", "familyName": "Byron", "middleName": "K" },
        "emails": [{ "value": "w@x" }, { "value": "h@x" }, { "value": "o@x" }],
        (ENTERPRISE): { "division": "N", "department": "Analysis", "manager": { "value": "m-1" } },
    });
    becomes(workspace, full(""), json!([{ "op": "add", "value": value }]), after).await;
    let (group, [a, ..]) = three(workspace).await;
    let d = person(workspace, json!({ "userName": "d" })).await;
    let value = json!({ "externalId": "G-1", "members": [{ "value": id(&d) }, { "value": id(&a) }] });
    workspace.scim().operations(&path(&group), json!([{ "op": "add", "value": value }])).await.expect(200);
    assert_eq!(now_in(workspace, &group).await.len(), 4);
}

pub async fn add_to_one_value(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    becomes(workspace, full(""), json!([operation("add", "title", json!("New"))]), json!({ "title": "New" })).await;
    let merged = json!({ "name": { "givenName": "New", "familyName": "Byron", "middleName": "M" } });
    let value = json!({ "givenName": "New", "middleName": "M" });
    becomes(workspace, full(""), json!([operation("add", "name", value)]), merged).await;
    let manager = format!("{ENTERPRISE}:manager");
    let after = json!({ (ENTERPRISE): { "manager": { "value": "m-2" }, "department": "Analysis" } });
    becomes(workspace, full(""), json!([operation("add", &manager, json!({ "value": "m-2" }))]), after).await;
}

pub async fn add_to_a_list_appends(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let emails = json!({ "emails": [{ "value": "w@x" }, { "value": "h@x" }, { "value": "o@x", "type": "other" }] });
    let other = json!({ "value": "o@x", "type": "other" });
    for value in [json!([other]), other.clone()] {
        becomes(workspace, full(""), json!([operation("add", "emails", value)]), emails.clone()).await;
    }
    for single in [false, true] {
        let (group, [a, b, c]) = three(workspace).await;
        let scim = workspace.scim();
        scim.operations(&path(&group), json!([remove(&format!("members[value eq \"{}\"]", id(&c)))])).await.expect(200);
        assert_eq!(now_in(workspace, &group).await, [id(&a), id(&b)]);
        let value = if single { json!({ "value": id(&c) }) } else { json!([{ "value": id(&c) }]) };
        scim.operations(&path(&group), json!([operation("add", "members", value)])).await.expect(200);
        assert_eq!(now_in(workspace, &group).await, [id(&a), id(&b), id(&c)]);
    }
}

pub async fn adding_what_is_there_changes_nothing(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let user = person(workspace, full("ada")).await;
    let (group, [a, b, c]) = three(workspace).await;
    for (resource, operations) in [
        (&user, json!([operation("add", "title", json!("Countess"))])),
        (&user, json!([operation("add", "name", json!({ "givenName": "Ada" }))])),
        (&user, json!([operation("add", "emails", json!([{ "value": "h@x", "type": "home" }]))])),
        (&user, json!([operation("add", "emails[type eq \"work\"].value", json!("w@x"))])),
        (&user, json!([operation("add", "active", json!(true))])),
        (&user, json!([operation("replace", "active", json!("True"))])),
        (&user, json!([{ "op": "add", "value": { (ENTERPRISE): { "department": "Analysis" } } }])),
        (&user, json!([remove("nickName"), operation("replace", "title", json!("Countess"))])),
        (&group, json!([operation("add", "members", json!([{ "value": id(&a) }]))])),
        (&group, json!([operation("add", "members", json!([{ "value": id(&c) }, { "value": id(&b) }]))])),
        (&group, json!([{ "op": "add", "value": { "members": [{ "value": id(&a) }] } }])),
        (&group, json!([operation("add", "displayName", group["displayName"].clone())])),
    ] {
        for _ in 0..2 {
            let answer = workspace.scim().operations(&path(resource), operations.clone()).await;
            assert!(matches!(answer.status, 200 | 204), "{operations}: {}", answer.text);
            assert_eq!(answer.header("etag"), resource["meta"]["version"].as_str().expect("a version"), "{operations}");
        }
        assert_eq!(workspace.scim().get(&path(resource)).await.expect(200)["meta"], resource["meta"], "{operations}");
    }
}

pub async fn a_missing_parent_is_made(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let manager = format!("{ENTERPRISE}:manager.value");
    for op in ["add", "replace"] {
        for (at, after) in [
            ("name.givenName", json!({ "name": { "givenName": "x" } })),
            (&manager, json!({ (ENTERPRISE): { "manager": { "value": "x" } } })),
            (&format!("{ENTERPRISE}:department"), json!({ (ENTERPRISE): { "department": "x" } })),
        ] {
            becomes(workspace, json!({}), json!([operation(op, at, json!("x"))]), after).await;
        }
    }
}

pub async fn a_value_that_the_filter_describes_is_made(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    for (at, value, after) in [
        ("emails[type eq \"work\"].value", json!("n@x"), json!({ "emails": [{ "type": "work", "value": "n@x" }] })),
        (
            "emails[type eq \"work\" and primary eq true].value",
            json!("n@x"),
            json!({ "emails": [{ "type": "work", "primary": true, "value": "n@x" }] }),
        ),
        (
            "addresses[type eq \"work\"].locality",
            json!("London"),
            json!({ "addresses": [{ "type": "work", "locality": "London" }] }),
        ),
        ("roles[primary eq \"True\"].value", json!("editor"), json!({ "roles": [{ "primary": true, "value": "editor" }] })),
        (
            "phoneNumbers[type eq \"mobile\"]",
            json!({ "value": "+1" }),
            json!({ "phoneNumbers": [{ "type": "mobile", "value": "+1" }] }),
        ),
    ] {
        let now = becomes(workspace, json!({}), json!([operation("Add", at, value.clone())]), after.clone()).await;
        // The second time it is there.
        let again = workspace.scim().operations(&path(&now), json!([operation("Add", at, value)])).await.expect(200);
        assert_eq!(again, now, "{at}");
    }
    // Next to others.
    let after = json!({ "emails": [{ "value": "w@x" }, { "value": "h@x" }, { "type": "other", "value": "n@x" }] });
    becomes(workspace, full(""), json!([operation("add", "emails[type eq \"other\"].value", json!("n@x"))]), after).await;
}
