//! What Rippling is said to send: a probe, look-ups by name or address, a POST that may come twice, groups by PATCH.

use serde_json::{Value, json};

use super::{
    GROUP, USER, members, nobody, only, operation,
    script::{Script, script, step},
};

const HEADERS: &[(&str, &str)] = &[("Content-Type", "application/scim+json")];

pub fn scripts() -> Vec<Script> {
    let (user, group) = ("/Users/$user", "/Groups/$group");
    let rae = || {
        json!({ "schemas": [USER], "externalId": "rip-1", "userName": "rae@example.com", "active": true,
                "name": { "givenName": "Rae", "familyName": "Ripley" },
                "emails": [{ "value": "rae@example.com", "primary": true, "type": "work" }] })
    };
    let by_address = "/Users?filter=emails%20eq%20%22rae%40example.com%22";
    vec![
        script("Rippling", "a probe, a person, a group", HEADERS).then([
            step("probes", "GET", "/ServiceProviderConfig").answers(
                200,
                json!({ "patch": { "supported": true }, "filter": { "supported": true }, "changePassword": { "supported": false },
                    "etag": { "supported": true } }),
            ),
            step("looks up by address", "GET", by_address).answers(200, nobody()),
            step("creates", "POST", "/Users").body(rae()).answers(201, json!({ "externalId": "rip-1" })).saves("user"),
            step("creates again", "POST", "/Users").body(rae()).answers(409, json!({ "scimType": "uniqueness" })),
            step("looks up by address", "GET", by_address).answers(200, only(json!({ "id": "$user" }))),
            step("deactivates", "PATCH", user)
                .before(user, json!({ "active": true }))
                .body(operation("replace", "active", json!(false)))
                .answers(200, json!({ "active": false }))
                .after(json!({ "active": false })),
            step("creates a group", "POST", "/Groups")
                .body(json!({ "schemas": [GROUP], "displayName": "Crew" }))
                .answers(201, json!({ "members": [] }))
                .saves("group"),
            step("adds to it", "PATCH", group)
                .before(group, members(&[]))
                .body(operation("add", "members", json!([{ "value": "$user" }])))
                .after(members(&["$user"])),
            step("reads page by page", "GET", "/Groups?startIndex=1&count=1").answers(200, only(json!({ "id": "$group" }))),
            step("deletes it", "DELETE", group).before(group, members(&["$user"])).answers(204, Value::Null).after(Value::Null),
        ]),
    ]
}
