//! One user that everybody creates, changes and deletes.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{patiently, version};
use crate::{
    harness::{Answer, Api, Instance},
    scim::{USER, path},
};

#[tokio::test]
async fn of_fifty_creations_of_one_name_one_succeeds() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let busy = Arc::new(AtomicUsize::new(0));
    for (endpoint, body) in [
        (
            "/Users",
            json!({"schemas": [USER], "userName": "Ada@acme.test", "externalId": "a", "emails": [{"value": "ada@acme.test"}]}),
        ),
        ("/Groups", json!({"displayName": "Analysts", "externalId": "a"})),
    ] {
        let posts: Vec<_> = (0..50)
            .map(|n| {
                let (scim, busy, mut body) = (workspace.scim(), Arc::clone(&busy), body.clone());
                // Names are the same name in any case.
                for name in ["userName", "displayName"] {
                    if let Some(Value::String(text)) = body.get_mut(name) {
                        *text = if n % 2 == 0 { text.to_uppercase() } else { text.to_lowercase() };
                    }
                }
                async move { patiently(&busy, async || scim.post(endpoint, body.clone()).await).await }
            })
            .collect();
        let mut created = 0;
        for answer in join_all(posts).await {
            if answer.status == 201 {
                created += 1;
            } else {
                answer.scim_error(409, Some("uniqueness"));
            }
        }
        assert_eq!(created, 1, "{endpoint}");
        let list = workspace.scim().get(endpoint).await.expect(200);
        assert_eq!((&list["totalResults"], list["Resources"].as_array().map(Vec::len)), (&json!(1), Some(1)), "{endpoint}");
    }
    instance.finish().await;
}

/// A change of a user, as it is sent.
#[derive(Clone)]
struct Change {
    method: Method,
    body: Value,
}

impl Change {
    /// The n-th change; no two leave the same resource behind.
    fn number(n: usize) -> Self {
        let mark = format!("{n}");
        let (method, body) = match n % 4 {
            0 => (Method::PUT, json!({"schemas": [USER], "userName": "ada@acme.test", "title": mark})),
            1 => (Method::PATCH, crate::scim::patch(json!([{"op": "replace", "path": "title", "value": mark}]))),
            2 => (Method::PATCH, crate::scim::patch(json!([{"op": "replace", "value": {"nickName": mark}}]))),
            _ => (
                Method::PATCH,
                crate::scim::patch(json!([
                    {"op": "add", "path": "roles", "value": [{"value": mark}]},
                    {"op": "replace", "path": "active", "value": n % 8 == 3},
                ])),
            ),
        };
        Self { method, body }
    }

    /// What it makes of the resource, as far as it is looked at here.
    fn apply(&self, before: &Value) -> Value {
        let mut after = before.clone();
        if self.method == Method::PUT {
            // A PUT without `active` keeps it.
            return json!({"userName": "ada@acme.test", "title": self.body["title"], "active": before["active"]});
        }
        for operation in self.body["Operations"].as_array().into_iter().flatten() {
            let value = &operation["value"];
            match operation["path"].as_str() {
                None => after["nickName"] = value["nickName"].clone(),
                Some("roles") => {
                    let mut roles = after["roles"].as_array().cloned().unwrap_or_default();
                    roles.extend(value.as_array().cloned().unwrap_or_default());
                    after["roles"] = json!(roles);
                }
                Some(name) => after[name] = value.clone(),
            }
        }
        after
    }

    async fn send(&self, scim: &Api, at: &str, condition: Option<&str>) -> Answer {
        let request = scim.request(self.method.clone(), at).header("content-type", "application/scim+json");
        let request = condition.into_iter().fold(request, |request, tag| request.header("if-match", tag));
        scim.send(request.body(self.body.to_string())).await
    }
}

/// What is looked at: everything but the frame.
fn content(resource: &Value) -> Value {
    let mut content = resource.clone();
    for name in ["schemas", "id", "meta", "groups"] {
        content.as_object_mut().expect("an object").shift_remove(name);
    }
    content
}

