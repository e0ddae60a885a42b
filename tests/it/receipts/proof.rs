//! The proof: everybody who is out is looked at again and again, and what they still have is ended.

use std::time::Duration;

use rollcall::{
    ids::{MemberId, WorkspaceId},
    sessions::{Link, SessionPolicy, Sessions},
};
use serde_json::{Value, json};

use super::departures;
use crate::{
    deprovisioning::{Person, Way},
    harness::{Instance, Workspace, assert_includes, eventually},
};

const EVERY_SECOND: &[(&str, &str)] = &[("ROLLCALL_SWEEP_SECONDS", "1")];

fn id(value: &Value) -> &str {
    value.as_str().expect("an id")
}

/// A proof that began later than now.
async fn proven(workspace: &Workspace) -> Value {
    let now = rollcall::clock::now();
    let last = async || workspace.admin().get("/receipts/proof").await.expect(200);
    let is_later = |proof: &Value| {
        proof["started_at"].as_str().is_some_and(|at| at.parse::<chrono::DateTime<chrono::Utc>>().expect("a time") > now)
    };
    eventually("a proof has ended", async || is_later(&last().await)).await;
    last().await
}

/// A session of somebody who cannot sign in: as a restored Redis might have it.
async fn stray_session(instance: &Instance, workspace: &Workspace, person: &Person) -> String {
    let policy = SessionPolicy { absolute: Duration::from_secs(3600), idle: Duration::from_secs(3600) };
    let sessions = Sessions::new(Link::new(&instance.redis.url, "rollcall").expect("an address"), policy);
    let (workspace, member) = (WorkspaceId::parse(&workspace.id), MemberId::parse(id(&person.member)));
    let (workspace, member) = (workspace.expect("an id"), member.expect("an id"));
    let opened = sessions.create(workspace, member, 1, rollcall::clock::now()).await.expect("a session");
    secrecy::ExposeSecret::expose_secret(&opened.id).to_owned()
}

#[tokio::test]
async fn what_somebody_who_is_out_still_has_is_found_ended_and_told() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let people = departures(&instance, &workspace, 6).await;
    let [well, session, token, role, group, forgotten] = people.as_slice() else { panic!("six") };
    let nobody = workspace.admin().get("/receipts/proof").await.expect(200);
    assert_eq!((&nobody["ended_at"], &nobody["looked_at"]), (&Value::Null, &json!(0)));
    instance.worker(0).terminate();
    let stray = stray_session(&instance, &workspace, session).await;
    let sabotage = format!(
        "insert into api_tokens (workspace_id, id, digest, hint, name, scopes, member_id, created_by, created_at)
         values ('{w}', gen_random_uuid(), '\\x00', 'hint', 'stray', '{{admin}}', '{token}', 'operator', now());
         -- Given by hand, so that the sweep of the membership leaves them alone: the proof is on its own.
         update members set origin = 'manual' where id in ('{role}', '{group}');
         update members set role = 'admin' where id = '{role}';
         insert into grants values ('{w}', '{role}', 'attribute', '', 'admin', null, now()), ('{w}', '{role}', 'default', '', 'viewer', null, now()),
                                   ('{w}', '{role}', 'manual', '', 'admin', null, now());
         insert into workspace_group_members values ('{w}', '{group}', gen_random_uuid()), ('{w}', '{group}', gen_random_uuid());
         update receipts set completed_at = null, row_closed_at = now() - interval '1 hour' where member_id = '{forgotten}'",
        w = workspace.id,
        token = id(&token.member),
        role = id(&role.member),
        group = id(&group.member),
        forgotten = id(&forgotten.member),
    );
    instance.database.execute(&sabotage).await;
    instance.start_worker_with(EVERY_SECOND);
    eventually("a proof has ended", async || workspace.admin().get("/receipts/proof").await.expect(200)["ended_at"].is_string())
        .await;
    let first = workspace.admin().get("/receipts/proof").await.expect(200);
    // The next one may have ended already; what was found is in the audit log as well.
    if first["violations"] != 0 {
        let found = json!({ "looked_at": 6, "violations": 5, "found": { "sessions": 1, "tokens": 1, "roles": 2, "groups": 2, "receipts": 1 } });
        assert_includes(&first, &found, "the proof");
    }
    assert_includes(&proven(&workspace).await, &json!({ "looked_at": 6, "violations": 0 }), "the next proof");

    let told = workspace.admin().get("/audit-log?action=member.leftovers_ended&actor=system").await.expect(200);
    let told = told["entries"].as_array().expect("entries");
    assert_eq!(told.len(), 5, "{told:#?}");
    for (person, before) in [
        (session, json!({ "sessions": 1, "tokens": 0, "role": null, "grants": 0, "groups": 0, "open_receipts": 0 })),
        (token, json!({ "sessions": 0, "tokens": 1, "role": null, "grants": 0, "groups": 0, "open_receipts": 0 })),
        (role, json!({ "sessions": 0, "tokens": 0, "role": "admin", "grants": 2, "groups": 0, "open_receipts": 0 })),
        (group, json!({ "sessions": 0, "tokens": 0, "role": null, "grants": 0, "groups": 2, "open_receipts": 0 })),
        (forgotten, json!({ "sessions": 0, "tokens": 0, "role": null, "grants": 0, "groups": 0, "open_receipts": 1 })),
    ] {
        let entry = told.iter().find(|entry| entry["subject_id"] == person.member).expect("an entry of this person");
        assert_eq!(entry["detail"]["before"], before);
        let member = workspace.member(&person.member).await;
        assert_eq!((&member["member"]["role"], &member["groups"]), (&Value::Null, &json!([])));
    }
    assert!(told.iter().all(|entry| entry["subject_id"] != well.member));
    let by_hand = workspace.member(&role.member).await;
    assert_eq!(by_hand["grants"].as_array().expect("grants").len(), 1, "what was given by hand stays with the person");
    assert_eq!(
        instance.database.count("select count(*) from api_tokens where member_id is not null and revoked_at is null").await,
        0
    );
    assert_eq!(instance.redis.keys().await, [""; 0]);
    assert_eq!(workspace.check(&stray).await, 401);
    assert!(!forgotten.receipts(&workspace).await[0]["completed_at"].is_null());
    let logs = instance.logs();
    assert_eq!(logs.matches("somebody who is out still had credentials").count(), 5);
    assert!(!logs.contains("leaver0"), "the log names ids only");
    let ready = instance.anonymous().get("/readyz").await.expect(200);
    assert!(ready["last_proof_age_seconds"].as_i64().is_some_and(|age| (0..30).contains(&age)), "{ready}");
    assert!(instance.anonymous().get("/metrics").await.text.contains("rollcall_proof_oldest_age_seconds"));
    instance.worker(1).terminate();
    instance.abandon("a sweep a second leaves one open more often than not");
}

