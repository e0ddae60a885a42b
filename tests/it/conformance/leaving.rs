//! Who leaves is out, and what was done stands in the audit log: IPSIE's drafts, and RFC 7644 §7.

use futures::{StreamExt, future::join_all, stream};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    asking::{person, stored_id, stored_users},
    framework::{Ground, Section, hold, requirements},
};
use crate::{
    deprovisioning::{Person, Way, let_in, path_of},
    harness::{Instance, Workspace, eventually},
    scim::{id, path},
};

/// Q238 to Q242.
pub const SECTION: Section = Section {
    title: "Leaving",
    requirements: requirements! {
        238 Interop "When the answer to a deactivation is there, no session and no token of the person is accepted." => nobody_who_is_out_is_accepted;
        239 Interop "Who comes back has no session and no token of before." => who_comes_back_has_nothing_of_before;
        240 Hardening "A crash leaves no session of somebody who is out." => no_session_survives_a_crash;
        241 Interop "A workspace can send what identity providers need to." => as_much_as_identity_providers_need;
        242 Interop "Every write is in the audit log, once: who, what, whom, when." => every_write_is_in_the_audit_log;
    },
};

#[tokio::test]
async fn q238_to_q242_leaving() {
    hold(&SECTION).await;
}

/// Sessions of each person; with every route that is over a thousand.
const SESSIONS: usize = 115;

/// A token of a person's own; answers the secret.
async fn own_token(workspace: &Workspace, member: &Value) -> String {
    let wish = json!({ "name": "of a person", "scopes": ["members:read"], "member_id": member });
    workspace.admin().post("/tokens", wish).await.expect(201)["secret"].as_str().expect("a secret").to_owned()
}

pub async fn nobody_who_is_out_is_accepted(ground: &Ground<'_>) {
    let instance = ground.instance;
    let workspace = instance.workspace().open().await;
    let stays = Person::sign_in(&workspace, "stays", 1).await;
    for way in Way::ALL {
        let leaver = Person::sign_in(&workspace, &format!("{way:?}"), SESSIONS).await;
        let secret = own_token(&workspace, &leaver.member).await;
        assert_eq!(leaver.checks(&workspace).await, [200], "{way:?}");
        assert_eq!(workspace.admin().token(&secret).get("/members").await.status, 200, "{way:?}");
        way.put_out(&workspace, &leaver.user).await;
        // The answer is there: from here on nothing is accepted.
        assert_eq!(workspace.admin().token(&secret).get("/members").await.status, 401, "{way:?}");
        assert_eq!(leaver.checks(&workspace).await, [401], "{way:?}");
        let again = workspace.backend().post("/sessions", json!({ "member_id": leaver.member })).await;
        assert_eq!(again.status, 403, "{way:?}: {}", again.text);
    }
    assert!(Way::ALL.len() * SESSIONS >= 1_000);
    assert_eq!(stays.checks(&workspace).await, [200], "and nobody else");
}

pub async fn who_comes_back_has_nothing_of_before(ground: &Ground<'_>) {
    let instance = ground.instance;
    let workspace = instance.workspace().open().await;
    for way in [Way::PatchWithPath, Way::PatchWithText, Way::Put] {
        let person = Person::sign_in(&workspace, &format!("{way:?}"), 20).await;
        let secret = own_token(&workspace, &person.member).await;
        way.put_out(&workspace, &person.user).await;
        let_in(&workspace, &person.user).await;
        assert_eq!(workspace.scim().get(&path_of(&person.user)).await.expect(200)["active"], true);
        // At once, and again when everything has been worked off.
        for _ in 0..2 {
            assert_eq!(person.checks(&workspace).await, [401], "{way:?}");
            assert_eq!(workspace.admin().token(&secret).get("/members").await.status, 401, "{way:?}");
            instance.settle().await;
        }
        workspace.member_becomes(&person.member, "let in again", |member| member["member"]["status"] == "active").await;
        let fresh = workspace.sign_in(&person.member).await;
        assert_eq!(workspace.check(&fresh).await, 200, "{way:?}");
        assert_eq!(person.checks(&workspace).await, [401], "{way:?}");
    }
}

