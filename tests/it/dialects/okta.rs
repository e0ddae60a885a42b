//! What Okta sends: the connection test, import, provisioning of OIN and AIW applications, group push, and its spec tests.

use rollcall::scim::Tolerance::{PasswordDropped, ReadOnlyInValue};
use serde_json::{Value, json};

use super::{
    GROUP, LIST, USER, members, nobody, only, patch,
    script::{Script, Step, script, step},
};

const HEADERS: &[(&str, &str)] = &[
    ("Accept", "application/scim+json"),
    ("Accept-Charset", "utf-8"),
    ("Accept-Encoding", "identity"),
    // On GET as well.
    ("Content-Type", "application/scim+json; charset=utf-8"),
    ("User-Agent", "Okta SCIM Client 1.0.0"),
];

const TEST_HEADERS: &[(&str, &str)] = &[("Accept", "application/scim+json; charset=utf-8"), ("Content-Type", "application/json")];

const LOOK_UP: &str = "/Users?filter=userName%20eq%20%22isaac.brock%40example.com%22&startIndex=1&count=100";

/// As Okta creates a person.
fn isaac() -> Value {
    json!({
        "schemas": [USER], "userName": "isaac.brock@example.com", "name": { "givenName": "Isaac", "familyName": "Brock" },
        "emails": [{ "primary": true, "value": "isaac.brock@example.com", "type": "work" }], "displayName": "Isaac Brock",
        "locale": "en-US", "externalId": "00ujl29u0le5T6Aj10h7", "groups": [], "password": "1mz050nq", "active": true,
    })
}

/// As Okta writes the person back: everything that it has read, changed.
fn isaac_read_and_changed(given_name: &str, active: bool) -> Value {
    json!({
        "schemas": [USER], "id": "$user", "userName": "isaac.brock@example.com", "externalId": "00ujl29u0le5T6Aj10h7",
        "name": { "givenName": given_name, "familyName": "Brock" }, "displayName": "Isaac Brock", "locale": "en-US",
        "emails": [{ "primary": true, "value": "isaac.brock@example.com", "type": "work", "display": "isaac.brock@example.com" }],
        "active": active, "groups": [], "meta": { "resourceType": "User", "created": "2010-01-01T00:00:00Z" },
    })
}

fn numbers(total: u64, items: u64) -> Value {
    json!({ "schemas": [LIST], "totalResults": total, "startIndex": 1, "itemsPerPage": items })
}

/// A PATCH of one operation without path, as Okta writes them.
fn replace(value: Value) -> Value {
    patch(json!([{ "op": "replace", "value": value }]))
}

pub fn scripts() -> Vec<Script> {
    vec![people(), groups(), spec_test(), older_test()]
}

