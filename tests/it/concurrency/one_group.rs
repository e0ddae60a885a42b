//! One group that everybody changes.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::AtomicUsize},
};

use futures::future::join_all;
use serde_json::{Value, json};

use super::{patiently, version};
use crate::{
    harness::{Instance, Workspace},
    scim::{members, path},
};

/// As many users as are asked for; what belongs to a creation besides the rows is of no matter here.
async fn users(instance: &Instance, workspace: &Workspace, n: usize) -> Vec<String> {
    let sql = format!(
        "insert into users (workspace_id, id, user_name_key, active, document, created_at, updated_at)
         select '{}', gen_random_uuid(), 'u' || n, true, jsonb_build_object('userName', 'u' || n, 'active', true), now(), now()
         from generate_series(1, {n}) n",
        workspace.id
    );
    instance.database.execute(&sql).await;
    sqlx::query_scalar("select id::text from users order by id").fetch_all(&instance.database.pool).await.expect("the users")
}

#[tokio::test]
async fn of_a_thousand_changes_by_sixteen_clients_none_is_lost() {
    const CLIENTS: usize = 16;
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let everybody = users(&instance, &workspace, 1_000).await;
    // Two hundred are in it and go, eight hundred come.
    let (leavers, joiners) = everybody.split_at(200);
    let leaving: Vec<Value> = leavers.iter().map(|id| json!({"id": id})).collect();
    let group = workspace.group("Everybody", &leaving.iter().collect::<Vec<_>>()).await;
    let busy = Arc::new(AtomicUsize::new(0));
    let mut changes: Vec<Value> = joiners
        .iter()
        .enumerate()
        .map(|(n, id)| match n % 3 {
            0 => json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": id}]}]),
            1 => json!([{"op": "add", "value": {"members": [{"value": id}]}}]),
            _ => json!([{"op": "add", "path": "members", "value": {"value": id, "display": "somebody"}}]),
        })
        .collect();
    changes.extend(leavers.iter().enumerate().map(|(n, id)| match n % 2 {
        0 => json!([{"op": "Remove", "path": "members", "value": [{"value": id}]}]),
        _ => json!([{"op": "remove", "path": format!("members[value eq \"{id}\"]")}]),
    }));
    let changes = Arc::new(changes);
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (changes, busy) = (Arc::clone(&changes), Arc::clone(&busy));
            let (scim, at) = (workspace.scim(), format!("{}?excludedAttributes=members", path(&group)));
            async move {
                let mut versions = Vec::new();
                for change in changes.iter().skip(client).step_by(CLIENTS) {
                    let answer = patiently(&busy, async || scim.operations(&at, change.clone()).await).await;
                    assert_eq!(answer.status, 200, "{change}: {}", answer.text);
                    versions.push(version(&answer));
                }
                versions
            }
        })
        .collect();
    let mut versions = BTreeSet::new();
    for client in join_all(clients).await {
        for version in client {
            assert!(versions.insert(version), "two changes made version {version}");
        }
    }
    // Each change has made one version, one after the other.
    let expected: BTreeSet<u64> = (2..=1_001).collect();
    assert_eq!(versions, expected);
    let after = workspace.scim().get(&path(&group)).await.expect(200);
    let mut wanted = joiners.to_vec();
    wanted.sort();
    assert_eq!(members(&after), wanted);
    assert_eq!(busy.load(std::sync::atomic::Ordering::Relaxed), 0, "who waits for a turn at a group is not sent away");
    instance.abandon("nothing is reconciled");
}
