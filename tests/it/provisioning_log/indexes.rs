//! What is looked for is found by index: what a search reads does not grow with the log.

use rollcall::{
    ids::{UserId, WorkspaceId},
    store::{
        Db, WorkspaceTx,
        provisioning_log::{self as log, Bounds, Facets, Stretch},
    },
};
use uuid::Uuid;

use crate::harness::{Database, reads};

/// Whose rows and index entries are counted.
const TABLES: &str = "^provisioning_log";

const ADA: &str = "019f0000-0000-7000-8000-00000000ada0";
const PAGE: i64 = 101;

/// A hundred thousand entries: mostly reads of others, one in a thousand of Ada, one in a thousand refused, very few of another kind.
async fn fill(db: &Db, workspace: WorkspaceId) {
    for sql in [
        "insert into provisioning_log
             (workspace_id, id, at, token_id, operation, method, path, target_type, target_id, person_key, people, status, duration_us,
              request_cut, answer_cut, bytes)
         select $1, (lpad(to_hex(1700000000000 + n), 12, '0') || '70008' || substr(md5(n::text), 1, 15))::uuid, now(), $1,
                case when n % 20000 = 7 then 'deleteGroup' when n % 1000 = 7 then 'createUser' else 'getUser' end, 'GET', '/', 'User',
                case when n % 1000 = 3 then '019f0000-0000-7000-8000-00000000ada0' else gen_random_uuid()::text end,
                case when n % 1000 = 4 then 'ada@acme.test' else 'user' || n end, '{}',
                case when n % 1000 = 5 then 404 when n = 17 then 500 else 200 end, 1, false, false, 500
         from generate_series(1, 100000) n",
        "insert into provisioning_log_people (workspace_id, user_id, entry_id)
         select workspace_id, case when status = 404 then '019f0000-0000-7000-8000-00000000ada0'::uuid else gen_random_uuid() end, id
         from provisioning_log where workspace_id = $1",
        "insert into provisioning_log_sizes (workspace_id, slot, entries, bytes) values ($1, 0, 100000, 50000000)",
    ] {
        sqlx::query(sql).bind(workspace).execute(db.pool()).await.expect(sql);
    }
}

async fn since((read, whole): (i64, i64), tx: &mut WorkspaceTx) -> (i64, i64) {
    let now = reads(tx, TABLES).await;
    (now.0 - read, now.1 - whole)
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
    let middle = Stretch { from: Uuid::nil(), before: Uuid::from_u128((1_700_000_000_000 + 50_000) << 80) };
    let facets = |lowest, highest, operation| Facets { lowest, highest, operation };
    let ada = [UserId::from_uuid(Uuid::parse_str(ADA).expect("an id"))];
    for stretch in [everything, middle] {
        let half = stretch.before != Uuid::max();
        for (facets, expected) in [
            (facets(404, 404, None), if half { 50 } else { 100 }),
            (facets(400, 999, None), if half { 51 } else { 101 }),
            (facets(500, 599, None), 1),
            (facets(501, 599, None), 0),
            (facets(0, 999, Some("deleteGroup")), if half { 3 } else { 5 }),
            (facets(0, 999, Some("getUser")), 101),
            (facets(200, 200, Some("createUser")), if half { 47 } else { 95 }),
        ] {
            let mut tx = db.workspace(workspace).await.expect("a transaction");
            let before = reads(&mut tx, TABLES).await;
            let rows = log::with_facets(&mut tx, facets, stretch, PAGE).await.expect("entries");
            assert_eq!(rows.len(), expected, "{facets:?}");
            assert!(rows.windows(2).all(|pair| pair[0].id > pair[1].id));
            let (read, whole) = since(before, &mut tx).await;
            // For each of five pairs of status and operation a page at most, and the page itself.
            assert!(read < 1000 && whole == 0, "{facets:?} read {read} entries, and {whole} tables whole");
        }
        let mut tx = db.workspace(workspace).await.expect("a transaction");
        let before = reads(&mut tx, TABLES).await;
        assert_eq!(log::newest(&mut tx, stretch, PAGE).await.expect("entries").len(), 101);
        let about = log::about(&mut tx, &ada, Some("ada@acme.test"), stretch, PAGE).await.expect("entries");
        assert_eq!(about.len(), 101, "a hundred each as target, by name, and among the people");
        let (read, whole) = since(before, &mut tx).await;
        assert!(read < 1000 && whole == 0, "{read} entries, and {whole} tables whole");
        let before = reads(&mut tx, TABLES).await;
        let found = log::among(&mut tx, &about, facets(404, 404, None), None, PAGE).await.expect("entries");
        assert!(!found.is_empty() && found.iter().all(|row| row.status == 404));
        let (read, whole) = since(before, &mut tx).await;
        assert!(read < 500 && whole == 0, "{read} entries, and {whole} tables whole");
    }
    // A batch is looked at, and nothing else.
    let mut tx = db.workspace(workspace).await.expect("a transaction");
    let before = reads(&mut tx, TABLES).await;
    let bounds = Bounds { oldest: Uuid::nil(), entries: 99_900, bytes: i64::MAX };
    assert_eq!(log::prune(&mut tx, bounds, 1000).await.expect("pruned"), 100);
    let (read, whole) = since(before, &mut tx).await;
    assert!(read < 3500 && whole <= 1, "{read} entries, and {whole} tables whole"); // the sizes are two rows
    tx.commit().await.expect("committed");
    let left: i64 = sqlx::query_scalar("select count(*) from provisioning_log").fetch_one(db.pool()).await.expect("a number");
    assert_eq!(left, 199_900);
}
