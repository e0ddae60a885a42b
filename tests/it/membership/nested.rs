//! Who is in a group of a group has what the outer one gives, for as long as that is so.

use serde_json::{Value, json};

use super::{by_group, grant, grants, has_role, is_in, map, text};
use crate::{
    harness::{Instance, Workspace, eventually},
    worker::sweep::reconcile_now,
};

fn path_of(group: &Value) -> String {
    format!("/Groups/{}", text(&group["id"]))
}

async fn put_in(workspace: &Workspace, group: &Value, member: &Value) {
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": member["id"] }] }]);
    workspace.scim().operations(&path_of(group), add).await.expect(200);
}

async fn take_out(workspace: &Workspace, group: &Value, member: &Value) {
    let remove = json!([{ "op": "remove", "path": format!("members[value eq \"{}\"]", text(&member["id"])) }]);
    workspace.scim().operations(&path_of(group), remove).await.expect(200);
}

/// Company, division in it, team in that.
async fn three_levels(workspace: &Workspace, people: &[&Value]) -> [Value; 3] {
    let team = workspace.group("Team", people).await;
    let division = workspace.group("Division", &[&team]).await;
    let company = workspace.group("Company", &[&division]).await;
    [company, division, team]
}

#[tokio::test]
async fn a_role_comes_through_two_levels_and_goes_with_the_edge() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let [company, division, team] = three_levels(&workspace, &[&user]).await;
    map(&workspace, &company, "editor").await;
    let member = has_role(&workspace, &user, "editor").await;
    assert_eq!(grants(&member), [by_group(&company, "editor")]);
    is_in(&workspace, &user, &["Company", "Division", "Team"]).await;

    take_out(&workspace, &company, &division).await;
    assert_eq!(grants(&has_role(&workspace, &user, "viewer").await), [grant("default", "viewer")]);
    is_in(&workspace, &user, &["Division", "Team"]).await;
    put_in(&workspace, &company, &division).await;
    has_role(&workspace, &user, "editor").await;
    is_in(&workspace, &user, &["Company", "Division", "Team"]).await;

    // Every way to change members is the same to those below.
    let put = json!({ "displayName": "Division", "members": [] });
    workspace.scim().put(&path_of(&division), put).await.expect(200);
    has_role(&workspace, &user, "viewer").await;
    let put = json!({ "displayName": "Division", "members": [{ "value": team["id"] }] });
    workspace.scim().put(&path_of(&division), put).await.expect(200);
    has_role(&workspace, &user, "editor").await;
    let all = json!([{ "op": "remove", "path": "members[type eq \"Group\"]" }]);
    workspace.scim().operations(&path_of(&company), all).await.expect(200);
    is_in(&workspace, &user, &["Division", "Team"]).await;
    assert_eq!(reconcile_now(&instance, &workspace).await, 0);
    instance.finish().await;
}

#[tokio::test]
async fn who_joins_or_leaves_the_inner_group_joins_or_leaves_the_outer_ones() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (early, late) = (workspace.user("early@acme.test").await, workspace.user("late@acme.test").await);
    let [company, _, team] = three_levels(&workspace, &[&early]).await;
    map(&workspace, &company, "admin").await;
    has_role(&workspace, &early, "admin").await;
    has_role(&workspace, &late, "viewer").await;
    put_in(&workspace, &team, &late).await;
    has_role(&workspace, &late, "admin").await;
    take_out(&workspace, &team, &early).await;
    has_role(&workspace, &early, "viewer").await;
    is_in(&workspace, &early, &[]).await;
    is_in(&workspace, &late, &["Company", "Division", "Team"]).await;
    assert_eq!(reconcile_now(&instance, &workspace).await, 0);
    instance.finish().await;
}

