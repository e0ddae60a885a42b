//! The brake on mass changes.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::{held, of, set_active};
use crate::{
    harness::{Instance, Workspace, eventually},
    membership::{has_role, map, text},
};

/// Creates so many people by bulk and waits until they are members.
async fn people(instance: &Instance, workspace: &Workspace, count: usize) -> Vec<Value> {
    let mut users = Vec::new();
    for chunk in (0..count).collect::<Vec<_>>().chunks(500) {
        let operation = |n: &usize| {
            let data =
                json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": format!("u{n}@acme.test") });
            json!({ "method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": data })
        };
        let operations: Vec<Value> = chunk.iter().map(operation).collect();
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations });
        let answer = workspace.scim().post("/Bulk", body).await.expect(200);
        for result in answer["Operations"].as_array().expect("results") {
            let id = text(&result["location"]).rsplit('/').next().expect("an id").to_owned();
            users.push(json!({ "id": id }));
        }
    }
    instance.settle().await;
    users
}

async fn set_all(workspace: &Workspace, users: &[Value], active: bool) {
    let scim = workspace.scim();
    let calls = users.iter().map(|user| {
        let scim = scim.clone();
        async move {
            let answer = set_active(&scim, user, active).await;
            assert_eq!(answer["active"], json!(active), "the identity provider is answered what it has said");
        }
    });
    stream::iter(calls).buffer_unordered(8).collect::<Vec<()>>().await;
}

async fn open_members(instance: &Instance) -> i64 {
    instance.database.count("select count(*) from members where status <> 'deactivated' and origin = 'directory'").await
}

async fn batches(workspace: &Workspace) -> Vec<Value> {
    workspace.admin().get("/held-batches").await.expect(200).as_array().expect("batches").clone()
}

async fn decide(workspace: &Workspace, batch: &Value, decision: &str) -> u64 {
    let answer = workspace.admin().post(&format!("/held-batches/{}/{decision}", text(&batch["id"])), json!({})).await;
    answer.expect(200)["changes"].as_u64().expect("a number")
}

/// A broken rule of an identity provider deactivates 60 % of 1,000 people.
#[tokio::test]
async fn of_six_hundred_at_once_a_hundred_leave_and_the_others_when_somebody_has_approved() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().brake().open().await;
    let users = people(&instance, &workspace, 1_000).await;
    let (leavers, stayers) = users.split_at(600);
    // A hundred of the thousand members and of their first administrator: a tenth of 1,001.
    set_all(&workspace, leavers, false).await;
    assert_eq!(open_members(&instance).await, 900, "before the worker has done anything");
    instance.settle().await;
    assert_eq!(open_members(&instance).await, 900, "the reconciliation holds what the call has held");
    let batch = batches(&workspace).await.remove(0);
    assert_eq!((&batch["access_changes"], &batch["decision"]), (&json!(500), &Value::Null));
    let open = instance.ops().get("/held-batches").await.expect(200);
    assert_eq!((&open[0]["workspace"], &open[0]["batch"]["id"]), (&json!(workspace.slug), &batch["id"]));
    assert!(instance.logs().contains("the brake has engaged"));

    // One by one: this one out, that one not.
    let page = workspace.admin().get(&format!("/held-changes?batch_id={}&state=held", text(&batch["id"]))).await.expect(200);
    assert_eq!((page["changes"].as_array().map(Vec::len), page["next"].is_string()), (Some(100), true));
    let [one, other] = [0, 1].map(|index| text(&page["changes"][index]["member_id"]).to_owned());
    workspace.admin().post(&format!("/held-changes/{one}/approve"), json!({})).await.expect(204);
    workspace.admin().post(&format!("/held-changes/{other}/reject"), json!({})).await.expect(204);
    workspace.member_becomes(&json!(one), "out", |member| member["member"]["status"] == "deactivated").await;
    instance.settle().await;
    assert_eq!(open_members(&instance).await, 899);

    assert_eq!(decide(&workspace, &batch, "approve").await, 498);
    instance.settle().await;
    assert_eq!(open_members(&instance).await, 401, "exactly those, and the one that was rejected is still in");
    assert_eq!(workspace.member(&json!(other)).await["member"]["status"], "invited");
    assert_eq!(held(&workspace).await, [of(&json!({ "id": other }), "access", "mass_change", "rejected")]);
    let again = workspace.admin().post(&format!("/held-batches/{}/reject", text(&batch["id"])), json!({})).await;
    assert_eq!(again.status, 404, "{}", again.text);
    // Somebody has found the mass change right, so single leavers pass again.
    set_active(&workspace.scim(), &stayers[0], false).await;
    assert_eq!(open_members(&instance).await, 400);
    let receipts = instance.database.count("select count(*) from receipts where completed_at is null").await;
    instance.settle().await;
    assert!(receipts <= 1);
    instance.finish().await;
}

