//! Why somebody has a role: what the explanation says would happen does happen.

use serde_json::{Value, json};

use super::{create, has_role, map, patch, text};
use crate::harness::{Instance, Workspace};

const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

async fn explained(workspace: &Workspace, user: &Value) -> Value {
    let member = workspace.member_of(user).await;
    workspace.admin().get(&format!("/members/{}/access", text(&member["id"]))).await.expect(200)
}

/// A group in which groups are.
async fn around(workspace: &Workspace, name: &str, inner: &[&Value]) -> Value {
    let groups: Vec<Value> = inner.iter().map(|group| json!({ "value": group["id"] })).collect();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name, "members": groups,
    });
    workspace.scim().post("/Groups", body).await.expect(201)
}

/// What would be left without a reason, as the explanation says.
fn without<'v>(access: &'v Value, reason: &str, group: &Value) -> &'v Value {
    let listed = access["what_if"].as_array().expect("what_if");
    let found = listed.iter().find(|what_if| what_if["without"] == reason && what_if["group_id"] == *group);
    found.unwrap_or_else(|| panic!("{reason} {group} is not in {access}"))
}

#[tokio::test]
async fn it_tells_record_groups_mappings_grants_and_role_with_times_and_requests() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = create(&workspace, "ada@acme.test", json!({ "externalId": "a-1" })).await;
    let team = workspace.group("Team", &[&user]).await;
    let company = around(&workspace, "Company", &[&team]).await;
    instance.settle().await;
    let mapped = map(&workspace, &company, "editor").await;
    has_role(&workspace, &user, "editor").await;
    let access = explained(&workspace, &user).await;
    assert_eq!(
        (&access["role"], &access["is_reconciled"], &access["default_role"]),
        (&json!("editor"), &json!(true), &json!("viewer"))
    );
    let directory = &access["directory"];
    assert_eq!(directory["user_id"], user["id"]);
    assert_eq!((text(&directory["user_name"]), text(&directory["external_id"])), ("ada@acme.test", "a-1"));
    assert_eq!((&directory["active"], &directory["role"]), (&json!(true), &Value::Null));
    let groups = access["groups"].as_array().expect("groups");
    let group = |id: &Value| groups.iter().find(|group| group["id"] == *id).expect("the group");
    assert_eq!((&group(&team["id"])["direct"], &group(&team["id"])["mapped_role"]), (&json!(true), &Value::Null));
    let outer = group(&company["id"]);
    assert_eq!((&outer["direct"], text(&outer["mapped_role"])), (&json!(false), "editor"));
    assert_eq!((&outer["through"], text(&outer["display_name"])), (&json!([team["id"]]), "Company"));
    assert!(outer["mapped_since"].is_string());
    let grant = &access["grants"][0];
    assert_eq!((text(&grant["source"]), &grant["group_id"], text(&grant["role"])), ("group", &company["id"], "editor"));
    assert_eq!(grant["request_id"], json!(mapped.header("x-request-id")), "the request that caused it");
    instance.finish().await;
}

#[tokio::test]
async fn what_it_says_would_be_left_is_left() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let (one, two) = (workspace.group("One", &[&user]).await, workspace.group("Two", &[&user]).await);
    let both = around(&workspace, "Both", &[&one, &two]).await;
    map(&workspace, &both, "admin").await;
    map(&workspace, &two, "editor").await;
    patch(&workspace, &user, json!({ "op": "add", "path": format!("{EXTENSION}:role"), "value": "guest" })).await;
    has_role(&workspace, &user, "guest").await;

    let access = explained(&workspace, &user).await;
    // As long as the attribute says something, groups do not.
    assert_eq!(without(&access, "mapping", &both["id"])["changes"], json!(false));
    assert_eq!(without(&access, "attribute", &Value::Null)["role"], "admin");
    patch(&workspace, &user, json!({ "op": "remove", "path": format!("{EXTENSION}:role") })).await;
    has_role(&workspace, &user, "admin").await;

    let access = explained(&workspace, &user).await;
    assert_eq!(without(&access, "group", &one["id"])["role"], "admin", "the other way leads there too");
    assert_eq!(without(&access, "group", &two["id"])["role"], "admin");
    assert_eq!(without(&access, "group", &both["id"])["role"], "editor");
    workspace.scim().delete(&format!("/Groups/{}", text(&one["id"]))).await.expect(204);
    instance.settle().await;
    has_role(&workspace, &user, "admin").await;

    let access = explained(&workspace, &user).await;
    assert_eq!(without(&access, "mapping", &both["id"])["role"], "editor");
    assert_eq!(without(&access, "group", &two["id"])["role"], "viewer");
    workspace.admin().delete(&format!("/role-mappings/{}", text(&both["id"]))).await.expect(204);
    has_role(&workspace, &user, "editor").await;
    workspace.scim().delete(&format!("/Groups/{}", text(&two["id"]))).await.expect(204);
    has_role(&workspace, &user, "viewer").await;
    assert_eq!(explained(&workspace, &user).await["what_if"], json!([]));
    instance.finish().await;
}

#[tokio::test]
async fn who_is_out_has_no_role_and_what_is_still_to_come_is_said() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let team = workspace.group("Team", &[&user]).await;
    has_role(&workspace, &user, "viewer").await;
    instance.settle().await;
    assert!(instance.worker(0).terminate().success());
    map(&workspace, &team, "editor").await;
    let access = explained(&workspace, &user).await;
    assert_eq!(
        (&access["role"], &access["member"]["role"], &access["is_reconciled"]),
        (&json!("editor"), &json!("viewer"), &json!(false))
    );
    patch(&workspace, &user, json!({ "op": "replace", "path": "active", "value": false })).await;
    let access = explained(&workspace, &user).await;
    assert_eq!((&access["role"], &access["directory"]["active"]), (&Value::Null, &json!(false)));
    let id = workspace.member_of(&user).await["id"].clone();
    workspace.scim().delete(&format!("/Users/{}", text(&user["id"]))).await.expect(204);
    let access = workspace.admin().get(&format!("/members/{}/access", text(&id))).await.expect(200);
    assert_eq!((&access["role"], &access["directory"], &access["what_if"]), (&Value::Null, &Value::Null, &json!([])));
    let unknown = workspace.admin().get("/members/00000000-0000-7000-8000-000000000000/access").await;
    assert_eq!(unknown.status, 404, "{}", unknown.text);
    instance.start_worker();
    instance.finish().await;
}
