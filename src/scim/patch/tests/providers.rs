//! What identity providers send.

use serde_json::{Map, Value, json};

use super::*;
use crate::scim::schema::Mutability;
use crate::scim::tolerance::{Rules, Tolerance};

#[test]
fn okta() {
    let (after, changed, _) = patch(users(), &user(), json!([{"op": "replace", "value": {"active": false}}])).unwrap();
    assert_eq!((after, changed), (with(json!({"active": false})), true));
    let (_, changed, _) = patch(users(), &user(), json!([{"op": "replace", "value": {"active": true}}])).unwrap();
    assert!(!changed);

    let mut notes = Tolerated::default();
    let request =
        PatchRequest::parse(users(), body(json!([{"op": "replace", "value": {"password": "n3wPa55"}}])), &mut notes).unwrap();
    assert!(!format!("{request:?}").contains("n3wPa55"), "a password travels no further");
    let (after, changed, _) = patch(users(), &user(), op("replace", "password", json!("n3wPa55"))).unwrap();
    assert_eq!((after, changed), (user(), false));

    let crew = json!({"displayName": "Crew"});
    let rename = json!([{"op": "replace", "value": {"id": "1", "displayName": "Band"}}]);
    let (after, _, notes) = patch(groups(), &crew, rename).unwrap();
    assert_eq!((after, notes), (json!({"displayName": "Band"}), vec!["readonly-in-value"]));
}

