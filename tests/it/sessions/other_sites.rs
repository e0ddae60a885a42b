//! What other sites let a browser send, with the cookies of ours.

use reqwest::Method;
use serde_json::Value;

use super::public_id;
use crate::{
    deprovisioning::Person,
    harness::{Answer, Api, Instance, PUBLIC_URL, Workspace},
};

/// As a browser that has this session, with these headers.
async fn send(browser: &Api, session: &str, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = browser.request(method, path).header("cookie", format!("__Host-rollcall_session={session}"));
    browser.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

/// Nothing that changes something is done for another site, and what is refused has ended nothing.
async fn nothing_is_done(workspace: &Workspace, person: &Person, headers: &[(&str, &str)]) {
    let (browser, session) = (workspace.backend().anonymous(), &person.sessions[0]);
    let other = format!("/session/all/{}", public_id(workspace, &person.sessions[1]).await);
    for (method, path) in [
        (Method::POST, "/session/sign-out"),
        (Method::DELETE, "/session"),
        (Method::DELETE, "/session/all"),
        (Method::DELETE, other.as_str()),
    ] {
        let answer = send(&browser, session, method.clone(), path, headers).await;
        assert_eq!(answer.header("set-cookie"), "", "{method} {path} {headers:?}");
        let problem = answer.expect(403);
        let detail = problem["detail"].as_str().expect("a detail");
        assert!(detail.contains("Sec-Fetch-Site") && detail.contains("Bearer"), "{detail}");
    }
    // Reading is not changing, and other sites cannot see the answer.
    assert_eq!(send(&browser, session, Method::GET, "/session", headers).await.status, 200);
    assert_eq!(send(&browser, session, Method::GET, "/session/all", headers).await.status, 200);
    assert_eq!(person.checks(workspace).await, [200]);
}

#[tokio::test]
async fn a_cookie_ends_sessions_for_pages_of_the_public_address_only() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "forged", 6).await;
    let url = instance.url();
    for headers in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site"), ("origin", PUBLIC_URL)],
        &[("sec-fetch-site", "none")],
        &[("origin", "https://evil.test")],
        &[("origin", "null")],
        // Behind a proxy our own host is not who browsers think that we are.
        &[("origin", url.as_str())],
        &[("origin", "https://evil.test"), ("host", "evil.test")],
    ] {
        nothing_is_done(&workspace, &person, headers).await;
    }
    let browser = workspace.backend().anonymous();
    let ours: [&[(&str, &str)]; 2] = [&[("sec-fetch-site", "same-origin")], &[("origin", PUBLIC_URL)]];
    for (place, headers) in ours.into_iter().enumerate() {
        let other = format!("/session/all/{}", public_id(&workspace, &person.sessions[place]).await);
        send(&browser, &person.sessions[5], Method::DELETE, &other, headers).await.expect(204);
        assert_eq!(workspace.check(&person.sessions[place]).await, 401);
        send(&browser, &person.sessions[place + 2], Method::POST, "/session/sign-out", headers).await.expect(204);
        assert_eq!(workspace.check(&person.sessions[place + 2]).await, 401);
    }
    // Nobody sends a bearer token unasked.
    let bearer = workspace.backend().token(&person.sessions[4]);
    let forged =
        bearer.request(Method::DELETE, "/session").header("sec-fetch-site", "cross-site").header("origin", "https://evil.test");
    bearer.send(forged).await.expect(204);
    let all = send(&browser, &person.sessions[5], Method::DELETE, "/session/all", &[("sec-fetch-site", "same-origin")]).await;
    assert!(all.header("set-cookie").starts_with("__Host-rollcall_session=; "), "{}", all.header("set-cookie"));
    assert_eq!(all.expect(200)["sessions"], Value::from(1));
    instance.finish().await;
}

#[tokio::test]
async fn in_development_the_host_that_is_called_counts() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let person = Person::sign_in(&workspace, "local", 2).await;
    for headers in [&[("origin", "http://localhost:1")][..], &[("origin", PUBLIC_URL)], &[]] {
        nothing_is_done(&workspace, &person, headers).await;
    }
    let url = instance.url();
    let browser = workspace.backend().anonymous();
    send(&browser, &person.sessions[0], Method::DELETE, "/session", &[("origin", url.as_str())]).await.expect(204);
    assert_eq!(workspace.check(&person.sessions[0]).await, 401);
    assert_eq!(workspace.check(&person.sessions[1]).await, 200);
    instance.finish().await;
}
