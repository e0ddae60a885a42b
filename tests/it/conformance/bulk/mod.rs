//! Bulk requests, RFC 7644 §3.7.

mod envelope;
mod operations;
mod references;

use serde_json::{Value, json};

use super::framework::{Section, hold, requirements};
use crate::{
    harness::{Answer, Workspace},
    scim::{USER, patch},
};

/// Q195 to Q208.
pub const SECTION: Section = Section {
    title: "Bulk",
    requirements: requirements! {
        195 Must "maxOperations and maxPayloadSize are published; beyond either it is 413 with the limit named." => envelope::limits;
        196 Must "An operation that lacks what its method needs is refused with invalidSyntax, and the others are done." => envelope::what_is_missing;
        197 Must "The answer is a BulkResponse with status 200, also when every operation failed." => envelope::all_fail;
        198 Must "A result has method, status, location, bulkId and version as the RFC says." => operations::parts_of_a_result;
        199 Must "The status of a result is a text." => operations::status_is_text;
        200 Must "A failed operation has a whole error in its response." => operations::errors_are_whole;
        201 Must "Without failOnErrors the rest goes on; with N nothing is begun after N failures." => operations::fail_on_errors;
        202 Must "A bulkId is replaced by the id wherever something is referred to, extensions included." => references::everywhere;
        203 Must "References forward and in a circle are resolved." => references::forward_and_in_a_circle;
        204 Must "The outcome is that of the operations one by one." => references::same_as_one_by_one;
        205 Hardening "An unknown or ambiguous bulkId is 409, and no reference is stored as it came." => references::nothing_is_left;
        206 Hardening "An operation is atomic, validated, authorised and audited like a request, and names users and groups only." => operations::like_single_requests;
        207 Must "A version is what If-Match is." => operations::versions;
        208 Should "Where bulk requests are off they are 501, and nothing is published." => envelope::off;
    },
};

#[tokio::test]
async fn q195_to_q208_bulk() {
    hold(&SECTION).await;
}

const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// The body of a bulk request.
fn body(operations: &Value) -> Value {
    json!({ "schemas": [REQUEST], "Operations": operations })
}

/// Sends operations.
async fn sent(workspace: &Workspace, operations: Value) -> Answer {
    workspace.scim().post("/Bulk", body(&operations)).await
}

/// Sends operations and answers their results.
async fn results(workspace: &Workspace, operations: Value) -> Vec<Value> {
    let answer = sent(workspace, operations).await.expect(200);
    assert_eq!(answer["schemas"], json!([RESPONSE]), "{answer}");
    answer["Operations"].as_array().expect("results").clone()
}

/// The status of each result.
fn statuses(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["status"].as_str().expect("a text")).collect()
}

/// A POST of a user, by the name of its bulkId.
fn user(bulk_id: &str) -> Value {
    json!({ "method": "POST", "path": "/Users", "bulkId": bulk_id, "data": { "schemas": [USER], "userName": bulk_id } })
}

/// A PATCH with one operation.
fn change(path: &str, operation: Value) -> Value {
    json!({ "method": "PATCH", "path": path, "data": patch(json!([operation])) })
}

/// A DELETE.
fn delete(path: &str) -> Value {
    json!({ "method": "DELETE", "path": path })
}

/// Where a result says that its resource is, below the SCIM address.
fn place(result: &Value) -> String {
    let location = result["location"].as_str().unwrap_or_else(|| panic!("no location in {result}"));
    location.split_once("/auth/scim").expect("our address").1.to_owned()
}
