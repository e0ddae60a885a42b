//! What Okta sends: the connection test, import, provisioning of OIN and AIW applications, group push, and its spec test.

use serde_json::{Value, json};

use super::{Conversation, GROUP, LIST, PATCH_OP, Step, USER, step};
use crate::harness::Instance;

const HEADERS: [(&str, &str); 5] = [
    ("Accept", "application/scim+json"),
    ("Accept-Charset", "utf-8"),
    ("Accept-Encoding", "identity"),
    // On GET as well.
    ("Content-Type", "application/scim+json; charset=utf-8"),
    ("User-Agent", "Okta SCIM Client 1.0.0"),
];

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
    json!({ "schemas": [PATCH_OP], "Operations": [{ "op": "replace", "value": value }] })
}

#[tokio::test]
async fn people_are_tested_imported_created_updated_and_switched() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let mut okta = Conversation::new(workspace.scim(), &HEADERS);
    let user = "/Users/$user";
    let taken = json!({ "scimType": "uniqueness" });
    okta.play(vec![
        step("tests the connection", "GET", "/Users?startIndex=1&count=2").answers(200, numbers(0, 0)),
        step("enables provisioning", "GET", "/Groups?startIndex=1&count=100").answers(200, numbers(0, 0)),
        step("imports nobody", "GET", "/Users?startIndex=1&count=100").answers(200, json!({ "Resources": [] })),
        step("looks up before it creates", "GET", LOOK_UP).answers(200, json!({ "totalResults": 0, "Resources": [] })),
        step("creates", "POST", "/Users").body(isaac()).saves("user").answers(
            201,
            json!({ "schemas": [USER], "userName": "isaac.brock@example.com", "active": true,
                    "externalId": "00ujl29u0le5T6Aj10h7", "name": { "givenName": "Isaac", "familyName": "Brock" },
                    "locale": "en-US", "password": null }),
        ),
        step("finds", "GET", LOOK_UP)
            .answers(200, json!({ "totalResults": 1, "itemsPerPage": 1, "Resources": [{ "id": "$user" }] })),
        step("creates again", "POST", "/Users").body(isaac()).answers(409, taken),
        step("reads before it updates", "GET", user).answers(200, json!({ "id": "$user", "name": { "givenName": "Isaac" } })),
        step("updates", "PUT", user)
            .before(user, json!({ "name": { "givenName": "Isaac" }, "externalId": "00ujl29u0le5T6Aj10h7" }))
            .body(isaac_read_and_changed("Isaak", true))
            .answers(200, json!({ "id": "$user", "name": { "givenName": "Isaak" }, "emails": [{ "primary": true }] }))
            .after(json!({ "name": { "givenName": "Isaak", "familyName": "Brock" }, "active": true, "locale": "en-US" })),
        step("deactivates", "PATCH", user)
            .before(user, json!({ "active": true }))
            .body(replace(json!({ "active": false })))
            .answers(200, json!({ "id": "$user", "active": false }))
            .after(json!({ "active": false, "name": { "givenName": "Isaak" } })),
        step("still finds", "GET", LOOK_UP).answers(200, json!({ "totalResults": 1, "Resources": [{ "active": false }] })),
        step("reactivates", "PATCH", user)
            .body(replace(json!({ "active": true })))
            .before(user, json!({ "active": false }))
            .answers(200, json!({ "active": true }))
            .after(json!({ "active": true })),
        step("sets a password", "PATCH", user)
            .body(replace(json!({ "password": "hunter2" })))
            .before(user, json!({ "active": true }))
            .answers(200, json!({ "id": "$user", "password": null }))
            .after(json!({ "password": null, "active": true })),
        step("deactivates from an AIW app", "PUT", user)
            .body(isaac_read_and_changed("Isaak", false))
            .before(user, json!({ "active": true }))
            .answers(200, json!({ "active": false }))
            .after(json!({ "active": false })),
        step("imports everybody", "GET", "/Users?startIndex=1&count=100").answers(200, numbers(1, 1)),
        step("asks past the end", "GET", "/Users?startIndex=101&count=100")
            .answers(200, json!({ "totalResults": 1, "startIndex": 101, "itemsPerPage": 0, "Resources": [] })),
    ])
    .await;
    instance.finish().await;
}

