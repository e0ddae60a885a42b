//! The keys in Redis: found, listed, counted and ended, in chunks and by epoch.

use std::time::Duration;

use chrono::TimeDelta;
use rollcall::{
    clock,
    ids::{MemberId, WorkspaceId},
    sessions::{Digest, Link, SessionPolicy, SessionSummary, Sessions},
};
use secrecy::ExposeSecret;

use crate::harness::Redis;

/// A Redis of its own, and sessions in it.
struct Store {
    sessions: Sessions,
    redis: Redis,
    _folder: tempfile::TempDir,
}

impl Store {
    fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("rollcall-").tempdir().expect("a folder for this test");
        let redis = Redis::start(folder.path());
        let policy = SessionPolicy { absolute: Duration::from_secs(600), idle: Duration::from_secs(300) };
        let sessions = Sessions::new(Link::new(&redis.url, "a-namespace").expect("an address"), policy);
        Self { sessions, redis, _folder: folder }
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

    /// Lets the one session there is end after so many milliseconds without use.
    async fn ends_in(&self, millis: u64) {
        let keys = self.redis.keys().await;
        let key = keys.iter().find(|key| key.contains(":session:")).expect("a session");
        let client = redis::Client::open(self.redis.url.as_str()).expect("an address");
        let mut connection = client.get_multiplexed_async_connection().await.expect("Redis");
        redis::cmd("PEXPIRE").arg(key).arg(millis).query_async::<()>(&mut connection).await.expect("a time to live");
    }

    async fn only(&self, member: MemberId) -> SessionSummary {
        let mut found = self.sessions.list(member).await.expect("Redis");
        assert_eq!(found.len(), 1);
        found.remove(0)
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

#[tokio::test]
async fn one_is_ended_by_what_names_it_and_only_as_its_owners() {
    let store = Store::start();
    let (member, other) = (MemberId::new(), MemberId::new());
    let ids = store.open(member, 0, 2).await;
    let digest = store.sessions.list(member).await.expect("Redis")[0].digest.clone();
    let digest = Digest::parse(&digest).expect("a digest");
    assert!(!store.sessions.destroy_named(other, &digest).await.expect("Redis"), "of somebody else");
    assert!(store.sessions.destroy_named(member, &digest).await.expect("Redis"));
    assert!(!store.sessions.destroy_named(member, &digest).await.expect("Redis"), "once only");
    let there = [store.is_there(&ids[0]).await, store.is_there(&ids[1]).await];
    assert_eq!(there.iter().filter(|there| **there).count(), 1);
    assert_eq!(store.sessions.list(member).await.expect("Redis").len(), 1);
}

#[tokio::test]
async fn when_it_was_last_seen_follows_from_its_time_to_live_and_disuse_ends_it() {
    let store = Store::start();
    let member = MemberId::new();
    let (workspace, opened) = (WorkspaceId::from_uuid(uuid::Uuid::nil()), clock::now() - TimeDelta::seconds(100));
    let id = store.sessions.create(workspace, member, 0, opened).await.expect("a session").id.expose_secret().to_owned();
    // The store's sessions end after 300 seconds without use, and 600 in all.
    let started = clock::now();
    store.ends_in(250_000).await;
    let line = store.only(member).await;
    let (unseen, left) = (started - line.last_seen_at, line.idle_ends_at - started);
    let took = clock::now() - started;
    assert!(unseen <= TimeDelta::seconds(50) + took && unseen > TimeDelta::seconds(49) - took, "{unseen}");
    assert!(left > TimeDelta::seconds(249) && left <= TimeDelta::seconds(250) + took, "{left}");
    let looked_up = clock::now();
    let line = store.sessions.look_up(&id, looked_up).await.expect("Redis").expect("it is there");
    assert_eq!(line.last_seen_at, looked_up);
    let line = store.only(member).await;
    assert!(line.last_seen_at > looked_up - TimeDelta::seconds(1), "{line:?}");
    assert!(line.last_seen_at >= line.session.created_at);
    // A list is no use of a session.
    store.ends_in(1).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(store.sessions.list(member).await.expect("Redis"), []);
    assert!(!store.is_there(&id).await);
}
