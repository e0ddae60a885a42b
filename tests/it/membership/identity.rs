//! Who is the same person, and whom the directory does not own.

use serde_json::{Value, json};

use super::{create, grant, grants, has_role, patch, text};
use crate::harness::{Instance, Workspace, eventually};

async fn delete(workspace: &Workspace, user: &Value) {
    workspace.scim().delete(&format!("/Users/{}", text(&user["id"]))).await.expect(204);
}

async fn is_out(workspace: &Workspace, member: &Value) {
    let out = workspace.member(member).await["member"].clone();
    assert_eq!(out["status"], "deactivated");
    assert_eq!(out["user_id"], Value::Null);
}

#[tokio::test]
async fn who_is_deleted_and_created_anew_is_the_same_member() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let cases = [
        ("same external id", json!({ "externalId": "00u1" }), "x@acme.test", "x@acme.test"),
        ("same external id, renamed", json!({ "externalId": "00u2" }), "maiden@acme.test", "married@acme.test"),
        ("no external id", json!({}), "y@acme.test", "Y@acme.test"),
    ];
    for (case, attributes, before, after) in cases {
        let first = create(&workspace, before, attributes.clone()).await;
        let member = workspace.member_of(&first).await["id"].clone();
        workspace.sign_in(&member).await;
        delete(&workspace, &first).await;
        is_out(&workspace, &member).await;
        let second = create(&workspace, after, attributes).await;
        assert_ne!(second["id"], first["id"], "{case}");
        let again = workspace.member_of(&second).await;
        assert_eq!(again["id"], member, "{case}");
        assert_eq!(again["status"], "active", "{case}");
        assert_eq!(again["email"], after, "{case}");
        assert_eq!(grants(&has_role(&workspace, &second, "viewer").await), [grant("default", "viewer")]);
    }
    instance.finish().await;
}

#[tokio::test]
async fn a_recycled_address_is_another_member() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let others = [json!({ "externalId": "new" }), json!({})];
    for (number, other) in others.into_iter().enumerate() {
        let name = format!("desk{number}@acme.test");
        let first =
            create(&workspace, &name, json!({ "externalId": format!("old{number}"), "roles": [{ "value": "admin" }] })).await;
        let member = has_role(&workspace, &first, "admin").await["member"]["id"].clone();
        let session = workspace.sign_in(&member).await;
        delete(&workspace, &first).await;
        let second = create(&workspace, &name, other).await;
        let newcomer = workspace.member_of(&second).await;
        assert_ne!(newcomer["id"], member);
        assert_eq!(newcomer["status"], "invited");
        assert_eq!(has_role(&workspace, &second, "viewer").await["member"]["id"], newcomer["id"]);
        is_out(&workspace, &member).await;
        assert_eq!(workspace.check(&session).await, 401);
        let opened = workspace.backend().post("/sessions", json!({ "email": name })).await.expect(201);
        assert_eq!(opened["member_id"], newcomer["id"], "the address is theirs now");
    }
    instance.finish().await;
}

#[tokio::test]
async fn it_is_the_same_person_also_when_the_worker_sees_both_at_once() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let first = create(&workspace, "swift@acme.test", json!({ "externalId": "swift" })).await;
    let member = workspace.member_of(&first).await["id"].clone();
    let session = workspace.sign_in(&member).await;
    instance.settle().await;
    instance.worker(0).terminate();
    delete(&workspace, &first).await;
    let second = create(&workspace, "swift@acme.test", json!({ "externalId": "swift" })).await;
    assert_eq!(workspace.check(&session).await, 401);
    instance.start_worker();
    assert_eq!(workspace.member_of(&second).await["id"], member);
    workspace.member_becomes(&member, "back with a role", |member| member["member"]["role"] == "viewer").await;
    instance.settle().await;
    let settled = workspace.member(&member).await;
    assert_eq!(settled["member"]["status"], "active");
    assert_eq!(grants(&settled), [grant("default", "viewer")]);
    assert_eq!(workspace.check(&session).await, 401);
    assert_eq!(workspace.members().await.len(), 2);
    instance.finish().await;
}

#[tokio::test]
async fn who_returns_inactive_stays_out() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let first = create(&workspace, "asleep@acme.test", json!({ "externalId": "asleep" })).await;
    let member = workspace.member_of(&first).await["id"].clone();
    delete(&workspace, &first).await;
    let second = create(&workspace, "asleep@acme.test", json!({ "externalId": "asleep", "active": false })).await;
    eventually("the member is behind the new user", async || {
        workspace.member(&member).await["member"]["user_id"] == second["id"]
    })
    .await;
    assert_eq!(workspace.member(&member).await["member"]["status"], "deactivated");
    patch(&workspace, &second, json!({ "op": "replace", "path": "active", "value": true })).await;
    workspace.member_becomes(&member, "in again", |member| member["member"]["status"] == "invited").await;
    instance.finish().await;
}

#[tokio::test]
async fn people_given_by_hand_are_never_touched() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let by_hand = workspace.members().await.remove(0);
    assert_eq!(by_hand["origin"], "manual");
    let session = workspace.sign_in(&by_hand["id"]).await;
    let before = workspace.member(&by_hand["id"]).await;
    assert_eq!(grants(&before), [grant("manual", "admin")]);
    // The directory has somebody of the same address, who comes and goes; then everything is swept.
    let user = workspace.user(text(&by_hand["email"])).await;
    let namesake = workspace.member_of(&user).await;
    assert_ne!(namesake["id"], by_hand["id"]);
    let group = workspace.group("Guests", &[&user]).await;
    super::map(&workspace, &group, "guest").await;
    patch(&workspace, &user, json!({ "op": "replace", "path": "active", "value": false })).await;
    delete(&workspace, &user).await;
    instance.ops().post(&format!("/workspaces/{}/reconcile", workspace.slug), Value::Null).await.expect(202);
    instance.settle().await;
    assert_eq!(workspace.member(&by_hand["id"]).await, before);
    assert_eq!(workspace.check(&session).await, 200);
    instance.finish().await;
}
