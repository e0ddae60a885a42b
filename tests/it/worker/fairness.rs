//! A workspace with very much to do delays no other, and no mark is stranded while others are being drained.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};

use crate::{
    deprovisioning::{Way, path_of},
    harness::{Instance, Workspace, eventually},
};

#[tokio::test]
async fn workspaces_with_thousands_of_marks_do_not_keep_another_ones_change_waiting() {
    let mut instance = Instance::without_worker().await;
    // More of them than a worker has hands for reconciling.
    let crowds = [instance.workspace().open().await, instance.workspace().open().await, instance.workspace().open().await];
    for crowd in &crowds {
        instance.database.execute(&people(crowd, 3000)).await;
    }
    let quiet = instance.workspace().open().await;
    instance.start_worker();
    let begun = "select count(*) from members where origin = 'directory' limit 1";
    eventually("the crowds are being worked on", async || instance.database.count(begun).await > 0).await;
    let user = quiet.user("only@acme.test").await;
    let member = quiet.member_of(&user).await;
    // Its leaver has a receipt about everything, while all of the crowds still wait.
    let session = quiet.sign_in(&member["id"]).await;
    Way::PatchWithPath.put_out(&quiet, &user).await;
    assert_eq!(quiet.check(&session).await, 401);
    let done = format!("select count(*) from receipts where workspace_id = '{}' and completed_at is not null", quiet.id);
    eventually("the receipt is complete", async || instance.database.count(&done).await == 1).await;
    let waiting = format!("select count(distinct workspace_id) from dirty where workspace_id <> '{}'", quiet.id);
    assert_eq!(instance.database.count(&waiting).await, 3, "every crowd still has people waiting");
    instance.settle().await;
    let after = format!(
        "select count(distinct workspace_id) from members
         where origin = 'directory' and workspace_id <> '{}' and created_at > '{}'",
        quiet.id,
        member["created_at"].as_str().expect("a time")
    );
    let after: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(after)).fetch_one(&instance.database.pool).await.expect("a count");
    assert_eq!(after, 3, "every crowd still had people waiting");
    assert_eq!(instance.database.count("select count(*) from members where origin = 'directory'").await, 9001);
    instance.finish().await;
}

/// SQL that puts people into the directory, each with its mark.
fn people(workspace: &Workspace, count: u32) -> String {
    format!(
        "with made as (
             insert into users (workspace_id, id, user_name_key, active, document, created_at, updated_at)
             select '{0}', gen_random_uuid(), 'u' || n, true, jsonb_build_object('userName', 'u' || n), now(), now()
             from generate_series(1, {count}) as n
             returning id
         )
         insert into dirty (workspace_id, kind, subject_id) select '{0}', 'user', id from made",
        workspace.id
    )
}

/// What somebody writes, over and over: every kind of change, about the people and groups that everybody else changes too.
async fn write(workspace: &Workspace, users: &[Value], groups: &[Value], task: usize) {
    let scim = workspace.scim();
    for round in 0..40 {
        let at = (round * 7 + task * 3) % users.len();
        let (user, group) = (&users[at], &groups[(round + task) % groups.len()]);
        let role = ["guest", "editor", "admin"][(round / 2 + task) % 3];
        let of_group = format!("/Groups/{}", group["id"].as_str().expect("an id"));
        let who = json!([{ "value": user["id"] }]);
        let answer = match (round + task) % 6 {
            0 => scim.operations(&path_of(user), json!([{ "op": "replace", "path": "active", "value": false }])).await,
            1 => scim.operations(&path_of(user), json!([{ "op": "replace", "path": "active", "value": true }])).await,
            2 => {
                scim.operations(&path_of(user), json!([{ "op": "replace", "path": "roles", "value": [{ "value": role }] }])).await
            }
            3 => scim.operations(&of_group, json!([{ "op": "add", "path": "members", "value": who }])).await,
            4 => scim.operations(&of_group, json!([{ "op": "remove", "path": "members", "value": who }])).await,
            _ => scim.operations(&path_of(user), json!([{ "op": "remove", "path": "roles" }])).await,
        };
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

#[tokio::test]
async fn marks_written_during_a_drain_are_not_stranded() {
    let mut instance = Instance::start().await;
    instance.start_worker();
    let workspace = instance.workspace().open().await;
    let mut users = Vec::new();
    for number in 0..24 {
        users.push(workspace.user(&format!("u{number}@acme.test")).await);
    }
    let groups = [workspace.group("One", &[]).await, workspace.group("Two", &[]).await];
    let mapping = format!("/role-mappings/{}", groups[1]["id"].as_str().expect("an id"));
    workspace.admin().put(&mapping, json!({ "role": "editor" })).await.expect(204);
    // Everybody is a member before the writing begins: whoever is put out before that never becomes one.
    instance.settle().await;
    join_all((0..4).map(|task| write(&workspace, &users, &groups, task))).await;
    instance.settle().await;

    for user in &users {
        let user = workspace.scim().get(&path_of(user)).await.expect(200);
        let member = workspace.member(&workspace.member_of(&user).await["id"]).await;
        let active = user["active"] == true;
        let none = Vec::new();
        let groups_of = |list: &Value, key: &str| -> BTreeSet<String> {
            list.as_array().unwrap_or(&none).iter().map(|group| group[key].as_str().expect("an id").to_owned()).collect()
        };
        let desired = if active { groups_of(&user["groups"], "value") } else { BTreeSet::new() };
        let by_group = if desired.contains(groups[1]["id"].as_str().expect("an id")) { "editor" } else { "viewer" };
        let role = user["roles"][0]["value"].as_str().unwrap_or(by_group);
        assert_eq!(member["member"]["status"], if active { "invited" } else { "deactivated" }, "{user}");
        assert_eq!(groups_of(&member["groups"], "id"), desired, "{user}");
        assert_eq!(member["member"]["role"], if active { json!(role) } else { Value::Null }, "{user}");
    }
    let path = format!("/workspaces/{}/reconcile", workspace.slug);
    instance.ops().post(&path, Value::Null).await.expect(202);
    instance.settle().await;
    assert_eq!(instance.database.count("select repaired from sweeps").await, 0, "a sweep finds nothing either");
    instance.finish().await;
}
