//! Sessions: opened by the SaaS's backend, only ever as good as the member's row.

mod administrators;
mod other_sites;
mod own;
mod store;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    deprovisioning::{Person, check},
    harness::{Instance, Workspace, eventually},
};

/// The open sessions of a member, as administrators see them.
pub async fn listed(workspace: &Workspace, member: &Value) -> Vec<Value> {
    let path = format!("/members/{}/sessions", member.as_str().expect("an id"));
    workspace.admin().get(&path).await.expect(200).as_array().expect("sessions").clone()
}

/// What names a session and opens nothing.
pub async fn public_id(workspace: &Workspace, session: &str) -> String {
    let session = workspace.backend().token(session).get("/session").await.expect(200);
    session["public_id"].as_str().expect("an id").to_owned()
}

/// The audit log's entries of this action about a member, newest first.
async fn audited(workspace: &Workspace, action: &str, member: &Value) -> Vec<Value> {
    let path = format!("/audit-log?action={action}&subject_id={}", member.as_str().expect("an id"));
    workspace.admin().get(&path).await.expect(200)["entries"].as_array().expect("entries").clone()
}

/// The data of every event that tells that a member's sessions were ended.
async fn told(instance: &Instance, workspace: &Workspace, member: &Value) -> Vec<Value> {
    instance.settle().await;
    let page = workspace.admin().get("/events?type=member.sessions_ended&limit=1000").await.expect(200);
    let events = page["events"].as_array().expect("events").iter().filter(|event| event["subject_id"] == *member);
    events.map(|event| event["data"].clone()).collect()
}

#[tokio::test]
async fn it_says_who_is_signed_in_as_of_now() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "sam", 1).await;
    let group = workspace.group("Sailors", &[&person.user]).await;
    let holder = workspace.backend().token(&person.sessions[0]);
    eventually("the group is in the session", async || {
        holder.get("/session").await.expect(200)["groups"] == json!([{ "id": group["id"], "display_name": "Sailors" }])
    })
    .await;
    let session = holder.get("/session").await.expect(200);
    assert_eq!(session["workspace_id"], workspace.id.as_str());
    assert_eq!(session["member"]["id"], person.member);
    assert_eq!(session["member"]["status"], "active");
    assert_eq!(session["member"]["role"], "viewer");
    let cookie = holder.anonymous();
    let request = cookie
        .request(reqwest::Method::GET, "/session")
        .header("cookie", format!("a=b; rollcall_session={}", person.sessions[0]));
    assert_eq!(cookie.send(request).await.expect(200)["member"]["id"], person.member);
    instance.finish().await;
}

#[tokio::test]
async fn whoever_holds_it_may_end_it_and_no_other_ends() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "ends", 2).await;
    let holder = workspace.backend().token(&person.sessions[0]);
    holder.delete("/session").await.expect(204);
    assert_eq!(holder.get("/session").await.status, 401);
    holder.delete("/session").await.expect(204);
    assert_eq!(workspace.check(&person.sessions[1]).await, 200);
    instance.finish().await;
}

#[tokio::test]
async fn what_is_no_session_is_refused() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "real", 1).await;
    let other = Person::sign_in(&workspace, "other", 1).await;
    let stolen = person.sessions[0].replace(&person.key(), &other.key());
    for text in [stolen.as_str(), "rcs_", "nonsense", &workspace.sessions_token, &person.sessions[0].to_uppercase()] {
        assert_eq!(workspace.check(text).await, 401, "{text}");
    }
    assert_eq!(workspace.backend().anonymous().get("/session").await.status, 401);
    instance.finish().await;
}

