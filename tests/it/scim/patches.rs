//! PATCH of a user in every form that Okta, OneLogin and Entra send: what is there, what is asked, what is there then.

use serde_json::{Value, json};

use super::{ENTERPRISE, USER, path};
use crate::harness::{Instance, assert_includes};

/// What each user is before.
fn before() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE], "title": "Countess", "active": true, "name": { "givenName": "Ada", "familyName": "Byron" },
        "emails": [{ "value": "w@acme.test", "type": "work", "primary": true }, { "value": "h@acme.test", "type": "home" }],
        (ENTERPRISE): { "department": "Analysis", "manager": { "value": "m-1" } },
    })
}

fn work(value: &str) -> Value {
    json!([{ "value": value, "type": "work", "primary": true }, { "value": "h@acme.test", "type": "home" }])
}

fn one(op: &str, path: &str, value: Value) -> Value {
    json!([{ "op": op, "path": path, "value": value }])
}

/// Who sends it, the operations, and what differs afterwards.
fn forms() -> Vec<(&'static str, Value, Value)> {
    let department = format!("{ENTERPRISE}:department");
    let manager = format!("{ENTERPRISE}:manager");
    vec![
        ("Okta: active without path", json!([{ "op": "replace", "value": { "active": false } }]), json!({ "active": false })),
        ("Entra: active as text", one("Replace", "active", json!("False")), json!({ "active": false })),
        ("Entra with the flag: active", one("replace", "active", json!(false)), json!({ "active": false })),
        ("Keycloak: active as text in lower case", one("replace", "active", json!("false")), json!({ "active": false })),
        ("a value in a list of one", one("replace", "active", json!([false])), json!({ "active": false })),
        (
            "Entra: a filtered path",
            one("Replace", "emails[type eq \"work\"].value", json!("n@acme.test")),
            json!({ "emails": work("n@acme.test") }),
        ),
        (
            "Entra: a filtered path that matches nothing makes the element",
            one("Add", "phoneNumbers[type eq \"mobile\"].value", json!("+1 555")),
            json!({ "phoneNumbers": [{ "type": "mobile", "value": "+1 555" }] }),
        ),
        (
            "Entra: the same with replace",
            one("Replace", "addresses[type eq \"work\"].locality", json!("London")),
            json!({ "addresses": [{ "type": "work", "locality": "London" }] }),
        ),
        (
            "Entra: a sub-attribute",
            one("Replace", "name.familyName", json!("Lovelace")),
            json!({ "name": { "givenName": "Ada", "familyName": "Lovelace" } }),
        ),
        (
            "Entra: an attribute of the extension",
            one("Add", &department, json!("Engines")),
            json!({ (ENTERPRISE): { "department": "Engines", "manager": { "value": "m-1" } } }),
        ),
        (
            "Entra with the flag: dotted keys and URNs in one operation",
            json!([
                { "op": "replace", "value": { "name.givenName": "Augusta", "displayName": "A",
                  (department.clone()): "Engines" } },
            ]),
            json!({
                "name": { "givenName": "Augusta", "familyName": "Byron" }, "displayName": "A",
                (ENTERPRISE): { "department": "Engines" },
            }),
        ),
        (
            "an extension as an object",
            json!([{ "op": "add", "value": { (ENTERPRISE): { "division": "North" } } }]),
            json!({ (ENTERPRISE): { "division": "North", "department": "Analysis" } }),
        ),
        (
            "Entra: the manager as text",
            one("Add", &manager, json!("m-2")),
            json!({ (ENTERPRISE): { "manager": { "value": "m-2" } } }),
        ),
        (
            "Entra: the manager in a list, without URN",
            one("Add", "manager", json!([{ "$ref": "../Users/m-3", "value": "m-3" }])),
            json!({ (ENTERPRISE): { "manager": { "value": "m-3" } } }),
        ),
        (
            "Entra's validator: the manager as object",
            one("replace", &manager, json!({ "value": "m-4" })),
            json!({ (ENTERPRISE): { "manager": { "value": "m-4" } } }),
        ),
        (
            "Entra: the manager is removed by an empty text",
            one("Replace", &manager, json!("")),
            json!({ (ENTERPRISE): { "manager": null, "department": "Analysis" } }),
        ),
        (
            "Entra: the manager is removed by an empty value",
            one("replace", &manager, json!({ "value": "" })),
            json!({ (ENTERPRISE): { "manager": null } }),
        ),
        (
            "Entra: the manager is removed by a filter",
            json!([{ "op": "remove", "path": "manager[value eq \"m-1\"]" }]),
            json!({ (ENTERPRISE): { "manager": null } }),
        ),
        (
            "Entra: roles by their primary as text",
            one("Add", "roles[primary eq \"True\"].value", json!("editor")),
            json!({ "roles": [{ "primary": true, "value": "editor" }] }),
        ),
        (
            "Entra: JSON in a role's text",
            one("Add", "roles", json!([{ "value": "{\"id\":\"1\",\"value\":\"x\"}" }])),
            json!({ "roles": [{ "value": "{\"id\":\"1\",\"value\":\"x\"}" }] }),
        ),
        (
            "Entra: primary as text",
            one("Add", "emails", json!([{ "value": "o@acme.test", "type": "other", "primary": "True" }])),
            json!({
                "emails": [
                    { "value": "w@acme.test", "type": "work", "primary": false },
                    { "value": "h@acme.test", "type": "home" },
                    { "value": "o@acme.test", "type": "other", "primary": true },
                ],
            }),
        ),
        ("Entra's gallery test: a text is emptied", one("replace", "title", json!(null)), json!({ "title": null })),
        ("a removal", json!([{ "op": "remove", "path": "title" }]), json!({ "title": null })),
        (
            "a removal by filter",
            json!([{ "op": "Remove", "path": "emails[type eq \"home\"]" }]),
            json!({ "emails": [{ "value": "w@acme.test", "type": "work", "primary": true }] }),
        ),
        ("a removal of everything", json!([{ "op": "remove", "path": "emails" }]), json!({ "emails": null })),
        (
            "a list is replaced as a whole",
            one("replace", "emails", json!([{ "value": "x@acme.test" }])),
            json!({ "emails": [{ "value": "x@acme.test" }] }),
        ),
        (
            "a complex value is merged",
            one("replace", "name", json!({ "familyName": "King" })),
            json!({ "name": { "givenName": "Ada", "familyName": "King" } }),
        ),
        (
            "each operation sees the one before",
            json!([
                { "op": "add", "path": "ims", "value": [{ "type": "xmpp", "value": "a" }] },
                { "op": "replace", "path": "ims[type eq \"xmpp\"].value", "value": "b" },
            ]),
            json!({ "ims": [{ "type": "xmpp", "value": "b" }] }),
        ),
        (
            "what is read-only is passed over in a value",
            json!([{ "op": "replace", "value": { "id": "x", "meta": {}, "schemas": [USER], "title": "T" } }]),
            json!({ "title": "T" }),
        ),
        ("names count in any case", one("REPLACE", "NAME.GIVENNAME", json!("Gus")), json!({ "name": { "givenName": "Gus" } })),
        ("a name with its URN", one("replace", &format!("{USER}:title"), json!("T")), json!({ "title": "T" })),
    ]
}

