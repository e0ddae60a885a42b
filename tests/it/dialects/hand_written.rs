//! What mappings and clients send that somebody has written by hand, and what clients on Windows do to a body.

use rollcall::scim::Tolerance::{
    BulkPatchList, ByteOrderMark, BytesForCertificate, CountryName, ExtraSlash, MessageKeyCase, MethodCase, MissingSchemas,
    ObjectForArray, ParameterCase, StringForObject, TextForUri, UnknownAttribute, UnknownMessageKey,
};
use serde_json::{Value, json};

use super::{
    GROUP, PATCH_OP, USER, members, only, patch,
    script::{Script, script, step},
};

const MAPPINGS: &str = "hand-written mappings";
const CLIENTS: &str = "hand-written clients";
const WINDOWS: &str = "clients on Windows";
const AFTER_THE_EXAMPLE: &str = "clients written after the RFC's example";
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const HEADERS: &[(&str, &str)] = &[("Content-Type", "application/json")];

pub fn scripts() -> Vec<Script> {
    vec![mappings(), groups(), clients(), bulk(), bulk_of_the_example(), windows()]
}

fn mappings() -> Script {
    let user = "/Users/$user";
    let max = |more: Value| {
        let mut max = json!({ "schemas": [USER], "userName": "max@example.com" });
        more.as_object().into_iter().flatten().for_each(|(name, value)| max[name] = value.clone());
        max
    };
    script(MAPPINGS, "a person", HEADERS).then([
        step("creates without schemas", "POST", "/Users")
            .body(json!({ "userName": "max@example.com" }))
            .needs(MissingSchemas, "invalidSyntax")
            .answers(201, json!({ "schemas": [USER] }))
            .saves("user"),
        step("sends addresses as texts", "PUT", user)
            .before(user, json!({ "emails": null }))
            .body(max(json!({ "emails": ["max@example.com"] })))
            .needs(StringForObject, "invalidValue")
            .after(json!({ "emails": [{ "value": "max@example.com" }] })),
        step("sends an object for a list", "PUT", user)
            .before(user, json!({ "phoneNumbers": null }))
            .body(max(json!({ "phoneNumbers": { "value": "1" } })))
            .needs(ObjectForArray, "invalidValue")
            .after(json!({ "phoneNumbers": [{ "value": "1" }], "emails": null })),
        step("sends attributes that nobody knows", "PUT", user)
            .before(user, json!({ "title": null }))
            .body(max(json!({ "title": "Captain", "company": "Acme", "name": { "givenName": "Max", "initials": "M" } })))
            .needs(UnknownAttribute, "invalidSyntax")
            .after(json!({ "title": "Captain", "company": null, "name": { "givenName": "Max", "initials": null } })),
        step("sends the name of a country", "PUT", user)
            .before(user, json!({ "addresses": null }))
            .body(max(json!({ "addresses": [{ "type": "work", "country": "Germany" }] })))
            .needs(CountryName, "invalidValue")
            .after(json!({ "addresses": [{ "country": "Germany" }] })),
        step("sends anything for a certificate", "PATCH", user)
            .before(user, json!({ "x509Certificates": null }))
            .body(patch(json!([{ "op": "add", "path": "x509Certificates", "value": [{ "value": "Y2VydA==" }] }])))
            .needs(BytesForCertificate, "invalidValue")
            .after(json!({ "x509Certificates": [{ "value": "Y2VydA==" }] })),
        step("sends words for an address of the web", "PATCH", user)
            .before(user, json!({ "profileUrl": null }))
            .body(patch(json!([{ "op": "add", "path": "profileUrl", "value": "see the intranet" }])))
            .needs(TextForUri, "invalidValue")
            .after(json!({ "profileUrl": "see the intranet" })),
    ])
}

fn groups() -> Script {
    let crew = "/Groups/$crew";
    script(MAPPINGS, "a group", HEADERS).person("ada").group("crew", &[]).then([step(
        "sends an object for the members",
        "PUT",
        crew,
    )
    .before(crew, members(&[]))
    .body(json!({ "schemas": [GROUP], "displayName": "crew", "members": { "value": "$ada" } }))
    .needs(ObjectForArray, "invalidValue")
    .after(members(&["$ada"]))])
}

