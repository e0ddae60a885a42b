//! Webhooks: real workers, and receivers that check signatures for themselves.

mod delivery;
mod failures;
mod receiver;
mod refusals;
mod replays;
mod secrets;

use serde_json::{Value, json};

use crate::harness::{Instance, Workspace, eventually};
use receiver::{Delivery, Receiver, Reply};

/// Short pauses, so that a test sees several of them.
const QUICK: [(&str, &str); 2] = [("ROLLCALL_WEBHOOK_PAUSES", "1,1,1"), ("ROLLCALL_WEBHOOK_TIMEOUT_SECONDS", "2")];

/// Text of a field that must be one.
fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// Server and worker with short pauses.
async fn quick() -> Instance {
    let mut instance = Instance::without_worker().await;
    instance.start_worker_with(&QUICK);
    instance
}

/// A webhook of a workspace.
struct Hook<'a> {
    workspace: &'a Workspace,
    path: String,
    secret: String,
    /// The number of the last event before it.
    begins_behind: i64,
}

impl<'a> Hook<'a> {
    /// Makes one once all events so far are numbered.
    async fn make(instance: &Instance, workspace: &'a Workspace, body: Value) -> Hook<'a> {
        instance.settle().await;
        let made = workspace.admin().post("/webhooks", body).await.expect(201);
        let path = format!("/webhooks/{}", text(&made["webhook"]["id"]));
        let begins_behind = made["webhook"]["cursor"].as_i64().expect("a number");
        Hook { workspace, path, secret: text(&made["secret"]).to_owned(), begins_behind }
    }

    async fn to(instance: &Instance, workspace: &'a Workspace, receiver: &Receiver) -> Hook<'a> {
        Self::make(instance, workspace, json!({ "url": receiver.url })).await
    }

    /// As the API shows it.
    async fn shown(&self) -> Value {
        self.workspace.admin().get(&self.path).await.expect(200)
    }

    /// Asks something of it.
    async fn post(&self, what: &str, body: Value) -> crate::harness::Answer {
        self.workspace.admin().post(&format!("{}/{what}", self.path), body).await
    }

    /// Its attempts, newest first.
    async fn attempts(&self) -> Vec<Value> {
        let attempts = self.workspace.admin().get(&format!("{}/attempts", self.path)).await.expect(200);
        attempts.as_array().expect("attempts").clone()
    }

    /// Waits until everything that has happened was delivered.
    async fn is_done(&self) {
        eventually("everything is delivered", async || {
            let last = self.workspace.admin().get("/events?limit=1").await.expect(200)["last"].clone();
            self.shown().await["cursor"] == last
        })
        .await;
    }

    async fn is_parked(&self) -> Value {
        eventually("it is parked", async || self.shown().await["parked_at"].is_string()).await;
        self.shown().await
    }
}

/// One thing that happens.
async fn happen(workspace: &Workspace, name: &str) {
    workspace.scim().post("/Groups", json!({ "displayName": name })).await.expect(201);
}
