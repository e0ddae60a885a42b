//! What the SCIM plugin for Keycloak sends. It looks at the status exactly, and at attributes without asking whether they are there.

use rollcall::scim::Tolerance::BooleanString;
use serde_json::{Value, json};

use super::{
    GROUP, USER, members, only, patch,
    script::{Script, script, step},
};

const HEADERS: &[(&str, &str)] = &[("Content-Type", "application/scim+json")];

fn kim(display: &str, active: bool) -> Value {
    json!({
        "schemas": [USER], "externalId": "f3b0c442-98fc-4c14-9afb-f4c8996fb924", "userName": "kim", "displayName": display,
        "name": { "givenName": "Kim", "familyName": "Keys" }, "emails": [{ "value": "kim@example.com" }], "active": active,
        "roles": [{ "value": "viewer" }],
    })
}

pub fn scripts() -> Vec<Script> {
    vec![people(), groups()]
}

fn people() -> Script {
    let user = "/Users/$user";
    script("Keycloak", "a person is created, written by PUT or PATCH, deleted", HEADERS).then([
        step("creates", "POST", "/Users")
            .body(kim("Kim", true))
            .answers(201, json!({ "userName": "kim", "displayName": "Kim", "active": true }))
            .saves("user"),
        step("writes the whole", "PUT", user)
            .before(user, json!({ "displayName": "Kim" }))
            .body(kim("Kim K.", true))
            .answers(200, json!({ "id": "$user", "userName": "kim", "displayName": "Kim K.", "active": true }))
            .after(json!({ "displayName": "Kim K.", "emails": [{ "value": "kim@example.com" }] })),
        step("writes parts, with a boolean as text", "PATCH", user)
            .before(user, json!({ "active": true }))
            .body(patch(json!([
                { "path": "active", "op": "replace", "value": "false" },
                { "path": "userName", "op": "replace", "value": "kim" },
                { "path": "displayName", "op": "replace", "value": "Kim" },
            ])))
            .needs(BooleanString, "invalidValue")
            .answers(200, json!({ "id": "$user", "userName": "kim", "displayName": "Kim", "active": false }))
            .after(json!({ "active": false, "displayName": "Kim" })),
        step("imports", "GET", "/Users").answers(200, only(json!({ "id": "$user", "active": false }))),
        step("deletes", "DELETE", user).before(user, json!({ "active": false })).answers(204, Value::Null).after(Value::Null),
    ])
}

fn groups() -> Script {
    let group = "/Groups/$group";
    let member = |name: &str| json!({ "value": format!("${name}"), "$ref": format!("Users/${name}") });
    script("Keycloak", "a group with relative references", HEADERS).person("ada").person("bob").then([
        step("creates", "POST", "/Groups")
            .body(json!({ "schemas": [GROUP], "externalId": "g", "displayName": "Crew", "members": [member("ada")] }))
            .answers(201, json!({ "displayName": "Crew", "members": [{ "value": "$ada", "type": "User" }] }))
            .saves("group"),
        step("writes the whole", "PUT", group)
            .before(group, members(&["$ada"]))
            .body(json!({ "schemas": [GROUP], "externalId": "g", "displayName": "Crew", "members": [member("ada"), member("bob")] }))
            .answers(200, json!({ "id": "$group" }))
            .after(members(&["$ada", "$bob"])),
        step("replaces the members", "PATCH", group)
            .before(group, members(&["$ada", "$bob"]))
            .body(patch(json!([
                { "op": "replace", "path": "members", "value": [member("bob")] },
                { "op": "replace", "path": "displayName", "value": "Band" },
                { "op": "replace", "path": "externalId", "value": "g2" },
            ])))
            .answers(200, json!({ "displayName": "Band", "externalId": "g2" }))
            .after(members(&["$bob"])),
        step("removes all members", "PATCH", group)
            .before(group, members(&["$bob"]))
            .body(patch(json!([{ "op": "remove", "path": "members" }])))
            .answers(200, members(&[]))
            .after(members(&[])),
        step("deletes", "DELETE", group).before(group, json!({ "displayName": "Band" })).answers(204, Value::Null).after(Value::Null),
    ])
}
