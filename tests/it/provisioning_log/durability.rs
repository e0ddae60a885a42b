//! What was acknowledged is in the log, and the log changes no outcome.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use futures::future::{join, join_all};
use reqwest::Method;
use serde_json::json;

use super::{all, entry, entry_of, found, request_of};
use crate::harness::{Instance, Workspace, eventually};

/// Writes until the server is dead; takes down the request of every answer that came.
async fn write_until(workspace: &Workspace, name: &str, answered: &Mutex<Vec<(String, u16)>>, dead: &AtomicBool) {
    let scim = workspace.scim();
    for number in 0.. {
        if dead.load(Ordering::SeqCst) {
            return;
        }
        // Every third is refused: the name is taken.
        let body = json!({ "userName": format!("{name}-{}@acme.test", number - i32::from(number % 3 == 2)) });
        let request = scim.request(Method::POST, "/Users").header("content-type", "application/scim+json").body(body.to_string());
        let Some(answer) = scim.attempt(request).await else { continue };
        assert!(matches!(answer.status, 201 | 409), "{} {}", answer.status, answer.text);
        answered.lock().expect("no panic").push((request_of(&answer), answer.status));
    }
}

#[tokio::test]
async fn a_server_killed_right_after_its_answers_has_lost_no_entry_of_them() {
    let mut instance = Instance::start().await;
    let mut workspace = instance.workspace().open().await;
    let answered = Mutex::new(Vec::new());
    for round in 0..5 {
        let dead = AtomicBool::new(false);
        let names: Vec<String> = (0..6).map(|task| format!("r{round}t{task}")).collect();
        let writers = join_all(names.iter().map(|name| write_until(&workspace, name, &answered, &dead)));
        let enough = (round + 1) * 30;
        let kill = async {
            eventually("enough is answered", async || answered.lock().expect("no panic").len() >= enough).await;
            instance.server().kill();
            dead.store(true, Ordering::SeqCst);
        };
        join(kill, writers).await;
        // Nothing that is in the log now was written after the kill.
        let kept: Vec<uuid::Uuid> =
            sqlx::query_scalar("select id from provisioning_log").fetch_all(&instance.database.pool).await.expect("entries");
        for (request, status) in answered.lock().expect("no panic").iter() {
            let id: uuid::Uuid = request.parse().expect("an id");
            assert!(kept.contains(&id), "the answer {status} of {request} was given, and its entry is gone");
        }
        instance.restart_server().await;
        workspace = workspace.moved_to(instance.url());
    }
    let answered = answered.lock().expect("no panic").clone();
    for (request, status) in answered.iter().step_by(10) {
        assert_eq!(entry(&workspace, request).await["entry"]["status"], *status);
    }
    instance.finish().await;
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_writes_what_it_has() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    join_all((0..40).map(|_| scim.get("/Users"))).await;
    // Reads are written a moment later; the end of the process is not before.
    assert!(instance.server().terminate().success());
    assert_eq!(instance.database.count("select count(*) from provisioning_log where operation = 'listUsers'").await, 40);
    instance.restart_server().await;
    instance.finish().await;
}

#[tokio::test]
async fn while_the_log_cannot_be_written_requests_are_answered_as_ever_and_it_is_written_later() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    // Nobody gets at the log; everything else goes on.
    let held = instance.database.hold("lock table provisioning_log in access exclusive mode").await;
    let reads = join_all((0..20).map(|_| scim.get("/Users"))).await;
    assert!(reads.iter().all(|answer| answer.status == 200));
    let created = scim.post("/Users", json!({ "userName": "ada@acme.test" })).await;
    let refused = scim.post("/Users", json!({ "userName": "ada@acme.test" })).await;
    assert_eq!((created.status, refused.status), (201, 409));
    drop(held);
    for answer in reads.iter().chain([&created, &refused]) {
        assert_eq!(entry_of(&workspace, answer).await["entry"]["status"], answer.status);
    }
    all(&workspace, 22).await;
    instance.finish().await;
}

#[tokio::test]
async fn an_outage_of_postgres_loses_no_entry_of_what_was_answered_before_it() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    scim.get("/Users").await.expect(200);
    let reads = join_all((0..20).map(|_| scim.get("/Users"))).await;
    instance.database.shut().await;
    assert!(reads.iter().all(|answer| answer.status == 200));
    // Nobody can be authenticated meanwhile, so these belong to nobody.
    scim.get("/Users").await.scim_error(503, None);
    scim.post("/Users", json!({ "userName": "ada@acme.test" })).await.scim_error(503, None);
    instance.database.open().await;
    scim.post("/Users", json!({ "userName": "ada@acme.test" })).await.expect(201);
    for answer in &reads {
        entry_of(&workspace, answer).await;
    }
    all(&workspace, 22).await;
    instance.finish().await;
}

#[tokio::test]
async fn connections_that_are_cut_lose_no_entry_and_double_none() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let mut answers = Vec::new();
    for _ in 0..5 {
        let requests = join_all((0..10).map(|_| scim.get("/Users")));
        let (batch, ()) = join(requests, instance.database.cut_connections()).await;
        answers.extend(batch);
    }
    let authenticated: Vec<String> = answers.iter().filter(|answer| answer.status == 200).map(request_of).collect();
    assert!(!authenticated.is_empty());
    for request in &authenticated {
        entry(&workspace, request).await;
    }
    let sizes = "select (select sum(entries) from provisioning_log_sizes)::bigint - (select count(*) from provisioning_log)";
    assert_eq!(instance.database.count(sizes).await, 0);
    instance.finish().await;
}

#[tokio::test]
async fn an_entry_that_cannot_be_stored_takes_no_other_with_it_and_is_counted() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    instance.database.execute("alter table provisioning_log add constraint poison check (path <> '/Users/poison')").await;
    let names: Vec<String> =
        (0..30).map(|number| if number == 15 { "poison".to_owned() } else { format!("n{number}") }).collect();
    let paths: Vec<String> = names.iter().map(|name| format!("/Users/{name}")).collect();
    let answers = join_all(paths.iter().map(|path| scim.get(path))).await;
    assert!(answers.iter().all(|answer| answer.status == 404));
    all(&workspace, 29).await;
    assert_eq!(found(&workspace, &[("status", "404")]).await.len(), 29);
    let metrics = instance.anonymous().get("/metrics").await.text;
    assert!(metrics.lines().any(|line| line == "rollcall_provisioning_log_dropped_total 1"), "{metrics}");
    assert!(instance.logs().contains("an entry of the provisioning log cannot be stored"));
    instance.finish().await;
}
