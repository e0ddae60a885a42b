//! Generated PATCHes of users: the server and the model end in the same state, or refuse for the same reason.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    model::{self, Refusal},
    operations::operation,
};
use crate::{
    generate::dice::Dice,
    harness::{Api, Instance},
    scim::{USER, path},
};

const USERS: usize = 8;
const REQUESTS: usize = 900;

/// What is compared: everything that a client writes.
fn content(resource: &Value) -> Value {
    let mut content = resource.as_object().expect("a resource").clone();
    for name in ["schemas", "id", "meta", "groups"] {
        content.shift_remove(name);
    }
    Value::Object(content)
}

struct Subject {
    at: String,
    state: Value,
    tag: String,
}

impl Subject {
    /// Sends one request and compares; what the model refused it for, if it did.
    async fn play(&mut self, scim: &Api, operations: &[Value]) -> (Option<Refusal>, bool) {
        let shown = || format!("{}\nbefore: {}", json!(operations), self.state);
        let expected = model::patched(&self.state, operations);
        let answer = scim.operations(&self.at, json!(operations)).await;
        let read = scim.get(&self.at).await;
        let after = content(&read.json());
        match expected {
            Err((status, scim_type)) => {
                assert!(answer.status >= 400, "the model refuses by {scim_type}: {}\nafter: {after}", shown());
                let found = answer.json()["scimType"].as_str().map(str::to_owned);
                assert_eq!((answer.status, found.as_deref()), (status, Some(scim_type)), "{}: {}", answer.text, shown());
                assert_eq!((&after, read.header("etag")), (&self.state, self.tag.as_str()), "refused, yet changed: {}", shown());
                (Some((status, scim_type)), false)
            }
            Ok(state) => {
                assert_eq!(answer.status, 200, "{}: {}", answer.text, shown());
                assert_eq!(after, state, "{}", shown());
                assert_eq!(content(&answer.json()), state, "{}", shown());
                let changed = state != self.state;
                assert_eq!(read.header("etag") != self.tag, changed, "a version for a change, and none for none: {}", shown());
                self.tag = read.header("etag").to_owned();
                self.state = state;
                (None, changed)
            }
        }
    }
}

#[tokio::test]
async fn a_patch_does_what_a_naive_reading_of_the_rfc_does() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let (scim, mut dice) = (workspace.scim(), Dice(3));
    let mut subjects = Vec::new();
    for n in 0..USERS {
        let body = json!({
            "schemas": [USER], "userName": format!("u{n}@acme.test"), "name": {"givenName": "Ada", "familyName": "Byron"},
            "emails": [{"value": "a@acme.test", "type": "work", "primary": true}, {"value": "b@acme.test", "type": "home"}],
            "addresses": [{"type": "work", "locality": "c", "country": "ada"}, {"type": "home", "locality": "ada"}],
        });
        let created = scim.post("/Users", body).await;
        let tag = created.header("etag").to_owned();
        let user = created.expect(201);
        subjects.push(Subject { at: path(&user), state: content(&user), tag });
    }
    let (mut refusals, mut changes, mut same) = (BTreeMap::<_, usize>::new(), 0, 0);
    for _ in 0..REQUESTS {
        let operations: Vec<Value> = (0..1 + dice.below(3)).map(|_| operation(&mut dice)).collect();
        let subject = dice.below(USERS);
        match subjects[subject].play(&scim, &operations).await {
            (Some(refusal), _) => *refusals.entry(refusal).or_default() += 1,
            (None, true) => changes += 1,
            (None, false) => same += 1,
        }
    }
    println!("{changes} changed something, {same} did not, refused: {refusals:?}");
    assert!(changes > REQUESTS / 4 && same > REQUESTS / 20 && refusals.len() >= 5, "{changes} {same} {refusals:?}");
    instance.abandon("nothing is reconciled");
}
