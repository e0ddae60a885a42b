//! What the directory asks for and does not get at once.

mod brake;
mod protected;

use serde_json::{Value, json};

use super::text;
use crate::harness::{Api, Workspace};

/// What is held, as member, effect, reason and state.
async fn held(workspace: &Workspace) -> Vec<[String; 4]> {
    let changes = workspace.admin().get("/held-changes").await.expect(200)["changes"].clone();
    let read = |change: &Value| ["member_id", "effect", "reason", "state"].map(|field| text(&change[field]).to_owned());
    changes.as_array().expect("changes").iter().map(read).collect()
}

fn of(member: &Value, effect: &str, reason: &str, state: &str) -> [String; 4] {
    [text(&member["id"]), effect, reason, state].map(str::to_owned)
}

/// Sets `active`, as identity providers do.
async fn set_active(api: &Api, user: &Value, active: bool) -> Value {
    let operations = json!([{ "op": "replace", "path": "active", "value": active }]);
    let path = format!("/Users/{}", text(&user["id"]));
    loop {
        let answer = api.operations(&path, operations.clone()).await;
        if answer.status != 503 {
            return answer.expect(200);
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await; // too much to do at the moment
    }
}
