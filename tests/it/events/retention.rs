//! Events are kept for a time, and whoever comes too late is told so.

use super::text;
use crate::harness::{Instance, eventually};

#[tokio::test]
async fn what_is_too_old_goes_and_asking_for_it_is_answered_410() {
    let mut instance = Instance::start().await;
    let (workspace, other) = (instance.workspace().create().await, instance.workspace().create().await);
    instance
        .database
        .execute(&format!(
            "insert into event_outbox (workspace_id, type, at, subject_id, data)
             select '{}', 'group.created', now() - interval '3 days', gen_random_uuid(), '{{}}' from generate_series(1, 2500) n",
            workspace.id
        ))
        .await;
    instance.settle().await;
    let (first, last) = ("update events set at = now() - interval '3 days' where seq <= 4", "select max(seq) from events");
    instance.database.execute(first).await;
    let last = instance.database.count(last).await;
    let wish = serde_json::json!({ "name": "young", "scopes": ["sessions"] });
    workspace.admin().post("/tokens", wish).await.expect(201);
    instance.settle().await;
    let others = instance.database.count(&format!("select count(*) from events where workspace_id = '{}'", other.id)).await;
    instance.worker(0).terminate();
    instance.start_worker_with(&[("ROLLCALL_EVENTS_DAYS", "2"), ("ROLLCALL_EVENTS_PRUNE_SECONDS", "1")]);

    let oldest = async || workspace.admin().get("/events").await.expect(200)["oldest"].as_i64().expect("a number");
    eventually("what is old is gone", async || oldest().await == last + 1).await;
    let page = workspace.admin().get("/events").await.expect(200);
    assert_eq!(page["events"][0]["seq"].as_i64(), Some(last + 1), "without a number it begins with the oldest one");
    assert_eq!(workspace.admin().get(&format!("/events?after={last}")).await.expect(200)["events"], page["events"]);
    for after in [0, 1, last - 1] {
        let gone = workspace.admin().get(&format!("/events?after={after}")).await;
        assert!(gone.header("content-type").starts_with("application/problem+json"));
        let gone = gone.expect(410);
        let detail = text(&gone["detail"]);
        assert!(detail.starts_with("after: "), "{detail}");
        assert!(detail.contains("/members") && detail.contains(&format!("after {last}")), "{detail}");
    }
    let kept = format!("select count(*) from events where workspace_id = '{}'", other.id);
    eventually("of the other one what was old is gone as well", async || instance.database.count(&kept).await <= others - 4)
        .await;
    assert_eq!(instance.database.count(&kept).await, others - 4, "and no more");
    instance.finish().await;
}
