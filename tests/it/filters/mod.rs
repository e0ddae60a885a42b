//! Filters as SQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod differential;
pub mod generate;
mod indexes;

use rollcall::{
    ids::WorkspaceId,
    scim::{filter::Filter, schema::ResourceType},
    store::{Db, WorkspaceTx, groups, users},
};

use crate::harness::Database;

const BASE: &str = "https://rollcall.example/o'hara/scim/v2";

/// A workspace in a database of its own, without processes.
struct Directory {
    db: Db,
    workspace: WorkspaceId,
    _database: Database,
}

impl Directory {
    async fn create() -> Self {
        let database = Database::create().await;
        let db = Db::new(&database.url.clone().into(), 4).expect("an address");
        let workspace = WorkspaceId::new();
        sqlx::query("insert into workspaces (id, slug, name, created_at, updated_at) values ($1, 'w', 'w', now(), now())")
            .bind(workspace)
            .execute(db.pool())
            .await
            .expect("a workspace");
        Self { db, workspace, _database: database }
    }
}

/// How many match in all, and the ids of one page.
async fn answer(tx: &mut WorkspaceTx, kind: ResourceType, filter: &Filter, skip: u64, limit: u64) -> (u64, Vec<String>) {
    match kind {
        ResourceType::User => {
            let (total, rows) =
                users::page(tx, BASE, Some(filter), skip, limit).await.unwrap_or_else(|e| panic!("{filter}: {e:?}"));
            (total, rows.iter().map(|row| row.id.to_string()).collect())
        }
        ResourceType::Group => {
            let (total, rows) =
                groups::page(tx, BASE, Some(filter), skip, limit).await.unwrap_or_else(|e| panic!("{filter}: {e:?}"));
            (total, rows.iter().map(|row| row.id.to_string()).collect())
        }
    }
}
