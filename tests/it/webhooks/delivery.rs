//! Every event arrives, in its order, signed; nobody waits for somebody else's receiver.

use std::{collections::BTreeMap, time::Duration};

use futures::future::join_all;
use serde_json::{Value, json};

use super::{Delivery, Hook, QUICK, Receiver, Reply, happen, quick, text};
use crate::harness::{Instance, eventually};

/// The numbers in the order in which they came; an event that came again at once, under the same id, counts once.
fn in_order(deliveries: &[Delivery]) -> Vec<i64> {
    let mut numbers: Vec<i64> = Vec::new();
    let mut ids: BTreeMap<i64, String> = BTreeMap::new();
    for delivery in deliveries {
        let id = &delivery.headers["webhook-id"];
        assert_eq!(ids.entry(delivery.seq()).or_insert_with(|| id.clone()), id, "an event keeps its id");
        if numbers.last() != Some(&delivery.seq()) {
            numbers.push(delivery.seq());
        }
    }
    numbers
}

#[tokio::test]
async fn events_arrive_in_order_each_once_and_signed() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let receiver = Receiver::start().await;
    let hook = Hook::to(&instance, &workspace, &receiver).await;
    let user = workspace.user("ada@acme.test").await;
    workspace.group("Crew", &[&user]).await;
    instance.settle().await;
    let page = workspace.admin().get(&format!("/events?after={}", hook.begins_behind)).await.expect(200);
    let events = page["events"].as_array().expect("events");
    assert!(events.len() >= 4, "{page}");
    let deliveries = receiver.has(events.len()).await;
    hook.is_done().await;
    assert_eq!(receiver.deliveries().len(), events.len(), "each once");
    for (delivery, event) in deliveries.iter().zip(events) {
        assert_eq!(delivery.signed_by(&hook.secret), Some(0), "{delivery:?}");
        let age = rollcall::clock::now().timestamp() - delivery.headers["webhook-timestamp"].parse::<i64>().expect("seconds");
        assert!((0..60).contains(&age), "{age}");
        assert_eq!(delivery.line, "POST /hook/path-of-the-receiver HTTP/1.1");
        assert_eq!(delivery.headers["content-type"], "application/json");
        assert_eq!(delivery.headers["host"], format!("127.0.0.1:{}", receiver.port));
        let body = delivery.json();
        assert_eq!(body["type"], event["type"]);
        let time = |value: &Value| text(value).parse::<chrono::DateTime<chrono::Utc>>().expect("a time");
        assert_eq!(time(&body["timestamp"]), time(&event["at"]));
        let mut data = event["data"].clone();
        for name in ["seq", "subject_id", "request_id"] {
            data[name] = event[name].clone();
        }
        data["workspace_id"] = json!(workspace.id);
        assert_eq!(body["data"], data);
    }
    let attempts = hook.attempts().await;
    assert_eq!(attempts.len(), events.len());
    assert!(attempts.iter().all(|attempt| attempt["delivered"] == true && attempt["status"] == 204), "{attempts:?}");
    assert_eq!(attempts[0]["seq"], page["last"], "newest first");
    instance.finish().await;
}

#[tokio::test]
async fn who_wants_some_types_gets_those_and_is_not_behind_for_the_others() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let receiver = Receiver::start().await;
    let body = json!({ "url": receiver.url, "types": ["group.deleted", "group.renamed"] });
    let hook = Hook::make(&instance, &workspace, body).await;
    let group = workspace.group("Before", &[]).await;
    let path = format!("/Groups/{}", text(&group["id"]));
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "After" }]);
    workspace.scim().operations(&path, rename).await.expect(200);
    workspace.user("ada@acme.test").await;
    workspace.scim().delete(&path).await.expect(204);
    instance.settle().await;
    hook.is_done().await;
    let kinds: Vec<Value> = receiver.deliveries().iter().map(|delivery| delivery.json()["type"].clone()).collect();
    assert_eq!(kinds, ["group.renamed", "group.deleted"]);
    let everything = json!({ "types": [] });
    assert_eq!(workspace.admin().patch(&hook.path, everything).await.expect(200)["types"], json!([]));
    happen(&workspace, "Third").await;
    receiver.has(3).await;
    instance.finish().await;
}

