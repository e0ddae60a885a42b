//! API tokens: what they look like, what they may do, and when they stop.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    harness::{Instance, OPERATOR_TOKEN, Workspace},
    operations,
};

const SCOPES: [&str; 4] = ["scim", "members:read", "sessions", "admin"];

/// Which scopes let a token through, for every operation that asks for one.
const NEEDS: &[(&str, &[&str])] = &[
    ("listAll", &["scim"]),
    ("bulk", &["scim"]),
    ("createUser", &["scim"]),
    ("listUsers", &["scim"]),
    ("searchUsers", &["scim"]),
    ("getUser", &["scim"]),
    ("replaceUser", &["scim"]),
    ("patchUser", &["scim"]),
    ("deleteUser", &["scim"]),
    ("createGroup", &["scim"]),
    ("listGroups", &["scim"]),
    ("searchGroups", &["scim"]),
    ("getGroup", &["scim"]),
    ("replaceGroup", &["scim"]),
    ("patchGroup", &["scim"]),
    ("deleteGroup", &["scim"]),
    ("search", &["scim"]),
    ("getServiceProviderConfig", &["scim"]),
    ("listResourceTypes", &["scim"]),
    ("getResourceType", &["scim"]),
    ("listSchemas", &["scim"]),
    ("getSchema", &["scim"]),
    ("openSession", &["sessions"]),
    ("createEntryLink", &["sessions"]),
    ("listMembers", &["members:read", "admin"]),
    ("getMember", &["members:read", "admin"]),
    ("explainMember", &["admin"]),
    ("sendInvitation", &["admin"]),
    ("listMemberReceipts", &["admin"]),
    ("listMemberSessions", &["admin"]),
    ("endMemberSession", &["admin"]),
    ("endMemberSessions", &["admin"]),
    ("listReceipts", &["admin"]),
    ("summarizeReceipts", &["admin"]),
    ("getProof", &["admin"]),
    ("createToken", &["admin"]),
    ("listTokens", &["admin"]),
    ("revokeToken", &["admin"]),
    ("rotateToken", &["admin"]),
    ("createSetUpLink", &["admin"]),
    ("listProvisioningLog", &["admin"]),
    ("getProvisioningLogEntry", &["admin"]),
    ("inviteMember", &["admin"]),
    ("giveRole", &["admin"]),
    ("takeBackRole", &["admin"]),
    ("deactivateMember", &["admin"]),
    ("reactivateMember", &["admin"]),
    ("markBreakGlass", &["admin"]),
    ("unmarkBreakGlass", &["admin"]),
    ("listHeldChanges", &["admin"]),
    ("approveHeldChange", &["admin"]),
    ("rejectHeldChange", &["admin"]),
    ("listHeldBatches", &["admin"]),
    ("approveHeldBatch", &["admin"]),
    ("rejectHeldBatch", &["admin"]),
    ("getProvisioning", &["admin"]),
    ("setProvisioning", &["admin"]),
    ("handOver", &["admin"]),
    ("previewProvisioning", &["admin"]),
    ("listDomains", &["admin"]),
    ("addDomain", &["admin"]),
    ("verifyDomain", &["admin"]),
    ("removeDomain", &["admin"]),
    ("getSeats", &["admin"]),
    ("getBrake", &["admin"]),
    ("changeBrake", &["admin"]),
    ("listRoles", &["admin"]),
    ("putRole", &["admin"]),
    ("deleteRole", &["admin"]),
    ("listAuditLog", &["admin"]),
    ("exportAuditLog", &["admin"]),
    ("listRoleMappings", &["admin"]),
    ("listEvents", &["admin"]),
    ("listSamlConnections", &["admin"]),
    ("createSamlConnection", &["admin"]),
    ("getSamlConnection", &["admin"]),
    ("changeSamlConnection", &["admin"]),
    ("deleteSamlConnection", &["admin"]),
    ("putSamlMetadata", &["admin"]),
    ("refreshSamlMetadata", &["admin"]),
    ("pinSamlCertificate", &["admin"]),
    ("unpinSamlCertificate", &["admin"]),
    ("testSamlConnection", &["admin"]),
    ("activateSamlConnection", &["admin"]),
    ("getSsoRequirement", &["admin"]),
    ("releaseSso", &["admin"]),
    ("revokeRecoveryCodes", &["admin"]),
    ("disableSamlConnection", &["admin"]),
    ("listSignInAttempts", &["admin"]),
    ("createWebhook", &["admin"]),
    ("listWebhooks", &["admin"]),
    ("getWebhook", &["admin"]),
    ("changeWebhook", &["admin"]),
    ("deleteWebhook", &["admin"]),
    ("rotateWebhookSecret", &["admin"]),
    ("replayWebhook", &["admin"]),
    ("resumeWebhook", &["admin"]),
    ("listWebhookAttempts", &["admin"]),
    ("putRoleMapping", &["admin"]),
    ("deleteRoleMapping", &["admin"]),
    ("getScimRules", &["admin"]),
    ("changeScimRules", &["admin"]),
    ("listExtensionSchemas", &["admin"]),
    ("putExtensionSchema", &["admin"]),
    ("deleteExtensionSchema", &["admin"]),
];
/// Operations that take a session instead.
const SESSION: [&str; 9] = [
    "requireSso",
    "makeRecoveryCodes",
    "countRecoveryCodes",
    "checkSession",
    "endSession",
    "signOut",
    "listOwnSessions",
    "endOwnSession",
    "endOwnSessions",
];

