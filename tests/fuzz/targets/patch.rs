//! PATCH bodies, applied to users and groups.

use std::collections::BTreeSet;

use rollcall::scim::{
    Document, MemberRef, PatchRequest, ScimError, ScimType, Tolerated, envelope,
    filter::matches_value,
    patch::{self, MemberChange, Operation},
    urn, validate,
};
use serde_json::{Map, Value, json};

use super::{KINDS, Kind, Target, check_stored, message, refused};
use crate::{generate::dice::Dice, patches};

pub const TARGET: Target = Target {
    name: "patch",
    json: true,
    words: &[
        "schemas",
        "urn:ietf:params:scim:api:messages:2.0:PatchOp",
        "Operations",
        "op",
        "path",
        "value",
        "add",
        "Add",
        "replace",
        "remove",
        "Remove",
        "members",
        "members[value eq \"x\"]",
        "display",
        "$ref",
        "type",
        "primary",
        "true",
        "False",
        "",
        "userName",
        "displayName",
        "title",
        "active",
        "name",
        "name.familyName",
        "emails",
        "emails.primary",
        "emails[primary eq true]",
        "emails[type eq \"work\"]",
        "emails[type eq \"work\"].value",
        "emails[type ne \"work\"].type",
        "addresses",
        "addresses[type eq \"home\" and primary eq \"True\"].locality",
        "roles[primary eq \"True\"].value",
        "phoneNumbers",
        "manager",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        "urn:example:params:scim:schemas:2.0:Custom",
        "urn:example:params:scim:schemas:2.0:Custom:tags",
        "urn:example:params:scim:schemas:2.0:Custom:desks[level ge 1].since",
        "urn:example:params:scim:schemas:2.0:Custom:height",
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "x509Certificates",
        "password",
        "id",
        "groups",
        "meta",
        "work",
        "home",
        "AAAA",
        "2026-01-31T12:00:00Z",
        "not (type pr)",
        "emails[",
        "emails[0]",
        "İ",
    ],
    fresh,
    run,
};

fn fresh(dice: &mut Dice) -> Vec<u8> {
    let kind = dice.below(2);
    let operations: Vec<Value> = (0..1 + dice.below(3)).map(|_| patches::operation(dice, &KINDS[kind].schema)).collect();
    message(urn::PATCH_OP, Map::from_iter([("Operations".to_owned(), json!(operations))]))
}

fn run(input: &[u8]) -> String {
    use ScimType::{InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget};
    let allowed = [InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget];
    let body = match envelope::read_json(input) {
        Ok(body) => body,
        Err(error) => return refused(&error, &[InvalidSyntax]),
    };
    let mut seen = String::new();
    for kind in &*KINDS {
        match PatchRequest::parse(&kind.schema, body.clone(), &mut Tolerated::default()) {
            Ok(request) => {
                for before in kind.some(input) {
                    seen += &match applied(kind, &request, before) {
                        Ok(seen) => seen,
                        Err(error) => refused(&error, &allowed),
                    };
                }
                change_members(request);
            }
            Err(error) => seen += &refused(&error, &allowed),
        }
    }
    seen
}

fn applied(kind: &Kind, request: &PatchRequest, before: &Document) -> Result<String, ScimError> {
    let mut after = before.clone();
    let outcome = patch::apply(&kind.schema, request, &mut after, &mut Tolerated::default());
    let changed = match outcome {
        Ok(changed) => changed,
        Err(error) => {
            assert_eq!(after, *before, "refused, yet changed");
            return Err(error);
        }
    };
    assert_eq!(changed, after != *before);
    check_stored(&kind.schema, &after);
    again(kind, request, &after);
    drop(validate(&kind.schema, &after));
    Ok(if changed { "changed" } else { "same" }.to_owned())
}

/// An operation by itself, done twice, does nothing the second time: its values are there, or what its filter selected is no more.
fn again(kind: &Kind, request: &PatchRequest, after: &Document) {
    let [Operation::Change(change)] = request.operations.as_slice() else { return };
    // Who asks for those that are not primary and makes one primary finds the former one the next time.
    if change.target.filter.as_ref().is_some_and(|filter| filter.to_string().contains("primary")) {
        return;
    }
    let mut twice = after.clone();
    match patch::apply(&kind.schema, request, &mut twice, &mut Tolerated::default()) {
        Ok(changed) => {
            let shown = |document: &Document| Value::Object(document.as_map().clone());
            assert!(!changed, "{change:?} twice: {} {}", shown(after), shown(&twice));
        }
        Err(error) => {
            assert!(change.target.filter.is_some() && error.scim_type == Some(ScimType::NoTarget), "{change:?} twice: {error}");
        }
    }
}

/// The members' part, on a set.
fn change_members(request: PatchRequest) {
    let mut members: BTreeSet<String> = ["x", "1", "0199"].map(str::to_owned).into();
    let ids = |members: Vec<MemberRef>| members.into_iter().map(|member| member.value);
    for change in request.split_members().1 {
        match change {
            MemberChange::Add(added) => {
                assert!(!added.is_empty());
                members.extend(ids(added));
            }
            MemberChange::Remove(removed) => {
                assert!(!removed.is_empty());
                members.retain(|member| !removed.contains(member));
            }
            MemberChange::RemoveWhere(filter) => {
                members
                    .retain(|id| !matches_value(&filter, &json!({"value": id, "$ref": format!("Users/{id}"), "type": "User"})));
            }
            MemberChange::RemoveAll => members.clear(),
            MemberChange::Replace(replaced) => members = ids(replaced).collect(),
        }
        assert!(members.iter().all(|id| !id.contains('\0')));
    }
}
