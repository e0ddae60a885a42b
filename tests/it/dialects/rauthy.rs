//! What Rauthy sends. It reads each resource of a list without asking its type, so a list must hold what was asked for and nothing else;
//! `externalId` must come back as it was sent; `custom` is an attribute that nobody knows.

use rollcall::scim::Tolerance::{RemoveWithValue, UnknownAttribute};
use serde_json::{Value, json};

use super::{
    GROUP, LIST, USER, members, nobody, only, operation, patch,
    script::{Script, script, step},
};

const HEADERS: &[(&str, &str)] =
    &[("Content-Type", "application/scim+json"), ("Accept", "application/scim+json"), ("User-Agent", "Rauthy Client v0.33.1")];

fn rosa(external_id: Value, active: bool) -> Value {
    json!({
        "schemas": [USER], "externalId": external_id, "userName": "rosa@example.com", "displayName": "Rosa ", "active": active,
        "name": { "familyName": "", "givenName": "Rosa" }, "preferredLanguage": "en", "locale": "en", "timezone": "Europe/Berlin",
        "emails": [{ "value": "rosa@example.com", "primary": true }], "phoneNumbers": [{ "value": "+49301" }], "photos": [],
        "addresses": [{ "streetAddress": "Am Ufer 1", "locality": "Berlin", "postalCode": "10115", "country": "DE" }],
        "roles": [{ "value": "rauthy_user" }],
    })
}

fn with(mut person: Value, name: &str, value: Value) -> Value {
    person[name] = value;
    person
}

pub fn scripts() -> Vec<Script> {
    vec![people(), groups()]
}

fn people() -> Script {
    let user = "/Users/$user";
    let by_external_id = "/Users?filter=externalId%20eq%20%22QaJ4T1zdsBxkY2Dm%22";
    script("Rauthy", "a full sync of a person", HEADERS).group("crew", &[]).then([
        step("reads groups only", "GET", "/Groups?startIndex=1&count=100")
            .answers(200, only(json!({ "id": "$crew", "userName": null }))),
        step("looks up by its id", "GET", by_external_id).answers(200, nobody()),
        step("looks up by name", "GET", "/Users?filter=userName%20eq%20%22rosa@example.com%22").answers(200, nobody()),
        step("creates, with an attribute of its own", "POST", "/Users")
            .body(with(rosa(json!("QaJ4T1zdsBxkY2Dm"), true), "custom", json!({ "department": "x" })))
            .needs(UnknownAttribute, "invalidSyntax")
            .answers(201, json!({ "externalId": "QaJ4T1zdsBxkY2Dm", "displayName": "Rosa ", "custom": null }))
            .saves("user"),
        step("looks up by its id", "GET", by_external_id).answers(
            200,
            only(json!({ "id": "$user", "externalId": "QaJ4T1zdsBxkY2Dm", "emails": [{ "value": "rosa@example.com" }] })),
        ),
        step("adds to a group", "PATCH", "/Groups/$crew")
            .before("/Groups/$crew", members(&[]))
            .body(operation("add", "members", json!([{ "value": "$user", "display": "rosa@example.com" }])))
            .after(members(&["$user"])),
        step("writes the whole and compares the groups", "PUT", user)
            .before(user, json!({ "groups": [{ "display": "crew" }] }))
            .body(with(rosa(json!("QaJ4T1zdsBxkY2Dm"), true), "id", json!("$user")))
            .answers(200, json!({ "externalId": "QaJ4T1zdsBxkY2Dm", "groups": [{ "value": "$crew", "display": "crew" }] }))
            .after(json!({ "groups": [{ "display": "crew" }] })),
        step("lets go of who is out of scope", "PUT", user)
            .before(user, json!({ "externalId": "QaJ4T1zdsBxkY2Dm" }))
            .body(rosa(Value::Null, false))
            .answers(200, json!({ "active": false, "externalId": null }))
            .after(json!({ "active": false, "externalId": null })),
        step("deletes", "DELETE", user).before(user, json!({ "active": false })).answers(204, Value::Null).after(Value::Null),
    ])
}

fn groups() -> Script {
    let group = "/Groups/$group";
    let replace = |value: Value| patch(json!([{ "op": "replace", "value": value }]));
    script("Rauthy", "a group is linked, renamed, filled and let go of", HEADERS).person("ada").person("bob").then([
        step("creates", "POST", "/Groups")
            .body(json!({ "schemas": [GROUP], "externalId": "G1", "displayName": "Crew" }))
            .answers(201, json!({ "externalId": "G1", "displayName": "Crew" }))
            .saves("group"),
        step("renames", "PATCH", group)
            .before(group, json!({ "displayName": "Crew" }))
            .body(replace(json!({ "displayName": "Band", "externalId": "G1" })))
            .answers(200, json!({ "displayName": "Band", "externalId": "G1" }))
            .after(json!({ "displayName": "Band", "externalId": "G1" })),
        step("adds", "PATCH", group)
            .before(group, members(&[]))
            .body(operation(
                "add",
                "members",
                json!([
                    { "value": "$ada", "display": "ada@example.com" }, { "value": "$bob", "display": "bob@example.com" },
                ]),
            ))
            .after(members(&["$ada", "$bob"])),
        step("removes one, by a value", "PATCH", group)
            .before(group, members(&["$ada", "$bob"]))
            .body(operation("remove", "members", json!([{ "value": "$ada" }])))
            .needs(RemoveWithValue, "invalidSyntax")
            .after(members(&["$bob"])),
        step("lets go", "PATCH", group)
            .before(group, json!({ "externalId": "G1" }))
            .body(replace(json!({ "displayName": "Band", "externalId": null })))
            .answers(200, json!({ "externalId": null }))
            .after(json!({ "externalId": null, "members": [{ "value": "$bob" }] })),
        step("reads until a page is short", "GET", "/Groups?startIndex=1&count=100").answers(
            200,
            json!({ "schemas": [LIST], "itemsPerPage": 1, "totalResults": 1, "Resources": [{ "userName": null }] }),
        ),
    ])
}
