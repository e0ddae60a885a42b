//! PATCH messages that cannot be carried out, whole or in part.

use serde_json::{Value, json};

use super::{Case, Subjects};
use crate::scim::{ENTERPRISE, USER, patch};

pub(super) fn cases(subjects: &Subjects) -> Vec<Case> {
    let mut cases = Vec::new();
    for (kind, target) in [("user", subjects.user.as_str()), ("group", subjects.group.as_str())] {
        for (what, body) in envelopes() {
            cases.push(Case::json(format!("{what} in a PATCH of a {kind}"), "PATCH", target, body, "invalidSyntax"));
        }
        for (what, path, scim_type) in paths() {
            let body = patch(json!([{"op": "remove", "path": path}]));
            cases.push(Case::json(format!("{what} as a path in a {kind}"), "PATCH", target, body, scim_type));
        }
    }
    for (what, operations, scim_type) in of_users() {
        cases.push(Case::json(format!("{what} in a user"), "PATCH", &subjects.user, patch(operations), scim_type));
    }
    for (what, operations, scim_type) in of_groups(&subjects.other_user) {
        cases.push(Case::json(format!("{what} in a group"), "PATCH", &subjects.group, patch(operations), scim_type));
    }
    for (what, operations, refused) in large() {
        let body = move || patch(operations()).to_string().into_bytes();
        cases.push(Case::new(what, "PATCH", &subjects.user, body, refused));
    }
    for (what, operations, refused) in large_of_groups() {
        let body = move || patch(operations()).to_string().into_bytes();
        cases.push(Case::new(what, "PATCH", &subjects.group, body, refused));
    }
    cases
}

fn envelopes() -> Vec<(&'static str, Value)> {
    let good = json!([{"op": "replace", "path": "externalId", "value": "hostile"}]);
    vec![
        ("no schemas", json!({"Operations": good})),
        (
            "another message's schema",
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "Operations": good}),
        ),
        ("a text as schemas", json!({"schemas": "urn:ietf:params:scim:api:messages:2.0:PatchOp", "Operations": good})),
        ("no operations", json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]})),
        ("an empty list of operations", patch(json!([]))),
        ("an object as operations", patch(good[0].clone())),
        ("a text as operations", patch(json!("remove"))),
        ("a number among the operations", patch(json!([good[0], 1]))),
        ("null among the operations", patch(json!([good[0], null]))),
        ("a list among the operations", patch(json!([good[0], good]))),
        ("an operation without op", patch(json!([good[0], {"path": "externalId", "value": "x"}]))),
        ("an op that nobody knows", patch(json!([good[0], {"op": "move", "path": "externalId", "value": "x"}]))),
        ("an op with a hidden character", patch(json!([good[0], {"op": "add\u{200b}", "path": "externalId", "value": "x"}]))),
        ("an op of a thousand letters", patch(json!([good[0], {"op": "add".repeat(400), "path": "externalId"}]))),
        ("a number as op", patch(json!([good[0], {"op": 1, "path": "externalId", "value": "x"}]))),
        ("a list as op", patch(json!([good[0], {"op": ["add"], "path": "externalId", "value": "x"}]))),
    ]
}

