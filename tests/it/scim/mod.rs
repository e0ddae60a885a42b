//! `/api/v1/auth/scim`, as identity providers use it.

mod addresses;
mod bulk;
mod cursors;
mod discovery;
mod errors;
mod extensions;
mod groups;
mod large_groups;
mod large_pages;
mod lists;
mod long_walks;
mod members;
mod nested;
mod patches;
mod rules;
mod sort;
mod users;
mod versions;
mod walks;

use serde_json::{Value, json};

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// The path of a resource.
pub fn path(resource: &Value) -> String {
    format!("/{}s/{}", resource["meta"]["resourceType"].as_str().expect("a type"), id(resource))
}

/// The id of a resource.
pub fn id(resource: &Value) -> &str {
    resource["id"].as_str().expect("an id")
}

/// A PATCH message.
pub fn patch(operations: Value) -> Value {
    json!({ "schemas": [PATCH_OP], "Operations": operations })
}

/// The values of a group's members, sorted.
pub fn members(group: &Value) -> Vec<String> {
    let mut members: Vec<String> = group["members"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|member| member["value"].as_str().expect("an id").to_owned())
        .collect();
    members.sort();
    members
}
