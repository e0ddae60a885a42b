//! The worker: every job is done once in effect, whatever dies, fails or goes away meanwhile.

mod crew;
mod failures;
mod fairness;
mod many;
mod order;
mod outages;
mod probe;
mod queue;
mod recovery;
pub mod sweep;

use serde_json::Value;

use crate::harness::{Instance, eventually};

/// Makes every update of this table fail.
async fn break_table(instance: &Instance, table: &str) {
    instance
        .database
        .execute(&format!(
            "create function broken() returns trigger language plpgsql as $$ begin raise exception 'broken by the test'; end $$;
             create trigger broken before insert or update on {table} for each row execute function broken()"
        ))
        .await;
}

/// Lets them succeed again.
async fn mend_table(instance: &Instance, table: &str) {
    instance.database.execute(&format!("drop trigger broken on {table}; drop function broken()")).await;
}

/// Jobs in this state, as operators see them.
async fn jobs(instance: &Instance, state: &str) -> Vec<Value> {
    instance.ops().get(&format!("/jobs?state={state}")).await.expect(200).as_array().expect("jobs").clone()
}

/// Waits until a job of this queue is in this state; answers it.
async fn job_becomes(instance: &Instance, queue: &str, state: &str) -> Value {
    let find = async || jobs(instance, state).await.into_iter().find(|job| job["queue"] == queue);
    eventually(&format!("a {queue} job is {state}"), async || find().await.is_some()).await;
    find().await.expect("it stays so for a while")
}