fn paths() -> Vec<(&'static str, Value, &'static str)> {
    let path = "invalidPath";
    vec![
        ("a number", json!(1), path),
        ("an object", json!({"path": "externalId"}), path),
        ("a list", json!(["externalId"]), path),
        ("nothing", json!(""), path),
        ("a blank", json!(" "), path),
        ("an attribute that nobody knows", json!("hostile"), path),
        ("an attribute of a schema that nobody knows", json!("urn:example:hostile:1.0:attribute"), path),
        ("a URN of a megabyte", json!(format!("urn:{}", "x:".repeat(524_288))), path),
        ("a name of a megabyte", json!("x".repeat(1024 * 1024)), path),
        ("a hundred thousand dots", json!(".".repeat(100_000)), path),
        ("a hundred thousand brackets", json!("[".repeat(100_000)), path),
        ("a hundred thousand closing brackets", json!("]".repeat(100_000)), path),
        ("a script", json!("__proto__.polluted"), path),
        ("a file", json!("../../etc/passwd"), path),
        ("a pointer", json!("/externalId"), path),
        ("JSONPath", json!("$..externalId"), path),
        ("a direction", json!("external\u{202e}Id"), path),
        ("a line break", json!("externalId\r\nX-Injected: 1"), path),
        ("a letter that looks like another", json!("extern\u{430}lId"), path),
        ("a version of the resource", json!("meta.version"), "mutability"),
        ("the id", json!("id"), "mutability"),
        ("the schemas", json!("schemas[value eq \"x\"]"), "mutability"),
    ]
}

fn of_users() -> Vec<(&'static str, Value, &'static str)> {
    let (value, path, filter, mutability, target) = ("invalidValue", "invalidPath", "invalidFilter", "mutability", "noTarget");
    let good = json!({"op": "replace", "path": "title", "value": "hostile"});
    let one = |op: &str, path: &str, value: Value| json!([good, {"op": op, "path": path, "value": value}]);
    let remove = |path: String| json!([good, {"op": "remove", "path": path}]);
    vec![
        ("a removal without a path", json!([good, {"op": "remove", "value": {"title": "x"}}]), target),
        ("a replacement without a value", json!([good, {"op": "replace", "path": "title"}]), value),
        ("a text without a path", json!([good, {"op": "add", "value": "x"}]), value),
        ("a list without a path", json!([good, {"op": "add", "value": [{"title": "x"}]}]), value),
        ("a position", remove("emails[0]".into()), path),
        ("a position after a slash", remove("emails/0/value".into()), path),
        ("a bracket that is not closed", remove("emails[type eq \"work\"".into()), path),
        ("a text that is not closed", remove("emails[type eq \"work]".into()), path),
        ("brackets after brackets", remove("emails[type pr][value pr]".into()), path),
        ("words after brackets", remove("emails[type pr]value".into()), path),
        ("two levels after brackets", remove("emails[type pr].value.x".into()), path),
        ("a part that is none", remove("emails[type pr].hostile".into()), path),
        ("a filter on a single value", remove("title[value eq \"x\"]".into()), path),
        ("a filter on nothing", remove("emails[]".into()), filter),
        ("an operator that nobody knows", remove("emails[type regex \".*\"]".into()), filter),
        ("a comparison of a boolean with a number", remove("emails[primary eq 1]".into()), filter),
        ("a comparison of a text with a number", remove("emails[value gt 1e308]".into()), filter),
        ("a hundred thousand parentheses", remove(format!("emails[{}", "(".repeat(100_000)) + "]"), filter),
        ("a thousand negations", remove(format!("emails[{}type pr{}]", "not (".repeat(1_000), ")".repeat(1_000))), filter),
        ("two hundred comparisons", remove(format!("emails[{}]", vec!["type pr"; 201].join(" or "))), filter),
        ("a filter of a megabyte", remove(format!("emails[value eq \"{}\"]", "x".repeat(1024 * 1024))), filter),
        ("a filter with NUL", remove("emails[value eq \"\\u0000\"]".into()), filter),
        ("a filter with a lone surrogate", remove("emails[value eq \"\\ud800\"]".into()), filter),
        ("a long filter on what is read-only", remove(format!("groups[value eq \"{}\u{202e}\"]", "x".repeat(7_000))), mutability),
        ("the password in a filter", remove("emails[password eq \"x\"]".into()), filter),
        ("a userName removed", remove("userName".into()), mutability),
        ("a userName replaced by null", one("replace", "userName", json!(null)), value),
        ("a userName replaced by nothing", one("replace", "userName", json!("")), value),
        ("a userName replaced by a number", one("replace", "userName", json!(1)), value),
        ("a userName replaced by hidden characters", one("replace", "userName", json!("\u{200b}a")), value),
        ("an externalId that is too long", one("replace", "externalId", json!("x".repeat(1_001))), value),
        ("an id replaced", one("replace", "id", json!("019f0000-0000-7000-8000-000000000000")), mutability),
        ("groups added", one("add", "groups", json!([{"value": "x"}])), mutability),
        ("groups added without a path", json!([good, {"op": "add", "value": {"groups": []}}]), mutability),
        ("meta replaced", one("replace", "meta", json!({"version": "W/\"9\""})), mutability),
        ("a manager's name", one("add", &format!("{ENTERPRISE}:manager.displayName"), json!("x")), mutability),
        ("an object for active", one("replace", "active", json!({"$ne": null})), value),
        ("a word for active", one("Replace", "active", json!("nein")), value),
        ("a text for name", one("replace", "name", json!("Ada")), value),
        ("a number for an extension", one("add", ENTERPRISE, json!(1)), value),
        ("a number for an extension without a path", json!([good, {"op": "add", "value": {(ENTERPRISE): 1}}]), value),
        ("a text for the core schema", one("add", USER, json!("x")), value),
        (
            "two values for one element",
            one("replace", "emails[type eq \"work\"]", json!([{"value": "a"}, {"value": "b"}])),
            value,
        ),
        ("a number for an element's part", one("replace", "emails[type eq \"work\"].value", json!(1)), value),
        (
            "two primaries at once",
            one("add", "emails", json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}])),
            value,
        ),
        ("an element that is not there", one("replace", "emails[type eq \"moon\"].display", json!("x")), target),
        (
            "an element that no filter describes",
            one("add", "emails[type ne \"work\" and value sw \"q\"].value", json!("x")),
            target,
        ),
        ("a filter in a key that is wrong", json!([good, {"op": "add", "value": {"emails[type eq].value": "x"}}]), filter),
        ("an address too many", one("add", "emails", (0..1_001).map(|n| json!({"value": n.to_string()})).collect()), value),
        (
            "a role that is none",
            one("add", "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:role", json!("emperor")),
            value,
        ),
    ]
}

