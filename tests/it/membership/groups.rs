//! Workspace groups follow the pushed groups and keep their id.

use serde_json::{Value, json};

use super::{has_role, is_in, patch, text};
use crate::harness::{Instance, Workspace, eventually};

fn path_of(group: &Value) -> String {
    format!("/Groups/{}", text(&group["id"]))
}

async fn change(workspace: &Workspace, group: &Value, operations: Value) {
    let answer = workspace.scim().operations(&path_of(group), operations).await;
    assert!(matches!(answer.status, 200 | 204), "{}", answer.text);
}

#[tokio::test]
async fn they_are_made_renamed_and_removed_with_the_pushed_group() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("g@acme.test").await;
    let group = workspace.group("Sales", &[&user]).await;
    is_in(&workspace, &user, &["Sales"]).await;
    let member = has_role(&workspace, &user, "viewer").await;
    assert_eq!(member["groups"][0]["id"], group["id"]);
    change(&workspace, &group, json!([{ "op": "replace", "path": "displayName", "value": "Sales EMEA" }])).await;
    is_in(&workspace, &user, &["Sales EMEA"]).await;
    let body = json!({ "displayName": "Sales World", "members": [{ "value": user["id"] }] });
    workspace.scim().put(&path_of(&group), body).await.expect(200);
    is_in(&workspace, &user, &["Sales World"]).await;
    workspace.scim().delete(&path_of(&group)).await.expect(204);
    is_in(&workspace, &user, &[]).await;
    eventually("no workspace group is left", async || {
        instance.database.count("select count(*) from workspace_groups").await == 0
    })
    .await;
    instance.settle().await;
    assert_eq!(instance.database.count("select count(*) from workspace_group_members").await, 0);
    instance.finish().await;
}

#[tokio::test]
async fn their_members_follow_every_way_of_changing_members() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (a, b, c) =
        (workspace.user("a@acme.test").await, workspace.user("b@acme.test").await, workspace.user("c@acme.test").await);
    let group = workspace.group("Team", &[]).await;
    let expect = async |with: [bool; 3]| {
        for (user, with) in [&a, &b, &c].into_iter().zip(with) {
            is_in(&workspace, user, if with { &["Team"] } else { &[] }).await;
        }
    };
    expect([false, false, false]).await;
    change(
        &workspace,
        &group,
        json!([{ "op": "add", "path": "members", "value": [{ "value": a["id"] }, { "value": b["id"] }] }]),
    )
    .await;
    expect([true, true, false]).await;
    let one = format!("members[value eq \"{}\"]", text(&a["id"]));
    change(&workspace, &group, json!([{ "op": "remove", "path": one }])).await;
    expect([false, true, false]).await;
    change(
        &workspace,
        &group,
        json!([{ "op": "replace", "path": "members", "value": [{ "value": a["id"] }, { "value": c["id"] }] }]),
    )
    .await;
    expect([true, false, true]).await;
    change(&workspace, &group, json!([{ "op": "remove", "path": "members", "value": [{ "value": c["id"] }] }])).await;
    expect([true, false, false]).await;
    let everybody = json!([{ "value": a["id"] }, { "value": b["id"] }, { "value": c["id"] }]);
    workspace.scim().put(&path_of(&group), json!({ "displayName": "Team", "members": everybody })).await.expect(200);
    expect([true, true, true]).await;
    change(&workspace, &group, json!([{ "op": "remove", "path": "members" }])).await;
    expect([false, false, false]).await;
    instance.finish().await;
}

#[tokio::test]
async fn who_leaves_is_out_of_the_groups_and_who_returns_is_in_them_again() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("goes@acme.test").await;
    let (one, _two) = (workspace.group("One", &[&user]).await, workspace.group("Two", &[&user]).await);
    is_in(&workspace, &user, &["One", "Two"]).await;
    patch(&workspace, &user, json!({ "op": "replace", "path": "active", "value": false })).await;
    is_in(&workspace, &user, &[]).await;
    // While they are out, the directory goes on.
    change(&workspace, &one, json!([{ "op": "remove", "path": "members" }])).await;
    workspace.group("Three", &[&user]).await;
    instance.settle().await;
    is_in(&workspace, &user, &[]).await;
    patch(&workspace, &user, json!({ "op": "replace", "path": "active", "value": true })).await;
    is_in(&workspace, &user, &["Three", "Two"]).await;
    instance.finish().await;
}
