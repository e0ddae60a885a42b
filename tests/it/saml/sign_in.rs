//! The flow, as browsers go through it: to the identity provider and back, with their cookies.

use reqwest::{Method, redirect::Policy};
use serde_json::{Value, json};

use super::idp::{self, Idp, Person};
use crate::{
    deprovisioning::path_of,
    harness::{Instance, PUBLIC_URL, Workspace, eventually},
};

pub const IDP: &str = "https://idp.example.test/metadata";

/// What browsers here say that they are.
pub const USER_AGENT: &str = "Played/1.0 (a browser of the tests)";

/// A browser: keeps cookies, follows nothing by itself.
pub struct Browser {
    client: reqwest::Client,
    root: String,
    cookies: Vec<(String, String)>,
}

/// What a browser was answered.
pub struct Page {
    pub status: u16,
    pub location: String,
    pub text: String,
}

impl Browser {
    pub fn new(instance: &Instance) -> Self {
        let client = reqwest::Client::builder().user_agent(USER_AGENT).redirect(Policy::none()).build().expect("a client");
        Self { client, root: instance.url(), cookies: Vec::new() }
    }

    /// Goes to an address of ours, which is public in configuration and local in tests.
    async fn go(&mut self, method: Method, address: &str, form: Option<String>) -> Page {
        let path = address.trim_start_matches(PUBLIC_URL);
        // What other sites post, browsers send without these cookies.
        let cookies = if form.is_some() { String::new() } else { self.cookie() };
        let mut request = self.client.request(method, format!("{}{path}", self.root)).header("cookie", cookies);
        if let Some(form) = form {
            request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        }
        self.receive(request).await
    }

    /// What a page of ours sends by itself.
    pub async fn page_sends(&mut self, method: Method, path: &str) -> Page {
        let request = self.client.request(method, format!("{}{path}", self.root)).header("cookie", self.cookie());
        self.receive(request.header("sec-fetch-site", "same-origin")).await
    }

    async fn receive(&mut self, request: reqwest::RequestBuilder) -> Page {
        let answer = request.send().await.expect("an answer");
        for cookie in answer.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().expect("text");
            for needed in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
                assert!(cookie.contains(needed), "{cookie}");
            }
            let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            assert!(name.starts_with("__Host-"), "{cookie}");
            self.cookies.retain(|(known, _)| known != name);
            if !cookie.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let location = answer.headers().get("location").map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default();
        Page { status: answer.status().as_u16(), location, text: answer.text().await.expect("text") }
    }

    pub fn cookie(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub async fn get(&mut self, address: &str) -> Page {
        self.go(Method::GET, address, None).await
    }

    pub async fn post(&mut self, acs: &str, response: &str, relay_state: &str) -> Page {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("SAMLResponse", response)
            .append_pair("RelayState", relay_state)
            .finish();
        self.go(Method::POST, acs, Some(form)).await
    }

    /// The whole way, from an address to where it ends.
    pub async fn sign_in(&mut self, idp: &Idp, start: &str, person: &Person<'_>) -> Page {
        let page = self.answered(idp, start, person).await;
        if page.status != 303 {
            return page;
        }
        self.get(&page.location).await
    }

    /// The way up to where the answer of the identity provider was taken, and nobody is signed in yet.
    pub async fn answered(&mut self, idp: &Idp, start: &str, person: &Person<'_>) -> Page {
        let page = self.get(start).await;
        assert_eq!(page.status, 303, "{}", page.text);
        let request = Idp::read(&page.location).expect("a request");
        self.post(&request.acs, &idp.respond(&request, person, true).expect("a response"), &request.relay_state).await
    }

    /// Whether the session is accepted.
    pub async fn is_in(&self) -> bool {
        let request = self.client.get(format!("{}/api/v1/session", self.root)).header("cookie", self.cookie());
        request.send().await.expect("an answer").status() == 200
    }
}

