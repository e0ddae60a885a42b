//! `/saml/connections`: an administrator connects an identity provider.

use serde_json::{Value, json};

use super::{certificate, metadata};
use crate::harness::{Instance, SAML_SETTINGS, SECRET_KEY, Workspace, eventually};

/// A number for the sealed key of the only connection.
const SEALED: &str = "select hashtextextended(private_key, 0) from saml_connections";
const IDP: &str = "https://idp.example.test/metadata";

async fn made(workspace: &Workspace) -> (String, Value) {
    let connection = workspace.admin().post("/saml/connections", json!({ "name": " Okta " })).await.expect(201);
    (format!("/saml/connections/{}", connection["id"].as_str().expect("an id")), connection)
}

fn fingerprints(connection: &Value) -> Vec<(&str, bool)> {
    let certificates = connection["certificates"].as_array().expect("certificates").iter();
    certificates.map(|one| (one["fingerprint"].as_str().expect("a fingerprint"), one["staged"] == true)).collect()
}

#[tokio::test]
async fn it_says_what_the_identity_provider_has_to_know_and_takes_what_that_says() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().enterprise().scim().create().await;
    let (path, connection) = made(&workspace).await;
    let id = connection["id"].as_str().expect("an id");
    let base = format!("https://rollcall.example.test/sso/saml/{id}");
    assert_eq!(connection["name"], "Okta");
    assert_eq!(connection["status"], "draft");
    assert_eq!(
        connection["service_provider"],
        json!({
            "entity_id": format!("{base}/metadata"), "acs_url": format!("{base}/acs"), "start_url": format!("{base}/start"),
            "revocation_url": format!("{base}/revocation"), "signals_url": format!("{base}/signals"),
        })
    );
    let admin = workspace.admin();
    let filled = admin.put(&format!("{path}/metadata"), json!({ "xml": metadata(IDP, &["idp", "idpec"]) })).await.expect(200);
    assert_eq!(filled["idp_entity_id"], IDP);
    assert_eq!(filled["idp_sso_url"], "https://idp.example.test/sso");
    assert_eq!(fingerprints(&filled).len(), 2);
    assert!(fingerprints(&filled).iter().all(|(_, staged)| !staged), "{filled}");
    // Nobody signs in by it: what the next document does not say is gone.
    let filled = admin.put(&format!("{path}/metadata"), json!({ "xml": metadata(IDP, &["idp2"]) })).await.expect(200);
    assert_eq!(fingerprints(&filled).len(), 1);
    let filled = admin.post(&format!("{path}/certificates"), json!({ "certificate": certificate("idp") })).await.expect(200);
    assert_eq!(fingerprints(&filled).len(), 2);
    let gone = fingerprints(&filled)[0].0.to_owned();
    let filled = admin.delete(&format!("{path}/certificates/{gone}")).await.expect(200);
    assert_eq!(fingerprints(&filled).len(), 1);
    assert_eq!(admin.delete(&format!("{path}/certificates/{gone}")).await.status, 404);
    assert_eq!(admin.get(&path).await.expect(200), filled);
    assert_eq!(admin.get("/saml/connections").await.expect(200), json!([filled]));
    admin.delete(&path).await.expect(204);
    assert_eq!(admin.get(&path).await.status, 404);
    let told = admin.get(&format!("/audit-log?subject_id={id}")).await.expect(200);
    let mut actions: Vec<_> = told["entries"].as_array().expect("entries").iter().map(|entry| entry["action"].clone()).collect();
    actions.sort_by_key(ToString::to_string);
    let expected = ["certificate_pinned", "certificate_removed", "created", "deleted", "metadata_read", "metadata_read"];
    assert_eq!(json!(actions), json!(expected.map(|action| format!("connection.{action}"))));
    instance.finish().await;
}

#[tokio::test]
async fn our_metadata_is_where_our_entity_id_says_and_names_our_key_only_where_it_is_used() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().enterprise().scim().create().await;
    let (path, connection) = made(&workspace).await;
    let id = connection["id"].as_str().expect("an id").to_owned();
    let ours = async || {
        let address = format!("{}/sso/saml/{id}/metadata", instance.url());
        let answer = reqwest::get(address).await.expect("an answer");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "application/samlmetadata+xml");
        answer.text().await.expect("text")
    };
    let text = ours().await;
    assert!(text.contains(&format!("entityID=\"https://rollcall.example.test/sso/saml/{id}/metadata\"")), "{text}");
    assert!(text.contains(&format!("Location=\"https://rollcall.example.test/sso/saml/{id}/acs\"")), "{text}");
    assert!(!text.contains("X509Certificate"), "{text}");
    let admin = workspace.admin();
    let changed =
        admin.patch(&path, json!({ "signs_requests": true, "attribute_email": " upn ", "name": "Entra ID" })).await.expect(200);
    assert_eq!(changed["attribute_email"], "upn");
    let signs = ours().await;
    assert!(signs.contains("AuthnRequestsSigned=\"true\"") && signs.contains("use=\"signing\""), "{signs}");
    admin.patch(&path, json!({ "encrypts": true, "attribute_email": "" })).await.expect(200);
    let encrypts = ours().await;
    let key = |text: &str| text.split("X509Certificate>").nth(1).expect("a certificate").to_owned();
    assert_eq!(key(&encrypts), key(&signs), "the key stays");
    assert!(encrypts.contains("use=\"encryption\""), "{encrypts}");
    // The private key is nowhere to be seen.
    let kept = async |condition: &str| {
        instance.database.count(&format!("select count(*) from saml_connections where {condition}")).await
    };
    assert_eq!(kept("private_key is not null").await, 1);
    assert_eq!(kept("private_key like '%MII%'").await, 0, "it is not sealed");
    assert_eq!(admin.get(&path).await.expect(200)["attribute_email"], Value::Null);
    let nobody = format!("{}/sso/saml/{}/metadata", instance.url(), uuid::Uuid::new_v4());
    assert_eq!(reqwest::get(nobody).await.expect("an answer").status(), 404);
    instance.finish().await;
}

