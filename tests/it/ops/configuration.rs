//! Configuration that cannot be used stops the start with a sentence that names the key; SIGTERM stops a process that works.

use std::time::Duration;

use serde_json::json;

use crate::harness::{Instance, Process, eventually, run};

const GOOD: [(&str, &str); 2] =
    [("DATABASE_URL", "postgres://postgres@127.0.0.1:1/rollcall"), ("REDIS_URL", "redis://127.0.0.1:1")];

fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_missing_key_is_named() {
    for command in [&["serve"][..], &["worker"], &["migrate"], &["workspace", "list"]] {
        for missing in ["DATABASE_URL", "REDIS_URL"] {
            let rest: Vec<(&str, &str)> = GOOD.into_iter().filter(|(key, _)| *key != missing).collect();
            let (code, _, errors) = run(command, &environment(&rest));
            assert_eq!(code, 1, "{command:?}");
            assert!(errors.contains(missing) && errors.contains("is not set") && errors.lines().count() == 1, "{errors}");
        }
    }
}

#[tokio::test]
async fn an_unknown_or_unusable_key_is_named() {
    for (key, value) in [
        ("ROLLCALL_LISTENN", "127.0.0.1:8080"),
        ("ROLLCALL_", "x"),
        ("ROLLCALL_LISTEN", "everywhere"),
        ("ROLLCALL_PUBLIC_URL", "rollcall.example.com"),
        ("ROLLCALL_OPERATOR_TOKEN", "an-operator-token"),
        ("ROLLCALL_SEAL_KEY", "an-operator-token"),
        ("ROLLCALL_DATABASE_CONNECTIONS", "many"),
        ("ROLLCALL_SESSION_IDLE_SECONDS", "0"),
        ("ROLLCALL_LOG_FORMAT", "xml"),
        ("ROLLCALL_LOG", "rollcall=loud"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("REDIS_URL", "nonsense"),
    ] {
        let mut pairs: Vec<(&str, &str)> = GOOD.into_iter().filter(|(other, _)| *other != key).collect();
        pairs.push((key, value));
        for command in ["serve", "worker"] {
            let folder = tempfile::tempdir().expect("a folder");
            let mut process = Process::start(command, &environment(&pairs), folder.path());
            let code = process.ended().await.code();
            let errors = process.log();
            assert_eq!(code, Some(1), "{command} with {key}={value}: {errors}");
            assert!(errors.contains(key), "{key}={value}: {errors}");
            assert!(!errors.contains("an-operator-token"), "a secret is not repeated: {errors}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_finishes_what_is_in_flight() {
    let mut instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let held = instance.database.hold("select 1 from users for update").await;
    let (scim, path) = (workspace.scim(), format!("/Users/{}", user["id"].as_str().expect("an id")));
    let slow =
        tokio::spawn(async move { scim.operations(&path, json!([{ "op": "replace", "path": "title", "value": "Late" }])).await });
    let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    eventually("the request waits for the row", async || instance.database.count(waits).await == 1).await;
    instance.server().tell_to_stop();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(instance.server().is_running(), "it waits for the request");
    drop(held);
    let answer = slow.await.expect("the request ends");
    assert_eq!(answer.expect(200)["title"], "Late");
    assert!(instance.server().ended().await.success());
    instance.start_worker();
    instance.finish().await;
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_ends_well() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    workspace.user("ada@acme.test").await;
    instance.settle().await;
    assert!(instance.worker(0).terminate().success());
    assert!(instance.server().terminate().success());
    instance.finish().await;
}
