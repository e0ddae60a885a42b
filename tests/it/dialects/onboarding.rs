//! The tests by which Microsoft takes an application into its gallery: schemas, updates with null and with nothing, pages, managers.

use rollcall::scim::Tolerance::{EmptyString, ManagerString};
use serde_json::{Map, Value, json};

use super::{
    ENTERPRISE, USER,
    entra::HEADERS,
    nobody, operation, patch,
    script::{Script, script, step},
};

/// Attributes that keep an empty text, and those that have no value then.
const TEXTS: [&str; 8] =
    ["displayName", "nickName", "title", "userType", "preferredLanguage", "locale", "timezone", "externalId"];
const OTHERS: [&str; 5] = ["emails", "phoneNumbers", "addresses", "roles", "name"];

fn full() -> Value {
    let mut person = json!({
        "schemas": [USER, ENTERPRISE], "userName": "full@example.com", "active": true, "name": { "givenName": "G", "familyName": "F" },
        "emails": [{ "value": "a@example.com", "type": "work" }], "phoneNumbers": [{ "value": "1", "type": "work" }],
        "addresses": [{ "type": "work", "locality": "L" }], "roles": [{ "value": "R" }], (ENTERPRISE): { "department": "D" },
    });
    TEXTS.iter().for_each(|name| person[*name] = json!(format!("a {name}")));
    person
}

pub fn scripts() -> Vec<Script> {
    vec![probes(), null_updates(), nothing_updates(), pages(), managers()]
}

fn probes() -> Script {
    script("Entra ID", "onboarding, probes", HEADERS).then([
        step("schemas", "GET", "/Schemas").answers(200, json!({ "startIndex": 1 })),
        step("users", "GET", "/Users?count=1").answers(200, json!({ "totalResults": 0 })),
        step("groups", "GET", "/Groups?count=1").answers(200, json!({ "totalResults": 0 })),
        step("nobody", "GET", "/Users?filter=userName+eq+%22nobody%22").answers(200, nobody()),
    ])
}

/// One by one, then all at once in one operation without a path.
fn updates(to: Value) -> Script {
    let user = "/Users/$full";
    let is_text = to == "";
    let name = if is_text { "onboarding, updates with nothing" } else { "onboarding, updates with null" };
    let mut played = script("Entra ID", name, HEADERS).given("full", "/Users", full());
    for attribute in TEXTS.into_iter().chain(OTHERS) {
        let is_kept = is_text && TEXTS.contains(&attribute);
        let replace = step("clears one", "PATCH", user).body(operation("replace", attribute, to.clone()));
        let replace = if is_text && !is_kept { replace.needs(EmptyString, "invalidValue") } else { replace };
        played = played.then([
            replace
                .before(user, json!({ (attribute): full()[attribute] }))
                .after(json!({ (attribute): if is_kept { to.clone() } else { Value::Null }, "userName": "full@example.com" })),
            step("sets it again", "PATCH", user)
                .body(operation("replace", attribute, full()[attribute].clone()))
                .before(user, json!({ "userName": "full@example.com" }))
                .after(json!({ (attribute): full()[attribute] })),
        ]);
    }
    let all: Map<String, Value> = TEXTS.into_iter().chain(OTHERS).map(|name| (name.to_owned(), to.clone())).collect();
    let at_once = step("clears all at once", "PATCH", user).body(patch(json!([{ "op": "replace", "value": all }])));
    let at_once = if is_text { at_once.needs(EmptyString, "invalidValue") } else { at_once };
    played.then([at_once
        .before(user, json!({ "title": "a title", "emails": [{ "value": "a@example.com" }] }))
        .after(json!({ "userName": "full@example.com", "active": true, "emails": null, "name": null, (ENTERPRISE): { "department": "D" } }))])
}

fn null_updates() -> Script {
    updates(Value::Null)
}

fn nothing_updates() -> Script {
    updates(json!(""))
}

/// At least eleven people, five on a page.
fn pages() -> Script {
    let people = (0..11).fold(script("Entra ID", "onboarding, pages", HEADERS), |script, n| script.person(&format!("p{n:02}")));
    let page = |start: u64, names: &[&str]| {
        let resources: Vec<Value> = names.iter().map(|name| json!({ "id": format!("${name}") })).collect();
        step("a page", "GET", format!("/Users?startIndex={start}&count=5"))
            .answers(200, json!({ "totalResults": 11, "startIndex": start, "itemsPerPage": names.len(), "Resources": resources }))
    };
    people.then([
        page(1, &["p00", "p01", "p02", "p03", "p04"]),
        page(6, &["p05", "p06", "p07", "p08", "p09"]),
        page(11, &["p10"]),
        page(16, &[]),
    ])
}

fn managers() -> Script {
    let (user, path) = ("/Users/$ada", format!("{ENTERPRISE}:manager"));
    let change = |what, op: &str, value: Value| step(what, "PATCH", user).body(operation(op, &path, value));
    let is = |name: &str| json!({ (ENTERPRISE): { "manager": { "value": name } } });
    let none = || json!({ (ENTERPRISE): null });
    script("Entra ID", "onboarding, a manager", HEADERS).person("ada").person("bob").person("cleo").then([
        change("adds", "add", json!("$bob")).before(user, none()).needs(ManagerString, "invalidValue").after(is("$bob")),
        change("replaces", "replace", json!("$cleo"))
            .before(user, is("$bob"))
            .needs(ManagerString, "invalidValue")
            .after(is("$cleo")),
        change("removes", "replace", json!("")).before(user, is("$cleo")).needs(EmptyString, "invalidValue").after(none()),
    ])
}