fn of_groups(other_user: &str) -> Vec<(&'static str, Value, &'static str)> {
    let good = json!({"op": "add", "path": "members", "value": [{"value": other_user}]});
    let then = |operation: Value| json!([good, operation]);
    let add = |value: Value| then(json!({"op": "add", "path": "members", "value": value}));
    vec![
        ("members as a number", add(json!(1)), "invalidValue"),
        ("members as numbers", add(json!([1])), "invalidValue"),
        ("members as lists", add(json!([[{"value": other_user}]])), "invalidValue"),
        ("a member without an id", add(json!([{}])), "invalidValue"),
        ("a member whom nobody knows", add(json!([{"value": "019f0000-0000-7000-8000-000000000000"}])), "invalidValue"),
        ("a member that is SQL", add(json!([{"value": "'; drop table users; --"}])), "invalidValue"),
        ("a member with a line break", add(json!([{"value": "\r\nX-Injected: 1\u{7f}\u{85}"}])), "invalidValue"),
        (
            "members replaced by somebody whom nobody knows",
            then(json!({"op": "replace", "path": "members", "value": [{"value": "x"}]})),
            "invalidValue",
        ),
        ("members added without a value", then(json!({"op": "add", "path": "members"})), "invalidValue"),
        ("a member changed", then(json!({"op": "replace", "path": "members[value eq \"x\"].value", "value": "y"})), "mutability"),
        ("members' ids removed", then(json!({"op": "remove", "path": "members.value"})), "mutability"),
        ("a member added by a filter", then(json!({"op": "add", "path": "members[value eq \"x\"]", "value": {}})), "mutability"),
        ("a filter on members that is wrong", then(json!({"op": "remove", "path": "members[value eq ]"})), "invalidFilter"),
        (
            "a filter on members that names nobody's part",
            then(json!({"op": "remove", "path": "members[color eq \"red\"]"})),
            "invalidFilter",
        ),
        ("a displayName removed", then(json!({"op": "remove", "path": "displayName"})), "mutability"),
        ("a displayName replaced by null", then(json!({"op": "replace", "path": "displayName", "value": null})), "invalidValue"),
        ("a displayName replaced by an object", then(json!({"op": "replace", "value": {"displayName": {}}})), "invalidValue"),
        (
            "a displayName that is too long",
            then(json!({"op": "replace", "path": "displayName", "value": "x".repeat(1_001)})),
            "invalidValue",
        ),
        ("a user's attribute", then(json!({"op": "replace", "path": "userName", "value": "x"})), "invalidPath"),
    ]
}

