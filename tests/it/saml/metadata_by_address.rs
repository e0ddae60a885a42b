//! Metadata that is fetched from where the identity provider offers it, and what becomes of its certificates.

use std::{io::Write as _, time::Duration};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use super::{
    certificate, metadata,
    metadata_server::{MetadataServer, Says},
};
use crate::harness::{Instance, SAML_SETTINGS, Workspace, eventually};

const IDP: &str = "https://idp.example.test/metadata";
const EVERY_SECOND: [(&str, &str); 2] = [SAML_SETTINGS[0], ("ROLLCALL_METADATA_REFRESH_SECONDS", "1")];
const PUBLIC_ONLY: [(&str, &str); 2] = [SAML_SETTINGS[0], ("ROLLCALL_WEBHOOK_PRIVATE_ADDRESSES", "off")];
const EXPIRING: &str = "/events?type=connection.certificate_expiring";

/// A connection of which nothing is known.
async fn draft(workspace: &Workspace) -> String {
    let made = workspace.admin().post("/saml/connections", json!({ "name": "Okta" })).await.expect(201);
    format!("/saml/connections/{}", text(&made["id"]))
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn id(path: &str) -> &str {
    path.rsplit('/').next().expect("an id")
}

/// The certificates, by subject, and which of them are staged.
fn certificates(connection: &Value) -> Vec<(&str, bool)> {
    let mut found: Vec<_> = connection["certificates"].as_array().expect("certificates").iter().collect();
    found.sort_by_key(|one| text(&one["subject"]));
    found.iter().map(|one| (text(&one["subject"]), one["staged"] == true)).collect()
}

/// What stays whatever is at the address.
fn rest(connection: &Value) -> Value {
    let mut rest = connection.clone();
    for name in ["certificates", "warnings", "updated_at", "metadata_fetched_at", "metadata_error"] {
        rest.as_object_mut().expect("an object").remove(name);
    }
    rest
}

fn warns(connection: &Value, words: &str) -> bool {
    connection["warnings"].as_array().expect("warnings").iter().any(|warning| text(warning).contains(words))
}

/// Who has read metadata, oldest first.
async fn readers(workspace: &Workspace, path: &str) -> Vec<String> {
    let told = workspace.admin().get(&format!("/audit-log?subject_id={}", id(path))).await.expect(200);
    let entries = told["entries"].as_array().expect("entries").iter().rev();
    let read = entries.filter(|entry| entry["action"] == "connection.metadata_read");
    read.map(|entry| text(&entry["actor"]["kind"]).to_owned()).collect()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).expect("room");
    encoder.finish().expect("room")
}

/// Makes it the one by which people sign in, as a test sign-in and its activation do.
async fn activate(instance: &Instance, path: &str) {
    let sql = format!("update saml_connections set status = 'active', tested_at = now() where id = '{}'", id(path));
    instance.database.execute(&sql).await;
}

