//! The walk over everybody below some groups: each once or more, nobody else, in steps of any size, on any graph.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rollcall::{
    directory::{group::GroupRecord, user::UserRecord},
    ids::{GroupId, RequestId, UserId, WorkspaceId},
    scim::Document,
    store::{
        Db, WorkspaceTx, group_members, group_subgroups,
        group_walks::{self, Step},
        groups, users,
    },
};
use serde_json::json;

use crate::{generate::dice::Dice, harness::Database};

fn document(name: &str, value: String) -> Document {
    Document::from_stored(json!({ name: value }).as_object().unwrap().clone())
}

async fn fill(tx: &mut WorkspaceTx, at: DateTime<Utc>) -> (Vec<UserId>, Vec<GroupId>) {
    let (mut people, mut all) = (Vec::new(), Vec::new());
    for number in 0..30 {
        let id = UserId::new();
        let record = UserRecord::new(document("userName", format!("u{number}")), true).unwrap();
        users::insert(tx, id, &record, at).await.unwrap();
        people.push(id);
    }
    for number in 0..12 {
        let id = GroupId::new();
        groups::insert(tx, id, &GroupRecord::new(document("displayName", format!("g{number}"))), at).await.unwrap();
        all.push(id);
    }
    (people, all)
}

/// Everybody below a group: a set that grows until nothing is new.
fn below(start: &[GroupId], edges: &BTreeSet<(GroupId, GroupId)>, members: &BTreeSet<(GroupId, UserId)>) -> BTreeSet<UserId> {
    let mut reached: BTreeSet<GroupId> = start.iter().copied().collect();
    loop {
        let more: BTreeSet<GroupId> =
            edges.iter().filter(|(outer, _)| reached.contains(outer)).map(|(_, inner)| *inner).collect();
        if more.is_subset(&reached) {
            break;
        }
        reached.extend(more);
    }
    members.iter().filter(|(group, _)| reached.contains(group)).map(|(_, user)| *user).collect()
}

#[tokio::test]
async fn a_walk_comes_to_everybody_below_and_to_nobody_else() {
    let database = Database::create().await;
    let db = Db::new(&database.url.clone().into(), 2).unwrap();
    let workspace = WorkspaceId::new();
    sqlx::query("insert into workspaces (id, slug, name, created_at, updated_at) values ($1, 'w', 'w', now(), now())")
        .bind(workspace)
        .execute(db.pool())
        .await
        .unwrap();
    let at: DateTime<Utc> = "2026-01-31T12:00:00Z".parse().unwrap();
    let mut dice = Dice(5);
    for density in [1, 2, 3, 6] {
        let mut tx = db.workspace(workspace).await.unwrap();
        let (people, all) = fill(&mut tx, at).await;
        let (mut edges, mut members) = (BTreeSet::new(), BTreeSet::new());
        for group in &all {
            let own: BTreeSet<UserId> = (0..dice.below(6)).map(|_| *dice.pick(&people)).collect();
            group_members::add(&mut tx, *group, &Vec::from_iter(own.clone())).await.unwrap();
            members.extend(own.into_iter().map(|user| (*group, user)));
            let inner: BTreeSet<GroupId> =
                (0..dice.below(density + 1)).map(|_| *dice.pick(&all)).filter(|inner| inner != group).collect();
            group_subgroups::add(&mut tx, *group, &Vec::from_iter(inner.clone())).await.unwrap();
            edges.extend(inner.into_iter().map(|inner| (*group, inner)));
        }
        for limit in [1, 2, 7, 1000] {
            let start: Vec<GroupId> = (0..1 + dice.below(2)).map(|_| *dice.pick(&all)).collect();
            let request = RequestId::new();
            let marks: BTreeMap<GroupId, Option<RequestId>> = start.iter().map(|group| (*group, Some(request))).collect();
            let walk = group_walks::begin(&mut tx, &marks).await.unwrap();
            let mut found = BTreeSet::new();
            let mut steps = 0;
            loop {
                steps += 1;
                assert!(steps < 1000, "the walk does not end");
                match group_walks::step(&mut tx, walk, limit).await.unwrap() {
                    Step::People { users, request: behind, looked_at } => {
                        assert!(looked_at <= limit, "a step of {looked_at} instead of {limit}");
                        assert_eq!(behind, Some(request));
                        found.extend(users);
                    }
                    Step::Clearing => {}
                    Step::Finished => break,
                }
            }
            assert_eq!(found, below(&start, &edges, &members), "density {density}, steps of {limit}");
            let left: i64 = sqlx::query_scalar("select count(*) from group_walks").fetch_one(tx.connection()).await.unwrap();
            assert_eq!(left, 0, "nothing is left of a finished walk");
        }
    }
}
