//! What OneLogin sends, byte for byte: `+` for spaces, a trailing `&` or `?`, templates with SCIM 1.1 URNs and quoted booleans.

use rollcall::scim::Tolerance::{BooleanString, CapitalOp, ForeignSchemaUrn, MissingCoreSchema, ObjectForArray};
use serde_json::{Value, json};

use super::{
    GROUP, USER, members, nobody, only, operation,
    script::{Script, Step, script, step},
};

const HEADERS: &[(&str, &str)] = &[("Content-Type", "application/scim+json"), ("User-Agent", "")];
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

fn template(step: Step, active: &str, title: &str) -> Step {
    step.body(nina(active, title))
        .needs(ForeignSchemaUrn, "invalidSyntax")
        .needs(MissingCoreSchema, "invalidSyntax")
        .needs(BooleanString, "invalidValue")
}

pub fn scripts() -> Vec<Script> {
    vec![person(), rules()]
}

fn person() -> Script {
    let user = "/Users/$user";
    script("OneLogin", "a person is looked up, created, edited, suspended and deleted", HEADERS).then([
        step("enables", "GET", "/Users?filter=userName+eq+%22nobody-of-that-name%22&").answers(200, nobody()),
        step("looks up", "GET", LOOK_UP).answers(200, nobody()),
        template(step("creates", "POST", "/Users?"), "true", "Singer")
            .answers(201, json!({ "userName": "nina@example.com", "active": true, "schemas": [USER], "title": "Singer" }))
            .saves("user"),
        step("looks up", "GET", LOOK_UP).answers(200, only(json!({ "id": "$user", "externalId": "96231567" }))),
        step("reads", "GET", user).answers(200, json!({ "id": "$user", "active": true })),
        template(step("edits", "PUT", "/Users/$user?"), "true", "Pianist")
            .before(user, json!({ "title": "Singer", "active": true }))
            .answers(200, json!({ "id": "$user", "title": "Pianist" }))
            .after(json!({ "id": "$user", "title": "Pianist", "active": true, "phoneNumbers": null })),
        step("edits with an object for the e-mail", "PUT", "/Users/$user?")
            .before(user, json!({ "title": "Pianist" }))
            .body(json!({
                "schemas": [USER], "id": null, "userName": "nina@example.com", "active": true,
                "emails": { "value": "n@example.com" },
            }))
            .needs(ObjectForArray, "invalidValue")
            .answers(200, json!({ "emails": [{ "value": "n@example.com" }] }))
            .after(json!({ "emails": [{ "value": "n@example.com" }], "title": null })),
        template(step("suspends", "PUT", "/Users/$user?"), "false", "Pianist")
            .before(user, json!({ "active": true }))
            .answers(200, json!({ "active": false }))
            .after(json!({ "active": false })),
        template(step("takes back", "PUT", "/Users/$user?"), "True", "Pianist")
            .before(user, json!({ "active": false }))
            .answers(200, json!({ "active": true }))
            .after(json!({ "active": true })),
        step("deletes", "DELETE", "/Users/$user?")
            .before(user, json!({ "active": true }))
            .answers(204, Value::Null)
            .after(Value::Null),
        step("looks up", "GET", LOOK_UP).answers(200, nobody()),
    ])
}

fn rules() -> Script {
    let group = "/Groups/$group";
    let add = |word: &str, who: &str| operation(word, "members", json!([{ "value": who }]));
    script("OneLogin", "rules refresh groups and add members", HEADERS).person("ada").person("bob").then([
        step("refreshes entitlements", "GET", "/Groups").answers(200, nobody()),
        step("creates", "POST", "/Groups")
            .body(json!({ "schemas": [GROUP], "displayName": "Singers" }))
            .answers(201, json!({ "displayName": "Singers" }))
            .saves("group"),
        step("refreshes entitlements", "GET", "/Groups?").answers(200, only(json!({ "id": "$group" }))),
        step("adds", "PATCH", group).before(group, members(&[])).body(add("add", "$ada")).after(members(&["$ada"])),
        step("adds, in capitals", "PATCH", "/Groups/$group?")
            .before(group, members(&["$ada"]))
            .body(add("Add", "$bob"))
            .needs(CapitalOp, "invalidSyntax")
            .after(members(&["$ada", "$bob"])),
        step("adds whom it has added", "PATCH", group)
            .before(group, members(&["$ada", "$bob"]))
            .body(add("add", "$bob"))
            .after(members(&["$ada", "$bob"])),
    ])
}
