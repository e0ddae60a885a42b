//! Extension schemas that a workspace defines: like the built-in ones everywhere, and nobody else's business.

use serde_json::{Value, json};

use super::{LIST, USER, id, patch, path};
use crate::harness::{Instance, Workspace, assert_includes};

const URN: &str = "urn:ietf:params:scim:schemas:extension:acme:2.0:User";

fn definition() -> Value {
    json!({
        "resource_type": "User", "name": "Acme", "description": "What Acme knows of a person.",
        "attributes": [
            { "name": "badge", "uniqueness": "server" },
            { "name": "floor", "type": "integer" },
            { "name": "weight", "type": "decimal" },
            { "name": "since", "type": "dateTime" },
            { "name": "remote", "type": "boolean" },
            { "name": "skills", "multiValued": true, "caseExact": true },
            { "name": "hired", "mutability": "immutable" },
            { "name": "grade", "returned": "request" },
            { "name": "pin", "mutability": "writeOnly" },
            { "name": "desks", "type": "complex", "multiValued": true, "subAttributes": [
                { "name": "value" }, { "name": "row", "type": "integer" }, { "name": "primary", "type": "boolean" },
            ] },
        ],
    })
}

async fn define(workspace: &Workspace, definition: Value) {
    workspace.admin().put(&format!("/scim/schemas/{URN}"), definition).await.expect(200);
}

fn person(name: &str, values: Value) -> Value {
    json!({ "schemas": [USER, URN], "userName": name, (URN): values })
}

async fn found(workspace: &Workspace, filter: &str) -> u64 {
    let page = workspace.scim().filter("/Users", filter).await.expect(200);
    page["totalResults"].as_u64().unwrap_or_else(|| panic!("{filter}: {page}"))
}

#[tokio::test]
async fn an_extension_is_stored_shown_filtered_patched_and_listed_like_the_built_in_ones() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let other = instance.workspace().open().await;
    let unknown = workspace.scim().post("/Users", person("early@acme.test", json!({ "badge": "0" }))).await;
    assert!(!unknown.scim_error(400, Some("invalidSyntax")).is_empty(), "{}", unknown.text);
    define(&workspace, definition()).await;

    let served = workspace.scim().get(&format!("/Schemas/{URN}")).await.expect(200);
    assert_eq!(served["attributes"][4]["type"], "boolean");
    let types = workspace.scim().get("/ResourceTypes/User").await.expect(200);
    assert!(types["schemaExtensions"].to_string().contains(URN));
    assert_eq!(other.scim().get(&format!("/Schemas/{URN}")).await.status, 404, "another workspace has it not");

    let values = json!({
        "badge": "A-1", "floor": 3, "weight": 12345.25, "since": "2026-01-01T01:00:00+01:00", "remote": false,
        "skills": ["Rust", "SQL"], "pin": "the-secret-pin", "desks": [{ "value": "D1", "row": 2, "primary": true }],
    });
    let made = workspace.scim().post("/Users", person("a@acme.test", values.clone())).await.expect(201);
    let mut shown = values;
    shown.as_object_mut().expect("an object").remove("pin");
    assert_eq!(made[URN], shown);
    assert!(made["schemas"].as_array().expect("schemas").contains(&json!(URN)));
    assert!(!instance.database.dump().contains("the-secret-pin"), "what nobody can read is not kept");

    for (filter, count) in [
        (format!("{URN}:badge eq \"a-1\""), 1),
        (format!("{URN}:floor gt 2 and {URN}:floor lt 10"), 1),
        (format!("{URN}:since eq \"2026-01-01T00:00:00Z\""), 1),
        (format!("{URN}:remote eq false"), 1),
        (format!("{URN}:skills eq \"Rust\""), 1),
        (format!("{URN}:skills eq \"rust\""), 0),
        (format!("{URN}:desks[value eq \"d1\" and row eq 2]"), 1),
        (format!("schemas eq \"{URN}\""), 1),
        (format!("{URN}:hired pr"), 0),
    ] {
        assert_eq!(found(&workspace, &filter).await, count, "{filter}");
    }
    for filter in [format!("{URN}:pin eq \"x\""), format!("{URN}:nothing pr"), format!("{URN}:remote gt true")] {
        let answer = workspace.scim().filter("/Users", &filter).await;
        answer.scim_error(400, Some("invalidFilter"));
        assert_eq!(other.scim().filter("/Users", &filter).await.status, 400);
    }

    let changed = workspace
        .scim()
        .patch(
            &path(&made),
            patch(json!([
                { "op": "replace", "path": format!("{URN}:floor"), "value": 4 },
                { "op": "add", "path": format!("{URN}:skills"), "value": ["Go"] },
                { "op": "replace", "path": format!("{URN}:desks[value eq \"D1\"].row"), "value": 9 },
                { "op": "add", "value": { (format!("{URN}:badge")): "A-2" } },
            ])),
        )
        .await
        .expect(200);
    assert_includes(&changed[URN], &json!({ "floor": 4, "skills": ["Rust", "SQL", "Go"], "badge": "A-2" }), "after the PATCH");
    assert_eq!(changed[URN]["desks"][0]["row"], 9);

    let only = workspace.scim().get(&format!("{}?attributes={URN}:floor", path(&made))).await.expect(200);
    assert_eq!(only[URN], json!({ "floor": 4 }));
    let without = workspace.scim().get(&format!("{}?excludedAttributes={URN}", path(&made))).await.expect(200);
    assert!(without.get(URN).is_none(), "{without}");
    instance.abandon("no worker");
}

