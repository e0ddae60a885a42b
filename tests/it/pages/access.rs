//! Who may see which page: every route of every module of pages, as the sources have it.

use std::{fs, path::Path};

use reqwest::Method;

use super::{Browser, assert_is_a_page};
use crate::harness::{Instance, Workspace};

/// A route, and whether it is read and posted to.
pub(super) struct Route {
    pub path: String,
    pub reads: bool,
    pub posts: bool,
}

/// Routes that stand in a file below `src/http/pages`, below a prefix.
pub(super) fn routes(file: &str, prefix: &str) -> Vec<Route> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/pages").join(file);
    let source = fs::read_to_string(&path).expect("a source file");
    let mut found = Vec::new();
    for line in source.lines() {
        for (at, _) in line.match_indices(".at(\"") {
            let rest = &line[at + 5..];
            let (path, handlers) = rest.split_once('"').expect("an end");
            let handlers = handlers.split(".at(").next().unwrap_or_default();
            let path = format!("{prefix}{}", path.trim_end_matches('/'));
            found.push(Route { path, reads: handlers.contains("get("), posts: handlers.contains("post(") });
        }
    }
    assert!(!found.is_empty(), "{file} has no routes");
    found
}

/// Every route that is for administrators.
pub(super) fn for_administrators() -> Vec<Route> {
    let mut all = routes("settings/mod.rs", "/settings");
    all.extend(routes("settings/saml/mod.rs", "/settings/saml"));
    all.extend(routes("settings/scim/mod.rs", "/settings/scim"));
    all.extend(routes("people/mod.rs", ""));
    all.extend(routes("activity/mod.rs", ""));
    assert!(all.len() > 50, "{}", all.len());
    all
}

pub(super) fn filled(path: &str, id: &str) -> String {
    path.split('/').map(|segment| if segment.starts_with(':') { id } else { segment }).collect::<Vec<_>>().join("/")
}

const UNKNOWN: &str = "019f0000-0000-7000-8000-000000000000";

async fn viewer(instance: &Instance, workspace: &Workspace) -> Browser {
    let user = workspace.user("viewer@acme.test").await;
    let member = workspace.member_of(&user).await;
    Browser::with_session(instance, &workspace.sign_in(&member["id"]).await)
}

#[tokio::test]
async fn nobody_but_administrators_sees_the_pages_for_them() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let (mut nobody, mut viewer) = (Browser::new(&instance), viewer(&instance, &workspace).await);
    for route in for_administrators() {
        let path = filled(&route.path, UNKNOWN);
        for method in [Method::GET, Method::POST] {
            if (method == Method::GET && !route.reads) || (method == Method::POST && !route.posts) {
                continue;
            }
            let what = format!("{method} {path}");
            let headers = [("sec-fetch-site", "same-origin")];
            let sent_on = nobody.send(method.clone(), &path, &headers, &[]).await;
            assert_eq!(sent_on.status, 303, "{what}: {}", sent_on.text);
            assert!(sent_on.header("location").starts_with("/sign-in?return_to=%2F"), "{what}: {}", sent_on.header("location"));
            let refused = viewer.send(method, &path, &headers, &[]).await;
            assert_is_a_page(&refused, 403, &what);
            assert!(refused.text.contains("Only administrators"), "{what}: {}", refused.text);
        }
    }
    // What is theirs they see.
    assert_is_a_page(&viewer.get("/account").await, 200, "/account");
    assert_eq!(viewer.get("/").await.header("location"), "/account");
    instance.finish().await;
}

#[tokio::test]
async fn every_page_shows_itself_to_an_administrator() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("jane@acme.test").await;
    let group = workspace.group("Engineering", &[&user]).await;
    let member = workspace.member_of(&user).await;
    let connection = workspace.admin().post("/saml/connections", serde_json::json!({ "name": "Next" })).await.expect(201);
    let entry = workspace.scim().get("/Users/nobody").await.header("x-request-id").to_owned();
    let webhook = workspace.admin().post("/webhooks", serde_json::json!({ "url": "http://127.0.0.1:1/" })).await.expect(201);
    let mut browser = Browser::of_admin(&instance, &workspace).await;
    let mut seen = 0;
    for route in for_administrators().into_iter().filter(|route| route.reads) {
        let id = match route.path.as_str() {
            path if path.contains(":member") => member["id"].as_str(),
            path if path.contains(":group") => group["id"].as_str(),
            path if path.contains(":connection") => connection["id"].as_str(),
            path if path.contains(":request") => Some(entry.as_str()),
            path if path.contains(":webhook") => webhook["webhook"]["id"].as_str(),
            path => {
                assert!(!path.contains(':'), "{path} names something that this test does not know");
                Some("")
            }
        };
        let path = filled(&route.path, id.expect("an id"));
        if path.ends_with("/export") {
            continue;
        }
        assert_is_a_page(&browser.get(&path).await, 200, &path);
        seen += 1;
    }
    assert!(seen >= 20, "{seen}");
    let export = browser.get("/activity/audit/export").await;
    assert_eq!(export.status, 200);
    let first: serde_json::Value = serde_json::from_str(export.text.lines().next().expect("a line")).expect("JSON");
    assert!(first["action"].is_string(), "{first}");
    let export = browser.get("/activity/export?operation=createUser").await;
    assert_eq!(export.status, 200);
    let lines: Vec<serde_json::Value> = export.text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(
        (lines.len(), &lines[0]["operation"], &lines[0]["status"]),
        (1, &serde_json::json!("createUser"), &serde_json::json!(201))
    );
    instance.finish().await;
}