async fn make(workspace: &Workspace, body: Value) -> (String, String) {
    let made = workspace.admin().post("/tokens", body).await.expect(201);
    (made["token"]["id"].as_str().expect("an id").to_owned(), made["secret"].as_str().expect("a secret").to_owned())
}

async fn listed(workspace: &Workspace, id: &str) -> Value {
    let tokens = workspace.admin().get("/tokens").await.expect(200);
    tokens.as_array().expect("tokens").iter().find(|token| token["id"] == id).expect("the token").clone()
}

#[tokio::test]
async fn a_token_has_a_prefix_a_length_and_a_checksum() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let secret = workspace.scim_token.clone();
    let body = secret.strip_prefix("rollcall_").expect("the prefix that scanners look for");
    assert_eq!(body.len(), 39);
    assert!(body.bytes().all(|byte| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(&byte)), "{body}");
    let another = make(&workspace, json!({ "name": "another", "scopes": ["scim"] })).await.1;
    assert_ne!(secret, another);
    for position in 0..secret.len() {
        let mut wrong = secret.clone().into_bytes();
        wrong[position] = if wrong[position] == b'a' { b'b' } else { b'a' };
        let wrong = String::from_utf8(wrong).expect("ASCII");
        workspace.scim().token(&wrong).get("/Users").await.scim_error(401, None);
    }
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn a_mistyped_token_is_refused_before_any_look_up() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    instance.database.shut().await;
    let mistyped = workspace.scim_token.replace("rollcall_", "rollcal_");
    workspace.scim().token(&mistyped).get("/Users").await.scim_error(401, None);
    workspace.scim().get("/Users").await.scim_error(503, None);
    instance.database.open().await;
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn each_operation_takes_its_scopes_and_no_others() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let mut operations = operations::of(&instance, "scim").await;
    operations.extend(operations::of(&instance, "workspace").await);
    operations::assert_covered(&operations, NEEDS.iter().map(|need| need.0).chain(SESSION));
    let mut tokens = Vec::new();
    for scope in SCOPES {
        tokens.push((scope, make(&workspace, json!({ "name": scope, "scopes": [scope] })).await.1));
    }
    for (name, allowed) in NEEDS.iter().copied() {
        let operation = operations.iter().find(|operation| operation.id == name).expect(name);
        let path = operation.path_with("019f0000-0000-7000-8000-000000000000");
        for (scope, token) in &tokens {
            let root = instance.with_token(token);
            // What is sent is refused later, if at all.
            let answer = root.send(operation.request(&root, &path, &json!({}))).await;
            let refused = answer.status == 403;
            assert_eq!(refused, !allowed.contains(scope), "{name} with {scope}: {} {}", answer.status, answer.text);
            assert_ne!(answer.status, 401, "{name} with {scope}");
            if refused {
                assert!(answer.json()["detail"].as_str().expect("a detail").contains(allowed[0]), "{}", answer.text);
            }
        }
        for token in [OPERATOR_TOKEN, "nonsense"] {
            let root = instance.with_token(token);
            let answer = root.send(operation.request(&root, &path, &json!({}))).await;
            assert_eq!(answer.status, 401, "{name}");
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{name}");
        }
    }
    instance.finish().await;
}

