//! People who have signed in by SAML, and those who are about to, when their sessions end.

use std::time::Duration;

use futures::future::join;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    idp::{Idp, Person},
    sign_in::{Browser, IDP, USER_AGENT, active, last_attempt},
};
use crate::{
    deprovisioning::{Way, let_in},
    harness::{Instance, Workspace, assert_includes},
    sessions::listed,
};

const ADA: Person<'_> = Person { name_id: "ada@acme.test", attributes: &[] };

/// A directory user with Ada's name, and the id of the member.
async fn ada(workspace: &Workspace) -> (Value, Value) {
    let user = workspace.user(ADA.name_id).await;
    let member = workspace.member_of(&user).await["id"].clone();
    (user, member)
}

/// Keys of the person's sessions in Redis.
async fn keys(instance: &Instance, member: &Value) -> Vec<String> {
    let key = member.as_str().expect("an id").replace('-', "");
    instance.redis.keys().await.into_iter().filter(|name| name.contains(&key)).collect()
}

#[tokio::test]
async fn a_session_tells_its_connection_and_its_browser_and_ends_there() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let idp = Idp::new(IDP).expect("an identity provider");
    let connection = active(&instance, &workspace, &idp).await;
    let (_, member) = ada(&workspace).await;
    workspace.sign_in(&member).await;
    let (mut here, mut there) = (Browser::new(&instance), Browser::new(&instance));
    for browser in [&mut here, &mut there] {
        assert_eq!(browser.sign_in(&idp, &connection.start, &ADA).await.status, 303);
        assert!(browser.is_in().await);
    }
    let own = async |browser: &mut Browser| -> Vec<Value> {
        let page = browser.page_sends(Method::GET, "/api/v1/session/all").await;
        assert_eq!(page.status, 200, "{}", page.text);
        serde_json::from_str(&page.text).expect("sessions")
    };
    let found = own(&mut here).await;
    assert_eq!(found.len(), 3, "{found:?}");
    let by_saml: Vec<&Value> = found.iter().filter(|session| session["opened_by"] == "saml").collect();
    assert_eq!(by_saml.len(), 2);
    for session in &by_saml {
        let id = connection.path.trim_start_matches("/saml/connections/");
        let expected = json!({ "connection_id": id, "connection_name": "Played", "user_agent": USER_AGENT });
        assert_includes(session, &expected, "opened in a browser");
    }
    assert_eq!(found.iter().filter(|session| session["is_current"] == true).count(), 1);

    // Another one of the same person.
    let other = by_saml.iter().find(|session| session["is_current"] == false).expect("another one");
    let path = format!("/api/v1/session/all/{}", other["public_id"].as_str().expect("an id"));
    assert_eq!(here.page_sends(Method::DELETE, &path).await.status, 204);
    assert!(here.is_in().await);
    assert!(!there.is_in().await);
    // This one.
    let held = here.cookie();
    assert_eq!(here.page_sends(Method::POST, "/api/v1/session/sign-out").await.status, 204);
    assert!(!here.cookie().contains("session="), "{}", here.cookie());
    assert!(!workspace_accepts(&instance, &held).await, "not even with the cookie that was taken");
    // All of them.
    for browser in [&mut here, &mut there] {
        assert_eq!(browser.sign_in(&idp, &connection.start, &ADA).await.status, 303);
    }
    assert_eq!(here.page_sends(Method::DELETE, "/api/v1/session/all").await.text, r#"{"sessions":3}"#);
    assert!(!here.is_in().await && !there.is_in().await);
    // What its connection has ended is not listed, though Redis has it.
    assert_eq!(here.sign_in(&idp, &connection.start, &ADA).await.status, 303);
    assert_eq!(listed(&workspace, &member).await.len(), 1);
    let end = json!({ "sessions": "end", "managed_people": "keep" });
    workspace.admin().post(&format!("{}/disable", connection.path), end).await.expect(200);
    assert!(!keys(&instance, &member).await.is_empty());
    assert!(!here.is_in().await);
    assert_eq!(listed(&workspace, &member).await, Vec::<Value>::new());
    instance.finish().await;
}

async fn workspace_accepts(instance: &Instance, cookie: &str) -> bool {
    let anonymous = instance.anonymous();
    anonymous.send(anonymous.request(Method::GET, "/api/v1/session").header("cookie", cookie)).await.status == 200
}