#[tokio::test]
async fn every_form_that_identity_providers_send_does_what_they_mean() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    for (n, (what, operations, wanted)) in forms().into_iter().enumerate() {
        let mut body = before();
        body["userName"] = json!(format!("u{n}@acme.test"));
        let user = workspace.scim().post("/Users", body).await.expect(201);
        assert_includes(&user, &before(), what);
        let mut answer = workspace.scim().operations(&path(&user), operations).await.expect(200);
        let mut now = workspace.scim().get(&path(&user)).await.expect(200);
        assert_eq!(answer, now, "{what}");
        assert_includes(&now, &wanted, what);
        // Nothing else has changed.
        let mut rest = before();
        for name in wanted.as_object().expect("an object").keys() {
            rest.as_object_mut().expect("an object").remove(name);
        }
        rest.as_object_mut().expect("an object").remove("schemas");
        assert_includes(&now, &rest, what);
        assert_eq!(now["userName"], format!("u{n}@acme.test"), "{what}");
        assert_eq!((now["id"].take(), answer["id"].take()), (user["id"].clone(), user["id"].clone()));
    }
    instance.finish().await;
}

#[tokio::test]
async fn an_operation_that_cannot_be_done_undoes_the_others() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let mut body = before();
    body["userName"] = json!("ada@acme.test");
    let user = workspace.scim().post("/Users", body).await.expect(201);
    instance.settle().await;
    let audit = "select count(*) from audit_log";
    let rows = instance.database.count(audit).await;
    let remove = |path: &str| json!({ "op": "remove", "path": path });
    let replace = |path: &str, value: Value| json!({ "op": "replace", "path": path, "value": value });
    for (bad, word) in [
        (json!({ "op": "move", "path": "title" }), "invalidSyntax"),
        (json!({ "path": "title", "value": "x" }), "invalidSyntax"),
        (json!("remove"), "invalidSyntax"),
        (json!({ "op": "remove" }), "noTarget"),
        (json!({ "op": "add", "path": "title" }), "invalidValue"),
        (json!({ "op": "add", "value": "x" }), "invalidValue"),
        (replace("active", json!("maybe")), "invalidValue"),
        (replace("userName", json!("")), "invalidValue"),
        (replace("foo.bar", json!("x")), "invalidPath"),
        (replace("emails[0].value", json!("x")), "invalidPath"),
        (replace("emails[", json!("x")), "invalidPath"),
        (replace("emails[type eq].value", json!("x")), "invalidFilter"),
        (replace("emails[type eq \"moon\"]", json!({ "display": "x" })), "noTarget"),
        (replace("id", json!("x")), "mutability"),
        (replace("meta.created", json!("x")), "mutability"),
        (replace("groups", json!([])), "mutability"),
        (remove("userName"), "mutability"),
        (remove("id"), "mutability"),
    ] {
        let operations = json!([replace("title", json!("changed")), bad]);
        let answer = workspace.scim().operations(&path(&user), operations).await;
        let found = answer.json()["scimType"].as_str().map(str::to_owned);
        assert_eq!(found.as_deref(), Some(word), "{bad}: {}", answer.text);
        answer.scim_error(400, Some(word));
    }
    for (body, word) in [
        (json!({ "Operations": [replace("title", json!("x"))] }), "invalidSyntax"),
        (json!({ "schemas": [super::PATCH_OP] }), "invalidSyntax"),
        (json!({ "schemas": [super::PATCH_OP], "Operations": [] }), "invalidSyntax"),
        (json!({ "schemas": [USER], "Operations": [replace("title", json!("x"))] }), "invalidSyntax"),
    ] {
        workspace.scim().patch(&path(&user), body).await.scim_error(400, Some(word));
    }
    assert_eq!(workspace.scim().get(&path(&user)).await.expect(200), user);
    assert_eq!(instance.database.count(audit).await, rows);
    // Operations under their name in lower case are taken.
    let body = json!({ "schemas": [super::PATCH_OP], "operations": [replace("title", json!("lower"))] });
    assert_eq!(workspace.scim().patch(&path(&user), body).await.expect(200)["title"], "lower");
    instance.finish().await;
}
