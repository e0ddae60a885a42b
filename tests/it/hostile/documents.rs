//! Bodies that are JSON and no user, no group.

use serde_json::{Map, Value, json};

use super::{Case, Subjects};
use crate::scim::{ENTERPRISE, GROUP, USER};

const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
const WRONG: &[(u16, Option<&str>)] = &[(400, Some("invalidValue"))];

pub(super) fn cases(subjects: &Subjects) -> Vec<Case> {
    let mut cases = Vec::new();
    for (method, target) in [("POST", "/Users"), ("PUT", subjects.user.as_str())] {
        for (what, parts, scim_type) in users() {
            let mut body = Map::from_iter([("userName".to_owned(), json!("hostile@acme.test"))]);
            body.extend(parts.as_object().cloned().unwrap_or_default());
            cases.push(Case::json(format!("{what} by {method} of a user"), method, target, Value::Object(body), scim_type));
        }
        cases.push(Case::json(format!("no userName by {method}"), method, target, json!({"title": "x"}), "invalidValue"));
        for (what, body) in large_users() {
            cases.push(Case::new(format!("{what} by {method}"), method, target, move || body().to_string().into_bytes(), WRONG));
        }
    }
    for (method, target) in [("POST", "/Groups"), ("PUT", subjects.group.as_str())] {
        for (what, parts, scim_type) in groups(&subjects.other_user) {
            let mut body = Map::from_iter([("displayName".to_owned(), json!("Hostile"))]);
            body.extend(parts.as_object().cloned().unwrap_or_default());
            cases.push(Case::json(format!("{what} by {method} of a group"), method, target, Value::Object(body), scim_type));
        }
        cases.push(Case::json(format!("no displayName by {method}"), method, target, json!({"members": []}), "invalidValue"));
        let many = || {
            let members: Vec<_> =
                (0..100_000).map(|n| json!({"value": format!("0199{n:04x}-0000-7000-8000-000000000000")})).collect();
            json!({"displayName": "Hostile", "members": members}).to_string().into_bytes()
        };
        cases.push(Case::new(format!("a hundred thousand members whom nobody knows by {method}"), method, target, many, WRONG));
    }
    cases
}

