//! Groups in groups: as members, in a user's `groups`, in filters; circles end.

use std::collections::BTreeSet;

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{id, members, patch, path};
use crate::harness::{Instance, Workspace, assert_includes};

/// Puts resources into a group, one request each.
async fn put_in(workspace: &Workspace, group: &Value, members: &[&Value]) {
    for member in members {
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": id(member) }] }]);
        workspace.scim().operations(&path(group), add).await.expect(200);
    }
}

/// What a user's `groups` show: names and how the user is in them.
async fn groups_of(workspace: &Workspace, user: &Value) -> BTreeSet<(String, String)> {
    shown(&workspace.scim().get(&path(user)).await.expect(200))
}

fn shown(user: &Value) -> BTreeSet<(String, String)> {
    let groups: Vec<&Value> = user["groups"].as_array().into_iter().flatten().collect();
    let text = |group: &Value, name: &str| group[name].as_str().expect(name).to_owned();
    let set: BTreeSet<_> = groups.iter().map(|group| (text(group, "display"), text(group, "type"))).collect();
    assert_eq!(set.len(), groups.len(), "each once: {groups:?}");
    set
}

fn set<'a>(groups: impl IntoIterator<Item = (&'a str, &'a str)>) -> BTreeSet<(String, String)> {
    groups.into_iter().map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect()
}

/// Q054, Q055, Q169, Q174, Q175, Q180, Q183: every form takes both kinds.
#[tokio::test]
async fn users_and_groups_come_and_go_in_every_form() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let (u, v) = (workspace.user("u@acme.test").await, workspace.user("v@acme.test").await);
    let (g, h) = (workspace.group("G", &[]).await, workspace.group("H", &[]).await);
    let resource = |name: char| match name {
        'u' => &u,
        'v' => &v,
        'g' => &g,
        _ => &h,
    };
    let ids = |names: &str| {
        let mut ids: Vec<String> = names.chars().map(|name| id(resource(name)).to_owned()).collect();
        ids.sort();
        ids
    };
    let list = |names: &str| -> Value { names.chars().map(|name| json!({ "value": id(resource(name)) })).collect() };
    let by_id = |name: char| format!("members[value eq \"{}\"]", id(resource(name)));
    let reference = |name: char| json!([{ "$ref": resource(name)["meta"]["location"] }]);
    let table: Vec<(&str, &str, Value, &str)> = vec![
        ("added", "", json!([{ "op": "add", "path": "members", "value": list("ug") }]), "ug"),
        ("added again", "ug", json!([{ "op": "add", "path": "members", "value": list("ug") }]), "ug"),
        (
            "with its type",
            "u",
            json!([{ "op": "add", "path": "members", "value": [{ "value": id(&g), "type": "Group" }] }]),
            "ug",
        ),
        (
            "with a word of the directory",
            "u",
            json!([{ "op": "add", "path": "members", "value": [{ "value": id(&g), "type": "direct" }] }]),
            "ug",
        ),
        ("by address", "u", json!([{ "op": "add", "path": "members", "value": reference('g') }]), "ug"),
        (
            "by relative address",
            "u",
            json!([{ "op": "add", "path": "members", "value": [{ "value": id(&g), "$ref": format!("../Groups/{}", id(&g)) }] }]),
            "ug",
        ),
        ("one object", "u", json!([{ "op": "add", "path": "members", "value": list("h")[0] }]), "uh"),
        ("a bare text", "u", json!([{ "op": "add", "path": "members", "value": [id(&h)] }]), "uh"),
        ("without path", "u", json!([{ "op": "add", "value": { "members": list("gh") } }]), "ugh"),
        ("removed by id", "ugh", json!([{ "op": "remove", "path": by_id('g') }]), "uh"),
        ("a user removed by id", "ugh", json!([{ "op": "remove", "path": by_id('u') }]), "gh"),
        ("removed by list", "uvgh", json!([{ "op": "Remove", "path": "members", "value": list("vg") }]), "uh"),
        (
            "removed by id and type",
            "ug",
            json!([{ "op": "remove", "path": format!("members[value eq \"{}\" and type eq \"Group\"]", id(&g)) }]),
            "u",
        ),
        (
            "not of that type",
            "ug",
            json!([{ "op": "remove", "path": format!("members[value eq \"{}\" and type eq \"User\"]", id(&g)) }]),
            "ug",
        ),
        ("all groups removed", "uvgh", json!([{ "op": "remove", "path": "members[type eq \"Group\"]" }]), "uv"),
        ("all users removed", "uvgh", json!([{ "op": "remove", "path": "members[type eq \"user\"]" }]), "gh"),
        (
            "by the end of the address",
            "ug",
            json!([{ "op": "remove", "path": format!("members[$ref ew \"Groups/{}\"]", id(&g)) }]),
            "u",
        ),
        ("all removed", "ug", json!([{ "op": "remove", "path": "members" }]), ""),
        ("replaced", "ug", json!([{ "op": "replace", "path": "members", "value": list("gv") }]), "gv"),
        ("replaced without path", "ug", json!([{ "op": "replace", "value": { "members": list("h") } }]), "h"),
        ("emptied", "ug", json!([{ "op": "replace", "path": "members", "value": [] }]), ""),
        (
            "removed and added again",
            "ug",
            json!([{ "op": "remove", "path": by_id('g') }, { "op": "add", "path": "members", "value": list("g") }]),
            "ug",
        ),
    ];
    for (what, before, operations, after) in table {
        let group = scim.post("/Groups", json!({ "displayName": what, "members": list(before) })).await.expect(201);
        assert_eq!(members(&group), ids(before), "{what}");
        let answer = scim.operations(&path(&group), operations).await.expect(200);
        assert_eq!(members(&answer), ids(after), "{what}");
        assert_eq!(scim.get(&path(&group)).await.expect(200), answer, "{what}");
        assert_eq!(answer["meta"]["version"] == group["meta"]["version"], before == after, "{what}");
        let replaced = scim.put(&path(&group), json!({ "displayName": what, "members": list(before) })).await.expect(200);
        assert_eq!(members(&replaced), ids(before), "{what}: put back");
        scim.delete(&path(&group)).await.expect(204);
    }
    instance.finish().await;
}