/// Kills the server while a deactivation is under way, later each time. Whatever the directory says afterwards, the sessions say too.
pub async fn no_session_survives_a_crash(_: &Ground<'_>) {
    let mut instance = Instance::start().await;
    let mut workspace = instance.workspace().open().await;
    let (mut done, mut undone, mut worker) = (0_i64, 0, 0);
    for round in 0..16_u64 {
        let person = Person::sign_in(&workspace, &format!("crash-{round}"), 5).await;
        instance.settle().await;
        // In the first rounds the server is stopped inside the transaction, before the commit: the row is held.
        let held = if round < 4 { Some(instance.database.hold("select from users for update").await) } else { None };
        let off =
            json!({ "schemas": [crate::scim::PATCH_OP], "Operations": [{ "op": "replace", "path": "active", "value": false }] });
        let scim = workspace.scim();
        let request = scim.request(Method::PATCH, &path_of(&person.user)).header("content-type", "application/scim+json");
        let request = request.body(off.to_string());
        let call = tokio::spawn(async move { scim.attempt(request).await.map(|answer| answer.status) });
        if held.is_some() {
            let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
            eventually("the call is inside its transaction", async || instance.database.count(waits).await > 0).await;
        } else if round < 10 {
            tokio::time::sleep(std::time::Duration::from_millis(3 * (round - 3))).await;
        } else {
            // In the last ones as soon as it is committed: before the answer, and before anybody has tidied up.
            let out = "select count(*) from users where not active";
            eventually("it is committed", async || instance.database.count(out).await == done + 1).await;
        }
        instance.server().kill();
        if round % 3 == 0 {
            instance.worker(worker).kill();
        }
        drop(held);
        let answered = call.await.expect("no panic");
        instance.restart_server().await;
        if round % 3 == 0 {
            worker = instance.start_worker();
        }
        workspace = workspace.moved_to(instance.url());
        let active = workspace.scim().get(&path_of(&person.user)).await.expect(200)["active"] == true;
        if answered == Some(200) {
            assert!(!active, "round {round}: what was acknowledged is true");
        }
        assert_eq!(person.checks(&workspace).await, [if active { 200 } else { 401 }], "round {round}");
        if active {
            undone += 1
        } else {
            done += 1
        }
        instance.settle().await;
        assert_eq!(person.checks(&workspace).await, [if active { 200 } else { 401 }], "round {round}, later");
    }
    assert!(done > 0 && undone > 0, "{done} times before the crash, {undone} times not");
    instance.finish().await;
}

pub async fn as_much_as_identity_providers_need(ground: &Ground<'_>) {
    let instance = ground.instance;
    let workspace = instance.workspace().open().await;
    stored_users(instance, &workspace, 1_200).await;
    let scim = workspace.scim();
    // A hundred at once, several times what the draft asks for in a second, and nobody is told to wait.
    let statuses: Vec<u16> = stream::iter(0..100)
        .map(|n| {
            let scim = scim.clone();
            async move {
                match n % 4 {
                    0 => scim.get(&format!("/Users/{}", stored_id(n + 1))).await.status,
                    1 => scim.get("/Users?count=1").await.status,
                    2 => scim.post("/Users", json!({ "userName": format!("new{n}") })).await.status,
                    _ => {
                        let title = json!([{ "op": "replace", "path": "title", "value": format!("{n}") }]);
                        scim.operations(&format!("/Users/{}", stored_id(n)), title).await.status
                    }
                }
            }
        })
        .buffer_unordered(25)
        .collect()
        .await;
    assert!(statuses.iter().all(|status| matches!(status, 200 | 201)), "{statuses:?}");
    // Fifty member operations in one PATCH.
    let group = workspace.group("Group", &[]).await;
    let each: Vec<Value> =
        (1..=60).map(|n| json!({ "op": "add", "path": "members", "value": [{ "value": stored_id(n) }] })).collect();
    assert_eq!(scim.operations(&path(&group), json!(each)).await.status, 200);
    let now = scim.get(&path(&group)).await.expect(200);
    assert_eq!(now["members"].as_array().map(Vec::len), Some(60));
    // Pages of a hundred, and of no more than a thousand.
    let page = scim.get("/Users?count=100").await.expect(200);
    assert_eq!(page["Resources"].as_array().map(Vec::len), Some(100));
    let most = scim.get("/Users?count=5000").await.expect(200)["Resources"].as_array().map(Vec::len);
    assert!(most.is_some_and(|most| (100..=1_000).contains(&most)), "{most:?}");
}

