//! Secrets: shown once, kept sealed, changed without a gap.

use serde_json::{Value, json};

use super::{Hook, Receiver, happen, quick, text};
use crate::harness::{Instance, SECRET_KEY, eventually};

#[tokio::test]
async fn a_secret_is_shown_once_and_stands_nowhere_in_the_clear() {
    let instance = quick().await;
    let workspace = instance.workspace().open().await;
    let receiver = Receiver::start().await;
    receiver.answers(|_| super::Reply::status(500));
    let hook = Hook::to(&instance, &workspace, &receiver).await;
    let rotated = text(&hook.post("rotate-secret", json!({})).await.expect(200)["secret"]).to_owned();
    happen(&workspace, "First").await;
    receiver.has(2).await;
    let mut places = Vec::new();
    for path in ["/webhooks", &hook.path, &format!("{}/attempts", hook.path), "/events"] {
        places.push(workspace.admin().get(path).await.text);
    }
    places.push(workspace.admin().patch(&hook.path, json!({ "types": ["group.created"] })).await.text);
    places.push(instance.database.dump());
    places.push(instance.logs());
    let places = places.join("\n");
    assert!(places.contains(text(&hook.shown().await["id"])));
    for secret in [&hook.secret, &rotated] {
        let key = secret.strip_prefix("whsec_").expect("the prefix");
        assert_eq!(data_encoding::BASE64.decode(key.as_bytes()).expect("base64").len(), 32);
        assert!(!places.contains(&key[..12]), "a secret stands somewhere");
    }
    assert!(!places.contains("whsec_"));
    assert!(!places.contains(SECRET_KEY));
    // Paths of receivers are secrets of theirs.
    assert!(!instance.logs().contains("path-of-the-receiver"));
    let audited = "select count(*) from audit_log where detail::text like '%path-of-the-receiver%'";
    assert_eq!(instance.database.count(audited).await, 0);
    instance.finish().await;
}

#[tokio::test]
async fn two_secrets_sign_while_they_overlap() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let receiver = Receiver::start().await;
    let hook = Hook::to(&instance, &workspace, &receiver).await;
    let rotate = async |hours: Value| hook.post("rotate-secret", json!({ "overlap_hours": hours })).await;
    let rotated = rotate(Value::Null).await.expect(200);
    let second = text(&rotated["secret"]).to_owned();
    let until: chrono::DateTime<chrono::Utc> = text(&rotated["previous_secret_until"]).parse().expect("a time");
    assert!((1430..=1440).contains(&(until - rollcall::clock::now()).num_minutes()), "{until}");
    assert_eq!(hook.shown().await["previous_secret_until"], rotated["previous_secret_until"]);
    happen(&workspace, "First").await;
    let delivery = receiver.has(1).await[0].clone();
    assert_eq!((delivery.signed_by(&second), delivery.signed_by(&hook.secret)), (Some(0), Some(1)));

    instance.database.execute("update webhook_endpoints set secret_before_until = now() - interval '1 second'").await;
    happen(&workspace, "Second").await;
    let delivery = receiver.has(2).await[1].clone();
    assert_eq!((delivery.signed_by(&second), delivery.signed_by(&hook.secret)), (Some(0), None));
    assert!(!delivery.headers["webhook-signature"].contains(' '));

    let third = text(&rotate(json!(0)).await.expect(200)["secret"]).to_owned();
    happen(&workspace, "Third").await;
    let delivery = receiver.has(3).await[2].clone();
    assert_eq!((delivery.signed_by(&third), delivery.signed_by(&second)), (Some(0), None));
    rotate(json!(169)).await.expect(400);
    instance.finish().await;
}

#[tokio::test]
async fn without_a_key_no_webhook_is_made_and_the_operator_is_told_what_to_set() {
    let instance = Instance::with_settings(&[("ROLLCALL_SECRET_KEY", "")]).await;
    let workspace = instance.workspace().open().await;
    let refused = workspace.admin().post("/webhooks", json!({ "url": "http://127.0.0.1:9" })).await.expect(409);
    assert!(text(&refused["detail"]).contains("ROLLCALL_SECRET_KEY"), "{refused}");
    assert_eq!(workspace.admin().get("/webhooks").await.expect(200), json!([]));
    instance.abandon("there is no worker");
}

#[tokio::test]
async fn another_key_takes_over_and_the_one_before_can_go() {
    let mut instance = quick().await;
    let workspace = instance.workspace().open().await;
    let receiver = Receiver::start().await;
    let hook = Hook::to(&instance, &workspace, &receiver).await;
    hook.post("rotate-secret", json!({})).await.expect(200);
    let sealed =
        "select count(*) from (select split_part(unnest(array [secret, secret_before]), '.', 1) as key from webhook_endpoints) k
                  group by key";
    assert_eq!(instance.database.count(sealed).await, 2);
    let before: String =
        sqlx::query_scalar("select secret from webhook_endpoints").fetch_one(&instance.database.pool).await.expect("a secret");
    instance.worker(0).terminate();
    let key = "ab".repeat(32);
    let both = format!("{key},{SECRET_KEY}");
    let worker = instance.start_worker_with(&[("ROLLCALL_SECRET_KEY", &both), ("ROLLCALL_EVENTS_PRUNE_SECONDS", "1")]);
    let unchanged =
        format!("select count(*) from webhook_endpoints where split_part(secret, '.', 1) = split_part('{before}', '.', 1)");
    eventually("it is sealed anew", async || instance.database.count(&unchanged).await == 0).await;
    instance.worker(worker).terminate();
    instance.start_worker_with(&[("ROLLCALL_SECRET_KEY", &key)]);
    happen(&workspace, "First").await;
    let delivery = receiver.has(1).await[0].clone();
    assert_eq!(delivery.signed_by(&hook.secret), Some(1), "both still sign");
    instance.finish().await;
}
