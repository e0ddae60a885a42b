//! What an identity provider tells of people in signed tokens: that their sessions are to end.

use std::collections::BTreeMap;

use reqwest::Method;
use rollcall::clock;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    issuer::{ISSUER, Issuer},
    metadata_server::{MetadataServer, Says},
    sign_in::last_attempt,
};
use crate::harness::{Answer, Instance, PUBLIC_URL, SAML_SETTINGS, Workspace, assert_includes};

const PUBLIC_ONLY: [(&str, &str); 2] = [SAML_SETTINGS[0], ("ROLLCALL_WEBHOOK_PRIVATE_ADDRESSES", "off")];
/// The entity ID of the connections that are not made by a sign-in.
const IDP: &str = "https://idp.example.test/unused";
const SESSION_REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
const ACCOUNT_DISABLED: &str = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";
const VERIFICATION: &str = "https://schemas.openid.net/secevent/ssf/event-type/verification";

/// A workspace whose connection takes signals.
struct Signalled {
    workspace: Workspace,
    /// The connection.
    id: String,
    issuer: Issuer,
    server: MetadataServer,
}

impl Signalled {
    async fn make(instance: &Instance) -> Self {
        let workspace = instance.workspace().open().await;
        let issuer = Issuer::new("one");
        let server = MetadataServer::start(Says::document(&issuer.jwks())).await;
        let id = connection(&workspace).await;
        let change = json!({ "signals_issuer": ISSUER, "signals_jwks_url": server.url });
        workspace.admin().patch(&format!("/saml/connections/{id}"), change).await.expect(200);
        Self { workspace, id, issuer, server }
    }

    fn address(&self, what: &str) -> String {
        format!("/sso/saml/{}/{what}", self.id)
    }

    /// What a good token claims, for this address.
    fn claims(&self, what: &str) -> Value {
        let now = clock::now().timestamp();
        let audience = format!("{PUBLIC_URL}{}", self.address(what));
        json!({ "iss": ISSUER, "aud": audience, "iat": now, "jti": Uuid::new_v4() })
    }

    /// A good token of a revocation.
    fn token(&self) -> String {
        self.issuer.sign(&self.issuer.header("global-token-revocation+jwt"), &self.expiring())
    }

    fn expiring(&self) -> Value {
        with(self.claims("revocation"), "exp", json!(clock::now().timestamp() + 300))
    }

    /// A good security event.
    fn event(&self, event: &str, subject: &Value) -> String {
        let claims = with(self.claims("signals"), "sub_id", subject.clone());
        self.issuer.sign(&self.issuer.header("secevent+jwt"), &with(claims, "events", json!({ event: {} })))
    }

    async fn revoke(&self, instance: &Instance, token: &str, sub_id: &Value) -> Answer {
        let anonymous = instance.anonymous();
        let request = anonymous.request(Method::POST, &self.address("revocation")).header("content-type", "application/json");
        anonymous.send(request.bearer_auth(token).body(json!({ "sub_id": sub_id }).to_string())).await
    }

    async fn push(&self, instance: &Instance, token: &str) -> Answer {
        let anonymous = instance.anonymous();
        let request = anonymous.request(Method::POST, &self.address("signals"));
        anonymous.send(request.header("content-type", "application/secevent+jwt").body(token.to_owned())).await
    }