#[tokio::test]
async fn what_cannot_be_used_is_said_and_changes_nothing() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().enterprise().scim().create().await;
    let (path, before) = made(&workspace).await;
    let admin = workspace.admin();
    let refused = async |answer: crate::harness::Answer, words: &str| {
        let problem = answer.expect(400);
        let detail = problem["detail"].as_str().expect("a detail");
        assert!(detail.contains(words), "{detail}");
    };
    let put = async |xml: String| admin.put(&format!("{path}/metadata"), json!({ "xml": xml })).await;
    refused(put("no XML".into()).await, "not SAML metadata").await;
    refused(put("<html/>".into()).await, "EntityDescriptor").await;
    refused(put(metadata(IDP, &[])).await, "no certificate for signing").await;
    refused(put(metadata(IDP, &["idp"]).replace("HTTP-Redirect", "SOAP")).await, "HTTP-Redirect").await;
    refused(put(metadata(IDP, &["idp"]).replace("https://idp.example.test/sso", "javascript:alert(1)")).await, "https://").await;
    refused(put(metadata(IDP, &["idp"]).replace("entityID", "validUntil=\"2020-01-01T00:00:00Z\" entityID")).await, "validUntil")
        .await;
    let pin = async |text: &str| admin.post(&format!("{path}/certificates"), json!({ "certificate": text })).await;
    refused(pin("-----BEGIN PRIVATE KEY-----").await, "private key").await;
    refused(pin("nonsense").await, "X.509").await;
    let change = async |wish: Value| admin.patch(&path, wish).await;
    refused(change(json!({ "name": " " })).await, "name").await;
    refused(change(json!({ "idp_sso_url": "http://idp.example.test" })).await, "https://").await;
    refused(change(json!({ "idp_entity_id": "" })).await, "idp_entity_id").await;
    refused(change(json!({ "idp_initiated": "accept" })).await, "bounce").await;
    assert_eq!(admin.get(&path).await.expect(200), before);
    for _ in 1..10 {
        made(&workspace).await;
    }
    assert_eq!(admin.post("/saml/connections", json!({ "name": "one too many" })).await.status, 409);
    instance.finish().await;
}

#[tokio::test]
async fn our_key_is_sealed_anew_when_the_installation_changes_the_key_that_seals_it() {
    let mut instance = Instance::with_settings(SAML_SETTINGS).await;
    let workspace = instance.workspace().enterprise().scim().create().await;
    let (path, _) = made(&workspace).await;
    workspace.admin().patch(&path, json!({ "signs_requests": true })).await.expect(200);
    let (second, third) = ("22".repeat(32), "33".repeat(32));
    // Each opens what the one before it has sealed, or nothing would be sealed anew.
    for keys in [format!("{second},{SECRET_KEY}"), format!("{third},{second}")] {
        let before = instance.database.count(SEALED).await;
        let settings = [SAML_SETTINGS[0], ("ROLLCALL_SECRET_KEY", keys.as_str()), ("ROLLCALL_EVENTS_PRUNE_SECONDS", "1")];
        let worker = instance.start_worker_with(&settings);
        eventually("it is sealed anew", async || instance.database.count(SEALED).await != before).await;
        instance.worker(worker).terminate();
    }
    instance.finish().await;
}

#[tokio::test]
async fn without_a_key_to_seal_it_with_no_key_of_ours_is_made() {
    let settings = [SAML_SETTINGS[0], ("ROLLCALL_SECRET_KEY", "")];
    let instance = Instance::with_settings(&settings).await;
    let workspace = instance.workspace().enterprise().scim().create().await;
    let (path, before) = made(&workspace).await;
    let problem = workspace.admin().patch(&path, json!({ "signs_requests": true })).await.expect(409);
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("ROLLCALL_SECRET_KEY")), "{problem}");
    assert_eq!(workspace.admin().get(&path).await.expect(200), before);
    instance.abandon("there is no worker");
}

#[tokio::test]
async fn without_an_address_of_its_own_an_installation_has_no_saml() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().enterprise().scim().create().await;
    let problem = workspace.admin().post("/saml/connections", json!({ "name": "Okta" })).await.expect(409);
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("ROLLCALL_PUBLIC_URL")), "{problem}");
    instance.abandon("there is no worker");
}
