//! What authentik sends: people by POST and PUT without a look-up, groups by PATCH with the whole group as value, members removed by a
//! list of values.

use rollcall::scim::Tolerance::{MissingSchemas, ReadOnlyInValue, RemoveWithValue};
use serde_json::{Value, json};

use super::{
    GROUP, USER, members, nobody, only, patch,
    script::{Script, script, step},
};

const HEADERS: &[(&str, &str)] = &[("Content-Type", "application/scim+json"), ("Accept", "application/scim+json")];
const EXTERNAL_ID: &str = "8b2d0c1f7a3e4d5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";

fn aki(display: &str, active: bool) -> Value {
    json!({
        "schemas": [USER], "userName": "aki", "displayName": display, "active": active, "externalId": EXTERNAL_ID, "photos": [],
        "name": { "formatted": display, "givenName": display, "familyName": "" },
        "emails": [{ "value": "aki@example.com", "type": "other", "primary": true }],
    })
}

pub fn scripts() -> Vec<Script> {
    vec![people(), groups(), groups_of_aws(), discovery()]
}

fn people() -> Script {
    let user = "/Users/$user";
    script("authentik", "a person is created, updated and deleted", HEADERS).then([
        step("reads the configuration", "GET", "/ServiceProviderConfig").answers(
            200,
            json!({ "patch": { "supported": true }, "filter": { "supported": true }, "changePassword": { "supported": false } }),
        ),
        step("creates without a look-up", "POST", "/Users")
            .body(aki("Aki", true))
            .answers(201, json!({ "name": { "familyName": "" }, "photos": null, "externalId": EXTERNAL_ID }))
            .saves("user"),
        step("creates again", "POST", "/Users").body(aki("Aki", true)).answers(409, json!({ "status": "409" })),
        step("looks up after a conflict", "GET", "/Users?filter=userName+eq+%22aki%22")
            .answers(200, only(json!({ "id": "$user" }))),
        step("updates", "PUT", user)
            .before(user, json!({ "displayName": "Aki" }))
            .body(aki("Akira", true))
            .answers(200, json!({ "displayName": "Akira" }))
            .after(json!({ "displayName": "Akira", "name": { "formatted": "Akira", "familyName": "" } })),
        step("deactivates", "PUT", user)
            .before(user, json!({ "active": true }))
            .body(aki("Akira", false))
            .answers(200, json!({ "active": false }))
            .after(json!({ "active": false })),
        step("deletes", "DELETE", user).before(user, json!({ "active": false })).answers(204, Value::Null).after(Value::Null),
        step("deletes again", "DELETE", user).answers(404, json!({ "status": "404" })),
        step("updates whom it has lost", "PUT", user).body(aki("Akira", true)).answers(404, json!({ "status": "404" })),
        step("creates without schemas, in old versions", "POST", "/Users")
            .body(json!({ "userName": "old", "active": true, "emails": [{ "value": "old@example.com", "type": "other" }] }))
            .needs(MissingSchemas, "invalidSyntax")
            .answers(201, json!({ "schemas": [USER], "userName": "old" })),
    ])
}

fn groups() -> Script {
    let group = "/Groups/$group";
    script("authentik", "a group is created, renamed and its members compared", HEADERS)
        .person("ada")
        .person("bob")
        .person("cleo")
        .then([
            step("creates", "POST", "/Groups")
                .body(json!({ "schemas": [GROUP], "displayName": "Crew", "externalId": "g-1" }))
                // Without members it would compare with nobody, and add nobody.
                .answers(201, json!({ "externalId": "g-1", "members": [] }))
                .saves("group"),
            step("creates again", "POST", "/Groups")
                .body(json!({ "schemas": [GROUP], "displayName": "Crew", "externalId": "g-1" }))
                .answers(409, json!({ "scimType": "uniqueness" })),
            step("looks up after a conflict", "GET", "/Groups?filter=displayName+eq+%22Crew%22")
                .answers(200, only(json!({ "id": "$group" }))),
            step("adds each by an operation of its own", "PATCH", group)
                .before(group, members(&[]))
                .body(patch(json!([
                    { "op": "add", "path": "members", "value": [{ "value": "$ada" }] },
                    { "op": "add", "path": "members", "value": [{ "value": "$bob" }] },
                ])))
                .after(members(&["$ada", "$bob"])),
            step("renames, with the whole group as value", "PATCH", group)
                .before(group, json!({ "displayName": "Crew" }))
                .body(patch(json!([{ "op": "replace", "value": {
                "id": "$group", "schemas": [GROUP], "displayName": "Band", "externalId": "g-1",
            } }])))
                .needs(ReadOnlyInValue, "mutability")
                .answers(200, json!({ "displayName": "Band" }))
                .after(
                    json!({ "displayName": "Band", "externalId": "g-1", "members": [{ "value": "$ada" }, { "value": "$bob" }] }),
                ),
            step("compares", "GET", group).answers(200, members(&["$ada", "$bob"])),
            step("adds and removes in one list", "PATCH", group)
                .before(group, members(&["$ada", "$bob"]))
                .body(patch(json!([
                    { "op": "add", "path": "members", "value": [{ "value": "$cleo" }] },
                    { "op": "remove", "path": "members", "value": [{ "value": "$ada" }] },
                ])))
                .needs(RemoveWithValue, "invalidSyntax")
                .after(members(&["$bob", "$cleo"])),
            step("deletes", "DELETE", group)
                .before(group, json!({ "displayName": "Band" }))
                .answers(204, Value::Null)
                .after(Value::Null),
        ])
}

fn groups_of_aws() -> Script {
    let crew = "/Groups/$crew";
    script("authentik", "the mode for AWS names each attribute", HEADERS).group("crew", &[]).then([step("renames", "PATCH", crew)
        .before(crew, json!({ "displayName": "crew" }))
        .body(patch(json!([
            { "op": "replace", "path": "displayName", "value": "band" }, { "op": "replace", "path": "externalId", "value": "g-2" },
        ])))
        .after(json!({ "displayName": "band", "externalId": "g-2" }))])
}

fn discovery() -> Script {
    script("authentik", "discovery goes on until it has read them all", HEADERS).person("ada").then([
        step("reads the first", "GET", "/Users")
            .answers(200, only(json!({ "id": "$ada", "emails": [{ "value": "ada@example.com", "type": "work" }] }))),
        step("reads on", "GET", "/Users?startIndex=2")
            .answers(200, json!({ "totalResults": 1, "startIndex": 2, "Resources": [] })),
        step("reads the groups", "GET", "/Groups").answers(200, nobody()),
    ])
}
