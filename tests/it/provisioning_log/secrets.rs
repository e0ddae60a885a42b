//! No password, no token and nothing that is never returned is kept anywhere, however it was sent.

use reqwest::Method;
use serde_json::{Value, json};

use super::{all, entry_of};
use crate::harness::{Instance, Workspace};

const MARKER: &str = "xHunter2MarkerX";

/// Ways to send a password.
fn bodies() -> Vec<(Method, &'static str, String)> {
    let patch = |operation: Value| {
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] }).to_string()
    };
    let create = |number: usize, more: Value| {
        let mut body = json!({ "userName": format!("person{number}@acme.test") });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body.to_string()
    };
    let search = |filter: &str| json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter });
    let core = "urn:ietf:params:scim:schemas:core:2.0:User";
    vec![
        (Method::POST, "/Users", create(1, json!({ "password": MARKER }))),
        (Method::POST, "/Users", create(2, json!({ "PASSWORD": MARKER, "nickName": "n" }))),
        (Method::POST, "/Users", create(3, json!({ "password": { "value": [MARKER] } }))),
        (Method::POST, "/Users", create(4, json!({ "name": { "password": MARKER }, "emails": [{ "password": MARKER }] }))),
        (Method::POST, "/Users", create(5, json!({ format!("{core}:password"): MARKER }))),
        (Method::POST, "/Users", create(6, json!({ "urn:example:acme:1.0:User": { "userPassword": MARKER } }))),
        // Refused, with a detail that repeats what was sent.
        (Method::POST, "/Users", create(7, json!({ "password": MARKER, "active": { "password": MARKER } }))),
        (Method::POST, "/Users", create(1, json!({ "password": MARKER }))),
        (Method::POST, "/Users", format!("{{\"userName\":\"x\",\"password\":\"{MARKER}\"")),
        (Method::POST, "/Users", format!("{{\"password\":\"{MARKER}\",\"password\":\"{MARKER}\"}}")),
        (Method::POST, "/Users", format!("userName=x&password={MARKER}")),
        (Method::PUT, "$at", create(8, json!({ "password": MARKER }))),
        (Method::PATCH, "$at", patch(json!({ "op": "replace", "path": "password", "value": MARKER }))),
        (Method::PATCH, "$at", patch(json!({ "op": "replace", "value": { "password": MARKER } }))),
        (Method::PATCH, "$at", patch(json!({ "op": "add", "path": format!("{core}:password"), "value": MARKER }))),
        (Method::PATCH, "$at", patch(json!({ "value": MARKER, "path": "passWord", "op": "Replace" }))),
        (Method::PATCH, "$at", patch(json!({ "op": MARKER, "path": "password", "value": MARKER }))),
        (
            Method::PATCH,
            "$at",
            patch(json!({ "op": "replace", "path": format!("password[value eq \"{MARKER}\"]"), "value": "x" })),
        ),
        (Method::PATCH, "$at", patch(json!({ "op": "replace", "path": "password.x", "value": { "y": MARKER } }))),
        (Method::POST, "/Users/.search", search(&format!("password eq \"{MARKER}\"")).to_string()),
        (Method::POST, "/.search", search(&format!("not (PASSWORD co \"{MARKER}\"")).to_string()),
        (Method::GET, "/Users?filter=password%20eq%20%22xHunter2MarkerX%22", String::new()),
        (Method::GET, "/Users?filter=%70assword%20eq%20%22xHunter2MarkerX%22%20and", String::new()),
        (Method::GET, "/Users?password=xHunter2MarkerX", String::new()),
        (Method::GET, "/nowhere?access_token=xHunter2MarkerX", String::new()),
        (Method::GET, "/password=xHunter2MarkerX", String::new()),
    ]
}

async fn send(workspace: &Workspace, method: Method, path: &str, body: String) -> String {
    let request = workspace.scim().request(method, path).header("content-type", "application/scim+json");
    let answer = workspace.scim().send(if body.is_empty() { request } else { request.body(body) }).await;
    super::request_of(&answer)
}