#[tokio::test]
async fn it_is_opened_for_one_person_who_is_in() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "one", 0).await;
    let open = async |whom| workspace.backend().post("/sessions", whom).await.status;
    assert_eq!(open(json!({ "email": " ONE@acme.test " })).await, 201);
    assert_eq!(open(json!({ "member_id": person.member, "email": "one@acme.test" })).await, 400);
    assert_eq!(open(json!({})).await, 400);
    assert_eq!(open(json!({ "email": "nobody@acme.test" })).await, 404);
    assert_eq!(open(json!({ "member_id": uuid::Uuid::new_v4() })).await, 404);
    let body = json!({ "userName": "namesake", "emails": [{ "value": "one@acme.test", "primary": true }] });
    let namesake = workspace.scim().post("/Users", body).await.expect(201);
    workspace.member_of(&namesake).await;
    assert_eq!(open(json!({ "email": "one@acme.test" })).await, 409, "an address of two people names nobody");
    assert_eq!(workspace.admin().post("/sessions", json!({ "member_id": person.member })).await.status, 403, "another scope");
    instance.finish().await;
}

#[tokio::test]
async fn who_signs_in_for_the_first_time_in_several_places_at_once_is_activated_once() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    for number in 0..10 {
        let person = Person::sign_in(&workspace, &format!("eager{number}"), 0).await;
        let opening = (0..6).map(|_| async {
            workspace.backend().post("/sessions", json!({ "member_id": person.member })).await.expect(201);
        });
        futures::future::join_all(opening).await;
        let told = workspace
            .admin()
            .get(&format!("/audit-log?action=member.activated&subject_id={}", person.member.as_str().expect("an id")))
            .await
            .expect(200);
        assert_eq!(told["entries"].as_array().map(Vec::len), Some(1), "{told}");
    }
    instance.finish().await;
}

#[tokio::test]
async fn disuse_ends_it_and_use_keeps_it() {
    const IDLE: Duration = Duration::from_secs(2);
    let mut instance = Instance::with_settings(&[("ROLLCALL_SESSION_IDLE_SECONDS", "2")]).await;
    instance.start_worker();
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "idle", 2).await;
    let backend = workspace.backend();
    let (started, mut used) = (Instant::now(), Instant::now());
    while started.elapsed() < 2 * IDLE {
        let before = used;
        used = Instant::now();
        let status = check(&backend, &person.sessions[0]).await;
        // A machine that stood still for so long proves nothing.
        assert!(status == 200 || before.elapsed() >= IDLE, "{status}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(check(&backend, &person.sessions[1]).await, 401, "nobody has used this one");
    instance.finish().await;
}

#[tokio::test]
async fn age_ends_it_however_much_it_is_used() {
    let settings = [("ROLLCALL_SESSION_ABSOLUTE_SECONDS", "2"), ("ROLLCALL_SESSION_IDLE_SECONDS", "3600")];
    let mut instance = Instance::with_settings(&settings).await;
    instance.start_worker();
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "old", 1).await;
    let backend = workspace.backend();
    eventually("the session has grown too old", async || check(&backend, &person.sessions[0]).await == 401).await;
    assert_eq!(check(&backend, &person.sessions[0]).await, 401, "for good");
    eventually("Redis forgets it", async || instance.redis.keys().await.iter().all(|key| !key.contains(&person.key()))).await;
    instance.finish().await;
}

#[tokio::test]
async fn without_redis_or_postgres_nobody_is_accepted() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "outage", 1).await;
    let backend = workspace.backend();
    let session = &person.sessions[0];
    instance.settle().await;

    instance.redis.stop();
    assert_eq!(check(&backend, session).await, 503);
    assert_eq!(backend.post("/sessions", json!({ "member_id": person.member })).await.status, 503);
    instance.redis.start_again();
    eventually("Redis is seen again, and empty", async || check(&backend, session).await == 401).await;

    let fresh = workspace.sign_in(&person.member).await;
    assert_eq!(check(&backend, &fresh).await, 200);
    instance.database.shut().await;
    let statuses = [check(&backend, &fresh).await, check(&backend, &fresh).await, check(&backend, &fresh).await];
    instance.database.open().await;
    assert!(statuses.iter().all(|status| *status >= 500), "{statuses:?}");
    eventually("Postgres is seen again", async || check(&backend, &fresh).await == 200).await;
    instance.finish().await;
}
