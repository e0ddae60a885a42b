//! What a proof and a list of receipts read follows what they look at, and not how many people there are.

use rollcall::{
    ids::{MemberId, WorkspaceId},
    store::{
        Db, proofs,
        receipts::{self, Wanted},
    },
};
use uuid::Uuid;

use crate::harness::{Database, reads};

/// Whose rows and index entries are counted.
const TABLES: &str = "^(members|receipts|grants|api_tokens|workspace_group_members)";

/// Fifty thousand members of whom two hundred are out, with a hundred receipts each.
async fn fill(db: &Db, workspace: WorkspaceId) {
    for sql in [
        "insert into workspaces (id, slug, name, created_at, updated_at) values ($1, 'w' || $1::text, 'w', now(), now())",
        "insert into members (workspace_id, id, origin, status, role, created_at, updated_at)
         select $1, ('019f0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'directory',
                case when n % 250 = 0 then 'deactivated' else 'active' end, null, now(), now()
         from generate_series(1, 50000) n",
        "insert into grants (workspace_id, member_id, source, source_key, role, granted_at)
         select workspace_id, id, 'default', '', 'viewer', now() from members where workspace_id = $1 and status = 'active'",
        "insert into workspace_group_members (workspace_id, member_id, group_id)
         select workspace_id, id, gen_random_uuid() from members where workspace_id = $1 and status = 'active'",
        "insert into api_tokens (workspace_id, id, digest, hint, name, scopes, member_id, created_by, created_at)
         select workspace_id, gen_random_uuid(), decode(md5($1::text || id::text), 'hex'), 'hint', 'token', '{admin}', id, 'operator', now()
         from members where workspace_id = $1 and status = 'active'",
        "insert into receipts (workspace_id, id, member_id, cause, received_at, row_closed_at, completed_at)
         select workspace_id, gen_random_uuid(), id, 'user.deactivated', at, at, at
         from members, lateral (select now() - n * interval '1 hour' - random() * interval '1 hour' as at from generate_series(1, 100) n) t
         where workspace_id = $1 and status = 'deactivated'",
    ] {
        sqlx::query(sql).bind(workspace).execute(db.pool()).await.expect(sql);
    }
}

#[tokio::test]
async fn only_those_who_are_out_are_read() {
    let database = Database::create().await;
    let db = Db::new(&database.url.clone().into(), 2).expect("an address");
    let workspace = WorkspaceId::new();
    fill(&db, workspace).await;
    fill(&db, WorkspaceId::new()).await;
    sqlx::raw_sql("analyze").execute(db.pool()).await.expect("analyze");
    let mut tx = db.workspace(workspace).await.expect("a transaction");
    let before = reads(&mut tx, TABLES).await;
    let people = proofs::next(&mut tx, MemberId::from_uuid(Uuid::nil()), 50).await.expect("people");
    let after = reads(&mut tx, TABLES).await;
    assert_eq!(people.len(), 50);
    // Each with its hundred receipts, as an index entry and as a row.
    let (read, whole) = (after.0 - before.0, after.1 - before.1);
    assert!(read < 50 * 250 && whole == 0, "{read} rows, and {whole} tables whole");

    let all = Wanted::default();
    let first = receipts::list(&mut tx, all, None, 100).await.expect("receipts");
    let place = receipts::place(&mut tx, first[99].id).await.expect("a place");
    let middle = Some(rollcall::clock::now() - chrono::TimeDelta::hours(50));
    for (wanted, after, expected) in [
        (all, None, 100),
        (all, place, 100),
        (Wanted { to: middle, ..all }, None, 100),
        (Wanted { complete: Some(true), ..all }, None, 100),
        (Wanted { from: Some(rollcall::clock::now()), ..all }, None, 0),
    ] {
        let before = reads(&mut tx, TABLES).await;
        let found = receipts::list(&mut tx, wanted, after, 100).await.expect("receipts");
        let after = reads(&mut tx, TABLES).await;
        assert_eq!(found.len(), expected, "{wanted:?}");
        let (read, whole) = (after.0 - before.0, after.1 - before.1);
        assert!(read < 1_000 && whole == 0, "{wanted:?}: {read} rows, and {whole} tables whole");
    }
    let before = reads(&mut tx, TABLES).await;
    assert_eq!(receipts::summary(&mut tx, None, None, 500).await.expect("a summary").receipts, 500);
    let after = reads(&mut tx, TABLES).await;
    assert!(after.0 - before.0 < 2_000 && after.1 == before.1, "{} rows", after.0 - before.0);
}
