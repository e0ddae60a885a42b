//! Somebody leaves: from the answer on nobody accepts them, whatever happens to the worker or to Redis.

mod outages;
mod races;
mod receipts;
mod refusal;

use futures::{StreamExt, stream};
use serde_json::{Value, json};

use crate::harness::{Answer, Api, Instance, Workspace, eventually};

/// How identity providers put somebody out.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    PatchWithPath,
    PatchWithoutPath,
    PatchWithText,
    PatchWithCapitalReplace,
    Put,
    Delete,
    BulkPatch,
    BulkPut,
    BulkDelete,
}

impl Way {
    pub const ALL: [Self; 9] = [
        Self::PatchWithPath,
        Self::PatchWithoutPath,
        Self::PatchWithText,
        Self::PatchWithCapitalReplace,
        Self::Put,
        Self::Delete,
        Self::BulkPatch,
        Self::BulkPut,
        Self::BulkDelete,
    ];

    /// Puts the person out and waits for the answer.
    pub async fn put_out(self, workspace: &Workspace, user: &Value) {
        let (scim, path) = (workspace.scim(), path_of(user));
        let answer = match self {
            Self::PatchWithPath => scim.operations(&path, json!([{ "op": "replace", "path": "active", "value": false }])).await,
            Self::PatchWithoutPath => scim.operations(&path, json!([{ "op": "replace", "value": { "active": false } }])).await,
            Self::PatchWithText => scim.operations(&path, json!([{ "op": "replace", "path": "active", "value": "False" }])).await,
            Self::PatchWithCapitalReplace => {
                scim.operations(&path, json!([{ "op": "Replace", "path": "active", "value": false }])).await
            }
            Self::Put => scim.put(&path, inactive(user)).await,
            Self::Delete => scim.delete(&path).await,
            Self::BulkPatch => {
                let off = json!({ "op": "replace", "path": "active", "value": false });
                let data = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [off] });
                in_bulk(&scim, json!({ "method": "PATCH", "path": path, "data": data })).await
            }
            Self::BulkPut => in_bulk(&scim, json!({ "method": "PUT", "path": path, "data": inactive(user) })).await,
            Self::BulkDelete => in_bulk(&scim, json!({ "method": "DELETE", "path": path })).await,
        };
        assert!(matches!(answer.status, 200 | 204), "{self:?}: {} {}", answer.status, answer.text);
    }
}

fn inactive(user: &Value) -> Value {
    let mut body = user.clone();
    body["active"] = json!(false);
    body
}

/// An operation of a bulk request, which must succeed.
async fn in_bulk(scim: &Api, operation: Value) -> Answer {
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [operation] });
    let answer = scim.post("/Bulk", body).await;
    let status = answer.json()["Operations"][0]["status"].clone();
    assert!(status == "200" || status == "204", "{}", answer.text);
    answer
}

/// Where a user is, below the SCIM address.
pub fn path_of(user: &Value) -> String {
    format!("/Users/{}", user["id"].as_str().expect("an id"))
}

/// The identity provider lets the person in again.
pub async fn let_in(workspace: &Workspace, user: &Value) {
    workspace.scim().operations(&path_of(user), json!([{ "op": "replace", "path": "active", "value": true }])).await.expect(200);
}

/// Somebody who is signed in.
pub struct Person {
    pub user: Value,
    /// The member's id.
    pub member: Value,
    pub sessions: Vec<String>,
}

impl Person {
    /// Creates them, waits until they are a member and opens this many sessions.
    pub async fn sign_in(workspace: &Workspace, name: &str, sessions: usize) -> Self {
        let user = workspace.user(&format!("{name}@acme.test")).await;
        let member = workspace.member_of(&user).await["id"].clone();
        let sessions = open_sessions(workspace, &member, sessions).await;
        Self { user, member, sessions }
    }

    /// The statuses with which all sessions are answered, each once, in order.
    pub async fn checks(&self, workspace: &Workspace) -> Vec<u16> {
        let mut statuses = statuses(workspace, &self.sessions).await;
        statuses.sort_unstable();
        statuses.dedup();
        statuses
    }

    /// The member's id as it stands in Redis keys.
    pub fn key(&self) -> String {
        self.member.as_str().expect("an id").replace('-', "")
    }

    /// Every receipt of the person, newest first.
    pub async fn receipts(&self, workspace: &Workspace) -> Vec<Value> {
        receipts_of(workspace, &self.member).await
    }

    /// The one receipt of the person, once it is complete.
    pub async fn receipt(&self, workspace: &Workspace) -> Value {
        eventually("the receipt is complete", async || {
            self.receipts(workspace).await.iter().all(|receipt| !receipt["completed_at"].is_null())
        })
        .await;
        let mut receipts = self.receipts(workspace).await;
        assert_eq!(receipts.len(), 1, "{receipts:?}");
        receipts.remove(0)
    }
}

/// Every receipt of a member, newest first.
pub async fn receipts_of(workspace: &Workspace, member: &Value) -> Vec<Value> {
    let path = format!("/members/{}/receipts", member.as_str().expect("an id"));
    workspace.admin().get(&path).await.expect(200).as_array().expect("receipts").clone()
}

/// Opens sessions for a member.
pub async fn open_sessions(workspace: &Workspace, member: &Value, sessions: usize) -> Vec<String> {
    let backend = workspace.backend();
    let open = |_| async {
        let opened = backend.post("/sessions", json!({ "member_id": member })).await.expect(201);
        opened["id"].as_str().expect("a session").to_owned()
    };
    stream::iter(0..sessions).map(open).buffer_unordered(6).collect().await
}

/// The status with which each session is answered.
async fn statuses(workspace: &Workspace, sessions: &[String]) -> Vec<u16> {
    let backend = workspace.backend();
    stream::iter(sessions).map(|session| check(&backend, session)).buffer_unordered(16).collect().await
}

/// The status with which a session is answered, over connections that are there already.
pub async fn check(backend: &Api, session: &str) -> u16 {
    backend.token(session).get("/session").await.status
}

/// Nobody's key is left in Redis that names this person.
async fn forgets(instance: &Instance, person: &Person) {
    let key = person.key();
    eventually("Redis forgets the person", async || instance.redis.keys().await.iter().all(|name| !name.contains(&key))).await;
}
