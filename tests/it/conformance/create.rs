//! Creation (RFC 7644 §3.3).

use futures::future::join_all;
use serde_json::{Value, json};

use super::framework::{Ground, Section, hold, requirements};
use crate::scim::{ENTERPRISE, id, path};

/// Q083 to Q092.
pub const SECTION: Section = Section {
    title: "Create",
    requirements: requirements! {
        83 Must "Read-only attributes in the body are ignored." => read_only_is_ignored;
        84 Must "A creation is answered 201 with the address of the resource." => created_with_address;
        85 Should "The answer is the whole resource, with what we have set." => whole_resource;
        86 Must "A second one of the same name is 409 uniqueness, also when fifty come at once." => duplicates;
        87 Must "The resource is of the type of its endpoint." => type_of_the_endpoint;
        88 Must "What is no JSON object is 400 invalidSyntax." => objects_only;
        89 Must "A missing required value and a value of the wrong type are 400 invalidValue." => wrong_values;
        90 May "A user without active is active: shown, and found by filters." => default_of_active;
        91 May "null and an empty list are what absence is: the default of active comes in." => null_and_defaults;
        92 May "Unknown attributes are dropped; a workspace can have them refused with 400 invalidSyntax." => unknown_attributes;
    },
};

#[tokio::test]
async fn q083_to_q092_create() {
    hold(&SECTION).await;
}

async fn read_only_is_ignored(ground: &Ground<'_>) {
    let scim = ground.scim();
    let group = ground.workspace.group("Analysts", &[]).await;
    let body = json!({
        "id": "x", "userName": "ada@acme.test", "meta": { "version": "W/\"9\"", "resourceType": "Group" },
        "groups": [{ "value": id(&group) }], (ENTERPRISE): { "manager": { "value": "7", "displayName": "Forged" } },
    });
    let ada = scim.post("/Users", body).await.expect(201);
    assert_ne!(ada["id"], "x");
    assert!(ada.get("groups").is_none());
    assert_eq!(ada["meta"]["resourceType"], "User");
    assert_eq!(ada[ENTERPRISE]["manager"], json!({ "value": "7" }));
    assert_eq!(scim.get(&path(&ada)).await.expect(200), ada);
}

async fn created_with_address(ground: &Ground<'_>) {
    for (endpoint, body) in
        [("/Users", json!({ "userName": "ada@acme.test" })), ("/Groups", json!({ "displayName": "Analysts" }))]
    {
        let answer = ground.scim().post(endpoint, body).await;
        assert_eq!(answer.status, 201);
        let resource = answer.json();
        assert_eq!(resource["meta"]["location"], answer.header("location"));
        assert_eq!(ground.at(answer.header("location")).await.expect(200), resource);
    }
}

async fn whole_resource(ground: &Ground<'_>) {
    let scim = ground.scim();
    let ada = scim.post("/Users", json!({ "userName": "ada@acme.test", "name": { "givenName": "Ada" } })).await.expect(201);
    assert_eq!(scim.get(&path(&ada)).await.expect(200), ada);
    for name in ["schemas", "id", "userName", "name", "active", "meta"] {
        assert!(ada.get(name).is_some(), "{name}");
    }
    let group = ground.workspace.group("Analysts", &[&ada]).await;
    assert_eq!(group["members"][0]["value"], ada["id"]);
    assert_eq!(scim.get(&path(&group)).await.expect(200), group);
}

async fn duplicates(ground: &Ground<'_>) {
    let scim = ground.scim();
    for (endpoint, name) in [("/Users", "userName"), ("/Groups", "displayName")] {
        let body = |value: &str| json!({ name: value });
        let made = scim.post(endpoint, body("Analysts")).await.expect(201);
        scim.post(endpoint, body("analysts")).await.scim_error(409, Some("uniqueness"));
        assert_eq!(scim.get(&path(&made)).await.expect(200), made);
        let answers = join_all((0..50).map(|_| scim.post(endpoint, body("At once")))).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
        assert_eq!(won.len(), 1);
        lost.into_iter().for_each(|answer| assert!(answer.scim_error(409, Some("uniqueness")).contains(name)));
        assert_eq!(scim.count(endpoint, &format!("{name} eq \"at once\"")).await, 1);
    }
}

