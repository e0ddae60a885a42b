//! What has happened in a workspace: in one order, without a gap, each thing once; read by number and told to webhooks.

mod reading;
mod retention;
mod sequence;
mod told;

use serde_json::{Value, json};

use crate::harness::{Instance, Workspace};

/// Text of a field that must be one.
fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// Every event of a workspace, read page by page.
async fn all(workspace: &Workspace) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = workspace.admin().get(&format!("/events?after={after}&limit=1000")).await.expect(200);
        all.extend(page["events"].as_array().expect("events").iter().cloned());
        after = page["next"].as_i64().expect("a number");
        if page["next"] == page["last"] {
            return all;
        }
    }
}

/// Type and data of the events about this subject, once all are numbered.
async fn about(instance: &Instance, workspace: &Workspace, subject: &Value) -> Vec<(String, Value)> {
    instance.settle().await;
    let events = all(workspace).await.into_iter().filter(|event| event["subject_id"] == *subject);
    events.map(|event| (text(&event["type"]).to_owned(), event["data"].clone())).collect()
}

/// Fails unless the numbers are 1, 2, 3, ...
fn assert_without_gap(events: &[Value]) {
    let numbers: Vec<i64> = events.iter().map(|event| event["seq"].as_i64().expect("a number")).collect();
    let wanted: Vec<i64> = (1..).take(events.len()).collect();
    assert_eq!(numbers, wanted);
}

/// Switches a user on or off.
pub async fn switch(workspace: &Workspace, user: &Value, on: bool) {
    let operations = json!([{ "op": "replace", "path": "active", "value": on }]);
    let answer = workspace.scim().operations(&format!("/Users/{}", text(&user["id"])), operations).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}