#[tokio::test]
async fn it_is_fetched_and_shown_until_somebody_gives_something_else() {
    let instance = Instance::with_saml().await;
    let workspace = instance.workspace().enterprise().scim().create().await;
    let server = MetadataServer::start(Says::document(&metadata(IDP, &["idp"]))).await;
    let path = draft(&workspace).await;
    let admin = workspace.admin();
    let put = async |body: Value| admin.put(&format!("{path}/metadata"), body).await;
    let shown = put(json!({ "url": server.url })).await.expect(200);
    assert_eq!((&shown["idp_entity_id"], &shown["metadata_url"]), (&json!(IDP), &json!(server.url)));
    assert_eq!(certificates(&shown), [("CN=idp.example.test", false)]);
    assert!(shown["metadata_fetched_at"].is_string() && shown["metadata_error"].is_null(), "{shown}");
    assert_eq!(shown["warnings"], json!([]));
    assert!(shown["certificates"][0]["expires_in_days"].as_i64().is_some_and(|days| days > 30), "{shown}");
    assert_eq!(admin.get(&path).await.expect(200), shown);
    let heard = server.heard().remove(0);
    assert!(heard.starts_with("GET /metadata?app=1 HTTP/1.1\r\n"), "{heard}");

    // Whoever gives the address has looked at what is there: nothing is staged while nobody signs in by it.
    let compressed = gzip(metadata(IDP, &["idp", "idp2"]).as_bytes());
    server.says(Says::with("200 OK", "Content-Encoding: gzip\r\n", &compressed));
    let shown = put(json!({ "url": server.url })).await.expect(200);
    assert_eq!(certificates(&shown), [("CN=idp.example.test", false), ("CN=idp.example.test next", false)]);
    // Nobody has looked at what is refreshed.
    server.says(Says::document(&metadata(IDP, &["idp", "idpec"])));
    let refresh = format!("{path}/metadata/refresh");
    let shown = admin.post(&refresh, Value::Null).await.expect(200);
    let expected = [("CN=idp.example.test", false), ("CN=idp.example.test ec", true), ("CN=idp.example.test next", false)];
    assert_eq!(certificates(&shown), expected);

    let forgotten = |shown: &Value| {
        let all = ["metadata_url", "metadata_fetched_at", "metadata_error"];
        assert!(all.iter().all(|name| shown[name].is_null()), "{shown}");
    };
    admin.patch(&path, json!({ "name": "Okta of ours", "idp_entity_id": IDP })).await.expect(200);
    assert_eq!(admin.get(&path).await.expect(200)["metadata_url"], json!(server.url));
    forgotten(&admin.patch(&path, json!({ "idp_sso_url": "https://idp.example.test/other" })).await.expect(200));
    put(json!({ "url": server.url })).await.expect(200);
    forgotten(&put(json!({ "xml": metadata(IDP, &["idp"]) })).await.expect(200));
    let refused = admin.post(&refresh, Value::Null).await.expect(409);
    assert!(text(&refused["detail"]).contains("not fetched from an address"), "{refused}");
    for body in [json!({}), json!({ "url": server.url, "xml": metadata(IDP, &["idp"]) })] {
        let refused = put(body).await.expect(400);
        assert!(text(&refused["detail"]).contains("either xml"), "{refused}");
    }
    // Nobody makes us call for a connection that is not theirs.
    let calls = server.heard().len();
    let other = instance.workspace().enterprise().scim().create().await;
    assert_eq!(other.admin().put(&format!("{path}/metadata"), json!({ "url": server.url })).await.status, 404);
    assert_eq!(server.heard().len(), calls);
    instance.finish().await;
}