#[tokio::test]
async fn groups_are_pushed_in_each_of_its_forms() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let mut okta = Conversation::new(workspace.scim(), &HEADERS);
    for name in ["a", "b", "c"] {
        okta.name(name, workspace.user(&format!("{name}@example.com")).await["id"].as_str().expect("an id"));
    }
    let group = "/Groups/$group";
    let of = |names: &[&str]| json!({ "members": names.iter().map(|name| json!({ "value": name })).collect::<Vec<_>>() });
    let none = || json!({ "members": [] });
    let operations = |operations: Value| json!({ "schemas": [PATCH_OP], "Operations": operations });
    let change = |what| -> Step { step(what, "PATCH", group).answers(200, json!({ "id": "$group" })) };
    okta.play(vec![
        step("creates", "POST", "/Groups")
            .body(json!({ "schemas": [GROUP], "displayName": "Engineering", "members": [] }))
            .answers(201, json!({ "displayName": "Engineering", "schemas": [GROUP] }))
            .saves("group"),
        step("reads", "GET", group).answers(200, json!({ "id": "$group", "members": [] })),
        change("renames, with an id that it may not change")
            .before(group, json!({ "displayName": "Engineering" }))
            .body(replace(json!({ "id": "$group", "displayName": "Engineers" })))
            .after(json!({ "displayName": "Engineers", "id": "$group" })),
        change("adds")
            .before(group, none())
            .body(operations(json!([
                { "op": "add", "path": "members", "value": [{ "value": "$a", "display": "a@example.com" }] },
            ])))
            .after(of(&["$a"])),
        change("removes one and adds one")
            .before(group, of(&["$a"]))
            .body(operations(json!([
                { "op": "remove", "path": "members[value eq \"$a\"]" },
                { "op": "add", "path": "members", "value": [{ "value": "$b", "display": "b@example.com" }] },
            ])))
            .after(of(&["$b"])),
        change("pushes everybody")
            .before(group, of(&["$b"]))
            .body(operations(json!([{ "op": "replace", "path": "members", "value": [{ "value": "$a" }, { "value": "$c" }] }])))
            .after(of(&["$a", "$c"])),
        change("empties")
            .before(group, of(&["$a", "$c"]))
            .body(operations(json!([{ "op": "replace", "path": "members", "value": [] }])))
            .after(none()),
        step("writes the whole, from an AIW app", "PUT", group)
            .before(group, none())
            .body(json!({
                "schemas": [GROUP], "id": "$group", "displayName": "Engineers",
                "members": [{ "value": "$a", "display": null }],
            }))
            .answers(200, json!({ "id": "$group", "displayName": "Engineers" }))
            .after(of(&["$a"])),
        change("empties without a path")
            .before(group, of(&["$a"]))
            .body(replace(json!({ "members": [], "id": "$group", "displayName": "Engineers" })))
            .after(none()),
        step("deletes", "DELETE", group).before(group, json!({ "id": "$group" })).answers(204, Value::Null).after(Value::Null),
        step("verifies", "GET", "/Groups?startIndex=1&count=100").answers(200, numbers(0, 0)),
    ])
    .await;
    instance.finish().await;
}

#[tokio::test]
async fn its_spec_test_passes() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let headers = [("Accept", "application/scim+json; charset=utf-8"), ("Content-Type", "application/json")];
    let mut test = Conversation::new(workspace.scim(), &headers);
    let person = |user_name: &str, given: &str, family: &str| {
        json!({ "schemas": [USER], "userName": user_name, "name": { "givenName": given, "familyName": family },
                "emails": [{ "primary": true, "value": user_name, "type": "work" }], "displayName": given, "active": true })
    };
    let runscope = || person("Runscope17Test17@atko.com", "Runscope17", "Test17");
    let names =
        || json!({ "userName": "Runscope17Test17@atko.com", "name": { "givenName": "Runscope17", "familyName": "Test17" } });
    test.play(vec![
        step("somebody must exist", "POST", "/Users")
            .body(person("existing@atko.com", "Existing", "User"))
            .answers(201, json!({}))
            .saves("first"),
        step("1 users", "GET", "/Users?count=1&startIndex=1").answers(
            200,
            json!({ "schemas": [LIST], "itemsPerPage": 1, "startIndex": 1, "totalResults": 1, "Resources": [{ "id": "$first",
                    "name": { "familyName": "User", "givenName": "Existing" }, "active": true,
                    "emails": [{ "value": "existing@atko.com" }] }] }),
        ),
        step("2 user by id", "GET", "/Users/$first").answers(200, json!({ "id": "$first", "userName": "existing@atko.com" })),
        step("3 nobody", "GET", "/Users?filter=userName%20eq%20%22abcdefgh%40atko.com%22")
            .answers(200, json!({ "schemas": [LIST], "totalResults": 0 })),
        step("4 no such id", "GET", "/Users/010101001010101011001010101011").answers(404, json!({ "status": "404" })),
        step("5 not yet", "GET", "/Users?filter=userName%20eq%20%22Runscope17Test17%40atko.com%22")
            .answers(200, json!({ "totalResults": 0 })),
        step("6 create", "POST", "/Users").body(runscope()).answers(201, names()).saves("one"),
        step("7 read", "GET", "/Users/$one").answers(200, names()),
        step("8 create again", "POST", "/Users").body(runscope()).answers(409, json!({ "status": "409" })),
        step("9 in capitals", "GET", "/Users?filter=userName%20eq%20%22RUNSCOPE17TEST17%40ATKO.COM%22")
            .answers(200, json!({ "totalResults": 1, "Resources": [{ "id": "$one" }] })),
        step("10 groups", "GET", "/Groups").answers(200, json!({ "Resources": [] })),
        step("12 no such id", "GET", "/Users/00919288221112222").answers(404, json!({ "status": "404" })),
        step("deactivates, with a body in the answer", "PATCH", "/Users/$one")
            .before("/Users/$one", json!({ "active": true }))
            .body(replace(json!({ "active": false })))
            .answers(200, json!({ "active": false }))
            .after(json!({ "active": false })),
    ])
    .await;
    let unauthorised =
        workspace.scim().anonymous().raw("GET", "/Users?filter=userName%20eq%20%22x%22").header("Authorization", "non-token");
    assert!(!unauthorised.send().scim_error(401, None).is_empty());
    instance.finish().await;
}
