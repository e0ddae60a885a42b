//! Settings, API.

use super::{Browser, assert_is_a_page, text_of};
use crate::harness::{Instance, Workspace};

async fn is_accepted(workspace: &Workspace, secret: &str) -> bool {
    workspace.scim().token(secret).get("/ServiceProviderConfig").await.status == 200
}

fn id_of(tokens: &serde_json::Value, name: &str) -> String {
    let found = tokens.as_array().expect("tokens").iter().find(|token| token["name"] == name).expect(name);
    found["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_token_is_shown_once_rotated_with_overlap_and_revoked_with_a_warning() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let mut browser = Browser::of_admin(&instance, &workspace).await;
    let made = browser.post("/settings/api", &[("name", "Okta"), ("days", "30"), ("scim", "on")]).await;
    assert_is_a_page(&made, 201, "made");
    let secret = text_of(&made, "secret");
    assert!(is_accepted(&workspace, &secret).await);
    let shown = browser.get("/settings/api").await;
    assert_is_a_page(&shown, 200, "list");
    assert!(!shown.text.contains(&secret) && shown.text.contains("Okta") && shown.text.contains(&secret[..8]), "{}", shown.text);
    // Who uses it is told before it is taken from them.
    assert!(shown.text.contains("People who leave meanwhile stay in."), "{}", shown.text);
    let id = id_of(&workspace.admin().get("/tokens").await.expect(200), "Okta");
    let rotated = browser.post(&format!("/settings/api/{id}/rotate"), &[("hours", "1")]).await;
    assert_is_a_page(&rotated, 201, "rotated");
    let next = text_of(&rotated, "secret");
    assert_ne!(next, secret);
    assert!(is_accepted(&workspace, &secret).await && is_accepted(&workspace, &next).await);
    let tokens = workspace.admin().get("/tokens").await.expect(200);
    let named: Vec<_> = tokens.as_array().expect("tokens").iter().filter(|token| token["name"] == "Okta").collect();
    assert_eq!(named.len(), 2);
    let new_id = named.iter().find(|token| token["id"] != id.as_str()).expect("the new one")["id"].as_str().expect("an id");
    // Without a moment of overlap the old one ends at once.
    let again = browser.post(&format!("/settings/api/{new_id}/rotate"), &[("hours", "0")]).await;
    assert_is_a_page(&again, 201, "again");
    assert!(!is_accepted(&workspace, &next).await && is_accepted(&workspace, &text_of(&again, "secret")).await);
    let revoked = browser.post(&format!("/settings/api/{id}/revoke"), &[]).await;
    assert_eq!((revoked.status, revoked.header("location")), (303, "/settings/api?done=revoked"));
    assert!(!is_accepted(&workspace, &secret).await);
    instance.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_wish_is_said_on_its_page_and_nothing_is_made() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let mut browser = Browser::of_admin(&instance, &workspace).await;
    let count = async || workspace.admin().get("/tokens").await.expect(200).as_array().map(Vec::len);
    let before = count().await;
    for (form, said) in [
        (vec![("name", "Mine"), ("days", "30")], "at least one of"),
        (vec![("name", " "), ("days", "30"), ("scim", "on")], "needs a name"),
        (vec![("name", "Both"), ("days", "30"), ("scim", "on"), ("admin", "on")], "no other scope"),
        (vec![("name", "Long"), ("days", "99999"), ("admin", "on")], "how long"),
    ] {
        let page = browser.post("/settings/api", &form).await;
        assert_is_a_page(&page, 400, said);
        assert!(page.text.contains("role=\"alert\"") && page.text.contains(said), "{said}: {}", page.text);
        // What was filled in is not lost.
        assert!(page.text.contains(&format!("value=\"{}\"", form[0].1)), "{said}");
    }
    assert_eq!(count().await, before);
    // A token of a person is that person's: it dies with them.
    let made = browser.post("/settings/api", &[("name", "Mine"), ("days", "30"), ("admin", "on")]).await;
    assert_is_a_page(&made, 201, "made");
    let tokens = workspace.admin().get("/tokens").await.expect(200);
    let mine = tokens.as_array().expect("tokens").iter().find(|token| token["name"] == "Mine").expect("it");
    assert!(mine["member_id"].is_string(), "{mine}");
    instance.finish().await;
}
