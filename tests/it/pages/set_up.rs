//! Set-up links: SAML and SCIM of one workspace, and nothing else.

use serde_json::json;

use super::{Browser, assert_is_a_page, text_of};
use crate::{
    harness::{Instance, PUBLIC_URL, Workspace},
    saml,
};

async fn link(browser: &mut Browser) -> String {
    let made = browser.post("/settings/set-up-links", &[("name", "Ines of Acme IT"), ("days", "7")]).await;
    assert_is_a_page(&made, 201, "made");
    let link = text_of(&made, "link");
    let (address, code) = link.split_once('#').expect("a code");
    assert_eq!(address, format!("{PUBLIC_URL}/set-up"));
    let shown = browser.get("/settings/set-up-links").await;
    assert!(shown.text.contains("Ines of Acme IT") && !shown.text.contains(code), "{}", shown.text);
    code.to_owned()
}

async fn entered(instance: &Instance, code: &str) -> Browser {
    let mut browser = Browser::new(instance);
    assert_is_a_page(&browser.get("/set-up").await, 200, "start");
    let entered = browser.post("/set-up", &[("code", code)]).await;
    assert_eq!((entered.status, entered.header("location")), (303, "/set-up/steps"));
    let cookie = entered.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("Secure") && cookie.starts_with("__Host-"), "{cookie}");
    browser
}

async fn closed(instance: &Instance) -> Workspace {
    instance.workspace().enterprise().scim().create().await
}

#[tokio::test]
async fn a_link_sets_up_saml_and_scim_and_does_nothing_else() {
    let instance = Instance::with_saml().await;
    let workspace = closed(&instance).await;
    let mut admin = Browser::of_admin(&instance, &workspace).await;
    let code = link(&mut admin).await;
    let mut visitor = entered(&instance, &code).await;
    let steps = visitor.get("/set-up/steps").await;
    assert_is_a_page(&steps, 200, "steps");
    let made = visitor.post("/set-up/saml", &[("name", "Acme Okta"), ("idp", "okta")]).await;
    assert_eq!(made.status, 303, "{}", made.text);
    let address = made.header("location").split('?').next().expect("a path").to_owned();
    let page = visitor.get(made.header("location")).await;
    assert_is_a_page(&page, 200, "connection");
    assert!(page.text.contains("Audience URI (SP Entity ID)"), "{}", page.text);
    let xml = saml::metadata("https://idp.acme.test", &["idp"]);
    let taken = visitor.post(&format!("{address}/metadata"), &[("xml", &xml)]).await;
    assert_eq!((taken.status, taken.header("location")), (303, format!("{address}?done=metadata").as_str()));
    let wrong = visitor.post(&format!("{address}/metadata"), &[("xml", "<nothing/>")]).await;
    assert_is_a_page(&wrong, 400, "no metadata");
    let test = visitor.post(&format!("{address}/test"), &[]).await;
    assert_is_a_page(&test, 200, "test");
    assert!(text_of(&test, "test-link").contains("/start?test="), "{}", test.text);
    let early = visitor.post(&format!("{address}/activate"), &[]).await;
    assert_is_a_page(&early, 409, "untested");
    let scim = visitor.get("/set-up/scim?idp=entra").await;
    assert_is_a_page(&scim, 200, "scim");
    assert!(scim.text.contains("Tenant URL") && text_of(&scim, "scim-address").ends_with("/api/v1/auth/scim"), "{}", scim.text);
    let token = visitor.post("/set-up/scim/token", &[]).await;
    assert_is_a_page(&token, 201, "token");
    // The gate is closed, so the token is good and SCIM is not.
    assert_eq!(workspace.scim().token(&text_of(&token, "secret")).get("/Users").await.status, 403);
    // Everything else is an administrator's.
    for path in
        ["/settings/api", "/settings/saml", "/members", "/activity", "/held-changes", "/settings/scim/mappings", "/account"]
    {
        let sent_on = visitor.get(path).await;
        assert_eq!(sent_on.status, 303, "{path}: {}", sent_on.text);
        assert!(sent_on.header("location").starts_with("/sign-in"), "{path}");
    }
    for action in ["/disable", "/delete"] {
        let form = [("sessions", "end"), ("managed_people", "")];
        assert_eq!(visitor.post(&format!("{address}{action}"), &form).await.status, 303, "{action}");
    }
    let connections = workspace.admin().get("/saml/connections").await.expect(200);
    assert_eq!((connections[0]["name"].as_str(), connections[0]["status"].as_str()), (Some("Acme Okta"), Some("testing")));
    // Nor is the code a token for programs.
    for path in ["/tokens", "/members", "/saml/connections"] {
        assert_eq!(workspace.admin().token(&code).get(path).await.status, 403, "{path}");
    }
    assert_eq!(workspace.scim().token(&code).get("/Users").await.status, 403);
    // Whatever was done stands in the audit log under the link's name.
    let log = workspace.admin().get("/audit-log?action=connection.created").await.expect(200);
    assert!(log["entries"][0]["actor"].to_string().contains("Ines of Acme IT"), "{log}");
    instance.finish().await;
}

