//! One order without a gap, whoever writes, works, reads or dies at the same time.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures::future::{join, join_all};
use serde_json::{Value, json};

use super::{all, assert_without_gap, switch, text};
use crate::harness::{Instance, Workspace, eventually};

const WRITERS: usize = 3;
const PEOPLE: usize = 6;

/// Everything that one identity provider does: people come, get a group, go and come back.
async fn write(workspace: &Workspace, writer: usize) {
    for number in 0..PEOPLE {
        let user = workspace.user(&format!("p{writer}-{number}@acme.test")).await;
        workspace.group(&format!("Group {writer}-{number}"), &[&user]).await;
        workspace.member_of(&user).await;
        switch(workspace, &user, false).await;
        switch(workspace, &user, true).await;
    }
}

/// Reads by cursor while others write, until told to stop and nothing is left; each page must follow on the one before.
async fn read(workspace: &Workspace, stop: &AtomicBool) -> Vec<Value> {
    let (mut read, mut after) = (Vec::new(), 0);
    loop {
        let stopped = stop.load(Ordering::SeqCst);
        let page = workspace.admin().get(&format!("/events?after={after}&limit=7")).await.expect(200);
        let events = page["events"].as_array().expect("events");
        for (event, expected) in events.iter().zip(after + 1..) {
            assert_eq!(event["seq"].as_i64(), Some(expected), "a number was skipped, or seen before one that is less");
        }
        after += i64::try_from(events.len()).expect("a few");
        assert_eq!(page["next"].as_i64(), Some(after));
        read.extend(events.iter().cloned());
        if stopped && page["next"] == page["last"] {
            return read;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// How many events of each type there are.
fn counted(events: &[Value]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for event in events {
        *counts.entry(text(&event["type"]).to_owned()).or_default() += 1;
    }
    counts
}

/// The audit log is written in the same transactions: what it has, was told, each thing once.
async fn assert_told_as_audited(instance: &Instance, events: &[Value]) {
    let counts = counted(events);
    for kind in ["member.invited", "member.reactivated", "member.role_changed", "group.created", "group.members_changed"] {
        let audited = instance.database.count(&format!("select count(*) from audit_log where action = '{kind}'")).await;
        let told = counts.get(kind).copied().unwrap_or_default();
        assert_eq!(i64::try_from(told), Ok(audited), "{kind}");
    }
    let receipts = instance.database.count("select count(*) from receipts").await;
    assert_eq!(i64::try_from(counts["member.deactivated"]), Ok(receipts));
    assert_eq!(counts["group.created"], WRITERS * PEOPLE);
}

#[tokio::test]
async fn readers_see_no_gap_while_many_write_and_two_workers_number() {
    let mut instance = Instance::start().await;
    instance.start_worker();
    let workspace = instance.workspace().open().await;
    let stop = AtomicBool::new(false);
    let writing = async {
        join_all((0..WRITERS).map(|writer| write(&workspace, writer))).await;
        instance.settle().await;
        stop.store(true, Ordering::SeqCst);
    };
    let ((), seen) = join(writing, read(&workspace, &stop)).await;
    let events = all(&workspace).await;
    assert_eq!(seen, events, "what was read page by page is what is there");
    assert_without_gap(&events);
    assert_told_as_audited(&instance, &events).await;
    instance.finish().await;
}

#[tokio::test]
async fn a_worker_killed_while_it_numbers_loses_and_doubles_nothing() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    instance.settle().await;
    instance
        .database
        .execute(
            "create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.7); return null; end $$;
             create trigger slow after insert on events for each row execute function slow()",
        )
        .await;
    let numbering = "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
    let mut worker = 0;
    for round in 0..3 {
        workspace.scim().post("/Groups", json!({ "displayName": format!("Group {round}") })).await.expect(201);
        eventually("the worker numbers", async || instance.database.count(numbering).await > 0).await;
        instance.worker(worker).kill();
        worker = instance.start_worker();
    }
    instance.settle().await;
    let events = all(&workspace).await;
    assert_without_gap(&events);
    assert_eq!(counted(&events)["group.created"], 3);
    instance.finish().await;
}

/// Nothing is marked by it; the events alone bring the worker.
#[tokio::test]
async fn events_are_numbered_when_nothing_else_is_to_be_done() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    instance.settle().await;
    let before = all(&workspace).await.len();
    workspace.admin().post("/tokens", json!({ "name": "quiet", "scopes": ["sessions"] })).await.expect(201);
    eventually("the event has its number", async || all(&workspace).await.len() == before + 1).await;
    instance.finish().await;
}

/// A reader that has appended and not committed holds up nobody, and what it appended comes later.
#[tokio::test]
async fn what_is_not_committed_is_waited_for_by_nobody() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    instance.settle().await;
    let before = all(&workspace).await.len();
    let held = instance
        .database
        .hold(&format!(
            "insert into event_outbox (workspace_id, type, at, subject_id, data)
             values ('{}', 'member.removed', now(), gen_random_uuid(), '{{}}')",
            workspace.id
        ))
        .await;
    workspace.group("Quick", &[]).await;
    eventually("the later one is numbered", async || all(&workspace).await.len() == before + 1).await;
    held.commit().await.expect("a commit");
    eventually("the earlier one is numbered", async || all(&workspace).await.len() == before + 2).await;
    let events = all(&workspace).await;
    assert_without_gap(&events);
    assert_eq!(events[before]["type"], "group.created");
    assert_eq!(events[before + 1]["type"], "member.removed");
    instance.finish().await;
}
