//! What Microsoft's published Postman collections send.

use rollcall::scim::Tolerance::{ExtraSlash, MemberString, UnknownAttribute, UnknownMessageKey};
use serde_json::{Value, json};

use super::{
    ENTERPRISE, GROUP, LIST, USER, members, nobody, only, patch,
    script::{Script, script, step},
};

const SAMPLES: &str = "Microsoft's samples";
const HEADERS: &[(&str, &str)] = &[("Content-Type", "application/scim+json"), ("User-Agent", "PostmanRuntime/7.37.3")];

pub fn scripts() -> Vec<Script> {
    vec![people(), queries(), groups()]
}

fn people() -> Script {
    let user = "/Users/$user";
    let mark = || {
        json!({
            "schemas": [USER, ENTERPRISE], "userName": "UserName123", "active": true, "displayName": "BobIsAmazing",
            "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef", "name": { "formatted": "Ryan Leenay", "familyName": "Leenay", "givenName": "Ryan" },
            "emails": [{ "Primary": true, "type": "work", "value": "testing@bob.com" }, { "Primary": false, "type": "home", "value": "t@home.com" }],
        })
    };
    let mut misspelt = mark();
    misspelt["dispalyName"] = json!("Bob");
    script(SAMPLES, "people", HEADERS).then([
        step("posts, with a name in capitals", "POST", "/Users")
            .body(mark())
            .answers(201, json!({ "emails": [{ "primary": true, "value": "testing@bob.com" }, { "primary": false }] }))
            .saves("user"),
        step("posts again", "POST", "/Users").body(mark()).answers(409, json!({ "scimType": "uniqueness" })),
        step("posts nobody", "POST", "/Users")
            .body(json!({ "schemas": [USER] }))
            .answers(400, json!({ "scimType": "invalidValue" })),
        step("posts junk", "POST", "/Users").bytes("{ \"userName\": ").answers(400, json!({ "scimType": "invalidSyntax" })),
        step("puts an attribute that it has misspelt", "PUT", user)
            .before(user, json!({ "displayName": "BobIsAmazing" }))
            .body(misspelt)
            .needs(UnknownAttribute, "invalidSyntax")
            .answers(200, json!({ "displayName": "BobIsAmazing", "dispalyName": null }))
            .after(json!({ "displayName": "BobIsAmazing", "dispalyName": null })),
        step("deletes", "DELETE", user).before(user, json!({ "active": true })).answers(204, Value::Null).after(Value::Null),
    ])
}

fn queries() -> Script {
    let named = json!({ "userName": "a@example.com", "displayName": "BobIsAmazing", "emails": [{ "value": "a@example.com" }] });
    script(SAMPLES, "queries", HEADERS).given("bob", "/Users", named).then([
        step("with a slash before the query", "GET", "/Users/?filter=DisplayName+eq+%22BobIsAmazing%22")
            .needs(ExtraSlash, "")
            .answers(200, only(json!({ "id": "$bob" }))),
        step("some attributes", "GET", "/Users/$bob?attributes=userName,emails")
            .answers(200, json!({ "id": "$bob", "userName": "a@example.com", "displayName": null, "meta": null })),
        step("a value without quotes", "GET", "/Users?filter=userName+sw+O").answers(400, json!({ "scimType": "invalidFilter" })),
        step("since when", "GET", "/Users?filter=meta.lastModified+gt+%222011-05-13T04%3A42%3A34Z%22")
            .answers(200, only(json!({ "id": "$bob" }))),
        step("nobody yet to come", "GET", "/Users?filter=meta.lastModified+gt+%222999-05-13T04%3A42%3A34Z%22")
            .answers(200, nobody()),
        step("a page", "GET", "/Users?startIndex=1&count=10")
            .answers(200, json!({ "schemas": [LIST], "totalResults": 1, "itemsPerPage": 1 })),
    ])
}

fn groups() -> Script {
    let group = "/Groups/$group";
    script(SAMPLES, "groups", HEADERS).person("ada").person("bob").then([
        step("posts", "POST", "/Groups")
            .body(json!({ "schemas": [GROUP], "displayName": "Group1DisplayName", "externalId": "c4d56c3c" }))
            .answers(201, json!({ "members": [] }))
            .saves("group"),
        step("adds a member by an operation with a name", "PATCH", group)
            .before(group, members(&[]))
            .body(patch(json!([{ "name": "addMember", "op": "add", "path": "members", "value": [{ "displayName": "Ada", "value": "$ada" }] }])))
            .needs(UnknownMessageKey, "invalidSyntax")
            .needs(UnknownAttribute, "invalidSyntax")
            .after(members(&["$ada"])),
        step("adds a member by a bare id", "PATCH", group)
            .before(group, members(&["$ada"]))
            .body(patch(json!([{ "op": "add", "path": "members", "value": "$bob" }])))
            .needs(MemberString, "invalidValue")
            .after(members(&["$ada", "$bob"])),
        step("reads without members", "GET", "/Groups/$group?excludedAttributes=members").answers(200, json!({ "members": null })),
        step("deletes", "DELETE", group).before(group, json!({ "id": "$group" })).answers(204, Value::Null).after(Value::Null),
    ])
}
