//! A job that fails is tried again with growing pauses, is dead after a bound, and comes back when an operator says so.

use serde_json::Value;

use super::{break_table, job_becomes, jobs, mend_table};
use crate::{
    deprovisioning::{Person, Way},
    harness::{Instance, Workspace, eventually},
};

/// Somebody has left while no worker ran; their job may fail this often.
async fn departure(instance: &mut Instance, attempts: u32) -> (Workspace, Person) {
    let workspace = instance.workspace().open().await;
    instance.start_worker();
    let person = Person::sign_in(&workspace, "leaver", 3).await;
    instance.settle().await;
    instance.worker(0).terminate();
    Way::PatchWithPath.put_out(&workspace, &person.user).await;
    let bound = format!("update apalis.jobs set max_attempts = {attempts} where job_type = 'deprovision'");
    instance.database.execute(&bound).await;
    (workspace, person)
}

/// The pauses that the worker has chosen, in seconds and in order.
fn pauses(logs: &str) -> Vec<f64> {
    let seconds = |text: &str| match text.strip_suffix("ms") {
        Some(millis) => millis.parse::<f64>().expect("a number") / 1000.0,
        None => text.strip_suffix('s').and_then(|text| text.parse().ok()).expect("seconds"),
    };
    let lines = logs.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let failed = lines
        .filter(|line| line["message"] == "the job has failed and will run again" && line["spans"][0]["queue"] == "deprovision");
    failed.map(|line| seconds(line["after"].as_str().expect("a pause"))).collect()
}

#[tokio::test]
async fn it_is_tried_again_with_growing_pauses_and_is_then_dead_until_it_is_retried() {
    let mut instance = Instance::without_worker().await;
    let (workspace, person) = departure(&mut instance, 3).await;
    break_table(&instance, "receipts").await;
    instance.start_worker();
    let retrying = job_becomes(&instance, "deprovision", "retrying").await;
    assert!(retrying["error"].as_str().expect("an error").contains("broken by the test"), "{retrying}");
    let dead = job_becomes(&instance, "deprovision", "dead").await;
    assert_eq!(dead["attempts"], 3);
    assert_eq!(dead["payload"]["people"][0]["member_id"], person.member);
    assert!(dead["error"].as_str().expect("an error").contains("broken by the test"), "{dead}");
    let pauses = pauses(&instance.logs());
    assert_eq!(pauses.len(), 2, "{pauses:?}");
    assert!(pauses[0] < pauses[1], "{pauses:?}");
    assert_eq!(person.checks(&workspace).await, [401], "a dead job opens no door");
    let id = dead["id"].as_str().expect("an id").to_owned();
    let (code, listed, _) = instance.command(&["job", "list", "--dead"]);
    assert_eq!(code, 0);
    assert_eq!(listed.lines().count(), 1, "{listed}");
    assert!(listed.contains(&id) && listed.contains("3/3 runs") && listed.contains("broken by the test"), "{listed}");

    // Retried too early, it dies again; retried on the command line, it lives. Nothing is done twice.
    instance.database.execute("update apalis.jobs set max_attempts = 1 where job_type = 'deprovision'").await;
    instance.ops().post(&format!("/jobs/{id}/retry"), Value::Null).await.expect(204);
    eventually("it is dead again", async || jobs(&instance, "dead").await.iter().any(|job| job["attempts"] == 1)).await;
    mend_table(&instance, "receipts").await;
    let (code, _, errors) = instance.command(&["job", "retry", &id]);
    assert_eq!(code, 0, "{errors}");
    assert_eq!(person.receipt(&workspace).await["sessions_count"], 3);
    assert!(jobs(&instance, "dead").await.is_empty());
    let again = instance.ops().post(&format!("/jobs/{id}/retry"), Value::Null).await;
    assert_eq!(again.status, 404, "it is no longer dead");
    assert_ne!(instance.command(&["job", "retry", "01ARZ3NDEKTSV4RRFFQ69G5FAV"]).0, 0);
    instance.finish().await;
}

