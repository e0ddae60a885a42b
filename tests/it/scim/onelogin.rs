//! What OneLogin sends, byte for byte: `+` for spaces, a trailing `&` or `?`, templates with SCIM 1.1 URNs and quoted booleans.

use serde_json::{Value, json};

use super::{Conversation, ENTERPRISE, GROUP, PATCH_OP, USER, step};
use crate::harness::Instance;

const HEADERS: [(&str, &str); 2] = [("Content-Type", "application/scim+json"), ("User-Agent", "")];
const LOOK_UP: &str = "/Users?filter=userName+eq+%22nina%40example.com%22&";

/// What a template in the wild makes of a person.
fn nina(active: &str, title: &str) -> Value {
    json!({
        "schemas": ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"],
        "id": null, "userName": "nina@example.com", "externalId": "96231567", "active": active, "title": title,
        "name": { "givenName": "Nina", "familyName": "Simone", "formatted": "Nina Simone" },
        "emails": [{ "value": "nina@example.com", "type": "work" }], "phoneNumbers": null,
    })
}

#[tokio::test]
async fn a_person_is_looked_up_created_edited_suspended_and_deleted() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let mut onelogin = Conversation::new(workspace.scim(), &HEADERS);
    let user = "/Users/$user";
    onelogin
        .play(vec![
            step("enables", "GET", "/Users?filter=userName+eq+%22nobody-of-that-name%22&")
                .answers(200, json!({ "totalResults": 0, "Resources": [] })),
            step("looks up", "GET", LOOK_UP).answers(200, json!({ "totalResults": 0, "Resources": [] })),
            step("creates", "POST", "/Users?")
                .body(nina("true", "Singer"))
                .answers(201, json!({ "userName": "nina@example.com", "active": true, "schemas": [USER], "title": "Singer" }))
                .saves("user"),
            step("looks up", "GET", LOOK_UP)
                .answers(200, json!({ "totalResults": 1, "Resources": [{ "id": "$user", "externalId": "96231567" }] })),
            step("reads", "GET", user).answers(200, json!({ "id": "$user", "active": true })),
            step("edits", "PUT", "/Users/$user?")
                .before(user, json!({ "title": "Singer", "active": true }))
                .body(nina("true", "Pianist"))
                .answers(200, json!({ "id": "$user", "title": "Pianist" }))
                .after(json!({ "id": "$user", "title": "Pianist", "active": true, "phoneNumbers": null })),
            step("edits with an object for the e-mail", "PUT", "/Users/$user?")
                .before(user, json!({ "title": "Pianist" }))
                .body(json!({
                    "schemas": [USER], "id": null, "userName": "nina@example.com", "active": "true",
                    "emails": { "value": "n@example.com" },
                }))
                .answers(200, json!({ "emails": [{ "value": "n@example.com" }] }))
                .after(json!({ "emails": [{ "value": "n@example.com" }], "title": null })),
            step("suspends", "PUT", "/Users/$user?")
                .before(user, json!({ "active": true }))
                .body(nina("false", "Pianist"))
                .answers(200, json!({ "active": false }))
                .after(json!({ "active": false })),
            step("takes back", "PUT", "/Users/$user?")
                .before(user, json!({ "active": false }))
                .body(nina("True", "Pianist"))
                .answers(200, json!({ "active": true }))
                .after(json!({ "active": true })),
            step("deletes", "DELETE", "/Users/$user?")
                .before(user, json!({ "active": true }))
                .answers(204, Value::Null)
                .after(Value::Null),
            step("looks up", "GET", LOOK_UP).answers(200, json!({ "totalResults": 0, "Resources": [] })),
        ])
        .await;
    instance.finish().await;
}

#[tokio::test]
async fn rules_refresh_groups_and_add_members() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let mut onelogin = Conversation::new(workspace.scim(), &HEADERS);
    for name in ["a", "b"] {
        onelogin.name(name, workspace.user(&format!("{name}@example.com")).await["id"].as_str().expect("an id"));
    }
    let group = "/Groups/$group";
    let add = |word: &str, who: &str| {
        json!({
            "schemas": [PATCH_OP], "Operations": [{ "op": word, "path": "members", "value": [{ "value": who }] }],
        })
    };
    onelogin
        .play(vec![
            step("refreshes entitlements", "GET", "/Groups").answers(200, json!({ "totalResults": 0, "Resources": [] })),
            step("creates", "POST", "/Groups")
                .body(json!({ "schemas": [GROUP], "displayName": "Singers" }))
                .answers(201, json!({ "displayName": "Singers" }))
                .saves("group"),
            step("refreshes entitlements", "GET", "/Groups?")
                .answers(200, json!({ "totalResults": 1, "Resources": [{ "id": "$group" }] })),
            step("adds", "PATCH", group)
                .before(group, json!({ "members": [] }))
                .body(add("add", "$a"))
                .after(json!({ "members": [{ "value": "$a" }] })),
            step("adds, in capitals", "PATCH", "/Groups/$group?")
                .before(group, json!({ "members": [{ "value": "$a" }] }))
                .body(add("Add", "$b"))
                .after(json!({ "members": [{ "value": "$a" }, { "value": "$b" }] })),
            step("adds whom it has added", "PATCH", group)
                .before(group, json!({ "members": [{ "value": "$a" }, { "value": "$b" }] }))
                .body(add("add", "$b"))
                .after(json!({ "members": [{ "value": "$a" }, { "value": "$b" }] })),
        ])
        .await;
    instance.finish().await;
}

#[tokio::test]
async fn the_enterprise_extension_arrives_under_its_urn() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let mut onelogin = Conversation::new(workspace.scim(), &HEADERS);
    let mut body = nina("true", "Singer");
    body["schemas"] = json!([USER, ENTERPRISE]);
    body[ENTERPRISE] = json!({ "department": "Jazz", "manager": "someone" });
    onelogin
        .play(vec![
            step("creates", "POST", "/Users").body(body).answers(201, json!({})).saves("user"),
            step("reads", "GET", "/Users/$user").answers(
                200,
                json!({
                    "schemas": [USER, ENTERPRISE], (ENTERPRISE): { "department": "Jazz", "manager": { "value": "someone" } },
                }),
            ),
        ])
        .await;
    instance.finish().await;
}