#[tokio::test]
async fn a_departure_that_the_worker_is_busy_with_is_no_violation() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "leaving", 2).await;
    let stays = Person::sign_in(&workspace, "stays", 1).await;
    instance.settle().await;
    instance.worker(0).terminate();
    Way::PatchWithPath.put_out(&workspace, &person.user).await;
    instance.database.execute("update apalis.jobs set run_at = now() + interval '1 hour' where job_type = 'deprovision'").await;
    instance.start_worker_with(EVERY_SECOND);
    assert_includes(&proven(&workspace).await, &json!({ "looked_at": 1, "violations": 0 }), "the proof");
    assert!(instance.redis.keys().await.iter().any(|key| key.contains(&person.key())), "its sessions are the job's to end");
    // Five minutes later it is.
    instance.database.execute("update receipts set row_closed_at = row_closed_at - interval '5 minutes'").await;
    eventually("Redis forgets the person", async || instance.redis.keys().await.iter().all(|name| !name.contains(&person.key())))
        .await;
    assert_eq!(person.receipt(&workspace).await["sessions_count"], 2);
    assert_eq!(stays.checks(&workspace).await, [200]);
    instance.worker(1).terminate();
    instance.abandon("a sweep a second leaves one open more often than not");
}

#[tokio::test]
async fn it_goes_on_where_it_was_and_waits_for_redis() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let mut people = departures(&instance, &workspace, 4).await;
    people.sort_by_key(|person| id(&person.member).to_owned());
    instance.worker(0).terminate();
    // A worker that was killed had looked at two of them.
    let half_way = format!(
        "insert into proof_walks (workspace_id, cursor, looked_at, started_at) values ('{}', '{}', 2, now() - interval '1 minute')",
        workspace.id,
        id(&people[1].member)
    );
    instance.database.execute(&half_way).await;
    instance.redis.stop();
    let worker = instance.start_worker_with(&[("ROLLCALL_SWEEP_SECONDS", "2")]);
    eventually("the worker has tried", async || instance.logs().contains("the proof could not be finished")).await;
    assert_eq!(instance.database.count("select looked_at from proof_walks").await, 2);
    instance.redis.start_again();
    let last = async || workspace.admin().get("/receipts/proof").await.expect(200);
    eventually("the proof has ended", async || last().await["ended_at"].is_string()).await;
    assert_includes(&last().await, &json!({ "looked_at": 4, "violations": 0 }), "two before, two after");
    instance.worker(worker).terminate();
    instance.abandon("a sweep every other second leaves one open more often than not");
}
