//! The membership follows the directory: who is in, with which role and why, in which groups.

mod access;
mod by_hand;
mod custom_roles;
mod groups;
mod guards;
mod identity;
mod linking;
mod nested;
mod nested_model;
mod observe;
mod preview;
mod roles;
mod seats;
mod sources;
mod status;
mod switching_off;
mod walks;

use serde_json::{Value, json};

use crate::harness::{Answer, Workspace, eventually};

/// Text of a field that must be one.
fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// Creates a user with these attributes besides the name.
pub async fn create(workspace: &Workspace, user_name: &str, more: Value) -> Value {
    let mut body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": user_name });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    workspace.scim().post("/Users", body).await.expect(201)
}

/// Changes a user by one operation.
async fn patch(workspace: &Workspace, user: &Value, operation: Value) -> Answer {
    let answer = workspace.scim().operations(&format!("/Users/{}", text(&user["id"])), json!([operation])).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}

/// Maps a group to a role.
async fn map(workspace: &Workspace, group: &Value, role: &str) -> Answer {
    let answer = workspace.admin().put(&format!("/role-mappings/{}", text(&group["id"])), json!({ "role": role })).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    answer
}

/// Waits until the member behind a user has this role; answers it with groups and grants.
pub async fn has_role(workspace: &Workspace, user: &Value, role: &str) -> Value {
    let member = workspace.member_of(user).await;
    workspace.member_becomes(&member["id"], &format!("the role is {role}"), |member| member["member"]["role"] == role).await
}

/// The grants of a member, as source, group and role.
fn grants(member: &Value) -> Vec<(String, Value, String)> {
    let grants = member["grants"].as_array().expect("grants").iter();
    grants.map(|grant| (text(&grant["source"]).to_owned(), grant["group_id"].clone(), text(&grant["role"]).to_owned())).collect()
}

/// One grant that comes from no group.
fn grant(source: &str, role: &str) -> (String, Value, String) {
    (source.to_owned(), Value::Null, role.to_owned())
}

/// One grant that comes from a group.
fn by_group(group: &Value, role: &str) -> (String, Value, String) {
    ("group".to_owned(), group["id"].clone(), role.to_owned())
}

/// The names of the workspace groups that a member is in, sorted.
fn group_names(member: &Value) -> Vec<String> {
    let groups = member["groups"].as_array().expect("groups").iter();
    let mut names: Vec<String> = groups.map(|group| text(&group["display_name"]).to_owned()).collect();
    names.sort();
    names
}

/// Waits until the member behind a user is in exactly these workspace groups.
async fn is_in(workspace: &Workspace, user: &Value, groups: &[&str]) {
    let id = workspace.member_of(user).await["id"].clone();
    eventually(&format!("the member is in {groups:?}"), async || group_names(&workspace.member(&id).await) == groups).await;
}