#[tokio::test]
async fn what_is_another_workspaces_is_not_there() {
    let instance = Instance::with_saml().await;
    let (ours, theirs) = (instance.workspace().open().await, instance.workspace().open().await);
    let user = theirs.user("stranger@other.test").await;
    let group = theirs.group("Strangers", &[&user]).await;
    let member = theirs.member_of(&user).await;
    let connection = theirs.admin().post("/saml/connections", serde_json::json!({ "name": "Theirs" })).await.expect(201);
    let entry = theirs.scim().get("/Users").await.header("x-request-id").to_owned();
    let webhook = theirs.admin().post("/webhooks", serde_json::json!({ "url": "http://127.0.0.1:1/" })).await.expect(201);
    let tokens = theirs.admin().get("/tokens").await.expect(200);
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let theirs_of = |path: &str| match path {
        path if path.contains(":member") => text(&member["id"]),
        path if path.contains(":group") => text(&group["id"]),
        path if path.contains(":connection") => text(&connection["id"]),
        path if path.contains(":request") => entry.clone(),
        path if path.contains(":webhook") => text(&webhook["webhook"]["id"]),
        path if path.contains(":token") || path.contains(":link") => text(&tokens[0]["id"]),
        _ => UNKNOWN.to_owned(),
    };
    let before = theirs.admin().get("/saml/connections").await.expect(200);
    let mut browser = Browser::of_admin(&instance, &ours).await;
    for route in for_administrators().into_iter().filter(|route| route.path.contains(':')) {
        for method in [Method::GET, Method::POST] {
            if (method == Method::GET && !route.reads) || (method == Method::POST && !route.posts) {
                continue;
            }
            let (foreign, unknown) = (filled(&route.path, &theirs_of(&route.path)), filled(&route.path, UNKNOWN));
            let form = [
                ("role", "admin"),
                ("hours", "1"),
                ("name", "x"),
                ("sessions", "end"),
                ("managed_people", ""),
                ("url", "http://127.0.0.1:2/"),
                ("from", "1"),
            ];
            let headers = [("sec-fetch-site", "same-origin")];
            let foreign = browser.send(method.clone(), &foreign, &headers, &form).await;
            let unknown = browser.send(method.clone(), &unknown, &headers, &form).await;
            let what = format!("{method} {}", route.path);
            assert_eq!((foreign.status, &foreign.text), (unknown.status, &unknown.text), "{what}");
            assert!(foreign.status >= 400, "{what} was answered with {}", foreign.status);
            assert!(!foreign.text.contains("stranger"), "{what}");
        }
    }
    assert_eq!(theirs.admin().get("/saml/connections").await.expect(200), before);
    let now = theirs.members().await;
    assert_eq!(now.iter().find(|row| row["id"] == member["id"]).map(|row| &row["status"]), Some(&member["status"]));
    // Nor does a search find it.
    for path in ["/members?address=stranger", "/groups?name=strangers", "/activity?person=stranger%40other.test"] {
        let page = browser.get(path).await;
        assert_is_a_page(&page, 200, path);
        assert!(!page.text.contains(&text(&member["id"])) && !page.text.contains(&text(&group["id"])), "{path}");
    }
    instance.finish().await;
}

#[tokio::test]
async fn other_sites_change_nothing_by_a_form() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let mut browser = Browser::of_admin(&instance, &workspace).await;
    let tokens = workspace.admin().get("/tokens").await.expect(200);
    let others = [
        "/account/sign-out",
        "/account/sign-out-everywhere",
        "/enter/go",
        "/set-up",
        "/set-up/leave",
        "/ops/sign-in",
        "/ops/sign-out",
    ];
    let paths = for_administrators().into_iter().filter(|route| route.posts).map(|route| route.path);
    for path in paths.chain(others.map(str::to_owned)) {
        let id = tokens[0]["id"].as_str().expect("an id");
        for headers in [[("sec-fetch-site", "cross-site")], [("sec-fetch-site", "same-site")], [("origin", "https://evil.test")]]
        {
            let refused = browser.send(Method::POST, &filled(&path, id), &headers, &[("token", "x"), ("code", "x")]).await;
            assert_is_a_page(&refused, 403, &path);
        }
    }
    assert_eq!(workspace.admin().get("/tokens").await.expect(200).as_array().map(Vec::len), tokens.as_array().map(Vec::len));
    assert_is_a_page(&browser.get("/account").await, 200, "/account");
    instance.finish().await;
}

#[tokio::test]
async fn what_there_is_not_is_a_page_for_browsers_and_a_problem_for_programs() {
    let instance = Instance::start().await;
    let mut browser = Browser::new(&instance);
    assert_is_a_page(&browser.get("/nothing/here").await, 404, "/nothing/here");
    let program = instance.anonymous().send(instance.anonymous().request(Method::GET, "/nothing/here")).await;
    assert!(program.header("content-type").starts_with("application/problem+json"), "{}", program.text);
    instance.finish().await;
}
