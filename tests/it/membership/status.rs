//! Invited, active, deactivated, and back.

use serde_json::{Value, json};

use super::{create, patch, text};
use crate::harness::Instance;

#[tokio::test]
async fn invited_then_active_then_deactivated_then_back_as_the_same_member() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = create(&workspace, "mo@acme.test", json!({ "displayName": "Mo" })).await;
    let invited = workspace.member_of(&user).await;
    assert_eq!(invited["status"], "invited");
    assert_eq!(invited["origin"], "directory");
    assert_eq!(invited["email"], "mo@acme.test");
    assert_eq!(invited["display_name"], "Mo");
    assert_eq!(invited["activated_at"], Value::Null);

    workspace.sign_in(&invited["id"]).await;
    let active = workspace.member(&invited["id"]).await["member"].clone();
    assert_eq!(active["status"], "active");
    let activated_at = active["activated_at"].clone();
    assert!(activated_at.is_string());

    patch(&workspace, &user, json!({ "op": "replace", "path": "active", "value": false })).await;
    let out = workspace.member_becomes(&invited["id"], "out, without a role", |member| member["member"]["role"].is_null()).await;
    assert_eq!(out["member"]["status"], "deactivated");
    assert!(out["member"]["deactivated_at"].is_string());

    patch(&workspace, &user, json!({ "op": "replace", "path": "active", "value": true })).await;
    let back = workspace.member_becomes(&invited["id"], "active again", |member| member["member"]["status"] == "active").await;
    assert_eq!(back["member"]["user_id"], user["id"]);
    assert_eq!(back["member"]["role"], "viewer");
    assert_eq!(back["member"]["activated_at"], activated_at);
    assert_eq!(back["member"]["deactivated_at"], Value::Null);
    assert_eq!(workspace.members().await.iter().filter(|member| member["user_id"] == user["id"]).count(), 1);
    instance.finish().await;
}

#[tokio::test]
async fn who_has_never_signed_in_comes_back_as_invited() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("never@acme.test").await;
    let member = workspace.member_of(&user).await;
    for _ in 0..2 {
        patch(&workspace, &user, json!({ "op": "replace", "path": "active", "value": false })).await;
        assert_eq!(workspace.member(&member["id"]).await["member"]["status"], "deactivated");
        patch(&workspace, &user, json!({ "op": "replace", "path": "active", "value": true })).await;
        workspace.member_becomes(&member["id"], "invited again", |member| member["member"]["status"] == "invited").await;
    }
    instance.finish().await;
}

#[tokio::test]
async fn who_is_inactive_from_the_beginning_is_no_member_until_active() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = create(&workspace, "later@acme.test", json!({ "active": false })).await;
    instance.settle().await;
    assert_eq!(workspace.members().await.len(), 1, "the admin alone");
    patch(&workspace, &user, json!({ "op": "replace", "path": "active", "value": true })).await;
    assert_eq!(workspace.member_of(&user).await["status"], "invited");
    instance.finish().await;
}

#[tokio::test]
async fn who_is_gone_before_the_worker_looks_was_never_in() {
    let mut instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let deactivated = workspace.user("short@acme.test").await;
    let deleted = workspace.user("shorter@acme.test").await;
    let restless = workspace.user("restless@acme.test").await;
    patch(&workspace, &deactivated, json!({ "op": "replace", "path": "active", "value": false })).await;
    workspace.scim().delete(&format!("/Users/{}", text(&deleted["id"]))).await.expect(204);
    for active in [false, true, false, true] {
        patch(&workspace, &restless, json!({ "op": "replace", "path": "active", "value": active })).await;
    }
    instance.start_worker();
    assert_eq!(workspace.member_of(&restless).await["status"], "invited");
    instance.settle().await;
    assert_eq!(workspace.members().await.len(), 2, "the admin and the one who is in");
    let invitations = "select count(*) from audit_log where actor = 'worker' and action = 'member.invited'";
    assert_eq!(instance.database.count(invitations).await, 1);
    assert_eq!(instance.database.count("select count(*) from receipts").await, 0);
    instance.finish().await;
}

#[tokio::test]
async fn name_and_address_follow_the_directory() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("before@acme.test").await;
    let member = workspace.member_of(&user).await;
    patch(
        &workspace,
        &user,
        json!({ "op": "replace", "value": {
        "userName": "after@acme.test", "displayName": "After", "emails": [{ "value": "post@acme.test", "primary": true }] } }),
    )
    .await;
    let after = workspace.member_becomes(&member["id"], "renamed", |member| member["member"]["display_name"] == "After").await;
    assert_eq!(after["member"]["email"], "post@acme.test");
    assert_eq!(after["member"]["status"], "invited");
    let opened = workspace.backend().post("/sessions", json!({ "email": "post@acme.test" })).await.expect(201);
    assert_eq!(opened["member_id"], member["id"]);
    instance.finish().await;
}

#[tokio::test]
async fn who_is_created_again_comes_back_under_the_same_id() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let body = |external: &str, title: &str| json!({ "userName": "isaac@acme.test", "externalId": external, "title": title, "active": true });
    let user = scim.post("/Users", body("hr-1", "Clerk")).await.expect(201);
    let member = workspace.member_of(&user).await;
    let session = workspace.sign_in(&member["id"]).await;
    let live = scim.post("/Users", body("hr-1", "Clerk")).await.scim_error(409, Some("uniqueness"));
    assert!(live.contains("userName eq"), "{live}");

    let inactive = json!({ "op": "replace", "path": "active", "value": false });
    scim.operations(&format!("/Users/{}", text(&user["id"])), json!([inactive])).await.expect(200);
    assert_eq!(workspace.check(&session).await, 401);
    for other in [body("hr-2", "Thief"), json!({ "userName": "ISAAC@acme.test" })] {
        let detail = scim.post("/Users", other).await.scim_error(409, Some("uniqueness"));
        assert!(detail.contains("externalId") && detail.contains("set active to true"), "{detail}");
    }
    let again = json!({ "userName": "isaac@acme.test", "externalId": "hr-1", "active": false });
    scim.post("/Users", again).await.scim_error(409, Some("uniqueness"));
    let still = scim.get(&format!("/Users/{}", text(&user["id"]))).await.expect(200);
    assert_eq!((&still["active"], &still["title"]), (&json!(false), &json!("Clerk")), "a refusal changes nothing");

    let back = scim.post("/Users", body("hr-1", "Director")).await.expect(201);
    assert_eq!((&back["id"], &back["active"], &back["title"]), (&user["id"], &json!(true), &json!("Director")));
    let returned =
        workspace.member_becomes(&member["id"], "the member is back", |member| member["member"]["status"] == "active").await;
    assert_eq!(returned["member"]["user_id"], user["id"]);
    assert_eq!(workspace.check(&session).await, 401, "the old session stays dead");
    instance.finish().await;
}