#[tokio::test]
async fn values_are_held_to_their_types() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    define(&workspace, definition()).await;
    for (values, words) in [
        (json!({ "floor": 1.5 }), "floor"),
        (json!({ "floor": "1" }), "floor"),
        (json!({ "since": "2026-01-01" }), "since"),
        (json!({ "remote": 1 }), "remote"),
        (json!({ "badge": { "a": 1 } }), "badge"),
        (json!({ "skills": [{ "value": 1 }] }), "skills"),
    ] {
        let answer = workspace.scim().post("/Users", person("x@acme.test", values.clone())).await;
        let detail = answer.scim_error(400, Some("invalidValue"));
        assert!(detail.contains(words), "{values}: {detail}");
    }
    assert_eq!(found(&workspace, "userName eq \"x@acme.test\"").await, 0);
    instance.abandon("no worker");
}

#[tokio::test]
async fn unique_immutable_and_on_request_mean_what_they_say() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let other = instance.workspace().open().await;
    define(&workspace, definition()).await;
    define(&other, definition()).await;
    let scim = workspace.scim();

    let a = scim.post("/Users", person("a@acme.test", json!({ "badge": "B", "hired": "2020", "grade": "7" }))).await.expect(201);
    assert_eq!(a[URN]["grade"], "7", "a write shows what it set");
    let read = scim.get(&path(&a)).await.expect(200);
    assert!(read[URN].get("grade").is_none(), "{read}");
    assert_eq!(scim.get(&format!("{}?attributes={URN}:grade", path(&a))).await.expect(200)[URN]["grade"], "7");

    let detail = scim.post("/Users", person("b@acme.test", json!({ "badge": "b" }))).await.scim_error(409, Some("uniqueness"));
    assert!(detail.contains(":badge"), "the attribute is named: {detail}");
    assert_eq!(found(&workspace, "userName eq \"b@acme.test\"").await, 0, "nothing was stored");
    other.scim().post("/Users", person("b@acme.test", json!({ "badge": "b" }))).await.expect(201);
    let b = scim.post("/Users", person("b@acme.test", json!({ "badge": "c" }))).await.expect(201);
    let taken = patch(json!([{ "op": "replace", "path": format!("{URN}:badge"), "value": "B" }]));
    scim.patch(&path(&b), taken.clone()).await.scim_error(409, Some("uniqueness"));
    scim.put(&path(&b), person("b@acme.test", json!({ "badge": "B" }))).await.scim_error(409, Some("uniqueness"));
    scim.delete(&path(&a)).await.expect(204);
    scim.patch(&path(&b), taken).await.expect(200);

    let c = scim.post("/Users", person("c@acme.test", json!({ "hired": "2020" }))).await.expect(201);
    scim.put(&path(&c), person("c@acme.test", json!({ "hired": "2021" }))).await.scim_error(400, Some("mutability"));
    let same = scim.put(&path(&c), person("c@acme.test", json!({ "hired": "2020" }))).await.expect(200);
    assert_eq!(same["meta"]["version"], c["meta"]["version"]);
    let kept = scim.put(&path(&c), json!({ "userName": "c@acme.test" })).await.expect(200);
    assert_eq!(kept[URN]["hired"], "2020");
    let set = scim.put(&path(&b), person("b@acme.test", json!({ "badge": "B", "hired": "2022" }))).await.expect(200);
    assert_eq!(set[URN]["hired"], "2022");
    let change = patch(json!([{ "op": "replace", "path": format!("{URN}:hired"), "value": "2023" }]));
    scim.patch(&path(&b), change).await.scim_error(400, Some("mutability"));
    instance.abandon("no worker");
}

#[tokio::test]
async fn a_required_extension_must_be_in_each_resource() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let before = workspace.user("before@acme.test").await;
    let mut required = json!({ "resource_type": "User", "required": true, "attributes": [{ "name": "site", "required": true }] });
    define(&workspace, required.clone()).await;
    let scim = workspace.scim();
    let detail = scim.post("/Users", json!({ "userName": "a@acme.test" })).await.scim_error(400, Some("invalidValue"));
    assert!(detail.contains(URN), "{detail}");
    scim.post("/Users", person("a@acme.test", json!({ "site": "" }))).await.scim_error(400, Some("invalidValue"));
    scim.post("/Users", person("a@acme.test", json!({ "site": "Lund" }))).await.expect(201);
    assert_eq!(scim.get(&path(&before)).await.status, 200, "who was there before is still shown");
    required["required"] = json!(false);
    define(&workspace, required).await;
    scim.post("/Users", json!({ "userName": "b@acme.test" })).await.expect(201);
    instance.abandon("no worker");
}

