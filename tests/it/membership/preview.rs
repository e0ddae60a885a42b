//! What the preview says would happen does happen, and nothing else.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{create, has_role, map, patch, text};
use crate::harness::{Instance, Workspace};

async fn preview(workspace: &Workspace, mappings: Value) -> Value {
    workspace.admin().post("/provisioning/preview", json!({ "role_mappings": mappings })).await.expect(200)
}

fn counts(preview: &Value) -> [i64; 7] {
    ["looked_at", "added", "returning", "removed", "promoted", "demoted", "lose_admin"]
        .map(|name| preview[name].as_i64().expect("a number"))
}

/// Status and role of every member of the directory, by address.
async fn state(workspace: &Workspace) -> BTreeMap<String, (String, Value)> {
    let members = workspace.members().await.into_iter().filter(|member| member["origin"] == "directory");
    members
        .map(|member| (text(&member["email"]).to_owned(), (text(&member["status"]).to_owned(), member["role"].clone())))
        .collect()
}

/// What the state is to be after a preview has come true.
fn foretold(before: &BTreeMap<String, (String, Value)>, preview: &Value) -> BTreeMap<String, (String, Value)> {
    let mut after = before.clone();
    for person in preview["people"].as_array().expect("people") {
        let status = match person["change"].as_str() {
            Some("added" | "returning") => "invited",
            Some("removed") => "deactivated",
            _ => continue_with(before, person),
        };
        after.insert(text(&person["email"]).to_owned(), (status.to_owned(), person["role_after"].clone()));
    }
    after
}

fn continue_with<'v>(before: &'v BTreeMap<String, (String, Value)>, person: &Value) -> &'v str {
    &before[text(&person["email"])].0
}

#[tokio::test]
async fn of_going_live() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let mut users = BTreeMap::new();
    for (name, role) in [
        ("stays", "viewer"),
        ("leaves", "admin"),
        ("deleted", "viewer"),
        ("rises", "viewer"),
        ("falls", "admin"),
        ("back", "viewer"),
    ] {
        let user = create(&workspace, &format!("{name}@acme.test"), json!({ "roles": [{ "value": role }] })).await;
        has_role(&workspace, &user, role).await;
        users.insert(name, user);
    }
    patch(&workspace, &users["back"], json!({ "op": "replace", "path": "active", "value": false })).await;
    instance.settle().await;
    let quiet = preview(&workspace, json!([])).await;
    assert_eq!((counts(&quiet), &quiet["people"]), ([6, 0, 0, 0, 0, 0, 0], &json!([])));

    workspace.admin().put("/provisioning", json!({ "mode": "observe" })).await.expect(204);
    let role = |role: &str| json!({ "op": "replace", "path": "roles", "value": [{ "value": role }] });
    let active = |value: bool| json!({ "op": "replace", "path": "active", "value": value });
    patch(&workspace, &users["leaves"], active(false)).await;
    patch(&workspace, &users["back"], active(true)).await;
    patch(&workspace, &users["rises"], role("editor")).await;
    patch(&workspace, &users["falls"], role("guest")).await;
    workspace.scim().delete(&format!("/Users/{}", text(&users["deleted"]["id"]))).await.expect(204);
    let new = create(&workspace, "new@acme.test", json!({ "roles": [{ "value": "editor" }] })).await;
    create(&workspace, "nothing@acme.test", json!({})).await;
    create(&workspace, "asleep@acme.test", json!({ "active": false })).await;
    workspace.group("Team", &[&users["stays"]]).await;
    instance.settle().await;

    let told = preview(&workspace, json!([])).await;
    // Eight users of the directory and the member whose user is gone.
    assert_eq!(counts(&told), [9, 2, 1, 2, 1, 1, 2]);
    assert_eq!((&told["updated"], &told["match_no_role"], &told["next"]), (&json!(1), &json!(1), &Value::Null));
    let people = told["people"].as_array().expect("people");
    let newcomer = people.iter().find(|person| person["user_id"] == new["id"]).expect("the new one");
    assert_eq!(
        (text(&newcomer["change"]), text(&newcomer["role_after"]), &newcomer["member_id"]),
        ("added", "editor", &Value::Null)
    );
    let before = state(&workspace).await;
    assert_eq!(before.len(), 6, "nothing has happened");
    workspace.admin().put("/provisioning", json!({ "mode": "live" })).await.expect(204);
    instance.settle().await;
    assert_eq!(state(&workspace).await, foretold(&before, &told));
    let after = preview(&workspace, json!([])).await;
    assert_eq!((counts(&after)[1..].to_vec(), &after["updated"]), (vec![0; 6], &json!(0)));
    instance.finish().await;
}