#[tokio::test]
async fn changes_at_once_are_changes_in_some_order() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let body = json!({"schemas": [USER], "userName": "ada@acme.test", "active": true});
    let user = workspace.scim().post("/Users", body).await.expect(201);
    let busy = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..8)
        .map(|client| {
            let (scim, at, busy) = (workspace.scim(), path(&user), Arc::clone(&busy));
            async move {
                let mut made = Vec::new();
                for n in (0..25).map(|n| n * 8 + client) {
                    let change = Change::number(n);
                    // Every third client changes only what it has read.
                    let condition = (client % 3 == 0).then(async || scim.get(&at).await.header("etag").to_owned());
                    let condition = match condition {
                        Some(read) => Some(read.await),
                        None => None,
                    };
                    let answer = patiently(&busy, async || change.send(&scim, &at, condition.as_deref()).await).await;
                    match answer.status {
                        200 => made.push((version(&answer), condition, change, answer.json())),
                        412 => assert!(condition.is_some(), "a condition that nobody has set did not hold: {}", answer.text),
                        status => panic!("{status}: {}", answer.text),
                    }
                }
                made
            }
        })
        .collect();
    let mut made = Vec::new();
    for client in join_all(clients).await {
        made.extend(client);
    }
    made.sort_by_key(|(version, ..)| *version);
    let mut state = content(&user);
    for (place, (version, condition, change, answer)) in made.iter().enumerate() {
        assert_eq!(*version, place as u64 + 2, "a version is missing or was made twice");
        if let Some(tag) = condition {
            assert_eq!(*tag, format!("W/\"{}\"", version - 1), "a condition held that was not true");
        }
        state = change.apply(&state);
        assert_eq!(content(answer), state, "version {version}");
    }
    assert!(made.len() >= 100, "only {} changes went through", made.len());
    let last = workspace.scim().get(&path(&user)).await.expect(200);
    assert_eq!(content(&last), state);
    instance.finish().await;
}

#[tokio::test]
async fn whoever_comes_after_a_deletion_finds_nobody() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    for round in 0..5 {
        let user = workspace.user("ada@acme.test").await;
        workspace.group(&format!("Group {round}"), &[&user]).await;
        let (busy, clock) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicU64::new(0)));
        let clients: Vec<_> = (0..8_usize)
            .map(|client| {
                let (scim, at, busy, clock) = (workspace.scim(), path(&user), Arc::clone(&busy), Arc::clone(&clock));
                let now = move || clock.fetch_add(1, Ordering::SeqCst);
                async move {
                    let mut seen = Vec::new();
                    for n in 0..12 {
                        let deletes = client == 0 && n == 3 + round;
                        let begun = now();
                        let answer = if deletes {
                            patiently(&busy, async || scim.delete(&at).await).await
                        } else {
                            let change = Change::number(n * 8 + client);
                            patiently(&busy, async || change.send(&scim, &at, None).await).await
                        };
                        seen.push((begun, now(), deletes, answer.status));
                    }
                    seen
                }
            })
            .collect();
        let mut seen = Vec::new();
        for client in join_all(clients).await {
            seen.extend(client);
        }
        let deleted: Vec<_> = seen.iter().filter(|(.., status)| *status == 204).collect();
        let [(delete_begun, delete_ended, true, _)] = deleted.as_slice() else { panic!("{deleted:?}") };
        for (begun, ended, deletes, status) in &seen {
            match status {
                204 => assert!(deletes),
                200 => assert!(begun < delete_ended, "somebody was changed after the deletion"),
                404 => assert!(ended > delete_begun, "somebody was missing before the deletion"),
                other => panic!("{other}"),
            }
        }
        workspace.scim().get(&path(&user)).await.scim_error(404, None);
        let groups = workspace.scim().get("/Groups?attributes=members").await.expect(200);
        assert!(!groups.to_string().contains(user["id"].as_str().expect("an id")), "{groups}");
    }
    instance.finish().await;
}