/// Q011, Q055: kind, address and id of a member agree, and the address leads there.
#[tokio::test]
async fn a_group_shows_what_each_member_is() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (user, inner) = (workspace.user("u@acme.test").await, workspace.group("Inner", &[]).await);
    let outer = workspace.group("Outer", &[&user, &inner]).await;
    let of = |resource: &Value, kind: &str| json!({ "value": id(resource), "$ref": resource["meta"]["location"], "type": kind });
    let both: BTreeSet<String> = [of(&user, "User"), of(&inner, "Group")].iter().map(Value::to_string).collect();
    for group in [&outer, &workspace.scim().get("/Groups?filter=displayName+eq+%22outer%22").await.expect(200)["Resources"][0]] {
        let members = group["members"].as_array().expect("members");
        assert_eq!(members.iter().map(Value::to_string).collect::<BTreeSet<_>>(), both);
        for member in members {
            let address = member["$ref"].as_str().expect("an address");
            let there =
                instance.with_token(&workspace.scim_token).get(address.strip_prefix(&instance.url()).expect("our host")).await;
            assert_eq!(there.expect(200)["id"], member["value"]);
        }
    }
    instance.finish().await;
}

#[tokio::test]
async fn who_is_not_what_it_is_said_to_be_undoes_the_whole_request() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let (user, inner) = (workspace.user("u@acme.test").await, workspace.group("Inner", &[]).await);
    let group = workspace.group("Group", &[&user]).await;
    let stranger = "019f0000-0000-7000-8000-000000000000";
    let table = [
        (json!({ "value": id(&inner), "type": "User" }), "is a group"),
        (json!({ "value": id(&user), "type": "Group" }), "is a user"),
        (json!({ "$ref": format!("../Users/{}", id(&inner)) }), "is a group"),
        (json!({ "value": id(&user), "$ref": format!("../Groups/{}", id(&user)) }), "is a user"),
        (json!({ "value": id(&inner), "type": "Group", "$ref": format!("../Users/{}", id(&inner)) }), "as a Group and as a User"),
        (json!({ "value": id(&inner), "$ref": format!("../Groups/{}", id(&group)) }), "but value is"),
        (json!({ "value": id(&group) }), "this group itself"),
        (json!({ "value": stranger, "type": "Group" }), "no user or group of this workspace"),
        (json!({ "value": "Inner", "type": "Group" }), "no user or group of this workspace"),
    ];
    let rename = json!({ "op": "replace", "path": "displayName", "value": "Renamed" });
    for (member, words) in table {
        for verb in ["add", "replace"] {
            let change = json!([rename, { "op": verb, "path": "members", "value": [{ "value": id(&inner) }, member] }]);
            let detail = scim.operations(&path(&group), change).await.scim_error(400, Some("invalidValue"));
            assert!(detail.contains("members") && detail.contains(words), "{member}: {detail}");
        }
        let body = json!({ "displayName": "Renamed", "members": [member] });
        let detail = scim.put(&path(&group), body.clone()).await.scim_error(400, Some("invalidValue"));
        assert!(detail.contains(words), "{member}: {detail}");
        if words != "this group itself" {
            scim.post("/Groups", body).await.scim_error(400, Some("invalidValue"));
        }
    }
    assert_eq!(scim.get(&path(&group)).await.expect(200), group);
    assert_eq!(scim.get("/Groups").await.expect(200)["totalResults"], 2);
    let immutable = format!("members[value eq \"{}\"].value", id(&inner));
    put_in(&workspace, &group, &[&inner]).await;
    let change = json!([{ "op": "replace", "path": immutable, "value": id(&user) }]);
    scim.operations(&path(&group), change).await.scim_error(400, Some("mutability"));
    instance.finish().await;
}