async fn type_of_the_endpoint(ground: &Ground<'_>) {
    let body = json!({ "userName": "ada@acme.test", "displayName": "Ada", "meta": { "resourceType": "Nothing" } });
    for (endpoint, kind) in [("/Users", "User"), ("/Groups", "Group")] {
        let made = ground.scim().post(endpoint, body.clone()).await.expect(201);
        assert_eq!(made["meta"]["resourceType"], kind);
        assert!(made["meta"]["location"].as_str().is_some_and(|address| address.contains(endpoint)));
        assert!(made["schemas"][0].as_str().is_some_and(|urn| urn.ends_with(kind)));
    }
}

async fn objects_only(ground: &Ground<'_>) {
    for endpoint in ["/Users", "/Groups"] {
        for body in ["{", "[]", "", "null", "1", "\"x\"", "{} {}", "<user/>", "{'userName':'x'}", "[{\"userName\":\"x\"}]"] {
            ground.scim().bytes("POST", endpoint, body).scim_error(400, Some("invalidSyntax"));
        }
    }
}

async fn wrong_values(ground: &Ground<'_>) {
    let scim = ground.scim();
    for body in [
        json!({}),
        json!({ "userName": {} }),
        json!({ "userName": 1 }),
        json!({ "userName": ["a", "b"] }),
        json!({ "userName": "x", "active": "maybe" }),
        json!({ "userName": "x", "name": "Ada" }),
        json!({ "userName": "x", "name": ["Ada", "King"] }),
        json!({ "userName": "x", "emails": 5 }),
        json!({ "userName": "x", "emails": [5] }),
        json!({ "userName": "x", "emails": [{ "value": 5 }] }),
        json!({ "userName": "x", "title": true }),
        json!({ "userName": "x", (ENTERPRISE): "Notes" }),
        json!({ "userName": "x", (ENTERPRISE): { "manager": 5 } }),
    ] {
        scim.post("/Users", body).await.scim_error(400, Some("invalidValue"));
    }
    for body in [
        json!({}),
        json!({ "displayName": {} }),
        json!({ "displayName": "x", "members": 5 }),
        json!({ "displayName": "x", "members": [5] }),
    ] {
        scim.post("/Groups", body).await.scim_error(400, Some("invalidValue"));
    }
    assert_eq!(scim.get("/").await.expect(200)["totalResults"], 0);
}

/// A user who is made with this has the default: it is shown and found.
async fn is_active_by_default(ground: &Ground<'_>, body: Value) {
    let scim = ground.scim();
    let ada = scim.post("/Users", body).await.expect(201);
    assert_eq!(ada["active"], true);
    assert_eq!(scim.get(&path(&ada)).await.expect(200)["active"], true);
    for (filter, count) in [("active eq true", 1), ("active pr", 1), ("active eq false", 0)] {
        assert_eq!(scim.count("/Users", filter).await, count, "{filter}");
    }
}

async fn default_of_active(ground: &Ground<'_>) {
    is_active_by_default(ground, json!({ "userName": "ada@acme.test" })).await;
}

async fn null_and_defaults(ground: &Ground<'_>) {
    is_active_by_default(ground, json!({ "userName": "ada@acme.test", "active": null, "emails": [], "title": null })).await;
    let users = ground.scim().get("/Users").await.expect(200);
    assert!(users["Resources"][0].get("emails").is_none() && users["Resources"][0].get("title").is_none());
}

async fn unknown_attributes(ground: &Ground<'_>) {
    let scim = ground.scim();
    let body = |name: &str| json!({ "userName": name, "shoeSize": 42, (ENTERPRISE): { "department": "Notes", "floor": 3 } });
    let ada = scim.post("/Users", body("ada@acme.test")).await.expect(201);
    assert!(ada.get("shoeSize").is_none());
    assert_eq!(ada[ENTERPRISE], json!({ "department": "Notes" }));

    let refuse = async |names: Value| {
        ground.workspace.admin().patch("/scim/rules", json!({ "refused_tolerances": names })).await.expect(200);
    };
    refuse(json!(["unknown-attribute"])).await;
    let inner = |attribute: &str| json!({ "userName": "grace@acme.test", (ENTERPRISE): { attribute: "x" } });
    scim.post("/Users", body("grace@acme.test")).await.scim_error(400, Some("invalidSyntax"));
    scim.put(&path(&ada), body("ada@acme.test")).await.scim_error(400, Some("invalidSyntax"));
    scim.post("/Users", inner("floor")).await.scim_error(400, Some("invalidSyntax"));
    scim.post("/Users", inner("department")).await.expect(201);
    refuse(json!([])).await;
    scim.post("/Users", body("other@acme.test")).await.expect(201);
}
