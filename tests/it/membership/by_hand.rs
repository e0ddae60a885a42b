//! What administrators do by hand, and that the directory leaves it alone.

use serde_json::{Value, json};

use super::{create, grant, grants, has_role, patch, text};
use crate::harness::{Instance, Workspace};

async fn invite(workspace: &Workspace, email: &str, role: &str) -> Value {
    workspace.admin().post("/members", json!({ "email": email, "role": role })).await.expect(201)
}

fn path(member: &Value, rest: &str) -> String {
    format!("/members/{}{rest}", text(&member["id"]))
}

#[tokio::test]
async fn a_grant_by_hand_stands_beside_the_directory_and_what_remains_is_fallen_back_to() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = create(&workspace, "ada@acme.test", json!({ "roles": [{ "value": "viewer" }] })).await;
    let member = has_role(&workspace, &user, "viewer").await["member"].clone();
    let given = workspace.admin().put(&path(&member, "/grant"), json!({ "role": "editor" })).await;
    assert_eq!(given.status, 204, "{}", given.text);
    let detail = has_role(&workspace, &user, "editor").await;
    assert_eq!(grants(&detail), [grant("attribute", "viewer"), grant("manual", "editor")]);
    let by_hand = &detail["grants"][1];
    assert_eq!(by_hand["request_id"], json!(given.header("x-request-id")), "the request that caused it");
    // Weaker than what the directory gives: both stand, the stronger holds.
    workspace.admin().put(&path(&member, "/grant"), json!({ "role": "guest" })).await.expect(204);
    let detail = has_role(&workspace, &user, "viewer").await;
    assert_eq!(grants(&detail), [grant("attribute", "viewer"), grant("manual", "guest")]);
    workspace.admin().put(&path(&member, "/grant"), json!({ "role": "editor" })).await.expect(204);
    has_role(&workspace, &user, "editor").await;
    // Out and in again: what was given by hand is there when the person comes back.
    patch(&workspace, &user, json!({ "op": "replace", "path": "active", "value": false })).await;
    workspace.member_becomes(&member["id"], "no role", |member| member["member"]["role"].is_null()).await;
    patch(&workspace, &user, json!({ "op": "replace", "path": "active", "value": true })).await;
    has_role(&workspace, &user, "editor").await;
    workspace.admin().delete(&path(&member, "/grant")).await.expect(204);
    assert_eq!(grants(&has_role(&workspace, &user, "viewer").await), [grant("attribute", "viewer")]);
    let nothing = workspace.admin().delete(&path(&member, "/grant")).await;
    assert_eq!(nothing.status, 404, "{}", nothing.text);
    let unknown = workspace.admin().put(&path(&member, "/grant"), json!({ "role": "owner" })).await;
    assert!(unknown.status == 400 && unknown.text.contains("guest, viewer, editor, admin"), "{}", unknown.text);
    instance.finish().await;
}

#[tokio::test]
async fn who_was_invited_by_hand_is_not_the_directory_s() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let member = invite(&workspace, "Grace@acme.test", "editor").await;
    assert_eq!((&member["status"], &member["role"], &member["origin"]), (&json!("invited"), &json!("editor"), &json!("manual")));
    let again = workspace.admin().post("/members", json!({ "email": "grace@ACME.test", "role": "admin" })).await;
    assert_eq!(again.status, 409, "{}", again.text);
    assert!(again.text.contains(text(&member["id"])), "{}", again.text);
    for (email, role) in
        [("", "viewer"), ("grace", "viewer"), ("a b@acme.test", "viewer"), ("x@acme.test", "owner"), ("x@y", "viewer")]
    {
        let refused = workspace.admin().post("/members", json!({ "email": email, "role": role })).await;
        assert_eq!(refused.status, 400, "{email} {role} {}", refused.text);
    }
    // The directory knows somebody of the same address: by the address alone they are not the same person.
    let user = workspace.user("grace@acme.test").await;
    let other = has_role(&workspace, &user, "viewer").await["member"].clone();
    assert_ne!(other["id"], member["id"]);
    workspace.scim().delete(&format!("/Users/{}", text(&user["id"]))).await.expect(204);
    instance.settle().await;
    let before = workspace.member(&member["id"]).await;
    assert_eq!((&before["member"]["status"], &before["member"]["role"]), (&json!("invited"), &json!("editor")));
    // And what the directory decides is not decided by hand.
    let user = workspace.user("ada@acme.test").await;
    let directory = has_role(&workspace, &user, "viewer").await["member"].clone();
    for action in ["/deactivate", "/reactivate"] {
        let refused = workspace.admin().post(&path(&directory, action), json!({})).await;
        assert!(refused.status == 409 && refused.text.contains("identity provider"), "{}", refused.text);
    }
    instance.finish().await;
}

#[tokio::test]
async fn who_is_deactivated_by_hand_is_out_with_the_answer_and_comes_back_with_the_role() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let member = invite(&workspace, "grace@acme.test", "editor").await;
    let session = workspace.sign_in(&member["id"]).await;
    let body = json!({ "name": "hers", "scopes": ["members:read"], "member_id": member["id"] });
    let token = workspace.admin().post("/tokens", body).await.expect(201);
    assert_eq!(workspace.check(&session).await, 200);
    workspace.admin().post(&path(&member, "/deactivate"), json!({})).await.expect(204);
    assert_eq!(workspace.check(&session).await, 401);
    assert_eq!(workspace.admin().token(text(&token["secret"])).get("/members").await.status, 401);
    let out = workspace.member_becomes(&member["id"], "no role", |member| member["member"]["role"].is_null()).await;
    assert_eq!(out["member"]["status"], "deactivated");
    instance.settle().await;
    let receipts = workspace.admin().get(&path(&member, "/receipts")).await.expect(200);
    let receipt = &receipts[0];
    assert_eq!(
        (&receipt["cause"], &receipt["sessions_count"], &receipt["tokens_count"], receipt["completed_at"].is_string()),
        (&json!("member.deactivated"), &json!(1), &json!(1), true)
    );
    workspace.admin().post(&path(&member, "/deactivate"), json!({})).await.expect(204);
    workspace.admin().post(&path(&member, "/reactivate"), json!({})).await.expect(204);
    let back = workspace.member(&member["id"]).await;
    assert_eq!((&back["member"]["status"], &back["member"]["role"]), (&json!("active"), &json!("editor")));
    assert_eq!(workspace.check(&session).await, 401, "what was ended stays ended");
    assert_eq!(workspace.admin().get(&path(&member, "/receipts")).await.expect(200).as_array().map(Vec::len), Some(1));
    instance.finish().await;
}

#[tokio::test]
async fn nobody_can_take_the_last_administrator_by_hand() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let members = workspace.members().await;
    let admin = &members[0];
    let refused = workspace.admin().post(&path(admin, "/deactivate"), json!({})).await;
    assert!(refused.status == 409 && refused.text.contains("last administrator"), "{}", refused.text);
    let refused = workspace.admin().put(&path(admin, "/grant"), json!({ "role": "viewer" })).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    let other = invite(&workspace, "other@acme.test", "admin").await;
    // Of two who are taken at the same time one stays.
    let api = workspace.admin();
    let (paths, body) = ([path(admin, "/deactivate"), path(&other, "/deactivate")], json!({}));
    let (first, second) = tokio::join!(api.post(&paths[0], body.clone()), api.post(&paths[1], body.clone()));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409], "{} {}", first.text, second.text);
    instance.finish().await;
}
