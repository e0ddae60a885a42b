//! What JumpCloud sends: a test with a person and a group that it deletes again, whole and short PUTs, removals in the manner of Entra.

use rollcall::scim::Tolerance::RemoveWithValue;
use serde_json::{Value, json};

use super::{
    ENTERPRISE, GROUP, USER, members, nobody, only, operation,
    script::{Script, script, step},
};

const HEADERS: &[(&str, &str)] = &[("Content-Type", "application/scim+json")];

pub fn scripts() -> Vec<Script> {
    vec![test_connection(), people(), groups()]
}

fn test_connection() -> Script {
    script("JumpCloud", "tests the connection", HEADERS).then([
        step("lists nobody", "GET", "/Users").answers(200, nobody()),
        step("makes a person", "POST", "/Users")
            .body(json!({ "schemas": [USER], "userName": "test@jumpcloud.example", "active": true,
                          "emails": [{ "value": "test@jumpcloud.example", "type": "work", "primary": true }] }))
            .answers(201, json!({ "active": true }))
            .saves("user"),
        step("makes a group", "POST", "/Groups")
            .body(json!({ "schemas": [GROUP], "displayName": "test group" }))
            .answers(201, json!({ "displayName": "test group" }))
            .saves("group"),
        step("deletes the group", "DELETE", "/Groups/$group").answers(204, Value::Null),
        step("deletes the person", "DELETE", "/Users/$user").answers(204, Value::Null),
        step("lists nobody", "GET", "/Users").answers(200, nobody()),
    ])
}

fn people() -> Script {
    let user = "/Users/$user";
    let jo = |more: Value| {
        let mut jo = json!({
            "schemas": [USER, ENTERPRISE], "userName": "jo@example.com", "externalId": "5f0d1b2c3d4e5f6071829304", "active": true,
            "displayName": "Jo March", "name": { "givenName": "Jo", "familyName": "March" }, "locale": "en_US",
            "preferredLanguage": "en-US", "emails": [{ "value": "jo@example.com", "type": "work", "primary": true }],
            "phoneNumbers": [{ "value": "tel:+1-555-555-5555" }],
        });
        more.as_object().into_iter().flatten().for_each(|(name, value)| jo[name] = value.clone());
        jo
    };
    script("JumpCloud", "a person is created, updated whole and in short, and deprovisioned", HEADERS).then([
        step("looks up", "GET", "/Users?filter=userName%20eq%20%22jo%40example.com%22").answers(200, nobody()),
        step("creates, with a schema that has no values", "POST", "/Users")
            .body(jo(json!({ "addresses": [{ "country": "US", "locality": "Concord", "primary": true, "type": "work" }] })))
            .answers(201, json!({ "schemas": [USER], "phoneNumbers": [{ "value": "tel:+1-555-555-5555" }] }))
            .saves("user"),
        step("updates the whole", "PUT", user)
            .before(user, json!({ "addresses": [{ "country": "US" }], "title": null }))
            .body(jo(json!({ "id": "$user", "title": "Writer", "addresses": [], "phoneNumbers": [], "photos": [],
                             (ENTERPRISE): { "department": "Stories" } })))
            .answers(200, json!({ "title": "Writer" }))
            .after(json!({ "addresses": null, "phoneNumbers": null, "photos": null, (ENTERPRISE): { "department": "Stories" } })),
        step("updates in short", "PUT", user)
            .before(user, json!({ "emails": [{ "value": "jo@example.com" }] }))
            .body(json!({ "schemas": [USER], "userName": "jo@example.com", "externalId": "5f0d1b2c3d4e5f6071829304", "emails": null }))
            .answers(200, json!({ "id": "$user" }))
            .after(json!({ "emails": null, "active": true, "externalId": "5f0d1b2c3d4e5f6071829304" })),
        step("deprovisions", "PUT", user)
            .before(user, json!({ "active": true }))
            .body(jo(json!({ "active": false })))
            .answers(200, json!({ "active": false }))
            .after(json!({ "active": false })),
        step("deletes", "DELETE", user).before(user, json!({ "active": false })).answers(204, Value::Null).after(Value::Null),
    ])
}

fn groups() -> Script {
    let group = "/Groups/$group";
    script("JumpCloud", "a group is matched by name, renamed, filled and emptied", HEADERS).person("ada").person("bob").then([
        step("creates", "POST", "/Groups")
            .body(json!({ "schemas": [GROUP], "displayName": "Writers", "members": [{ "value": "$ada" }] }))
            .answers(201, json!({ "displayName": "Writers" }))
            .saves("group"),
        step("matches by name", "GET", "/Groups?filter=displayName%20eq%20%22Writers%22")
            .answers(200, only(json!({ "id": "$group" }))),
        step("renames", "PATCH", group)
            .before(group, json!({ "displayName": "Writers" }))
            .body(operation("replace", "displayName", json!("Authors")))
            .answers(200, json!({ "displayName": "Authors" }))
            .after(members(&["$ada"])),
        step("adds", "PATCH", group)
            .before(group, members(&["$ada"]))
            .body(operation("add", "members", json!([{ "value": "$bob" }])))
            .after(members(&["$ada", "$bob"])),
        step("removes one, by a value", "PATCH", group)
            .before(group, members(&["$ada", "$bob"]))
            .body(operation("remove", "members", json!([{ "value": "$ada" }])))
            .needs(RemoveWithValue, "invalidSyntax")
            .after(members(&["$bob"])),
    ])
}
