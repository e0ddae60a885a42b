//! What people do with their own sessions.

use reqwest::Method;
use serde_json::json;

use super::{audited, listed, public_id, told};
use crate::{
    deprovisioning::Person,
    harness::{Api, Instance, Workspace, assert_includes},
};

/// As the holder of a session, by bearer token.
fn holder(workspace: &Workspace, session: &str) -> Api {
    workspace.backend().token(session)
}

#[tokio::test]
async fn a_person_sees_their_sessions_and_which_one_this_is() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "sees", 3).await;
    Person::sign_in(&workspace, "other", 1).await;
    let answer = holder(&workspace, &person.sessions[1]).get("/session/all").await;
    for session in &person.sessions {
        let (_, random) = session.rsplit_once('_').expect("a session");
        assert!(!answer.text.contains(random), "the secret stands nowhere");
    }
    let found = answer.expect(200).as_array().expect("sessions").clone();
    assert_eq!(found.len(), 3);
    let current: Vec<_> = found.iter().filter(|session| session["is_current"] == true).collect();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0]["public_id"], public_id(&workspace, &person.sessions[1]).await);
    for session in &found {
        let nothing = json!({ "opened_by": "backend", "connection_id": null, "connection_name": null, "user_agent": null });
        assert_includes(session, &nothing, "opened by the backend");
        let time = |name: &str| session[name].as_str().expect(name).parse::<chrono::DateTime<chrono::Utc>>().expect("a time");
        assert!(time("created_at") <= time("last_seen_at"), "{session}");
        assert!(time("last_seen_at") < time("idle_expires_at"), "{session}");
        assert!(time("idle_expires_at") < time("expires_at"), "{session}");
        // What names a session opens nothing.
        let public = session["public_id"].as_str().expect("an id");
        for guess in
            [public.to_owned(), format!("rcs_{}_{}", person.key(), &public[..52]), format!("rcs_{}_{public}", person.key())]
        {
            assert_eq!(workspace.check(&guess).await, 401, "{guess}");
        }
    }
    let opened = workspace.backend().post("/sessions", json!({ "member_id": person.member })).await.expect(201);
    assert_eq!(opened["public_id"], public_id(&workspace, opened["id"].as_str().expect("a session")).await);
    let newest = holder(&workspace, &person.sessions[1]).get("/session/all").await.expect(200);
    assert_eq!(newest[0]["public_id"], opened["public_id"], "the newest first");
    instance.finish().await;
}

#[tokio::test]
async fn a_person_ends_one_of_their_sessions_and_nobody_elses() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "one", 3).await;
    let other = Person::sign_in(&workspace, "other", 1).await;
    let foreign = instance.workspace().open().await;
    let stranger = Person::sign_in(&foreign, "stranger", 1).await;
    let me = holder(&workspace, &person.sessions[0]);
    let one = public_id(&workspace, &person.sessions[1]).await;
    let not_mine = [public_id(&workspace, &other.sessions[0]).await, public_id(&foreign, &stranger.sessions[0]).await];
    let upper = one.to_uppercase();
    let misspelt = [upper.as_str(), &one[1..], "%00", "a}b", &person.sessions[1]];
    for wrong in not_mine.iter().map(String::as_str).chain(misspelt) {
        me.delete(&format!("/session/all/{wrong}")).await.expect(404);
    }
    me.delete(&format!("/session/all/{one}")).await.expect(204);
    me.delete(&format!("/session/all/{one}")).await.expect(404);
    let statuses = [
        workspace.check(&person.sessions[0]).await,
        workspace.check(&person.sessions[1]).await,
        workspace.check(&person.sessions[2]).await,
        workspace.check(&other.sessions[0]).await,
        foreign.check(&stranger.sessions[0]).await,
    ];
    assert_eq!(statuses, [200, 401, 200, 200, 200]);
    let entries = audited(&workspace, "session.ended", &person.member).await;
    assert_eq!(entries.len(), 1, "{entries:?}");
    let expected = json!({
        "actor": { "kind": "member", "id": person.member, "token_id": null }, "detail": { "session": one, "sessions": 1 },
    });
    assert_includes(&entries[0], &expected, "the entry");
    assert!(audited(&workspace, "session.ended", &other.member).await.is_empty());
    instance.finish().await;
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_and_the_next_one_is_good() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "everywhere", 4).await;
    let other = Person::sign_in(&workspace, "stays", 1).await;
    let ended = holder(&workspace, &person.sessions[2]).delete("/session/all").await.expect(200);
    assert_eq!(ended, json!({ "sessions": 4 }));
    assert_eq!(person.checks(&workspace).await, [401]);
    assert_eq!(other.checks(&workspace).await, [200]);
    let keys = instance.redis.keys().await;
    assert!(keys.iter().all(|key| !key.contains(&person.key())), "{keys:?}");
    holder(&workspace, &person.sessions[2]).delete("/session/all").await.expect(401);

    let again = workspace.sign_in(&person.member).await;
    assert_eq!(workspace.check(&again).await, 200);
    assert_eq!(listed(&workspace, &person.member).await.len(), 1);
    let entries = audited(&workspace, "member.sessions_ended", &person.member).await;
    assert_eq!(entries.len(), 1);
    let actor = json!({ "actor": { "kind": "member", "id": person.member }, "detail": { "sessions": 4 } });
    assert_includes(&entries[0], &actor, "the entry");
    assert_eq!(told(&instance, &workspace, &person.member).await, [json!({ "sessions": 4 })]);
    let by = format!("/audit-log?actor=member:{}", person.member.as_str().expect("an id"));
    assert_eq!(workspace.admin().get(&by).await.expect(200)["entries"], json!(entries), "found by who it was");
    instance.finish().await;
}

#[tokio::test]
async fn signing_out_ends_this_session_and_takes_its_cookies() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "out", 3).await;
    let answer = holder(&workspace, &person.sessions[0]).post("/session/sign-out", json!({})).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (204, ""), "there was no cookie");
    let browser = workspace.backend().anonymous();
    let cookies = format!("rollcall_session={}; __Host-rollcall_session={}; theme=dark", person.sessions[2], person.sessions[1]);
    let request = browser.request(Method::POST, "/session/sign-out").header("cookie", &cookies);
    let answer = browser.send(request.header("sec-fetch-site", "same-origin")).await;
    assert_eq!(answer.status, 204);
    let mut taken: Vec<&str> = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().expect("text")).collect();
    taken.sort_unstable();
    assert_eq!(
        taken,
        [
            "__Host-rollcall_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure",
            "rollcall_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
        ]
    );
    let statuses = [
        workspace.check(&person.sessions[0]).await,
        workspace.check(&person.sessions[1]).await,
        workspace.check(&person.sessions[2]).await,
    ];
    assert_eq!(statuses, [401, 401, 200], "the one that counted has ended");
    // Again, as after a double click.
    let request = browser.request(Method::POST, "/session/sign-out").header("cookie", &cookies);
    assert_eq!(browser.send(request.header("sec-fetch-site", "same-origin")).await.status, 204);
    assert_eq!(browser.post("/session/sign-out", json!({})).await.status, 401, "nothing is sent");
    instance.finish().await;
}
