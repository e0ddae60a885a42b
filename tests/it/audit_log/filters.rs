//! Finding entries again.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{actions, page, search, text};
use crate::{
    deprovisioning::path_of,
    harness::{Instance, Workspace},
};

/// A workspace in which a few things have been done, with what they were done to.
struct Scene {
    workspace: Workspace,
    user: Value,
    group: Value,
    member: Value,
    /// The request that made the user.
    request: String,
    /// The token that the identity provider has.
    token: String,
}

impl Scene {
    async fn play(instance: &Instance) -> Self {
        let workspace = instance.workspace().open().await;
        let made = workspace.scim().post("/Users", json!({ "userName": "ada@acme.test" })).await;
        let (request, user) = (made.header("x-request-id").to_owned(), made.expect(201));
        let member = workspace.member_of(&user).await["id"].clone();
        instance.settle().await;
        let title = json!([{ "op": "replace", "path": "title", "value": "Countess" }]);
        workspace.scim().operations(&path_of(&user), title).await.expect(200);
        let group = workspace.group("Group", &[&user]).await;
        workspace.admin().put(&format!("/role-mappings/{}", text(&group["id"])), json!({ "role": "editor" })).await.expect(204);
        workspace.member_becomes(&member, "an editor", |member| member["member"]["role"] == "editor").await;
        instance.settle().await;
        let tokens = workspace.admin().get("/tokens").await.expect(200);
        let token = tokens.as_array().expect("tokens").iter().find(|token| token["name"] == "for scim").expect("a token");
        Self { token: text(&token["id"]), workspace, user, group, member, request }
    }
}

/// Names and values of parameters.
type Query<'a> = &'a [(&'a str, &'a str)];

