//! What is looked for is found by index: what a search reads does not grow with the log.

use rollcall::{
    ids::{RequestId, WorkspaceId},
    store::{
        Db,
        audit::{self, Facets, Order, Span},
        stretch::Stretch,
    },
};
use uuid::Uuid;

use crate::harness::{Database, reads};

/// Whose rows and index entries are counted.
const TABLES: &str = "^audit_log";

const ADA: &str = "019f0000-0000-7000-8000-00000000ada0";
const PAGE: i64 = 101;

/// A hundred thousand entries of twenty tokens and the worker: one in a thousand about Ada, one in a thousand of one request, five of a
/// rare action.
async fn fill(db: &Db, workspace: WorkspaceId) {
    let sql = "with made as (
             insert into workspaces (id, slug, name, created_at, updated_at) values ($1, 'w' || $1::text, 'w', now(), now())
             returning id
         )
         insert into audit_log (workspace_id, id, at, actor, action, subject_id, request_id)
         select id, (lpad(to_hex(1700000000000 + n), 12, '0') || '70008' || substr(md5(n::text), 1, 15))::uuid,
                to_timestamp((1700000000000 + n) / 1000.0),
                case when n % 3 = 0 then 'worker'
                     else 'token:019f0000-0000-7000-8000-' || lpad((n % 20)::text, 12, '0') end,
                case when n % 20000 = 7 then 'group.deleted' when n % 2 = 0 then 'user.updated' else 'member.role_changed' end,
                case when n % 1000 = 4 then '019f0000-0000-7000-8000-00000000ada0'::uuid else gen_random_uuid() end,
                case when n % 1000 = 5 then '019f0000-0000-7000-8000-00000000ada0'::uuid when n % 7 = 0 then null
                     else gen_random_uuid() end
         from made, generate_series(1, 100000) n";
    sqlx::query(sql).bind(workspace).execute(db.pool()).await.expect(sql);
}

#[tokio::test]
async fn every_search_reads_what_it_answers_and_little_more() {
    let database = Database::create().await;
    let db = Db::new(&database.url.clone().into(), 4).expect("an address");
    let (workspace, other) = (WorkspaceId::new(), WorkspaceId::new());
    fill(&db, workspace).await;
    fill(&db, other).await;
    sqlx::raw_sql("analyze").execute(db.pool()).await.expect("analyze");
    let everything = Stretch { from: Uuid::nil(), before: Uuid::max() };
    let middle = Stretch { from: Uuid::from_u128((1_700_000_000_000 + 50_000) << 80), before: Uuid::max() };
    let ada = Uuid::parse_str(ADA).expect("an id");
    let actor = |name: &str| Some(vec![Span::exactly(name.to_owned())]);
    let actions = |name: &str| Some(Span::exactly(name.to_owned()));
    let some = Facets::default;
    for stretch in [everything, middle] {
        let half = stretch.from != Uuid::nil();
        for (facets, expected) in [
            (some(), 101),
            (Facets { actors: actor("worker"), ..some() }, 101),
            (Facets { actors: actor("token:019f0000-0000-7000-8000-000000000007"), ..some() }, 101),
            (Facets { actors: actor("token:019f0000-0000-7000-8000-000000000077"), ..some() }, 0),
            (Facets { actors: Some(vec![Span::below("token", ':')]), ..some() }, 101),
            (Facets { actions: actions("group.deleted"), ..some() }, if half { 2 } else { 5 }),
            (Facets { actions: Some(Span::below("group", '.')), ..some() }, if half { 2 } else { 5 }),
            (Facets { actions: actions("user.deleted"), ..some() }, 0),
            (Facets { actions: actions("user.updated"), ..some() }, 101),
            (Facets { actors: actor("worker"), actions: actions("group.deleted"), ..some() }, if half { 1 } else { 2 }),
            (Facets { subject: Some(ada), ..some() }, if half { 50 } else { 100 }),
            (Facets { subject: Some(Uuid::nil()), ..some() }, 0),
            (Facets { request: Some(RequestId::from_uuid(ada)), ..some() }, if half { 50 } else { 100 }),
            (Facets { request: Some(RequestId::from_uuid(Uuid::nil())), ..some() }, 0),
        ] {
            for order in [Order::NewestFirst, Order::OldestFirst] {
                let mut tx = db.workspace(workspace).await.expect("a transaction");
                let before = reads(&mut tx, TABLES).await;
                let ids = audit::ids(&mut tx, &facets, stretch, order, PAGE).await.expect("entries");
                let rows = audit::among(&mut tx, &ids, &facets, order).await.expect("entries");
                let after = reads(&mut tx, TABLES).await;
                assert_eq!((ids.len(), rows.len()), (expected, expected), "{facets:?} {order:?}");
                let ascending = rows.windows(2).all(|pair| pair[0].id < pair[1].id);
                let descending = rows.windows(2).all(|pair| pair[0].id > pair[1].id);
                assert!(if order == Order::NewestFirst { descending } else { ascending }, "{facets:?} {order:?}");
                // A page at most for each of some sixty pairs of actor and action.
                let (read, whole) = (after.0 - before.0, after.1 - before.1);
                assert!(read < 5_000 && whole == 0, "{facets:?} {order:?} read {read} entries, and the log whole {whole} times");
            }
        }
    }
}
