//! What a receiver may answer, and what comes of it.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Hook, Receiver, Reply, happen, quick, text};
use crate::harness::{Instance, eventually};

/// Fails the first so many times.
fn failing(times: usize) -> impl FnMut(&super::Delivery) -> Reply + Send + 'static {
    let mut left = times;
    move |_| {
        let fails = left > 0;
        left = left.saturating_sub(1);
        Reply::status(if fails { 500 } else { 200 })
    }
}

#[tokio::test]
async fn what_fails_is_sent_again_after_a_pause_and_before_everything_else() {
    let instance = quick().await;
    let workspace = instance.workspace().open().await;
    let receiver = Receiver::start().await;
    receiver.answers(failing(2));
    let hook = Hook::to(&instance, &workspace, &receiver).await;
    for name in ["First", "Second"] {
        happen(&workspace, name).await;
    }
    let deliveries = receiver.has(4).await;
    hook.is_done().await;
    let first = hook.begins_behind + 1;
    assert_eq!(receiver.numbers(), [first, first, first, first + 1]);
    assert_eq!(deliveries[0].headers["webhook-id"], deliveries[2].headers["webhook-id"]);
    assert_eq!(deliveries[0].body, deliveries[2].body);
    for pair in deliveries[..3].windows(2) {
        assert!(pair[1].at - pair[0].at >= Duration::from_millis(750), "the pause is a second, give or take a fifth");
        assert_eq!(pair[1].signed_by(&hook.secret), Some(0));
    }
    let attempts = hook.attempts().await;
    let statuses: Vec<&Value> = attempts.iter().rev().map(|attempt| &attempt["status"]).collect();
    assert_eq!(statuses, [500, 500, 200, 200]);
    assert_eq!(attempts[3]["error"], "The answer was 500.");
    let shown = hook.shown().await;
    assert_eq!((&shown["failures"], &shown["next_attempt_at"]), (&json!(0), &Value::Null));
    instance.finish().await;
}

#[tokio::test]
async fn who_fails_too_often_is_parked_until_resumed_and_misses_nothing() {
    let instance = quick().await;
    let workspace = instance.workspace().open().await;
    let receiver = Receiver::start().await;
    receiver.answers(|_| Reply::status(503));
    let hook = Hook::to(&instance, &workspace, &receiver).await;
    happen(&workspace, "First").await;
    let parked = hook.is_parked().await;
    assert_eq!(parked["parked_why"], "The answer was 503.");
    assert_eq!(receiver.deliveries().len(), 4, "three pauses are four attempts");
    let audited = "select count(*) from audit_log where action = 'webhook.parked' and actor = 'worker'";
    assert_eq!(instance.database.count(audited).await, 1);
    let metrics = instance.anonymous().get("/metrics").await.text;
    assert!(metrics.contains("rollcall_webhooks_parked 1"), "{metrics}");
    happen(&workspace, "Second").await;
    instance.settle().await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(receiver.deliveries().len(), 4, "nothing is sent to who is parked");

    receiver.answers(|_| Reply::status(200));
    let resumed = hook.post("resume", Value::Null).await.expect(200);
    assert_eq!((&resumed["parked_at"], &resumed["failures"]), (&Value::Null, &json!(0)));
    hook.is_done().await;
    let first = hook.begins_behind + 1;
    assert_eq!(receiver.numbers()[4..], [first, first + 1]);
    instance.finish().await;
}

#[tokio::test]
async fn whoever_answers_gone_is_parked_at_once() {
    let instance = quick().await;
    let workspace = instance.workspace().open().await;
    let receiver = Receiver::start().await;
    receiver.answers(|_| Reply::status(410));
    let hook = Hook::to(&instance, &workspace, &receiver).await;
    happen(&workspace, "First").await;
    hook.is_parked().await;
    assert_eq!(receiver.deliveries().len(), 1);
    instance.finish().await;
}

#[tokio::test]
async fn redirects_silence_and_nobody_are_failures_in_plain_words() {
    let instance = quick().await;
    let workspace = instance.workspace().open().await;
    let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
    let location = format!("Location: {}\r\n", elsewhere.url);
    receiver.answers(move |_| Reply { headers: location.clone(), ..Reply::status(307) });
    let hook = Hook::to(&instance, &workspace, &receiver).await;
    happen(&workspace, "First").await;
    let says = async |what: &str| {
        eventually(what, async || hook.attempts().await.first().is_some_and(|last| text(&last["error"]).contains(what))).await;
    };
    says("redirects are not followed").await;
    receiver.answers(|_| Reply::status(200).after(Duration::from_secs(60)));
    says("no answer within 2 seconds").await;
    drop(receiver);
    says("No connection could be made").await;
    assert_eq!(elsewhere.deliveries().len(), 0);
    instance.finish().await;
}

#[tokio::test]
async fn however_much_is_answered_the_status_decides() {
    let instance = quick().await;
    let workspace = instance.workspace().open().await;
    let receiver = Receiver::start().await;
    receiver.answers(|_| Reply { body: vec![b'x'; 20_000_000], ..Reply::status(200) });
    let hook = Hook::to(&instance, &workspace, &receiver).await;
    happen(&workspace, "First").await;
    happen(&workspace, "Second").await;
    receiver.has(2).await;
    hook.is_done().await;
    assert_eq!(receiver.deliveries().len(), 2);
    instance.finish().await;
}

#[tokio::test]
async fn the_last_hundred_attempts_are_kept() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let receiver = Receiver::start().await;
    let hook = Hook::to(&instance, &workspace, &receiver).await;
    instance
        .database
        .execute(&format!(
            "insert into event_outbox (workspace_id, type, at, subject_id, data)
             select '{}', 'group.created', now(), gen_random_uuid(), '{{}}' from generate_series(1, 130) n",
            workspace.id
        ))
        .await;
    receiver.has(130).await;
    hook.is_done().await;
    let attempts = hook.attempts().await;
    assert_eq!(attempts.len(), 100);
    assert_eq!((&attempts[0]["number"], &attempts[99]["number"]), (&json!(130), &json!(31)));
    assert_eq!(instance.database.count("select count(*) from webhook_attempts").await, 100);
    instance.finish().await;
}
