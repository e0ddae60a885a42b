//! Workers that are killed, stopped or crash over and over: their jobs are done by others, and a job that kills its worker is dead in
//! the end.

use crate::{
    deprovisioning::{Person, Way},
    harness::{Instance, Workspace, eventually},
};

use super::{job_becomes, jobs};

/// Somebody is signed in, and the worker is idle.
async fn idle(instance: &Instance) -> (Workspace, Person) {
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "leaver", 3).await;
    instance.settle().await;
    (workspace, person)
}

/// Waits until a worker is in the middle of a departure, which cannot end while the receipt is held.
async fn in_flight(instance: &Instance) {
    eventually("the job is in flight", async || instance.database.count(WAITING).await == 1).await;
}

/// Waits until nobody waits for the receipt any more. Postgres does not notice that a worker was killed while it waits: without
/// this it could be first at the next hold, and pass for the worker that comes then.
async fn nobody_waits(instance: &Instance) {
    eventually("the killed worker's connection is gone", async || instance.database.count(WAITING).await == 0).await;
}

const WAITING: &str = "select count(*) from pg_stat_activity
    where datname = current_database() and application_name = 'rollcall' and wait_event_type = 'Lock' and query like '%from receipts%'";

const RECEIPTS: &str = "select from receipts where completed_at is null for update";

#[tokio::test]
async fn the_job_of_a_killed_worker_is_done_by_the_next_one_under_another_name() {
    let mut instance = Instance::start().await;
    let (workspace, person) = idle(&instance).await;
    instance.worker(0).tell_to_stop();
    instance.worker(0).ended().await;
    Way::PatchWithPath.put_out(&workspace, &person.user).await;
    let held = instance.database.hold(RECEIPTS).await;
    let first = instance.start_worker();
    in_flight(&instance).await;
    instance.worker(first).kill();
    drop(held);
    instance.start_worker();
    let receipt = person.receipt(&workspace).await;
    assert_eq!(receipt["sessions_count"], 3);
    let runs = "select attempts::bigint from apalis.jobs where job_type = 'deprovision'";
    eventually("it is written down that it ran twice", async || instance.database.count(runs).await == 2).await;
    let names = "select count(*) from apalis.workers where worker_type = 'deprovision'";
    assert_eq!(instance.database.count(names).await, 3, "no name is used twice");
    instance.finish().await;
}

#[tokio::test]
async fn a_job_that_takes_its_worker_along_is_dead_in_the_end_and_its_neighbours_get_through() {
    let mut instance = Instance::start().await;
    let (workspace, person) = idle(&instance).await;
    let neighbour = Person::sign_in(&workspace, "neighbour", 1).await;
    instance.settle().await;
    instance.worker(0).terminate();
    Way::PatchWithPath.put_out(&workspace, &person.user).await;
    instance.database.execute("update apalis.jobs set max_attempts = 2 where job_type = 'deprovision'").await;
    for _ in 0..2 {
        let held = instance.database.hold(RECEIPTS).await;
        let worker = instance.start_worker();
        in_flight(&instance).await;
        instance.worker(worker).kill();
        drop(held);
        nobody_waits(&instance).await;
    }
    Way::PatchWithPath.put_out(&workspace, &neighbour.user).await;
    instance.start_worker();
    assert_eq!(neighbour.receipt(&workspace).await["sessions_count"], 1);
    let dead = job_becomes(&instance, "deprovision", "dead").await;
    assert_eq!(dead["attempts"], 2);
    assert_eq!(dead["error"], "its worker went away");
    let (code, _, errors) = instance.command(&["job", "retry", dead["id"].as_str().expect("an id")]);
    assert_eq!(code, 0, "{errors}");
    assert_eq!(person.receipt(&workspace).await["sessions_count"], 3);
    instance.finish().await;
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_finishes_what_is_in_flight_and_begins_nothing_else() {
    let mut instance = Instance::start().await;
    let (workspace, person) = idle(&instance).await;
    let other = instance.workspace().open().await;
    instance.settle().await; // the events of its making have their numbers: nothing of it is to be done
    instance.worker(0).terminate();
    Way::PatchWithPath.put_out(&workspace, &person.user).await;
    let held = instance.database.hold(RECEIPTS).await;
    let worker = instance.start_worker();
    in_flight(&instance).await;
    instance.worker(worker).tell_to_stop();
    // Its own log: the worker before it was told to stop too. A line for each of the two queues, which the monitor writes.
    let process = instance.worker(worker);
    eventually("it has heard", async || process.log().matches("worker shutting down, stopping").count() == 2).await;
    assert!(instance.worker(worker).is_running(), "a job is in flight");
    let newcomer = other.user("newcomer@acme.test").await;
    drop(held);
    assert_eq!(instance.worker(worker).ended().await.code(), Some(0));
    assert_eq!(person.receipts(&workspace).await[0]["sessions_count"], 3, "finished");
    assert!(jobs(&instance, "running").await.is_empty(), "nothing is left in its hands");
    assert_eq!(other.members().await.len(), 1, "nothing else was begun");
    instance.start_worker();
    other.member_of(&newcomer).await;
    instance.finish().await;
}

#[tokio::test]
async fn a_stop_is_bounded_and_what_did_not_end_is_done_by_others() {
    let mut instance = Instance::start().await;
    let (workspace, person) = idle(&instance).await;
    instance.worker(0).terminate();
    Way::PatchWithPath.put_out(&workspace, &person.user).await;
    let held = instance.database.hold(RECEIPTS).await;
    let worker = instance.start_worker_with(&[("ROLLCALL_SHUTDOWN_SECONDS", "1")]);
    in_flight(&instance).await;
    instance.worker(worker).tell_to_stop();
    assert_eq!(instance.worker(worker).ended().await.code(), Some(0), "although the job has not ended");
    drop(held);
    instance.start_worker();
    assert_eq!(person.receipt(&workspace).await["sessions_count"], 3);
    instance.finish().await;
}