    async fn person(&self, name: &str) -> Person {
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "externalId": format!("external {name}"),
            "emails": [{ "value": format!("{name}@acme.test"), "type": "work", "primary": true }], "active": true,
        });
        let user = self.workspace.scim().post("/Users", user).await.expect(201);
        Person { member: self.workspace.member_of(&user).await["id"].clone(), user }
    }

    /// A token that a person has.
    async fn token_of(&self, person: &Person) -> String {
        let wish = json!({ "name": "of a person", "scopes": ["members:read"], "member_id": person.member });
        text(&self.workspace.admin().post("/tokens", wish).await.expect(201)["secret"])
    }

    async fn accepts(&self, token: &str) -> bool {
        self.workspace.admin().token(token).get("/members?limit=1").await.status == 200
    }

    /// What the audit log has of signals about somebody, newest first.
    async fn received(&self, subject: &str) -> Vec<Value> {
        let path = format!("/audit-log?action=signal.received&subject_id={subject}");
        let told = self.workspace.admin().get(&path).await.expect(200);
        told["entries"].as_array().expect("entries").iter().map(|entry| entry["detail"].clone()).collect()
    }
}

/// Somebody of the directory.
struct Person {
    user: Value,
    member: Value,
}

async fn connection(workspace: &Workspace) -> String {
    text(&workspace.admin().get("/saml/connections").await.expect(200)[0]["id"])
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

fn with(mut value: Value, name: &str, new: Value) -> Value {
    value[name] = new;
    value
}

fn email(address: &str) -> Value {
    json!({ "format": "email", "email": address })
}

#[tokio::test]
async fn a_revocation_ends_all_sessions_of_the_person_however_it_names_them() {
    let instance = Instance::with_saml().await;
    let at = Signalled::make(&instance).await;
    let (ada, max) = (at.person("ada").await, at.person("max").await);
    let known_as = format!(
        "insert into saml_identities (workspace_id, connection_id, name_id_format, name_id, member_id, created_at, last_used_at)
         values ('{}', '{}', '', '00u-ada', '{}', now(), now())",
        at.workspace.id,
        at.id,
        text(&ada.member)
    );
    instance.database.execute(&known_as).await;
    let token = at.token_of(&ada).await;
    let bystander = at.workspace.sign_in(&max.member).await;
    for subject in [
        email("Ada@ACME.test"),
        json!({ "format": "opaque", "id": "external ada" }),
        json!({ "format": "opaque", "id": "00u-ada" }),
        json!({ "format": "iss_sub", "iss": ISSUER, "sub": "ADA" }),
        json!({ "format": "iss_sub", "iss": IDP, "sub": "00u-ada" }),
        json!({ "format": "account", "uri": "acct:ada@acme.test" }),
        json!({ "format": "aliases", "identifiers": [{ "format": "opaque", "id": "of another system" }, email("ada@acme.test")] }),
    ] {
        let (here, there) = (at.workspace.sign_in(&ada.member).await, at.workspace.sign_in(&ada.member).await);
        let answer = at.revoke(&instance, &at.token(), &subject).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{subject}");
        assert_eq!((at.workspace.check(&here).await, at.workspace.check(&there).await), (401, 401), "{subject}");
    }
    assert_eq!(at.workspace.check(&bystander).await, 200);
    // Neither the directory nor what is not a session is touched, and who may sign in does so again.
    assert!(at.accepts(&token).await);
    assert_eq!(at.workspace.member(&ada.member).await["member"]["status"], "active");
    let again = at.workspace.sign_in(&ada.member).await;
    assert_eq!(at.workspace.check(&again).await, 200);
    let told = at.received(&text(&ada.member)).await;
    assert_eq!(told.len(), 7);
    let expected = json!({ "event": "global_token_revocation", "connection_id": at.id, "member_id": ada.member, "sessions": 2 });
    assert_includes(&told[0], &expected, "what was received");
    assert!(told[0]["jti"].is_string(), "{}", told[0]);
    // Whoever is out already is known, and has no sessions.
    at.workspace.scim().delete(&format!("/Users/{}", text(&max.user["id"]))).await.expect(204);
    assert_eq!(at.revoke(&instance, &at.token(), &email("max@acme.test")).await.status, 204);
    instance.finish().await;
}

#[tokio::test]
async fn a_revocation_means_one_person_of_the_workspace_or_nobody() {
    let instance = Instance::with_saml().await;
    let (at, elsewhere) = (Signalled::make(&instance).await, Signalled::make(&instance).await);
    let ada = at.person("ada").await;
    let theirs = elsewhere.person("max").await;
    let (one, other) = (at.person("one").await, at.person("other").await);
    let same = json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "same@acme.test" }]);
    for person in [&one, &other] {
        at.workspace.scim().operations(&format!("/Users/{}", text(&person.user["id"])), same.clone()).await.expect(200);
        at.workspace
            .member_becomes(&person.member, "the address is another one", |member| member["member"]["email"] == "same@acme.test")
            .await;
    }
    let mut sessions = Vec::new();
    for (workspace, person) in [(&at, &ada), (&at, &one), (&at, &other), (&elsewhere, &theirs)] {
        sessions.push(workspace.workspace.sign_in(&person.member).await);
    }
    for (subject, status) in [
        (email("max@acme.test"), 404),
        (json!({ "format": "opaque", "id": text(&theirs.member) }), 404),
        (email("nobody@acme.test"), 404),
        (email("same@acme.test"), 404),
        (
            json!({ "format": "aliases", "identifiers": [email("ada@acme.test"), json!({ "format": "opaque", "id": "one" })] }),
            404,
        ),
        (json!({ "format": "iss_sub", "iss": "https://other.okta.test", "sub": "ada" }), 400),
        (json!({ "format": "phone_number", "phone_number": "+1" }), 400),
        (json!({ "format": "email" }), 400),
        (json!("ada@acme.test"), 400),
        (Value::Null, 400),
    ] {
        let answer = at.revoke(&instance, &at.token(), &subject).await;
        assert_eq!(answer.status, status, "{subject}: {}", answer.text);
    }
    let anonymous = instance.anonymous();
    let request = anonymous.request(Method::POST, &at.address("revocation")).bearer_auth(at.token());
    assert_eq!(anonymous.send(request.body("no JSON")).await.status, 400);
    let large = anonymous.request(Method::POST, &at.address("revocation")).bearer_auth(at.token());
    assert_eq!(anonymous.send(large.body(" ".repeat(64 * 1024 + 1))).await.status, 413);
    for session in &sessions {
        assert_eq!(at.workspace.check(session).await, 200);
    }
    assert_eq!(at.received(&at.id).await[0]["member_id"], Value::Null);
    // The same token again: for the same person it is answered again, without effect; for another one it is none.
    let token = at.token();
    assert_eq!(at.revoke(&instance, &token, &email("ada@acme.test")).await.status, 204);
    assert_eq!(at.workspace.check(&sessions[0]).await, 401);
    let again = at.workspace.sign_in(&ada.member).await;
    assert_eq!(at.revoke(&instance, &token, &email("ada@acme.test")).await.status, 204);
    assert_eq!(at.workspace.check(&again).await, 200);
    let reused = at.revoke(&instance, &token, &json!({ "format": "opaque", "id": "one" })).await;
    assert_eq!((reused.status, last_attempt(&at.workspace).await["code"].clone()), (401, json!("signal_reused")));
    assert_eq!(at.workspace.check(&sessions[1]).await, 200);
    instance.finish().await;
}

