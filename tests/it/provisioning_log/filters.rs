//! Finding entries again.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{all, entry_of, found, request_of, search};
use crate::harness::{Instance, Workspace};

/// Requests of several kinds, by the name of what they are.
struct Scene {
    workspace: Workspace,
    requests: Vec<(&'static str, String)>,
    ada: Value,
}

impl Scene {
    async fn play(instance: &Instance) -> Self {
        let workspace = instance.workspace().open().await;
        let scim = workspace.scim();
        let person = |name: &str, external: &str| json!({ "userName": name, "externalId": external });
        let created = scim.post("/Users", person("ada@acme.test", "00u-ada")).await;
        let (ada, mut requests) = (created.json(), vec![("created", request_of(&created))]);
        let at = format!("/Users/{}", ada["id"].as_str().expect("an id"));
        let mut note = |name, answer: &crate::harness::Answer| requests.push((name, request_of(answer)));
        note("conflict", &scim.post("/Users", person("ADA@acme.test", "00u-other")).await);
        note("read", &scim.get(&at).await);
        note("invalid", &scim.operations(&at, json!([{ "op": "replace", "path": "active", "value": "perhaps" }])).await);
        note(
            "renamed",
            &scim.operations(&at, json!([{ "op": "replace", "path": "userName", "value": "ada.l@acme.test" }])).await,
        );
        let group = json!({ "displayName": "Engineering", "members": [{ "value": ada["id"] }] });
        note("group", &scim.post("/Groups", group).await);
        let gone = scim.post("/Users", person("bob@acme.test", "00u-bob")).await;
        note("bob", &gone);
        note("bob deleted", &scim.delete(&format!("/Users/{}", gone.json()["id"].as_str().expect("an id"))).await);
        note("missing", &scim.get("/Users/nobody").await);
        note("wrong", &scim.post("/Users", json!({ "userName": "broken@acme.test", "active": 7 })).await);
        all(&workspace, requests.len()).await;
        Self { workspace, requests, ada }
    }

    /// The names of what a search finds, newest first.
    async fn named(&self, query: &[(&str, &str)]) -> Vec<&'static str> {
        let found = found(&self.workspace, query).await;
        let name = |id: String| self.requests.iter().find(|(_, request)| *request == id).map(|(name, _)| *name);
        found.into_iter().map(|id| name(id).expect("a request of ours")).collect()
    }
}

/// Names and values of parameters.
type Query<'a> = &'a [(&'a str, &'a str)];

