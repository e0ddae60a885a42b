//! What was written stays as it was written.

use rollcall::store::Db;

use crate::harness::{Database, Instance};

/// Whatever a use case might do by mistake is done by this role.
#[tokio::test]
async fn nobody_who_is_bound_to_a_workspace_can_change_or_remove_an_entry() {
    let database = Database::create().await;
    let workspace = rollcall::ids::WorkspaceId::new();
    let entry = format!(
        "insert into workspaces (id, slug, name, created_at, updated_at) values ('{workspace}', 'w', 'w', now(), now());
         insert into audit_log (workspace_id, id, at, actor, action, subject_id)
         values ('{workspace}', gen_random_uuid(), now(), 'operator', 'workspace.created', '{workspace}')"
    );
    database.execute(&entry).await;
    let db = Db::new(&database.url.clone().into(), 2).expect("an address");
    let attempt = async |sql: &'static str| {
        let mut tx = db.workspace(workspace).await.expect("a transaction");
        let answer = sqlx::query(sql).execute(tx.connection()).await;
        let code = answer.err().and_then(|error| error.into_database_error()?.code().map(|code| code.into_owned()));
        drop(tx);
        code
    };
    const DENIED: &str = "42501";
    for sql in [
        "update audit_log set action = 'workspace.changed'",
        "update audit_log set detail = null where action = 'none'",
        "delete from audit_log",
        "truncate audit_log",
        "alter table audit_log disable row level security",
        "drop table audit_log",
        "insert into audit_log (workspace_id, id, at, actor, action, subject_id)
         values (gen_random_uuid(), gen_random_uuid(), now(), 'operator', 'workspace.created', gen_random_uuid())",
    ] {
        assert_eq!(attempt(sql).await.as_deref(), Some(DENIED), "{sql}");
    }
    assert_eq!(attempt("select from audit_log").await, None);
    assert_eq!(database.count("select count(*) from audit_log where action = 'workspace.created'").await, 1);
}

#[tokio::test]
async fn no_operation_of_the_api_takes_an_entry_away() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let entry = super::search(&workspace, &[]).await[0]["id"].as_str().expect("an id").to_owned();
    for path in ["/audit-log".to_owned(), format!("/audit-log/{entry}")] {
        for method in [reqwest::Method::DELETE, reqwest::Method::PUT, reqwest::Method::PATCH, reqwest::Method::POST] {
            let answer = workspace.admin().send(workspace.admin().request(method.clone(), &path)).await;
            assert!(matches!(answer.status, 404 | 405), "{method} {path}: {}", answer.status);
        }
    }
    instance.abandon("nobody works here");
}
