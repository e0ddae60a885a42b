//! Every operation of the OpenAPI documents that the server serves: what the tables over all of them are compared with.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use crate::harness::{Api, Instance};

/// The documents.
pub const DOCUMENTS: [&str; 3] = ["scim", "workspace", "ops"];

/// One operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// `operationId`.
    pub id: String,
    /// Method.
    pub method: Method,
    /// Path from the root, with `{names}`.
    pub path: String,
}

impl Operation {
    /// Whether its path has an id in it.
    pub fn takes_id(&self) -> bool {
        self.path.contains('{')
    }

    /// The path with every name replaced by this text.
    pub fn path_with(&self, id: &str) -> String {
        let mut path = String::new();
        let mut rest = self.path.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (_, after) = after.split_once('}').expect("a closing brace");
            path = path + before + id;
            rest = after;
        }
        path + rest
    }

    /// A request for it at `root`, an [`Api`] without a path of its own. A null body is none.
    pub fn request(&self, root: &Api, path_and_query: &str, body: &Value) -> reqwest::RequestBuilder {
        let request = root.request(self.method.clone(), path_and_query);
        if body.is_null() { request } else { request.header("content-type", "application/json").body(body.to_string()) }
    }
}

/// Every operation of a document, as served now.
pub async fn of(instance: &Instance, document: &str) -> Vec<Operation> {
    let document = instance.anonymous().get(&format!("/openapi/{document}.json")).await.expect(200);
    let prefix = document["servers"][0]["url"].as_str().unwrap_or("").to_owned();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            operations.push(Operation {
                id: operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no operationId")).to_owned(),
                method: method.to_uppercase().parse().expect("a method"),
                path: format!("{prefix}{path}"),
            });
        }
    }
    operations
}

/// Every operation of all documents.
pub async fn all(instance: &Instance) -> Vec<Operation> {
    let mut operations = Vec::new();
    for document in DOCUMENTS {
        operations.extend(of(instance, document).await);
    }
    operations
}

/// Fails when the table lacks an operation or has one that is no more.
#[track_caller]
pub fn assert_covered<'a>(operations: &[Operation], rows: impl IntoIterator<Item = &'a str>) {
    let served: BTreeSet<&str> = operations.iter().map(|operation| operation.id.as_str()).collect();
    let rows: BTreeSet<&str> = rows.into_iter().collect();
    let missing: Vec<_> = served.difference(&rows).collect();
    let gone: Vec<_> = rows.difference(&served).collect();
    assert!(missing.is_empty(), "these operations need a row in the table of this test: {missing:?}");
    assert!(gone.is_empty(), "these rows name no operation: {gone:?}");
    assert_eq!(served.len(), operations.len(), "an operationId is there twice");
}

#[tokio::test]
async fn every_operation_is_documented_with_a_name_of_its_own_and_its_failures() {
    let instance = Instance::without_worker().await;
    let operations = all(&instance).await;
    let names: BTreeSet<&str> = operations.iter().map(|operation| operation.id.as_str()).collect();
    assert_eq!(names.len(), operations.len());
    for document in DOCUMENTS {
        let document = instance.anonymous().get(&format!("/openapi/{document}.json")).await.expect(200);
        for (path, methods) in document["paths"].as_object().expect("paths") {
            for (method, operation) in methods.as_object().expect("methods") {
                let answers = operation["responses"].as_object().expect("responses");
                assert!(answers.contains_key("503"), "{method} {path} does not say what is answered while Postgres is away");
                assert!(answers.keys().any(|status| status.starts_with('2')), "{method} {path}");
                assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            }
        }
    }
    instance.abandon("nothing was enqueued");
}