#[tokio::test]
async fn several_live_at_once_and_a_revoked_one_is_refused_from_the_next_request_on() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let (old_id, old) = make(&workspace, json!({ "name": "old", "scopes": ["scim"] })).await;
    let (_, new) = make(&workspace, json!({ "name": "new", "scopes": ["scim"] })).await;
    for token in [&old, &new, &workspace.scim_token] {
        workspace.scim().token(token).get("/Users").await.expect(200);
    }
    workspace.admin().delete(&format!("/tokens/{old_id}")).await.expect(204);
    workspace.scim().token(&old).get("/Users").await.scim_error(401, None);
    for token in [&new, &workspace.scim_token] {
        workspace.scim().token(token).get("/Users").await.expect(200);
    }
    assert!(listed(&workspace, &old_id).await["revoked_at"].is_string());
    let revoked = listed(&workspace, &old_id).await["revoked_at"].clone();
    workspace.admin().delete(&format!("/tokens/{old_id}")).await.expect(204);
    assert_eq!(listed(&workspace, &old_id).await["revoked_at"], revoked);
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let soon = rollcall::clock::now() + Duration::from_secs(2);
    let (_, token) = make(&workspace, json!({ "name": "short", "scopes": ["scim"], "expires_at": soon })).await;
    workspace.scim().token(&token).get("/Users").await.expect(200);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let answer = workspace.scim().token(&token).get("/Users").await;
    answer.scim_error(401, None);
    assert!(answer.header("www-authenticate").starts_with("Bearer"));
    let past = json!({ "name": "past", "scopes": ["scim"], "expires_at": "2020-01-01T00:00:00Z" });
    assert!(
        workspace.admin().post("/tokens", past).await.expect(400)["detail"].as_str().expect("a detail").contains("expires_at")
    );
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn every_token_expires_and_two_overlap_at_a_rotation() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let (old, old_secret) = make(&workspace, json!({ "name": "old", "scopes": ["scim"] })).await;
    let expiry = listed(&workspace, &old).await["expires_at"].as_str().expect("a time").to_owned();
    let expiry: chrono::DateTime<chrono::Utc> = expiry.parse().expect("a time");
    let days = (expiry - rollcall::clock::now()).num_days();
    assert!((364..=365).contains(&days), "{days}");
    let (_, new_secret) = make(&workspace, json!({ "name": "new", "scopes": ["scim"] })).await;
    for secret in [&old_secret, &new_secret] {
        workspace.scim().token(secret).get("/Users").await.expect(200);
    }
    let for_ever = json!({ "name": "for ever", "scopes": ["scim"], "expires_at": "2999-01-01T00:00:00Z" });
    let refused = workspace.admin().post("/tokens", for_ever).await.expect(400);
    assert!(refused["detail"].as_str().expect("a detail").contains("three years"), "{refused}");
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn the_last_use_is_written_once_a_minute() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let (id, token) = make(&workspace, json!({ "name": "used", "scopes": ["scim"] })).await;
    assert_eq!(listed(&workspace, &id).await["last_used_at"], Value::Null);
    workspace.scim().token(&token).get("/Users").await.expect(200);
    let first = listed(&workspace, &id).await["last_used_at"].clone();
    assert!(first.is_string());
    workspace.scim().token(&token).get("/Users").await.expect(200);
    assert_eq!(listed(&workspace, &id).await["last_used_at"], first);
    instance.database.execute("update api_tokens set last_used_at = last_used_at - interval '61 seconds'").await;
    workspace.scim().token(&token).get("/Users").await.expect(200);
    let later = listed(&workspace, &id).await["last_used_at"].clone();
    assert!(later.as_str() >= first.as_str(), "{later} {first}");
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn a_persons_token_dies_with_the_person_and_the_scim_token_outlives_its_maker() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let body = json!({ "userName": "ada@acme.test", "roles": [{ "value": "admin" }] });
    let user = workspace.scim().post("/Users", body).await.expect(201);
    let member = workspace.member_of(&user).await;
    let wish = json!({ "name": "Ada's", "scopes": ["admin"], "member_id": member["id"] });
    let (adas_id, adas) = make(&workspace, wish.clone()).await;
    let hers = workspace.admin().token(&adas);
    let made = hers.post("/tokens", json!({ "name": "for the IdP", "scopes": ["scim"] })).await.expect(201);
    let idp = workspace.scim().token(made["secret"].as_str().expect("a secret"));

    let path = format!("/Users/{}", user["id"].as_str().expect("an id"));
    let switch = async |on: bool| {
        let operations = json!([{ "op": "replace", "path": "active", "value": on }]);
        idp.operations(&path, operations).await.expect(200);
    };
    switch(false).await;
    hers.get("/tokens").await.expect(401);
    idp.get("/Users").await.expect(200);
    workspace.admin().post("/tokens", wish).await.expect(404);
    switch(true).await;
    hers.get("/tokens").await.expect(401);
    instance.settle().await;
    hers.get("/tokens").await.expect(401);
    assert!(listed(&workspace, &adas_id).await["revoked_at"].is_string());
    let (_, fresh) = make(&workspace, json!({ "name": "Ada's next", "scopes": ["admin"], "member_id": member["id"] })).await;
    workspace.admin().token(&fresh).get("/tokens").await.expect(200);
    instance.finish().await;
}