#[tokio::test]
async fn without_the_group_in_the_middle_nothing_reaches_down() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (user, middle) = (workspace.user("ada@acme.test").await, workspace.user("middle@acme.test").await);
    let [company, division, _] = three_levels(&workspace, &[&user]).await;
    put_in(&workspace, &division, &middle).await;
    map(&workspace, &company, "editor").await;
    for user in [&user, &middle] {
        has_role(&workspace, user, "editor").await;
    }
    workspace.scim().delete(&path_of(&division)).await.expect(204);
    for user in [&user, &middle] {
        assert_eq!(grants(&has_role(&workspace, user, "viewer").await), [grant("default", "viewer")]);
    }
    is_in(&workspace, &user, &["Team"]).await;
    is_in(&workspace, &middle, &[]).await;
    assert_eq!(reconcile_now(&instance, &workspace).await, 0);
    instance.finish().await;
}

#[tokio::test]
async fn a_mapping_that_comes_changes_and_goes_reaches_everybody_below() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (deep, own) = (workspace.user("deep@acme.test").await, workspace.user("own@acme.test").await);
    let [company, division, team] = three_levels(&workspace, &[&deep]).await;
    put_in(&workspace, &company, &own).await;
    instance.settle().await;
    for role in ["editor", "guest", "admin"] {
        map(&workspace, &company, role).await;
        for user in [&deep, &own] {
            assert_eq!(grants(&has_role(&workspace, user, role).await), [by_group(&company, role)]);
        }
    }
    // Of mappings on several levels the strongest counts, and all are held.
    map(&workspace, &team, "editor").await;
    map(&workspace, &division, "guest").await;
    instance.settle().await;
    let member = has_role(&workspace, &deep, "admin").await;
    let mut expected = vec![by_group(&company, "admin"), by_group(&division, "guest"), by_group(&team, "editor")];
    expected.sort_by(|one, other| text(&one.1).cmp(text(&other.1)));
    assert_eq!(grants(&member), expected);
    let unmap = async |group: &Value| {
        workspace.admin().delete(&format!("/role-mappings/{}", text(&group["id"]))).await.expect(204);
    };
    unmap(&company).await;
    has_role(&workspace, &deep, "editor").await;
    has_role(&workspace, &own, "viewer").await;
    unmap(&team).await;
    has_role(&workspace, &deep, "guest").await;
    assert_eq!(reconcile_now(&instance, &workspace).await, 0);
    instance.finish().await;
}

#[tokio::test]
async fn in_a_circle_everybody_is_in_every_group() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (ada, bob) = (workspace.user("ada@acme.test").await, workspace.user("bob@acme.test").await);
    let (one, two) = (workspace.group("One", &[&ada]).await, workspace.group("Two", &[&bob]).await);
    put_in(&workspace, &one, &two).await;
    put_in(&workspace, &two, &one).await;
    map(&workspace, &one, "editor").await;
    for user in [&ada, &bob] {
        has_role(&workspace, user, "editor").await;
        is_in(&workspace, user, &["One", "Two"]).await;
    }
    take_out(&workspace, &one, &two).await;
    has_role(&workspace, &bob, "viewer").await;
    is_in(&workspace, &bob, &["Two"]).await;
    is_in(&workspace, &ada, &["One", "Two"]).await;
    workspace.scim().delete(&path_of(&two)).await.expect(204);
    is_in(&workspace, &ada, &["One"]).await;
    assert_eq!(reconcile_now(&instance, &workspace).await, 0);
    instance.finish().await;
}

/// Q193: whoever leaves the directory leaves every group, also those that they were in through others.
#[tokio::test]
async fn who_leaves_the_directory_is_out_of_the_outer_groups_too() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (gone, stays) = (workspace.user("gone@acme.test").await, workspace.user("stays@acme.test").await);
    let [company, _, _] = three_levels(&workspace, &[&gone, &stays]).await;
    map(&workspace, &company, "admin").await;
    let member = has_role(&workspace, &gone, "admin").await["member"]["id"].clone();
    has_role(&workspace, &stays, "admin").await;
    workspace.scim().delete(&format!("/Users/{}", text(&gone["id"]))).await.expect(204);
    let out =
        |member: &Value| member["groups"] == json!([]) && member["grants"] == json!([]) && member["member"]["role"].is_null();
    workspace.member_becomes(&member, "out of everything", out).await;
    is_in(&workspace, &stays, &["Company", "Division", "Team"]).await;
    assert_eq!(reconcile_now(&instance, &workspace).await, 0);
    instance.finish().await;
}