#[tokio::test]
async fn a_token_that_is_not_believed_ends_nothing_and_administrators_read_why() {
    let instance = Instance::with_saml().await;
    let (at, elsewhere) = (Signalled::make(&instance).await, Signalled::make(&instance).await);
    let ada = at.person("ada").await;
    let session = at.workspace.sign_in(&ada.member).await;
    let (ours, made_up) = (&at.issuer, Issuer::new("one"));
    let now = clock::now().timestamp();
    let kinds = [("revocation", "global-token-revocation+jwt", "secevent+jwt"), ("signals", "secevent+jwt", "JWT")];
    for (what, typ, other_typ) in kinds {
        let header = ours.header(typ);
        let good = match what {
            "revocation" => at.expiring(),
            _ => with(with(at.claims(what), "events", json!({ SESSION_REVOKED: {} })), "sub_id", email("ada@acme.test")),
        };
        let claim = |name: &str, value: Value| ours.sign(&header, &with(good.clone(), name, value));
        let head = |name: &str, value: &str| ours.sign(&with(header.clone(), name, json!(value)), &good);
        let theirs = elsewhere.claims(what)["aud"].clone();
        for (token, code, err) in [
            (made_up.sign(&header, &good), "signature", "invalid_key"),
            (format!("{}x", ours.sign(&header, &good)), "unreadable", "invalid_request"),
            (head("alg", "none"), "algorithm", "invalid_key"),
            (head("alg", "HS256"), "algorithm", "invalid_key"),
            (head("alg", "ES256"), "key", "invalid_key"),
            (head("typ", other_typ), "type", "invalid_request"),
            (claim("iss", json!("https://other.okta.test")), "issuer", "invalid_issuer"),
            (claim("aud", theirs), "audience", "invalid_audience"),
            (claim("aud", Value::Null), "audience", "invalid_audience"),
            (claim("exp", json!(now - 600)), "too_old", "invalid_request"),
            (claim("iat", json!(now - 8 * 24 * 3600)), "too_old", "invalid_request"),
            (claim("iat", json!(now + 600)), "future", "invalid_request"),
            (claim("iat", Value::Null), "time", "invalid_request"),
            (claim("jti", Value::Null), "id", "invalid_request"),
            ("nonsense".to_owned(), "unreadable", "invalid_request"),
        ] {
            let answer = match what {
                "revocation" => at.revoke(&instance, &token, &email("ada@acme.test")).await,
                _ => at.push(&instance, &token).await,
            };
            let attempt = last_attempt(&at.workspace).await;
            assert_eq!(attempt["code"], format!("signal_{code}"), "{what}: {}", answer.text);
            assert!(attempt["fix"].as_str().is_some_and(|fix| !fix.is_empty()), "{attempt}");
            if what == "revocation" {
                assert_eq!((answer.status, answer.header("www-authenticate").is_empty()), (401, false), "{code}");
            } else {
                assert_eq!((answer.status, answer.header("content-type")), (400, "application/json"), "{code}");
                assert_eq!(answer.json(), json!({ "err": err, "description": attempt["explanation"] }));
            }
        }
    }
    assert_eq!(at.revoke(&instance, &with_no_end(&at), &email("ada@acme.test")).await.status, 401);
    assert_eq!(last_attempt(&at.workspace).await["code"], "signal_time");
    let anonymous = instance.anonymous();
    assert_eq!(anonymous.send(anonymous.request(Method::POST, &at.address("revocation")).body("{}")).await.status, 401);
    let refused = at.push(&instance, &ours.sign(&ours.header("secevent+jwt"), &at.claims("signals"))).await;
    assert_eq!((refused.status, &refused.json()["err"]), (400, &json!("invalid_request")), "there are no events");
    assert_eq!(at.workspace.check(&session).await, 200);
    assert_eq!(at.received(&text(&ada.member)).await.len(), 0);
    // Whoever else floods the address keeps no signal out.
    let mut answers = BTreeMap::new();
    for _ in 0..150 {
        *answers.entry(at.push(&instance, "nonsense").await.status).or_insert(0) += 1;
    }
    assert!(
        answers.get(&429).is_some_and(|many| *many >= 30) && answers.keys().all(|status| [400, 429].contains(status)),
        "{answers:?}"
    );
    assert_eq!(at.revoke(&instance, &at.token(), &email("ada@acme.test")).await.status, 204);
    assert_eq!(at.workspace.check(&session).await, 401);
    instance.finish().await;
}

