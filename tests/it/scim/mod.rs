//! `/api/v1/auth/scim`, as identity providers use it.

mod addresses;
mod bulk;
mod cursors;
mod discovery;
mod errors;
mod extensions;
mod groups;
mod large_groups;
mod lists;
mod members;
mod nested;
mod okta;
mod onelogin;
mod patches;
mod sort;
mod users;
mod versions;
mod walks;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{Api, assert_includes};

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// The path of a resource.
pub fn path(resource: &Value) -> String {
    format!("/{}s/{}", resource["meta"]["resourceType"].as_str().expect("a type"), id(resource))
}

/// The id of a resource.
pub fn id(resource: &Value) -> &str {
    resource["id"].as_str().expect("an id")
}

/// A PATCH message.
pub fn patch(operations: Value) -> Value {
    json!({ "schemas": [PATCH_OP], "Operations": operations })
}

/// The values of a group's members, sorted.
pub fn members(group: &Value) -> Vec<String> {
    let mut members: Vec<String> = group["members"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|member| member["value"].as_str().expect("an id").to_owned())
        .collect();
    members.sort();
    members
}

/// One step of a conversation: what is there, what an identity provider sends, what it must get, what is there then. In all texts
/// `$name` stands for what an earlier step has saved under that name.
pub struct Step {
    what: &'static str,
    method: &'static str,
    target: &'static str,
    body: Value,
    subject: Option<(&'static str, Value)>,
    status: u16,
    answer: Value,
    after: Option<Value>,
    saves: Option<&'static str>,
}

/// A request without a body.
pub fn step(what: &'static str, method: &'static str, target: &'static str) -> Step {
    let (body, answer) = (Value::Null, Value::Null);
    Step { what, method, target, body, subject: None, status: 200, answer, after: None, saves: None }
}

impl Step {
    /// With this body.
    pub fn body(self, body: Value) -> Self {
        Self { body, ..self }
    }

    /// The resource at this address has these attributes before; null: there is none.
    pub fn before(self, address: &'static str, before: Value) -> Self {
        Self { subject: Some((address, before)), ..self }
    }

    /// The same resource has these attributes afterwards; null: there is none.
    pub fn after(self, after: Value) -> Self {
        Self { after: Some(after), ..self }
    }

    /// Is answered with this status and at least this.
    pub fn answers(self, status: u16, answer: Value) -> Self {
        Self { status, answer, ..self }
    }

    /// The `id` in the answer gets a name.
    pub fn saves(self, name: &'static str) -> Self {
        Self { saves: Some(name), ..self }
    }
}

/// Plays steps as one identity provider, byte for byte.
pub struct Conversation {
    api: Api,
    headers: Vec<(&'static str, &'static str)>,
    names: BTreeMap<&'static str, String>,
}

impl Conversation {
    /// With these headers on every request, also on those without a body.
    pub fn new(api: Api, headers: &[(&'static str, &'static str)]) -> Self {
        Self { api, headers: headers.to_vec(), names: BTreeMap::new() }
    }

    /// Gives something a name.
    pub fn name(&mut self, name: &'static str, value: &str) {
        self.names.insert(name, value.to_owned());
    }

    fn fill(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${name}"), value))
    }

    fn fill_json(&self, value: &Value) -> Value {
        serde_json::from_str(&self.fill(&value.to_string())).expect("JSON")
    }

    async fn look(&self, address: &str, wanted: &Value, what: &str) {
        let answer = self.api.get(&self.fill(address)).await;
        if wanted.is_null() {
            assert_eq!(answer.status, 404, "{what}: {}", answer.text);
        } else {
            assert_includes(&answer.expect(200), &self.fill_json(wanted), what);
        }
    }

    /// Plays them in order.
    pub async fn play(&mut self, steps: Vec<Step>) {
        for step in steps {
            let what = format!("{} ({} {})", step.what, step.method, step.target);
            if let Some((address, before)) = &step.subject {
                self.look(address, before, &format!("before: {what}")).await;
            }
            let mut request = self.api.raw(step.method, &self.fill(step.target));
            for (name, value) in &self.headers {
                request = request.header(name, value);
            }
            if !step.body.is_null() {
                request = request.body(self.fill(&step.body.to_string()));
            }
            let answer = request.send();
            assert_eq!(answer.status, step.status, "{what}: {}", answer.text);
            if step.status >= 400 {
                assert!(!answer.scim_error(step.status, answer.json()["scimType"].as_str()).is_empty(), "{what}: no detail");
            }
            if !step.answer.is_null() {
                assert_includes(&answer.json(), &self.fill_json(&step.answer), &what);
            }
            if let Some(name) = step.saves {
                self.name(name, answer.json()["id"].as_str().unwrap_or_else(|| panic!("{what}: no id")));
            }
            if let (Some((address, _)), Some(after)) = (&step.subject, &step.after) {
                self.look(address, after, &format!("after: {what}")).await;
            }
        }
    }
}
