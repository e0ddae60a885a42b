//! How a workspace shows that a domain is its own, and for how long.

use serde_json::{Value, json};

use super::{DOMAIN, add, instance, verified};
use crate::{
    harness::{Instance, eventually},
    membership::{
        linking::dns_server::{DnsServer, Says},
        text,
    },
};

async fn actions(workspace: &crate::harness::Workspace) -> Vec<String> {
    let found = workspace.admin().get("/audit-log").await.expect(200);
    let entries = found["entries"].as_array().expect("entries").iter();
    entries.map(|entry| text(&entry["action"]).to_owned()).filter(|action| action.starts_with("domain.")).collect()
}

#[tokio::test]
async fn a_domain_is_verified_by_its_record_and_the_answer_says_what_is_wrong() {
    let dns = DnsServer::start();
    let instance = instance(&dns, &[]).await;
    let workspace = instance.workspace().open().await;
    let admin = workspace.admin();
    let added = admin.post("/domains", json!({ "domain": "ACME.test." })).await.expect(201);
    assert_eq!((&added["domain"], &added["verified_at"]), (&json!(DOMAIN), &Value::Null));
    assert_eq!(added["record_name"], "_rollcall-challenge.acme.test");
    assert_eq!(admin.post("/domains", json!({ "domain": DOMAIN })).await.status, 409);
    let value = text(&added["record_value"]);
    let verify = async || admin.post(&format!("/domains/{DOMAIN}/verify"), Value::Null).await;
    let refused = async |says: Option<Says>, words: &[&str]| {
        if let Some(says) = says {
            dns.says(text(&added["record_name"]), says);
        }
        let answer = verify().await;
        assert_eq!(answer.status, 409, "{}", answer.text);
        for word in words {
            assert!(answer.text.contains(word), "{word} in {}", answer.text);
        }
        let listed = admin.get("/domains").await.expect(200);
        assert_eq!(listed[0]["verified_at"], Value::Null);
        assert!(listed[0]["problem"].is_string() && listed[0]["checked_at"].is_string(), "{listed}");
    };
    refused(None, &["no TXT record", "_rollcall-challenge.acme.test", value]).await;
    refused(Some(Says::Texts(vec!["v=spf1 -all".into()])), &["v=spf1 -all", value]).await;
    refused(Some(Says::Texts(vec![format!("{value}x"), "x".repeat(700)])), &[value]).await;
    refused(Some(Says::Failure), &["DNS has not answered", "Try again later"]).await;
    dns.says(text(&added["record_name"]), Says::Texts(vec!["v=spf1 -all".into(), value.to_owned()]));
    let verified = verify().await.expect(200);
    assert!(verified["verified_at"].is_string() && verified["problem"].is_null(), "{verified}");
    assert_eq!(verify().await.expect(200)["verified_at"], verified["verified_at"]);
    assert_eq!(actions(&workspace).await, ["domain.verified", "domain.added"]);

    // Another workspace's record is its own.
    let other = instance.workspace().open().await;
    let theirs = other.admin().post("/domains", json!({ "domain": DOMAIN })).await.expect(201);
    assert_ne!(theirs["record_value"], added["record_value"]);
    assert_eq!(other.admin().post(&format!("/domains/{DOMAIN}/verify"), Value::Null).await.status, 409);

    for nonsense in ["", "acme", "192.0.2.1", "a b.test", "https://acme.test", "*.acme.test"] {
        let answer = admin.post("/domains", json!({ "domain": nonsense })).await;
        assert!(answer.status == 400 && answer.text.contains("domain"), "{nonsense}: {}", answer.text);
    }
    assert_eq!(admin.post("/domains/nobodys.test/verify", Value::Null).await.status, 404);
    assert_eq!(admin.delete("/domains/nobodys.test").await.status, 404);
    admin.delete(&format!("/domains/{DOMAIN}")).await.expect(204);
    assert_eq!(admin.get("/domains").await.expect(200), json!([]));
    instance.finish().await;
}

#[tokio::test]
async fn a_record_that_is_gone_ends_it_after_three_looks_and_silence_does_not() {
    let dns = DnsServer::start();
    let instance = instance(&dns, &[("ROLLCALL_DOMAIN_CHECK_SECONDS", "1")]).await;
    let workspace = verified(&instance, &dns).await;
    let record = add(&workspace, &dns, "steady.test").await;
    workspace.admin().post("/domains/steady.test/verify", Value::Null).await.expect(200);
    let domain = async |name: &str| {
        let listed = workspace.admin().get("/domains").await.expect(200);
        listed.as_array().expect("domains").iter().find(|domain| domain["domain"] == name).expect("the domain").clone()
    };
    dns.says("_rollcall-challenge.steady.test", Says::Failure);
    eventually("silence is noticed", async || domain("steady.test").await["problem"].is_string()).await;
    dns.says("_rollcall-challenge.acme.test", Says::Texts(Vec::new()));
    eventually("the domain has lapsed", async || domain(DOMAIN).await["verified_at"].is_null()).await;
    assert!(text(&domain(DOMAIN).await["problem"]).contains("no TXT record"));
    assert!(domain("steady.test").await["verified_at"].is_string());
    dns.says("_rollcall-challenge.steady.test", Says::Texts(vec![text(&record["record_value"]).to_owned()]));
    eventually("all is well", async || domain("steady.test").await["problem"].is_null()).await;
    assert_eq!(actions(&workspace).await[0], "domain.lapsed");
    instance.finish().await;
}

#[tokio::test]
async fn a_workspace_has_a_hundred_domains_at_most() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let many = format!(
        "insert into domains (workspace_id, name, token, created_at)
         select '{}', 'd' || n || '.test', 'x', now() from generate_series(1, 99) as n",
        workspace.id
    );
    instance.database.execute(&many).await;
    workspace.admin().post("/domains", json!({ "domain": "last.test" })).await.expect(201);
    let refused = workspace.admin().post("/domains", json!({ "domain": "more.test" })).await;
    assert!(refused.status == 409 && refused.text.contains("100 domains"), "{}", refused.text);
    instance.abandon("nothing was enqueued");
}