/// Wrong types everywhere, and values that nothing can be made of.
fn users() -> Vec<(&'static str, Value, &'static str)> {
    let value = "invalidValue";
    let syntax = "invalidSyntax";
    let long = "x".repeat(1_001);
    vec![
        ("a number as userName", json!({"userName": 1}), value),
        ("a boolean as userName", json!({"userName": true}), value),
        ("an object as userName", json!({"userName": {}}), value),
        ("two userNames in a list", json!({"userName": ["a", "b"]}), value),
        ("a list in a list as userName", json!({"userName": [["a"]]}), value),
        ("null as userName", json!({"userName": null}), value),
        ("an empty userName", json!({"userName": ""}), value),
        ("a blank userName", json!({"userName": "   "}), value),
        ("a userName with a line break", json!({"userName": "a\r\nX-Injected: 1"}), value),
        ("a userName with a direction", json!({"userName": "a\u{202e}b"}), value),
        ("a userName that nobody sees", json!({"userName": "\u{200b}\u{feff}"}), value),
        ("a userName of mixed directions", json!({"userName": "a\u{5d0}1"}), value),
        ("a userName of private characters", json!({"userName": "\u{e000}\u{10ffff}"}), value),
        ("a userName with an escape sequence", json!({"userName": "\u{1b}[31mred"}), value),
        ("a userName that is too long", json!({"userName": long}), value),
        ("a userName in other case as well", json!({"username": "b"}), syntax),
        ("an externalId that is too long", json!({"externalId": long}), value),
        ("a number as externalId", json!({"externalId": 1}), value),
        ("an object as externalId", json!({"externalId": {"value": "x"}}), value),
        ("a displayName that is too long", json!({"displayName": long}), value),
        ("a number as displayName", json!({"displayName": 1.5}), value),
        ("a boolean as title", json!({"title": false}), value),
        ("a list as title", json!({"title": ["a", "b"]}), value),
        ("a text as name", json!({"name": "Ada"}), value),
        ("a number as name", json!({"name": 0}), value),
        ("two names", json!({"name": [{"givenName": "a"}, {"givenName": "b"}]}), value),
        ("an object as givenName", json!({"name": {"givenName": {"a": 1}}}), value),
        ("givenName twice", json!({"name": {"givenName": "a", "GIVENNAME": "b"}}), syntax),
        ("a word as active", json!({"active": "perhaps"}), value),
        ("a number as active", json!({"active": 1}), value),
        ("an object as active", json!({"active": {"value": true}}), value),
        ("two actives", json!({"active": [true, false]}), value),
        ("a number as emails", json!({"emails": 1}), value),
        ("numbers as emails", json!({"emails": [1, 2]}), value),
        ("lists as emails", json!({"emails": [[{"value": "a@x"}]]}), value),
        ("a number as an address", json!({"emails": [{"value": 1}]}), value),
        ("an object as an address", json!({"emails": [{"value": {"value": "a"}}]}), value),
        ("a number as a type", json!({"emails": [{"value": "a@x", "type": 1}]}), value),
        ("a word as primary", json!({"emails": [{"value": "a@x", "primary": "yes"}]}), value),
        ("two primaries", json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": "True"}]}), value),
        ("an address that is too long", json!({"emails": [{"value": long}]}), value),
        ("an address twice in one", json!({"emails": [{"value": "a", "VALUE": "b"}]}), syntax),
        ("a text as a postal address", json!({"addresses": ["Main Street 1"]}), value),
        ("a list as a locality", json!({"addresses": [{"locality": ["a", "b"]}]}), value),
        ("a certificate that is none", json!({"x509Certificates": [{"value": "-----BEGIN CERTIFICATE-----"}]}), value),
        ("a certificate with line breaks", json!({"x509Certificates": [{"value": "AAAA\nAAAA"}]}), value),
        ("a number as a photo", json!({"photos": [{"value": 1}]}), value),
        ("a number as roles", json!({"roles": 7}), value),
        ("a text as the enterprise extension", json!({(ENTERPRISE): "x"}), value),
        ("a list as the enterprise extension", json!({(ENTERPRISE): []}), value),
        ("a number as department", json!({(ENTERPRISE): {"department": 1}}), value),
        ("a number as manager", json!({(ENTERPRISE): {"manager": 1}}), value),
        ("an object as the manager's id", json!({(ENTERPRISE): {"manager": {"value": {}}}}), value),
        ("the enterprise extension twice", json!({(ENTERPRISE): {}, (ENTERPRISE.to_uppercase()): {}}), syntax),
        ("a role that is none", json!({(ROLLCALL): {"role": "emperor"}}), value),
        ("a role of a thousand letters", json!({(ROLLCALL): {"role": "admin".repeat(200)}}), value),
        ("a number as schemas", json!({"schemas": 1}), syntax),
        ("an object as schemas", json!({"schemas": {(USER): true}}), syntax),
        ("no schemas in the list", json!({"schemas": []}), syntax),
        ("numbers as schemas", json!({"schemas": [1]}), syntax),
        ("a schema that nobody knows", json!({"schemas": [USER, "urn:example:hostile\u{202e}"]}), syntax),
        ("a schema of a thousand letters", json!({"schemas": [format!("urn:{long}")]}), syntax),
        ("a schema twice", json!({"schemas": [USER, USER.to_uppercase()]}), syntax),
        ("the schema of a group", json!({"schemas": [GROUP]}), syntax),
    ]
}

/// A case by name, made when it is sent.
type Large = (&'static str, fn() -> Value);

fn large_users() -> [Large; 6] {
    [
        ("a hundred thousand addresses", || {
            let emails: Vec<_> = (0..100_000).map(|n| json!({"value": format!("{n}@x")})).collect();
            json!({"userName": "hostile@acme.test", "emails": emails})
        }),
        (
            "a hundred thousand roles",
            || json!({"userName": "hostile@acme.test", "roles": (0..100_000).map(|n| n.to_string()).collect::<Vec<_>>()}),
        ),
        (
            "one address too many",
            || json!({"userName": "hostile@acme.test", "emails": (0..1_001).map(|n| json!({"value": n.to_string()})).collect::<Vec<_>>()}),
        ),
        ("a title of a megabyte", || json!({"userName": "hostile@acme.test", "title": "x".repeat(1024 * 1024)})),
        ("a userName of a megabyte", || json!({"userName": "\u{fb01}".repeat(350_000)})),
        ("a hundred large photos", || {
            let photos: Vec<_> = (0..100).map(|n| json!({"value": format!("data:{n}{}", "x".repeat(10_000))})).collect();
            json!({"userName": "hostile@acme.test", "photos": photos})
        }),
    ]
}

fn groups(other_user: &str) -> Vec<(&'static str, Value, &'static str)> {
    let value = "invalidValue";
    vec![
        ("a number as displayName", json!({"displayName": 1}), value),
        ("null as displayName", json!({"displayName": null}), value),
        ("an empty displayName", json!({"displayName": " "}), value),
        ("a displayName that is too long", json!({"displayName": "x".repeat(1_001)}), value),
        ("two displayNames", json!({"displayname": "y"}), "invalidSyntax"),
        ("a number as members", json!({"members": 1}), value),
        ("numbers as members", json!({"members": [1]}), value),
        ("lists as members", json!({"members": [[{"value": other_user}]]}), value),
        ("a member without an id", json!({"members": [{}]}), value),
        ("a member with an empty id", json!({"members": [{"value": ""}]}), value),
        ("a number as a member's id", json!({"members": [{"value": 1}]}), value),
        ("a member whom nobody knows", json!({"members": [{"value": "019f0000-0000-7000-8000-000000000000"}]}), value),
        ("a member that is no id", json!({"members": [{"value": "' or 1=1 --"}]}), value),
        ("a member with an escape sequence", json!({"members": [{"value": "\u{1b}[31m\u{202e}\r\nX-Injected: 1"}]}), value),
        ("a member of a thousand letters", json!({"members": [{"value": "x".repeat(1_000)}]}), value),
        ("a member's id in capitals", json!({"members": [{"value": other_user.to_uppercase()}]}), value),
        ("a good member and a bad one", json!({"members": [{"value": other_user}, {"value": "x"}]}), value),
        ("a reference to a script", json!({"members": [{"$ref": "javascript:alert(1)"}]}), value),
        ("a reference to elsewhere", json!({"members": [{"$ref": "https://evil.example/Devices/1"}]}), value),
        ("a number as a reference", json!({"members": [{"value": other_user, "$ref": 1}]}), value),
        ("members twice", json!({"members": [], "MEMBERS": []}), "invalidSyntax"),
        ("the schema of a user", json!({"schemas": [USER]}), "invalidSyntax"),
    ]
}