#[tokio::test]
async fn who_is_deactivated_between_the_answer_and_the_session_gets_none() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let idp = Idp::new(IDP).expect("an identity provider");
    let connection = active(&instance, &workspace, &idp).await;
    let (user, member) = ada(&workspace).await;
    let mut browser = Browser::new(&instance);
    let answered = browser.answered(&idp, &connection.start, &ADA).await;
    assert_eq!(answered.status, 303, "{}", answered.text);
    Way::PatchWithPath.put_out(&workspace, &user).await;
    let page = browser.get(&answered.location).await;
    assert_eq!(page.status, 403, "{}", page.text);
    let told = last_attempt(&workspace).await;
    assert_eq!((&told["code"], &told["member_id"]), (&json!("deactivated"), &member));
    assert!(!browser.cookie().contains("session="), "{}", browser.cookie());
    assert!(!browser.is_in().await);
    assert_eq!(keys(&instance, &member).await, [""; 0]);
    // Nor is there one once the person is in again.
    let_in(&workspace, &user).await;
    workspace.member_becomes(&member, "let in again", |member| member["member"]["status"] != "deactivated").await;
    assert!(!browser.is_in().await);
    assert_eq!(browser.get(&answered.location).await.status, 403, "the answer was taken");
    assert!(listed(&workspace, &member).await.is_empty());
    instance.finish().await;
}

#[tokio::test]
async fn a_sign_in_that_races_with_a_deactivation_leaves_no_session() {
    const ROUNDS: u64 = 24;
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let idp = Idp::new(IDP).expect("an identity provider");
    let connection = active(&instance, &workspace, &idp).await;
    let (user, member) = ada(&workspace).await;
    let (mut opened, mut refused) = (0, 0);
    for round in 0..ROUNDS {
        let mut browsers = [Browser::new(&instance), Browser::new(&instance), Browser::new(&instance)];
        let mut codes = Vec::new();
        for browser in &mut browsers {
            let answered = browser.answered(&idp, &connection.start, &ADA).await;
            assert_eq!(answered.status, 303, "round {round}: {}", answered.text);
            codes.push(answered.location);
        }
        // One is in before, two are on their way at the same moment.
        let [first, second, third] = &mut browsers;
        assert_eq!(first.get(&codes[0]).await.status, 303, "round {round}");
        assert!(first.is_in().await, "round {round}");
        let way = Way::ALL[usize::try_from(round).expect("a small number") % 5]; // a DELETE would end the rounds
        let pause = async |steps: u64| tokio::time::sleep(Duration::from_millis(steps * 6)).await;
        let deactivate = async {
            pause(round % 8).await;
            way.put_out(&workspace, &user).await;
        };
        let finish = async {
            pause(7 - round % 8).await;
            join(second.get(&codes[1]), third.get(&codes[2])).await
        };
        let ((), pages) = join(deactivate, finish).await;
        for page in [&pages.0, &pages.1] {
            match page.status {
                303 => opened += 1,
                403 => refused += 1,
                other => panic!("round {round}: {other}: {}", page.text),
            }
        }
        for browser in &browsers {
            assert!(!browser.is_in().await, "round {round}");
        }
        assert!(listed(&workspace, &member).await.is_empty(), "round {round}");
        let_in(&workspace, &user).await;
        workspace.member_becomes(&member, "let in again", |member| member["member"]["status"] != "deactivated").await;
        for browser in &browsers {
            assert!(!browser.is_in().await, "round {round}, after the return");
        }
        assert!(listed(&workspace, &member).await.is_empty(), "round {round}, after the return");
    }
    assert_eq!(opened + refused, 2 * ROUNDS);
    assert!(refused > 0, "no sign-in met a deactivation");
    instance.finish().await;
}

#[tokio::test]
async fn who_is_signed_out_everywhere_between_the_answer_and_the_session_gets_none() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let idp = Idp::new(IDP).expect("an identity provider");
    let connection = active(&instance, &workspace, &idp).await;
    let (_, member) = ada(&workspace).await;
    let all = format!("/members/{}/sessions", member.as_str().expect("an id"));
    // Once as somebody who has not signed in before, once as somebody who has.
    for sessions in [0, 1] {
        let mut browser = Browser::new(&instance);
        let answered = browser.answered(&idp, &connection.start, &ADA).await;
        assert_eq!(answered.status, 303, "{}", answered.text);
        let ended = workspace.admin().delete(&all).await.expect(200);
        assert_eq!(ended, json!({ "sessions": sessions }));
        let page = browser.get(&answered.location).await;
        assert_eq!(page.status, 403, "{}", page.text);
        let told = last_attempt(&workspace).await;
        assert_eq!((&told["code"], &told["member_id"]), (&json!("signed_out"), &member));
        assert!(told["fix"].as_str().is_some_and(|fix| !fix.is_empty()));
        assert!(!browser.is_in().await);
        assert!(listed(&workspace, &member).await.is_empty());
        // What begins afterwards is good.
        assert_eq!(browser.sign_in(&idp, &connection.start, &ADA).await.status, 303);
        assert!(browser.is_in().await);
    }
    instance.finish().await;
}