#[tokio::test]
async fn of_other_mappings() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let mut users = Vec::new();
    for n in 0..4 {
        users.push(workspace.user(&format!("u{n}@acme.test")).await);
    }
    let inner = workspace.group("Inner", &[&users[0], &users[1]]).await;
    let body = json!({ "displayName": "Outer", "members": [{ "value": inner["id"] }, { "value": users[2]["id"] }] });
    let outer = workspace.scim().post("/Groups", body).await.expect(201);
    map(&workspace, &outer, "editor").await;
    has_role(&workspace, &users[2], "editor").await;
    instance.settle().await;
    let cases = [
        (json!([{ "group_id": outer["id"], "role": "admin" }]), [3, 0, 0]),
        (json!([{ "group_id": outer["id"], "role": null }]), [0, 3, 0]),
        (json!([{ "group_id": inner["id"], "role": "admin" }, { "group_id": outer["id"], "role": null }]), [2, 1, 0]),
    ];
    let roles = state(&workspace).await;
    for (mappings, [promoted, demoted, lose_admin]) in &cases {
        let told = preview(&workspace, mappings.clone()).await;
        assert_eq!(counts(&told), [4, 0, 0, 0, *promoted, *demoted, *lose_admin], "{mappings}");
        assert_eq!(state(&workspace).await, roles, "looking changes nothing");
    }
    // The last one comes true.
    let told = preview(&workspace, cases[2].0.clone()).await;
    map(&workspace, &inner, "admin").await;
    workspace.admin().delete(&format!("/role-mappings/{}", text(&outer["id"]))).await.expect(204);
    instance.settle().await;
    assert_eq!(state(&workspace).await, foretold(&roles, &told));
    let owner = workspace
        .admin()
        .post("/provisioning/preview", json!({ "role_mappings": [{ "group_id": inner["id"], "role": "owner" }] }))
        .await;
    assert_eq!(owner.status, 400, "{}", owner.text);
    let nowhere = workspace.admin().post("/provisioning/preview", json!({ "after": "x" })).await;
    assert_eq!(nowhere.status, 400, "{}", nowhere.text);
    instance.finish().await;
}

#[tokio::test]
async fn what_is_held_or_was_rejected_is_told_as_that() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().brake().open().await;
    let admin = workspace.admin();
    admin.patch("/brake", json!({ "least": 0, "most": 0 })).await.expect(200);
    let mut members = Vec::new();
    for name in ["held", "rejected", "falls"] {
        let user = create(&workspace, &format!("{name}@acme.test"), json!({ "roles": [{ "value": "editor" }] })).await;
        members.push((has_role(&workspace, &user, "editor").await["member"]["id"].clone(), user));
    }
    for (_, user) in &members[..2] {
        patch(&workspace, user, json!({ "op": "replace", "path": "active", "value": false })).await;
    }
    patch(&workspace, &members[2].1, json!({ "op": "replace", "path": "roles", "value": [{ "value": "guest" }] })).await;
    instance.settle().await;
    admin.post(&format!("/held-changes/{}/reject", text(&members[1].0)), json!({})).await.expect(204);
    instance.settle().await;
    let told = preview(&workspace, json!([])).await;
    assert_eq!((counts(&told), &told["kept_back"]), ([3, 0, 0, 0, 0, 0, 0], &json!(3)), "{told}");
    for ((member, _), (change, state)) in members.iter().zip([("removed", "held"), ("removed", "rejected"), ("demoted", "held")])
    {
        let people = told["people"].as_array().expect("people");
        let person = people.iter().find(|person| person["member_id"] == *member).expect("the person");
        assert_eq!((text(&person["change"]), text(&person["kept_back"])), (change, state), "{person}");
    }
    // What was approved is not kept back.
    admin.post(&format!("/held-changes/{}/approve", text(&members[0].0)), json!({})).await.expect(204);
    instance.settle().await;
    let after = preview(&workspace, json!([])).await;
    assert_eq!(after["kept_back"], json!(2), "{after}");
    instance.finish().await;
}