#[tokio::test]
async fn entries_are_found_by_status_operation_and_person_and_all_of_them_together() {
    let instance = Instance::start().await;
    let scene = Scene::play(&instance).await;
    let id = scene.ada["id"].as_str().expect("an id");
    let rows: &[(Query<'_>, &[&str])] = &[
        (&[("status", "409")], &["conflict"]),
        (&[("status", "failed")], &["wrong", "missing", "invalid", "conflict"]),
        (&[("status", "4xx")], &["wrong", "missing", "invalid", "conflict"]),
        (&[("status", "5xx")], &[]),
        (&[("status", "400")], &["wrong", "invalid"]),
        (&[("status", "201")], &["bob", "group", "created"]),
        (&[("status", "succeeded")], &["bob deleted", "bob", "group", "renamed", "read", "created"]),
        (&[("status", "2xx"), ("operation", "createUser")], &["bob", "created"]),
        (&[("operation", "createUser")], &["wrong", "bob", "conflict", "created"]),
        (&[("operation", "patchUser"), ("status", "failed")], &["invalid"]),
        (&[("operation", "nothing")], &[]),
        (&[("person", id)], &["group", "renamed", "invalid", "read", "conflict", "created"]),
        // By the name she has now and the one she had, in any case; by the other system's id.
        (&[("person", "ada.l@acme.test")], &["group", "renamed", "invalid", "read", "conflict", "created"]),
        (&[("person", "00u-ada")], &["group", "renamed", "invalid", "read", "conflict", "created"]),
        (&[("person", "ADA@ACME.test")], &["invalid", "conflict", "created"]),
        (&[("person", id), ("status", "failed")], &["invalid", "conflict"]),
        (&[("person", id), ("operation", "createGroup")], &["group"]),
        (&[("person", id), ("operation", "createUser"), ("status", "409")], &["conflict"]),
        // Who was never made, and who is gone.
        (&[("person", "broken@acme.test")], &["wrong"]),
        (&[("person", "Bob@acme.test")], &["bob deleted", "bob"]),
        (&[("person", "carol@acme.test")], &[]),
    ];
    for (query, expected) in rows {
        assert_eq!(scene.named(query).await, *expected, "{query:?}");
    }
    for (name, request) in &scene.requests {
        assert_eq!(scene.named(&[("request_id", request)]).await, [*name]);
        assert_eq!(scene.named(&[("request_id", request), ("status", "1xx")]).await, [""; 0]);
    }
    instance.finish().await;
}

/// When the request of an entry was received.
fn at(entry: &Value) -> DateTime<Utc> {
    entry["at"].as_str().expect("a time").parse().expect("a time")
}

#[tokio::test]
async fn entries_are_found_by_time() {
    let instance = Instance::start().await;
    let scene = Scene::play(&instance).await;
    let entries = search(&scene.workspace, &[]).await;
    for (place, entry) in entries.iter().enumerate() {
        let (this, next) = (at(entry).to_rfc3339(), (at(entry) + TimeDelta::milliseconds(1)).to_rfc3339());
        let from = found(&scene.workspace, &[("from", &this)]).await;
        let before = found(&scene.workspace, &[("to", &this)]).await;
        assert_eq!(from.len() + before.len(), entries.len(), "each is before a time or not");
        assert!(from.len() > place && from.contains(&entry["id"].as_str().expect("an id").to_owned()));
        let instant = found(&scene.workspace, &[("from", &this), ("to", &next)]).await;
        assert!(instant.contains(&entry["id"].as_str().expect("an id").to_owned()));
        assert_eq!(found(&scene.workspace, &[("from", &next), ("to", &this)]).await, [""; 0]);
    }
    let failed_since = found(&scene.workspace, &[("from", &at(&entries[1]).to_rfc3339()), ("status", "failed")]).await;
    assert!((1..=2).contains(&failed_since.len()), "{failed_since:?}");
    let future = (rollcall::clock::now() + TimeDelta::hours(1)).to_rfc3339();
    assert_eq!(found(&scene.workspace, &[("from", &future)]).await, [""; 0]);
    assert_eq!(found(&scene.workspace, &[("to", &future), ("person", "00u-ada")]).await.len(), 6);
    instance.finish().await;
}

#[tokio::test]
async fn a_walk_by_cursor_meets_every_entry_once_while_others_come() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let hers = format!("/Users/{}", user["id"].as_str().expect("an id"));
    let scim = workspace.scim();
    for number in 0..330 {
        let path = if number % 3 == 0 { "/Users/nobody" } else { &hers };
        scim.get(path).await;
    }
    let before: BTreeSet<String> = all(&workspace, 331).await.iter().map(|entry| entry["id"].to_string()).collect();
    for (query, count) in [
        (vec![], 331),
        (vec![("status", "404")], 110),
        (vec![("operation", "getUser")], 330),
        (vec![("person", "ada@acme.test")], 221),
        (vec![("person", "ada@acme.test"), ("status", "200")], 220),
        (vec![("person", "ada@acme.test"), ("operation", "createUser")], 1),
    ] {
        let (mut met, mut after) = (Vec::new(), String::new());
        let started = rollcall::clock::now();
        loop {
            let request = workspace.admin().request(reqwest::Method::GET, "/provisioning-log").query(&query);
            let request = if after.is_empty() { request } else { request.query(&[("after", &after)]) };
            let page = workspace.admin().send(request).await.expect(200);
            met.extend(page["entries"].as_array().expect("entries").iter().cloned());
            // Somebody goes on reading.
            scim.get(&hers).await.expect(200);
            match page["next"].as_str() {
                Some(next) => after = next.to_owned(),
                None => break,
            }
        }
        let known: Vec<&Value> = met.iter().filter(|entry| before.contains(&entry["id"].to_string())).collect();
        assert_eq!(known.len(), count, "{query:?}");
        let distinct: BTreeSet<String> = met.iter().map(|entry| entry["id"].to_string()).collect();
        assert_eq!(distinct.len(), met.len(), "{query:?}");
        // What came after the walk had begun is ahead of it, in the pages that it has behind it.
        assert!(met.iter().skip(100).all(|entry| at(entry) <= started), "{query:?}");
    }
    instance.finish().await;
}

#[tokio::test]
async fn a_parameter_that_cannot_be_read_is_named() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let long = "x".repeat(513);
    for (name, value) in [
        ("status", "4"),
        ("status", "40x"),
        ("status", ""),
        ("from", "yesterday"),
        ("to", "2026-13-01T00:00:00Z"),
        ("request_id", "7"),
        ("after", "nonsense"),
        ("person", ""),
        ("person", &long),
        ("operation", ""),
        ("operation", "a\0b"),
    ] {
        let request = workspace.admin().request(reqwest::Method::GET, "/provisioning-log").query(&[(name, value)]);
        let answer = workspace.admin().send(request).await;
        let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert!(answer.status == 400 && detail.starts_with(&format!("{name}: ")), "{name}={value}: {}", answer.text);
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    for id in ["nonsense", "019f0000-0000-7000-8000-000000000000"] {
        workspace.admin().get(&format!("/provisioning-log/{id}")).await.expect(404);
    }
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn another_workspace_sees_nothing() {
    let instance = Instance::start().await;
    let scene = Scene::play(&instance).await;
    let stranger = instance.workspace().open().await;
    let own = stranger.scim().get("/Users").await;
    entry_of(&stranger, &own).await;
    let (_, request) = &scene.requests[0];
    let id = scene.ada["id"].as_str().expect("an id");
    for query in [
        vec![],
        vec![("status", "failed")],
        vec![("operation", "createUser")],
        vec![("person", id)],
        vec![("person", "ada@acme.test")],
        vec![("request_id", request)],
    ] {
        let expected = if query.is_empty() { vec![request_of(&own)] } else { Vec::new() };
        assert_eq!(found(&stranger, &query).await, expected, "{query:?}");
    }
    stranger.admin().get(&format!("/provisioning-log/{request}")).await.expect(404);
    // Only administrators see it.
    for token in [&scene.workspace.scim_token, &scene.workspace.sessions_token] {
        scene.workspace.admin().token(token).get("/provisioning-log").await.expect(403);
    }
    instance.finish().await;
}
