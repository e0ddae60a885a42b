//! Users: create, read, replace, delete, and what stays unseen.

use futures::future::join_all;
use serde_json::{Value, json};

use super::{ENTERPRISE, USER, id, patch, path};
use crate::harness::{Instance, assert_includes};

fn ada() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE], "userName": "Ada@Acme.test", "externalId": "E-1", "displayName": "Ada Lovelace",
        "name": { "givenName": "Ada", "familyName": "Lovelace" }, "title": "Countess",
        "emails": [{ "value": "ada@acme.test", "type": "work", "primary": true }],
        (ENTERPRISE): { "department": "Analysis", "employeeNumber": "1", "manager": { "value": "m-1" } },
    })
}

#[tokio::test]
async fn a_user_is_created_and_read() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let answer = workspace.scim().post("/Users", ada()).await;
    let (etag, location) = (answer.header("etag").to_owned(), answer.header("location").to_owned());
    assert!(answer.header("content-type").starts_with("application/scim+json"));
    let user = answer.expect(201);
    assert_includes(&user, &ada(), "what was sent");
    assert_eq!(user["active"], true, "active when nothing is said");
    assert_includes(&user, &json!({ "meta": { "resourceType": "User", "version": etag, "location": location } }), "meta");
    assert_eq!(user["meta"]["created"], user["meta"]["lastModified"]);
    assert_eq!(location, format!("{}/api/v1/auth/scim/Users/{}", instance.url(), id(&user)));
    let read = workspace.scim().get(&path(&user)).await;
    assert_eq!(read.header("etag"), etag);
    assert_eq!(read.expect(200), user);
    instance.finish().await;
}

#[tokio::test]
async fn what_is_ours_is_not_taken_from_a_body() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let mut body = ada();
    body["id"] = json!("chosen");
    body["meta"] = json!({ "created": "1999-01-01T00:00:00Z", "version": "W/\"77\"" });
    body["groups"] = json!([{ "value": "admins" }]);
    body["department"] = json!("top level");
    body["unknown"] = json!({ "a": 1 });
    let user = workspace.scim().post("/Users", body).await.expect(201);
    assert_ne!(user["id"], "chosen");
    assert!(!user["meta"]["created"].as_str().expect("a time").starts_with("1999"));
    let absent = json!({ "groups": null, "department": null, "unknown": null });
    let groups = user["groups"].as_array().is_none_or(Vec::is_empty);
    assert!(groups, "{user}");
    assert_eq!((&user["department"], &user["unknown"]), (&absent["department"], &absent["unknown"]));
    instance.finish().await;
}

#[tokio::test]
async fn names_of_attributes_and_null_are_read_generously() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let body = json!({
        "SCHEMAS": [USER], "USERNAME": "odd@acme.test", "Name": { "GivenName": "O" },
        "emails": [{ "Value": "o@acme.test", "Primary": "True" }],
        "active": "False", "title": null, "phoneNumbers": [], "displayName": null,
    });
    let user = workspace.scim().post("/Users", body).await.expect(201);
    let wanted = json!({
        "userName": "odd@acme.test", "name": { "givenName": "O" },
        "emails": [{ "value": "o@acme.test", "primary": true }], "active": false,
        "title": null, "phoneNumbers": null, "displayName": null,
    });
    assert_includes(&user, &wanted, "the user");
    instance.finish().await;
}