/// Q047, Q048.
#[tokio::test]
async fn a_user_shows_direct_and_indirect_groups_in_the_very_next_read() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let (ada, bob) = (workspace.user("ada@acme.test").await, workspace.user("bob@acme.test").await);
    let company = workspace.group("Company", &[]).await;
    let division = workspace.group("Division", &[]).await;
    let team = workspace.group("Team", &[&ada]).await;
    assert_eq!(groups_of(&workspace, &ada).await, set([("Team", "direct")]));
    put_in(&workspace, &division, &[&team]).await;
    assert_eq!(groups_of(&workspace, &ada).await, set([("Division", "indirect"), ("Team", "direct")]));
    put_in(&workspace, &company, &[&division, &bob]).await;
    let all = set([("Company", "indirect"), ("Division", "indirect"), ("Team", "direct")]);
    assert_eq!(groups_of(&workspace, &ada).await, all);
    assert_eq!(groups_of(&workspace, &bob).await, set([("Company", "direct")]));
    let read = scim.get(&path(&ada)).await.expect(200);
    let of = |group: &Value, kind: &str| json!({ "value": id(group), "$ref": group["meta"]["location"], "type": kind, "display": group["displayName"] });
    assert_eq!(read["groups"], json!([of(&company, "indirect"), of(&division, "indirect"), of(&team, "direct")]));
    let listed = scim.get("/Users").await.expect(200);
    assert_eq!(listed["Resources"][0], read, "the list shows the same");
    assert_eq!(shown(&listed["Resources"][1]), set([("Company", "direct")]));
    let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "userName sw \"a\"" });
    assert_eq!(scim.post("/Users/.search", search).await.expect(200)["Resources"][0], read);

    // Both ways at once: direct.
    put_in(&workspace, &company, &[&ada]).await;
    assert_eq!(groups_of(&workspace, &ada).await, set([("Company", "direct"), ("Division", "indirect"), ("Team", "direct")]));
    let out = json!([{ "op": "remove", "path": format!("members[value eq \"{}\"]", id(&ada)) }]);
    scim.operations(&path(&company), out).await.expect(200);
    assert_eq!(groups_of(&workspace, &ada).await, all);
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "Corporation" }]);
    scim.operations(&path(&company), rename).await.expect(200);
    assert!(groups_of(&workspace, &ada).await.contains(&("Corporation".to_owned(), "indirect".to_owned())));
    scim.delete(&path(&division)).await.expect(204);
    assert_eq!(groups_of(&workspace, &ada).await, set([("Team", "direct")]));
    instance.finish().await;
}

