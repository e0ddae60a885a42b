//! What Google Workspace sends: `application/json`, people only.

use serde_json::{Value, json};

use super::{
    USER, nobody, only, operation,
    script::{Script, script, step},
};

const HEADERS: &[(&str, &str)] = &[("Content-Type", "application/json"), ("User-Agent", "Google-Auto-Provisioning")];
const LOOK_UP: &str = "/Users?filter=userName%20eq%20%22gia%40example.com%22&startIndex=1";

fn gia(given: &str, active: bool) -> Value {
    json!({
        "schemas": [USER], "userName": "gia@example.com", "name": { "givenName": given, "familyName": "Rossi" },
        "emails": [{ "value": "gia@example.com", "type": "work", "primary": true }], "active": active,
    })
}

pub fn scripts() -> Vec<Script> {
    let user = "/Users/$user";
    let people = script("Google Workspace", "a person is provisioned, suspended and deleted", HEADERS).then([
        step("probes", "GET", "/Users?count=1").answers(200, nobody()),
        step("looks up, without a count", "GET", LOOK_UP).answers(200, nobody()),
        step("creates", "POST", "/Users")
            .body(gia("Gia", true))
            // Attributes of the core stand at the top: under their URN it does not find them.
            .answers(201, json!({ "userName": "gia@example.com", "name": { "givenName": "Gia" }, "active": true, (USER): null }))
            .saves("user"),
        step("looks up", "GET", LOOK_UP).answers(200, only(json!({ "id": "$user", "userName": "gia@example.com" }))),
        step("updates by PUT", "PUT", user)
            .before(user, json!({ "name": { "givenName": "Gia" } }))
            .body(gia("Giulia", true))
            .answers(200, json!({ "id": "$user", "name": { "givenName": "Giulia" } }))
            .after(json!({ "name": { "givenName": "Giulia", "familyName": "Rossi" }, "active": true })),
        step("updates by PATCH", "PATCH", user)
            .before(user, json!({ "name": { "givenName": "Giulia" } }))
            .body(operation("replace", "name.givenName", json!("Gia")))
            .after(json!({ "name": { "givenName": "Gia", "familyName": "Rossi" } })),
        step("suspends", "PUT", user)
            .before(user, json!({ "active": true }))
            .body(gia("Gia", false))
            .answers(200, json!({ "active": false }))
            .after(json!({ "active": false })),
        step("deletes, later", "DELETE", user)
            .before(user, json!({ "active": false }))
            .answers(204, Value::Null)
            .after(Value::Null),
    ]);
    let bare = script("Google Workspace", "a mapping of the name alone", HEADERS).then([step("creates", "POST", "/Users")
        .body(json!({ "schemas": [USER], "userName": "bare@example.com" }))
        .answers(201, json!({ "userName": "bare@example.com", "active": true, "emails": null }))]);
    vec![people, bare]
}
