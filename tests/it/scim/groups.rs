//! Groups: create, read, replace, delete.

use serde_json::json;

use super::{GROUP, id, members, path};
use crate::harness::{Instance, assert_includes};

#[tokio::test]
async fn a_group_is_created_and_read_with_its_members() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (ada, bob) = (workspace.user("ada@acme.test").await, workspace.user("bob@acme.test").await);
    let body = json!({
        "schemas": [GROUP], "displayName": "Analysts", "externalId": "G-1",
        "members": [{ "value": id(&ada) }, { "value": id(&bob) }],
    });
    let answer = workspace.scim().post("/Groups", body).await;
    let (etag, location) = (answer.header("etag").to_owned(), answer.header("location").to_owned());
    let group = answer.expect(201);
    assert_includes(&group, &json!({ "schemas": [GROUP], "displayName": "Analysts", "externalId": "G-1" }), "the group");
    assert_includes(&group, &json!({ "meta": { "resourceType": "Group", "version": etag, "location": location } }), "meta");
    assert_eq!(members(&group), [id(&ada), id(&bob)]);
    assert_eq!(workspace.scim().get(&path(&group)).await.expect(200), group);
    for member in group["members"].as_array().expect("members") {
        let reference = member["$ref"].as_str().expect("an address");
        let there =
            instance.with_token(&workspace.scim_token).get(reference.strip_prefix(&instance.url()).expect("our host")).await;
        assert_eq!(there.expect(200)["id"], member["value"]);
        assert_eq!(member["type"], "User");
    }
    instance.finish().await;
}

#[tokio::test]
async fn a_membership_is_in_the_next_read_of_the_user() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let ada = workspace.user("ada@acme.test").await;
    let group = workspace.group("Analysts", &[&ada]).await;
    let wanted = json!({
        "groups": [{ "value": id(&group), "display": "Analysts", "type": "direct", "$ref": group["meta"]["location"] }],
    });
    assert_includes(&workspace.scim().get(&path(&ada)).await.expect(200), &wanted, "the user");
    assert_includes(&workspace.scim().get("/Users").await.expect(200)["Resources"][0], &wanted, "the list");
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "Engineers" }]);
    workspace.scim().operations(&path(&group), rename).await.expect(200);
    assert_eq!(workspace.scim().get(&path(&ada)).await.expect(200)["groups"][0]["display"], "Engineers");
    workspace.scim().delete(&path(&group)).await.expect(204);
    let groups = workspace.scim().get(&path(&ada)).await.expect(200)["groups"].clone();
    assert!(groups.as_array().is_none_or(Vec::is_empty), "{groups}");
    instance.finish().await;
}

#[tokio::test]
async fn a_group_needs_a_name_of_its_own_and_members_that_exist() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let ada = workspace.user("ada@acme.test").await;
    workspace.group("Analysts", &[]).await;
    let other = workspace.group("Engineers", &[&ada]).await;
    for name in ["Analysts", "ANALYSTS"] {
        assert!(
            scim.post("/Groups", json!({ "displayName": name }))
                .await
                .scim_error(409, Some("uniqueness"))
                .contains("displayName")
        );
        scim.put(&path(&other), json!({ "displayName": name })).await.scim_error(409, Some("uniqueness"));
    }
    for body in [json!({}), json!({ "displayName": "" }), json!({ "displayName": 1 })] {
        scim.post("/Groups", body.clone()).await.scim_error(400, Some("invalidValue"));
        scim.put(&path(&other), body).await.scim_error(400, Some("invalidValue"));
    }
    for stranger in ["019f0000-0000-7000-8000-000000000000", "nobody", ""] {
        let body = json!({ "displayName": "Third", "members": [{ "value": id(&ada) }, { "value": stranger }] });
        let detail = scim.post("/Groups", body.clone()).await.scim_error(400, Some("invalidValue"));
        assert!(detail.contains("members"), "{detail}");
        scim.put(&path(&other), body).await.scim_error(400, Some("invalidValue"));
    }
    assert_eq!(scim.get("/Groups").await.expect(200)["totalResults"], 2);
    assert_eq!(scim.get(&path(&other)).await.expect(200), other);
    instance.finish().await;
}

#[tokio::test]
async fn a_replaced_group_has_the_members_of_the_body_and_keeps_them_when_it_names_none() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let (a, b, c) =
        (workspace.user("a@acme.test").await, workspace.user("b@acme.test").await, workspace.user("c@acme.test").await);
    let group = workspace.group("Analysts", &[&a, &b]).await;
    let at = path(&group);
    let swapped = json!({
        "schemas": [GROUP], "displayName": "Analysts", "members": [{ "value": id(&b) }, { "value": id(&c), "display": null }],
    });
    assert_eq!(members(&scim.put(&at, swapped).await.expect(200)), [id(&b), id(&c)]);
    let renamed = scim.put(&at, json!({ "displayName": "Engineers" })).await.expect(200);
    assert_eq!(renamed["displayName"], "Engineers");
    assert_eq!(members(&renamed), [id(&b), id(&c)]);
    let emptied = scim.put(&at, json!({ "displayName": "Engineers", "members": [] })).await.expect(200);
    assert_eq!(emptied["members"], json!([]));
    assert_eq!(scim.get(&at).await.expect(200), emptied);
    instance.finish().await;
}

#[tokio::test]
async fn a_deleted_group_is_gone_for_every_verb_and_its_name_is_free() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let ada = workspace.user("ada@acme.test").await;
    let group = workspace.group("Analysts", &[&ada]).await;
    scim.delete(&path(&group)).await.expect(204);
    scim.get(&path(&group)).await.scim_error(404, None);
    scim.put(&path(&group), json!({ "displayName": "Analysts" })).await.scim_error(404, None);
    scim.operations(&path(&group), json!([{ "op": "replace", "path": "displayName", "value": "x" }])).await.scim_error(404, None);
    scim.delete(&path(&group)).await.scim_error(404, None);
    assert_eq!(scim.get("/Groups").await.expect(200)["totalResults"], 0);
    assert_eq!(scim.get(&path(&ada)).await.expect(200)["active"], true);
    assert_ne!(workspace.group("Analysts", &[&ada]).await["id"], group["id"]);
    instance.finish().await;
}

#[tokio::test]
async fn entra_creates_a_group_with_a_schema_of_its_own() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let body = json!({
        "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159", "displayName": "Group", "meta": { "resourceType": "Group" },
    });
    let group = workspace.scim().post("/Groups", body).await.expect(201);
    assert_eq!(group["schemas"], json!([GROUP]));
    assert_eq!(group["members"], json!([]), "authentik takes a missing list for a reason to add nobody");
    let found = workspace.scim().get("/Groups?excludedAttributes=members&filter=displayName+eq+%22GROUP%22").await.expect(200);
    assert_includes(&found, &json!({ "totalResults": 1, "Resources": [{ "id": id(&group), "members": null }] }), "the look-up");
    instance.finish().await;
}
