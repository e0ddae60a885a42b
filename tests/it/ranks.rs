//! The counts by which a place in a list is found are exact for everybody at every time, whoever writes while they are being made.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rollcall::{
    directory::user::UserRecord,
    ids::{UserId, WorkspaceId},
    scim::{Document, ResourceType},
    store::{
        Db, StoreError, migrate,
        ranks::{self, RANGE, Rank},
        users,
    },
};
use serde_json::{Map, json};
use uuid::Uuid;

use crate::harness::Database;

/// Ranges whose count is not that of their rows, in one look.
const WRONG: &str = "select count(*) from (
    select r.n, (select count(*) from users u where u.workspace_id = r.workspace_id and u.id <= r.last_id
                    and u.id > coalesce((select max(p.last_id::text)::uuid from directory_ranks p
                                         where p.workspace_id = r.workspace_id and p.kind = 'user' and p.last_id < r.last_id),
                                        '00000000-0000-0000-0000-000000000000')) as counted
    from directory_ranks r where r.kind = 'user'
) ranges where n <> counted";
const RANGES: &str = "select count(*) from directory_ranks";

struct Directory {
    database: Database,
    db: Db,
    workspace: WorkspaceId,
}

impl Directory {
    /// With this many users, whose ids are one apart in their last group of digits.
    async fn with(users: u64) -> Self {
        let database = Database::create().await;
        let db = Db::new(&database.url.clone().into(), 12).unwrap();
        let workspace = WorkspaceId::new();
        database
            .execute(&format!(
                "insert into workspaces (id, slug, name, created_at, updated_at) values ('{workspace}', 'w', 'w', now(), now());
                 insert into users (workspace_id, id, user_name_key, active, document, created_at, updated_at)
                 select '{workspace}', ('01900000-0000-7000-8000-' || lpad(to_hex(n * 16), 12, '0'))::uuid, 'u' || n, true, '{{}}',
                        now(), now() from generate_series(1, {users}) n;
                 insert into directory_counts (workspace_id, kind, slot, n) values ('{workspace}', 'user', 0, {users})"
            ))
            .await;
        Self { database, db, workspace }
    }

    async fn seal(&self) -> Result<(), StoreError> {
        let mut tx = self.db.workspace(self.workspace).await?;
        ranks::seal(&mut tx, ResourceType::User).await?;
        tx.commit().await
    }

    /// Seals as the worker does, until there is nothing to seal.
    async fn seal_all(&self) {
        loop {
            let mut tx = self.db.workspace(self.workspace).await.unwrap();
            if !ranks::is_due(&mut tx, ResourceType::User).await.unwrap() {
                return;
            }
            drop(tx);
            self.seal().await.unwrap();
        }
    }