#[tokio::test]
async fn what_cannot_be_fetched_is_said_and_changes_nothing() {
    let instance = Instance::with_settings(SAML_SETTINGS).await;
    let workspace = instance.workspace().enterprise().scim().create().await;
    let elsewhere = MetadataServer::start(Says::document(&metadata(IDP, &["idp"]))).await;
    let server = MetadataServer::start(Says::document("")).await;
    let path = draft(&workspace).await;
    let admin = workspace.admin();
    let before = admin.get(&path).await.expect(200);
    let refused = async |url: &str, words: &str| {
        let problem = admin.put(&format!("{path}/metadata"), json!({ "url": url })).await.expect(400);
        let detail = text(&problem["detail"]);
        assert!(detail.contains(words), "{words} is not in {detail}");
    };
    let large = vec![b' '; 1024 * 1024 + 1];
    let announced = format!("Content-Length: {}\r\n", large.len());
    let redirect = format!("Location: {}\r\n", elsewhere.url);
    for (says, words) in [
        (Says::with("404 Not Found", "", b""), "answers 404"),
        (Says::with("503 Away", "", b"<a/>"), "answers 503"),
        (Says::with("302 Found", &redirect, b""), "redirects are not followed"),
        (Says::with("301 Moved", "Location: /metadata\r\n", b""), "redirects are not followed"),
        (Says::document("<!DOCTYPE html><html><body>Sign in</body></html>"), "is a web page"),
        (Says::document("no such page"), "is not XML"),
        (Says::document("<md:EntityDescriptor>"), "not SAML metadata that can be read"),
        (Says::document("<rss/>"), "EntityDescriptor"),
        (Says::document(&metadata(IDP, &[])), "no certificate for signing"),
        (
            Says::document(&metadata(IDP, &["idp"]).replace("entityID", "validUntil=\"2020-01-01T00:00:00Z\" entityID")),
            "validUntil",
        ),
        (Says::with("200 OK", &announced, &large), "larger than 1 MiB"),
        (Says::with("200 OK", "", &large), "larger than 1 MiB"),
        (Says::with("200 OK", "Content-Encoding: gzip\r\n", &gzip(&vec![b' '; 16 * 1024 * 1024])), "larger than 1 MiB"),
        (Says::with("200 OK", "Content-Encoding: br\r\n", b"x"), "compressed"),
        (Says::Octets(Vec::new()), "without an answer"),
    ] {
        server.says(says);
        refused(&server.url, words).await;
    }
    server.says(Says::Trickle);
    let started = std::time::Instant::now();
    refused(&server.url, "within 10 seconds").await;
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    assert_eq!(elsewhere.heard().len(), 0, "a redirect was followed");
    for (url, words) in [
        ("http://127.0.0.1:9/", "No connection"),
        ("https://no-such-host.invalid/", "cannot be found"),
        ("https://user:word@idp.example.test/", "user name"),
        ("ftp://idp.example.test/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("metadata", "no address"),
    ] {
        refused(url, words).await;
    }
    assert_eq!(admin.get(&path).await.expect(200), before);
    // Whose identity provider it is stays, once people sign in by it.
    server.says(Says::document(&metadata(IDP, &["idp"])));
    admin.put(&format!("{path}/metadata"), json!({ "url": server.url })).await.expect(200);
    activate(&instance, &path).await;
    let before = admin.get(&path).await.expect(200);
    server.says(Says::document(&metadata("https://idp.example.test/another", &["idp"])));
    let problem = admin.put(&format!("{path}/metadata"), json!({ "url": server.url })).await.expect(409);
    assert!(text(&problem["detail"]).contains("another identity provider"), "{problem}");
    assert_eq!(admin.get(&path).await.expect(200), before);
    instance.abandon("there is no worker");
}

#[tokio::test]
async fn nothing_that_only_we_could_reach_is_called() {
    let instance = Instance::with_settings(&PUBLIC_ONLY).await;
    let workspace = instance.workspace().enterprise().scim().create().await;
    let server = MetadataServer::start(Says::document(&metadata(IDP, &["idp"]))).await;
    let path = draft(&workspace).await;
    let admin = workspace.admin();
    let port = server.port;
    for (url, words) in [
        (server.url.clone(), "https://"),
        (format!("https://127.0.0.1:{port}/"), "not public"),
        (format!("https://localhost:{port}/"), "not public"),
        (format!("https://[::ffff:127.0.0.1]:{port}/"), "not public"),
        (format!("https://2130706433:{port}/"), "not public"),
        ("https://10.0.0.1/".into(), "not public"),
        ("https://169.254.169.254/latest/meta-data/".into(), "not public"),
        ("https://[fd00::1]/".into(), "not public"),
    ] {
        let problem = admin.put(&format!("{path}/metadata"), json!({ "url": url })).await.expect(400);
        assert!(text(&problem["detail"]).starts_with("url: ") && problem["detail"].to_string().contains(words), "{problem}");
    }
    // A name that was public when it was given, and is ours when it is called.
    let sql = format!(
        "update saml_connections set metadata_url = 'https://localhost:{port}/', metadata_fetched_at = now(), metadata_tried_at = now()"
    );
    instance.database.execute(&sql).await;
    let problem = admin.post(&format!("{path}/metadata/refresh"), Value::Null).await.expect(409);
    assert!(text(&problem["detail"]).contains("not public"), "{problem}");
    assert_eq!(admin.get(&path).await.expect(200)["metadata_error"], problem["detail"]);
    assert_eq!(server.heard().len(), 0);
    instance.abandon("there is no worker");
}

#[tokio::test]
async fn it_is_fetched_again_and_a_new_certificate_waits_for_an_administrator() {
    let mut instance = Instance::with_settings(SAML_SETTINGS).await;
    let workspace = instance.workspace().enterprise().scim().create().await;
    let server = MetadataServer::start(Says::document(&metadata(IDP, &["idp"]))).await;
    let path = draft(&workspace).await;
    let admin = workspace.admin();
    admin.put(&format!("{path}/metadata"), json!({ "url": server.url })).await.expect(200);
    activate(&instance, &path).await;
    let before = admin.get(&path).await.expect(200);
    instance.start_worker_with(&EVERY_SECOND);
    let now = async || admin.get(&path).await.expect(200);
    let becomes = async |what: &str, is: &dyn Fn(&Value) -> bool| {
        eventually(what, async || is(&now().await)).await;
        let shown = now().await;
        assert_eq!(rest(&shown), rest(&before), "{what}");
        shown
    };
    eventually("it is fetched again", async || now().await["metadata_fetched_at"] != before["metadata_fetched_at"]).await;
    let quiet = now().await;
    assert_eq!((&quiet["updated_at"], readers(&workspace, &path).await.len()), (&before["updated_at"], 1));

    server.says(Says::document(&metadata(IDP, &["idp", "idp2"])));
    let shown = becomes("the new certificate is there", &|shown| certificates(shown).len() == 2).await;
    let both = [("CN=idp.example.test", false), ("CN=idp.example.test next", true)];
    assert_eq!(certificates(&shown), both);
    assert!(warns(&shown, "A new certificate is staged: CN=idp.example.test next ("), "{shown}");
    let calls = server.heard().len();
    eventually("it is fetched some more times", async || server.heard().len() > calls + 2).await;
    assert_eq!(readers(&workspace, &path).await, ["token", "system"], "what changes nothing is not told");

    server.says(Says::with("500 Broken", "", b""));
    let shown = becomes("a failure is shown", &|shown| shown["metadata_error"].is_string()).await;
    assert!(text(&shown["metadata_error"]).contains("answers 500") && warns(&shown, "could not be refreshed since"), "{shown}");
    assert_eq!(certificates(&shown), both);
    let refresh = format!("{path}/metadata/refresh");
    let problem = admin.post(&refresh, Value::Null).await.expect(409);
    assert!(text(&problem["detail"]).contains("answers 500"), "{problem}");
    server.says(Says::document(&metadata("https://idp.example.test/another", &["idp"])));
    let is_another = |shown: &Value| shown["metadata_error"].to_string().contains("nother identity provider");
    let shown = becomes("another identity provider is not followed", &is_another).await;
    assert_eq!(certificates(&shown), both);

    // What is not said any more verifies until an administrator removes it, and what was pinned stays so.
    server.says(Says::document(&metadata(IDP, &["idp2"])));
    let shown = becomes("it has healed", &|shown| shown["metadata_error"].is_null()).await;
    assert_eq!(certificates(&shown), both);
    assert!(!warns(&shown, "could not be refreshed"), "{shown}");
    let pinned = admin.post(&format!("{path}/certificates"), json!({ "certificate": certificate("idp2") })).await.expect(200);
    assert!(certificates(&pinned).iter().all(|(_, staged)| !staged), "{pinned}");
    assert_eq!(pinned["warnings"], json!([]));
    let shown = admin.post(&refresh, Value::Null).await.expect(200);
    assert_eq!(certificates(&shown), certificates(&pinned));
    // A certificate that waits goes as it has come.
    server.says(Says::document(&metadata(IDP, &["idp2", "idpec"])));
    assert_eq!(certificates(&admin.post(&refresh, Value::Null).await.expect(200)).len(), 3);
    server.says(Says::document(&metadata(IDP, &["idp2"])));
    assert_eq!(certificates(&admin.post(&refresh, Value::Null).await.expect(200)), certificates(&pinned));
    instance.finish().await;
}

#[tokio::test]
async fn after_a_failure_it_is_tried_again_within_the_hour() {
    let mut instance = Instance::with_settings(SAML_SETTINGS).await;
    let workspace = instance.workspace().enterprise().scim().create().await;
    let server = MetadataServer::start(Says::document(&metadata(IDP, &["idp"]))).await;
    let path = draft(&workspace).await;
    let admin = workspace.admin();
    admin.put(&format!("{path}/metadata"), json!({ "url": server.url })).await.expect(200);
    server.says(Says::with("500 Broken", "", b""));
    admin.post(&format!("{path}/metadata/refresh"), Value::Null).await.expect(409);
    server.says(Says::document(&metadata(IDP, &["idp", "idp2"])));
    // Not before an hour is over, and then it is.
    let due = "select count(*) from saml_connections where metadata_tried_at between now() - interval '23 hours 5 minutes' and now() - interval '23 hours'";
    assert_eq!(instance.database.count(due).await, 1);
    instance.database.execute("update saml_connections set metadata_tried_at = metadata_tried_at - interval '61 minutes'").await;
    instance.start_worker_with(SAML_SETTINGS);
    eventually("it is fetched again", async || certificates(&admin.get(&path).await.expect(200)).len() == 2).await;
    assert!(admin.get(&path).await.expect(200)["metadata_error"].is_null());
    instance.finish().await;
}

#[tokio::test]
async fn several_workers_fetch_it_once() {
    let mut instance = Instance::with_settings(SAML_SETTINGS).await;
    let workspace = instance.workspace().enterprise().scim().create().await;
    let server = MetadataServer::start(Says::document(&metadata(IDP, &["idp"]))).await;
    for _ in 0..10 {
        let path = draft(&workspace).await;
        workspace.admin().put(&format!("{path}/metadata"), json!({ "url": server.url })).await.expect(200);
    }
    assert_eq!(server.heard().len(), 10);
    instance.database.execute("update saml_connections set metadata_tried_at = now() - interval '25 hours'").await;
    for _ in 0..3 {
        instance.start_worker_with(SAML_SETTINGS);
    }
    eventually("all are fetched", async || server.heard().len() >= 20).await;
    // Each of them has had its turn when it can do something else.
    workspace.admin().post("/members", json!({ "email": "ada@acme.test", "role": "viewer" })).await.expect(201);
    instance.settle().await;
    let late = "select count(*) from saml_connections where metadata_tried_at < now() - interval '1 hour'";
    assert_eq!((server.heard().len(), instance.database.count(late).await), (20, 0));
    instance.finish().await;
}

#[tokio::test]
async fn it_is_told_once_each_when_a_certificate_runs_out_within_30_7_and_1_days() {
    let mut instance = Instance::with_settings(SAML_SETTINGS).await;
    let (workspace, other) = (instance.workspace().open().await, instance.workspace().open().await);
    let tried = draft(&workspace).await;
    let body = json!({ "xml": metadata(IDP, &["idp"]) });
    workspace.admin().put(&format!("{tried}/metadata"), body).await.expect(200);
    instance.start_worker_with(&EVERY_SECOND);
    let left = async |workspace: &Workspace, left: &str| {
        let sql =
            format!("update saml_certificates set not_after = now() + interval '{left}' where workspace_id = '{}'", workspace.id);
        instance.database.execute(&sql).await;
    };
    let told = async |workspace: &Workspace| {
        let page = workspace.admin().get(EXPIRING).await.expect(200);
        let events = page["events"].as_array().expect("events").iter();
        events.map(|event| event["data"]["days"].as_i64().expect("days")).collect::<Vec<_>>()
    };
    let mut expected = Vec::new();
    for (interval, days, left_days) in [("20 days 1 hour", 30, 20), ("5 days 1 hour", 7, 5), ("12 hours", 1, 0)] {
        left(&workspace, interval).await;
        expected.push(days);
        eventually("it is told", async || told(&workspace).await == expected).await;
        let connections = workspace.admin().get("/saml/connections").await.expect(200);
        for connection in connections.as_array().expect("connections") {
            assert_eq!(connection["certificates"][0]["expires_in_days"], left_days, "{connection}");
            assert!(warns(connection, "runs out in"), "{connection}");
        }
    }
    // Another one later: what was told before is not told again, and of a connection by which nobody signs in nothing is.
    left(&workspace, "10 days").await;
    left(&other, "10 days").await;
    eventually("the other one is told of", async || told(&other).await == [30]).await;
    assert_eq!(told(&workspace).await, expected);
    let page = workspace.admin().get(EXPIRING).await.expect(200);
    for event in page["events"].as_array().expect("events") {
        assert_ne!(event["subject_id"], id(&tried));
        assert_eq!(event["data"]["subject"], "Nobody");
    }
    left(&workspace, "-1 hour").await;
    let connection = workspace.admin().get(&tried).await.expect(200);
    assert_eq!(connection["certificates"][0]["expires_in_days"], -1);
    assert!(warns(&connection, "has run out"), "{connection}");
    instance.finish().await;
}
