//! `/healthz`, `/readyz`, `/metrics`, `/docs`.

use serde_json::json;

use crate::harness::{Instance, assert_includes, eventually};

#[tokio::test]
async fn a_process_that_can_work_is_ready_and_one_without_redis_says_so() {
    let mut instance = Instance::without_worker().await;
    let root = instance.anonymous();
    assert_eq!(root.get("/healthz").await.status, 200);
    let ready = root.get("/readyz").await.expect(200);
    assert_includes(&ready, &json!({ "ready": true, "postgres": "ok", "redis": "ok", "migrations": "ok" }), "all is well");
    instance.redis.stop();
    let answer = root.get("/readyz").await;
    assert_includes(
        &answer.expect(503),
        &json!({ "ready": false, "postgres": "ok", "redis": "unavailable", "migrations": "ok" }),
        "no Redis",
    );
    assert_eq!(root.get("/healthz").await.status, 200);
    instance.redis.start_again();
    eventually("it is ready again", async || root.get("/readyz").await.status == 200).await;
    instance.database.shut().await;
    assert_includes(
        &root.get("/readyz").await.expect(503),
        &json!({ "ready": false, "postgres": "unavailable", "redis": "ok" }),
        "no Postgres",
    );
    assert_eq!(root.get("/healthz").await.status, 200);
    instance.database.open().await;
    eventually("it is ready again", async || root.get("/readyz").await.status == 200).await;
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn a_database_without_its_migrations_is_not_ready() {
    let instance = Instance::without_worker().await;
    instance.database.execute("delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)").await;
    let body = instance.anonymous().get("/readyz").await.expect(503);
    assert!(body["migrations"].as_str().expect("a text").contains("rollcall migrate"), "{body}");
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn the_age_of_the_last_sweep_is_told() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    instance.ops().post(&format!("/workspaces/{}/reconcile", workspace.slug), serde_json::Value::Null).await.expect(202);
    instance.settle().await;
    let age = instance.anonymous().get("/readyz").await.expect(200)["last_sweep_age_seconds"].clone();
    assert!(age.as_i64().is_some_and(|age| (0..60).contains(&age)), "{age}");
    instance.finish().await;
}

#[tokio::test]
async fn requests_are_counted_by_operation_and_status() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    for _ in 0..3 {
        workspace.scim().get("/Users").await.expect(200);
    }
    workspace.scim().get("/Users/secret-name").await.scim_error(404, None);
    workspace.scim().anonymous().get("/Users").await.scim_error(401, None);
    let answer = instance.anonymous().get("/metrics").await;
    assert!(answer.header("content-type").starts_with("text/plain"));
    let count = |operation: &str, status: u16| {
        let line = format!("rollcall_http_requests_total{{operation=\"{operation}\",status=\"{status}\"}} ");
        answer.text.lines().find_map(|text| text.strip_prefix(&line)).and_then(|n| n.parse::<u64>().ok())
    };
    assert_eq!(count("listUsers", 200), Some(3), "{}", answer.text);
    assert_eq!(count("getUser", 404), Some(1));
    assert!(answer.text.contains("rollcall_http_request_duration_seconds_bucket"));
    assert!(answer.text.contains("rollcall_receipts_open 0"));
    assert!(!answer.text.contains("secret-name") && !answer.text.contains(&workspace.scim_token));
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn the_pages_of_the_documentation_load_nothing_from_elsewhere() {
    let instance = Instance::without_worker().await;
    let root = instance.anonymous();
    for page in ["/docs", "/docs/scim", "/docs/workspace", "/docs/ops"] {
        let answer = root.get(page).await;
        assert_eq!(answer.status, 200, "{page}");
        let policy = answer.header("content-security-policy").to_owned();
        assert!(policy.contains("default-src 'none'") && !policy.contains("http"), "{page}: {policy}");
        for loading in ["src=\"http", "src='http", "src=\"//", "href=\"http", "@import", "url(http", "url(//", "<iframe"] {
            // Links that a reader may follow are no loading; a stylesheet is.
            let found = answer.text.match_indices(loading).map(|(at, _)| {
                let start = answer.text[..at].rfind('<').unwrap_or(0);
                answer.text[start..].chars().take(80).collect::<String>()
            });
            let found: Vec<String> = found.filter(|tag| !tag.starts_with("<a ")).collect();
            assert!(found.is_empty(), "{page} loads {found:?}");
        }
    }
    let index = root.get("/docs").await.text;
    for link in index.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert_eq!(root.get(link).await.status, 200, "{link}");
    }
    instance.abandon("nothing was enqueued");
}