#[tokio::test]
async fn a_workspace_whose_reconciliation_is_dead_keeps_its_marks_and_is_reconciled_once_it_is_retried() {
    let mut instance = Instance::without_worker().await;
    let (broken, whole) = (instance.workspace().open().await, instance.workspace().open().await);
    let user = broken.user("stuck@acme.test").await;
    break_table(&instance, "members").await;
    let only = format!(
        "drop trigger broken on members;
         create trigger broken before insert on members for each row when (new.workspace_id = '{}') execute function broken()",
        broken.id
    );
    instance.database.execute(&only).await;
    instance.start_worker();
    job_becomes(&instance, "reconcile", "retrying").await;
    instance.database.execute("update apalis.jobs set max_attempts = attempts + 1 where status = 'Failed'").await;
    let dead = job_becomes(&instance, "reconcile", "dead").await;
    // Others go on, and what happens in the broken one is remembered.
    let neighbour = whole.user("free@acme.test").await;
    assert_eq!(whole.member_of(&neighbour).await["status"], "invited");
    let later = broken.user("later@acme.test").await;
    mend_table(&instance, "members").await;
    instance.ops().post(&format!("/jobs/{}/retry", dead["id"].as_str().expect("an id")), Value::Null).await.expect(204);
    broken.member_of(&user).await;
    broken.member_of(&later).await;
    instance.finish().await;
}

#[tokio::test]
async fn an_outage_of_redis_uses_up_no_attempts() {
    let mut instance = Instance::without_worker().await;
    let (workspace, person) = departure(&mut instance, 1).await;
    instance.redis.stop();
    instance.start_worker();
    let tried = "select count(*) from apalis.jobs where job_type = 'deprovision' and status = 'Failed' and attempts >= 2";
    eventually("the job has failed twice", async || instance.database.count(tried).await == 1).await;
    assert!(jobs(&instance, "dead").await.is_empty());
    instance.redis.start_again();
    person.receipt(&workspace).await;
    instance.finish().await;
}

#[tokio::test]
async fn a_pause_survives_the_process() {
    let mut instance = Instance::without_worker().await;
    let (workspace, person) = departure(&mut instance, 20).await;
    break_table(&instance, "receipts").await;
    instance.start_worker();
    let third = "select count(*) from apalis.jobs where job_type = 'deprovision' and status = 'Failed' and attempts = 3";
    eventually("the job has failed three times", async || instance.database.count(third).await == 1).await;
    instance.worker(1).terminate();
    instance.database.execute("create table due as select run_at from apalis.jobs where job_type = 'deprovision'").await;
    mend_table(&instance, "receipts").await;
    instance.start_worker();
    person.receipt(&workspace).await;
    let early = "select count(*) from receipts where completed_at < (select run_at from due)";
    assert_eq!(instance.database.count(early).await, 0);
    instance.finish().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_dead_at_once_and_stops_nobody_else() {
    let mut instance = Instance::without_worker().await;
    let (workspace, person) = departure(&mut instance, 20).await;
    for (queue, payload) in [("deprovision", "{"), ("deprovision", "{\"to\":\"whom\"}"), ("deprovision", ""), ("reconcile", "[]")]
    {
        let poison = format!(
            "insert into apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority)
             values ('{}', '{queue}', '{payload}', 'Pending', 0, 20, now() - interval '1 hour', 100)",
            ulid::Ulid::generate()
        );
        instance.database.execute(&poison).await;
    }
    let worker = instance.start_worker();
    person.receipt(&workspace).await;
    let newcomer = workspace.user("unharmed@acme.test").await;
    workspace.member_of(&newcomer).await;
    eventually("all poison is dead", async || jobs(&instance, "dead").await.len() == 4).await;
    for job in jobs(&instance, "dead").await {
        assert_eq!(job["attempts"], 1, "{job}");
        assert!(job["error"].as_str().expect("an error").contains("cannot be read"), "{job}");
    }
    assert!(instance.worker(worker).is_running());
    instance.database.execute("delete from apalis.jobs where status = 'Killed'").await;
    instance.finish().await;
}