#[tokio::test]
async fn two_workers_and_many_writers_and_still_one_by_one() {
    let mut instance = Instance::start().await;
    instance.start_worker();
    let workspace = instance.workspace().open().await;
    let (one, two) = (Receiver::start().await, Receiver::start().await);
    let hooks = [Hook::to(&instance, &workspace, &one).await, Hook::to(&instance, &workspace, &two).await];
    let write = async |writer: usize| {
        for number in 0..20 {
            happen(&workspace, &format!("Group {writer}-{number}")).await;
        }
    };
    join_all((0..2).map(write)).await;
    instance.settle().await;
    for (hook, receiver) in hooks.iter().zip([&one, &two]) {
        hook.is_done().await;
        let wanted: Vec<i64> = (hook.begins_behind + 1..).take(40).collect();
        assert_eq!(receiver.numbers(), wanted, "each once, one after the other");
    }
    instance.finish().await;
}

#[tokio::test]
async fn a_worker_killed_in_the_middle_of_a_delivery_loses_nothing() {
    let mut instance = quick().await;
    let workspace = instance.workspace().open().await;
    let receiver = Receiver::start().await;
    let hook = Hook::to(&instance, &workspace, &receiver).await;
    receiver.answers(|_| Reply::status(200).after(Duration::from_millis(300)));
    for number in 0..6 {
        happen(&workspace, &format!("Group {number}")).await;
    }
    let mut worker = 0;
    for round in 1..=3 {
        receiver.has(round).await;
        instance.worker(worker).kill();
        worker = instance.start_worker_with(&QUICK);
        let so_far = receiver.deliveries().len();
        receiver.has(so_far + 1).await;
    }
    instance.settle().await;
    hook.is_done().await;
    let wanted: Vec<i64> = (hook.begins_behind + 1..).take(6).collect();
    assert_eq!(in_order(&receiver.deliveries()), wanted);
    instance.finish().await;
}

/// A receiver that never answers, in the same workspace, holds up neither another one nor those who leave.
#[tokio::test]
async fn a_dead_receiver_holds_up_nobody_else() {
    let instance = quick().await;
    let (workspace, other) = (instance.workspace().open().await, instance.workspace().open().await);
    let (dead, alive, others) = (Receiver::start().await, Receiver::start().await, Receiver::start().await);
    dead.answers(|_| Reply::status(200).after(Duration::from_secs(3600)));
    Hook::to(&instance, &workspace, &dead).await;
    let hooks = [Hook::to(&instance, &workspace, &alive).await, Hook::to(&instance, &other, &others).await];
    let user = workspace.user("ada@acme.test").await;
    let member = workspace.member_of(&user).await;
    dead.has(1).await;
    for number in 0..5 {
        happen(&workspace, &format!("Group {number}")).await;
        happen(&other, &format!("Group {number}")).await;
    }
    crate::events::switch(&workspace, &user, false).await;
    let receipts = format!("/members/{}/receipts", text(&member["id"]));
    eventually("the leaver is cleaned up after", async || {
        workspace.admin().get(&receipts).await.expect(200)[0]["completed_at"].is_string()
    })
    .await;
    instance.settle().await;
    for hook in &hooks {
        hook.is_done().await;
    }
    assert!(dead.numbers().iter().all(|seq| *seq == dead.numbers()[0]), "nothing comes before the one that is not answered");
    instance.finish().await;
}

/// A worker that is told to stop lets go at once: the next one need not wait for a lease to end.
#[tokio::test]
async fn a_worker_that_stops_hands_over() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let receiver = Receiver::start().await;
    receiver.answers(|_| Reply::status(200).after(Duration::from_secs(14)));
    Hook::to(&instance, &workspace, &receiver).await;
    happen(&workspace, "Crew").await;
    receiver.has(1).await;
    assert!(instance.worker(0).terminate().success());
    receiver.answers(|_| Reply::status(200));
    let started = std::time::Instant::now();
    instance.start_worker();
    receiver.has(2).await;
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    instance.finish().await;
}
