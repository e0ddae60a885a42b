//! `/Bulk` (RFC 7644 §3.7).

mod departures;
mod differential;
mod envelope;
mod errors;
mod references;
mod runs;
mod stream;

use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, PATCH_OP, USER, id, members, patch, path};
use crate::harness::{Answer, Api, Instance, Workspace, eventually};

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const NOBODY: &str = "019f0000-0000-7000-8000-000000000000";

/// A bulk request.
fn bulk(operations: &Value) -> Value {
    json!({ "schemas": [BULK], "Operations": operations })
}

fn post(endpoint: &str, bulk_id: &str, data: Value) -> Value {
    json!({ "method": "POST", "path": endpoint, "bulkId": bulk_id, "data": data })
}

fn post_user(bulk_id: &str) -> Value {
    post("/Users", bulk_id, json!({ "schemas": [USER], "userName": format!("{bulk_id}@acme.test") }))
}

fn patch_at(path: &str, operations: Value) -> Value {
    json!({ "method": "PATCH", "path": path, "data": patch(operations) })
}

fn title(path: &str) -> Value {
    patch_at(path, json!([{ "op": "replace", "path": "title", "value": "T" }]))
}

fn delete(path: &str) -> Value {
    json!({ "method": "DELETE", "path": path })
}

/// Sends operations and answers their results.
async fn send(api: &Api, operations: &Value) -> Vec<Value> {
    results(&api.post("/Bulk", bulk(operations)).await)
}

/// The results of an answer, each of which has what RFC 7644 §3.7.3 asks for and nothing else.
fn results(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.header("content-type").starts_with("application/scim+json"), "{}", answer.header("content-type"));
    let body = answer.json();
    assert_eq!(body["schemas"], json!([BULK_RESPONSE]));
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(2), "{body}");
    let results = body["Operations"].as_array().expect("results").clone();
    results.iter().for_each(check);
    results
}

fn check(result: &Value) {
    let known = ["location", "method", "bulkId", "version", "response", "status"];
    assert!(result.as_object().expect("an object").keys().all(|name| known.contains(&name.as_str())), "{result}");
    let status: u16 = result["status"].as_str().expect("a text").parse().expect("a number");
    let failed = status >= 400;
    let method = result["method"].as_str().unwrap_or("none");
    match method {
        "POST" => assert_eq!(result["location"].is_string(), !failed, "{result}"),
        "PUT" | "PATCH" | "DELETE" => assert!(result["location"].is_string() || failed, "{result}"),
        _ => assert!(failed, "{result}"),
    }
    assert!(failed || matches!((method, status), ("POST", 201) | ("PUT" | "PATCH", 200) | ("DELETE", 204)), "{result}");
    assert_eq!(result["version"].is_string(), matches!(status, 200 | 201), "{result}");
    assert_eq!(result.get("response").is_some(), failed, "{result}");
    if failed {
        let response = &result["response"];
        assert_eq!((&response["schemas"], &response["status"]), (&json!([ERROR]), &result["status"]), "{result}");
        assert!(response["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{result}");
    }
}

/// The statuses of results.
fn statuses(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["status"].as_str().expect("a text")).collect()
}

fn detail(result: &Value) -> &str {
    result["response"]["detail"].as_str().expect("a detail")
}

/// The path of what an operation was about, below the SCIM address.
fn place(result: &Value) -> String {
    let location = result["location"].as_str().expect("an address");
    location.split_once("/auth/scim").expect("our address").1.to_owned()
}

/// The resource that an operation was about, as it is now.
async fn read(workspace: &Workspace, result: &Value) -> Value {
    workspace.scim().get(&place(result)).await.expect(200)
}

/// Who is in the directory, by name.
async fn names(workspace: &Workspace) -> Vec<String> {
    let page = workspace.scim().get("/Users?count=1000").await.expect(200);
    let mut names: Vec<String> = page["Resources"]
        .as_array()
        .expect("users")
        .iter()
        .map(|user| user["userName"].as_str().expect("a name").split('@').next().expect("a part").to_owned())
        .collect();
    assert_eq!(page["totalResults"], names.len(), "the counter counts who is there");
    names.sort();
    names
}
