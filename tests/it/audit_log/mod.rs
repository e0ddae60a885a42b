//! The audit log: who did what to whom, read by those who administer the workspace, changed by nobody.

mod details;
mod export;
mod filters;
mod indexes;
mod only_grows;

use serde_json::Value;

use crate::harness::Workspace;

/// One page, and the address of the next.
async fn page(workspace: &Workspace, query: &[(&str, &str)], after: Option<&str>) -> (Vec<Value>, Option<String>) {
    let request = workspace.admin().request(reqwest::Method::GET, "/audit-log").query(query);
    let request = match after {
        Some(after) => request.query(&[("after", after)]),
        None => request,
    };
    let page = workspace.admin().send(request).await.expect(200);
    (page["entries"].as_array().expect("entries").clone(), page["next"].as_str().map(str::to_owned))
}

/// Every entry that a search finds, page by page, newest first.
async fn search(workspace: &Workspace, query: &[(&str, &str)]) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let (entries, next) = page(workspace, query, after.as_deref()).await;
        all.extend(entries);
        after = next;
        if after.is_none() {
            return all;
        }
    }
}

/// The actions that a search finds, newest first.
async fn actions(workspace: &Workspace, query: &[(&str, &str)]) -> Vec<String> {
    search(workspace, query).await.iter().map(|entry| text(&entry["action"])).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
