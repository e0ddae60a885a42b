//! PATCH requirement by requirement (Q152 to Q186) and identity provider by identity provider, then properties.
//!
//! Every case names the resource before, the operations, and the resource after or the refusal. [`patch`] checks in
//! passing that a refused request leaves the document as it was and that an unchanged document is said to be unchanged.

mod group_members;
mod properties;
mod providers;
mod refusals;
mod requirements;

use serde_json::{Map, Value, json};

use super::*;
use crate::scim::document::{Document, MemberRef};
use crate::scim::schema::{Attribute, ResourceSchema, ResourceType, Type};
use crate::scim::tolerance::{Rules, Tolerance, Tolerated};
use crate::scim::urn;

const ENTERPRISE: &str = urn::ENTERPRISE_USER;
const ROLLCALL: &str = urn::ROLLCALL_USER;
const ACME: &str = "urn:example:acme:1.0:User";

fn users() -> &'static ResourceSchema {
    ResourceSchema::builtin(ResourceType::User)
}

fn groups() -> &'static ResourceSchema {
    ResourceSchema::builtin(ResourceType::Group)
}

/// Users with an extension of a workspace's own.
fn with_custom() -> ResourceSchema {
    let mut schema = users().clone();
    let mut custom = schema.extensions[0].clone();
    custom.schema.id = ACME.into();
    custom.schema.attributes = vec![
        Attribute::string("badges", "").many(),
        Attribute::string("costKey", "").immutable(),
        Attribute::string("grade", "").read_only(),
        Attribute::new("floor", Type::Integer, ""),
        Attribute::complex("lease", "", vec![Attribute::string("value", "").immutable(), Attribute::string("note", "")]),
    ];
    schema.extensions.push(custom);
    schema
}

fn body(operations: Value) -> Value {
    json!({"schemas": [urn::PATCH_OP], "Operations": operations})
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is not an object"),
    }
}

/// The document after the operations, whether it changed, and what had to be tolerated.
type Outcome = Result<(Value, bool, Vec<&'static str>), ScimError>;

fn patch(schema: &ResourceSchema, before: &Value, operations: Value) -> Outcome {
    patch_under(Rules::default(), schema, before, operations)
}

fn patch_under(rules: Rules, schema: &ResourceSchema, before: &Value, operations: Value) -> Outcome {
    let mut notes = Tolerated::under(rules);
    let request = PatchRequest::parse(schema, body(operations), &mut notes)?;
    let mut document = Document::from_stored(map(before.clone()));
    let outcome = apply(schema, &request, &mut document, &mut notes);
    let after = Value::Object(document.into_map());
    match outcome {
        Ok(changed) => {
            assert_eq!(changed, after != *before);
            Ok((after, changed, notes.names().to_vec()))
        }
        Err(error) => {
            assert_eq!(after, *before, "refused, yet changed");
            Err(error)
        }
    }
}

fn user() -> Value {
    json!({
        "userName": "bjensen",
        "name": {"familyName": "Jensen", "givenName": "Barbara", "formatted": "Ms. Barbara Jensen"},
        "title": "Guide",
        "active": true,
        "emails": [
            {"value": "work@x", "type": "work", "primary": true},
            {"value": "home@x", "type": "home", "display": "at home"},
        ],
        "addresses": [
            {"type": "work", "locality": "Bern", "country": "CH"},
            {"type": "work", "locality": "Basel"},
            {"type": "home", "locality": "Thun"},
        ],
        ENTERPRISE: {"department": "Tours", "manager": {"value": "26118915", "$ref": "../Users/26118915"}},
    })
}

/// `user()` with some attributes set, or removed by `null`.
fn with(differences: Value) -> Value {
    let mut user = map(user());
    for (name, value) in map(differences) {
        if value.is_null() {
            user.remove(&name);
        } else {
            user.insert(name, value);
        }
    }
    Value::Object(user)
}

fn op(op: &str, path: &str, value: Value) -> Value {
    json!([{"op": op, "path": path, "value": value}])
}

fn remove(path: &str) -> Value {
    json!([{"op": "remove", "path": path}])
}

fn refs(ids: &[&str]) -> Vec<MemberRef> {
    ids.iter().map(|id| MemberRef { value: (*id).to_owned(), kind: None }).collect()
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// The member deltas of a request on a group, after a check that its document stays as it is.
fn members(operations: Value) -> Result<Vec<MemberChange>, ScimError> {
    let mut notes = Tolerated::default();
    let request = PatchRequest::parse(groups(), body(operations), &mut notes)?;
    let mut document = Document::from_stored(map(json!({"displayName": "Crew"})));
    assert_eq!(apply(groups(), &request, &mut document, &mut notes), Ok(false), "members touched the document");
    let (rest, members) = request.split_members();
    assert!(rest.operations.is_empty(), "{rest:?}");
    Ok(members)
}
