//! From the SaaS's own pages to ours.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Browser, assert_is_a_page};
use crate::{
    harness::{Instance, PUBLIC_URL, Workspace},
    membership::{create, has_role},
};

async fn made(workspace: &Workspace, body: Value) -> String {
    let made = workspace.backend().post("/entry-links", body).await.expect(201);
    let code = made["code"].as_str().expect("a code").to_owned();
    assert_eq!(made["url"], format!("{PUBLIC_URL}/enter#{code}"));
    code
}

async fn goes_in(browser: &mut Browser, code: &str) -> crate::harness::Answer {
    browser.post("/enter/go", &[("code", code)]).await
}

async fn administrator(workspace: &Workspace) -> (Value, Value) {
    let user =
        create(workspace, "ada@acme.test", json!({ "displayName": "Ada Lovelace", "roles": [{ "value": "admin" }] })).await;
    let member = has_role(workspace, &user, "admin").await["member"].clone();
    (user, member)
}

#[tokio::test]
async fn a_link_lets_one_browser_in_once_who_has_seen_as_whom() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let (_, member) = administrator(&workspace).await;
    let code = made(&workspace, json!({ "email": "ada@acme.test", "return_to": "/settings/api" })).await;
    let mut browser = Browser::new(&instance);
    assert_is_a_page(&browser.get("/enter").await, 200, "start");
    // The application's own pages may post here, as often as they like, and nothing comes of it.
    for _ in 0..2 {
        let shown = browser.send(Method::POST, "/enter", &[("sec-fetch-site", "cross-site")], &[("code", &code)]).await;
        assert_is_a_page(&shown, 200, "as whom");
        assert!(shown.text.contains("Ada Lovelace"), "{}", shown.text);
        assert!(browser.cookies.is_empty());
    }
    let refused = browser.send(Method::POST, "/enter/go", &[("sec-fetch-site", "cross-site")], &[("code", &code)]).await;
    assert_is_a_page(&refused, 403, "from another site");
    assert!(browser.cookies.is_empty());
    let entered = goes_in(&mut browser, &code).await;
    assert_eq!((entered.status, entered.header("location")), (303, "/settings/api"), "{}", entered.text);
    let cookie = entered.header("set-cookie");
    assert!(cookie.starts_with("__Host-rollcall_session=") && cookie.contains("HttpOnly"), "{cookie}");
    assert_is_a_page(&browser.get("/settings/api").await, 200, "/settings/api");
    assert_eq!(workspace.member(&member["id"]).await["member"]["status"], "active");

    // Once is once, and made up is never.
    let mut thief = Browser::new(&instance);
    for code in [code.as_str(), "", "nonsense"] {
        for path in ["/enter", "/enter/go"] {
            let refused = thief.post(path, &[("code", code)]).await;
            assert_is_a_page(&refused, 401, path);
        }
    }
    assert!(thief.cookies.is_empty());
    let log = workspace.admin().get("/audit-log?action=member.entry_link_made").await.expect(200);
    assert_eq!(log["entries"].as_array().map(Vec::len), Some(1), "{log}");
    for text in [instance.logs(), workspace.admin().get("/audit-log").await.text] {
        assert!(!text.contains(&code), "the code is in the clear");
    }
    // A way to another host is none.
    let code = made(&workspace, json!({ "member_id": member["id"], "return_to": "//evil.test" })).await;
    assert_eq!(goes_in(&mut Browser::new(&instance), &code).await.header("location"), "/");
    instance.finish().await;
}

#[tokio::test]
async fn a_link_is_good_only_while_it_could_be_made() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let (user, member) = administrator(&workspace).await;
    let wish = || json!({ "member_id": member["id"] });
    let refused = async |code: &str, status: u16, why: &str| {
        let mut browser = Browser::new(&instance);
        assert_is_a_page(&goes_in(&mut browser, code).await, status, why);
        assert!(browser.cookies.is_empty(), "{why}");
        // It was good once, also for being refused.
        assert_is_a_page(&goes_in(&mut browser, code).await, 401, why);
    };
    let path = format!("/members/{}/sessions", member["id"].as_str().expect("an id"));

    let code = made(&workspace, wish()).await;
    workspace.admin().delete(&path).await.expect(200);
    refused(&code, 401, "signed out everywhere").await;

    let code = made(&workspace, wish()).await;
    instance.database.execute("update workspaces set sso_required_at = now()").await;
    refused(&code, 403, "SAML SSO is required").await;
    let answer = workspace.backend().post("/entry-links", wish()).await;
    assert!(answer.status == 403 && answer.text.contains("recovery codes"), "{}", answer.text);
    instance.database.execute("update workspaces set sso_required_at = null").await;

    let code = made(&workspace, wish()).await;
    instance.database.execute("update api_tokens set revoked_at = now() where scopes = '{sessions}'").await;
    refused(&code, 401, "the token is revoked").await;
    instance.database.execute("update api_tokens set revoked_at = null where scopes = '{sessions}'").await;

    let code = made(&workspace, wish()).await;
    let change = json!([{ "op": "replace", "value": { "active": false } }]);
    workspace.scim().operations(&format!("/Users/{}", user["id"].as_str().expect("an id")), change).await.expect(200);
    refused(&code, 403, "deactivated").await;
    assert_eq!(workspace.backend().post("/entry-links", wish()).await.status, 403);
    instance.finish().await;
}

#[tokio::test]
async fn a_recovery_code_makes_one_where_saml_sso_is_required() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let (_, member) = administrator(&workspace).await;
    let session = workspace.sign_in(&member["id"]).await;
    let codes = instance.with_token(&session).post("/api/v1/session/recovery-codes", Value::Null).await.expect(201);
    instance.database.execute("update workspaces set sso_required_at = now()").await;
    let wish = json!({ "member_id": member["id"], "recovery_code": codes["codes"][0] });
    let code = made(&workspace, wish.clone()).await;
    assert_eq!(workspace.backend().post("/entry-links", wish).await.status, 403, "it is used up");
    let mut browser = Browser::new(&instance);
    assert_eq!(goes_in(&mut browser, &code).await.status, 303);
    let account = browser.get("/account").await;
    assert_is_a_page(&account, 200, "/account");
    assert!(account.text.contains("by a recovery code") && account.text.contains("9 are left"), "{}", account.text);
    instance.finish().await;
}
