//! Every grant says where it comes from, since when, and which request caused it.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{grants, has_role, map, patch, text};
use crate::harness::{Answer, Instance};

fn granted_at(member: &Value) -> DateTime<Utc> {
    text(&member["grants"][0]["granted_at"]).parse().expect("a time")
}

fn request_of(answer: &Answer) -> Value {
    json!(answer.header("x-request-id"))
}

#[tokio::test]
async fn a_grant_names_the_request_that_caused_it() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let answer = workspace.scim().post("/Users", json!({ "userName": "why@acme.test" })).await;
    let created = request_of(&answer);
    let user = answer.expect(201);
    let member = has_role(&workspace, &user, "viewer").await;
    assert_eq!(member["grants"][0]["request_id"], created);
    let since = granted_at(&member);

    // What changes nothing about the role changes nothing about its grant.
    patch(&workspace, &user, json!({ "op": "replace", "path": "title", "value": "Boss" })).await;
    patch(&workspace, &user, json!({ "op": "replace", "path": "displayName", "value": "Why" })).await;
    workspace.member_becomes(&member["member"]["id"], "renamed", |member| member["member"]["display_name"] == "Why").await;
    let same = has_role(&workspace, &user, "viewer").await;
    assert_eq!(same["grants"], member["grants"]);

    let promoted = patch(&workspace, &user, json!({ "op": "add", "path": "roles", "value": [{ "value": "admin" }] })).await;
    let member = has_role(&workspace, &user, "admin").await;
    assert_eq!(member["grants"][0]["request_id"], request_of(&promoted));
    assert!(granted_at(&member) >= since);
    instance.finish().await;
}

#[tokio::test]
async fn a_grant_by_group_names_the_change_of_the_group_or_of_the_mapping() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("grouped@acme.test").await;
    has_role(&workspace, &user, "viewer").await;
    let group = workspace.group("Editors", &[]).await;
    map(&workspace, &group, "editor").await;
    instance.settle().await;
    let path = format!("/Groups/{}", text(&group["id"]));
    let added = json!([{ "op": "add", "path": "members", "value": [{ "value": user["id"] }] }]);
    let joined = workspace.scim().operations(&path, added).await;
    let member = has_role(&workspace, &user, "editor").await;
    assert_eq!(member["grants"][0]["request_id"], request_of(&joined));
    assert_eq!(member["grants"][0]["group_id"], group["id"]);
    let mapped = map(&workspace, &group, "admin").await;
    let member = has_role(&workspace, &user, "admin").await;
    assert_eq!(member["grants"][0]["request_id"], request_of(&mapped));
    let path = format!("/role-mappings/{}", text(&group["id"]));
    let unmapped = workspace.admin().delete(&path).await;
    let member = has_role(&workspace, &user, "viewer").await;
    assert_eq!(member["grants"][0]["request_id"], request_of(&unmapped));
    instance.finish().await;
}

#[tokio::test]
async fn a_role_that_comes_back_names_the_request_that_brought_it_back() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("back@acme.test").await;
    let member = has_role(&workspace, &user, "viewer").await["member"]["id"].clone();
    patch(&workspace, &user, json!({ "op": "replace", "path": "active", "value": false })).await;
    workspace.member_becomes(&member, "no grants", |member| grants(member).is_empty()).await;
    instance.settle().await;
    let back = patch(&workspace, &user, json!({ "op": "replace", "path": "active", "value": true })).await;
    let member = has_role(&workspace, &user, "viewer").await;
    assert_eq!(member["grants"][0]["request_id"], request_of(&back));
    instance.finish().await;
}

#[tokio::test]
async fn the_audit_log_tells_the_story() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("story@acme.test").await;
    let member = has_role(&workspace, &user, "viewer").await["member"]["id"].clone();
    workspace.sign_in(&member).await;
    workspace.sign_in(&member).await;
    patch(&workspace, &user, json!({ "op": "add", "path": "roles", "value": [{ "value": "editor" }] })).await;
    has_role(&workspace, &user, "editor").await;
    patch(&workspace, &user, json!({ "op": "replace", "path": "active", "value": false })).await;
    workspace.member_becomes(&member, "no role", |member| member["member"]["role"].is_null()).await;
    instance.settle().await;
    patch(&workspace, &user, json!({ "op": "replace", "path": "active", "value": true })).await;
    has_role(&workspace, &user, "editor").await;
    let story: Vec<String> = sqlx::query_scalar(
        "select split_part(actor, ':', 1) || ' ' || action || coalesce(' ' || (detail -> 'after' ->> 'role'), '') from audit_log
         where subject_id = any($1::uuid[]) order by at, id",
    )
    .bind([text(&user["id"]), text(&member)].map(|id| uuid::Uuid::parse_str(id).expect("an id")))
    .fetch_all(&instance.database.pool)
    .await
    .expect("the audit log");
    assert_eq!(
        story,
        [
            "token user.created",
            "worker member.invited",
            "worker member.role_changed viewer",
            "token member.activated",
            "token user.updated",
            "worker member.role_changed editor",
            "token user.deactivated",
            "worker member.role_changed",
            "token user.reactivated",
            "worker member.reactivated",
            "worker member.role_changed editor",
        ]
    );
    instance.finish().await;
}