#[tokio::test]
async fn entries_are_found_by_actor_action_subject_and_request_and_all_of_them_together() {
    let instance = Instance::start().await;
    let scene = Scene::play(&instance).await;
    let (user, group, member) = (text(&scene.user["id"]), text(&scene.group["id"]), text(&scene.member));
    let by_token = format!("token:{}", scene.token);
    let admin = {
        let tokens = scene.workspace.admin().get("/tokens").await.expect(200);
        let admin = tokens.as_array().expect("tokens").iter().find(|token| token["name"] == "for admin").expect("a token");
        format!("token:{}", text(&admin["id"]))
    };
    let rows: &[(Query<'_>, &[&str])] = &[
        (&[("actor", &by_token)], &["group.members_changed", "group.created", "user.updated", "user.created"]),
        (&[("actor", &admin)], &["role_mapping.set"]),
        (&[("actor", "token")], &["role_mapping.set", "group.members_changed", "group.created", "user.updated", "user.created"]),
        (&[("actor", "system")], &["member.role_changed", "member.role_changed", "member.invited"]),
        (&[("actor", "operator")], &["token.created", "token.created", "token.created", "member.invited", "workspace.created"]),
        (&[("action", "user.updated")], &["user.updated"]),
        (&[("action", "group")], &["group.members_changed", "group.created"]),
        (&[("action", "member")], &["member.role_changed", "member.role_changed", "member.invited", "member.invited"]),
        (&[("action", "memb")], &[]),
        (&[("action", "user.upd")], &[]),
        (&[("action", "member"), ("actor", "operator")], &["member.invited"]),
        (&[("action", "member.invited"), ("actor", "system")], &["member.invited"]),
        (&[("subject_id", &user)], &["user.updated", "user.created"]),
        (&[("subject_id", &group)], &["role_mapping.set", "group.members_changed", "group.created"]),
        (&[("subject_id", &group), ("actor", &by_token)], &["group.members_changed", "group.created"]),
        (&[("subject_id", &group), ("action", "group.created")], &["group.created"]),
        (&[("subject_id", &member), ("actor", "operator")], &[]),
        (&[("request_id", &scene.request)], &["member.role_changed", "member.invited", "user.created"]),
        (&[("request_id", &scene.request), ("actor", "system")], &["member.role_changed", "member.invited"]),
        (&[("request_id", &scene.request), ("subject_id", &user)], &["user.created"]),
        (&[("request_id", &scene.request), ("subject_id", &group)], &[]),
    ];
    for (query, expected) in rows {
        assert_eq!(actions(&scene.workspace, query).await, *expected, "{query:?}");
        let narrow: Vec<(&str, &str)> = query.iter().copied().chain([("limit", "1")]).collect();
        assert_eq!(actions(&scene.workspace, &narrow).await, *expected, "{query:?} one by one");
    }
    let all = search(&scene.workspace, &[]).await;
    assert!(all.windows(2).all(|pair| text(&pair[0]["id"]) > text(&pair[1]["id"])), "newest first");
    instance.finish().await;
}

#[tokio::test]
async fn all_that_a_person_did_is_found_whatever_token_they_used() {
    let instance = Instance::start().await;
    let scene = Scene::play(&instance).await;
    let admin = scene.workspace.admin();
    let mut hers = admin.clone();
    for name in ["first", "second"] {
        let wish = json!({ "name": name, "scopes": ["admin"], "member_id": scene.member });
        let made = admin.post("/tokens", wish).await.expect(201);
        hers = admin.token(made["secret"].as_str().expect("a secret"));
        let mapping = format!("/role-mappings/{}", text(&scene.group["id"]));
        hers.put(&mapping, json!({ "role": "guest" })).await.expect(204);
    }
    hers.delete(&format!("/role-mappings/{}", text(&scene.group["id"]))).await.expect(204);
    let by_her = format!("member:{}", text(&scene.member));
    let found = actions(&scene.workspace, &[("actor", &by_her)]).await;
    assert_eq!(found, ["role_mapping.removed", "role_mapping.set", "role_mapping.set"]);
    let nobody = "member:019f0000-0000-7000-8000-000000000000";
    assert_eq!(actions(&scene.workspace, &[("actor", nobody)]).await, [""; 0]);
    assert_eq!(actions(&scene.workspace, &[("actor", nobody), ("request_id", &scene.request)]).await, [""; 0]);
    instance.finish().await;
}

#[tokio::test]
async fn entries_are_found_by_time() {
    let instance = Instance::start().await;
    let scene = Scene::play(&instance).await;
    let entries = search(&scene.workspace, &[]).await;
    for (place, entry) in entries.iter().enumerate() {
        let at: DateTime<Utc> = text(&entry["at"]).parse().expect("a time");
        let (this, next) = (at.to_rfc3339(), (at + TimeDelta::milliseconds(1)).to_rfc3339());
        let from = search(&scene.workspace, &[("from", &this)]).await;
        let before = search(&scene.workspace, &[("to", &this)]).await;
        assert_eq!(from.len() + before.len(), entries.len(), "each is before a time or not");
        assert!(from.len() > place && from.contains(entry));
        assert!(search(&scene.workspace, &[("from", &this), ("to", &next)]).await.contains(entry));
        assert_eq!(search(&scene.workspace, &[("from", &next), ("to", &this)]).await, Vec::<Value>::new());
        let action = text(&entry["action"]);
        assert!(search(&scene.workspace, &[("from", &this), ("action", &action)]).await.contains(entry));
        assert!(!search(&scene.workspace, &[("to", &this), ("action", &action)]).await.contains(entry));
    }
    instance.finish().await;
}

#[tokio::test]
async fn a_walk_by_cursor_meets_every_entry_once_while_others_come() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let fill = format!(
        "insert into audit_log (workspace_id, id, at, actor, action, subject_id, request_id)
         select '{id}', (lpad(to_hex(1700000000000 + n), 12, '0') || '70008' || substr(md5(n::text), 1, 15))::uuid,
                to_timestamp((1700000000000 + n) / 1000.0), case when n % 2 = 0 then 'operator' else 'worker' end,
                case when n % 3 = 0 then 'user.updated' else 'member.invited' end, '{id}',
                '019f0000-0000-7000-8000-000000000000'
         from generate_series(1, 6000) n",
        id = workspace.id
    );
    instance.database.execute(&fill).await;
    let before: BTreeSet<String> =
        search(&workspace, &[("limit", "1000")]).await.iter().map(|entry| text(&entry["id"])).collect();
    assert!(before.len() > 6000);
    let request = "019f0000-0000-7000-8000-000000000000";
    for (query, count) in [
        (vec![("limit", "1000")], before.len()),
        (vec![("limit", "700"), ("actor", "operator"), ("action", "user.updated")], 1000),
        (vec![("limit", "700"), ("action", "user")], 2000),
        (vec![("limit", "300"), ("subject_id", &workspace.id), ("actor", "system")], 3000),
        (vec![("limit", "1000"), ("request_id", request), ("action", "user"), ("actor", "system")], 1000),
        // Two thousand are looked at for each page, and none is wanted.
        (vec![("request_id", request), ("action", "group")], 0),
    ] {
        let (mut met, mut after): (Vec<Value>, Option<String>) = (Vec::new(), None);
        loop {
            let (entries, next) = page(&workspace, &query, after.as_deref()).await;
            met.extend(entries);
            // Somebody goes on working.
            workspace.user(&format!("u{}@acme.test", uuid::Uuid::new_v4().simple())).await;
            after = next;
            if after.is_none() {
                break;
            }
        }
        let known = met.iter().filter(|entry| before.contains(&text(&entry["id"]))).count();
        assert_eq!(known, count, "{query:?}");
        let distinct: BTreeSet<String> = met.iter().map(|entry| text(&entry["id"])).collect();
        assert_eq!(distinct.len(), met.len(), "{query:?}");
    }
    instance.abandon("nobody works here");
}