fn clients() -> Script {
    let user = "/Users/$ada";
    script(CLIENTS, "addresses and messages", HEADERS).person("ada").then([
        step("a slash at the end", "GET", "/Users/$ada/").needs(ExtraSlash, "").answers(200, json!({ "id": "$ada" })),
        step("two slashes", "GET", "//Users").needs(ExtraSlash, "").answers(200, only(json!({ "id": "$ada" }))),
        step("parameters in small letters", "GET", "/Users?startindex=2")
            .needs(ParameterCase, "invalidValue")
            .answers(200, json!({ "startIndex": 2, "Resources": [] })),
        step("parameters that nobody knows", "GET", "/Users?page=1&&sort").answers(200, only(json!({ "id": "$ada" }))),
        step("a message in small letters", "PATCH", user)
            .before(user, json!({ "title": null }))
            .body(json!({ "schemas": [PATCH_OP], "operations": [{ "Op": "add", "Path": "title", "Value": "Countess" }] }))
            .needs(MessageKeyCase, "invalidSyntax")
            .after(json!({ "title": "Countess" })),
        step("a search in small letters, with something else", "POST", "/Users/.search")
            .body(json!({ "schemas": [SEARCH], "Filter": "userName eq \"ada@example.com\"", "page": 1 }))
            .needs(MessageKeyCase, "invalidSyntax")
            .needs(UnknownMessageKey, "invalidSyntax")
            .answers(200, only(json!({ "id": "$ada" }))),
        step("a search over everything", "POST", "/.search")
            .body(json!({ "schemas": [SEARCH], "filter": "userName sw \"ada\" or displayName pr", "sortBy": "id" }))
            .answers(200, only(json!({ "id": "$ada" }))),
        step("names of attributes in any case", "PUT", user)
            .before(user, json!({ "title": "Countess" }))
            .body(json!({ "SCHEMAS": [USER], "USERNAME": "ada@example.com", "TITLE": "Analyst", "Name": { "GIVENNAME": "Ada" } }))
            .answers(200, json!({ "title": "Analyst", "name": { "givenName": "Ada" } }))
            .after(json!({ "title": "Analyst", "TITLE": null })),
    ])
}

fn bulk() -> Script {
    let user = "/Users/$ada";
    let one = |operation: Value| json!({ "schemas": [BULK], "Operations": [operation] });
    let change = patch(json!([{ "op": "add", "path": "title", "value": "Countess" }]));
    script(CLIENTS, "bulk requests", HEADERS).person("ada").then([
        step("in small letters, with something else", "POST", "/Bulk")
            .before(user, json!({ "title": null }))
            .body(one(json!({ "Method": "patch", "path": "/Users/$ada", "data": change, "note": "n" })))
            .needs(MessageKeyCase, "invalidSyntax")
            .needs(MethodCase, "invalidSyntax")
            .needs(UnknownMessageKey, "invalidSyntax")
            .answers(200, json!({ "Operations": [{ "method": "PATCH", "status": "200" }] }))
            .after(json!({ "title": "Countess" })),
        step("with a slash at the end", "POST", "/Bulk")
            .before(user, json!({ "title": "Countess" }))
            .body(one(json!({ "method": "DELETE", "path": "/Users/$ada/" })))
            .needs(ExtraSlash, "invalidPath")
            .answers(200, json!({ "Operations": [{ "status": "204" }] }))
            .after(Value::Null),
    ])
}

fn bulk_of_the_example() -> Script {
    let (user, operations) = ("/Users/$ada", json!([{ "op": "add", "path": "title", "value": "Countess" }]));
    let operation = json!({ "method": "PATCH", "path": "/Users/$ada", "data": operations });
    script(AFTER_THE_EXAMPLE, "a bulk request", HEADERS).person("ada").then([step(
        "a list of operations as data",
        "POST",
        "/Bulk",
    )
    .before(user, json!({ "title": null }))
    .body(json!({ "schemas": [BULK], "Operations": [operation] }))
    .needs(BulkPatchList, "invalidSyntax")
    .answers(200, json!({ "Operations": [{ "status": "200" }] }))
    .after(json!({ "title": "Countess" }))])
}

fn windows() -> Script {
    let user = "/Users/$user";
    let marked = |body: Value| format!("\u{feff}{body}");
    script(WINDOWS, "a mark before the body", HEADERS).then([
        step("creates", "POST", "/Users")
            .bytes(marked(json!({ "schemas": [USER], "userName": "win@example.com" })))
            .needs(ByteOrderMark, "invalidSyntax")
            .answers(201, json!({ "userName": "win@example.com" }))
            .saves("user"),
        step("changes", "PATCH", user)
            .before(user, json!({ "title": null }))
            .bytes(marked(patch(json!([{ "op": "add", "path": "title", "value": "Glazier" }]))))
            .needs(ByteOrderMark, "invalidSyntax")
            .after(json!({ "title": "Glazier" })),
    ])
}
