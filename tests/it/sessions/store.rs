//! The keys in Redis: found, listed, counted and ended, in chunks and by epoch.

use std::time::Duration;

use rollcall::{
    ids::{MemberId, WorkspaceId},
    sessions::{Link, SessionPolicy, Sessions},
};
use secrecy::ExposeSecret;

use crate::harness::Redis;

/// A Redis of its own, and sessions in it.
struct Store {
    sessions: Sessions,
    _redis: Redis,
    _folder: tempfile::TempDir,
}

impl Store {
    fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("rollcall-").tempdir().expect("a folder for this test");
        let redis = Redis::start(folder.path());
        let policy = SessionPolicy { absolute: Duration::from_secs(600), idle: Duration::from_secs(300) };
        let sessions = Sessions::new(Link::new(&redis.url, "a-namespace").expect("an address"), policy);
        Self { sessions, _redis: redis, _folder: folder }
    }

    /// Opens sessions of one epoch; answers their ids.
    async fn open(&self, member: MemberId, epoch: i64, count: usize) -> Vec<String> {
        let workspace = WorkspaceId::from_uuid(uuid::Uuid::nil());
        let mut ids = Vec::new();
        for _ in 0..count {
            let opened = self.sessions.create(workspace, member, epoch, rollcall::clock::now()).await.expect("a session");
            ids.push(opened.id.expose_secret().to_owned());
        }
        ids
    }

    async fn is_there(&self, id: &str) -> bool {
        self.sessions.look_up(id, rollcall::clock::now()).await.expect("Redis").is_some()
    }
}

#[tokio::test]
async fn more_sessions_than_a_chunk_end_all_and_nobody_elses() {
    let store = Store::start();
    let (member, other) = (MemberId::new(), MemberId::new());
    let (theirs, kept) = (store.open(member, 0, 1203).await, store.open(other, 0, 1).await);
    assert_eq!(store.sessions.list(member).await.expect("Redis").len(), 500);
    assert_eq!(store.sessions.count_before(member, 1).await.expect("Redis"), 1203);
    assert_eq!(store.sessions.destroy_before(member, 1).await.expect("Redis"), 1203);
    assert_eq!(store.sessions.destroy_before(member, 1).await.expect("Redis"), 0);
    for id in [&theirs[0], &theirs[700], &theirs[1202]] {
        assert!(!store.is_there(id).await);
    }
    assert!(store.is_there(&kept[0]).await);
}

#[tokio::test]
async fn sessions_of_after_a_return_are_kept_in_every_chunk() {
    let store = Store::start();
    let member = MemberId::new();
    for _ in 0..7 {
        store.open(member, 4, 100).await;
        store.open(member, 5, 100).await;
    }
    assert_eq!(store.sessions.count_before(member, 5).await.expect("Redis"), 700);
    assert_eq!(store.sessions.destroy_before(member, 5).await.expect("Redis"), 700);
    assert_eq!(store.sessions.count_before(member, 5).await.expect("Redis"), 0);
    assert_eq!(store.sessions.destroy_before(member, 5).await.expect("Redis"), 0);
    let left = store.sessions.list(member).await.expect("Redis");
    assert!(left.iter().all(|line| line.session.epoch == 5));
    assert_eq!(store.sessions.destroy_before(member, 6).await.expect("Redis"), 700);
}

#[tokio::test]
async fn one_that_is_ended_is_gone_from_the_list_and_the_others_are_not() {
    let store = Store::start();
    let member = MemberId::new();
    let ids = store.open(member, 7, 3).await;
    store.sessions.destroy(&ids[1]).await.expect("Redis");
    store.sessions.destroy("rcs_nonsense").await.expect("Redis");
    let there = [store.is_there(&ids[0]).await, store.is_there(&ids[1]).await, store.is_there(&ids[2]).await];
    assert_eq!(there, [true, false, true]);
    assert_eq!(store.sessions.list(member).await.expect("Redis").len(), 2);
}
