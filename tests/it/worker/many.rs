//! Several workers, and more jobs than they have hands: each job is done once in effect.

use serde_json::json;

use crate::{
    deprovisioning::{Person, Way, path_of},
    harness::{Instance, eventually},
};

/// Fewer connections than hands.
const FEW: [(&str, &str); 1] = [("ROLLCALL_DATABASE_CONNECTIONS", "4")];

#[tokio::test]
async fn two_and_three_workers_do_each_job_once() {
    let mut instance = Instance::start().await;
    for workers in [2, 3] {
        instance.start_worker_with(&FEW);
        let (one, two) = (instance.workspace().open().await, instance.workspace().open().await);
        let mut people = Vec::new();
        for number in 0..12 {
            for workspace in [&one, &two] {
                people.push((workspace, Person::sign_in(workspace, &format!("p{number}"), 2).await));
            }
        }
        for (workspace, person) in &people {
            let role = json!([{ "op": "add", "path": "roles", "value": [{ "value": "editor" }] }]);
            workspace.scim().operations(&path_of(&person.user), role).await.expect(200);
            Way::PatchWithPath.put_out(workspace, &person.user).await;
        }
        for (workspace, person) in &people {
            assert_eq!(person.receipt(workspace).await["sessions_count"], 2, "{workers} workers");
        }
        instance.settle().await;
    }
    let runs = "select count(*) from apalis.jobs where job_type = 'deprovision' and attempts <> 1";
    assert_eq!(instance.database.count(runs).await, 0, "each ran once");
    let jobs = "select count(*) from apalis.jobs where job_type = 'deprovision'";
    assert_eq!(instance.database.count(jobs).await, 48);
    let twice = "select count(*) from (select from audit_log where action in ('member.invited', 'user.deactivated')
                 group by subject_id, action having count(*) > 1) as twice";
    assert_eq!(instance.database.count(twice).await, 0, "nothing was told twice");
    instance.finish().await;
}

/// Longer than a worker may be silent before its jobs are taken by others, and shorter than anybody waits for a lock.
const LONG: std::time::Duration = std::time::Duration::from_secs(7);

#[tokio::test]
async fn workers_with_all_hands_and_connections_busy_for_long_are_not_taken_for_dead() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let mut people = Vec::new();
    for number in 0..30 {
        people.push(Person::sign_in(&workspace, &format!("p{number}"), 1).await);
    }
    instance.settle().await;
    instance.worker(0).terminate();
    for person in &people {
        Way::PatchWithPath.put_out(&workspace, &person.user).await;
    }
    let held = instance.database.hold("select from receipts where completed_at is null for update").await;
    instance.start_worker_with(&FEW);
    instance.start_worker_with(&FEW);
    let busy = "select count(*) from apalis.jobs where job_type = 'deprovision' and status in ('Queued', 'Running')";
    eventually("all hands are busy", async || instance.database.count(busy).await >= 16).await;
    tokio::time::sleep(LONG).await;
    drop(held);
    for person in &people {
        assert_eq!(person.receipt(&workspace).await["sessions_count"], 1);
    }
    assert!(!instance.logs().contains("a worker went away and left a job"), "nobody was taken for dead");
    instance.finish().await;
}