#[tokio::test]
async fn a_body_that_is_no_user_is_refused_and_says_why() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let two_primaries = json!([{ "value": "a@x", "primary": true }, { "value": "b@x", "primary": true }]);
    for (body, word, says) in [
        (json!({ "schemas": [USER] }), "invalidValue", "userName"),
        (json!({ "userName": "" }), "invalidValue", "userName"),
        (json!({ "userName": {} }), "invalidValue", "userName"),
        (json!({ "userName": "a\u{202e}b" }), "invalidValue", "userName"),
        (json!({ "userName": "x", "active": 1 }), "invalidValue", "active"),
        (json!({ "userName": "x", "active": "maybe" }), "invalidValue", "active"),
        (json!({ "userName": "x", "name": "Ada" }), "invalidValue", "name"),
        (json!({ "userName": "x", "emails": two_primaries }), "invalidValue", "primary"),
        (json!({ "userName": "x", "x509Certificates": [{ "value": "***" }] }), "invalidValue", "x509Certificates"),
        (json!({ "userName": "x", "schemas": [USER, USER] }), "invalidSyntax", "schemas"),
        (json!({ "userName": "x", "schemas": ["urn:example:Other"] }), "invalidSyntax", "urn:example:Other"),
        (json!({ "userName": "x", "schemas": [] }), "invalidSyntax", "schemas"),
        (json!({ "userName": "x", "USERNAME": "y" }), "invalidSyntax", "userName"),
    ] {
        let detail = workspace.scim().post("/Users", body.clone()).await.scim_error(400, Some(word));
        assert!(detail.contains(says), "{body}: {detail}");
    }
    assert_eq!(workspace.scim().get("/Users").await.expect(200)["totalResults"], 0);
    instance.finish().await;
}

#[tokio::test]
async fn a_user_name_is_taken_in_every_spelling() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (ada, bob) = (workspace.user("ada@acme.test").await, workspace.user("bob@acme.test").await);
    for name in ["ada@acme.test", "ADA@Acme.Test", "\u{ff41}\u{ff44}\u{ff41}@acme.test"] {
        let detail = workspace.scim().post("/Users", json!({ "userName": name })).await.scim_error(409, Some("uniqueness"));
        assert!(detail.contains("userName"), "{detail}");
        workspace.scim().put(&path(&bob), json!({ "userName": name })).await.scim_error(409, Some("uniqueness"));
        let rename = json!([{ "op": "replace", "path": "userName", "value": name }]);
        workspace.scim().operations(&path(&bob), rename).await.scim_error(409, Some("uniqueness"));
    }
    assert_eq!(workspace.scim().get(&path(&bob)).await.expect(200), bob);
    // One's own name in another spelling is no clash.
    let own = json!([{ "op": "replace", "path": "userName", "value": "Ada@ACME.test" }]);
    assert_eq!(workspace.scim().operations(&path(&ada), own).await.expect(200)["userName"], "Ada@ACME.test");
    instance.finish().await;
}

#[tokio::test]
async fn of_fifty_who_create_one_name_one_succeeds() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let answers =
        join_all((0..50).map(|n| scim.post("/Users", json!({ "userName": "one@acme.test", "title": format!("{n}") })))).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!((made.len(), refused.len()), (1, 49));
    for answer in &refused {
        answer.scim_error(409, Some("uniqueness"));
    }
    assert_eq!(scim.get("/Users").await.expect(200)["totalResults"], 1);
    instance.finish().await;
}

#[tokio::test]
async fn a_replaced_user_has_what_the_body_has_and_keeps_who_may_be_in() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.scim().post("/Users", ada()).await.expect(201);
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    workspace.scim().operations(&path(&user), off).await.expect(200);
    let body = json!({
        "schemas": [USER], "id": user["id"], "userName": "ada@acme.test", "nickName": "A", "meta": user["meta"], "groups": [],
    });
    let replaced = workspace.scim().put(&path(&user), body).await.expect(200);
    let wanted = json!({
        "id": user["id"], "schemas": [USER], "userName": "ada@acme.test", "nickName": "A", "active": false,
        "title": null, "emails": null, "externalId": null, (ENTERPRISE): null,
    });
    assert_includes(&replaced, &wanted, "the user");
    assert_eq!(replaced["meta"]["created"], user["meta"]["created"]);
    assert_eq!(workspace.scim().get(&path(&user)).await.expect(200), replaced);
    workspace.scim().put(&path(&user), json!({ "nickName": "A" })).await.scim_error(400, Some("invalidValue"));
    instance.finish().await;
}

