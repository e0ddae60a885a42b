//! Bodies of bulk requests: the envelope, the order, the references.

use std::{collections::HashMap, convert::Infallible};

use rollcall::scim::{
    LIMITS, ScimType, Tolerated,
    bulk::{self, BulkRequest, Entry, Identifier},
    envelope, urn,
};
use serde_json::{Map, Value, json};

use super::{KINDS, Target, check_detail, message, refused};
use crate::{generate::dice::Dice, patches};

pub const TARGET: Target = Target {
    name: "bulk",
    json: true,
    words: &[
        "schemas",
        "urn:ietf:params:scim:api:messages:2.0:BulkRequest",
        "urn:ietf:params:scim:api:messages:2.0:PatchOp",
        "Operations",
        "failOnErrors",
        "method",
        "POST",
        "PUT",
        "patch",
        "DELETE",
        "GET",
        "bulkId",
        "BULKID",
        "a",
        "b",
        "c",
        "bulkId:a",
        "bulkid:b",
        "bulkId:c",
        "bulkId:",
        "path",
        "/Users",
        "/Groups",
        "/Users/bulkId:a",
        "/Groups/bulkId:b",
        "/Users/0199",
        "/Me",
        "/Bulk",
        "/.search",
        "version",
        "W/\"1\"",
        "data",
        "userName",
        "displayName",
        "members",
        "value",
        "$ref",
        "../Users/bulkId:a",
        "manager",
        "members[value eq \"bulkId:a\"]",
        "members[value eq \"bulkId:a\" or value eq \"\\u0062ulkId:b\"]",
        "op",
        "add",
        "remove",
        "",
    ],
    fresh,
    run,
};

fn fresh(dice: &mut Dice) -> Vec<u8> {
    let names = ["a", "b", "c"];
    let operations: Vec<Value> = (0..1 + dice.below(6))
        .map(|_| {
            let (name, other) = (*dice.pick(&names), format!("bulkId:{}", dice.pick(&names)));
            let member = json!({"value": other, "$ref": format!("../Users/{other}")});
            match dice.below(6) {
                0 | 1 => json!({"method": "POST", "path": "/Users", "bulkId": name, "data": {"userName": name, "manager": {"value": other}}}),
                2 => json!({"method": "POST", "path": "/Groups", "bulkId": name, "data": {"displayName": name, "members": [member]}}),
                3 => json!({"method": "PUT", "path": format!("/Groups/{other}"), "version": "W/\"1\"", "data": {"displayName": name, "members": [member]}}),
                4 => json!({"method": "PATCH", "path": format!("/Groups/{other}"), "data": {
                    "schemas": [urn::PATCH_OP], "Operations": [patches::operation(dice, &KINDS[1].schema), {
                        "op": "remove", "path": format!("members[value eq \"{other}\"]"),
                    }],
                }}),
                _ => json!({"method": "DELETE", "path": format!("/Users/{other}")}),
            }
        })
        .collect();
    message(urn::BULK_REQUEST, Map::from_iter([("Operations".to_owned(), json!(operations))]))
}

fn run(input: &[u8]) -> String {
    let body = match envelope::read_json(input) {
        Ok(body) => body,
        Err(error) => return refused(&error, &[ScimType::InvalidSyntax]),
    };
    let request = match BulkRequest::parse(body, &LIMITS, &mut Tolerated::default()) {
        Ok(request) => request,
        Err(error) => return refused(&error, &[ScimType::InvalidSyntax]),
    };
    let mut seen = ordered(&request.entries);
    for entry in request.entries {
        seen += &done(entry);
    }
    seen.chars().take(60).collect()
}

/// Each operation is done once, and after whatever it refers to, unless the two refer to each other.
fn ordered(entries: &[Entry]) -> String {
    let steps = bulk::order(entries);
    let mut step_of = HashMap::new();
    for (number, step) in steps.iter().enumerate() {
        assert!(!step.operations.is_empty());
        for operation in &step.operations {
            assert_eq!(step_of.insert(*operation, number), None, "operation {operation} is done twice");
        }
    }
    assert_eq!(step_of.len(), entries.len());
    let creators: HashMap<&str, usize> =
        entries.iter().enumerate().filter_map(|(place, entry)| Some((entry.creates()?, place))).collect();
    for (place, entry) in entries.iter().enumerate() {
        for reference in &entry.references {
            let Some(creator) = creators.get(reference.as_str()) else { continue };
            let (own, its) = (step_of[&place], step_of[creator]);
            assert!(its < own || (its == own && steps[own].circular), "operation {place} comes before {creator}: {steps:?}");
        }
    }
    if steps.iter().any(|step| step.circular) { "circle " } else { "" }.to_owned()
}

/// With ids in the place of references none is left, and what is refused is refused as a single request would be.
fn done(mut entry: Entry) -> String {
    let references = entry.references.clone();
    let method = entry.method;
    let mut action = match entry.take_action() {
        Ok(action) => action,
        Err(error) => {
            let result = bulk::result(method, entry.bulk_id.as_deref(), None, &Err(error.clone()));
            assert_eq!(result["status"], error.status.to_string());
            // Two POSTs with one bulkId.
            if error.status == 409 {
                check_detail(&error.detail);
                return "409".to_owned();
            }
            return refused(&error, &[ScimType::InvalidSyntax, ScimType::InvalidPath, ScimType::InvalidValue]);
        }
    };
    let mut asked = Vec::new();
    let replaced: Result<(), Infallible> = action.replace_references(|bulk_id| {
        asked.push(bulk_id.to_owned());
        Ok("0199".to_owned())
    });
    let Ok(()) = replaced;
    assert!(asked.iter().all(|bulk_id| references.contains(bulk_id)), "{asked:?} {references:?}");
    assert!(references.iter().all(|bulk_id| asked.contains(bulk_id)), "{asked:?} {references:?}");
    if let Some(body) = action.body() {
        assert!(bulk::reference::find(body).is_empty(), "{body}");
    }
    if let Some(target) = action.target() {
        let Identifier::Id(id) = &target.id else { panic!("{target:?}") };
        let location = bulk::location("https://x/scim", target.kind, id);
        assert!(location.bytes().all(|byte| byte.is_ascii_graphic()), "{location}");
    }
    method.map_or("none", bulk::Method::as_str).to_owned()
}
