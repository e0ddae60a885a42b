//! The provisioning log: every SCIM request of a workspace leaves one entry, which its administrators find again.

mod bounds;
mod durability;
mod entries;
mod filters;
mod indexes;
mod secrets;
mod tolerances;

use serde_json::Value;

use crate::harness::{Answer, Workspace, eventually};

/// The request that was answered so.
fn request_of(answer: &Answer) -> String {
    answer.header("x-request-id").to_owned()
}

/// The entry of a request, with its bodies, once it is written.
async fn entry(workspace: &Workspace, request: &str) -> Value {
    let path = format!("/provisioning-log/{request}");
    eventually("the entry is written", async || workspace.admin().get(&path).await.status == 200).await;
    workspace.admin().get(&path).await.expect(200)
}

/// The entry of the request that was answered so.
async fn entry_of(workspace: &Workspace, answer: &Answer) -> Value {
    entry(workspace, &request_of(answer)).await
}

/// Every entry that a search finds, page by page, newest first.
async fn search(workspace: &Workspace, query: &[(&str, &str)]) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), None::<String>);
    loop {
        let request = workspace.admin().request(reqwest::Method::GET, "/provisioning-log").query(query);
        let request = match &after {
            Some(after) => request.query(&[("after", after)]),
            None => request,
        };
        let page = workspace.admin().send(request).await.expect(200);
        let entries = page["entries"].as_array().expect("entries");
        assert!(entries.len() <= 100);
        all.extend(entries.iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => return all,
        }
    }
}

/// The requests that a search finds, newest first.
async fn found(workspace: &Workspace, query: &[(&str, &str)]) -> Vec<String> {
    search(workspace, query).await.iter().map(|entry| entry["id"].as_str().expect("an id").to_owned()).collect()
}

/// Waits until as many entries are there as requests were sent; answers them.
async fn all(workspace: &Workspace, sent: usize) -> Vec<Value> {
    eventually("every request has its entry", async || search(workspace, &[]).await.len() >= sent).await;
    let entries = search(workspace, &[]).await;
    assert_eq!(entries.len(), sent, "{entries:#?}");
    entries
}
