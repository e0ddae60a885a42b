//! What is told, and of what.

use serde_json::{Value, json};

use super::{about, switch, text};
use crate::harness::Instance;

fn told(kind: &str, data: Value) -> (String, Value) {
    (kind.to_owned(), data)
}

#[tokio::test]
async fn the_life_of_a_member() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let member = workspace.member_of(&user).await;
    workspace.sign_in(&member["id"]).await;
    workspace.sign_in(&member["id"]).await;
    let operations = json!([{ "op": "add", "path": "roles", "value": [{ "value": "editor" }] }]);
    workspace.scim().operations(&format!("/Users/{}", text(&user["id"])), operations).await.expect(200);
    instance.settle().await;
    switch(&workspace, &user, false).await;
    instance.settle().await;
    switch(&workspace, &user, true).await;
    instance.settle().await;
    workspace.scim().delete(&format!("/Users/{}", text(&user["id"]))).await.expect(204);
    let role = |before: Value, after: Value| told("member.role_changed", json!({ "before": before, "after": after }));
    let (none, viewer, editor) = (Value::Null, json!("viewer"), json!("editor"));
    assert_eq!(
        about(&instance, &workspace, &member["id"]).await,
        [
            told("member.invited", json!({})),
            role(none.clone(), viewer.clone()),
            told("member.activated", json!({})),
            role(viewer, editor.clone()),
            told("member.deactivated", json!({ "cause": "user.deactivated" })),
            role(editor.clone(), none.clone()),
            told("member.reactivated", json!({ "status": "active" })),
            role(none.clone(), editor.clone()),
            told("member.deactivated", json!({ "cause": "user.deleted" })),
            told("member.removed", json!({})),
            role(editor, none),
        ]
    );
    instance.finish().await;
}

#[tokio::test]
async fn the_life_of_a_group() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let group = workspace.group("Crew", &[&user]).await;
    let path = format!("/Groups/{}", text(&group["id"]));
    let mapping = format!("/role-mappings/{}", text(&group["id"]));
    workspace.admin().put(&mapping, json!({ "role": "editor" })).await.expect(204);
    workspace.admin().delete(&mapping).await.expect(204);
    let change = async |operation: Value| workspace.scim().operations(&path, json!([operation])).await;
    change(json!({ "op": "replace", "path": "displayName", "value": "Officers" })).await.expect(200);
    change(json!({ "op": "replace", "path": "externalId", "value": "no name" })).await.expect(200);
    workspace.scim().delete(&path).await.expect(204);
    let members = |added: &[&Value], removed: &[&Value]| {
        let (came, went) = (added.len(), removed.len());
        told("group.members_changed", json!({ "added": added, "added_count": came, "removed": removed, "removed_count": went }))
    };
    assert_eq!(
        about(&instance, &workspace, &group["id"]).await,
        [
            told("group.created", json!({ "display_name": "Crew" })),
            members(&[&user["id"]], &[]),
            told("role_mapping.set", json!({ "role": "editor" })),
            told("role_mapping.removed", json!({})),
            told("group.renamed", json!({ "before": "Crew", "after": "Officers" })),
            members(&[], &[&user["id"]]),
            told("group.deleted", json!({})),
        ]
    );
    instance.finish().await;
}

#[tokio::test]
async fn tokens_and_the_gate() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let wish = json!({ "name": "for a robot", "scopes": ["members:read"] });
    let made = workspace.admin().post("/tokens", wish).await.expect(201)["token"].clone();
    for _ in 0..2 {
        workspace.admin().delete(&format!("/tokens/{}", text(&made["id"]))).await.expect(204);
    }
    let tokens = about(&instance, &workspace, &made["id"]).await;
    assert_eq!(tokens[0].0, "token.created");
    assert_eq!((&tokens[0].1["name"], &tokens[0].1["scopes"]), (&json!("for a robot"), &json!(["members:read"])));
    assert_eq!(tokens[1..], [told("token.revoked", json!({}))]);

    for change in [json!({ "name": "Other" }), json!({ "plan": "team" }), json!({ "saml_enabled": false })] {
        instance.ops().patch(&format!("/workspaces/{}", workspace.slug), change).await.expect(200);
    }
    workspace.enable_saml().await;
    instance.ops().patch(&format!("/workspaces/{}", workspace.slug), json!({ "plan": "enterprise" })).await.expect(200);
    let gate = |open: bool| told("workspace.gate_changed", json!({ "open": open }));
    assert_eq!(about(&instance, &workspace, &json!(workspace.id)).await, [gate(false), gate(true)]);
    instance.finish().await;
}

/// The commit that puts somebody out tells it, whatever the worker does.
#[tokio::test]
async fn a_deactivation_is_told_by_the_call_itself() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let member = workspace.member_of(&user).await;
    instance.settle().await;
    instance.worker(0).terminate();
    switch(&workspace, &user, false).await;
    let waiting = "select count(*) from event_outbox where type = 'member.deactivated'";
    assert_eq!(instance.database.count(waiting).await, 1);
    assert_eq!(instance.database.count("select count(*) from event_outbox").await, 1);
    instance.start_worker();
    let events = about(&instance, &workspace, &member["id"]).await;
    assert_eq!(events[events.len() - 2].0, "member.deactivated");
    instance.finish().await;
}

#[tokio::test]
async fn an_event_names_its_request() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let answer = workspace.scim().post("/Groups", json!({ "displayName": "Crew" })).await;
    let request = answer.header("x-request-id").to_owned();
    instance.settle().await;
    let page = workspace.admin().get("/events?type=group.created").await.expect(200);
    assert_eq!(page["events"][0]["request_id"], request);
    assert_eq!(page["events"][0]["subject_id"], answer.expect(201)["id"]);
    instance.finish().await;
}