/// A connection as its administrator sees it.
pub struct Connection {
    pub path: String,
    pub start: String,
}

async fn connect(workspace: &Workspace, idp: &Idp) -> Connection {
    let admin = workspace.admin();
    let made = admin.post("/saml/connections", json!({ "name": "Played" })).await.expect(201);
    let path = format!("/saml/connections/{}", made["id"].as_str().expect("an id"));
    admin.put(&format!("{path}/metadata"), json!({ "xml": idp.metadata() })).await.expect(200);
    Connection { path, start: made["service_provider"]["start_url"].as_str().expect("an address").to_owned() }
}

/// A connection by which people sign in.
pub async fn active(instance: &Instance, workspace: &Workspace, idp: &Idp) -> Connection {
    let connection = connect(workspace, idp).await;
    let link = workspace.admin().post(&format!("{}/test", connection.path), json!({})).await.expect(200);
    let mut browser = Browser::new(instance);
    let person = Person { name_id: "tester", attributes: &[] };
    let page = browser.sign_in(idp, link["url"].as_str().expect("a link"), &person).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(!browser.is_in().await, "a test signs nobody in");
    workspace.admin().post(&format!("{}/activate", connection.path), json!({})).await.expect(200);
    connection
}

pub async fn last_attempt(workspace: &Workspace) -> Value {
    workspace.admin().get("/saml/attempts?limit=1").await.expect(200)[0].clone()
}

#[tokio::test]
async fn a_person_whom_the_directory_knows_signs_in_and_is_out_with_the_answer_to_their_deactivation() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let idp = Idp::new(IDP).expect("an identity provider");
    let connection = active(&instance, &workspace, &idp).await;
    let user = workspace.user("ada@acme.test").await;
    let member = workspace.member_of(&user).await;
    assert_eq!(member["status"], "invited");
    let person = Person { name_id: "ada@acme.test", attributes: &[] };
    let mut browser = Browser::new(&instance);
    let page = browser.sign_in(&idp, &format!("{}?return_to=/reports", connection.start), &person).await;
    assert_eq!((page.status, page.location.as_str()), (303, "/reports"), "{}", page.text);
    assert!(browser.is_in().await);
    eventually("the first sign-in makes invited active", async || workspace.member_of(&user).await["status"] == "active").await;
    let told = last_attempt(&workspace).await;
    assert_eq!((&told["code"], &told["member_id"], &told["name_id"]), (&Value::Null, &member["id"], &json!("ada@acme.test")));
    workspace
        .scim()
        .operations(&path_of(&user), json!([{ "op": "replace", "path": "active", "value": false }]))
        .await
        .expect(200);
    assert!(!browser.is_in().await);
    let page = browser.sign_in(&idp, &connection.start, &person).await;
    assert_eq!(page.status, 403);
    assert!(!browser.is_in().await);
    let told = last_attempt(&workspace).await;
    assert_eq!((&told["code"], &told["member_id"]), (&json!("deactivated"), &member["id"]));
    assert!(page.text.contains(told["id"].as_str().expect("a reference")), "{}", page.text);
    assert!(told["fix"].as_str().is_some_and(|fix| !fix.is_empty()));
    instance.finish().await;
}

#[tokio::test]
async fn nobody_becomes_a_member_by_signing_in_while_scim_is_on() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let idp = Idp::new(IDP).expect("an identity provider");
    let connection = active(&instance, &workspace, &idp).await;
    workspace.admin().patch(&connection.path, json!({ "creates_members": true })).await.expect(200);
    let before = workspace.members().await;
    let page =
        Browser::new(&instance).sign_in(&idp, &connection.start, &Person { name_id: "eve@acme.test", attributes: &[] }).await;
    assert_eq!(page.status, 403);
    assert_eq!(last_attempt(&workspace).await["code"], "not_provisioned");
    assert_eq!(workspace.members().await, before);
    instance.finish().await;
}

