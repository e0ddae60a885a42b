//! Names that others have chosen to do harm, on every page on which they stand.

use serde_json::json;

use super::{Browser, assert_is_a_page};
use crate::harness::Instance;

#[tokio::test]
async fn hostile_names_are_text_and_nothing_else() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let long = "x".repeat(998); // a group of it has 1,000 characters
    let names = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "\u{202e}evil\u{2066}", "'\"&<>", long.as_str()];
    let mut browser = Browser::of_admin(&instance, &workspace).await;
    for (place, name) in names.into_iter().enumerate() {
        let body = json!({ "userName": format!("person{place}@acme.test"), "displayName": name, "active": true });
        let user = workspace.scim().post("/Users", body).await.expect(201);
        let group = workspace.group(&format!("{name} {place}"), &[&user]).await;
        let member = workspace.member_of(&user).await;
        let connection =
            workspace.admin().post("/saml/connections", json!({ "name": name.chars().take(100).collect::<String>() })).await;
        let token = workspace
            .admin()
            .post("/tokens", json!({ "name": name.chars().take(100).collect::<String>(), "scopes": ["scim"] }))
            .await;
        assert!(matches!(token.status, 201 | 400), "{}", token.text);
        workspace.scim().get(&format!("/Users/{}", place)).await;
        let mut paths = vec![
            "/members".to_owned(),
            format!("/members/{}", member["id"].as_str().expect("an id")),
            "/groups".to_owned(),
            format!("/groups/{}", group["id"].as_str().expect("an id")),
            "/activity".to_owned(),
            "/activity/audit".to_owned(),
            "/settings/saml".to_owned(),
            "/settings/api".to_owned(),
            "/settings/scim/mappings".to_owned(),
            "/settings/scim/preview".to_owned(),
        ];
        if connection.status == 201 {
            paths.push(format!("/settings/saml/{}", connection.json()["id"].as_str().expect("an id")));
        }
        for path in paths {
            let page = browser.get(&path).await;
            assert_is_a_page(&page, 200, &path);
            for harm in ["<script>alert", "<img"] {
                assert!(!page.text.contains(harm), "{path} has {harm:?}");
            }
            // What is filled in keeps to its field, and is to be sent again as it is.
            let beside = page.text.split(" value=\"").map(|part| part.split_once('"').map_or(part, |(_, beside)| beside)).skip(1);
            let text: String = page.text.split(" value=\"").next().into_iter().chain(beside).collect();
            for mark in ["\u{202e}", "\u{2066}"] {
                assert!(!text.contains(mark), "{path} has {mark:?}");
            }
        }
    }
    // What is asked for is text too, where it stands in the page again.
    for query in ["%3Cscript%3Ealert(1)%3C%2Fscript%3E", "%22%3E%3Cimg%20src%3Dx%3E", "%00", "%E2%80%AE"] {
        for path in [
            "/members?address=",
            "/groups?name=",
            "/activity?person=",
            "/activity?status=",
            "/activity/audit?subject=",
            "/sign-in?return_to=",
        ] {
            let page = browser.get(&format!("{path}{query}")).await;
            assert!(matches!(page.status, 200 | 400), "{path}{query}: {}", page.text);
            for harm in ["<script>alert", "<img"] {
                assert!(!page.text.contains(harm), "{path}{query} has {harm:?}");
            }
        }
    }
    instance.finish().await;
}
