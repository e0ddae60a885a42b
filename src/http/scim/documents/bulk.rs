//! Many operations in one request.

use poem_openapi::{Object, types::Any};
use serde_json::Value;

/// One operation of a bulk request.
#[derive(Object)]
#[oai(rename = "ScimBulkOperation", rename_all = "camelCase")]
struct BulkOperation {
    /// `POST`, `PUT`, `PATCH` or `DELETE`.
    method: String,
    /// `/Users` or `/Groups`; for PUT, PATCH and DELETE with an `id` after it, or `bulkId:` and the `bulkId` of a POST.
    path: String,
    /// The client's own name for the operation; POST needs one. Others refer to what a POST creates with `bulkId:` and this name in
    /// the place of an `id`, wherever they stand in the request.
    bulk_id: Option<String>,
    /// Go ahead only if the resource has this version, as `If-Match`.
    version: Option<String>,
    /// The body of the request as it would be sent alone; DELETE has none.
    data: Option<Any<Value>>,
}

/// Many operations (RFC 7644 §3.7). At most as many, and as many bytes, as `/ServiceProviderConfig` says.
#[derive(Object)]
#[oai(rename = "ScimBulkRequest", rename_all = "camelCase", example)]
pub struct BulkDocument {
    /// `urn:ietf:params:scim:api:messages:2.0:BulkRequest`
    schemas: Vec<String>,
    /// Nothing more is done after so many failures; without it, or with 0, however many there are.
    fail_on_errors: Option<u64>,
    /// The operations.
    #[oai(rename = "Operations")]
    operations: Vec<BulkOperation>,
}

impl poem_openapi::types::Example for BulkDocument {
    fn example() -> Self {
        let operation = |path: &str, bulk_id: &str, data: Value| BulkOperation {
            method: "POST".into(),
            path: path.into(),
            bulk_id: Some(bulk_id.into()),
            version: None,
            data: Some(Any(data)),
        };
        let user = serde_json::json!({ "schemas": [crate::scim::urn::USER], "userName": "isaac.brock@acme.test" });
        let group = serde_json::json!({
            "schemas": [crate::scim::urn::GROUP], "displayName": "Engineering", "members": [{ "value": "bulkId:isaac" }],
        });
        Self {
            schemas: vec![crate::scim::urn::BULK_REQUEST.into()],
            fail_on_errors: None,
            operations: vec![operation("/Users", "isaac", user), operation("/Groups", "engineering", group)],
        }
    }
}

/// How one operation of a bulk request ended.
#[derive(Object)]
#[oai(rename = "ScimBulkResult", rename_all = "camelCase")]
struct BulkResult {
    /// The address of the resource; a POST that failed has none.
    location: Option<String>,
    /// The method of the operation.
    method: Option<String>,
    /// The `bulkId` of the operation.
    bulk_id: Option<String>,
    /// The version of the resource now.
    version: Option<String>,
    /// The HTTP status that a single request would have had, as text.
    status: String,
    /// Of an operation that failed, the error.
    response: Option<Any<Value>>,
}

/// The results of the operations that were processed, in the order of the request (RFC 7644 §3.7.3).
#[derive(Object)]
#[oai(rename = "ScimBulkResponse")]
pub struct BulkResponseDocument {
    /// `urn:ietf:params:scim:api:messages:2.0:BulkResponse`
    schemas: Vec<String>,
    /// The results.
    #[oai(rename = "Operations")]
    operations: Vec<BulkResult>,
}