#[tokio::test]
async fn with_scim_off_people_of_a_verified_domain_become_members_where_the_connection_may() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().enterprise().create().await;
    let idp = Idp::new(IDP).expect("an identity provider");
    let connection = active(&instance, &workspace, &idp).await;
    let change = json!({ "creates_members": true, "attribute_role": "Role" });
    let person = |name_id, attributes| Person { name_id, attributes };
    let refused = async |person: &Person<'_>| {
        let page = Browser::new(&instance).sign_in(&idp, &connection.start, person).await;
        assert_eq!((page.status, &last_attempt(&workspace).await["code"]), (403, &json!("not_provisioned")), "{person:?}");
    };
    // Neither the connection may, nor is the domain the workspace's.
    refused(&person("ada@acme.test", &[])).await;
    workspace.admin().patch(&connection.path, change).await.expect(200);
    refused(&person("ada@acme.test", &[])).await;
    instance
        .database
        .execute("insert into domains (workspace_id, name, token, created_at, verified_at, checked_at) select id, 'acme.test', 't', now(), now(), now() from workspaces")
        .await;
    refused(&person("eve@other.test", &[])).await;
    let before = workspace.members().await.len();
    for (name, attributes, role, called) in [
        (
            "ada@acme.test",
            &[("Role", "editor"), ("firstName", "Ada"), ("lastName", " Lovelace ")][..],
            "editor",
            json!("Ada Lovelace"),
        ),
        ("max@acme.test", &[("Role", "emperor"), ("firstName", "Max")][..], "viewer", json!("Max")),
        ("eve@acme.test", &[][..], "viewer", Value::Null),
    ] {
        let mut browser = Browser::new(&instance);
        browser.sign_in(&idp, &connection.start, &person(name, attributes)).await;
        assert!(browser.is_in().await, "{name}");
        let found = workspace.members().await;
        let member = found.iter().find(|member| member["email"] == name).expect(name).clone();
        assert_eq!((&member["role"], &member["status"]), (&json!(role), &json!("active")), "{member}");
        assert_eq!(member["display_name"], called, "{member}");
    }
    assert_eq!(workspace.members().await.len(), before + 3);
    // What is said later changes nothing: roles are the workspace's from then on.
    Browser::new(&instance).sign_in(&idp, &connection.start, &person("eve@acme.test", &[("Role", "admin")])).await;
    let found = workspace.members().await;
    let eve = found.iter().find(|member| member["email"] == "eve@acme.test").expect("eve").clone();
    assert_eq!(eve["role"], "viewer");
    instance.finish().await;
}

#[tokio::test]
async fn what_is_stolen_replayed_or_unasked_for_signs_nobody_in() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let idp = Idp::new(IDP).expect("an identity provider");
    let connection = active(&instance, &workspace, &idp).await;
    let user = workspace.user("ada@acme.test").await;
    workspace.member_of(&user).await;
    let person = Person { name_id: "ada@acme.test", attributes: &[] };
    // Posted from the browser that has asked, finished in another one.
    let (mut victim, mut thief) = (Browser::new(&instance), Browser::new(&instance));
    thief.get(&connection.start).await;
    let request = Idp::read(&victim.get(&connection.start).await.location).expect("a request");
    let response = idp.respond(&request, &person, true).expect("a response");
    let page = victim.post(&request.acs, &response, "").await;
    let stolen = thief.get(&page.location).await;
    assert_eq!(stolen.status, 403, "{}", stolen.text);
    assert_eq!(last_attempt(&workspace).await["code"], "other_browser");
    // What was taken is gone for everybody.
    assert_eq!(victim.get(&page.location).await.status, 403);
    // The same response again: its request has had its answer.
    assert_eq!(victim.post(&request.acs, &response, "").await.status, 403);
    assert_eq!(last_attempt(&workspace).await["code"], "in_response_to");
    // Begun by the identity provider: nobody is signed in, it is asked instead.
    let page = victim.post(&request.acs, &idp.respond(&request, &person, false).expect("a response"), "").await;
    assert_eq!(page.status, 303);
    assert!(page.location.ends_with("/start"), "{}", page.location);
    let page = victim.sign_in(&idp, &page.location, &person).await;
    assert_eq!(page.status, 303);
    assert!(victim.is_in().await);
    // An answer of another identity provider.
    let request = Idp::read(&thief.get(&connection.start).await.location).expect("a request");
    let page = thief
        .post(
            &request.acs,
            &Idp::new(IDP).expect("an identity provider").respond(&request, &person, true).expect("a response"),
            "",
        )
        .await;
    assert_eq!(page.status, 403);
    assert_eq!(last_attempt(&workspace).await["code"], "signature_mismatch");
    // Begun at one connection, answered at another one.
    let other = active(&instance, &workspace, &idp).await;
    let request = Idp::read(&thief.get(&other.start).await.location).expect("a request");
    let elsewhere = request
        .acs
        .replace(other.path.trim_start_matches("/saml/connections/"), connection.path.trim_start_matches("/saml/connections/"));
    assert_eq!(
        thief.post(&elsewhere, &idp.respond(&request, &person, true).expect("a response"), "").await.status,
        404,
        "it is disabled"
    );
    assert!(!thief.is_in().await);
    instance.finish().await;
}

