//! Q100 in a directory of a hundred thousand: what is true of a few thousand must not be so because they fit into two ranges, or because
//! a walk is over before anything has happened.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use serde_json::json;

use super::walks::{load, through, walk, walk_by_cursor};
use crate::harness::Instance;

const EVERYBODY: usize = 100_000;

#[tokio::test]
async fn of_a_hundred_thousand_nobody_who_was_there_throughout_is_missed() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let all = load(&instance, &workspace, EVERYBODY).await;
    instance.database.execute("vacuum analyze users").await;
    // Those who go are everywhere, and one after the other is near the front, in the middle and near the end: behind the walks, where
    // they are, and before them.
    let (going, staying): (Vec<_>, Vec<_>) = all.iter().enumerate().partition(|(place, _)| place % 10 == 3);
    let going: Vec<&String> = going.into_iter().map(|(_, id)| id).collect();
    let staying: BTreeSet<&String> = staying.into_iter().map(|(_, id)| id).collect();
    let victim = |number: usize| going.get(number % 3 * (going.len() / 3) + number / 3).expect("somebody who may go");
    let (walking, changed) = (AtomicBool::new(true), AtomicUsize::new(0));
    let writer = async || {
        let scim = workspace.scim();
        while walking.load(Ordering::SeqCst) {
            let number = changed.fetch_add(1, Ordering::SeqCst);
            let gone = async || scim.delete(&format!("/Users/{}", victim(number))).await;
            through(&gone).await.expect(204);
            // In the order of creation the last, in that of names the first.
            let body = json!({ "userName": format!("a{number}"), "active": true });
            let come = async || scim.post("/Users", body.clone()).await;
            through(&come).await.expect(201);
        }
    };
    let writers = futures::future::join_all((0..4).map(|_| writer()));
    let walks = async || {
        let by_index = walk(&scim, "count=1000&attributes=id", async || {});
        let by_cursor = walk_by_cursor(&scim, "count=1000&attributes=id", async || {});
        let by_name = walk_by_cursor(&scim, "count=1000&attributes=id&sortBy=userName", async || {});
        let read = futures::future::join3(by_index, by_cursor, by_name).await;
        walking.store(false, Ordering::SeqCst);
        read
    };
    let ((by_index, by_cursor, by_name), _) = futures::future::join(walks(), writers).await;
    let changed = changed.load(Ordering::SeqCst);
    assert!(changed >= 100, "only {changed} have come and gone while the walks went on");
    for (read, what) in [(by_index, "by startIndex"), (by_cursor, "by cursor"), (by_name, "by cursor in the order of names")] {
        let seen: BTreeSet<&String> = read.iter().collect();
        assert_eq!(seen.len(), read.len(), "{what}: somebody was seen twice");
        let missed = staying.difference(&seen).count();
        assert_eq!(missed, 0, "{what}: {missed} of {} were missed while {changed} came and went", staying.len());
    }
    instance.abandon("the worker is not done with a hundred thousand");
}