fn with_no_end(at: &Signalled) -> String {
    at.issuer.sign(&at.issuer.header("global-token-revocation+jwt"), &at.claims("revocation"))
}

#[tokio::test]
async fn security_events_end_sessions_and_that_of_a_disabled_account_tokens_too() {
    let instance = Instance::with_saml().await;
    let (at, elsewhere) = (Signalled::make(&instance).await, Signalled::make(&instance).await);
    let (ada, max, theirs) = (at.person("ada").await, at.person("max").await, elsewhere.person("zoe").await);
    let token = at.token_of(&ada).await;
    let session = at.workspace.sign_in(&ada.member).await;
    let foreign = elsewhere.workspace.sign_in(&theirs.member).await;
    let acknowledged = async |token: &str| {
        let answer = at.push(&instance, token).await;
        assert_eq!((answer.status, answer.text.as_str()), (202, ""));
    };
    // Nothing follows from these.
    let other = "https://schemas.openid.net/secevent/caep/event-type/token-claims-change";
    let stream = json!({ "format": "opaque", "id": "stream" });
    for token in [
        at.event(VERIFICATION, &stream),
        at.event(other, &email("ada@acme.test")),
        at.event(SESSION_REVOKED, &email("nobody@acme.test")),
        at.event(ACCOUNT_DISABLED, &email("zoe@acme.test")),
        at.event(SESSION_REVOKED, &json!({ "device": email("ada@acme.test") })),
    ] {
        acknowledged(&token).await;
    }
    assert_eq!((at.workspace.check(&session).await, elsewhere.workspace.check(&foreign).await), (200, 200));

    let revoked = at.event(SESSION_REVOKED, &json!({ "format": "complex", "user": email("ada@acme.test") }));
    acknowledged(&revoked).await;
    assert_eq!((at.workspace.check(&session).await, at.accepts(&token).await), (401, true));
    let session = at.workspace.sign_in(&ada.member).await;
    acknowledged(&revoked).await;
    assert_eq!(at.workspace.check(&session).await, 200, "it was obeyed before");
    // With the subject where it stood before SSF 1.0, for our entity ID, and without an end.
    let claims = with(at.claims("signals"), "aud", json!([format!("{PUBLIC_URL}{}", at.address("metadata"))]));
    let claims = with(claims, "events", json!({ SESSION_REVOKED: { "subject": email("ada@acme.test") } }));
    acknowledged(&at.issuer.sign(&at.issuer.header("secevent+jwt"), &claims)).await;
    assert_eq!((at.workspace.check(&session).await, at.accepts(&token).await), (401, true));

    let session = at.workspace.sign_in(&ada.member).await;
    acknowledged(&at.event(ACCOUNT_DISABLED, &json!({ "format": "iss_sub", "iss": ISSUER, "sub": "ada" }))).await;
    assert_eq!((at.workspace.check(&session).await, at.accepts(&token).await), (401, false));
    // Who is in is what SCIM says.
    assert_eq!(at.workspace.member(&ada.member).await["member"]["status"], "active");
    let user = at.workspace.scim().get(&format!("/Users/{}", text(&ada.user["id"]))).await.expect(200);
    assert_eq!(user["active"], true);
    let told = at.received(&text(&ada.member)).await;
    let events: Vec<&Value> = told.iter().map(|detail| &detail["event"]).collect();
    assert_eq!(events, ["account_disabled", "session_revoked", "session_revoked"]);
    assert_eq!((&told[0]["tokens"], &told[0]["sessions"]), (&json!(1), &json!(1)));

    // What a break-glass owner has is not an identity provider's to take.
    let kept = at.token_of(&max).await;
    instance.database.execute(&format!("update members set break_glass = true where id = '{}'", text(&max.member))).await;
    let session = at.workspace.sign_in(&max.member).await;
    acknowledged(&at.event(ACCOUNT_DISABLED, &email("max@acme.test"))).await;
    assert_eq!((at.workspace.check(&session).await, at.accepts(&kept).await), (401, true));
    assert_eq!(elsewhere.workspace.check(&foreign).await, 200);
    instance.finish().await;
}

