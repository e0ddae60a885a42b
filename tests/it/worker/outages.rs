//! Postgres and Redis come and go; the worker stays.

use crate::{
    deprovisioning::{Person, Way},
    harness::{Instance, Workspace, eventually},
};

/// The same process still runs, and does what is new.
async fn still_works(instance: &mut Instance, workspace: &Workspace, name: &str) {
    assert!(instance.worker(0).is_running(), "{}", instance.worker(0).log());
    let person = Person::sign_in(workspace, name, 1).await;
    Way::PatchWithPath.put_out(workspace, &person.user).await;
    assert_eq!(person.checks(workspace).await, [401]);
    assert_eq!(person.receipt(workspace).await["sessions_count"], 1);
}

#[tokio::test]
async fn a_lost_connection_to_postgres_is_survived_again_and_again() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    for round in 0..4 {
        let users: Vec<_> = {
            let mut users = Vec::new();
            for number in 0..5 {
                users.push(workspace.user(&format!("u{round}-{number}@acme.test")).await);
            }
            users
        };
        instance.database.cut_connections().await; // in the middle of whatever it does about them
        for user in &users {
            workspace.member_of(user).await;
        }
        still_works(&mut instance, &workspace, &format!("round-{round}")).await;
    }
    instance.finish().await;
}

#[tokio::test]
async fn an_outage_of_postgres_in_the_middle_of_a_job_is_survived() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "leaver", 2).await;
    instance.settle().await;
    instance.worker(0).terminate();
    Way::PatchWithPath.put_out(&workspace, &person.user).await;
    let held = instance.database.hold("select from receipts where completed_at is null for update").await;
    let worker = instance.start_worker();
    let locked = "select count(*) from apalis.jobs where job_type = 'deprovision' and lock_by is not null and status <> 'Done'";
    eventually("the job is in flight", async || instance.database.count(locked).await == 1).await;
    instance.database.shut().await; // the lock goes with its connection
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    instance.database.open().await;
    drop(held);
    assert_eq!(person.receipt(&workspace).await["sessions_count"], 2);
    assert!(instance.worker(worker).is_running());
    let newcomer = workspace.user("newcomer@acme.test").await;
    workspace.member_of(&newcomer).await;
    instance.finish().await;
}

#[tokio::test]
async fn a_restart_of_redis_is_survived() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    for round in 0..3 {
        instance.redis.stop();
        instance.redis.start_again();
        eventually("the server sees Redis", async || instance.anonymous().get("/readyz").await.status == 200).await;
        still_works(&mut instance, &workspace, &format!("round-{round}")).await;
    }
    instance.finish().await;
}

#[tokio::test]
async fn a_worker_may_start_before_postgres_and_redis_are_there() {
    let mut instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("patient@acme.test").await;
    instance.redis.stop();
    instance.database.shut().await;
    let worker = instance.start_worker();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert!(instance.worker(worker).is_running(), "{}", instance.worker(worker).log());
    instance.database.open().await;
    instance.redis.start_again();
    eventually("the server answers", async || workspace.scim().get("/Users?count=0").await.status == 200).await;
    workspace.member_of(&user).await;
    still_works(&mut instance, &workspace, "after").await;
    instance.finish().await;
}
