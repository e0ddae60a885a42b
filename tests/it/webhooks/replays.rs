//! From another number on, after a while without, and too late.

use serde_json::{Value, json};

use super::{Hook, Receiver, happen, quick, text};
use crate::harness::{Instance, eventually};

#[tokio::test]
async fn what_was_delivered_is_sent_again_from_any_number_on() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let receiver = Receiver::start().await;
    let hook = Hook::to(&instance, &workspace, &receiver).await;
    for name in ["First", "Second", "Third"] {
        happen(&workspace, name).await;
    }
    hook_has(&hook, &receiver, 3).await;
    let before = receiver.deliveries();
    let from = hook.begins_behind + 2;
    hook.post("replay", json!({ "from": from })).await.expect(200);
    hook_has(&hook, &receiver, 5).await;
    assert_eq!(receiver.numbers()[3..], [from, from + 1]);
    let again = &receiver.deliveries()[3];
    assert_eq!((&again.body, &again.headers["webhook-id"]), (&before[1].body, &before[1].headers["webhook-id"]));
    // From the beginning: what was before the webhook too.
    hook.post("replay", json!({ "from": 1 })).await.expect(200);
    let all = usize::try_from(hook.begins_behind + 3).expect("a few");
    hook_has(&hook, &receiver, 5 + all).await;
    let wanted: Vec<i64> = (1..).take(all).collect();
    assert_eq!(receiver.numbers()[5..], wanted);

    let last = hook.begins_behind + 3;
    hook.post("replay", json!({ "from": last + 1 })).await.expect(200);
    for from in [0, -5, last + 2, i64::MIN, i64::MAX] {
        let refused = hook.post("replay", json!({ "from": from })).await.expect(400);
        assert!(text(&refused["detail"]).starts_with("from"), "{refused}");
    }
    instance.finish().await;
}

async fn hook_has(hook: &Hook<'_>, receiver: &Receiver, count: usize) {
    receiver.has(count).await;
    hook.is_done().await;
    assert_eq!(receiver.deliveries().len(), count);
}

#[tokio::test]
async fn while_it_is_not_enabled_its_events_wait() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let receiver = Receiver::start().await;
    let hook = Hook::to(&instance, &workspace, &receiver).await;
    workspace.admin().patch(&hook.path, json!({ "enabled": false })).await.expect(200);
    happen(&workspace, "First").await;
    instance.settle().await;
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    assert_eq!(receiver.deliveries().len(), 0);
    assert_eq!(hook.shown().await["url"], receiver.url);
    workspace.admin().patch(&hook.path, json!({ "enabled": true })).await.expect(200);
    hook_has(&hook, &receiver, 1).await;
    workspace.admin().delete(&hook.path).await.expect(204);
    happen(&workspace, "Second").await;
    instance.settle().await;
    assert_eq!(workspace.admin().get("/webhooks").await.expect(200), json!([]));
    workspace.admin().get(&hook.path).await.expect(404);
    assert_eq!(receiver.deliveries().len(), 1);
    instance.finish().await;
}

/// Nothing is skipped in silence: what it missed and can no longer get parks it, and a replay from what is kept brings it back.
#[tokio::test]
async fn who_was_away_for_longer_than_events_are_kept_is_told() {
    let mut instance = quick().await;
    let workspace = instance.workspace().open().await;
    let receiver = Receiver::start().await;
    let hook = Hook::to(&instance, &workspace, &receiver).await;
    workspace.admin().patch(&hook.path, json!({ "enabled": false })).await.expect(200);
    happen(&workspace, "First").await;
    happen(&workspace, "Second").await;
    instance.settle().await;
    let second = hook.begins_behind + 2;
    instance.database.execute(&format!("update events set at = now() - interval '40 days' where seq < {second}")).await;
    instance.worker(0).terminate();
    instance.start_worker_with(&[("ROLLCALL_EVENTS_PRUNE_SECONDS", "1")]);
    let oldest = async || workspace.admin().get("/events").await.expect(200)["oldest"].clone();
    eventually("the first one is gone", async || oldest().await == second).await;
    workspace.admin().patch(&hook.path, json!({ "enabled": true })).await.expect(200);
    let parked = hook.is_parked().await;
    assert!(text(&parked["parked_why"]).contains(&format!("replay from {second}")), "{parked}");
    let gone = hook.post("resume", Value::Null).await.expect(410);
    assert!(text(&gone["detail"]).contains("no longer kept"), "{gone}");
    hook.post("replay", json!({ "from": second - 1 })).await.expect(410);
    assert_eq!(receiver.deliveries().len(), 0);
    hook.post("replay", json!({ "from": second })).await.expect(200);
    hook_has(&hook, &receiver, 1).await;
    assert_eq!(receiver.numbers(), [second]);
    instance.finish().await;
}
