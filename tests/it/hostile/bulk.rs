//! Bulk requests: envelopes that cannot be read, and every operation that is refused when it comes alone, among many.

use serde_json::{Value, json};

use super::{Case, LONGEST_DETAIL, Subjects, state};
use crate::harness::Instance;

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// Operations with larger bodies are left to the other tests.
const SMALL: usize = 64 * 1024;

pub(super) fn cases() -> Vec<Case> {
    let delete = json!({"method": "DELETE", "path": "/Users/x"});
    let mut cases: Vec<Case> = [
        ("no schemas", json!({"Operations": [delete]})),
        (
            "another message's schema",
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [delete]}),
        ),
        ("no operations", json!({"schemas": [BULK]})),
        ("an object as operations", json!({"schemas": [BULK], "Operations": delete})),
        ("operations twice", json!({"schemas": [BULK], "Operations": [], "OPERATIONS": []})),
        ("a negative number of errors", json!({"schemas": [BULK], "failOnErrors": -1, "Operations": [delete]})),
        ("a text as a number of errors", json!({"schemas": [BULK], "failOnErrors": "1", "Operations": [delete]})),
        ("more errors than there are atoms", json!({"schemas": [BULK], "failOnErrors": 1e300, "Operations": [delete]})),
    ]
    .into_iter()
    .map(|(what, body)| Case::json(format!("{what} in a bulk request"), "POST", "/Bulk", body, "invalidSyntax"))
    .collect();
    let many = || {
        json!({"schemas": [BULK], "Operations": vec![json!({"method": "DELETE", "path": "/Users/x"}); 1_001]})
            .to_string()
            .into_bytes()
    };
    cases.push(Case::new("one operation too many", "POST", "/Bulk", many, &[(413, None)]));
    cases
}

#[tokio::test]
async fn operations_that_are_refused_alone_are_refused_among_many() {
    let mut instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let subjects = Subjects::make(&workspace).await;
    let before = state(&instance).await;
    let (mut operations, mut expected) = (Vec::new(), Vec::new());
    for case in subjects.cases() {
        let is_resource =
            case.target == "/Users" || case.target == "/Groups" || [&subjects.user, &subjects.group].contains(&&case.target);
        let is_plain = case.headers.len() == 1 && case.headers[0].1 == b"application/scim+json" && case.method != "GET";
        let body = (case.body)();
        if !is_resource || !is_plain || body.len() > SMALL {
            continue;
        }
        // What is no JSON cannot be an operation, and a bulk request that has a name twice cannot be read.
        let Ok(data) = rollcall::scim::read_json(&body) else { continue };
        let mut operation = json!({"method": case.method, "path": case.target, "data": data});
        if case.method == "POST" {
            operation["bulkId"] = json!(format!("b{}", operations.len()));
        }
        operations.push(operation);
        expected.push(case);
    }
    assert!(operations.len() > 150, "{} operations", operations.len());
    let answer = workspace.scim().post("/Bulk", json!({"schemas": [BULK], "Operations": operations})).await;
    let results = answer.expect(200)["Operations"].as_array().cloned().expect("results");
    assert_eq!(results.len(), expected.len());
    for (result, case) in results.iter().zip(&expected) {
        let error = &result["response"];
        let status = result["status"].as_str().and_then(|status| status.parse().ok()).unwrap_or(0);
        let found = (status, error["scimType"].as_str());
        assert!(case.refused.contains(&found), "{}: {result}", case.name);
        assert_eq!(error["status"], result["status"], "{}", case.name);
        let detail = error["detail"].as_str().unwrap_or_default();
        assert!((10..=LONGEST_DETAIL).contains(&detail.chars().count()), "{}: {result}", case.name);
    }
    assert_eq!(state(&instance).await, before);
    assert!(instance.server().is_running());
    instance.abandon("nothing is reconciled");
}

/// An operation that nobody could do is refused by itself.
#[tokio::test]
async fn hostile_operations_leave_the_others_alone() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let subjects = Subjects::make(&workspace).await;
    let before = state(&instance).await;
    let user = json!({"userName": "hostile@acme.test"});
    let hostile: Vec<Value> = vec![
        json!(1),
        json!(null),
        json!([]),
        json!({}),
        json!({"method": 1, "path": "/Users", "bulkId": "a", "data": user}),
        json!({"method": "TRACE", "path": "/Users", "bulkId": "a", "data": user}),
        json!({"method": "GET", "path": "/Users/x"}),
        json!({"method": "POST", "path": "/Users", "data": user}),
        json!({"method": "POST", "path": "/Users", "bulkId": "", "data": user}),
        json!({"method": "POST", "path": "/Users", "bulkId": {}, "data": user}),
        json!({"method": "POST", "path": "/Users", "bulkId": "b"}),
        json!({"method": "POST", "path": "/Users", "bulkId": "c", "data": []}),
        json!({"method": "POST", "path": "/Bulk", "bulkId": "d", "data": {}}),
        json!({"method": "POST", "path": "/Me", "bulkId": "e", "data": user}),
        json!({"method": "POST", "path": "/.search", "bulkId": "f", "data": user}),
        json!({"method": "POST", "path": "Users", "bulkId": "g", "data": user}),
        json!({"method": "POST", "path": "/Users?filter=x", "bulkId": "h", "data": user}),
        json!({"method": "POST", "path": "https://evil.example/Users", "bulkId": "i", "data": user}),
        json!({"method": "POST", "path": "/../ops/workspaces", "bulkId": "j", "data": user}),
        json!({"method": "POST", "path": "/Users\r\nX-Injected: 1", "bulkId": "k", "data": user}),
        json!({"method": "POST", "path": "x".repeat(100_000), "bulkId": "l", "data": user}),
        json!({"method": "POST", "path": "/Users", "bulkId": "twice", "data": user}),
        json!({"method": "POST", "path": "/Users", "bulkId": "twice", "data": user}),
        json!({"method": "PUT", "path": "/Users", "data": user}),
        json!({"method": "PUT", "path": "/Users/bulkId:nobody", "data": user}),
        json!({"method": "DELETE", "path": format!("/Users/{}", "x".repeat(100_000))}),
        json!({"method": "DELETE", "path": "/Users/\u{202e}\u{1b}[31m"}),
        json!({"method": "DELETE", "path": subjects.user, "version": 1}),
        json!({"method": "DELETE", "path": subjects.user, "version": "W/\"99\""}),
        json!({"method": "POST", "path": "/Groups", "bulkId": "m", "data": {"displayName": "H", "members": [{"value": "bulkId:nobody"}]}}),
        json!({"method": "POST", "path": "/Groups", "bulkId": "n", "data": {"displayName": "H", "members": [{"value": "bulkId:n"}]}}),
    ];
    let body = json!({"schemas": [BULK], "Operations": hostile});
    let results = workspace.scim().post("/Bulk", body).await.expect(200)["Operations"].as_array().cloned().expect("results");
    assert_eq!(results.len(), hostile.len());
    for (operation, result) in hostile.iter().zip(&results) {
        let shown: String = operation.to_string().chars().take(200).collect();
        let status: u16 = result["status"].as_str().and_then(|status| status.parse().ok()).unwrap_or(0);
        assert!((400..500).contains(&status), "{shown}: {result}");
        let detail = result["response"]["detail"].as_str().unwrap_or_default();
        assert!((10..=LONGEST_DETAIL).contains(&detail.chars().count()), "{shown}: {result}");
        assert!(!detail.contains(|c: char| c.is_control() || c == '\u{202e}'), "{shown}: {detail:?}");
    }
    assert_eq!(state(&instance).await, before);
    instance.abandon("nothing is reconciled");
}
