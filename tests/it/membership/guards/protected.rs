//! The last administrator and break-glass owners.

use std::collections::BTreeSet;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

use super::{held, of, set_active};
use crate::{
    harness::{Instance, Workspace, eventually},
    membership::{create, has_role, map, text},
};

/// The first administrator, whom somebody has given the role by hand, out of the way: the directory has to look after its own.
async fn without_the_first(workspace: &Workspace, instead: &Value) {
    let first =
        workspace.members().await.into_iter().find(|member| member["origin"] == "manual").expect("the first administrator");
    workspace.sign_in(&instead["id"]).await;
    workspace.admin().post(&format!("/members/{}/deactivate", text(&first["id"])), json!({})).await.expect(204);
}

async fn admin(workspace: &Workspace, name: &str) -> (Value, Value) {
    let user = create(workspace, name, json!({ "roles": [{ "value": "admin" }] })).await;
    let member = has_role(workspace, &user, "admin").await["member"].clone();
    (user, member)
}

#[tokio::test]
async fn the_last_admin_stays_in_until_there_is_another_one() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (user, member) = admin(&workspace, "ada@acme.test").await;
    without_the_first(&workspace, &member).await;
    let session = workspace.sign_in(&member["id"]).await;
    instance.settle().await;

    let answer = set_active(&workspace.scim(), &user, false).await;
    assert_eq!(answer["active"], json!(false), "the identity provider is answered what it has said");
    assert_eq!(workspace.check(&session).await, 200);
    assert_eq!(held(&workspace).await, [of(&member, "access", "last_admin", "held")]);
    instance.settle().await;
    assert_eq!(workspace.member(&member["id"]).await["member"]["role"], "admin", "the reconciliation holds it too");
    let approved = workspace.admin().post(&format!("/held-changes/{}/approve", text(&member["id"])), json!({})).await;
    assert!(approved.status == 409 && approved.text.contains("last administrator"), "{}", approved.text);
    // Deleted as well: the record goes, the person stays.
    workspace.scim().delete(&format!("/Users/{}", text(&user["id"]))).await.expect(204);
    instance.settle().await;
    assert_eq!(workspace.check(&session).await, 200);
    assert_eq!(held(&workspace).await, [of(&member, "access", "last_admin", "held")]);

    admin(&workspace, "grace@acme.test").await;
    eventually("the first one is out", async || workspace.check(&session).await == 401).await;
    instance.settle().await;
    assert_eq!(held(&workspace).await, Vec::<[String; 4]>::new());
    let receipts = workspace.admin().get(&format!("/members/{}/receipts", text(&member["id"]))).await.expect(200);
    assert_eq!(receipts[0]["sessions_count"], json!(2));
    instance.finish().await;
}

#[tokio::test]
async fn the_last_admin_keeps_the_role_whatever_happens_to_groups_and_mappings() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let group = workspace.group("Admins", &[&user]).await;
    map(&workspace, &group, "admin").await;
    let member = has_role(&workspace, &user, "admin").await["member"].clone();
    without_the_first(&workspace, &member).await;
    workspace.scim().delete(&format!("/Groups/{}", text(&group["id"]))).await.expect(204);
    eventually("it is held", async || held(&workspace).await == [of(&member, "role", "last_admin", "held")]).await;
    let detail = workspace.member(&member["id"]).await;
    assert_eq!((&detail["member"]["role"], detail["groups"].as_array().map(Vec::len)), (&json!("admin"), Some(0)));
    // Given by hand: nothing is held any more, because nothing would be taken.
    workspace.admin().put(&format!("/members/{}/grant", text(&member["id"])), json!({ "role": "admin" })).await.expect(204);
    eventually("nothing is held", async || held(&workspace).await.is_empty()).await;
    instance.settle().await;
    assert_eq!(workspace.member(&member["id"]).await["member"]["role"], "admin");
    instance.finish().await;
}

