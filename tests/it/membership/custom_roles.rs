//! Roles of a workspace's own.

use serde_json::{Value, json};

use super::{by_group, create, grant, grants, has_role, map, patch, text};
use crate::harness::{Instance, Workspace};

const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

async fn define(workspace: &Workspace, name: &str, rank: u16) {
    workspace.admin().put(&format!("/roles/{name}"), json!({ "rank": rank })).await.expect(204);
}

async fn names(workspace: &Workspace) -> Vec<String> {
    let roles = workspace.admin().get("/roles").await.expect(200);
    roles.as_array().expect("roles").iter().map(|role| format!("{} {}", text(&role["name"]), role["rank"])).collect()
}

#[tokio::test]
async fn they_are_given_by_groups_and_attributes_and_the_rank_decides() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    define(&workspace, "support", 250).await;
    define(&workspace, "billing", 50).await;
    let all = ["billing 50", "guest 100", "viewer 200", "support 250", "editor 300", "admin 1000"];
    assert_eq!(names(&workspace).await, all);

    let user = create(&workspace, "ada@acme.test", json!({})).await;
    let groups = [("Support", "support"), ("Billing", "billing"), ("Everybody", "viewer")];
    let mut made = Vec::new();
    for (name, role) in groups {
        let group = workspace.group(name, &[&user]).await;
        map(&workspace, &group, role).await;
        made.push(group);
    }
    // The strongest may come before the others do.
    instance.settle().await;
    let member = has_role(&workspace, &user, "support").await;
    assert_eq!(grants(&member).len(), 3);
    // Another rank, another strongest.
    define(&workspace, "billing", 260).await;
    has_role(&workspace, &user, "billing").await;
    define(&workspace, "billing", 50).await;
    has_role(&workspace, &user, "support").await;
    workspace.admin().delete(&format!("/role-mappings/{}", text(&made[0]["id"]))).await.expect(204);
    let member = has_role(&workspace, &user, "viewer").await;
    assert!(grants(&member).contains(&by_group(&made[1], "billing")));

    // By the attribute, as people type it.
    patch(&workspace, &user, json!({ "op": "add", "path": format!("{EXTENSION}:role"), "value": "Support" })).await;
    assert_eq!(grants(&has_role(&workspace, &user, "support").await), [grant("attribute", "support")]);
    patch(&workspace, &user, json!({ "op": "remove", "path": format!("{EXTENSION}:role") })).await;
    patch(&workspace, &user, json!({ "op": "add", "path": "roles", "value": [{ "value": "billing" }] })).await;
    assert_eq!(grants(&has_role(&workspace, &user, "billing").await), [grant("attribute", "billing")]);
    instance.finish().await;
}

#[tokio::test]
async fn the_schema_names_them_and_what_a_workspace_has_not_is_refused() {
    let instance = Instance::start().await;
    let (workspace, other) = (instance.workspace().open().await, instance.workspace().open().await);
    define(&workspace, "support", 250).await;
    let canonical = async |workspace: &Workspace| -> Vec<String> {
        let schema = workspace.scim().get(&format!("/Schemas/{EXTENSION}")).await.expect(200);
        schema["attributes"][0]["canonicalValues"].as_array().expect("values").iter().map(|name| text(name).to_owned()).collect()
    };
    assert_eq!(canonical(&workspace).await, ["admin", "editor", "viewer", "guest", "support"]);
    assert_eq!(canonical(&other).await, ["admin", "editor", "viewer", "guest"]);
    let body = json!({ "userName": "ada", EXTENSION: { "role": "support" } });
    let refused = other.scim().post("/Users", body.clone()).await;
    assert_eq!((refused.status, &refused.json()["scimType"]), (400, &json!("invalidValue")), "{}", refused.text);
    workspace.scim().post("/Users", body).await.expect(201);
    let group = other.group("Support", &[]).await;
    let path = format!("/role-mappings/{}", text(&group["id"]));
    let refused = other.admin().put(&path, json!({ "role": "support" })).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert!(refused.text.contains("guest, viewer, editor, admin"), "{}", refused.text);
    instance.finish().await;
}

#[tokio::test]
async fn one_that_is_given_to_somebody_stays_and_one_that_would_be_ambiguous_is_refused() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let admin = workspace.admin();
    for (name, rank, status) in [("admin", 5, 400), ("Support", 5, 400), ("x", 0, 400), ("x", 200, 400), ("x", 1000, 400)] {
        let answer = admin.put(&format!("/roles/{name}"), json!({ "rank": rank })).await;
        assert_eq!(answer.status, status, "{name} {rank} {}", answer.text);
    }
    define(&workspace, "support", 250).await;
    let taken = admin.put("/roles/other", json!({ "rank": 250 })).await;
    assert_eq!(taken.status, 409, "{}", taken.text);
    assert!(taken.text.contains("support has the rank 250"), "{}", taken.text);

    let delete = async || {
        let answer = admin.delete("/roles/support").await;
        (answer.status, answer.text)
    };
    let group = workspace.group("Support", &[]).await;
    map(&workspace, &group, "support").await;
    let (status, text_) = delete().await;
    assert!(status == 409 && text_.contains("mapped"), "{text_}");
    admin.delete(&format!("/role-mappings/{}", text(&group["id"]))).await.expect(204);
    let user = create(&workspace, "ada", json!({ "roles": [{ "value": "support" }] })).await;
    has_role(&workspace, &user, "support").await;
    let (status, text_) = delete().await;
    assert!(status == 409 && text_.contains("attribute"), "{text_}");
    patch(&workspace, &user, json!({ "op": "remove", "path": "roles" })).await;
    has_role(&workspace, &user, "viewer").await;
    let ops = instance.ops();
    let default = async |role: &str| ops.patch(&format!("/workspaces/{}", workspace.slug), json!({ "default_role": role })).await;
    default("support").await.expect(200);
    has_role(&workspace, &user, "support").await;
    let (status, text_) = delete().await;
    assert!(status == 409 && text_.contains("default"), "{text_}");
    assert_eq!(default("nobody").await.status, 400);
    default("viewer").await.expect(200);
    has_role(&workspace, &user, "viewer").await;
    instance.settle().await;
    assert_eq!(delete().await.0, 204);
    assert_eq!(delete().await.0, 404);
    assert_eq!(admin.delete("/roles/admin").await.status, 409);
    // Gone for the identity provider too: an attribute of the name gives nothing.
    patch(&workspace, &user, json!({ "op": "add", "path": "roles", "value": [{ "value": "support" }] })).await;
    instance.settle().await;
    assert_eq!(workspace.member_of(&user).await["role"], Value::from("viewer"));
    instance.finish().await;
}