#[tokio::test]
async fn rejected_and_activated_again_everybody_is_in() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().brake().open().await;
    let users = people(&instance, &workspace, 20).await;
    let members = workspace.members().await;
    let session = workspace.sign_in(&workspace.member_of(&users[19]).await["id"]).await;
    set_all(&workspace, &users[..5], false).await;
    set_all(&workspace, &users[5..], false).await;
    assert_eq!(open_members(&instance).await, 15, "five in any case");
    let batch = batches(&workspace).await.remove(0);
    assert_eq!(decide(&workspace, &batch, "reject").await, 15);
    instance.settle().await;
    assert_eq!((open_members(&instance).await, workspace.check(&session).await), (15, 200));
    // Other changes of the person change nothing about it.
    let title = json!([{ "op": "replace", "path": "title", "value": "T" }]);
    workspace.scim().operations(&format!("/Users/{}", text(&users[19]["id"])), title).await.expect(200);
    instance.settle().await;
    assert_eq!((open_members(&instance).await, held(&workspace).await.len()), (15, 15));

    set_all(&workspace, &users, true).await;
    instance.settle().await;
    assert_eq!((open_members(&instance).await, held(&workspace).await.len()), (20, 0));
    assert_eq!(workspace.check(&session).await, 200, "nothing was ever taken");
    let ids = |members: &[Value]| members.iter().map(|member| member["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&workspace.members().await), ids(&members));
    instance.finish().await;
}

#[tokio::test]
async fn a_rejected_leaver_who_is_deleted_later_is_asked_for_anew() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().brake().open().await;
    let users = people(&instance, &workspace, 7).await;
    set_all(&workspace, &users[..6], false).await;
    let batch = batches(&workspace).await.remove(0);
    decide(&workspace, &batch, "reject").await;
    instance.settle().await;
    assert_eq!(open_members(&instance).await, 2);
    // An hour later.
    instance.database.execute("update brake_counts set since = since - interval '61 minutes'").await;
    let rejected = held(&workspace).await.remove(0);
    let user = workspace.member(&json!(rejected[0])).await["member"]["user_id"].clone();
    workspace.scim().delete(&format!("/Users/{}", text(&user))).await.expect(204);
    assert_eq!((open_members(&instance).await, held(&workspace).await.len()), (1, 0));
    instance.settle().await;
    instance.finish().await;
}

#[tokio::test]
async fn many_who_would_lose_their_role_keep_it_until_somebody_has_looked() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().brake().open().await;
    let users = people(&instance, &workspace, 12).await;
    let group = workspace.group("Editors", &users.iter().collect::<Vec<_>>()).await;
    map(&workspace, &group, "editor").await;
    for user in &users {
        has_role(&workspace, user, "editor").await;
    }
    instance.settle().await;
    let editors = async || instance.database.count("select count(*) from members where role = 'editor'").await;
    workspace.scim().delete(&format!("/Groups/{}", text(&group["id"]))).await.expect(204);
    instance.settle().await;
    assert_eq!(editors().await, 7);
    let batch = batches(&workspace).await.remove(0);
    assert_eq!((&batch["role_changes"], &batch["access_changes"]), (&json!(7), &json!(0)));
    // The group itself is gone for everybody.
    assert_eq!(instance.database.count("select count(*) from workspace_group_members").await, 0);
    // A sweep holds it still, and somebody who gains is not held.
    instance.ops().post(&format!("/workspaces/{}/reconcile", workspace.slug), json!({})).await;
    let id = held(&workspace).await[0][0].clone();
    workspace.admin().put(&format!("/members/{id}/grant"), json!({ "role": "admin" })).await.expect(204);
    workspace.member_becomes(&json!(id), "admin", |member| member["member"]["role"] == "admin").await;
    instance.settle().await;
    assert_eq!((editors().await, held(&workspace).await.len()), (6, 6));
    assert_eq!(decide(&workspace, &batch, "approve").await, 6);
    instance.settle().await;
    assert_eq!((editors().await, held(&workspace).await.len()), (0, 0));
    instance.finish().await;
}

