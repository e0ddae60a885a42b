//! A workspace that requires SAML SSO, and the way in when the identity provider is away.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    idp::{Idp, Person},
    sign_in::{Browser, Connection, IDP, active},
};
use crate::{
    harness::{Instance, Workspace},
    membership::{create, has_role},
};

const ADA: Person<'_> = Person { name_id: "ada@acme.test", attributes: &[] };

/// An administrator whom the directory has made one, and who is signed in by SAML.
async fn administrator(
    instance: &Instance,
    workspace: &Workspace,
    idp: &Idp,
    connection: &Connection,
) -> (Browser, Value, Value) {
    let user = create(workspace, ADA.name_id, json!({ "roles": [{ "value": "admin" }] })).await;
    let member = has_role(workspace, &user, "admin").await["member"].clone();
    let mut browser = Browser::new(instance);
    browser.sign_in(idp, &connection.start, &ADA).await;
    assert!(browser.is_in().await);
    (browser, user, member)
}

async fn actions(workspace: &Workspace, action: &str) -> usize {
    let found = workspace.admin().get(&format!("/audit-log?action={action}")).await.expect(200);
    found["entries"].as_array().expect("entries").len()
}

#[tokio::test]
async fn only_an_administrator_who_has_come_in_by_it_can_require_it_and_then_there_is_no_other_way_in() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().enterprise().scim().create().await;
    let idp = Idp::new(IDP).expect("an identity provider");
    let connection = active(&instance, &workspace, &idp).await;
    let (mut ada, _, member) = administrator(&instance, &workspace, &idp, &connection).await;
    let eve = workspace.user("eve@acme.test").await;
    let eve = workspace.member_of(&eve).await;

    // Neither an administrator whom the backend has signed in, nor somebody who is none.
    let elsewhere = workspace.sign_in(&member["id"]).await;
    let put = async |session: &str| instance.with_token(session).put("/api/v1/saml/required", Value::Null).await;
    let refused = put(&elsewhere).await;
    assert!(refused.status == 403 && refused.text.contains("sign in by it first"), "{}", refused.text);
    let mut other = Browser::new(&instance);
    other.sign_in(&idp, &connection.start, &Person { name_id: "eve@acme.test", attributes: &[] }).await;
    let refused = other.page_sends(Method::PUT, "/api/v1/saml/required").await;
    assert!(refused.status == 403 && refused.text.contains("administrators"), "{}", refused.text);
    assert_eq!(workspace.admin().get("/saml/required").await.expect(200)["required_since"], Value::Null);
    assert_eq!(workspace.check(&elsewhere).await, 200);

    let required = ada.page_sends(Method::PUT, "/api/v1/saml/required").await;
    assert_eq!(required.status, 200, "{}", required.text);
    assert_eq!(actions(&workspace, "sso.required").await, 1);
    // What the backend has opened before is not accepted any more, nor shown, and it opens nothing.
    assert_eq!(workspace.check(&elsewhere).await, 401);
    let sessions =
        workspace.admin().get(&format!("/members/{}/sessions", member["id"].as_str().expect("an id"))).await.expect(200);
    assert_eq!(sessions.as_array().map(Vec::len), Some(1), "{sessions}");
    assert!(ada.is_in().await && other.is_in().await);
    let refused = workspace.backend().post("/sessions", json!({ "member_id": eve["id"] })).await;
    assert!(refused.status == 403 && refused.text.contains("recovery code"), "{}", refused.text);
    // Nobody is locked out by disabling what is required.
    let disable = json!({ "sessions": "keep", "managed_people": "keep" });
    let refused = workspace.admin().post(&format!("{}/disable", connection.path), disable).await;
    assert!(refused.status == 409 && refused.text.contains("/saml/required"), "{}", refused.text);

    workspace.admin().delete("/saml/required").await.expect(204);
    assert_eq!(actions(&workspace, "sso.released").await, 1);
    let open = workspace.sign_in(&eve["id"]).await;
    assert_eq!(workspace.check(&open).await, 200);
    // Operators end the connection whatever it is required for, and it is required no longer.
    ada.page_sends(Method::PUT, "/api/v1/saml/required").await;
    let off = json!({ "saml_enabled": false, "managed_people": "keep" });
    instance.ops().patch(&format!("/workspaces/{}", workspace.slug), off).await.expect(200);
    assert_eq!(workspace.admin().get("/saml/required").await.expect(200)["required_since"], Value::Null);
    assert_eq!(actions(&workspace, "sso.released").await, 2);
    instance.finish().await;
}

#[tokio::test]
async fn a_recovery_code_lets_an_administrator_in_once() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().enterprise().scim().create().await;
    let idp = Idp::new(IDP).expect("an identity provider");
    let connection = active(&instance, &workspace, &idp).await;
    let (mut ada, user, member) = administrator(&instance, &workspace, &idp, &connection).await;
    let made = ada.page_sends(Method::POST, "/api/v1/session/recovery-codes").await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made: Value = serde_json::from_str(&made.text).expect("codes");
    let codes: Vec<String> =
        made["codes"].as_array().expect("codes").iter().map(|code| code.as_str().expect("text").to_owned()).collect();
    assert_eq!(codes.len(), 10);
    ada.page_sends(Method::PUT, "/api/v1/saml/required").await;

    let enter = async |code: &str| {
        workspace.backend().post("/sessions", json!({ "member_id": member["id"], "recovery_code": code })).await
    };
    let opened = enter(&codes[0].to_lowercase()).await.expect(201);
    let session = opened["id"].as_str().expect("a session").to_owned();
    assert_eq!(workspace.check(&session).await, 200);
    let left = instance.with_token(&session).get("/api/v1/session/recovery-codes").await.expect(200);
    assert_eq!(left, json!({ "left": 9 }));
    // Twice, another person's, none: refused, written down, and the code stays secret.
    assert_eq!(enter(&codes[0]).await.status, 403);
    assert_eq!(enter("AAAAAA-AAAAAA-AAAAAA-AAAAAA").await.status, 403);
    let eve = workspace.member_of(&workspace.user("eve@acme.test").await).await;
    let theft = workspace.backend().post("/sessions", json!({ "member_id": eve["id"], "recovery_code": codes[1] })).await;
    assert_eq!(theft.status, 403, "{}", theft.text);
    assert_eq!(actions(&workspace, "member.recovery_code_used").await, 1);
    assert_eq!(actions(&workspace, "member.recovery_refused").await, 3);
    for text in [instance.logs(), workspace.admin().get("/audit-log").await.text] {
        assert!(!codes.iter().any(|code| text.contains(code.as_str())), "a code is in the clear");
    }
    let in_the_clear = "select count(*) from recovery_codes where hash not like '$argon2id$%' or hash like '%' || id || '%'";
    assert_eq!(instance.database.count(in_the_clear).await, 0);
    // Guessing ends.
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(enter("AAAAAA-AAAAAA-AAAAAA-AAAAAA").await.status);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 1, "{statuses:?}");

    // Whoever is put out has no code left, not after being let in again either.
    let path = format!("/Users/{}", user["id"].as_str().expect("an id"));
    for active in [false, true] {
        let change = json!([{ "op": "replace", "value": { "active": active } }]);
        workspace.scim().operations(&path, change).await.expect(200);
    }
    assert_eq!(instance.database.count("select count(*) from recovery_codes").await, 0);
    assert_eq!(workspace.check(&session).await, 401);
    instance.finish().await;
}
