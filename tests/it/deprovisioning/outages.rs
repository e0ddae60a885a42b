//! The row is the lock: the worker may be dead and Redis gone.

use super::{Person, Way, forgets};
use crate::harness::{Instance, Workspace};

/// Six people, each to leave in another way, each with a hundred sessions.
async fn people(workspace: &Workspace) -> Vec<(Way, Person)> {
    let mut people = Vec::new();
    for way in Way::ALL {
        people.push((way, Person::sign_in(workspace, &format!("{way:?}"), 100).await));
    }
    people
}

#[tokio::test]
async fn without_a_worker_nobody_is_accepted_and_the_receipt_is_complete_once_it_is_back() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let people = people(&workspace).await;
    instance.settle().await;
    instance.worker(0).kill();
    for (way, person) in &people {
        way.put_out(&workspace, &person.user).await;
        assert_eq!(person.checks(&workspace).await, [401], "{way:?}");
        let receipts = person.receipts(&workspace).await;
        assert_eq!(receipts.len(), 1, "{way:?}");
        assert!(receipts[0]["completed_at"].is_null(), "{way:?}");
    }
    instance.start_worker();
    for (way, person) in &people {
        assert_eq!(person.receipt(&workspace).await["sessions_count"], 100, "{way:?}");
        forgets(&instance, person).await;
    }
    instance.finish().await;
}

#[tokio::test]
async fn with_redis_gone_and_back_nobody_is_accepted() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let people = people(&workspace).await;
    for (way, person) in &people {
        instance.redis.stop();
        way.put_out(&workspace, &person.user).await;
        assert_eq!(person.checks(&workspace).await, [503], "{way:?}");
        instance.redis.start_again();
        let after = person.checks(&workspace).await;
        assert!(after.iter().all(|status| matches!(status, 401 | 503)), "{way:?}: {after:?}");
    }
    for (way, person) in &people {
        let receipt = person.receipt(&workspace).await;
        assert!(receipt["sessions_closed_at"].is_string(), "{way:?}");
        assert_eq!(person.checks(&workspace).await, [401], "{way:?}");
    }
    instance.finish().await;
}

#[tokio::test]
async fn a_redis_that_comes_back_with_everything_it_held_brings_nobody_back() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "resurrected", 30).await;
    instance.settle().await;
    instance.worker(0).kill();
    instance.redis.freeze();
    Way::PatchWithPath.put_out(&workspace, &person.user).await;
    let silent = person.checks(&workspace).await;
    instance.redis.thaw();
    assert_eq!(silent, [503]);
    assert!(instance.redis.keys().await.iter().any(|key| key.contains(&person.key())), "the sessions are there");
    assert_eq!(person.checks(&workspace).await, [401]);
    instance.start_worker();
    assert_eq!(person.receipt(&workspace).await["sessions_count"], 30);
    forgets(&instance, &person).await;
    instance.finish().await;
}

#[tokio::test]
async fn without_worker_and_redis_nobody_is_accepted_and_the_receipt_waits_for_both() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "unlucky", 10).await;
    instance.settle().await;
    instance.worker(0).kill();
    instance.redis.stop();
    Way::Delete.put_out(&workspace, &person.user).await;
    assert_eq!(person.checks(&workspace).await, [503]);
    instance.start_worker();
    instance.redis.start_again();
    assert!(person.receipt(&workspace).await["completed_at"].is_string());
    let after = person.checks(&workspace).await;
    assert!(after.iter().all(|status| matches!(status, 401 | 503)), "{after:?}");
    instance.finish().await;
}
