//! What is not called, and what is no webhook.

use serde_json::json;

use super::{Hook, Receiver, happen, text};
use crate::harness::{Instance, eventually};

const PUBLIC_ONLY: [(&str, &str); 2] =
    [("ROLLCALL_WEBHOOK_PRIVATE_ADDRESSES", "off"), ("ROLLCALL_WEBHOOK_PAUSES", "1,1,1,1,1,1")];

#[tokio::test]
async fn no_webhook_is_made_for_an_address_that_is_not_public() {
    let instance = Instance::with_settings(&PUBLIC_ONLY).await;
    let workspace = instance.workspace().open().await;
    for (url, says) in [
        ("http://example.com/", "https://"),
        ("https://127.0.0.1/", "not public"),
        ("https://2130706433/", "not public"),
        ("https://[::1]/", "not public"),
        ("https://[::ffff:10.0.0.1]/", "not public"),
        ("https://169.254.169.254/latest/meta-data/", "not public"),
        ("https://localhost/", "not public"),
        ("https://no-such-host.invalid/", "cannot be found"),
        ("https://user:word@1.1.1.1/", "user name"),
        ("https://1.1.1.1/#part", "#"),
        ("nonsense", "address like"),
    ] {
        let refused = workspace.admin().post("/webhooks", json!({ "url": url })).await.expect(400);
        let detail = text(&refused["detail"]);
        assert!(detail.starts_with("url: ") && detail.contains(says), "{url}: {detail}");
    }
    assert_eq!(workspace.admin().get("/webhooks").await.expect(200), json!([]));
    // An address needs no look-up, and nothing is sent before something happens.
    let made = workspace.admin().post("/webhooks", json!({ "url": "https://1.1.1.1/hook" })).await.expect(201);
    let path = format!("/webhooks/{}", text(&made["webhook"]["id"]));
    workspace.admin().patch(&path, json!({ "url": "https://127.0.0.1/" })).await.expect(400);
    assert_eq!(workspace.admin().get(&path).await.expect(200)["url"], "https://1.1.1.1/hook");
    instance.abandon("there is no worker");
}

/// A name that was public when the webhook was made, and is ours when it is called: the worker finds it out for itself.
#[tokio::test]
async fn an_address_is_checked_again_at_each_delivery() {
    let mut instance = Instance::without_worker().await;
    instance.start_worker_with(&PUBLIC_ONLY);
    let workspace = instance.workspace().open().await;
    let receiver = Receiver::start().await;
    let named = format!("https://localhost:{}/", receiver.port);
    let numbered = format!("https://127.0.0.1:{}/", receiver.port);
    for (url, says) in [(named, "not public"), (numbered, "not public"), (receiver.url.clone(), "https://")] {
        let hook = Hook::make(&instance, &workspace, json!({ "url": url })).await;
        happen(&workspace, &url).await;
        eventually("an attempt was refused", async || !hook.attempts().await.is_empty()).await;
        let attempt = hook.attempts().await[0].clone();
        assert!(text(&attempt["error"]).contains(says), "{attempt}");
        assert_eq!(attempt["status"], serde_json::Value::Null);
    }
    assert_eq!(receiver.deliveries().len(), 0);
    instance.finish().await;
}

/// The certificate of a receiver that nobody knows.
#[tokio::test]
async fn a_receiver_that_cannot_prove_who_it_is_gets_nothing() {
    let mut instance = Instance::without_worker().await;
    instance.start_worker_with(&super::QUICK);
    let workspace = instance.workspace().open().await;
    let receiver = Receiver::start().await;
    let url = format!("https://localhost:{}/", receiver.port);
    let hook = Hook::make(&instance, &workspace, json!({ "url": url })).await;
    happen(&workspace, "First").await;
    eventually("an attempt has failed", async || !hook.attempts().await.is_empty()).await;
    let attempt = hook.attempts().await[0].clone();
    assert!(text(&attempt["error"]).contains("within 2 seconds") || text(&attempt["error"]).contains("encrypted"), "{attempt}");
    assert_eq!(receiver.deliveries().len(), 0);
    instance.finish().await;
}

#[tokio::test]
async fn what_is_no_webhook_is_refused_with_a_reason() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let admin = workspace.admin();
    for (body, says) in [
        (json!({ "url": "http://127.0.0.1:9", "types": ["member"] }), "member.invited"),
        (json!({ "url": format!("http://127.0.0.1:9/{}", "x".repeat(2048)) }), "url"),
        (json!({ "url": "http://127.0.0.1:9", "secret": "mine" }), "secret"),
    ] {
        let refused = admin.post("/webhooks", body.clone()).await.expect(400);
        assert!(text(&refused["detail"]).contains(says), "{body}: {refused}");
    }
    for _ in 0..20 {
        admin.post("/webhooks", json!({ "url": "http://127.0.0.1:9", "types": ["token.created"] })).await.expect(201);
    }
    let refused = admin.post("/webhooks", json!({ "url": "http://127.0.0.1:9" })).await.expect(409);
    assert!(text(&refused["detail"]).contains("20"), "{refused}");
    assert_eq!(admin.get("/webhooks").await.expect(200).as_array().map(Vec::len), Some(20));
    let audited = "select count(*) from audit_log where action = 'webhook.created'";
    assert_eq!(instance.database.count(audited).await, 20);
    instance.abandon("there is no worker");
}
