//! A workspace that only observes its directory.

use serde_json::{Value, json};

use super::{create, map, patch, text};
use crate::harness::{Instance, Workspace, eventually};

async fn set(workspace: &Workspace, mode: &str) {
    workspace.admin().put("/provisioning", json!({ "mode": mode })).await.expect(204);
}

#[tokio::test]
async fn nothing_follows_until_it_goes_live_and_everything_then() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    // Somebody who is in before, and leaves meanwhile.
    let leaver = create(&workspace, "leaver@acme.test", json!({})).await;
    let deleted = create(&workspace, "deleted@acme.test", json!({})).await;
    let (out, gone) = (workspace.member_of(&leaver).await, workspace.member_of(&deleted).await);
    let (session, other) = (workspace.sign_in(&out["id"]).await, workspace.sign_in(&gone["id"]).await);
    instance.settle().await;
    set(&workspace, "observe").await;
    assert_eq!(workspace.admin().get("/provisioning").await.expect(200)["mode"], "observe");

    let before = workspace.members().await;
    let ada = create(&workspace, "ada@acme.test", json!({ "roles": [{ "value": "editor" }] })).await;
    let group = workspace.group("Admins", &[&ada, &leaver]).await;
    map(&workspace, &group, "admin").await;
    let answer = patch(&workspace, &leaver, json!({ "op": "replace", "path": "active", "value": false })).await;
    assert_eq!(answer.json()["active"], json!(false), "answered as ever");
    workspace.scim().delete(&format!("/Users/{}", text(&deleted["id"]))).await.expect(204);
    assert_eq!(workspace.scim().get(&format!("/Users/{}", text(&deleted["id"]))).await.status, 404);
    instance.ops().post(&format!("/workspaces/{}/reconcile", workspace.slug), Value::Null).await.expect(202);
    instance.settle().await;
    let mut after = workspace.members().await;
    for member in &mut after {
        if member["id"] == gone["id"] {
            assert_eq!(member["user_id"], Value::Null, "the record is gone");
            member["user_id"] = gone["user_id"].clone();
        }
    }
    assert_eq!(after, before);
    assert_eq!((workspace.check(&session).await, workspace.check(&other).await), (200, 200));
    assert_eq!(workspace.admin().get("/held-changes").await.expect(200)["changes"], json!([]));

    set(&workspace, "live").await;
    let member = workspace.member_of(&ada).await;
    workspace.member_becomes(&member["id"], "editor by attribute", |member| member["member"]["role"] == "editor").await;
    eventually("leavers are out", async || (workspace.check(&session).await, workspace.check(&other).await) == (401, 401)).await;
    instance.settle().await;
    let receipts = workspace.admin().get("/receipts").await.expect(200);
    assert_eq!(receipts.as_array().map(Vec::len), Some(2));
    instance.finish().await;
}

#[tokio::test]
async fn what_comes_while_it_goes_live_is_not_lost() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    set(&workspace, "observe").await;
    for round in 0..5 {
        let name = |n: usize| format!("r{round}u{n}@acme.test");
        let creating = async {
            for n in 0..20 {
                create(&workspace, &name(n), json!({})).await;
            }
        };
        let switching = async {
            for mode in ["live", "observe", "live"] {
                tokio::time::sleep(std::time::Duration::from_millis(30)).await;
                set(&workspace, mode).await;
            }
        };
        tokio::join!(creating, switching);
        instance.settle().await;
        assert_eq!(workspace.members().await.len(), 1 + (round + 1) * 20);
        set(&workspace, "observe").await;
    }
    instance.finish().await;
}
