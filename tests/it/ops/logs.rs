//! One log line per request, without personal data.

use serde_json::{Value, json};

use crate::harness::Instance;

fn lines(log: &str) -> Vec<Value> {
    log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect()
}

#[tokio::test]
async fn each_request_has_one_line_with_the_id_of_its_answer() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let answers = [
        ("listUsers", workspace.scim().get("/Users?filter=userName+eq+%22x%22").await),
        ("getUser", workspace.scim().get("/Users/unknown").await),
        ("listTokens", workspace.admin().get("/tokens").await),
        ("none", workspace.scim().get("/nowhere").await),
        ("listUsers", workspace.scim().anonymous().get("/Users").await),
    ];
    let lines = lines(&instance.logs());
    let mut ids: Vec<&str> = lines.iter().filter_map(|line| line["request_id"].as_str()).collect();
    for (operation, answer) in &answers {
        let id = answer.header("x-request-id");
        let own: Vec<&Value> = lines.iter().filter(|line| line["request_id"] == id).collect();
        assert_eq!(own.len(), 1, "{operation}");
        let line = own[0];
        assert_eq!(
            (&line["message"], &line["operation"], &line["status"]),
            (&json!("request"), &json!(operation), &json!(answer.status)),
            "{line}"
        );
        assert!(line["duration_ms"].is_f64() && line["method"] == "GET", "{line}");
        // Whose token it was is known also where there is nothing; without one nobody knows.
        let known = answer.status != 401;
        assert_eq!(line["workspace"].as_str(), known.then_some(workspace.id.as_str()), "{line}");
    }
    ids.sort_unstable();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all, "every id once");
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn nobody_is_named_in_the_log() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let names = ["zebulon", "quagmire", "00uexternal", "Wellington", "555-0199"];
    let body = json!({
        "userName": "zebulon@acme.test", "externalId": "00uexternal",
        "name": { "givenName": "Zebulon", "familyName": "Quagmire" },
        "emails": [{ "value": "quagmire@acme.test" }], "phoneNumbers": [{ "value": "555-0199" }],
        "addresses": [{ "locality": "Wellington" }],
    });
    let user = scim.post("/Users", body.clone()).await.expect(201);
    let at = format!("/Users/{}", user["id"].as_str().expect("an id"));
    scim.post("/Users", body.clone()).await.scim_error(409, Some("uniqueness"));
    scim.filter("/Users", "userName eq \"zebulon@acme.test\"").await.expect(200);
    scim.filter("/Users", "zebulon quagmire").await.scim_error(400, Some("invalidFilter"));
    scim.get("/Users/zebulon").await.scim_error(404, None);
    scim.get("/quagmire/Wellington?q=00uexternal").await.scim_error(404, None);
    scim.put(&at, body).await.expect(200);
    scim.operations(&at, json!([{ "op": "replace", "path": "zebulon", "value": "quagmire" }]))
        .await
        .scim_error(400, Some("invalidPath"));
    scim.operations(&at, json!([{ "op": "replace", "path": "active", "value": "zebulon" }]))
        .await
        .scim_error(400, Some("invalidValue"));
    let group = workspace.group("Wellington", &[&user]).await;
    let member = workspace.member_of(&user).await;
    workspace.sign_in(&member["id"]).await;
    workspace.backend().post("/sessions", json!({ "email": "quagmire@acme.test" })).await;
    workspace.backend().post("/sessions", json!({ "email": 7, "zebulon": 1 })).await;
    scim.operations(&at, json!([{ "op": "replace", "path": "active", "value": false }])).await.expect(200);
    scim.delete(&format!("/Groups/{}", group["id"].as_str().expect("an id"))).await.expect(204);
    scim.delete(&at).await.expect(204);
    instance.settle().await;
    let logs = instance.logs().to_lowercase();
    assert!(logs.contains("patchuser"), "there is a log");
    for name in names {
        assert!(!logs.contains(&name.to_lowercase()), "{name} is in the log");
    }
    instance.finish().await;
}