fn people() -> Script {
    let user = "/Users/$user";
    script("Okta", "people of OIN and AIW applications", HEADERS).then([
        step("tests the connection", "GET", "/Users?startIndex=1&count=2").answers(200, numbers(0, 0)),
        step("enables provisioning", "GET", "/Groups?startIndex=1&count=100").answers(200, numbers(0, 0)),
        step("imports nobody", "GET", "/Users?startIndex=1&count=100").answers(200, json!({ "Resources": [] })),
        step("looks up before it creates", "GET", LOOK_UP).answers(200, nobody()),
        step("creates, with a password that it never uses", "POST", "/Users")
            .body(isaac())
            .needs(PasswordDropped, "mutability")
            .saves("user")
            .answers(
                201,
                json!({ "schemas": [USER], "userName": "isaac.brock@example.com", "active": true,
                        "externalId": "00ujl29u0le5T6Aj10h7", "name": { "givenName": "Isaac", "familyName": "Brock" },
                        "locale": "en-US", "password": null }),
            ),
        step("finds", "GET", LOOK_UP).answers(200, only(json!({ "id": "$user" }))),
        step("creates again", "POST", "/Users")
            .body(isaac())
            .needs(PasswordDropped, "mutability")
            .answers(409, json!({ "scimType": "uniqueness" })),
        step("reads before it updates", "GET", user).answers(200, json!({ "id": "$user", "name": { "givenName": "Isaac" } })),
        step("updates, with all that it has read", "PUT", user)
            .before(user, json!({ "name": { "givenName": "Isaac" }, "externalId": "00ujl29u0le5T6Aj10h7" }))
            .body(isaac_read_and_changed("Isaak", true))
            .answers(200, json!({ "id": "$user", "name": { "givenName": "Isaak" }, "emails": [{ "primary": true }] }))
            .after(json!({ "name": { "givenName": "Isaak", "familyName": "Brock" }, "active": true, "locale": "en-US" })),
        step("deactivates", "PATCH", user)
            .before(user, json!({ "active": true }))
            .body(replace(json!({ "active": false })))
            .answers(200, json!({ "id": "$user", "active": false }))
            .after(json!({ "active": false, "name": { "givenName": "Isaak" } })),
        step("still finds", "GET", LOOK_UP).answers(200, only(json!({ "active": false }))),
        step("reactivates", "PATCH", user)
            .before(user, json!({ "active": false }))
            .body(replace(json!({ "active": true })))
            .answers(200, json!({ "active": true }))
            .after(json!({ "active": true })),
        step("sets a password", "PATCH", user)
            .before(user, json!({ "active": true }))
            .body(replace(json!({ "password": "hunter2" })))
            .needs(PasswordDropped, "mutability")
            .answers(200, json!({ "id": "$user", "password": null }))
            .after(json!({ "password": null, "active": true })),
        step("deactivates from an AIW app", "PUT", user)
            .before(user, json!({ "active": true }))
            .body(isaac_read_and_changed("Isaak", false))
            .answers(200, json!({ "active": false }))
            .after(json!({ "active": false })),
        step("imports everybody", "GET", "/Users?startIndex=1&count=100").answers(200, numbers(1, 1)),
        step("asks past the end", "GET", "/Users?startIndex=101&count=100")
            .answers(200, json!({ "totalResults": 1, "startIndex": 101, "itemsPerPage": 0, "Resources": [] })),
    ])
}

fn groups() -> Script {
    let group = "/Groups/$group";
    let change = |what| -> Step { step(what, "PATCH", group).answers(200, json!({ "id": "$group" })) };
    script("Okta", "group push in each of its forms", HEADERS).person("ada").person("bob").person("cleo").then([
        step("creates", "POST", "/Groups")
            .body(json!({ "schemas": [GROUP], "displayName": "Engineering", "members": [] }))
            .answers(201, json!({ "displayName": "Engineering", "schemas": [GROUP] }))
            .saves("group"),
        step("reads", "GET", group).answers(200, json!({ "id": "$group", "members": [] })),
        change("renames, with an id that it may not change")
            .before(group, json!({ "displayName": "Engineering" }))
            .body(replace(json!({ "id": "$group", "displayName": "Engineers" })))
            .needs(ReadOnlyInValue, "mutability")
            .after(json!({ "displayName": "Engineers", "id": "$group" })),
        change("adds")
            .before(group, members(&[]))
            .body(patch(json!([
                { "op": "add", "path": "members", "value": [{ "value": "$ada", "display": "ada@example.com" }] },
            ])))
            .after(members(&["$ada"])),
        change("removes one and adds one")
            .before(group, members(&["$ada"]))
            .body(patch(json!([
                { "op": "remove", "path": "members[value eq \"$ada\"]" },
                { "op": "add", "path": "members", "value": [{ "value": "$bob", "display": "bob@example.com" }] },
            ])))
            .after(members(&["$bob"])),
        change("pushes everybody")
            .before(group, members(&["$bob"]))
            .body(patch(json!([{ "op": "replace", "path": "members", "value": [{ "value": "$ada" }, { "value": "$cleo" }] }])))
            .after(members(&["$ada", "$cleo"])),
        change("empties")
            .before(group, members(&["$ada", "$cleo"]))
            .body(patch(json!([{ "op": "replace", "path": "members", "value": [] }])))
            .after(members(&[])),
        step("writes the whole, from an AIW app", "PUT", group)
            .before(group, members(&[]))
            .body(json!({
                "schemas": [GROUP], "id": "$group", "displayName": "Engineers",
                "members": [{ "value": "$ada", "display": null }],
            }))
            .answers(200, json!({ "id": "$group", "displayName": "Engineers" }))
            .after(members(&["$ada"])),
        change("empties without a path")
            .before(group, members(&["$ada"]))
            .body(replace(json!({ "members": [], "id": "$group", "displayName": "Engineers" })))
            .needs(ReadOnlyInValue, "mutability")
            .after(members(&[])),
        step("deletes", "DELETE", group).before(group, json!({ "id": "$group" })).answers(204, Value::Null).after(Value::Null),
        step("verifies", "GET", "/Groups?startIndex=1&count=100").answers(200, numbers(0, 0)),
    ])
}

