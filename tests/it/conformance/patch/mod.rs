//! PATCH, RFC 7644 §3.5.2.

mod add;
mod answers;
mod many;
mod message;
mod remove;
mod replace;
mod together;

use serde_json::{Value, json};

use crate::{
    conformance::{
        asking::{people, person},
        framework::{Section, hold, requirements},
    },
    harness::{Workspace, assert_includes},
    scim::{ENTERPRISE, members, path},
};

/// Q152 to Q188.
pub const SECTION: Section = Section {
    title: "PATCH",
    requirements: requirements! {
        152 Must "The body has the PatchOp schema and at least one operation." => message::the_message_needs_its_schema_and_operations;
        153 Must "An operation is add, remove or replace, in any case." => message::add_remove_replace_and_nothing_else;
        154 Must "A path is an attribute, or values of one selected by a filter, with or without a part." => message::a_path_is_an_attribute_or_values_of_one;
        155 Must "A path that names no attribute is refused and nothing changes." => message::a_path_that_names_nothing_changes_nothing;
        156 Must "Operations are done in order, each on the result of the one before." => message::each_operation_sees_the_one_before;
        157 Must "All operations are done or none." => together::all_or_nothing;
        158 Must "Setting primary on one value takes it from the others." => together::one_primary_by_whatever_route;
        159 Must "An extension's first attribute brings its schema, and its last takes it away." => together::the_schema_of_an_extension_comes_with_its_first_attribute;
        160 Must "A read-only target is refused with mutability." => together::what_is_read_only_is_refused;
        161 Must "An immutable value can be set once; changing it is refused with mutability." => together::what_is_immutable_is_set_once;
        162 Must "The answer is the whole resource, or 204, with its version; 200 when attributes was given." => answers::the_answer_is_the_whole_resource_with_its_version;
        163 Must "A value of the wrong type is refused with invalidValue." => answers::a_value_of_the_wrong_type;
        164 Interop "Booleans as text and single values in a list are taken and stored as their type." => answers::booleans_as_text_and_single_values_in_a_list;
        165 Interop "Values without path may have names with dots and schemas." => answers::names_with_dots_and_schemas_in_a_value_without_path;
        166 Must "add without a value is refused with invalidValue." => add::add_needs_a_value;
        167 Must "add without a path merges the attributes of its value." => add::add_without_path_merges;
        168 Must "add replaces a single value and merges a complex one." => add::add_to_one_value;
        169 Must "add appends to a list, one value or several." => add::add_to_a_list_appends;
        170 Must "Adding what is there changes nothing." => add::adding_what_is_there_changes_nothing;
        171 Must "A missing parent is made." => add::a_missing_parent_is_made;
        172 Interop "add to a value that the filter does not find makes it as the filter describes it." => add::a_value_that_the_filter_describes_is_made;
        173 Must "remove without a path is refused with noTarget." => remove::remove_needs_a_path;
        174 Must "remove takes a value away, and without a filter all of a list." => remove::remove_as_a_whole;
        175 Must "remove with a filter takes just the matches away." => remove::remove_by_a_filter_takes_just_those;
        176 Must "A part after the filter is taken from each match." => remove::remove_a_part_of_each_match;
        177 Must "With its last value a list is gone." => remove::with_the_last_value_the_attribute_goes;
        178 Must "Removing what is required or read-only is refused with mutability." => remove::what_is_required_or_read_only_cannot_be_removed;
        179 Should "Removing what is not there succeeds and changes nothing." => remove::removing_what_is_not_there_changes_nothing;
        180 Interop "remove of members with a list removes the listed ones only." => remove::remove_with_a_list_removes_the_listed;
        181 Must "replace without a path replaces what it names and leaves the rest." => replace::replace_without_path_leaves_the_rest;
        182 Must "replace of what is not there adds it." => replace::replace_of_what_is_not_there_adds_it;
        183 Must "replace without a filter replaces a list as a whole." => replace::replace_of_a_list_replaces_all_of_it;
        184 Must "replace of a complex value keeps the parts that it does not name." => replace::replace_of_a_complex_value_keeps_what_it_does_not_name;
        185 Must "replace with a filter replaces every match." => replace::replace_by_a_filter_replaces_every_match;
        186 Must "replace with a filter that finds nothing is refused with noTarget; a value itself is made." => replace::replace_by_a_filter_without_a_match;
        187 Hardening "Of many changes at once none is lost." => many::fifty_at_once_are_all_in;
        188 Hardening "Ten thousand members in one request are taken, in bounded memory." => many::ten_thousand_members_in_one_request;
    },
};

#[tokio::test]
async fn q152_to_q188_patch() {
    hold(&SECTION).await;
}

/// A user with something of everything.
pub fn full(name: &str) -> Value {
    json!({
        "userName": name, "title": "Countess", "name": { "givenName": "Ada", "familyName": "Byron" },
        "emails": [{ "value": "w@x", "type": "work", "primary": true }, { "value": "h@x", "type": "home" }],
        (ENTERPRISE): { "department": "Analysis", "manager": { "value": "m-1" } },
    })
}

/// An operation with a path.
pub fn operation(op: &str, path: &str, value: Value) -> Value {
    json!({ "op": op, "path": path, "value": value })
}

/// A removal.
pub fn remove(path: &str) -> Value {
    json!({ "op": "remove", "path": path })
}

/// Performs operations on a user made for it, and checks what is there then; null: nothing.
pub async fn becomes(workspace: &Workspace, before: Value, operations: Value, after: Value) -> Value {
    let mut body = before;
    body["userName"] = json!(format!("u{}", uuid::Uuid::new_v4().simple()));
    let user = person(workspace, body).await;
    let answer = workspace.scim().operations(&path(&user), operations.clone()).await;
    assert_eq!(answer.status, 200, "{operations}: {}", answer.text);
    let now = workspace.scim().get(&path(&user)).await.expect(200);
    assert_eq!(answer.json(), now, "{operations}");
    assert_includes(&now, &after, &operations.to_string());
    now
}

/// Fails unless operations are refused with one of these words and change nothing, also when a good one came before.
pub async fn refused(workspace: &Workspace, resource: &Value, bad: Value, words: &[&str]) {
    let good = operation("replace", "externalId", json!("changed"));
    for operations in [json!([bad]), json!([good, bad]), json!([bad, good])] {
        let answer = workspace.scim().operations(&path(resource), operations.clone()).await;
        let word = answer.json()["scimType"].as_str().map(str::to_owned);
        assert!(word.as_deref().is_some_and(|word| words.contains(&word)), "{operations}: {}", answer.text);
        answer.scim_error(400, word.as_deref());
    }
    let now = workspace.scim().get(&path(resource)).await.expect(200);
    assert_eq!((&now["meta"], &now["externalId"]), (&resource["meta"], &resource["externalId"]), "{bad} changed something");
}

/// A group of three and its members a, b, c.
async fn three(workspace: &Workspace) -> (Value, [Value; 3]) {
    let name = uuid::Uuid::new_v4().simple().to_string();
    let members = people(workspace, ["a", "b", "c"].map(|member| json!({ "userName": format!("{member}{name}") }))).await;
    (workspace.group(&name, &members.each_ref()).await, members)
}

/// Who is in a group now.
async fn now_in(workspace: &Workspace, group: &Value) -> Vec<String> {
    members(&workspace.scim().get(&path(group)).await.expect(200))
}