/// Q057.
#[tokio::test]
async fn circles_are_accepted_and_walked_once() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let (ada, bob) = (workspace.user("ada@acme.test").await, workspace.user("bob@acme.test").await);
    let (a, b, c) = (workspace.group("A", &[&ada]).await, workspace.group("B", &[]).await, workspace.group("C", &[&bob]).await);
    put_in(&workspace, &a, &[&b]).await;
    put_in(&workspace, &b, &[&c, &a]).await;
    put_in(&workspace, &c, &[&a, &b]).await;
    let of = |direct: &'static str| set(["A", "B", "C"].map(|name| (name, if name == direct { "direct" } else { "indirect" })));
    assert_eq!(groups_of(&workspace, &ada).await, of("A"));
    assert_eq!(groups_of(&workspace, &bob).await, of("C"));
    for group in [&a, &b, &c] {
        let found = scim.filter("/Users", &format!("groups.value eq \"{}\"", id(group))).await.expect(200);
        assert_eq!(found["totalResults"], 2);
    }
    let indirect = scim.filter("/Users", &format!("groups[value eq \"{}\" and type eq \"indirect\"]", id(&a))).await.expect(200);
    assert_includes(&indirect, &json!({ "totalResults": 1, "Resources": [{ "id": id(&bob) }] }), "below A");
    // All of the circle goes at once; each answer waits for no other for ever.
    let gone = join_all([&a, &b, &c].map(async |group| scim.delete(&path(group)).await)).await;
    gone.into_iter().for_each(|answer| drop(answer.expect(204)));
    assert_eq!(groups_of(&workspace, &ada).await, set([]));
    instance.finish().await;
}

#[tokio::test]
async fn filters_see_what_the_resources_show() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let (ada, bob) = (workspace.user("ada@acme.test").await, workspace.user("bob@acme.test").await);
    let inner = workspace.group("Inner", &[&ada]).await;
    let outer = workspace.group("Outer", &[&bob, &inner]).await;
    workspace.user("nobody@acme.test").await;
    let root = outer["meta"]["location"].as_str().expect("an address").strip_suffix(&path(&outer)).expect("the root").to_owned();
    let (of_inner, of_outer) = (id(&inner), id(&outer));
    let table: Vec<(&str, String, Vec<&Value>)> = vec![
        ("/Users", format!("groups.value eq \"{of_outer}\""), vec![&ada, &bob]),
        ("/Users", format!("groups.value eq \"{of_inner}\""), vec![&ada]),
        ("/Users", format!("groups[value eq \"{of_outer}\" and type eq \"indirect\"]"), vec![&ada]),
        ("/Users", format!("groups[value eq \"{of_outer}\" and type eq \"direct\"]"), vec![&bob]),
        ("/Users", "groups[type eq \"indirect\"]".into(), vec![&ada]),
        ("/Users", "groups.type eq \"indirect\"".into(), vec![&ada]),
        ("/Users", "groups.display eq \"OUTER\"".into(), vec![&ada, &bob]),
        ("/Users", "groups pr".into(), vec![&ada, &bob]),
        ("/Users", format!("groups.$ref eq \"{root}/Groups/{of_outer}\""), vec![&ada, &bob]),
        ("/Groups", format!("members.value eq \"{of_inner}\""), vec![&outer]),
        ("/Groups", format!("members eq \"{}\"", id(&ada)), vec![&inner]),
        ("/Groups", "members[type eq \"Group\"]".into(), vec![&outer]),
        ("/Groups", "members[type eq \"User\"]".into(), vec![&inner, &outer]),
        ("/Groups", "not (members.type eq \"Group\")".into(), vec![&inner]),
        ("/Groups", format!("members.$ref eq \"{root}/Groups/{of_inner}\""), vec![&outer]),
        ("/Groups", format!("members.$ref eq \"{root}/Users/{of_inner}\""), vec![]),
        ("/Groups", format!("members[value eq \"{of_inner}\" and type eq \"User\"]"), vec![]),
    ];
    for (endpoint, filter, expected) in table {
        let found = scim.filter(endpoint, &filter).await.expect(200);
        let ids: Vec<&Value> = found["Resources"].as_array().into_iter().flatten().map(|resource| &resource["id"]).collect();
        assert_eq!(ids, expected.iter().map(|resource| &resource["id"]).collect::<Vec<_>>(), "{filter}");
    }
    instance.finish().await;
}

