//! Filters as SQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod differential;
mod indexes;
mod ordering;

use rollcall::{
    ids::WorkspaceId,
    scim::{Position, Sort, filter::Filter, schema::ResourceType},
    store::{
        Db, WorkspaceTx,
        listing::{self, Listing, Source},
    },
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

/// A list as it is asked for here.
fn listing<'a>(resource_type: ResourceType, filter: Option<&'a Filter>, sort: Option<&'a Sort>) -> Listing<'a> {
    Listing::of(BASE, Source { resource_type, filter, sort })
}

/// The positions of a page, by number.
async fn page(tx: &mut WorkspaceTx, listing: &Listing<'_>, skip: u64, limit: u64) -> Vec<Position> {
    let what = || format!("{listing:?}");
    let after = match skip {
        0 => None,
        skip => listing::passed_by(tx, listing, None, skip).await.unwrap_or_else(|e| panic!("{}: {e:?}", what())),
    };
    listing::positions(tx, listing, after.as_ref(), limit).await.unwrap_or_else(|e| panic!("{}: {e:?}", what()))
}

fn ids(positions: &[Position]) -> Vec<String> {
    positions.iter().map(|position| position.id.to_string()).collect()
}

/// How many match in all, and the ids of one page.
async fn answer(tx: &mut WorkspaceTx, kind: ResourceType, filter: &Filter, skip: u64, limit: u64) -> (u64, Vec<String>) {
    let listing = listing(kind, Some(filter), None);
    let total = listing::count(tx, &listing).await.unwrap_or_else(|e| panic!("{filter}: {e:?}"));
    (total, ids(&page(tx, &listing, skip, limit).await))
}
