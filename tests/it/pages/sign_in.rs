//! Finding one's workspace, and the way out.

use super::{Browser, assert_is_a_page};
use crate::harness::Instance;

#[tokio::test]
async fn a_short_name_or_an_address_of_a_verified_domain_leads_to_the_identity_provider() {
    let instance = Instance::with_saml().await;
    let (one, other) = (instance.workspace().open().await, instance.workspace().open().await);
    let start = async |workspace: &crate::harness::Workspace| {
        let connections = workspace.admin().get("/saml/connections").await.expect(200);
        format!("/sso/saml/{}/start", connections[0]["id"].as_str().expect("an id"))
    };
    let mut browser = Browser::new(&instance);
    let page = browser.get("/sign-in?return_to=%2Fmembers").await;
    assert_is_a_page(&page, 200, "sign-in");
    assert!(page.text.contains("value=\"/members\""), "{}", page.text);
    let found = browser.post("/sign-in", &[("workspace", &one.slug.to_uppercase()), ("return_to", "/members")]).await;
    assert_eq!((found.status, found.header("location")), (303, format!("{}?return_to=%2Fmembers", start(&one).await).as_str()));
    for unknown in ["", "nobody", "jane@acme.test", "jane@", "%", "a\0b"] {
        let refused = browser.post("/sign-in", &[("workspace", unknown)]).await;
        assert_is_a_page(&refused, 400, unknown);
    }
    // Nobody is known yet, and little is read of them.
    assert_is_a_page(&browser.post("/sign-in", &[("workspace", &"x".repeat(70_000))]).await, 413, "a long form");
    let verified = |workspace: &crate::harness::Workspace| {
        format!(
            "insert into domains (workspace_id, name, token, created_at, verified_at) select id, 'acme.test', 'x', now(), now() from workspaces where slug = '{}'",
            workspace.slug
        )
    };
    instance.database.execute(&verified(&one)).await;
    let found = browser.post("/sign-in", &[("workspace", " Jane@ACME.test ")]).await;
    assert_eq!((found.status, found.header("location")), (303, start(&one).await.as_str()));
    // Where several have the domain, people choose.
    instance.database.execute(&verified(&other)).await;
    let several = browser.post("/sign-in", &[("workspace", "jane@acme.test")]).await;
    assert_is_a_page(&several, 200, "several");
    assert!(several.text.contains(&start(&one).await) && several.text.contains(&start(&other).await), "{}", several.text);
    instance.finish().await;
}

#[tokio::test]
async fn people_end_their_own_sessions() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("jane@acme.test").await;
    let member = workspace.member_of(&user).await;
    let (here, there, third) =
        (workspace.sign_in(&member["id"]).await, workspace.sign_in(&member["id"]).await, workspace.sign_in(&member["id"]).await);
    let mut browser = Browser::with_session(&instance, &here);
    let listed = crate::sessions::listed(&workspace, &member["id"]).await;
    assert_eq!(listed.len(), 3);
    let page = browser.get("/account").await;
    assert_is_a_page(&page, 200, "account");
    // The own one is ended by signing out.
    assert_eq!(page.text.matches("/end\"").count(), 2, "{}", page.text);
    let theirs = crate::sessions::public_id(&workspace, &there).await;
    assert_eq!(browser.post(&format!("/account/sessions/{theirs}/end"), &[]).await.status, 303);
    assert_eq!((workspace.check(&there).await, workspace.check(&here).await), (401, 200));
    let out = browser.post("/account/sign-out", &[]).await;
    assert_eq!((out.status, out.header("location")), (303, "/sign-in"));
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
    assert_eq!((workspace.check(&here).await, workspace.check(&third).await), (401, 200));
    let mut last = Browser::with_session(&instance, &third);
    last.post("/account/sign-out-everywhere", &[]).await;
    assert_eq!(workspace.check(&third).await, 401);
    instance.finish().await;
}
