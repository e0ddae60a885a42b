//! What PingFederate sends: people by PUT, groups by PUT or PATCH, matched in the list of all groups.

use serde_json::{Value, json};

use super::{
    GROUP, USER, members, nobody, only, operation,
    script::{Script, script, step},
};

const HEADERS: &[(&str, &str)] = &[("Content-Type", "application/scim+json"), ("Accept", "application/scim+json")];

pub fn scripts() -> Vec<Script> {
    vec![people(), groups()]
}

fn people() -> Script {
    let user = "/Users/$user";
    let pia = |active: bool| {
        json!({ "schemas": [USER], "userName": "pia@example.com", "name": { "givenName": "Pia", "familyName": "Ping" },
                "emails": [{ "value": "pia@example.com", "type": "work", "primary": true }], "active": active })
    };
    script("PingFederate", "a person is matched, updated and disabled", HEADERS).then([
        step("asks before each operation whether it is connected", "GET", "/Users/0").answers(404, json!({ "status": "404" })),
        step("matches by its identifier", "GET", "/Users?filter=userName%20eq%20%22pia%40example.com%22").answers(200, nobody()),
        step("matches by an expression of the administrator", "GET", "/Users?filter=emails.value%20eq%20%22pia%40example.com%22")
            .answers(200, nobody()),
        step("creates", "POST", "/Users").body(pia(true)).answers(201, json!({ "active": true })).saves("user"),
        step("matches by an expression of the administrator", "GET", "/Users?filter=emails.value%20eq%20%22pia%40example.com%22")
            .answers(200, only(json!({ "id": "$user" }))),
        step("disables", "PUT", user)
            .before(user, json!({ "active": true }))
            .body(pia(false))
            .answers(200, json!({ "active": false }))
            .after(json!({ "active": false })),
        step("deletes", "DELETE", user).before(user, json!({ "active": false })).answers(204, Value::Null).after(Value::Null),
    ])
}

fn groups() -> Script {
    let group = "/Groups/$group";
    script("PingFederate", "groups are read whole and written by PUT or PATCH", HEADERS).person("ada").person("bob").then([
        step("reads all groups", "GET", "/Groups").answers(200, nobody()),
        step("creates", "POST", "/Groups")
            .body(json!({ "schemas": [GROUP], "displayName": "Pingers", "members": [{ "value": "$ada" }] }))
            .answers(201, json!({ "displayName": "Pingers" }))
            .saves("group"),
        step("finds it by name in all groups", "GET", "/Groups?startIndex=1")
            .answers(200, only(json!({ "displayName": "Pingers" }))),
        step("writes the whole", "PUT", group)
            .before(group, members(&["$ada"]))
            .body(json!({ "schemas": [GROUP], "displayName": "Pingers", "members": [{ "value": "$bob" }] }))
            .answers(200, json!({ "displayName": "Pingers" }))
            .after(members(&["$bob"])),
        step("adds", "PATCH", group)
            .before(group, members(&["$bob"]))
            .body(operation("add", "members", json!([{ "value": "$ada" }])))
            .after(members(&["$ada", "$bob"])),
        step("removes", "PATCH", group)
            .before(group, members(&["$ada", "$bob"]))
            .body(super::patch(json!([{ "op": "remove", "path": "members[value eq \"$bob\"]" }])))
            .after(members(&["$ada"])),
    ])
}
