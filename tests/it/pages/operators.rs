//! Operators' pages.

use super::{Browser, assert_is_a_page, text_of};
use crate::harness::{Instance, OPERATOR_TOKEN};

#[tokio::test]
async fn operators_come_in_by_their_token_set_the_gate_and_make_links() {
    let instance = Instance::with_saml().await;
    let mut stranger = Browser::new(&instance);
    for path in ["/ops", "/ops/workspaces", "/ops/jobs", "/ops/workspaces/acme"] {
        assert_eq!(stranger.get(path).await.header("location"), "/ops/sign-in", "{path}");
    }
    let wrong = stranger.post("/ops/sign-in", &[("token", "wrong")]).await;
    assert_is_a_page(&wrong, 401, "wrong token");
    assert!(stranger.cookies.is_empty());
    // Neither is a session of an administrator one of an operator.
    let workspace = instance.workspace().create().await;
    let mut admin = Browser::of_admin(&instance, &workspace).await;
    assert_eq!(admin.get("/ops/workspaces").await.header("location"), "/ops/sign-in");

    let mut operator = stranger;
    let entered = operator.post("/ops/sign-in", &[("token", OPERATOR_TOKEN)]).await;
    assert_eq!((entered.status, entered.header("location")), (303, "/ops/workspaces"));
    let cookie = entered.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("Secure") && !cookie.contains(OPERATOR_TOKEN), "{cookie}");
    let list = operator.get("/ops/workspaces").await;
    assert_is_a_page(&list, 200, "list");
    assert!(list.text.contains(&workspace.slug), "{}", list.text);
    assert_is_a_page(&operator.get("/ops/jobs?state=dead").await, 200, "jobs");
    let address = format!("/ops/workspaces/{}", workspace.slug);
    assert_is_a_page(&operator.get(&address).await, 200, "one");
    let change = [
        ("name", "Acme"),
        ("plan", "enterprise"),
        ("seats", "7"),
        ("default_role", "editor"),
        ("scim", "on"),
        ("managed_people", ""),
    ];
    assert_eq!(operator.post(&address, &change).await.status, 303);
    let now = instance.ops().get(&format!("/workspaces/{}", workspace.slug)).await.expect(200);
    assert_eq!(
        (now["name"].as_str(), now["plan"].as_str(), now["seats"].as_i64(), now["scim_enabled"].as_bool()),
        (Some("Acme"), Some("enterprise"), Some(7), Some(true))
    );
    assert_eq!(now["default_role"], "editor");
    for (name, role) in [(" ", "viewer"), ("Acme", "emperor")] {
        let form = [
            ("name", name),
            ("plan", "enterprise"),
            ("seats", ""),
            ("default_role", role),
            ("scim", "on"),
            ("managed_people", ""),
        ];
        let refused = operator.post(&address, &form).await;
        assert_is_a_page(&refused, 400, role);
        assert!(refused.text.contains(&format!("value=\"{role}\"")), "what was typed stays: {}", refused.text);
    }
    assert_eq!(instance.ops().get(&format!("/workspaces/{}", workspace.slug)).await.expect(200), now);
    let made = operator.post(&format!("{address}/set-up-link"), &[("name", "Ines")]).await;
    assert_is_a_page(&made, 201, "link");
    let link = text_of(&made, "link");
    let mut visitor = Browser::new(&instance);
    assert_eq!(visitor.post("/set-up", &[("code", &link)]).await.header("location"), "/set-up/steps");
    assert_is_a_page(&visitor.get("/set-up/saml").await, 200, "the link's");
    // It is shown among the links, and revoked there.
    let shown = operator.get(&address).await;
    let begin = shown.text.find(&format!("{address}/set-up-links/")).expect("a link that can be revoked");
    let revoke = shown.text[begin..].split('"').next().expect("an address").to_owned();
    assert_eq!(operator.post(&revoke, &[]).await.header("location"), format!("{address}?done=revoked"));
    assert_is_a_page(&visitor.get("/set-up/saml").await, 401, "a revoked link");
    let new = [("slug", "globex"), ("name", "Globex"), ("plan", "team"), ("admin", "")];
    assert_eq!(operator.post("/ops/workspaces", &new).await.header("location"), "/ops/workspaces/globex");
    assert_is_a_page(&operator.post("/ops/workspaces", &new).await, 409, "taken");
    operator.post("/ops/sign-out", &[]).await;
    assert_eq!(operator.get("/ops/workspaces").await.header("location"), "/ops/sign-in");
    instance.finish().await;
}

#[tokio::test]
async fn what_an_operators_browser_keeps_ends_with_the_token() {
    let mut instance = Instance::with_saml().await;
    let mut operator = Browser::new(&instance);
    operator.post("/ops/sign-in", &[("token", OPERATOR_TOKEN)]).await;
    assert_is_a_page(&operator.get("/ops/workspaces").await, 200, "before");
    instance.restart_server_with(&[("ROLLCALL_OPERATOR_TOKEN", "another-token-of-thirty-two-characters")]).await;
    let mut same = Browser::new(&instance);
    same.cookies = operator.cookies.clone();
    assert_eq!(same.get("/ops/workspaces").await.header("location"), "/ops/sign-in");
    instance.finish().await;
}
