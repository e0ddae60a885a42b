//! The queue's own parts against a real Postgres: enqueueing, dispatching, waking, and what operators do.

use std::time::Duration;

use futures::future::join_all;
use rollcall::{
    ids::{MemberId, ReceiptId, WorkspaceId},
    jobs::{
        Deprovision, Leaver, Reconcile,
        admin::{self, JobState},
        dispatch::dispatch,
        enqueue,
        wake::Waker,
    },
};
use sqlx::PgPool;
use uuid::Uuid;

use super::probe::{database, push};
use crate::harness::Database;

async fn mark(database: &Database, workspace: Uuid, marks: u32) {
    let sql = format!(
        "insert into dirty (workspace_id, kind, subject_id) select '{workspace}', 'user', gen_random_uuid() from generate_series(1, {marks})"
    );
    database.execute(&sql).await;
}

/// Workspace, status and priority of every reconcile job.
async fn reconciles(pool: &PgPool) -> Vec<(String, String, i32)> {
    sqlx::query_as("select idempotency_key, status, priority from apalis.jobs where job_type = 'reconcile' order by 1")
        .fetch_all(pool)
        .await
        .expect("jobs")
}

async fn set_status(database: &Database, status: &str) {
    database.execute(&format!("update apalis.jobs set status = '{status}', attempts = 5")).await;
}

async fn look(database: &Database) -> u64 {
    dispatch(&database.pool).await.expect("a look")
}

#[tokio::test]
async fn a_job_is_committed_with_its_transaction_or_not_at_all() {
    let database = Database::create().await;
    let leaver = Leaver { member_id: MemberId::from_uuid(Uuid::now_v7()), receipt_id: ReceiptId::from_uuid(Uuid::now_v7()) };
    let job = Deprovision { workspace_id: WorkspaceId::from_uuid(Uuid::now_v7()), people: vec![leaver] };
    for commit in [false, true] {
        let mut tx = database.pool.begin().await.expect("a transaction");
        sqlx::query("set local role rollcall_workspace").execute(&mut *tx).await.expect("the role");
        enqueue::deprovision(&mut tx, std::slice::from_ref(&job)).await.expect("the role may insert");
        if commit { tx.commit().await } else { tx.rollback().await }.expect("an end");
        let jobs = admin::list(&database.pool, Some(JobState::Waiting), 10, None).await.expect("jobs");
        assert_eq!(jobs.len(), usize::from(commit));
        for found in jobs {
            assert_eq!(found.payload, serde_json::to_value(&job).ok());
            assert_eq!((found.queue.as_str(), found.attempts, found.max_attempts), ("deprovision", 0, 20));
        }
    }
}

#[tokio::test]
async fn a_dirty_workspace_has_one_live_job_and_one_row() {
    let database = Database::create().await;
    assert_eq!(look(&database).await, 0);
    let (a, b) = (Uuid::now_v7(), Uuid::now_v7());
    mark(&database, a, 1000).await;
    mark(&database, b, 1).await;
    assert_eq!(look(&database).await, 2);
    for alive in ["Pending", "Queued", "Running", "Failed", "Killed"] {
        set_status(&database, alive).await;
        assert_eq!(look(&database).await, 0, "{alive}");
    }
    set_status(&database, "Done").await;
    assert_eq!(look(&database).await, 2);
    let expected = [a, b].map(|id| (id.to_string(), "Pending".to_owned(), 0));
    assert_eq!(reconciles(&database.pool).await, expected);
    let fresh = admin::list(&database.pool, Some(JobState::Waiting), 10, None).await.expect("jobs");
    assert!(fresh.iter().all(|job| job.attempts == 0));
    set_status(&database, "Done").await;
    database.execute("delete from dirty").await;
    assert_eq!(look(&database).await, 0);
}

#[tokio::test]
async fn a_change_overtakes_the_sweep() {
    let database = Database::create().await;
    let (a, b) = (Uuid::now_v7(), Uuid::now_v7());
    for id in [a, b] {
        let sweep = format!(
            "insert into workspaces (id, slug, name, created_at, updated_at) values ('{id}', 'w-{}', 'w', now(), now());
             insert into sweeps (workspace_id, phase, cursor, started_at) values ('{id}', 'groups', '{id}', now())",
            id.simple()
        );
        database.execute(&sweep).await;
    }
    assert_eq!(look(&database).await, 2);
    assert!(reconciles(&database.pool).await.iter().all(|job| job.2 == Reconcile::SWEEP_PRIORITY));
    mark(&database, b, 3).await;
    assert_eq!(look(&database).await, 1);
    assert_eq!(look(&database).await, 0);
    let priorities: Vec<_> = reconciles(&database.pool).await.into_iter().map(|job| (job.0, job.2)).collect();
    assert_eq!(priorities, [(a.to_string(), Reconcile::SWEEP_PRIORITY), (b.to_string(), 0)]);
}