/// The spec test of SCIM 2.0, step by step, without its eleventh: nobody's token is another test's business.
fn spec_test() -> Script {
    let runscope = || {
        json!({ "schemas": [USER], "userName": "Runscope17Test17@atko.com",
                "name": { "givenName": "Runscope17", "familyName": "Test17" },
                "emails": [{ "primary": true, "value": "Runscope17Test17@atko.com", "type": "work" }], "displayName": "Runscope17",
                "active": true })
    };
    let names =
        || json!({ "userName": "Runscope17Test17@atko.com", "name": { "givenName": "Runscope17", "familyName": "Test17" } });
    let existing = json!({
        "userName": "existing@atko.com", "name": { "givenName": "Existing", "familyName": "User" }, "active": true,
        "emails": [{ "primary": true, "value": "existing@atko.com", "type": "work" }],
    });
    script("Okta", "the spec test", TEST_HEADERS).given("first", "/Users", existing).then([
        step("1 users", "GET", "/Users?count=1&startIndex=1").answers(
            200,
            only(json!({ "id": "$first", "userName": "existing@atko.com", "active": true,
                         "name": { "familyName": "User", "givenName": "Existing" }, "emails": [{ "value": "existing@atko.com" }] })),
        ),
        step("2 user by id", "GET", "/Users/$first").answers(200, json!({ "id": "$first", "userName": "existing@atko.com" })),
        step("3 nobody", "GET", "/Users?filter=userName%20eq%20%22abcdefgh%40atko.com%22").answers(200, nobody()),
        step("4 no such id", "GET", "/Users/010101001010101011001010101011").answers(404, json!({ "status": "404" })),
        step("5 not yet", "GET", "/Users?filter=userName%20eq%20%22Runscope17Test17%40atko.com%22").answers(200, nobody()),
        step("6 create", "POST", "/Users").body(runscope()).answers(201, names()).saves("one"),
        step("7 read", "GET", "/Users/$one").answers(200, names()),
        step("8 create again", "POST", "/Users").body(runscope()).answers(409, json!({ "status": "409" })),
        step("9 in capitals", "GET", "/Users?filter=userName%20eq%20%22RUNSCOPE17TEST17%40ATKO.COM%22")
            .answers(200, only(json!({ "id": "$one" }))),
        step("10 groups", "GET", "/Groups").answers(200, json!({ "Resources": [] })),
        step("12 no such id", "GET", "/Users/00919288221112222").answers(404, json!({ "status": "404" })),
    ])
}

/// The suite of 2016 and the one that polls while an administrator assigns, edits, unassigns and assigns again.
fn older_test() -> Script {
    let ada = "/Users/$ada";
    script("Okta", "the older suite", HEADERS).person("ada").then([
        step("users", "GET", "/Users?startIndex=1&count=2").answers(200, numbers(1, 1)),
        step("groups", "GET", "/Groups?startIndex=1&count=100").answers(200, numbers(0, 0)),
        step("a filter with a page", "GET", "/Users?filter=userName%20eq%20%22ada%40example.com%22&startIndex=1&count=100")
            .answers(200, only(json!({ "userName": "ada@example.com", "emails": [{ "value": "ada@example.com" }] }))),
        // 204 would fail it: it looks for `active` in the answer.
        step("deactivates, with a body in the answer", "PATCH", ada)
            .before(ada, json!({ "active": true }))
            .body(replace(json!({ "active": false })))
            .answers(200, json!({ "id": "$ada", "active": false }))
            .after(json!({ "active": false })),
        step("activates", "PATCH", ada)
            .before(ada, json!({ "active": false }))
            .body(replace(json!({ "active": true })))
            .answers(200, json!({ "active": true }))
            .after(json!({ "active": true })),
        step("entitlements", "GET", "/Groups?count=1&startIndex=1").answers(200, json!({ "startIndex": 1, "itemsPerPage": 0 })),
    ])
}