#[tokio::test]
async fn groups_can_have_an_extension_too() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let urn = "urn:acme:scim:Group";
    let body = json!({ "resource_type": "Group", "attributes": [{ "name": "cost", "uniqueness": "server" }] });
    workspace.admin().put(&format!("/scim/schemas/{urn}"), body).await.expect(200);
    let scim = workspace.scim();
    let group = scim.post("/Groups", json!({ "displayName": "A", (urn): { "cost": "C1" } })).await.expect(201);
    assert_eq!(group[urn]["cost"], "C1");
    scim.post("/Groups", json!({ "displayName": "B", (urn): { "cost": "c1" } })).await.scim_error(409, Some("uniqueness"));
    let page = scim.filter("/Groups", &format!("{urn}:cost eq \"C1\"")).await.expect(200);
    assert_includes(&page, &json!({ "schemas": [LIST], "totalResults": 1 }), "by the extension");
    assert_eq!(page["Resources"][0]["id"], id(&group));
    instance.abandon("no worker");
}

#[tokio::test]
async fn a_definition_with_a_mistake_is_refused_with_a_sentence_that_names_it() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let admin = workspace.admin();
    let with = |attribute: Value| json!({ "resource_type": "User", "attributes": [attribute] });
    for (body, words) in [
        (with(json!({ "name": "1abc" })), "1abc"),
        (with(json!({ "name": "a", "type": "complex", "subAttributes": [{ "name": "b", "type": "complex" }] })), "a.b"),
        (with(json!({ "name": "a", "type": "text" })), "type must be one of"),
        (json!({ "resource_type": "Robot", "attributes": [{ "name": "a" }] }), "resource_type"),
        (json!({ "resource_type": "User", "attributes": [] }), "attributes"),
    ] {
        let answer = admin.put(&format!("/scim/schemas/{URN}"), body.clone()).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
        assert!(answer.text.contains(words), "{body}: {}", answer.text);
    }
    assert_eq!(admin.put(&format!("/scim/schemas/{USER}"), with(json!({ "name": "a" }))).await.status, 400);
    assert_eq!(admin.get("/scim/schemas").await.expect(200), json!([]));

    define(&workspace, with(json!({ "name": "a" }))).await;
    let other_type = admin.put(&format!("/scim/schemas/{URN}"), with(json!({ "name": "a", "type": "integer" }))).await;
    assert_eq!(other_type.status, 409, "{}", other_type.text);
    workspace.scim().post("/Users", person("a@acme.test", json!({ "a": "1" }))).await.expect(201);
    assert_eq!(admin.delete(&format!("/scim/schemas/{URN}")).await.status, 409);
    let user = workspace.scim().filter("/Users", "userName eq \"a@acme.test\"").await.expect(200)["Resources"][0].clone();
    workspace.scim().patch(&path(&user), patch(json!([{ "op": "remove", "path": URN }]))).await.expect(200);
    admin.delete(&format!("/scim/schemas/{URN}")).await.expect(204);
    assert_eq!(admin.delete(&format!("/scim/schemas/{URN}")).await.status, 404);
    workspace.scim().get(&format!("/Schemas/{URN}")).await.scim_error(404, None);
    instance.abandon("no worker");
}

#[tokio::test]
async fn rules_make_a_workspace_stricter_and_no_other() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let other = instance.workspace().open().await;
    let user = workspace.user("a@acme.test").await;
    let theirs = other.user("a@acme.test").await;
    let rules = workspace.admin().get("/scim/rules").await.expect(200);
    assert!(rules["tolerances"].as_array().expect("tolerances").iter().all(|tolerance| tolerance["refused"] == false));

    let change = json!({ "require_if_match": true, "refused_tolerances": ["unknown-attribute"] });
    let changed = workspace.admin().patch("/scim/rules", change).await.expect(200);
    assert_eq!(changed["require_if_match"], true);
    let title = || patch(json!([{ "op": "replace", "path": "title", "value": "Captain" }]));
    for answer in [
        workspace.scim().patch(&path(&user), title()).await,
        workspace.scim().put(&path(&user), json!({ "userName": "a@acme.test" })).await,
        workspace.scim().delete(&path(&user)).await,
    ] {
        answer.scim_error(428, None);
    }
    let request = workspace.scim().request(reqwest::Method::PATCH, &path(&user)).header("if-match", "*").json(&title());
    workspace.scim().send(request).await.expect(200);
    other.scim().patch(&path(&theirs), title()).await.expect(200);

    let strange = json!({ "userName": "b@acme.test", "custom": 1 });
    workspace.scim().post("/Users", strange.clone()).await.scim_error(400, Some("invalidSyntax"));
    other.scim().post("/Users", strange).await.expect(201);
    assert_eq!(workspace.admin().patch("/scim/rules", json!({ "refused_tolerances": ["nonsense"] })).await.status, 400);
    instance.abandon("no worker");
}