#[tokio::test]
async fn an_edge_whose_mark_was_lost_is_made_good_by_the_sweep() {
    let mut instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("ada@acme.test").await;
    let (outer, inner) = (workspace.group("Outer", &[]).await, workspace.group("Inner", &[&user]).await);
    map(&workspace, &outer, "editor").await;
    instance.settle().await;
    instance.worker(0).terminate();
    put_in(&workspace, &outer, &inner).await;
    instance.database.execute("delete from dirty").await;
    instance.start_worker();
    assert_eq!(reconcile_now(&instance, &workspace).await, 1);
    has_role(&workspace, &user, "editor").await;
    is_in(&workspace, &user, &["Inner", "Outer"]).await;
    assert_eq!(reconcile_now(&instance, &workspace).await, 0);
    instance.finish().await;
}

/// SQL that puts a thousand people into the directory and into a group. Whoever has no mark is no member yet.
fn a_thousand(workspace: &Workspace, group: &Value) -> String {
    format!(
        "with made as (
             insert into users (workspace_id, id, user_name_key, active, document, created_at, updated_at)
             select '{0}', ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'u' || n, true,
                    jsonb_build_object('userName', 'u' || n), now(), now()
             from generate_series(1, 1000) as n
             returning id
         )
         insert into group_members (workspace_id, group_id, user_id) select '{0}', '{1}', id from made",
        workspace.id,
        text(&group["id"])
    )
}

const PEOPLE: &str = "select count(*) from members where origin = 'directory'";

/// The request leaves one mark, however many people are below; the worker comes to them bit by bit, and goes on where a killed one
/// has been.
#[tokio::test]
async fn a_thousand_people_are_one_mark_and_a_walk_that_survives_its_worker() {
    let mut instance = Instance::without_worker().await;
    let workspace = instance.workspace().open().await;
    let [company, division, team] = three_levels(&workspace, &[]).await;
    take_out(&workspace, &company, &division).await;
    instance.database.execute(&a_thousand(&workspace, &team)).await;
    instance.database.execute("delete from dirty where kind <> 'group'").await;
    put_in(&workspace, &company, &division).await;
    map(&workspace, &company, "editor").await;
    assert_eq!(instance.database.count("select count(*) from dirty where kind <> 'group'").await, 2, "one each");

    let in_the_way = "select from users where id = '00000000-0000-7000-8000-000000000700' for update";
    let held = instance.database.hold(in_the_way).await;
    let first = instance.start_worker();
    let waiting = "select count(*) from pg_stat_activity
        where datname = current_database() and application_name = 'rollcall' and wait_event_type = 'Lock' and query like '%from users%'";
    eventually("the walk has come to the one in the way", async || instance.database.count(waiting).await == 1).await;
    let half = instance.database.count(PEOPLE).await;
    assert!((1..700).contains(&half), "{half} people in transactions of their own");
    let walked = "select count(*) from group_walks where cursor <> '00000000-0000-0000-0000-000000000000'";
    assert!(instance.database.count(walked).await > 0, "where the walk is has been written down");
    instance.worker(first).kill();
    drop(held);
    instance.start_worker();
    let editors = "select count(*) from members where origin = 'directory' and role = 'editor'";
    eventually("everybody is an editor", async || instance.database.count(editors).await == 1000).await;
    instance.settle().await;
    assert_eq!(instance.database.count("select count(*) from workspace_group_members").await, 3000);
    assert_eq!(reconcile_now(&instance, &workspace).await, 0);

    instance.worker(1).terminate();
    workspace.scim().delete(&path_of(&division)).await.expect(204);
    assert_eq!(instance.database.count("select count(*) from dirty").await, 2, "the group itself, and all below it");
    instance.start_worker();
    let viewers = "select count(*) from members where origin = 'directory' and role = 'viewer'";
    eventually("everybody is a viewer", async || instance.database.count(viewers).await == 1000).await;
    instance.settle().await;
    assert_eq!(instance.database.count("select count(*) from workspace_group_members").await, 1000);
    assert_eq!(reconcile_now(&instance, &workspace).await, 0);
    instance.finish().await;
}