/// One row for each write that did something, none for the others: who, what, to whom, when, in which request.
pub async fn every_write_is_in_the_audit_log(_: &Ground<'_>) {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let tokens = workspace.admin().get("/tokens").await.expect(200);
    let token = tokens.as_array().expect("tokens").iter().find(|token| token["scopes"] == json!(["scim"])).expect("the token");
    let actor = format!("token:{}", token["id"].as_str().expect("an id"));
    let mut writes = Vec::new();
    let made = scim.post("/Users", json!({ "userName": "ada" })).await;
    let (request, user) = (made.header("x-request-id").to_owned(), made.expect(201));
    writes.push((request, vec!["user.created"], id(&user).to_owned()));
    let friend = person(&workspace, json!({ "userName": "friend" })).await;
    let made = scim.post("/Groups", json!({ "displayName": "Group" })).await;
    let (request, group) = (made.header("x-request-id").to_owned(), made.expect(201));
    writes.push((request, vec!["group.created"], id(&group).to_owned()));
    let replace = |name: &str, value: Value| json!([{ "op": "replace", "path": name, "value": value }]);
    let add = |user: &Value| json!([{ "op": "add", "path": "members", "value": [{ "value": id(user) }] }]);
    let (at, at_group) = (path(&user), path(&group));
    for (answer, actions, subject) in [
        (scim.operations(&at, replace("title", json!("T"))).await, vec!["user.updated"], &user),
        (scim.put(&at, json!({ "userName": "ada", "title": "U" })).await, vec!["user.updated"], &user),
        (scim.operations(&at, replace("active", json!(false))).await, vec!["user.deactivated"], &user),
        (scim.operations(&at, replace("active", json!(true))).await, vec!["user.reactivated"], &user),
        (scim.operations(&at_group, add(&user)).await, vec!["group.members_changed"], &group),
        (scim.operations(&at_group, replace("displayName", json!("New"))).await, vec!["group.updated"], &group),
        (
            scim.put(&at_group, json!({ "displayName": "Newer", "members": [{ "value": id(&friend) }] })).await,
            vec!["group.members_changed", "group.updated"],
            &group,
        ),
        (scim.delete(&at_group).await, vec!["group.deleted", "group.members_changed"], &group),
        (scim.delete(&at).await, vec!["user.deleted"], &user),
    ] {
        assert!(matches!(answer.status, 200 | 204), "{actions:?}: {}", answer.text);
        writes.push((answer.header("x-request-id").to_owned(), actions, id(subject).to_owned()));
    }
    for (request, actions, subject) in &writes {
        let rows: Vec<(String, String, String, bool)> = sqlx::query_as(
            "select action, actor, subject_id::text, at between now() - interval '10 minutes' and now()
             from audit_log where request_id = $1::uuid order by action",
        )
        .bind(request)
        .fetch_all(&instance.database.pool)
        .await
        .expect("the audit log");
        let wanted: Vec<_> = actions.iter().map(|action| ((*action).to_owned(), actor.clone(), subject.clone(), true)).collect();
        assert_eq!(rows, wanted, "{actions:?}");
    }
    // What was refused, what changed nothing and what only reads leaves no row.
    let own = "select count(*) from audit_log where actor like 'token:%'";
    let rows = instance.database.count(own).await;
    let at = path(&friend);
    let calls = [
        scim.post("/Users", json!({ "userName": "FRIEND" })).await,
        scim.post("/Users", json!({})).await,
        scim.operations(&at, replace("userName", json!(""))).await,
        scim.operations(&at, replace("userName", json!("friend"))).await,
        scim.put(&at, friend.clone()).await,
        scim.delete(&path(&user)).await,
        scim.get(&at).await,
        scim.get("/Users").await,
    ];
    assert_eq!(calls.map(|answer| answer.status), [409, 400, 400, 200, 200, 404, 200, 200]);
    assert_eq!(instance.database.count(own).await, rows);
    // Many at once: as many rows as writes.
    let made = join_all((0..40).map(|n| person(&workspace, json!({ "userName": format!("many{n}") })))).await;
    assert_eq!(instance.database.count(own).await, rows + i64::try_from(made.len()).expect("forty"));
    instance.abandon("nobody works here");
}