#[tokio::test]
async fn a_deleted_user_is_gone_for_every_verb_and_its_name_is_free() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let (user, friend) = (workspace.user("ada@acme.test").await, workspace.user("bob@acme.test").await);
    let group = workspace.group("Analysts", &[&user, &friend]).await;
    let answer = scim.delete(&path(&user)).await;
    assert_eq!(answer.text, "");
    answer.expect(204);
    scim.get(&path(&user)).await.scim_error(404, None);
    scim.put(&path(&user), json!({ "userName": "ada@acme.test" })).await.scim_error(404, None);
    scim.patch(&path(&user), patch(json!([{ "op": "replace", "path": "title", "value": "x" }]))).await.scim_error(404, None);
    scim.delete(&path(&user)).await.scim_error(404, None);
    assert_eq!(scim.get("/Users").await.expect(200)["totalResults"], 1);
    assert_eq!(scim.filter("/Users", "userName eq \"ada@acme.test\"").await.expect(200)["totalResults"], 0);
    let left = scim.get(&path(&group)).await.expect(200);
    assert_eq!(super::members(&left), [id(&friend)]);
    assert_ne!(left["meta"]["version"], group["meta"]["version"]);
    let again = workspace.user("ada@acme.test").await;
    assert_ne!(again["id"], user["id"]);
    instance.finish().await;
}

#[tokio::test]
async fn an_inactive_user_is_still_shown() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    workspace
        .scim()
        .patch(&path(&user), patch(json!([{ "op": "Replace", "path": "active", "value": "False" }])))
        .await
        .expect(200);
    assert_eq!(workspace.scim().get(&path(&user)).await.expect(200)["active"], false);
    assert_eq!(workspace.scim().get("/Users").await.expect(200)["Resources"][0]["active"], false);
    for filter in ["userName eq \"ada@acme.test\"", "active eq false"] {
        assert_eq!(workspace.scim().filter("/Users", filter).await.expect(200)["totalResults"], 1, "{filter}");
    }
    instance.finish().await;
}

#[tokio::test]
async fn a_password_is_taken_and_stands_nowhere() {
    const MARKER: &str = "correct-horse-battery-staple-9417";
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let with = |extra: Value| {
        let mut body = json!({ "userName": "ada@acme.test", "password": MARKER });
        body.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        body
    };
    let made = scim.post("/Users?attributes=password,userName", with(json!({}))).await;
    let user = made.json();
    let at = format!("/Users/{}", id(&user));
    let answers = [
        made,
        scim.post("/Users", with(json!({}))).await,
        scim.post("/Users", with(json!({ "active": 7 }))).await,
        scim.put(&at, with(json!({ "title": "x" }))).await,
        scim.operations(&at, json!([{ "op": "replace", "path": "password", "value": MARKER }])).await,
        scim.operations(&at, json!([{ "op": "add", "value": { "password": MARKER, "title": "y" } }])).await,
        scim.operations(&at, json!([{ "op": "replace", "path": "password.x", "value": MARKER }])).await,
        scim.get(&format!("{at}?attributes=password")).await,
        scim.get("/Users?attributes=password").await,
        scim.filter("/Users", &format!("password eq \"{MARKER}x\"")).await,
    ];
    assert_eq!(answers.each_ref().map(|answer| answer.status), [201, 409, 400, 200, 200, 200, 400, 200, 200, 400]);
    for answer in &answers {
        let headers = format!("{:?}", answer.headers);
        assert!(!answer.text.contains(MARKER) && !headers.contains(MARKER), "{}", answer.text);
    }
    instance.settle().await;
    assert!(!instance.database.dump().contains(MARKER));
    assert!(!instance.logs().contains(MARKER));
    instance.finish().await;
}
