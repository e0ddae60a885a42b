//! What Entra ID sends with `aadOptscim062020` in the address: small letters, several attributes in one operation without path, members
//! removed by a filter. The parameter may reach us; it means nothing here.

use rollcall::scim::Tolerance::{CreateOnFilteredReplace, PathInValue};
use serde_json::{Value, json};

use super::{
    ENTERPRISE,
    entra::HEADERS,
    members, nobody, operation, patch,
    script::{Script, script, step},
};

pub fn scripts() -> Vec<Script> {
    vec![people(), groups()]
}

fn people() -> Script {
    let user = "/Users/$ada";
    script("Entra ID", "with the flag, people", HEADERS).person("ada").then([
        step("tests the connection", "GET", "/Users?aadOptscim062020&filter=userName+eq+%22nobody%22").answers(200, nobody()),
        step("replaces several without a path, some by theirs", "PATCH", "/Users/$ada?aadOptscim062020")
            .before(user, json!({ "displayName": null, "active": true }))
            .body(patch(json!([
                { "op": "replace", "value": {
                    "displayName": "Bjfe", "name.givenName": "Kkom", "name.familyName": "Unua", (format!("{ENTERPRISE}:employeeNumber")): "Aklq",
                } },
                { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "updatedEmail@microsoft.com" },
                { "op": "replace", "path": "addresses[type eq \"work\"].locality", "value": "Lund" },
            ])))
            .needs(PathInValue, "invalidSyntax")
            .needs(CreateOnFilteredReplace, "noTarget")
            .answers(200, json!({ "displayName": "Bjfe" }))
            .after(json!({
                "displayName": "Bjfe", "name": { "givenName": "Kkom", "familyName": "Unua" }, (ENTERPRISE): { "employeeNumber": "Aklq" },
                "emails": [{ "value": "updatedEmail@microsoft.com", "type": "work", "primary": true }],
                "addresses": [{ "type": "work", "locality": "Lund" }],
            })),
        step("adds several, all by their names", "PATCH", user)
            .before(user, json!({ "title": null }))
            .body(patch(json!([{ "op": "add", "value": { "title": "Pilot", "name": { "middleName": "J" }, (ENTERPRISE): { "division": "Air" } } }])))
            .after(json!({ "title": "Pilot", "name": { "givenName": "Kkom", "middleName": "J" },
                           (ENTERPRISE): { "employeeNumber": "Aklq", "division": "Air" } })),
        step("disables", "PATCH", user)
            .before(user, json!({ "active": true }))
            .body(operation("replace", "active", json!(false)))
            .answers(200, json!({ "active": false }))
            .after(json!({ "active": false })),
        step("enables", "PATCH", user)
            .before(user, json!({ "active": false }))
            .body(operation("replace", "active", json!(true)))
            .after(json!({ "active": true })),
        step("removes the manager whom she does not have", "PATCH", user)
            .before(user, json!({ "title": "Pilot" }))
            .body(patch(json!([{ "op": "remove", "path": format!("{ENTERPRISE}:manager") }])))
            .after(json!({ "title": "Pilot" })),
    ])
}

fn groups() -> Script {
    let crew = "/Groups/$crew";
    script("Entra ID", "with the flag, groups", HEADERS).person("ada").person("bob").group("crew", &["ada"]).then([
        step("adds", "PATCH", crew)
            .before(crew, members(&["$ada"]))
            .body(operation("add", "members", json!([{ "value": "$bob" }])))
            .after(members(&["$ada", "$bob"])),
        step("removes by a filter", "PATCH", "/Groups/$crew?aadOptscim062020")
            .before(crew, members(&["$ada", "$bob"]))
            .body(patch(json!([{ "op": "remove", "path": "members[value eq \"$ada\"]" }])))
            .after(members(&["$bob"])),
        step("renames without a path", "PATCH", crew)
            .before(crew, json!({ "displayName": "crew" }))
            .body(patch(json!([{ "op": "replace", "value": { "displayName": "Band" } }])))
            .after(json!({ "displayName": "Band", "members": [{ "value": "$bob" }] })),
        step("deletes", "DELETE", crew).before(crew, members(&["$bob"])).answers(204, Value::Null).after(Value::Null),
    ])
}