#[tokio::test]
async fn a_break_glass_owner_loses_nothing_as_long_as_the_mark_is_there() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (user, member) = admin(&workspace, "ada@acme.test").await;
    let viewer = has_role(&workspace, &workspace.user("eve@acme.test").await, "viewer").await["member"].clone();
    let mark = |member: &Value| format!("/members/{}/break-glass", text(&member["id"]));
    let refused = workspace.admin().put(&mark(&viewer), json!({})).await;
    assert!(refused.status == 409 && refused.text.contains("administrator"), "{}", refused.text);
    workspace.admin().put(&mark(&member), json!({})).await.expect(204);
    assert_eq!(workspace.member(&member["id"]).await["member"]["break_glass"], json!(true));
    let session = workspace.sign_in(&member["id"]).await;

    let role = json!([{ "op": "replace", "path": "roles", "value": [{ "value": "guest" }] }]);
    workspace.scim().operations(&format!("/Users/{}", text(&user["id"])), role).await.expect(200);
    eventually("the role is held", async || held(&workspace).await == [of(&member, "role", "break_glass", "held")]).await;
    set_active(&workspace.scim(), &user, false).await;
    instance.settle().await;
    assert_eq!(held(&workspace).await, [of(&member, "access", "break_glass", "held")]);
    assert_eq!((workspace.check(&session).await, text(&workspace.member(&member["id"]).await["member"]["role"])), (200, "admin"));
    workspace.admin().delete(&mark(&member)).await.expect(204);
    eventually("the owner is out", async || workspace.check(&session).await == 401).await;
    instance.settle().await;
    assert_eq!(held(&workspace).await, Vec::<[String; 4]>::new());
    instance.finish().await;
}

/// Whatever the directory says, in whatever order and however many at once, somebody administers the workspace.
#[tokio::test]
async fn no_sequence_of_changes_leaves_a_workspace_without_an_admin() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (user, member) = admin(&workspace, "first@acme.test").await;
    without_the_first(&workspace, &member).await;
    let group = workspace.group("Admins", &[]).await;
    map(&workspace, &group, "admin").await;
    let mut users = vec![user];
    for number in 0..5 {
        users.push(create(&workspace, &format!("u{number}@acme.test"), json!({})).await);
    }
    let seed = rand::random();
    let mut random = StdRng::seed_from_u64(seed);
    let scim = workspace.scim();
    for step in 0..60 {
        // Three changes at once.
        let changes: BTreeSet<usize> = (0..3).map(|_| random.random_range(0..users.len())).collect();
        let changes = changes.into_iter().map(|index| {
            let path = format!("/Users/{}", text(&users[index]["id"]));
            let member = json!([{ "value": users[index]["id"] }]);
            let (path, operation) = match random.random_range(0..6) {
                0 => (path, json!({ "op": "replace", "path": "active", "value": false })),
                1 => (path, json!({ "op": "replace", "path": "active", "value": true })),
                2 => (path, json!({ "op": "replace", "path": "roles", "value": [{ "value": "admin" }] })),
                3 => (path, json!({ "op": "remove", "path": "roles" })),
                4 => (format!("/Groups/{}", text(&group["id"])), json!({ "op": "add", "path": "members", "value": member })),
                _ => (format!("/Groups/{}", text(&group["id"])), json!({ "op": "remove", "path": "members", "value": member })),
            };
            let scim = scim.clone();
            async move { scim.operations(&path, json!([operation])).await.status }
        });
        futures::future::join_all(changes).await;
        let admins = "select count(*) from members where role = 'admin' and status <> 'deactivated'";
        assert!(instance.database.count(admins).await > 0, "nobody is left after step {step} of seed {seed}");
    }
    instance.settle().await;
    let admins = "select count(*) from members where role = 'admin' and status <> 'deactivated'";
    assert!(instance.database.count(admins).await > 0, "nobody is left in the end; seed {seed}");
    instance.finish().await;
}