#[tokio::test]
async fn many_dispatchers_at_once_arm_each_workspace_once() {
    let database = Database::create().await;
    for expected in [2500, 5000, 2500] {
        let crowd = "insert into dirty (workspace_id, kind, subject_id) select gen_random_uuid(), 'user', gen_random_uuid() from generate_series(1, 2500)";
        database.execute(crowd).await;
        if expected == 5000 {
            set_status(&database, "Done").await;
        }
        let armed: u64 = join_all((0..8).map(|_| look(&database))).await.into_iter().sum();
        assert_eq!(armed, expected);
    }
    assert_eq!(reconciles(&database.pool).await.len(), 7500);
}

#[tokio::test]
async fn a_burst_of_wakes_is_few_notifications() {
    let database = Database::create().await;
    let mut listener = sqlx::postgres::PgListener::connect_with(&database.pool).await.expect("a listener");
    listener.listen_all(["rollcall_dirty", "apalis::job::insert"]).await.expect("listening");
    let waker = Waker::new(database.pool.clone());
    waker.reconcile();
    waker.deprovision();
    let mut channels = Vec::new();
    for _ in 0..2 {
        let notification = listener.recv().await.expect("a notification");
        if notification.channel() == "apalis::job::insert" {
            let event: apalis_postgres::InsertEvent = serde_json::from_str(notification.payload()).expect("what apalis reads");
            assert_eq!(event.job_type, "deprovision");
        }
        channels.push(notification.channel().to_owned());
    }
    channels.sort();
    assert_eq!(channels, ["apalis::job::insert", "rollcall_dirty"]);
    for _ in 0..10_000 {
        waker.reconcile();
    }
    let mut heard = 0;
    while tokio::time::timeout(Duration::from_millis(200), listener.recv()).await.is_ok() {
        heard += 1;
    }
    assert!((1..=2).contains(&heard), "wakes that come in one breath are told once, and once more at most: {heard}");
}

#[tokio::test]
async fn a_commit_waits_for_no_notification() {
    let database = Database::create().await;
    let enabled =
        "select count(*) from pg_trigger where tgrelid = 'apalis.jobs'::regclass and not tgisinternal and tgenabled <> 'D'";
    assert_eq!(database.count(enabled).await, 0, "a trigger that notifies makes all commits wait for each other");
    let index = "select count(*) from pg_indexes where schemaname = 'apalis' and indexname = 'jobs_lock_by_live_idx'";
    assert_eq!(database.count(index).await, 1, "jobs of the dead are looked for every second");
}

#[tokio::test]
async fn operators_see_every_state_and_prune_what_is_done() {
    let database = database().await;
    let rows = [("Pending", 0), ("Queued", 0), ("Running", 1), ("Failed", 1), ("Failed", 3), ("Killed", 1), ("Done", 1)];
    for (status, attempts) in rows {
        let id = push(&database, "ok").await;
        let state = format!(
            "update apalis.jobs set status = '{status}', attempts = {attempts}, run_at = now() - interval '1 minute', done_at = now()
             where id = '{id}'"
        );
        database.execute(&state).await;
    }
    for (state, expected) in JobState::ALL.into_iter().zip([1, 2, 1, 1, 2]) {
        let jobs = admin::list(&database.pool, Some(state), 10, None).await.expect("jobs");
        assert_eq!(jobs.len(), expected, "{state:?}");
        assert!(jobs.iter().all(|job| job.state == state));
    }
    let all = admin::list(&database.pool, None, 10, None).await.expect("jobs");
    let page = admin::list(&database.pool, None, 3, Some(&all[3].id)).await.expect("jobs");
    assert_eq!(page, all[4..]);
    let counts = admin::counts(&database.pool).await.expect("counts");
    let waiting = counts.iter().find(|count| count.state == JobState::Waiting).expect("one waits");
    assert!(waiting.jobs == 1 && waiting.oldest_seconds >= 59.0);
    assert!(counts.iter().all(|count| count.state != JobState::Done));
    assert!(!admin::retry(&database.pool, "nonsense").await.expect("Postgres"));
    database.execute("update apalis.jobs set job_type = case when status = 'Done' then 'deprovision' else 'reconcile' end").await;
    assert_eq!(admin::prune(&database.pool, Duration::from_secs(60)).await.expect("Postgres"), 0);
    assert_eq!(admin::prune(&database.pool, Duration::ZERO).await.expect("Postgres"), 1);
    assert_eq!(admin::list(&database.pool, None, 10, None).await.expect("jobs").len(), 6);
}