#[tokio::test]
async fn a_new_key_is_looked_for_at_once_and_no_more_than_once_a_minute() {
    let mut instance = Instance::with_settings(SAML_SETTINGS).await;
    instance.start_worker_with(SAML_SETTINGS);
    let at = Signalled::make(&instance).await;
    at.person("ada").await;
    let ada = email("ada@acme.test");
    let by = |issuer: &Issuer| issuer.sign(&issuer.header("global-token-revocation+jwt"), &at.expiring());
    let calls = || at.server.heard().len();
    assert_eq!(calls(), 1, "when it was set");
    for _ in 0..3 {
        assert_eq!(at.revoke(&instance, &at.token(), &ada).await.status, 204);
    }
    assert_eq!(calls(), 2, "it is remembered");
    let (second, third) = (Issuer::new("two"), Issuer::new("three"));
    at.server.says(Says::document(&second.jwks()));
    assert_eq!(at.revoke(&instance, &by(&second), &ada).await.status, 204);
    assert_eq!(calls(), 3);
    // The one that was taken away is gone with that, and whether it has come back is not looked at yet.
    assert_eq!(at.revoke(&instance, &at.token(), &ada).await.status, 503);
    at.server.says(Says::document(&third.jwks()));
    let pushed = third.sign(&third.header("secevent+jwt"), &at.claims("signals"));
    assert_eq!(at.push(&instance, &pushed).await.status, 503);
    assert_eq!(at.revoke(&instance, &by(&second), &ada).await.status, 204);
    assert_eq!(calls(), 3);

    // Another process knows nothing yet.
    instance.restart_server_with(SAML_SETTINGS).await;
    let workspace = at.workspace.moved_to(instance.url());
    at.server.says(Says::with("500 Broken", "", b""));
    for _ in 0..3 {
        let answer = at.revoke(&instance, &by(&third), &ada).await;
        assert_eq!((answer.status, answer.header("retry-after").is_empty()), (503, false), "{}", answer.text);
    }
    assert_eq!(calls(), 4, "what has failed is left for a while");
    let attempt = last_attempt(&workspace).await;
    assert_eq!(attempt["code"], "signal_no_keys");
    assert!(attempt["fix"].as_str().is_some_and(|fix| fix.contains("signals_jwks_url")), "{attempt}");
    instance.finish().await;
}

