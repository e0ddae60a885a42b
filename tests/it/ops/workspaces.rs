//! Workspaces: made, shown, changed, reconciled; and who may.

use serde_json::{Value, json};

use crate::{
    harness::{Instance, OPERATOR_TOKEN, assert_includes},
    operations,
};

#[tokio::test]
async fn a_workspace_is_made_shown_listed_and_changed() {
    let instance = Instance::start().await;
    let ops = instance.ops();
    let made = ops.post("/workspaces", json!({ "slug": "acme", "name": "Acme", "admin": "ada@acme.test" })).await.expect(201);
    let fresh = json!({
        "slug": "acme", "name": "Acme", "plan": "free", "saml_enabled": false, "scim_enabled": false,
        "default_role": "viewer", "gate_open": false,
    });
    assert_includes(&made, &fresh, "a workspace without wishes");
    assert_eq!(made["gate_missing"].as_array().map(Vec::len), Some(3));
    assert_eq!(ops.get("/workspaces/acme").await.expect(200), made);
    ops.post("/workspaces", json!({ "slug": "beta", "name": "Beta", "plan": "team" })).await.expect(201);
    let listed = ops.get("/workspaces").await.expect(200);
    assert_eq!((&listed[0], listed.as_array().map(Vec::len)), (&made, Some(2)));
    let rest = ops.get(&format!("/workspaces?after={}", made["id"].as_str().expect("an id"))).await.expect(200);
    assert_eq!((&rest[0]["slug"], rest.as_array().map(Vec::len)), (&json!("beta"), Some(1)));
    for (change, missing) in [
        (json!({ "plan": "business" }), 3),
        (json!({ "plan": "enterprise" }), 2),
        (json!({ "scim_enabled": true, "name": "Acme Ltd" }), 1),
        (json!({}), 1),
        (json!({ "saml_enabled": false }), 1),
    ] {
        let now = ops.patch("/workspaces/acme", change.clone()).await.expect(200);
        assert_includes(&now, &change, "what was wished");
        assert_eq!(now["gate_missing"].as_array().map(Vec::len), Some(missing), "{change}");
        assert_eq!(now["gate_open"], missing == 0);
        assert_eq!(ops.get("/workspaces/acme").await.expect(200), now);
    }
    assert_eq!(
        instance.database.count("select count(*) from audit_log where action = 'workspace.changed' and actor = 'operator'").await,
        5
    );
    instance.finish().await;
}

#[tokio::test]
async fn a_wish_that_makes_no_sense_is_refused_and_nothing_is_made() {
    let instance = Instance::without_worker().await;
    let ops = instance.ops();
    ops.post("/workspaces", json!({ "slug": "taken", "name": "Taken" })).await.expect(201);
    for (body, status, says) in [
        (json!({ "slug": "taken", "name": "Twice" }), 409, "exists"),
        (json!({ "slug": "Acme", "name": "A" }), 400, "slug"),
        (json!({ "slug": "-acme", "name": "A" }), 400, "slug"),
        (json!({ "slug": "", "name": "A" }), 400, "slug"),
        (json!({ "slug": "x".repeat(64), "name": "A" }), 400, "slug"),
        (json!({ "slug": "acme", "name": " " }), 400, "name"),
        (json!({ "slug": "acme", "name": "A", "plan": "gold" }), 400, "plan"),
        (json!({ "slug": "acme", "name": "A", "admin": "nobody" }), 400, "admin"),
    ] {
        let answer = ops.post("/workspaces", body.clone()).await;
        assert_eq!(answer.header("content-type"), "application/problem+json", "{body}");
        let problem = answer.expect(status);
        assert_eq!(problem["status"], status);
        assert!(problem["detail"].as_str().expect("a detail").contains(says), "{body}: {problem}");
    }
    ops.post("/workspaces", json!({ "slug": "acme" })).await.expect(400);
    ops.patch("/workspaces/taken", json!({ "plan": "gold" })).await.expect(400);
    ops.patch("/workspaces/taken", json!({ "default_role": "king" })).await.expect(400);
    for (path, body) in [("/workspaces/nowhere", json!({ "plan": "free" }))] {
        ops.get(path).await.expect(404);
        ops.patch(path, body).await.expect(404);
    }
    ops.post("/workspaces/nowhere/reconcile", Value::Null).await.expect(404);
    assert_eq!(ops.get("/workspaces").await.expect(200).as_array().map(Vec::len), Some(1));
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn every_operation_asks_for_the_operators_token() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let almost = format!("{}x", &OPERATOR_TOKEN[..OPERATOR_TOKEN.len() - 1]);
    for operation in operations::of(&instance, "ops").await {
        let path = operation.path_with(&workspace.slug);
        for token in [almost.as_str(), "x", &workspace.admin_token, &workspace.scim_token] {
            let root = instance.with_token(token);
            let answer = root.send(operation.request(&root, &path, &json!({}))).await;
            assert_eq!(answer.status, 401, "{} {}", operation.id, answer.text);
            assert_eq!(answer.header("content-type"), "application/problem+json");
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
        }
        let anonymous = instance.anonymous();
        assert_eq!(anonymous.send(operation.request(&anonymous, &path, &json!({}))).await.status, 401, "{}", operation.id);
    }
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn without_a_configured_token_nobody_is_an_operator() {
    let instance = Instance::with_settings(&[("ROLLCALL_OPERATOR_TOKEN", "")]).await;
    for operation in operations::of(&instance, "ops").await {
        let path = operation.path_with("acme");
        for root in [instance.with_token(OPERATOR_TOKEN), instance.with_token(""), instance.anonymous()] {
            assert_eq!(root.send(operation.request(&root, &path, &json!({}))).await.status, 401, "{}", operation.id);
        }
    }
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn reconcile_now_repairs_what_is_not_as_the_directory_says() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let member = workspace.member_of(&workspace.user("ada@acme.test").await).await;
    instance.settle().await;
    instance.database.execute("update members set role = 'admin'").await;
    instance.ops().post(&format!("/workspaces/{}/reconcile", workspace.slug), Value::Null).await.expect(202);
    instance.settle().await;
    assert_eq!(workspace.member(&member["id"]).await["member"]["role"], "viewer");
    instance.finish().await;
}

#[tokio::test]
async fn tokens_of_a_workspace_are_made_listed_and_revoked_by_operators() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let tokens = format!("/workspaces/{}/tokens", workspace.slug);
    let made = instance.ops().post(&tokens, json!({ "name": "new", "scopes": ["scim"] })).await.expect(201);
    let secret = made["secret"].as_str().expect("a secret");
    workspace.scim().token(secret).get("/Users").await.expect(200);
    let listed = instance.ops().get(&tokens).await.expect(200);
    assert_eq!((&listed[0]["id"], &listed[0]["created_by"]), (&made["token"]["id"], &json!("operator")));
    instance.ops().delete(&format!("{tokens}/{}", made["token"]["id"].as_str().expect("an id"))).await.expect(204);
    workspace.scim().token(secret).get("/Users").await.scim_error(401, None);
    instance.abandon("nothing was enqueued");
}