#[tokio::test]
async fn a_connection_counts_once_it_was_tried_and_its_end_does_what_was_said() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().open().await;
    let idp = Idp::new(IDP).expect("an identity provider");
    let connection = connect(&workspace, &idp).await;
    let admin = workspace.admin();
    admin.post(&format!("{}/activate", connection.path), json!({})).await.expect(409);
    assert_eq!(Browser::new(&instance).get(&connection.start).await.status, 404, "nobody signs in by a draft");
    assert_eq!(Browser::new(&instance).get(&format!("{}?test=guessed", connection.start)).await.status, 403);
    let connection = active(&instance, &workspace, &idp).await;
    let user = workspace.user("ada@acme.test").await;
    workspace.member_of(&user).await;
    let mut browser = Browser::new(&instance);
    browser.sign_in(&idp, &connection.start, &Person { name_id: "ada@acme.test", attributes: &[] }).await;
    assert!(browser.is_in().await);
    let disable = async |body: Value| admin.post(&format!("{}/disable", connection.path), body).await;
    disable(json!({ "sessions": "keep" })).await.expect(409);
    disable(json!({ "sessions": "keep", "managed_people": "keep" })).await.expect(200);
    assert!(browser.is_in().await, "it was to stay");
    assert_eq!(workspace.scim().get("/Users").await.status, 403, "the gate is closed");
    assert_eq!(browser.get(&connection.start).await.status, 404);
    disable(json!({ "sessions": "end" })).await.expect(200);
    assert!(!browser.is_in().await);
    instance.finish().await;
}