#[tokio::test]
async fn a_parameter_that_cannot_be_read_is_named() {
    let instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    for (name, value) in [
        ("actor", ""),
        ("actor", "worker"),
        ("actor", "token:7"),
        ("action", ""),
        ("action", "user.*"),
        ("action", "user%"),
        ("subject_id", "7"),
        ("request_id", "7"),
        ("from", "yesterday"),
        ("to", "2026-13-01T00:00:00Z"),
        ("after", "nonsense"),
        ("limit", "0"),
        ("limit", "1001"),
        ("limit", "-1"),
    ] {
        for path in ["/audit-log", "/audit-log/export"] {
            if path.ends_with("export") && matches!(name, "after" | "limit") {
                continue;
            }
            let answer =
                workspace.admin().send(workspace.admin().request(reqwest::Method::GET, path).query(&[(name, value)])).await;
            let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
            assert!(answer.status == 400 && detail.starts_with(&format!("{name}: ")), "{name}={value}: {}", answer.text);
        }
    }
    instance.abandon("nothing was enqueued");
}

#[tokio::test]
async fn another_workspace_sees_nothing() {
    let instance = Instance::start().await;
    let scene = Scene::play(&instance).await;
    let stranger = instance.workspace().open().await;
    let (token, member) = (format!("token:{}", scene.token), format!("member:{}", text(&scene.member)));
    let user = text(&scene.user["id"]);
    for query in [[("actor", token.as_str())], [("actor", &member)], [("subject_id", &user)], [("request_id", &scene.request)]] {
        assert_eq!(search(&stranger, &query).await, Vec::<Value>::new(), "{query:?}");
        let export = stranger.admin().request(reqwest::Method::GET, "/audit-log/export").query(&query);
        let export = stranger.admin().send(export).await;
        assert_eq!((export.status, export.text.as_str()), (200, ""), "{query:?}");
    }
    let own = search(&stranger, &[]).await;
    assert!(own.iter().all(|entry| !search_has(&scene, entry)), "{own:?}");
    for token in [&scene.workspace.scim_token, &scene.workspace.sessions_token] {
        scene.workspace.admin().token(token).get("/audit-log").await.expect(403);
    }
    instance.finish().await;
}

fn search_has(scene: &Scene, entry: &Value) -> bool {
    [&scene.user["id"], &scene.group["id"], &scene.member].contains(&&entry["subject_id"])
}