#[test]
fn entra() {
    let new = json!({"userName": "u"});
    // Seven operations as the validator sends them for a user who has nothing yet.
    let verbose = json!([
        {"op": "Add", "path": "emails[type eq \"work\"].value", "value": "a@x"},
        {"op": "Add", "path": "emails[type eq \"work\"].primary", "value": "True"},
        {"op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Redmond"},
        {"op": "Add", "path": "addresses[type eq \"work\"].country", "value": "US"},
        {"op": "Add", "path": "roles[primary eq \"True\"].display", "value": "Approver role"},
        {"op": "Add", "path": "roles[primary eq \"True\"].value", "value": "Approver"},
        {"op": "Add", "path": "roles[primary eq \"True\"].type", "value": "app"},
        {"op": "Add", "path": "name.givenName", "value": "Ann"},
        {"op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Sales"},
    ]);
    let full = json!({
        "userName": "u",
        "emails": [{"type": "work", "value": "a@x", "primary": true}],
        "addresses": [{"type": "work", "locality": "Redmond", "country": "US"}],
        "roles": [{"primary": true, "display": "Approver role", "value": "Approver", "type": "app"}],
        "name": {"givenName": "Ann"},
        ENTERPRISE: {"department": "Sales"},
    });
    assert_eq!(patch(users(), &new, verbose.clone()).map(|(after, ..)| after), Ok(full.clone()));
    assert_eq!(patch(users(), &full, verbose).map(|(_, changed, _)| changed), Ok(false));

    let roles = op(
        "Replace",
        "roles",
        json!([{"primary": false, "type": "WindowsAzureActiveDirectoryRole", "display": "d", "value": "v"}]),
    );
    let (after, ..) = patch(users(), &new, roles).unwrap();
    assert_eq!(
        after["roles"],
        json!([{"primary": false, "type": "WindowsAzureActiveDirectoryRole", "display": "d", "value": "v"}])
    );
    let text = r#"{"id":"1","value":"25","displayName":"Role1"}"#;
    let (after, ..) = patch(users(), &new, op("Add", "roles", json!([{"value": text}]))).unwrap();
    assert_eq!(after["roles"], json!([{"value": text}]));

    // The flag: one operation without path, and filtered paths beside it.
    let flag = json!([
        {"op": "replace", "value": {
            "displayName": "Bjfe", "name.givenName": "Kate", "name.familyName": "Doe",
            format!("{ENTERPRISE}:employeeNumber"): "5543",
        }},
        {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@x"},
        {"op": "replace", "path": "active", "value": false},
    ]);
    let (after, _, notes) = patch(users(), &full, flag).unwrap();
    assert_eq!(after["name"], json!({"givenName": "Kate", "familyName": "Doe"}));
    assert_eq!(after["emails"], json!([{"type": "work", "value": "b@x", "primary": true}]));
    assert_eq!(after[ENTERPRISE], json!({"department": "Sales", "employeeNumber": "5543"}));
    assert_eq!(after["active"], json!(false));
    assert_eq!(notes, ["path-in-value"]);
    let first = op("replace", "emails[type eq \"work\"].value", json!("b@x"));
    let (after, _, notes) = patch(users(), &new, first).unwrap();
    assert_eq!(after["emails"], json!([{"type": "work", "value": "b@x"}]));
    assert_eq!(notes, ["create-on-filtered-replace"]);

    // Onboarding: clearing with "" and with null.
    for (path, empty) in [("emails[type eq \"work\"].value", json!("")), ("emails[type eq \"work\"].value", json!(null))] {
        let (after, ..) = patch(users(), &full, op("replace", path, empty)).unwrap();
        assert_eq!(after.get("emails"), None);
    }
    let (after, ..) = patch(users(), &user(), op("replace", "title", json!(""))).unwrap();
    assert_eq!(after["title"], "");
}

#[test]
fn entra_manager() {
    let path = format!("{ENTERPRISE}:manager");
    let boss = |id: &str| with(json!({ENTERPRISE: {"department": "Tours", "manager": {"value": id}}}));
    let nobody = with(json!({ENTERPRISE: {"department": "Tours"}}));
    for (operations, expected) in [
        (op("Add", &path, json!("9")), boss("9")),
        (op("Add", "manager", json!([{"$ref": null, "value": "9"}])), boss("9")),
        (op("replace", &path, json!({"value": "9"})), boss("9")),
        (op("replace", &format!("{path}.value"), json!("9")), boss("9")),
        (json!([{"op": "replace", "value": {path.as_str(): "9"}}]), boss("9")),
        (op("replace", &path, json!({"value": "26118915"})), user()),
        (op("replace", &path, json!("")), nobody.clone()),
        (op("replace", &path, json!({"value": ""})), nobody.clone()),
        (op("replace", &path, json!([{"value": ""}])), nobody.clone()),
        (op("replace", &path, json!(null)), nobody.clone()),
        (op("replace", &format!("{path}.value"), json!("")), nobody.clone()),
        (remove(&path), nobody.clone()),
        (remove("manager[value eq \"26118915\"]"), nobody.clone()),
        (remove("manager[value eq \"somebody else\"]"), user()),
    ] {
        let shown = operations.to_string();
        assert_eq!(patch(users(), &user(), operations).map(|(after, ..)| after), Ok(expected), "{shown}");
    }
}

#[test]
fn onelogin_keycloak_authentik_rauthy() {
    // Keycloak sends booleans as text, beside other attributes.
    let keycloak = json!([
        {"path": "active", "op": "replace", "value": "false"},
        {"path": "userName", "op": "replace", "value": "u"},
        {"path": "displayName", "op": "replace", "value": "U"},
    ]);
    let (after, _, notes) = patch(users(), &user(), keycloak).unwrap();
    assert_eq!(after, with(json!({"active": false, "userName": "u", "displayName": "U"})));
    assert_eq!(notes, ["boolean-string"]);

    let crew = json!({"displayName": "Crew", "externalId": "7"});
    let authentik = json!([{"op": "replace", "value": {
        "schemas": [urn::GROUP], "id": "1", "displayName": "Band", "externalId": "7",
    }}]);
    let (after, ..) = patch(groups(), &crew, authentik).unwrap();
    assert_eq!(after, json!({"displayName": "Band", "externalId": "7"}));

    let rauthy = json!([{"op": "replace", "value": {"displayName": "Crew", "externalId": null}}]);
    let (after, ..) = patch(groups(), &crew, rauthy).unwrap();
    assert_eq!(after, json!({"displayName": "Crew"}));

    let onelogin = json!([{"op": "Add", "path": "members", "value": [{"value": "u1"}]}]);
    assert_eq!(members(onelogin), Ok(vec![MemberChange::Add(refs(&["u1"]))]));
}

/// Entra's onboarding tests clear every optional attribute, one by one and all at once.
#[test]
fn entra_clears_every_attribute() {
    let writable = |attribute: &&Attribute| attribute.mutability != Mutability::ReadOnly && !attribute.required;
    let core: Vec<&str> = users().core.attributes.iter().filter(writable).map(|attribute| attribute.name.as_str()).collect();
    assert!(core.len() > 15, "{core:?}");
    for empty in [json!(""), json!(null)] {
        for path in &core {
            let (after, ..) = patch(users(), &user(), op("replace", path, empty.clone())).unwrap();
            let found = after.get(*path);
            assert!(found.is_none_or(|value| value == ""), "{path}: {found:?}");
        }
        let all: Map<String, Value> = core.iter().map(|name| ((*name).to_owned(), empty.clone())).collect();
        let (after, ..) = patch(users(), &user(), json!([{"op": "replace", "value": all}])).unwrap();
        assert_eq!(after["userName"], "bjensen");
        assert_eq!(after.get("emails"), None);
    }
}

#[test]
fn departures_from_the_rfc_are_noted() {
    for (operations, expected) in [
        (op("replace", "title", json!("x")), vec![]),
        (op("replace", "manager", json!("9")), vec!["unqualified-extension-attribute", "manager-string"]),
        (op("remove", "emails", json!([{"value": "home@x"}])), vec!["remove-with-value"]),
        (op("replace", "password", json!("x")), vec!["password-dropped"]),
        (json!([{"op": "replace", "value": {"foo": 1, "meta": {}, "id": 5}}]), vec!["unknown-attribute", "readonly-in-value"]),
        (op("replace", "emails[type eq \"home\"].value", json!("")), vec!["empty-string"]),
        (op("add", "phoneNumbers[type eq \"fax\"].value", json!("1")), vec![]),
        // One value is added to a list as well as several, and a selected element is replaced by one.
        (op("add", "emails", json!({"value": "n@x"})), vec![]),
        (op("replace", "emails[type eq \"home\"]", json!({"value": "n@x"})), vec![]),
        (op("replace", "emails", json!({"value": "n@x"})), vec!["object-for-array"]),
        (op("replace", "emails", json!("")), vec!["empty-string"]),
        (op("Replace", "title", json!("x")), vec!["capital-op"]),
        (json!([{"OP": "add", "Path": "title", "VALUE": "x"}]), vec!["message-key-case"]),
        (json!([{"op": "add", "path": "title", "value": "x", "name": "n"}]), vec!["unknown-message-key"]),
        (json!([{"op": "add", "value": {"name": {"givenName": "x"}, ENTERPRISE: {"department": "d"}}}]), vec![]),
        (op("remove", "manager[value eq \"a:b\"]", json!(null)), vec!["unqualified-extension-attribute"]),
    ] {
        let shown = operations.to_string();
        let (.., notes) = patch(users(), &user(), operations).unwrap();
        assert_eq!(notes, expected, "{shown}");
    }
}

#[test]
fn what_a_workspace_refuses_of_a_message_is_refused() {
    let refused = |tolerance| Rules { refused: [tolerance].into_iter().collect(), ..Rules::default() };
    let lower = json!({"schemas": [urn::PATCH_OP], "operations": [{"op": "add", "path": "title", "value": "x"}]});
    for (tolerance, body, word) in [
        (Tolerance::CapitalOp, body(op("Replace", "title", json!("x"))), "op is \"Replace\""),
        (Tolerance::MessageKeyCase, lower, "must be written Operations"),
    ] {
        let mut notes = Tolerated::under(refused(tolerance));
        let error = PatchRequest::parse(users(), body.clone(), &mut notes).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax));
        assert!(error.detail.contains(word) && error.detail.contains(tolerance.name()), "{}", error.detail);
        assert!(PatchRequest::parse(users(), body, &mut Tolerated::default()).is_ok());
    }
}