#[tokio::test]
async fn a_password_is_in_no_entry_no_table_and_no_log() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let at = format!("/Users/{}", workspace.user("ada@acme.test").await["id"].as_str().expect("an id"));
    let bodies = bodies();
    let mut requests = Vec::new();
    for (method, path, body) in &bodies {
        requests.push(send(&workspace, method.clone(), &path.replace("$at", &at), body.clone()).await);
    }
    all(&workspace, bodies.len() + 1).await;
    for (request, (method, path, body)) in requests.iter().zip(&bodies) {
        let kept = workspace.admin().get(&format!("/provisioning-log/{request}")).await;
        assert!(!kept.text.to_lowercase().contains(&MARKER.to_lowercase()), "{method} {path} {body}: {}", kept.text);
    }
    let kept = super::entry(&workspace, &requests[0]).await;
    let text = kept["request"]["text"].as_str().expect("a text");
    assert_eq!(text, "{\"userName\":\"person1@acme.test\",\"password\":\"[removed]\"}");
    instance.settle().await;
    for (what, text) in [("the database", instance.database.dump()), ("the log", instance.logs())] {
        assert!(text.contains("provisioning_log") || text.contains("createUser"), "{what} is there");
        assert!(!text.to_lowercase().contains(&MARKER.to_lowercase()), "{what}");
    }
    instance.finish().await;
}

#[tokio::test]
async fn a_token_is_in_no_entry_wherever_it_was_put() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let token = workspace.scim_token.clone();
    let scim = workspace.scim();
    let mut answers = vec![
        scim.get(&format!("/Users?token={token}")).await,
        scim.get(&format!("/Users/{token}")).await,
        scim.post("/Users", json!({ "userName": "ada@acme.test", "nickName": token })).await,
    ];
    answers.push(scim.send(scim.request(Method::GET, "/Users").header("user-agent", format!("IdP/1.0 {token}"))).await);
    answers.push(scim.filter("/Users", &format!("nickName eq \"{token}\"")).await);
    for answer in &answers {
        let detail = entry_of(&workspace, answer).await;
        assert!(!detail.to_string().contains(&token), "{detail}");
        assert!(detail.to_string().contains("[removed]"), "{detail}");
    }
    let secret = token.trim_start_matches("rollcall_");
    // The user's own attribute is what the identity provider says it is; the log does not have it.
    let log = instance.database.dump();
    let (_, log) = log.split_once("COPY public.provisioning_log ").expect("the table");
    let (log, _) = log.split_once("\\.\n").expect("its end");
    assert!(log.contains("createUser") && !log.contains(secret));
    instance.finish().await;
}

#[tokio::test]
async fn an_attribute_of_the_workspace_that_is_never_returned_is_not_kept() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let urn = "urn:ietf:params:scim:schemas:extension:badges:2.0:User";
    let schema = json!({
        "resource_type": "User", "name": "Badges",
        "attributes": [
            { "name": "badgePin", "type": "string", "returned": "never" },
            { "name": "badge", "type": "string" },
        ],
    });
    let made = workspace.admin().put(&format!("/scim/schemas/{urn}"), schema).await;
    assert!(matches!(made.status, 200 | 201 | 204), "{}", made.text);
    let body = json!({ "userName": "ada@acme.test", urn: { "badgePin": MARKER, "badge": "B-1" } });
    let created = workspace.scim().post("/Users", body).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let at = format!("/Users/{}", created.json()["id"].as_str().expect("an id"));
    let patched =
        workspace.scim().operations(&at, json!([{ "op": "replace", "path": format!("{urn}:badgePin"), "value": MARKER }])).await;
    assert_eq!(patched.status, 200, "{}", patched.text);
    for answer in [&created, &patched] {
        let detail = entry_of(&workspace, answer).await.to_string();
        assert!(!detail.contains(MARKER) && detail.contains("badgePin"), "{detail}");
    }
    assert!(entry_of(&workspace, &created).await.to_string().contains("B-1"));
    instance.finish().await;
}
