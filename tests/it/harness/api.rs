//! Requests and answers.

use reqwest::{Method, Response, header::HeaderMap};
use serde_json::Value;

use super::raw::Raw;

/// Somebody who calls: an address and perhaps a token.
#[derive(Clone)]
pub struct Api {
    client: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
}

impl Api {
    /// Somebody who calls `base`.
    pub fn new(base: String, token: Option<String>) -> Self {
        Self { client: reqwest::Client::new(), base, token }
    }

    /// The same with another token.
    pub fn token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same without a token.
    pub fn anonymous(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// A request that is still to be filled in; send it with [`Api::send`].
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// A request that goes out byte for byte as it is written.
    pub fn raw(&self, method: &str, target: &str) -> Raw {
        Raw::new(&self.base, self.token.as_deref(), method, target)
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        Answer::read(request.send().await.expect("an answer")).await
    }

    /// Sends a request to a server that may die meanwhile; none when no whole answer came.
    pub async fn attempt(&self, request: reqwest::RequestBuilder) -> Option<Answer> {
        let response = request.send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Some(Answer { status, headers, text: response.text().await.ok()? })
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.write(Method::POST, path, body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.write(Method::PUT, path, body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.write(Method::PATCH, path, body).await
    }

    /// A PATCH with these operations.
    pub async fn operations(&self, path: &str, operations: Value) -> Answer {
        let body = serde_json::json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
        self.patch(path, body).await
    }

    /// A list with this filter.
    pub async fn filter(&self, endpoint: &str, filter: &str) -> Answer {
        self.send(self.request(Method::GET, endpoint).query(&[("filter", filter)])).await
    }

    async fn write(&self, method: Method, path: &str, body: Value) -> Answer {
        // SCIM endpoints take scim+json, the others JSON.
        let media_type = if self.base.contains("/auth/scim") { "application/scim+json" } else { "application/json" };
        self.send(self.request(method, path).header("content-type", media_type).body(body.to_string())).await
    }
}

impl Answer {
    async fn read(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.expect("a body") }
    }

    /// The body, when the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }

    /// The body as JSON; null when there is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        if self.text.is_empty() { Value::Null } else { serde_json::from_str(&self.text).expect(&self.text) }
    }

    /// The detail of a SCIM error of this status and type.
    #[track_caller]
    pub fn scim_error(&self, status: u16, scim_type: Option<&str>) -> String {
        let body = self.json();
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(body["schemas"], serde_json::json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{}", self.text);
        assert_eq!(body["status"], status.to_string(), "{}", self.text);
        assert_eq!(body.get("scimType").and_then(Value::as_str), scim_type, "{}", self.text);
        assert!(self.header("content-type").starts_with("application/scim+json"), "{}", self.header("content-type"));
        body["detail"].as_str().expect("a detail").to_owned()
    }

    /// A header, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
}

/// Fails unless `actual` has everything that `expected` has: objects may have more, null stands for absence, lists are whole.
#[track_caller]
pub fn assert_includes(actual: &Value, expected: &Value, what: &str) {
    if let Some(difference) = difference(actual, expected, "$") {
        panic!("{what}: {difference}\n{actual:#}");
    }
}

fn difference(actual: &Value, expected: &Value, at: &str) -> Option<String> {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => expected
            .iter()
            .find_map(|(name, expected)| difference(actual.get(name).unwrap_or(&Value::Null), expected, &format!("{at}.{name}"))),
        (Value::Array(actual), Value::Array(expected)) if actual.len() == expected.len() => {
            let pairs = actual.iter().zip(expected).enumerate();
            pairs.into_iter().find_map(|(i, (actual, expected))| difference(actual, expected, &format!("{at}[{i}]")))
        }
        (actual, expected) => (actual != expected).then(|| format!("{at} is {actual} instead of {expected}")),
    }
}
