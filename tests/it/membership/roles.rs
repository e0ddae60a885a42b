//! Where a role comes from.

use serde_json::{Value, json};

use super::{by_group, create, grant, grants, has_role, map, patch, text};
use crate::harness::{Instance, eventually};

const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

#[tokio::test]
async fn it_comes_from_the_attributes_of_the_user() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let cases = [
        (json!({ "roles": [{ "value": "editor" }] }), "editor"),
        (json!({ "roles": ["Admin"] }), "admin"),
        (json!({ "roles": [{ "value": "guest" }, { "value": "editor", "primary": true }] }), "editor"),
        (json!({ "roles": [{ "value": "Salesforce Owner", "primary": true }, { "value": "guest" }] }), "guest"),
        (json!({ EXTENSION: { "role": "admin" } }), "admin"),
        (json!({ EXTENSION: { "role": "guest" }, "roles": [{ "value": "admin", "primary": true }] }), "guest"),
    ];
    for (number, (attributes, role)) in cases.into_iter().enumerate() {
        let user = create(&workspace, &format!("u{number}@acme.test"), attributes.clone()).await;
        let member = has_role(&workspace, &user, role).await;
        assert_eq!(grants(&member), [grant("attribute", role)], "{attributes}");
    }
    let stranger = create(&workspace, "stranger@acme.test", json!({ "roles": [{ "value": "Owner" }] })).await;
    assert_eq!(grants(&has_role(&workspace, &stranger, "viewer").await), [grant("default", "viewer")]);
    instance.finish().await;
}

#[tokio::test]
async fn it_moves_with_the_attributes() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("mover@acme.test").await;
    has_role(&workspace, &user, "viewer").await;
    patch(&workspace, &user, json!({ "op": "add", "path": "roles", "value": [{ "value": "editor", "primary": true }] })).await;
    assert_eq!(grants(&has_role(&workspace, &user, "editor").await), [grant("attribute", "editor")]);
    patch(&workspace, &user, json!({ "op": "replace", "path": format!("{EXTENSION}:role"), "value": "admin" })).await;
    assert_eq!(grants(&has_role(&workspace, &user, "admin").await), [grant("attribute", "admin")]);
    patch(&workspace, &user, json!({ "op": "remove", "path": format!("{EXTENSION}:role") })).await;
    has_role(&workspace, &user, "editor").await;
    patch(&workspace, &user, json!({ "op": "remove", "path": "roles" })).await;
    assert_eq!(grants(&has_role(&workspace, &user, "viewer").await), [grant("default", "viewer")]);
    instance.finish().await;
}

#[tokio::test]
async fn of_several_mapped_groups_the_strongest_wins_and_attributes_win_over_groups() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("many@acme.test").await;
    let weak = workspace.group("Weak", &[&user]).await;
    let strong = workspace.group("Strong", &[&user]).await;
    let unmapped = workspace.group("Unmapped", &[&user]).await;
    map(&workspace, &weak, "guest").await;
    assert_eq!(grants(&has_role(&workspace, &user, "guest").await), [by_group(&weak, "guest")]);
    map(&workspace, &strong, "admin").await;
    let member = has_role(&workspace, &user, "admin").await;
    let mut expected = vec![by_group(&weak, "guest"), by_group(&strong, "admin")];
    expected.sort_by(|a, b| text(&a.1).cmp(text(&b.1)));
    assert_eq!(grants(&member), expected);
    patch(&workspace, &user, json!({ "op": "add", "path": "roles", "value": [{ "value": "editor" }] })).await;
    assert_eq!(grants(&has_role(&workspace, &user, "editor").await), [grant("attribute", "editor")]);
    patch(&workspace, &user, json!({ "op": "remove", "path": "roles" })).await;
    has_role(&workspace, &user, "admin").await;
    workspace.scim().delete(&format!("/Groups/{}", text(&unmapped["id"]))).await.expect(204);
    instance.settle().await;
    has_role(&workspace, &user, "admin").await;
    instance.finish().await;
}