#[tokio::test]
async fn a_link_that_is_revoked_or_over_or_another_token_lets_nobody_in() {
    let instance = Instance::with_saml().await;
    let workspace = closed(&instance).await;
    let mut admin = Browser::of_admin(&instance, &workspace).await;
    let code = link(&mut admin).await;
    let mut visitor = entered(&instance, &code).await;
    let tokens = workspace.admin().get("/tokens").await.expect(200);
    let id =
        tokens.as_array().expect("tokens").iter().find(|token| token["scopes"] == json!(["setup"])).expect("it")["id"].clone();
    admin.post(&format!("/settings/set-up-links/{}/revoke", id.as_str().expect("an id")), &[]).await;
    assert_is_a_page(&visitor.get("/set-up/saml").await, 401, "revoked");
    for code in [code.as_str(), "", "nonsense", &workspace.admin_token, &workspace.scim_token] {
        let mut stranger = Browser::new(&instance);
        let refused = stranger.post("/set-up", &[("code", code)]).await;
        assert!(matches!(refused.status, 401 | 403), "{}", refused.text);
        assert!(stranger.cookies.is_empty());
    }
    let over = admin.post("/settings/set-up-links", &[("name", "Too long"), ("days", "31")]).await;
    assert_is_a_page(&over, 400, "31 days");
    instance
        .database
        .execute("update api_tokens set revoked_at = null, expires_at = now() - interval '1 second' where scopes = '{setup}'")
        .await;
    assert_is_a_page(&visitor.get("/set-up/saml").await, 401, "expired");
    instance.finish().await;
}

#[tokio::test]
async fn by_a_link_nobody_changes_how_people_sign_in_already() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let mut admin = Browser::of_admin(&instance, &workspace).await;
    let mut visitor = entered(&instance, &link(&mut admin).await).await;
    let before = workspace.admin().get("/saml/connections").await.expect(200);
    let address = format!("/set-up/saml/{}", before[0]["id"].as_str().expect("an id"));
    let xml = saml::metadata("https://idp.evil.test", &["idp2"]);
    let certificate = saml::certificate("idp2");
    let settings = [
        ("name", "Taken"),
        ("idp_initiated", "bounce"),
        ("attribute_email", ""),
        ("attribute_given_name", ""),
        ("attribute_family_name", ""),
        ("attribute_role", ""),
    ];
    let by_hand = [("idp_entity_id", "https://idp.evil.test"), ("idp_sso_url", "https://idp.evil.test/sso"), ("certificate", "")];
    for (action, form) in [
        ("", settings.as_slice()),
        ("/metadata", &[("xml", xml.as_str())]),
        ("/metadata", &[("url", "https://idp.evil.test/metadata")]),
        ("/by-hand", &by_hand),
        ("/pin", &[("certificate", certificate.as_str())]),
    ] {
        let refused = visitor.post(&format!("{address}{action}"), form).await;
        assert_is_a_page(&refused, 403, action);
        assert!(refused.text.contains("only an administrator"), "{action}: {}", refused.text);
    }
    assert_eq!(workspace.admin().get("/saml/connections").await.expect(200), before);
    instance.finish().await;
}
