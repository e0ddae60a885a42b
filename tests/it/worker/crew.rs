//! What apalis leaves to us and no real job can be made to show.

use rollcall::jobs::admin::{self, JobState};

use super::probe::{Running, becomes, database, job, push, runs};
use crate::harness::eventually;

#[tokio::test]
async fn a_panic_is_a_failed_attempt_and_takes_no_neighbour_along() {
    let database = database().await;
    let (id, slow) = (push(&database, "panic").await, push(&database, "1500").await);
    let running = Running::start(&database, 2, 2);
    becomes(&database, &id, JobState::Retrying).await;
    assert_eq!(job(&database, &id).await.attempts, 1);
    becomes(&database, &id, JobState::Dead).await;
    assert_eq!(runs(&database, &id).await, 3);
    assert_eq!(job(&database, &id).await.error.as_deref(), Some("panicked: at the disco"));
    becomes(&database, &slow, JobState::Done).await;
    assert_eq!(runs(&database, &slow).await, 1);
    assert!(admin::retry(&database.pool, &id).await.expect("Postgres"));
    eventually("it runs again", async || runs(&database, &id).await == 4).await;
    running.stop().await;
}

#[tokio::test]
async fn a_full_buffer_is_not_a_dead_worker() {
    let database = database().await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        ids.push(push(&database, "6000").await); // longer than a worker may be silent
    }
    let (one, two) = (Running::start(&database, 1, 2), Running::start(&database, 1, 2));
    for id in &ids {
        becomes(&database, id, JobState::Done).await;
        assert_eq!(runs(&database, id).await, 1);
    }
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn two_crews_run_each_of_many_jobs_once() {
    let database = database().await;
    for _ in 0..200 {
        push(&database, "ok").await;
    }
    let (one, two) = (Running::start(&database, 8, 4), Running::start(&database, 8, 4));
    let done = "select count(*) from apalis.jobs where status = 'Done'";
    eventually("all are done", async || database.count(done).await == 200).await;
    assert_eq!(database.count("select count(*) from runs").await, 200);
    assert_eq!(database.count("select count(distinct job) from runs").await, 200);
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn a_stop_lets_what_runs_end_and_gives_back_what_waits() {
    let database = database().await;
    let id = push(&database, "1000").await;
    let running = Running::start(&database, 1, 4);
    let next = push(&database, "ok").await;
    eventually("it runs", async || runs(&database, &id).await == 1).await;
    running.stop().await;
    assert_eq!(job(&database, &id).await.state, JobState::Done);
    let waits = job(&database, &next).await;
    assert_eq!(waits.state, JobState::Waiting, "{waits:?}");
    assert_eq!(runs(&database, &next).await, 0);
}
