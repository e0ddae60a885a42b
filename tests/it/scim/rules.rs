//! Rules by which a workspace is stricter than the RFC asks, or stricter than identity providers get on with.

use serde_json::{Value, json};

use super::{id, patch, path};
use crate::harness::{Instance, Workspace, assert_includes};

async fn with(instance: &Instance, rules: Value) -> Workspace {
    let workspace = instance.workspace().open().await;
    workspace.admin().patch("/scim/rules", rules).await.expect(200);
    workspace
}

#[tokio::test]
async fn personal_data_stays_out_of_addresses() {
    let instance = Instance::without_worker().await;
    let workspace = with(&instance, json!({ "refuse_personal_filters": true })).await;
    let (scim, ada) = (workspace.scim(), workspace.user("ada@acme.test").await);
    let crew = workspace.group("Crew", &[&ada]).await;
    for filter in [
        "userName eq \"ada@acme.test\"",
        "externalId eq \"ada\"",
        "active eq true and emails.value co \"ada\"",
        "emails[type eq \"work\"].value eq \"ada@acme.test\"",
        "not (name.familyName sw \"A\")",
    ] {
        let answer = scim.filter("/Users", filter).await;
        let detail = answer.scim_error(403, Some("sensitive"));
        assert!(detail.contains("POST to /Users/.search") && !detail.contains("acme.test"), "{filter}: {detail}");
        // What the address must not hold, the body may.
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter });
        let found = scim.post("/Users/.search", body.clone()).await.expect(200);
        assert!(found["totalResults"].is_u64(), "{filter}: {found}");
        scim.post("/.search", body).await.expect(200);
    }
    let ids = [format!("id eq \"{}\"", id(&ada)), "active eq true".to_owned(), format!("groups.value eq \"{}\"", id(&crew))];
    for filter in &ids {
        assert_includes(&scim.filter("/Users", filter).await.expect(200), &json!({ "totalResults": 1 }), filter);
    }
    for filter in ["displayName eq \"crew\"".to_owned(), format!("members.value eq \"{}\"", id(&ada))] {
        assert_includes(&scim.filter("/Groups", &filter).await.expect(200), &json!({ "totalResults": 1 }), &filter);
    }
    // What is no filter is told so, as always.
    scim.filter("/Users", "userName eq").await.scim_error(400, Some("invalidFilter"));
    scim.get("/Users?startIndex=1&count=1&attributes=userName").await.expect(200);

    let other = instance.workspace().open().await;
    other.scim().filter("/Users", "userName eq \"ada@acme.test\"").await.expect(200);
    instance.abandon("nobody reconciles");
}

#[tokio::test]
async fn operations_without_a_path_are_refused_and_change_nothing() {
    let instance = Instance::without_worker().await;
    let workspace = with(&instance, json!({ "refuse_pathless_patch": true })).await;
    let (scim, ada) = (workspace.scim(), workspace.user("ada@acme.test").await);
    let crew = workspace.group("Crew", &[&ada]).await;
    let ada = scim.get(&path(&ada)).await.expect(200); // its groups are in its version
    let refused = [
        (&ada, json!([{ "op": "replace", "value": { "active": false } }])),
        (
            &ada,
            json!([{ "op": "add", "path": "title", "value": "x" }, { "op": "add", "path": null, "value": { "nickName": "y" } }]),
        ),
        (&crew, json!([{ "op": "replace", "value": { "members": [], "displayName": "Band" } }])),
    ];
    for (resource, operations) in refused {
        let detail = scim.patch(&path(resource), patch(operations)).await.scim_error(400, Some("invalidPath"));
        assert!(detail.contains("no path"), "{detail}");
        let after = scim.get(&path(resource)).await.expect(200);
        assert_eq!(after["meta"], resource["meta"]);
    }
    let with_path = patch(json!([{ "op": "replace", "path": "active", "value": false }]));
    assert_eq!(scim.patch(&path(&ada), with_path).await.expect(200)["active"], false);
    instance.abandon("nobody reconciles");
}

#[tokio::test]
async fn a_complex_attribute_is_replaced_whole_where_the_workspace_wants_it() {
    let instance = Instance::without_worker().await;
    let usual = instance.workspace().open().await;
    let strict = with(&instance, json!({ "replace_complex_whole": true })).await;
    let replaced = async |workspace: &Workspace| {
        let body = json!({ "userName": "ada", "name": { "givenName": "Ada", "familyName": "King" } });
        let ada = workspace.scim().post("/Users", body).await.expect(201);
        let replace = patch(json!([{ "op": "replace", "path": "name", "value": { "familyName": "Lovelace" } }]));
        workspace.scim().patch(&path(&ada), replace).await.expect(200);
        workspace.scim().get(&path(&ada)).await.expect(200)["name"].clone()
    };
    assert_eq!(replaced(&usual).await, json!({ "givenName": "Ada", "familyName": "Lovelace" }));
    assert_eq!(replaced(&strict).await, json!({ "familyName": "Lovelace" }));
    instance.abandon("nobody reconciles");
}
