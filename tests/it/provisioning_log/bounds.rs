//! A log is bounded by age, by entries and by size; the worker keeps it so.

use serde_json::json;

use super::{all, found, request_of};
use crate::harness::{Instance, Workspace, eventually};

/// Whether what is counted is what is there.
async fn assert_counted(instance: &Instance) {
    let entries =
        "select (select coalesce(sum(entries), 0) from provisioning_log_sizes)::bigint - (select count(*) from provisioning_log)";
    let bytes = "select ((select coalesce(sum(bytes), 0) from provisioning_log_sizes)
                         - (select coalesce(sum(bytes), 0) from provisioning_log))::bigint";
    assert_eq!(instance.database.count(entries).await, 0);
    assert_eq!(instance.database.count(bytes).await, 0);
    let lost = "select count(*) from provisioning_log_people p
                where not exists (select from provisioning_log l where l.workspace_id = p.workspace_id and l.id = p.entry_id)";
    assert_eq!(instance.database.count(lost).await, 0);
}

async fn fill(workspace: &Workspace, count: usize) -> Vec<String> {
    let mut requests = Vec::new();
    for number in 0..count {
        let answer = workspace.scim().post("/Groups", json!({ "displayName": format!("Group {number}") })).await;
        requests.push(request_of(&answer));
    }
    requests
}

#[tokio::test]
async fn no_more_entries_than_configured_the_newest_ones() {
    let mut instance = Instance::without_worker().await;
    let (workspace, other) = (instance.workspace().open().await, instance.workspace().open().await);
    let ada = workspace.user("ada@acme.test").await;
    workspace.group("Everybody", &[&ada]).await;
    let requests = fill(&workspace, 40).await;
    let others = fill(&other, 15).await;
    assert_eq!(instance.database.count("select count(*) from provisioning_log_people").await, 1);
    instance.start_worker_with(&[("ROLLCALL_PROVISIONING_LOG_PRUNE_SECONDS", "1"), ("ROLLCALL_PROVISIONING_LOG_ENTRIES", "20")]);
    eventually("the log is short", async || found(&workspace, &[]).await.len() == 20).await;
    let newest: Vec<String> = requests.iter().rev().take(20).cloned().collect();
    assert_eq!(found(&workspace, &[]).await, newest);
    assert_eq!(found(&other, &[]).await.len(), others.len(), "another workspace's log is another matter");
    assert_eq!(found(&workspace, &[("person", "ada@acme.test")]).await, [""; 0]);
    assert_counted(&instance).await;
    // It goes on being kept so.
    let more = request_of(&workspace.scim().get("/Users").await);
    eventually("the oldest one goes", async || {
        let found = found(&workspace, &[]).await;
        found.first() == Some(&more) && found.len() == 20
    })
    .await;
    instance.finish().await;
}

#[tokio::test]
async fn no_more_bytes_than_configured() {
    let mut instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let long = "x".repeat(40_000);
    let mut requests = Vec::new();
    for number in 0..40 {
        let body = json!({ "userName": format!("person{number}@acme.test"), "title": long });
        requests.push(request_of(&workspace.scim().post("/Users", body).await));
    }
    let total = "select sum(bytes) from provisioning_log";
    assert!(instance.database.count(total).await > 40 * 64 * 1024);
    instance.start_worker_with(&[("ROLLCALL_PROVISIONING_LOG_PRUNE_SECONDS", "1"), ("ROLLCALL_PROVISIONING_LOG_MIB", "1")]);
    eventually("the log is small", async || instance.database.count(total).await <= 1024 * 1024).await;
    let kept = found(&workspace, &[]).await;
    let newest: Vec<String> = requests.iter().rev().take(kept.len()).cloned().collect();
    assert_eq!(kept, newest);
    assert!(kept.len() >= 14, "no more is removed than has to be: {}", kept.len());
    assert_counted(&instance).await;
    instance.finish().await;
}

#[tokio::test]
async fn nothing_older_than_configured() {
    let mut instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let fresh = fill(&workspace, 3).await;
    // Three thousand entries of the last four days, in the past: more than one batch.
    instance
        .database
        .execute(&format!(
            "insert into provisioning_log
                 (workspace_id, id, at, token_id, operation, method, path, people, status, duration_us, request_cut, answer_cut, bytes)
             select '{id}', (lpad(to_hex((extract(epoch from past) * 1000)::bigint), 12, '0') || '7000' || '8' || substr(md5(n::text), 1, 15))::uuid,
                    past, gen_random_uuid(), 'getUser', 'GET', '/Users/x', '{{}}', 200, 1, false, false, 500
             from generate_series(1, 3000) n, lateral (select now() - n * interval '115 seconds' as past) as time;
             insert into provisioning_log_sizes (workspace_id, slot, entries, bytes) values ('{id}', 99, 3000, 1500000)",
            id = workspace.id
        ))
        .await;
    all(&workspace, 3003).await;
    instance.start_worker_with(&[("ROLLCALL_PROVISIONING_LOG_PRUNE_SECONDS", "1"), ("ROLLCALL_PROVISIONING_LOG_DAYS", "2")]);
    let old = "select count(*) from provisioning_log where at < now() - interval '2 days'";
    eventually("what is old is gone", async || instance.database.count(old).await == 0).await;
    let kept = found(&workspace, &[]).await;
    assert!((1500..=1506).contains(&kept.len()), "{}", kept.len());
    assert!(fresh.iter().all(|request| kept.contains(request)));
    assert_counted(&instance).await;
    instance.finish().await;
}