#[tokio::test]
async fn what_nobody_has_decided_about_is_decided_as_the_workspace_wants_it() {
    let instance = Instance::start().await;
    for (on_expiry, left) in [("approve", 0), ("reject", 2)] {
        let workspace = instance.workspace().brake().open().await;
        let settings = json!({ "on_expiry": on_expiry, "hold_seconds": 60, "least": 1, "share_percent": 0 });
        workspace.admin().patch("/brake", settings).await.expect(200);
        let users = people(&instance, &workspace, 3).await;
        set_all(&workspace, &users, false).await;
        let mut members = Vec::new();
        for user in &users {
            members.push(workspace.member_of(user).await["id"].clone());
        }
        let open = async || {
            let all = workspace.members().await;
            all.iter().filter(|member| members.contains(&member["id"]) && member["status"] != "deactivated").count()
        };
        assert_eq!(open().await, 2);
        instance
            .database
            .execute("update held_batches set expires_at = now() - interval '1 second' where decided_at is null")
            .await;
        eventually("it is decided", async || batches(&workspace).await[0]["decision"].is_string()).await;
        instance.settle().await;
        let batch = batches(&workspace).await.remove(0);
        let decision = if on_expiry == "approve" { "approved" } else { "rejected" };
        assert_eq!((text(&batch["decision"]), text(&batch["decided_by"]), open().await), (decision, "worker", left));
    }
    instance.finish().await;
}

#[tokio::test]
async fn the_settings_are_checked_and_every_window_begins_anew() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().brake().open().await;
    let admin = workspace.admin();
    let defaults = json!({
        "engages": true, "share_percent": 10, "most": 500, "least": 5, "window_seconds": 3600, "hold_seconds": 86400, "on_expiry": "approve",
    });
    assert_eq!(admin.get("/brake").await.expect(200), defaults);
    for bad in
        [json!({ "share_percent": 101 }), json!({ "least": 501 }), json!({ "window_seconds": 1 }), json!({ "hold_seconds": 1 })]
    {
        let refused = admin.patch("/brake", bad.clone()).await;
        let field = bad.as_object().and_then(|bad| bad.keys().next()).expect("a field");
        assert!(refused.status == 400 && refused.text.contains(field.as_str()), "{bad} {}", refused.text);
    }
    assert_eq!(admin.get("/brake").await.expect(200), defaults);
    let changed = admin.patch("/brake", json!({ "least": 1, "share_percent": 0, "hold_seconds": null })).await.expect(200);
    assert_eq!((&changed["least"], &changed["hold_seconds"], &changed["most"]), (&json!(1), &Value::Null, &json!(500)));

    let users = people(&instance, &workspace, 4).await;
    set_all(&workspace, &users[..2], false).await;
    assert_eq!(open_members(&instance).await, 3);
    assert_eq!(batches(&workspace).await[0]["expires_at"], Value::Null);
    instance.database.execute("update brake_counts set since = since - interval '61 minutes'").await;
    set_active(&workspace.scim(), &users[2], false).await;
    assert_eq!(open_members(&instance).await, 2, "another hour, another leaver");
    tokio::time::sleep(Duration::from_millis(100)).await;
    instance.settle().await;
    assert_eq!((open_members(&instance).await, held(&workspace).await.len()), (2, 1));
    instance.finish().await;
}
