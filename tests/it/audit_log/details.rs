//! What an entry tells: who, what, before and after, in which request.

use serde_json::{Value, json};

use super::{search, text};
use crate::{
    deprovisioning::path_of,
    harness::{Instance, Workspace, assert_includes},
};

/// The newest entry of an action.
async fn newest(workspace: &Workspace, action: &str) -> Value {
    search(workspace, &[("action", action)]).await.first().unwrap_or_else(|| panic!("there is no {action}")).clone()
}

#[tokio::test]
async fn each_kind_of_actor_is_told_with_the_name_of_its_token() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let member = workspace.member_of(&user).await;
    let wish = json!({ "name": "Ada's laptop", "scopes": ["admin"], "member_id": member["id"] });
    let made = workspace.admin().post("/tokens", wish).await.expect(201);
    let hers = workspace.admin().token(made["secret"].as_str().expect("a secret"));
    let own = hers.post("/tokens", json!({ "name": "second", "scopes": ["members:read"] })).await.expect(201);
    instance.settle().await;

    let created = newest(&workspace, "user.created").await;
    let tokens = workspace.admin().get("/tokens").await.expect(200);
    let scim = tokens.as_array().expect("tokens").iter().find(|token| token["name"] == "for scim").expect("a token");
    assert_eq!(created["actor"], json!({ "kind": "token", "id": scim["id"], "token_id": scim["id"], "token_name": "for scim" }));
    assert_eq!(created["subject_id"], user["id"]);
    let invited = newest(&workspace, "member.invited").await;
    assert_includes(&invited, &json!({ "actor": { "kind": "system", "id": null }, "subject_id": member["id"] }), "the worker");
    assert_eq!(invited["request_id"], created["request_id"], "the worker tells which request it was for");
    let by_her = newest(&workspace, "token.created").await;
    let laptop = &made["token"]["id"];
    assert_eq!(
        by_her["actor"],
        json!({ "kind": "member", "id": member["id"], "token_id": laptop, "token_name": "Ada's laptop" })
    );
    assert_eq!(by_her["subject_id"], own["token"]["id"]);
    assert_eq!(newest(&workspace, "workspace.created").await["actor"]["kind"], "operator");
    // A token that is revoked is named all the same.
    workspace.admin().delete(&format!("/tokens/{}", text(laptop))).await.expect(204);
    assert_eq!(
        search(&workspace, &[("actor", &format!("token:{}", text(laptop)))]).await[0]["actor"]["token_name"],
        "Ada's laptop"
    );
    instance.finish().await;
}

#[tokio::test]
async fn a_change_is_told_with_what_was_before_and_after() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (scim, admin) = (workspace.scim(), workspace.admin());
    let user = workspace.user("ada@acme.test").await;
    let told = async |action: &str, expected: Value| {
        assert_includes(&newest(&workspace, action).await["detail"], &expected, action);
    };
    let patch = async |name: &str, value: Value| {
        scim.operations(&path_of(&user), json!([{ "op": "replace", "path": name, "value": value }])).await.expect(200);
    };
    patch("title", json!("A very private title")).await;
    patch("active", json!(false)).await;
    patch("active", json!(true)).await;
    let updated = newest(&workspace, "user.updated").await;
    assert_eq!(updated["detail"], json!({ "changed": ["title"] }));
    told("user.deactivated", json!({ "changed": ["active"], "before": { "active": true }, "after": { "active": false } })).await;
    told("user.reactivated", json!({ "before": { "active": false }, "after": { "active": true } })).await;

    let group = workspace.group("Old", &[]).await;
    let at = format!("/Groups/{}", text(&group["id"]));
    told("group.created", json!({ "after": { "displayName": "Old" } })).await;
    scim.operations(&at, json!([{ "op": "replace", "path": "displayName", "value": "New" }])).await.expect(200);
    told("group.updated", json!({ "before": { "displayName": "Old" }, "after": { "displayName": "New" } })).await;

    let mapping = format!("/role-mappings/{}", text(&group["id"]));
    admin.put(&mapping, json!({ "role": "editor" })).await.expect(204);
    told("role_mapping.set", json!({ "before": { "role": null }, "after": { "role": "editor" } })).await;
    admin.put(&mapping, json!({ "role": "guest" })).await.expect(204);
    told("role_mapping.set", json!({ "before": { "role": "editor" }, "after": { "role": "guest" } })).await;
    admin.delete(&mapping).await.expect(204);
    told("role_mapping.removed", json!({ "before": { "role": "guest" } })).await;
    scim.delete(&at).await.expect(204);
    told("group.deleted", json!({ "before": { "displayName": "New" } })).await;

    instance.ops().patch(&format!("/workspaces/{}", workspace.slug), json!({ "default_role": "guest" })).await.expect(200);
    told("workspace.changed", json!({ "before": { "default_role": "viewer" }, "after": { "default_role": "guest" } })).await;
    let made = admin.post("/tokens", json!({ "name": "short", "scopes": ["members:read"] })).await.expect(201);
    told("token.created", json!({ "after": { "name": "short", "scopes": ["members:read"], "member_id": null } })).await;
    let token = format!("/tokens/{}", text(&made["token"]["id"]));
    admin.delete(&token).await.expect(204);
    told("token.revoked", json!({ "before": { "name": "short", "scopes": ["members:read"] } })).await;
    admin.delete(&token).await.expect(204);
    assert_eq!(search(&workspace, &[("action", "token.revoked")]).await.len(), 1, "revoking again changes nothing");

    instance.settle().await;
    let member = workspace.member_of(&user).await;
    workspace.sign_in(&member["id"]).await;
    told("member.activated", json!({ "before": { "status": "invited" }, "after": { "status": "active" } })).await;
    instance.settle().await;
    // Names of attributes, and nothing that a person might want to have forgotten.
    let everything = serde_json::to_string(&search(&workspace, &[]).await).expect("JSON");
    for secret in ["A very private title", "ada@acme.test", made["secret"].as_str().expect("a secret")] {
        assert!(!everything.contains(secret), "{secret} stands in the audit log");
    }
    instance.finish().await;
}

#[tokio::test]
async fn an_extension_schema_is_told_with_its_attributes() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let urn = "urn:acme:scim:User";
    let define = async |attributes: Value| {
        let body = json!({ "resource_type": "User", "attributes": attributes });
        let answer = workspace.admin().put(&format!("/scim/schemas/{urn}"), body).await;
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text);
    };
    define(json!([{ "name": "badge" }])).await;
    define(json!([{ "name": "badge" }, { "name": "desk" }])).await;
    let entries = search(&workspace, &[("action", "scim_schema")]).await;
    assert_includes(
        &entries[0]["detail"],
        &json!({ "urn": urn, "before": { "attributes": ["badge"] }, "after": { "attributes": ["badge", "desk"] } }),
        "changed",
    );
    assert_includes(&entries[1]["detail"], &json!({ "before": null, "after": { "resource_type": "User" } }), "defined");
    instance.abandon("nobody works here");
}