#[tokio::test]
async fn what_a_persons_token_makes_dies_with_the_person_too() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let (ada, other) = (workspace.member_of(&user).await, workspace.member_of(&workspace.user("bob@acme.test").await).await);
    let (_, own) = make(&workspace, json!({ "name": "Ada's", "scopes": ["admin"], "member_id": ada["id"] })).await;
    let as_ada = workspace.admin().token(&own);
    let wish = |member: &Value| json!({ "name": "way back in", "scopes": ["members:read"], "member_id": member });
    let made = as_ada.post("/tokens", wish(&Value::Null)).await.expect(201);
    assert_eq!(made["token"]["member_id"], ada["id"]);
    as_ada.post("/tokens", wish(&other["id"])).await.expect(400);

    workspace
        .scim()
        .operations(
            &format!("/Users/{}", user["id"].as_str().expect("an id")),
            json!([{ "op": "replace", "path": "active", "value": false }]),
        )
        .await
        .expect(200);
    let kept = made["secret"].as_str().expect("a secret");
    assert_eq!(workspace.admin().token(kept).get("/members").await.status, 401);
    instance.finish().await;
}

#[tokio::test]
async fn a_secret_is_shown_once_and_stands_nowhere_else() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (id, secret) = make(&workspace, json!({ "name": "seen once", "scopes": ["scim"] })).await;
    let scim = workspace.scim().token(&secret);
    let mut answers = vec![scim.get("/Users").await.text, scim.get("/nowhere").await.text];
    // Wherever else a caller may put it, it opens nothing.
    for query in ["access_token", "token", "authorization", "bearer_token"] {
        let answer = scim.anonymous().get(&format!("/Users?{query}={secret}")).await;
        answer.scim_error(401, None);
        answers.push(answer.text);
    }
    let basic = scim.anonymous().request(reqwest::Method::GET, "/Users").basic_auth("scim", Some(&secret));
    let answer = scim.anonymous().send(basic).await;
    answer.scim_error(401, None);
    answers.push(answer.text);
    answers.push(workspace.admin().get("/tokens").await.text);
    answers.push(instance.ops().get(&format!("/workspaces/{}/tokens", workspace.slug)).await.text);
    answers.push(instance.command(&["token", "list", &workspace.slug]).1);
    workspace.admin().delete(&format!("/tokens/{id}")).await.expect(204);
    answers.push(scim.get("/Users").await.text);
    let secrets = [&secret, &workspace.scim_token, &workspace.admin_token, &workspace.sessions_token];
    let places = answers.join("\n") + &instance.database.dump() + &instance.logs();
    for secret in secrets {
        // The first characters are the hint; what follows is nobody's business.
        assert!(!places.contains(&secret[16..]), "{}", &secret[..16]);
        assert!(!places.contains(secret.trim_start_matches("rollcall_")));
    }
    assert!(!places.contains(OPERATOR_TOKEN));
    instance.finish().await;
}

#[tokio::test]
async fn a_wish_that_makes_no_sense_is_refused_with_a_reason() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    for (body, says) in [
        (json!({ "name": "", "scopes": ["admin"] }), "name"),
        (json!({ "name": "x".repeat(101), "scopes": ["admin"] }), "name"),
        (json!({ "name": "none", "scopes": [] }), "scopes"),
        (json!({ "name": "other", "scopes": ["root"] }), "scopes"),
        (json!({ "name": "mixed", "scopes": ["scim", "admin"] }), "scopes"),
    ] {
        let problem = workspace.admin().post("/tokens", body.clone()).await.expect(400);
        assert!(problem["detail"].as_str().expect("a detail").contains(says), "{body}: {problem}");
    }
    instance.abandon("nothing was enqueued");
}