type Large = (&'static str, fn() -> Value, &'static [(u16, Option<&'static str>)]);

fn large() -> [Large; 6] {
    let operations: Large = (
        "ten thousand operations, the last one wrong",
        || {
            let mut operations = vec![json!({"op": "replace", "path": "title", "value": "hostile"}); 9_999];
            operations.push(json!({"op": "replace", "path": "active", "value": "perhaps"}));
            json!(operations)
        },
        &[(400, Some("invalidValue"))],
    );
    [
        operations,
        (
            "a hundred thousand operations",
            || json!(vec![json!({"op": "replace", "path": "title", "value": "hostile"}); 100_000]),
            &[(413, None)],
        ),
        (
            "operations that look at a million values",
            || (0..3_000).map(|n| json!({"op": "add", "path": "emails", "value": {"value": n.to_string()}})).collect(),
            &[(413, None)],
        ),
        (
            "a hundred thousand addresses at once",
            || json!([{"op": "add", "path": "emails", "value": (0..100_000).map(|n| json!({"value": n.to_string()})).collect::<Vec<_>>()}]),
            &[(400, Some("invalidValue"))],
        ),
        (
            "a hundred thousand addresses to be removed one by one",
            || {
                let emails: Vec<_> = (0..100_000).map(|n| json!({"value": n.to_string()})).collect();
                json!([{"op": "remove", "path": "emails", "value": emails}])
            },
            &[(400, Some("invalidValue"))],
        ),
        (
            "a title of a megabyte by PATCH",
            || json!([{"op": "replace", "path": "title", "value": "x".repeat(1024 * 1024)}]),
            &[(400, Some("invalidValue"))],
        ),
    ]
}

fn large_of_groups() -> [Large; 4] {
    const VALUE: &[(u16, Option<&str>)] = &[(400, Some("invalidValue"))];
    [
        (
            "two thousand times in and out",
            || {
                let add = json!({"op": "add", "path": "members", "value": [{"value": "019f0000-0000-7000-8000-000000000000"}]});
                let remove = json!({"op": "remove", "path": "members[value eq \"019f0000-0000-7000-8000-000000000000\"]"});
                (0..4_000).map(|n| if n % 2 == 0 { remove.clone() } else { add.clone() }).collect()
            },
            &[(413, None)],
        ),
        (
            "a thousand questions to every member",
            || (0..1_000).map(|n| json!({"op": "remove", "path": format!("members[value ew \"{n}\" or type pr]")})).collect(),
            &[(413, None)],
        ),
        (
            "a hundred thousand members whom nobody knows by PATCH",
            || {
                let members: Vec<_> =
                    (0..100_000).map(|n| json!({"value": format!("019f0000-0000-7000-8000-{n:012x}")})).collect();
                json!([{"op": "add", "path": "members", "value": members}])
            },
            VALUE,
        ),
        (
            "ten thousand operations on members, the last one wrong",
            || {
                let mut operations = vec![json!({"op": "remove", "path": "members[value eq \"x\"]"}); 9_999];
                operations.push(json!({"op": "add", "path": "members", "value": [{"value": "x"}]}));
                json!(operations)
            },
            VALUE,
        ),
    ]
}