#[tokio::test]
async fn a_mapping_is_the_groups_and_not_its_names() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (insider, outsider) = (workspace.user("in@acme.test").await, workspace.user("out@acme.test").await);
    let admins = workspace.group("Admins", &[&insider]).await;
    let others = workspace.group("Others", &[&outsider]).await;
    map(&workspace, &admins, "admin").await;
    has_role(&workspace, &insider, "admin").await;
    let rename = async |group: &Value, name: &str| {
        let path = format!("/Groups/{}", text(&group["id"]));
        workspace.scim().operations(&path, json!([{ "op": "replace", "path": "displayName", "value": name }])).await.expect(200);
    };
    rename(&admins, "Former admins").await;
    rename(&others, "Admins").await;
    let third = workspace.group("admins of another day", &[&outsider]).await;
    rename(&third, "Admins, too").await;
    instance.settle().await;
    assert_eq!(grants(&has_role(&workspace, &insider, "admin").await), [by_group(&admins, "admin")]);
    assert_eq!(grants(&has_role(&workspace, &outsider, "viewer").await), [grant("default", "viewer")]);

    workspace.scim().delete(&format!("/Groups/{}", text(&admins["id"]))).await.expect(204);
    has_role(&workspace, &insider, "viewer").await;
    let again = workspace.group("Former admins", &[&insider]).await;
    instance.settle().await;
    assert_eq!(
        grants(&has_role(&workspace, &insider, "viewer").await),
        [grant("default", "viewer")],
        "made again under the same name"
    );
    assert_ne!(again["id"], admins["id"]);
    assert_eq!(workspace.admin().get("/role-mappings").await.expect(200), json!([]), "the mapping went with its group");
    instance.finish().await;
}

#[tokio::test]
async fn a_changed_and_a_removed_mapping_reach_everybody_in_the_group() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let (a, b) = (workspace.user("a@acme.test").await, workspace.user("b@acme.test").await);
    let group = workspace.group("Team", &[&a, &b]).await;
    for role in ["editor", "guest", "admin"] {
        map(&workspace, &group, role).await;
        for user in [&a, &b] {
            assert_eq!(grants(&has_role(&workspace, user, role).await), [by_group(&group, role)]);
        }
    }
    let shown = workspace.admin().get("/role-mappings").await.expect(200);
    assert_eq!(shown, json!([{ "group_id": group["id"], "display_name": "Team", "role": "admin" }]));
    workspace.admin().delete(&format!("/role-mappings/{}", text(&group["id"]))).await.expect(204);
    for user in [&a, &b] {
        assert_eq!(grants(&has_role(&workspace, user, "viewer").await), [grant("default", "viewer")]);
    }
    instance.finish().await;
}

#[tokio::test]
async fn a_member_of_a_mapped_group_gets_and_loses_the_role_with_it() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let user = workspace.user("comes@acme.test").await;
    let group = workspace.group("Editors", &[]).await;
    map(&workspace, &group, "editor").await;
    let path = format!("/Groups/{}", text(&group["id"]));
    let member = json!([{ "value": user["id"] }]);
    workspace.scim().operations(&path, json!([{ "op": "add", "path": "members", "value": member }])).await.expect(200);
    has_role(&workspace, &user, "editor").await;
    let who = format!("members[value eq \"{}\"]", text(&user["id"]));
    workspace.scim().operations(&path, json!([{ "op": "remove", "path": who }])).await.expect(200);
    has_role(&workspace, &user, "viewer").await;
    instance.finish().await;
}

#[tokio::test]
async fn the_default_reaches_those_who_have_nothing_else() {
    let instance = Instance::start().await;
    let workspace = instance.workspace().open().await;
    let plain = workspace.user("plain@acme.test").await;
    let special = create(&workspace, "special@acme.test", json!({ "roles": [{ "value": "admin" }] })).await;
    has_role(&workspace, &plain, "viewer").await;
    has_role(&workspace, &special, "admin").await;
    for role in ["guest", "editor", "guest"] {
        let path = format!("/workspaces/{}", workspace.slug);
        let answer = instance.ops().patch(&path, json!({ "default_role": role })).await;
        let request = answer.header("x-request-id").to_owned();
        assert_eq!(answer.expect(200)["default_role"], role);
        let member = has_role(&workspace, &plain, role).await;
        assert_eq!(grants(&member), [grant("default", role)]);
        assert_eq!(member["grants"][0]["request_id"], request, "the request that changed the default");
    }
    assert_eq!(grants(&has_role(&workspace, &special, "admin").await), [grant("attribute", "admin")]);
    let newcomer = workspace.user("newcomer@acme.test").await;
    has_role(&workspace, &newcomer, "guest").await;
    eventually("the sweep is over", async || {
        instance.database.count("select count(*) from sweeps where finished_at is null").await == 0
    })
    .await;
    instance.finish().await;
}
