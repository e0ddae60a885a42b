//! In whatever order marks and jobs are taken up, and however often: what comes of them is the same.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    deprovisioning::{Way, path_of},
    harness::{Instance, Workspace},
};

const ORDERS: usize = 6;

/// The same changes in every workspace: people who come, go, come back, change role and groups, groups that are mapped, nested and deleted.
async fn change(workspace: &Workspace) {
    let scim = workspace.scim();
    let mut people = Vec::new();
    for name in ["ada", "bob", "cid", "dan", "eve", "fay", "gus", "hal"] {
        people.push(workspace.user(&format!("{name}@acme.test")).await);
    }
    let crew = workspace.group("Crew", &[&people[0], &people[1], &people[2]]).await;
    let whole = workspace.group("Whole", &[&crew, &people[3]]).await;
    let gone = workspace.group("Gone", &[&people[4], &people[5]]).await;
    let at = |group: &Value| format!("/Groups/{}", group["id"].as_str().expect("an id"));
    let map = |group: &Value| format!("/role-mappings/{}", group["id"].as_str().expect("an id"));
    workspace.admin().put(&map(&whole), json!({ "role": "editor" })).await.expect(204);
    workspace.admin().put(&map(&gone), json!({ "role": "admin" })).await.expect(204);
    let role = |role: &str| json!([{ "op": "replace", "path": "roles", "value": [{ "value": role }] }]);
    scim.operations(&path_of(&people[6]), role("admin")).await.expect(200);
    scim.operations(&path_of(&people[6]), role("guest")).await.expect(200);
    Way::PatchWithPath.put_out(workspace, &people[1]).await;
    crate::deprovisioning::let_in(workspace, &people[1]).await;
    Way::PatchWithPath.put_out(workspace, &people[2]).await;
    Way::Delete.put_out(workspace, &people[7]).await;
    scim.delete(&at(&gone)).await.expect(204);
    scim.operations(&at(&crew), json!([{ "op": "replace", "path": "displayName", "value": "Team" }])).await.expect(200);
    let moved =
        json!([{ "op": "remove", "path": format!("members[value eq \"{}\"]", people[0]["id"].as_str().expect("an id")) }]);
    scim.operations(&at(&crew), moved).await.expect(200);
}

/// What has become of everybody, by names alone.
async fn state(workspace: &Workspace) -> BTreeMap<String, Value> {
    let mut state = BTreeMap::new();
    for member in workspace.members().await {
        let detail = workspace.member(&member["id"]).await;
        let mut groups: Vec<&Value> =
            detail["groups"].as_array().expect("groups").iter().map(|group| &group["display_name"]).collect();
        groups.sort_by_key(|name| name.to_string());
        let mut grants: Vec<(&Value, &Value)> =
            detail["grants"].as_array().expect("grants").iter().map(|grant| (&grant["source"], &grant["role"])).collect();
        grants.sort_by_key(|grant| format!("{grant:?}"));
        let receipts = crate::deprovisioning::receipts_of(workspace, &member["id"]).await;
        assert!(receipts.iter().all(|receipt| receipt["completed_at"].is_string()), "{receipts:?}");
        // The first administrator is named after the workspace.
        let name = member["email"].as_str().expect("an address").replace(&workspace.slug, "");
        state.insert(name, json!([member["status"], member["role"], groups, grants, receipts.len()]));
    }
    state
}

#[tokio::test]
async fn any_order_and_any_repetition_of_marks_and_jobs_comes_to_the_same() {
    let mut instance = Instance::without_worker().await;
    let mut workspaces = Vec::new();
    for _ in 0..ORDERS {
        workspaces.push(instance.workspace().open().await);
    }
    for workspace in &workspaces {
        change(workspace).await;
    }
    instance.start_worker();
    instance.settle().await;
    instance.worker(0).terminate();
    // Now they are members, and nobody works.
    for workspace in &workspaces {
        for user in workspace.scim().get("/Users").await.expect(200)["Resources"].as_array().expect("users").iter().take(3) {
            Way::PatchWithPath.put_out(workspace, user).await;
            crate::deprovisioning::let_in(workspace, user).await;
            Way::PatchWithPath.put_out(workspace, user).await;
        }
        workspace.group("Late", &[]).await;
    }
    // The first is worked off as it came, every other one in an order of its own, with every mark twice.
    for (number, workspace) in workspaces.iter().enumerate().skip(1) {
        let shuffle = format!(
            "with taken as (delete from dirty where workspace_id = '{0}' returning kind, subject_id, request_id, seq)
             insert into dirty (workspace_id, kind, subject_id, request_id)
             select '{0}', kind, subject_id, request_id from (select * from taken union all select * from taken) as twice
             order by md5(subject_id::text || seq || random() || '{number}')",
            workspace.id
        );
        instance.database.execute(&shuffle).await;
    }
    instance
        .database
        .execute("update apalis.jobs set run_at = now() - random() * interval '1 hour' where status = 'Pending'")
        .await;
    instance.start_worker();
    instance.start_worker();
    instance.settle().await;
    let expected = state(&workspaces[0]).await;
    assert_eq!(expected.len(), 7, "whoever had left before anybody worked never came: {expected:?}");
    for workspace in &workspaces[1..] {
        assert_eq!(state(workspace).await, expected);
    }

    // Every job once more, as if nobody had written down that they are done: nothing happens twice.
    let told = "select count(*) from audit_log";
    let before = (instance.database.count(told).await, instance.database.count("select count(*) from receipts").await);
    let again = "update apalis.jobs set status = 'Pending', attempts = 0, lock_by = null, lock_at = null, done_at = null, run_at = now() where status = 'Done'";
    instance.database.execute(again).await;
    instance
        .database
        .execute("insert into dirty (workspace_id, kind, subject_id) select workspace_id, 'user', id from users")
        .await;
    instance.settle().await;
    assert_eq!((instance.database.count(told).await, instance.database.count("select count(*) from receipts").await), before);
    for workspace in &workspaces {
        assert_eq!(state(workspace).await, expected);
    }
    instance.finish().await;
}