/// Q193 for groups: what contains a group that goes away has another version.
#[tokio::test]
async fn a_group_that_goes_away_leaves_its_groups_and_moves_their_versions() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let ada = workspace.user("ada@acme.test").await;
    let inner = workspace.group("Inner", &[&ada]).await;
    let (one, two) = (workspace.group("One", &[&inner, &ada]).await, workspace.group("Two", &[&inner]).await);
    let (above, apart) = (workspace.group("Above", &[&one]).await, workspace.group("Apart", &[]).await);
    scim.send(scim.request(Method::DELETE, &path(&inner)).header("if-match", "W/\"99\"")).await.scim_error(412, None);
    assert_eq!(scim.get(&path(&one)).await.expect(200), one, "nothing has happened");
    scim.delete(&path(&inner)).await.expect(204);
    for (group, left) in [(&one, vec![id(&ada)]), (&two, vec![])] {
        let now = scim.get(&path(group)).await.expect(200);
        assert_eq!(members(&now), left);
        assert_ne!(now["meta"]["version"], group["meta"]["version"]);
        assert_ne!(now["meta"]["lastModified"], group["meta"]["lastModified"]);
    }
    for group in [&above, &apart] {
        assert_eq!(scim.get(&path(group)).await.expect(200), *group, "this one is as it was");
    }
    assert_eq!(instance.database.count("select count(*) from group_subgroups").await, 1);
    instance.finish().await;
}

#[tokio::test]
async fn the_audit_log_names_the_groups_that_came_and_went() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (user, inner) = (workspace.user("u@acme.test").await, workspace.group("Inner", &[]).await);
    let group = workspace.group("Group", &[&user]).await;
    put_in(&workspace, &group, &[&inner]).await;
    workspace.scim().operations(&path(&group), json!([{ "op": "remove", "path": "members" }])).await.expect(200);
    let details: Vec<Value> = sqlx::query_scalar(
        "select detail from audit_log where action = 'group.members_changed' and subject_id = $1::uuid order by id",
    )
    .bind(id(&group))
    .fetch_all(&instance.database.pool)
    .await
    .expect("the audit log");
    let (user, inner) = (id(&user), id(&inner));
    assert_eq!(
        details,
        [
            json!({ "added": [user], "added_count": 1, "removed": [], "removed_count": 0 }),
            json!({
                "added": [], "added_count": 0, "added_groups": [inner], "added_groups_count": 1, "removed": [], "removed_count": 0,
            }),
            json!({
                "added": [], "added_count": 0,
                "removed": [user], "removed_count": 1, "removed_groups": [inner], "removed_groups_count": 1,
            }),
        ]
    );
    instance.finish().await;
}

/// Two groups that contain each other, made, taken apart and deleted by many at once: everybody gets an answer, and none is 500.
#[tokio::test]
async fn groups_that_contain_each_other_are_changed_by_many_at_once() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let scim = workspace.scim();
    let mut groups = Vec::new();
    for number in 0..6 {
        groups.push(workspace.group(&format!("G{number}"), &[]).await);
    }
    let pairs: Vec<(&Value, &Value)> =
        groups.iter().flat_map(|one| groups.iter().filter(|other| id(other) != id(one)).map(move |other| (one, other))).collect();
    let each = async |operation: &dyn Fn(&Value) -> Value| {
        join_all(pairs.iter().map(|(one, other)| {
            scim.send(
                scim.request(Method::PATCH, &path(one))
                    .header("content-type", "application/scim+json")
                    .body(patch(json!([operation(other)])).to_string()),
            )
        }))
        .await
        .into_iter()
        .for_each(|answer| drop(answer.expect(200)));
    };
    each(&|other| json!({ "op": "add", "path": "members", "value": [{ "value": id(other) }] })).await;
    for group in &groups {
        assert_eq!(members(&scim.get(&path(group)).await.expect(200)).len(), 5);
    }
    each(&|other| json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", id(other)) })).await;
    for group in &groups {
        assert_eq!(scim.get(&path(group)).await.expect(200)["members"], json!([]));
    }
    each(&|other| json!({ "op": "add", "path": "members", "value": [{ "value": id(other) }] })).await;
    let gone = join_all(groups.iter().map(async |group| scim.delete(&path(group)).await)).await;
    gone.into_iter().for_each(|answer| drop(answer.expect(204)));
    assert_eq!(instance.database.count("select count(*) from group_subgroups").await, 0);
    instance.finish().await;
}