#[tokio::test]
async fn the_issuer_is_set_and_taken_away_by_administrators() {
    let instance = Instance::with_settings(SAML_SETTINGS).await;
    let workspace = instance.workspace().open().await;
    let (admin, id) = (workspace.admin(), connection(&workspace).await);
    let path = format!("/saml/connections/{id}");
    let issuer = Issuer::new("one");
    let server = MetadataServer::start(Says::document(&issuer.jwks())).await;
    let before = admin.get(&path).await.expect(200);
    assert_eq!((&before["signals_issuer"], &before["signals_jwks_url"]), (&Value::Null, &Value::Null));
    let anonymous = instance.anonymous();
    let address = |what: &str| format!("/sso/saml/{id}/{what}");
    let post = async |what: &str| anonymous.send(anonymous.request(Method::POST, &address(what)).body("a.b.c")).await.status;
    assert_eq!((post("revocation").await, post("signals").await), (404, 404), "no signals are taken");
    let both = |issuer: &str, url: &str| json!({ "signals_issuer": issuer, "signals_jwks_url": url });
    let refused = async |wish: Value, words: &str| {
        let problem = admin.patch(&path, wish).await.expect(400);
        assert!(text(&problem["detail"]).contains(words), "{words} is not in {problem}");
    };
    refused(json!({ "signals_issuer": ISSUER }), "give both").await;
    refused(json!({ "signals_jwks_url": server.url }), "give both").await;
    refused(both(&"a".repeat(1_025), &server.url), "signals_issuer").await;
    refused(both(ISSUER, "ftp://idp.example.test/keys"), "https://").await;
    let redirect = format!("Location: {}\r\n", server.url);
    for (says, words) in [
        (Says::document("<html/>"), "no JWK set"),
        (Says::document(r#"{"keys":[]}"#), "no JWK set"),
        (Says::document(r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#), "no JWK set"),
        (Says::with("302 Found", &redirect, b""), "redirects are not followed"),
        (Says::with("404 Not Found", "", b""), "answers 404"),
        (Says::with("200 OK", "", &vec![b' '; 1024 * 1024 + 1]), "larger than 1 MiB"),
    ] {
        server.says(says);
        refused(both(ISSUER, &server.url), words).await;
    }
    assert_eq!(admin.get(&path).await.expect(200), before);
    server.says(Says::document(&issuer.jwks()));
    let shown = admin.patch(&path, both(&format!(" {ISSUER} "), &server.url)).await.expect(200);
    assert_eq!((&shown["signals_issuer"], &shown["signals_jwks_url"]), (&json!(ISSUER), &json!(server.url)));
    assert_eq!(admin.get(&path).await.expect(200), shown);
    assert_eq!((post("revocation").await, post("signals").await), (401, 400));
    let told = admin.get(&format!("/audit-log?action=connection.changed&subject_id={id}")).await.expect(200);
    let after = &told["entries"][0]["detail"]["after"];
    assert_eq!((&after["signals_issuer"], &after["signals_jwks_url"]), (&json!(ISSUER), &json!(server.url)));
    // What does not concern them leaves them, and asks nobody.
    let calls = server.heard().len();
    let named = admin.patch(&path, json!({ "name": "Okta" })).await.expect(200);
    assert_eq!((&named["signals_issuer"], server.heard().len()), (&json!(ISSUER), calls));
    // By a connection that is disabled nobody tells us anything.
    admin.post(&format!("{path}/disable"), json!({ "sessions": "keep", "managed_people": "keep" })).await.expect(200);
    assert_eq!((post("revocation").await, post("signals").await), (404, 404));
    workspace.enable_saml().await;
    assert_eq!((post("revocation").await, post("signals").await), (401, 400));
    refused(json!({ "signals_jwks_url": "" }), "give both").await;
    let shown = admin.patch(&path, both("", "")).await.expect(200);
    assert_eq!((&shown["signals_issuer"], &shown["signals_jwks_url"]), (&Value::Null, &Value::Null));
    assert_eq!((post("revocation").await, post("signals").await), (404, 404));
    let nobody = format!("/sso/saml/{}/revocation", Uuid::new_v4());
    assert_eq!(anonymous.send(anonymous.request(Method::POST, &nobody).body("{}")).await.status, 404);
    instance.abandon("there is no worker");
}

#[tokio::test]
async fn keys_are_not_fetched_from_where_only_we_could_reach() {
    let instance = Instance::with_settings(&PUBLIC_ONLY).await;
    let workspace = instance.workspace().open().await;
    let path = format!("/saml/connections/{}", connection(&workspace).await);
    let server = MetadataServer::start(Says::document(&Issuer::new("one").jwks())).await;
    for (url, words) in [
        (server.url.clone(), "https://"),
        (format!("https://127.0.0.1:{}/keys", server.port), "not public"),
        (format!("https://localhost:{}/keys", server.port), "not public"),
        ("https://169.254.169.254/latest/meta-data".to_owned(), "not public"),
        ("https://[::1]/keys".to_owned(), "not public"),
    ] {
        let wish = json!({ "signals_issuer": ISSUER, "signals_jwks_url": url });
        let problem = workspace.admin().patch(&path, wish).await.expect(400);
        assert!(text(&problem["detail"]).contains(words), "{url}: {problem}");
    }
    assert_eq!(server.heard().len(), 0);
    instance.abandon("there is no worker");
}
