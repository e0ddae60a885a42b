//! What administrators do with the sessions of members.

use serde_json::{Value, json};

use super::{audited, listed, public_id, told};
use crate::{
    deprovisioning::{Person, Way},
    harness::{Instance, assert_includes, eventually},
};

fn path(member: &Value) -> String {
    format!("/members/{}/sessions", member.as_str().expect("an id"))
}

#[tokio::test]
async fn an_administrator_sees_the_sessions_of_a_member_and_ends_one() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "seen", 2).await;
    let found = listed(&workspace, &person.member).await;
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|session| session["is_current"] == false), "{found:?}");
    let one = public_id(&workspace, &person.sessions[0]).await;
    let admin = workspace.admin();
    admin.delete(&format!("{}/{one}", path(&person.member))).await.expect(204);
    assert_eq!([workspace.check(&person.sessions[0]).await, workspace.check(&person.sessions[1]).await], [401, 200]);
    let left = listed(&workspace, &person.member).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["public_id"], public_id(&workspace, &person.sessions[1]).await);
    for wrong in [one.as_str(), "%00", "nonsense"] {
        admin.delete(&format!("{}/{wrong}", path(&person.member))).await.expect(404);
    }
    let entries = audited(&workspace, "session.ended", &person.member).await;
    assert_eq!(entries.len(), 1);
    assert_includes(&entries[0], &json!({ "actor": { "kind": "token" }, "detail": { "session": one } }), "the entry");
    assert!(told(&instance, &workspace, &person.member).await.is_empty(), "the person goes on elsewhere");
    instance.finish().await;
}

#[tokio::test]
async fn an_administrator_ends_all_sessions_of_a_member_who_may_sign_in_again() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "ended", 5).await;
    let other = Person::sign_in(&workspace, "stays", 1).await;
    let ended = workspace.admin().delete(&path(&person.member)).await.expect(200);
    assert_eq!(ended, json!({ "sessions": 5 }));
    assert_eq!(person.checks(&workspace).await, [401]);
    assert_eq!(other.checks(&workspace).await, [200]);
    assert!(listed(&workspace, &person.member).await.is_empty());
    let again = workspace.sign_in(&person.member).await;
    assert_eq!(workspace.check(&again).await, 200);
    let entries = audited(&workspace, "member.sessions_ended", &person.member).await;
    assert_eq!(entries.len(), 1);
    assert_includes(&entries[0], &json!({ "actor": { "kind": "token" }, "detail": { "sessions": 5 } }), "the entry");
    assert_eq!(told(&instance, &workspace, &person.member).await, [json!({ "sessions": 5 })]);
    instance.finish().await;
}

#[tokio::test]
async fn another_workspaces_administrator_sees_and_ends_nothing() {
    let instance = Instance::start().await;
    let (workspace, foreign) = (instance.workspace().open().await, instance.workspace().open().await);
    let person = Person::sign_in(&workspace, "mine", 2).await;
    let one = public_id(&workspace, &person.sessions[0]).await;
    let stranger = foreign.admin();
    stranger.get(&path(&person.member)).await.expect(404);
    stranger.delete(&path(&person.member)).await.expect(404);
    stranger.delete(&format!("{}/{one}", path(&person.member))).await.expect(404);
    let theirs = Person::sign_in(&foreign, "theirs", 1).await;
    stranger.delete(&format!("{}/{one}", path(&theirs.member))).await.expect(404);
    assert_eq!(person.checks(&workspace).await, [200]);
    assert_eq!(theirs.checks(&foreign).await, [200]);
    assert!(told(&instance, &workspace, &person.member).await.is_empty());
    instance.finish().await;
}

#[tokio::test]
async fn of_somebody_who_is_out_there_is_nothing_to_see_and_nothing_to_end() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "left", 3).await;
    instance.settle().await;
    // Nobody tidies up, so their sessions are still in Redis.
    instance.worker(0).terminate();
    Way::PatchWithPath.put_out(&workspace, &person.user).await;
    assert!(listed(&workspace, &person.member).await.is_empty());
    assert_eq!(workspace.admin().delete(&path(&person.member)).await.expect(200), json!({ "sessions": 0 }));
    assert!(audited(&workspace, "member.sessions_ended", &person.member).await.is_empty());
    instance.start_worker();
    assert_eq!(person.receipt(&workspace).await["sessions_count"], 3, "they are the receipt's to count");
    instance.finish().await;
}

#[tokio::test]
async fn what_could_not_be_deleted_is_refused_all_the_same() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "outage", 2).await;
    instance.redis.freeze();
    let ended = workspace.admin().delete(&path(&person.member)).await;
    instance.redis.thaw();
    assert_eq!(ended.expect(200), json!({ "sessions": null }));
    let keys = instance.redis.keys().await;
    assert!(keys.iter().any(|key| key.contains(&person.key())), "they are still there: {keys:?}");
    eventually("Redis answers again", async || !person.checks(&workspace).await.contains(&503)).await;
    assert_eq!(person.checks(&workspace).await, [401]);
    assert!(listed(&workspace, &person.member).await.is_empty());
    assert_eq!(told(&instance, &workspace, &person.member).await, [json!({ "sessions": null })]);
    instance.finish().await;
}
