//! The queue as operators see it.

use serde_json::{Value, json};

use crate::harness::{Instance, eventually};

#[tokio::test]
async fn jobs_are_listed_by_state_and_a_dead_one_is_run_again() {
    let mut instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    instance.start_worker();
    let member = workspace.member_of(&user).await;
    let session = workspace.sign_in(&member["id"]).await;
    instance.settle().await;
    let place = 0;
    instance.worker(place).kill();

    let path = format!("/Users/{}", user["id"].as_str().expect("an id"));
    workspace.scim().operations(&path, json!([{ "op": "replace", "path": "active", "value": false }])).await.expect(200);
    let ops = instance.ops();
    let of = async |state: &str| ops.get(&format!("/jobs?state={state}")).await.expect(200).as_array().expect("jobs").clone();
    let waiting = of("waiting").await;
    let job = waiting.iter().find(|job| job["queue"] == "deprovision").expect("the job of the leaver").clone();
    assert_eq!((&job["state"], &job["attempts"]), (&json!("waiting"), &json!(0)));
    assert_eq!(job["payload"]["people"][0]["member_id"], member["id"]);
    assert!(!job.to_string().contains("acme.test"), "identifiers only: {job}");
    let id = job["id"].as_str().expect("an id").to_owned();
    ops.post(&format!("/jobs/{id}/retry"), Value::Null).await.expect(404);

    // As a worker leaves it that has given up.
    let dead = format!(
        "update apalis.jobs set status = 'Killed', attempts = max_attempts,
            last_result = '{{\"Err\": \"AbortError: given up\"}}' where id = '{id}'"
    );
    instance.database.execute(&dead).await;
    let listed = of("dead").await;
    assert_eq!((&listed[0]["id"], &listed[0]["error"], listed.len()), (&json!(id), &json!("given up"), 1));
    assert!(of("waiting").await.iter().all(|job| job["id"] != id.as_str()));
    let (_, output, _) = instance.command(&["job", "list", "--dead"]);
    assert!(output.contains(&id) && output.contains("dead") && output.lines().count() == 1, "{output}");
    ops.post(&format!("/jobs/{id}/retry"), Value::Null).await.expect(204);
    assert!(of("dead").await.is_empty());
    instance.database.execute(&dead).await;
    assert_eq!(instance.command(&["job", "retry", &id]), (0, "waiting again\n".to_owned(), String::new()));
    assert!(of("dead").await.is_empty());
    instance.start_worker();
    eventually("the job is done", async || of("done").await.iter().any(|job| job["id"] == id.as_str())).await;
    assert_eq!(workspace.check(&session).await, 401);
    let receipts =
        workspace.admin().get(&format!("/members/{}/receipts", member["id"].as_str().expect("an id"))).await.expect(200);
    assert_eq!(receipts[0]["sessions_count"], 1);
    instance.finish().await;
}

#[tokio::test]
async fn pages_go_on_after_a_job_and_nonsense_is_refused() {
    let instance = Instance::start().await;
    for _ in 0..3 {
        let workspace = instance.workspace().open().await;
        workspace.user("ada@acme.test").await;
    }
    instance.settle().await;
    let jobs = instance.ops().get("/jobs").await.expect(200);
    let jobs = jobs.as_array().expect("jobs");
    assert_eq!(jobs.len(), 3);
    let after = instance.ops().get(&format!("/jobs?after={}", jobs[0]["id"].as_str().expect("an id"))).await.expect(200);
    assert_eq!(after.as_array().expect("jobs")[..], jobs[1..]);
    instance.ops().get("/jobs?state=lost").await.expect(400);
    instance.ops().post("/jobs/nothing/retry", Value::Null).await.expect(404);
    instance.finish().await;
}