    async fn create(&self, id: UserId) {
        let mut tx = self.db.workspace(self.workspace).await.unwrap();
        users::insert(&mut tx, id, &record(id), rollcall::clock::now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// As a bulk request does.
    async fn create_all(&self, ids: &[UserId]) {
        let records: Vec<(UserId, UserRecord)> = ids.iter().map(|id| (*id, record(*id))).collect();
        let together: Vec<(UserId, &UserRecord)> = records.iter().map(|(id, record)| (*id, record)).collect();
        let mut tx = self.db.workspace(self.workspace).await.unwrap();
        assert_eq!(users::insert_all(&mut tx, &together, rollcall::clock::now()).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }

    async fn delete(&self, id: UserId) -> bool {
        let mut tx = self.db.workspace(self.workspace).await.unwrap();
        let deleted = users::delete(&mut tx, id).await.unwrap();
        tx.commit().await.unwrap();
        deleted
    }

    async fn find(&self, skip: u64) -> Rank {
        let mut tx = self.db.workspace(self.workspace).await.unwrap();
        ranks::find(&mut tx, ResourceType::User, skip).await.unwrap()
    }
}

fn record(id: UserId) -> UserRecord {
    let name = json!(format!("new-{id}"));
    UserRecord::new(Document::from_stored(Map::from_iter([("userName".to_owned(), name)])), true).unwrap()
}

fn numbered(number: u64) -> UserId {
    UserId::from_uuid(Uuid::parse_str(&format!("01900000-0000-7000-8000-{number:012x}")).unwrap())
}

#[tokio::test]
async fn a_place_is_found_by_the_counts_of_the_ranges_before_it() {
    let directory = Directory::with(5_500).await;
    assert_eq!(directory.find(3_000).await, Rank { after: None, more: 3_000 });
    directory.seal_all().await;
    // The last range at least stays open.
    assert_eq!(directory.database.count(RANGES).await, 4);
    assert_eq!(directory.find(999).await, Rank { after: None, more: 999 });
    let after = |number: u64, more| Rank { after: Some(numbered(number * 16).as_uuid()), more };
    assert_eq!(directory.find(1_000).await, after(1_000, 0));
    assert_eq!(directory.find(3_999).await, after(3_000, 999));
    assert_eq!(directory.find(5_400).await, after(4_000, 1_400));
    // Somebody goes, somebody comes in between, and somebody comes at the end as everybody does.
    assert!(directory.delete(numbered(500 * 16)).await);
    assert!(!directory.delete(numbered(500 * 16)).await, "gone already");
    assert_eq!(directory.find(999).await, after(1_000, 0));
    directory.create(numbered(2_500 * 16 + 1)).await;
    directory.create(UserId::new()).await;
    assert_eq!(directory.find(3_000).await, after(3_000, 0));
    assert_eq!(directory.find(4_001).await, after(4_000, 1));
    assert_eq!(directory.database.count(WRONG).await, 0);
}

#[tokio::test]
async fn those_who_are_created_together_are_counted_each_in_its_range() {
    let directory = Directory::with(5_500).await;
    directory.seal_all().await;
    let late = [5_000 * 16 + 1, 500 * 16 + 1, 2_500 * 16 + 1, 2_500 * 16 + 2].map(numbered);
    directory.create_all(&[late[0], UserId::new(), late[1], late[2], UserId::new(), late[3]]).await;
    assert_eq!(directory.database.count(WRONG).await, 0);
    assert_eq!(directory.database.count("select sum(n)::bigint from directory_ranks").await, 4_003);
    assert_eq!(directory.database.count("select sum(n)::bigint from directory_counts").await, 5_506);
}

/// The same for those who wait meanwhile: what their statement could see was older than the ranges.
#[tokio::test]
async fn those_who_are_created_together_while_their_ids_are_sealed_are_counted() {
    let directory = Directory::with(4_000).await;
    let mut tx = directory.db.workspace(directory.workspace).await.unwrap();
    ranks::seal(&mut tx, ResourceType::User).await.unwrap();
    let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    let sealer = async {
        crate::harness::eventually("the writer waits", async || directory.database.count(waits).await == 1).await;
        tx.commit().await.unwrap();
    };
    let newcomers = [numbered(1_500 * 16 + 1), numbered(2_500 * 16 + 1), UserId::new()];
    futures::future::join(directory.create_all(&newcomers), sealer).await;
    assert_eq!(directory.database.count(WRONG).await, 0);
    assert_eq!(directory.database.count("select sum(n)::bigint from directory_ranks").await, 3_002);
}

#[tokio::test]
async fn ranges_that_have_become_small_are_joined_and_large_ones_divided() {
    let directory = Directory::with(6_000).await;
    directory.seal_all().await;
    let ranges = directory.database.count(RANGES).await;
    directory
        .database
        .execute(
            "delete from users where ('x' || right(id::text, 8))::bit(32)::int % 64 <> 0; update directory_counts set n = 1500",
        )
        .await;
    let mut tx = directory.db.workspace(directory.workspace).await.unwrap();
    // What was written by somebody who knows nothing of ranges.
    let repaired = ranks::repair(&mut tx, ResourceType::User, Uuid::nil(), Uuid::max()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(i64::try_from(repaired).unwrap(), ranges);
    assert_eq!(directory.database.count(WRONG).await, 0);
    directory.seal().await.unwrap();
    directory.seal().await.unwrap();
    assert!(directory.database.count(RANGES).await <= 2, "{} of {ranges}", directory.database.count(RANGES).await);
    assert_eq!(directory.database.count(WRONG).await, 0);
    // A clock that goes back puts everybody into one range.
    let workspace = directory.workspace;
    directory
        .database
        .execute(&format!(
            "insert into users (workspace_id, id, user_name_key, active, document, created_at, updated_at)
             select '{workspace}', ('00900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'late' || n, true, '{{}}', now(), now()
             from generate_series(1, 7000) n;
             update directory_ranks set n = n + 7000 where last_id = (select min(last_id::text)::uuid from directory_ranks)"
        ))
        .await;
    assert_eq!(directory.database.count(WRONG).await, 0);
    directory.seal_all().await;
    assert_eq!(directory.database.count(WRONG).await, 0);
    let largest = directory.database.count("select max(n) from directory_ranks").await;
    assert!(largest <= 2 * RANGE, "{largest}");
}

#[tokio::test]
async fn counts_stay_exact_while_people_come_and_go_and_ranges_are_sealed() {
    let directory = Directory::with(9_000).await;
    let (running, sealed, passed) = (AtomicBool::new(true), AtomicUsize::new(0), AtomicUsize::new(0));
    let writer = async |number: u64| {
        for turn in 0..120 {
            let near = 16 * (1 + (turn * 71 + number * 997) % 9_000);
            match turn % 3 {
                // At the end, among those who are being sealed, and back again.
                0 => directory.create(UserId::new()).await,
                1 => directory.create(numbered(near + 1 + number)).await,
                _ => drop(directory.delete(numbered(near)).await),
            }
        }
    };
    let sealer = async {
        while running.load(Ordering::SeqCst) {
            match directory.seal().await {
                Ok(()) => sealed.fetch_add(1, Ordering::SeqCst),
                Err(StoreError::Busy(_)) => passed.fetch_add(1, Ordering::SeqCst),
                Err(error) => panic!("{error:?}"),
            };
            assert_eq!(directory.database.count(WRONG).await, 0);
        }
    };
    let writers = async {
        futures::future::join_all((0..8).map(writer)).await;
        running.store(false, Ordering::SeqCst);
    };
    futures::future::join(writers, sealer).await;
    assert!(sealed.load(Ordering::SeqCst) > 3, "sealed {sealed:?} times, gave way {passed:?} times");
    assert_eq!(directory.database.count(WRONG).await, 0);
    assert!(directory.database.count(RANGES).await >= 8);
    let counted = directory.database.count("select sum(n)::bigint from directory_counts").await;
    assert_eq!(counted, directory.database.count("select count(*) from users").await);
}

#[tokio::test]
async fn a_writer_that_waits_while_its_ids_are_sealed_is_counted() {
    let directory = Directory::with(4_000).await;
    // The sealer has everybody's counter row, as it has when it has sealed and not yet committed.
    let mut tx = directory.db.workspace(directory.workspace).await.unwrap();
    ranks::seal(&mut tx, ResourceType::User).await.unwrap();
    let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    let (comes, goes) = (numbered(1_500 * 16 + 1), numbered(500 * 16));
    let writers = async {
        futures::future::join(directory.create(comes), directory.delete(goes)).await;
    };
    let sealer = async {
        crate::harness::eventually("both writers wait", async || directory.database.count(waits).await == 2).await;
        tx.commit().await.unwrap();
    };
    futures::future::join(writers, sealer).await;
    assert_eq!(directory.database.count(RANGES).await, 3);
    assert_eq!(directory.database.count(WRONG).await, 0);
    assert_eq!(directory.database.count("select sum(n)::bigint from directory_ranks").await, 3_000);
}

/// A connection may count in a row that no writer has needed before; it must know of the ranges all the same.
#[tokio::test]
async fn rows_of_a_counter_that_come_with_a_new_version_know_up_to_where_places_are_sealed() {
    let database = Database::create().await;
    let (workspace, last) = (Uuid::now_v7(), Uuid::now_v7());
    let before = format!(
        "drop function counter_slot();
         delete from _sqlx_migrations where version = 36;
         insert into workspaces (id, slug, name, created_at, updated_at) values ('{workspace}', 'before', 'before', now(), now());
         insert into directory_counts (workspace_id, kind, slot, n, sealed_to)
             select '{workspace}', 'user', slot, 100, '{last}' from generate_series(0, 15) as slot;
         insert into directory_counts (workspace_id, kind, slot, n) values ('{workspace}', 'group', 3, 5)"
    );
    database.execute(&before).await;
    migrate::run(&database.pool).await.expect("the migrations");
    let users = format!("from directory_counts where workspace_id = '{workspace}' and kind = 'user'");
    assert_eq!(database.count(&format!("select count(*) {users} and sealed_to = '{last}'")).await, 32);
    assert_eq!(database.count(&format!("select sum(n)::bigint {users}")).await, 1_600);
    let groups = format!("select count(*) from directory_counts where workspace_id = '{workspace}' and kind = 'group'");
    assert_eq!(database.count(&groups).await, 1, "nothing is sealed there");
    assert_eq!(database.count("select count(*) from (select counter_slot() as slot) s where slot between 0 and 31").await, 1);
}