/// Whoever tries a connection reads all that is wrong at once, and not one thing after the other.
#[tokio::test]
async fn a_test_that_fails_says_everything_that_is_wrong_and_what_was_sent() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().enterprise().scim().create().await;
    let (idp, other) = (Idp::new(IDP).expect("an identity provider"), Idp::new(IDP).expect("another key"));
    let connection = connect(&workspace, &idp).await;
    let link = workspace.admin().post(&format!("{}/test", connection.path), json!({})).await.expect(200);
    let mut browser = Browser::new(&instance);
    let page = browser.get(link["url"].as_str().expect("a link")).await;
    let request = Idp::read(&page.location).expect("a request");
    let wrong = idp::Request { issuer: "https://elsewhere.example.test".to_owned(), ..request.clone() };
    let person = Person { name_id: "tester", attributes: &[("mail", "ada@acme.test")] };
    let page = browser.post(&request.acs, &other.respond(&wrong, &person, true).expect("a response"), "").await;
    assert_eq!(page.status, 403, "{}", page.text);
    let attempt = last_attempt(&workspace).await;
    assert!(page.text.contains(attempt["id"].as_str().expect("an id")), "{}", page.text);
    assert_eq!((&attempt["is_test"], &attempt["code"]), (&json!(true), &json!("signature_mismatch")));
    assert_eq!(attempt["attributes"], json!({ "mail": ["ada@acme.test"] }));
    let check =
        |name: &str| attempt["checks"].as_array().expect("checks").iter().find(|check| check["name"] == name).expect(name);
    assert_eq!(check("assertion_signature")["code"], "signature_mismatch");
    let audience = check("conditions");
    assert_eq!((&audience["code"], &audience["found"]), (&json!("audience"), &json!("https://elsewhere.example.test")));
    assert_eq!(audience["expected"], json!(request.issuer));
    assert!(audience["fix"].as_str().is_some_and(|fix| fix.contains("SP entity ID")), "{audience}");
    assert_eq!((&check("issuer")["passed"], &check("destination")["found"]), (&json!(true), &json!(request.acs)));

    let page = browser.sign_in(&idp, link["url"].as_str().expect("a link"), &person).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let attempt = last_attempt(&workspace).await;
    let checks = attempt["checks"].as_array().expect("checks");
    assert!(checks.iter().all(|check| check["passed"] == true), "{attempt}");
    for name in ["assertion_signature", "request", "used_once", "browser"] {
        assert!(checks.iter().any(|check| check["name"] == name), "{name} in {attempt}");
    }
    instance.finish().await;
}

/// Anybody can post what is refused; that fills neither the table nor the list, and keeps nobody out.
#[tokio::test]
async fn a_flood_of_refusals_is_not_written_down_and_people_sign_in_beside_it() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().enterprise().scim().create().await;
    let idp = Idp::new(IDP).expect("an identity provider");
    let connection = active(&instance, &workspace, &idp).await;
    let user = workspace.user("ada@acme.test").await;
    workspace.member_of(&user).await;
    let acs = connection.start.replace("/start", "/acs");
    let mut stranger = Browser::new(&instance);
    let mut answers = std::collections::BTreeMap::new();
    for _ in 0..150 {
        *answers.entry(stranger.post(&acs, "AAAA", "").await.status).or_insert(0) += 1;
    }
    assert_eq!(answers, [(403, 120), (429, 30)].into());
    assert_eq!(instance.database.count("select count(*) from sign_in_attempts where not is_test").await, 120);
    let mut browser = Browser::new(&instance);
    let person = Person { name_id: "ada@acme.test", attributes: &[] };
    browser.sign_in(&idp, &connection.start, &person).await;
    assert!(browser.is_in().await);
    instance.finish().await;
}

/// A test that was answered before the connection was changed says nothing about what is there now.
#[tokio::test]
async fn what_was_changed_while_it_was_tried_is_not_tested() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().enterprise().scim().create().await;
    let idp = Idp::new(IDP).expect("an identity provider");
    let connection = connect(&workspace, &idp).await;
    let link = workspace.admin().post(&format!("{}/test", connection.path), json!({})).await.expect(200);
    let mut browser = Browser::new(&instance);
    let person = Person { name_id: "tester", attributes: &[] };
    let answered = browser.answered(&idp, link["url"].as_str().expect("a link"), &person).await;
    assert_eq!(answered.status, 303, "{}", answered.text);
    let elsewhere = json!({ "idp_sso_url": "https://idp.example.test/elsewhere" });
    workspace.admin().patch(&connection.path, elsewhere).await.expect(200);
    let finished = browser.get(&answered.location).await;
    assert!(finished.status == 409 && finished.text.contains("another test link"), "{}", finished.text);
    assert_eq!(workspace.admin().get(&connection.path).await.expect(200)["tested_at"], Value::Null);
    let activate = workspace.admin().post(&format!("{}/activate", connection.path), json!({})).await;
    assert_eq!(activate.status, 409, "{}", activate.text);
    instance.finish().await;
}
