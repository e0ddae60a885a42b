//! Many at once.

use futures::future::join_all;
use serde_json::{Value, json};

use super::{now_in, operation, remove};
use crate::{
    conformance::{
        asking::{person, stored_id, stored_members, stored_users},
        framework::Ground,
    },
    harness::Instance,
    scim::{id, path},
};

pub async fn fifty_at_once_are_all_in(ground: &Ground<'_>) {
    let workspace = &ground.workspace;
    let users: Vec<Value> = join_all((0..50).map(|n| person(workspace, json!({ "userName": format!("u{n}") })))).await;
    let mut all: Vec<&str> = users.iter().map(id).collect();
    all.sort_unstable();
    let group = workspace.group("Everybody", &[]).await;
    let scim = workspace.scim();
    let at = path(&group);
    let adds = users.iter().map(|user| {
        let scim = scim.clone();
        let at = at.clone();
        async move { scim.operations(&at, json!([operation("add", "members", json!([{ "value": id(user) }]))])).await.status }
    });
    assert!(join_all(adds).await.iter().all(|status| matches!(status, 200 | 204)), "nobody has to try again");
    assert_eq!(now_in(workspace, &group).await, all);
    // Half of them leave while somebody renames the group.
    let (leave, stay) = users.split_at(25);
    let removals = leave.iter().map(|user| json!([remove(&format!("members[value eq \"{}\"]", id(user)))]));
    let renames = (0..10).map(|n| json!([operation("replace", "externalId", json!(format!("{n}")))]));
    let changes = removals.chain(renames).map(|operations| {
        let scim = scim.clone();
        let at = at.clone();
        async move { scim.operations(&at, operations).await.status }
    });
    assert!(join_all(changes).await.iter().all(|status| matches!(status, 200 | 204)));
    let mut left: Vec<&str> = stay.iter().map(id).collect();
    left.sort_unstable();
    assert_eq!(now_in(workspace, &group).await, left);
    // And on one user: each keeps what the others wrote.
    let at = path(&users[0]);
    let names = ["title", "nickName", "displayName", "locale", "timezone", "userType", "preferredLanguage", "externalId"];
    let writes = names.map(|name| {
        let scim = scim.clone();
        let at = at.clone();
        async move { scim.operations(&at, json!([operation("add", name, json!(name))])).await.status }
    });
    assert!(join_all(writes).await.iter().all(|status| matches!(status, 200 | 204)));
    let user = scim.get(&at).await.expect(200);
    for name in names {
        assert_eq!(user[name], name);
    }
}

pub async fn ten_thousand_members_in_one_request(_: &Ground<'_>) {
    let instance = Instance::without_worker().await;
    const MANY: usize = 10_000;
    let workspace = instance.workspace().open().await;
    stored_users(&instance, &workspace, MANY + 10).await;
    let group = workspace.group("Everybody", &[]).await;
    stored_members(&instance, &workspace, &group, 5).await;
    let at = format!("{}?excludedAttributes=members", path(&group));
    let list = |from: usize, to: usize| -> Vec<Value> { (from..=to).map(|n| json!({ "value": stored_id(n) })).collect() };
    let send = async |operations: Value| {
        let body = crate::scim::patch(operations);
        workspace.scim().patch(&at, body).await.status
    };
    let count = async || {
        let group = workspace.scim().get(&path(&group)).await.expect(200);
        group["members"].as_array().map(Vec::len)
    };
    assert_eq!(send(json!([operation("add", "members", json!(list(1, MANY)))])).await, 200);
    assert_eq!(count().await, Some(MANY));
    assert_eq!(send(json!([{ "op": "remove", "path": "members", "value": list(6, MANY) }])).await, 200);
    assert_eq!(count().await, Some(5));
    // One operation each.
    let each: Vec<Value> = (6..=505).map(|n| operation("add", "members", json!([{ "value": stored_id(n) }]))).collect();
    assert_eq!(send(json!(each)).await, 200);
    assert_eq!(count().await, Some(505));
    // One that is nobody, at the very end.
    let mut wrong = list(1, MANY + 5);
    wrong.push(json!({ "value": crate::conformance::asking::NOBODY }));
    assert_eq!(send(json!([operation("add", "members", json!(wrong))])).await, 400);
    assert_eq!(count().await, Some(505), "all or none");
    let peak = instance.peak_kilobytes();
    assert!(peak < 256 * 1024, "the server has used {peak} KiB");
    instance.abandon("nobody works here");
}
