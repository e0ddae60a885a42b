//! Workspaces that want the letter, or more than that.

use serde_json::{Value, json};

use super::*;

fn refusing(tolerance: Tolerance) -> Rules {
    Rules { refused: [tolerance].into_iter().collect(), ..Rules::default() }
}

#[test]
fn what_a_workspace_refuses_is_refused_with_what_to_change() {
    use ScimType::{InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget};
    use Tolerance::{
        BooleanString, CapitalOp, CreateOnFilteredReplace, EmptyString, ManagerString, MessageKeyCase, ObjectForArray,
        PasswordDropped, PathInValue, ReadOnlyInValue, RemoveWithValue, SingleElementArray, UnknownAttribute, UnknownMessageKey,
        UnqualifiedExtensionAttribute,
    };
    let department = format!("{ENTERPRISE}:department");
    let without_path = |value: Value| json!([{"op": "replace", "value": value}]);
    for (tolerance, operations, scim_type, words) in [
        (CapitalOp, op("Replace", "title", json!("x")), InvalidSyntax, "op is \"Replace\"; there are add"),
        (MessageKeyCase, json!([{"Op": "remove", "path": "title"}]), InvalidSyntax, "\"Op\" must be written op."),
        (
            UnknownMessageKey,
            json!([{"op": "remove", "path": "title", "name": "x"}]),
            InvalidSyntax,
            "\"name\" means nothing here; there are op, path, value.",
        ),
        (
            UnqualifiedExtensionAttribute,
            remove("manager"),
            InvalidPath,
            &format!("Write its URN in front: {ENTERPRISE}:manager."),
        ),
        (ManagerString, op("add", &format!("{ENTERPRISE}:manager"), json!("9")), InvalidValue, ":manager must be an object"),
        (BooleanString, op("replace", "active", json!("False")), InvalidValue, "active must be true or false"),
        (BooleanString, op("add", "roles[primary eq \"True\"].value", json!("r")), InvalidFilter, "primary is of type boolean"),
        (
            EmptyString,
            op("replace", "emails[type eq \"work\"].value", json!("")),
            InvalidValue,
            "emails.value cannot be an empty",
        ),
        (SingleElementArray, op("replace", "title", json!(["x"])), InvalidValue, "title takes one value"),
        (
            SingleElementArray,
            op("replace", "emails[type eq \"work\"]", json!([{"value": "x"}])),
            InvalidValue,
            "emails[type eq \"work\"] takes one value",
        ),
        (ObjectForArray, op("replace", "emails", json!({"value": "x"})), InvalidValue, "emails takes a list"),
        (
            CreateOnFilteredReplace,
            op("replace", "phoneNumbers[type eq \"fax\"].value", json!("1")),
            NoTarget,
            "phoneNumbers[type eq \"fax\"].value selects no value",
        ),
        (RemoveWithValue, op("remove", "emails", json!([{"value": "home@x"}])), InvalidSyntax, "emails[value eq \"...\"]"),
        (UnknownAttribute, without_path(json!({"title": "x", "foo": 1})), InvalidSyntax, "\"foo\" is no attribute of a User"),
        (ReadOnlyInValue, without_path(json!({"title": "x", "id": "1"})), Mutability, "id is read-only. Leave it out."),
        (PathInValue, without_path(json!({"name.givenName": "x"})), InvalidSyntax, "\"name.givenName\" is a path"),
        (PathInValue, without_path(json!({department.as_str(): "x"})), InvalidSyntax, "is a path"),
        (PathInValue, without_path(json!({urn::USER: {"title": "x"}})), InvalidSyntax, "is a path"),
        (PasswordDropped, op("replace", "password", json!("x")), Mutability, "password cannot be set"),
    ] {
        let shown = operations.to_string();
        let (.., notes) = patch(users(), &user(), operations.clone()).unwrap_or_else(|error| panic!("{shown}: {error}"));
        assert_eq!(notes, [tolerance.name()], "{shown}");
        let error = patch_under(refusing(tolerance), users(), &user(), operations).expect_err(&shown);
        assert_eq!((error.status, error.scim_type), (400, Some(scim_type)), "{shown}: {error}");
        let detail = &error.detail;
        assert!(detail.starts_with("Operation 1: ") && detail.contains(words) && detail.contains(tolerance.name()), "{detail}");
    }
}

#[test]
fn keys_of_the_message_are_looked_at_too() {
    let operations = json!([{"op": "remove", "path": "title"}]);
    for (tolerance, body, words) in [
        (Tolerance::MessageKeyCase, json!({"schemas": [urn::PATCH_OP], "operations": operations}), "must be written Operations"),
        (
            Tolerance::UnknownMessageKey,
            json!({"schemas": [urn::PATCH_OP], "Operations": operations, "x": 1}),
            "\"x\" means nothing",
        ),
    ] {
        let mut notes = Tolerated::default();
        PatchRequest::parse(users(), body.clone(), &mut notes).unwrap();
        assert_eq!(notes.used(), [tolerance]);
        let error = PatchRequest::parse(users(), body, &mut Tolerated::under(refusing(tolerance))).expect_err(words);
        assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax));
        assert!(error.detail.contains(words), "{}", error.detail);
    }
    for twice in [
        json!({"schemas": [urn::PATCH_OP], "Operations": operations, "operations": operations}),
        json!({"schemas": [urn::PATCH_OP], "Operations": [{"op": "remove", "Path": "title", "path": "emails"}]}),
    ] {
        let error = PatchRequest::parse(users(), twice, &mut Tolerated::default()).expect_err("twice");
        assert!(error.scim_type == Some(ScimType::InvalidSyntax) && error.detail.contains("there twice"), "{error}");
    }
}

/// By the letter the value means nothing and the group would be emptied: that is not what a workspace asks for that wants the letter.
#[test]
fn refused_removals_of_listed_members_remove_nobody() {
    for (tolerance, operations, scim_type) in [
        (Tolerance::RemoveWithValue, op("remove", "members", json!([{"value": "a"}])), ScimType::InvalidSyntax),
        (Tolerance::MemberString, op("add", "members", json!(["a"])), ScimType::InvalidValue),
        (Tolerance::MemberString, op("add", "members", json!("a")), ScimType::InvalidValue),
        (Tolerance::ObjectForArray, op("replace", "members", json!({"value": "a"})), ScimType::InvalidValue),
        (Tolerance::UnknownAttribute, op("add", "members", json!([{"value": "a", "x": 1}])), ScimType::InvalidSyntax),
    ] {
        let shown = operations.to_string();
        let mut notes = Tolerated::default();
        PatchRequest::parse(groups(), body(operations.clone()), &mut notes).unwrap();
        assert_eq!(notes.used(), [tolerance], "{shown}");
        let error =
            PatchRequest::parse(groups(), body(operations), &mut Tolerated::under(refusing(tolerance))).expect_err(&shown);
        assert_eq!((error.status, error.scim_type), (400, Some(scim_type)), "{shown}: {error}");
    }
}

#[test]
fn operations_without_a_path_can_be_refused() {
    let rules = Rules { refuse_pathless_patch: true, ..Rules::default() };
    for operations in [
        json!([{"op": "replace", "value": {"title": "x"}}]),
        json!([{"op": "add", "path": null, "value": {"title": "x"}}]),
        op("add", urn::USER, json!({"title": "x"})),
    ] {
        let shown = operations.to_string();
        assert!(patch(users(), &user(), operations.clone()).is_ok(), "{shown}");
        let error = patch_under(rules, users(), &user(), operations).expect_err(&shown);
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidPath)), "{shown}");
        assert!(error.detail.contains("has no path"), "{}", error.detail);
    }
    assert!(patch_under(rules, users(), &user(), op("add", "title", json!("x"))).is_ok());
    assert!(patch_under(rules, users(), &user(), op("add", ENTERPRISE, json!({"department": "x"}))).is_ok());
}

#[test]
fn a_complex_attribute_can_be_replaced_whole() {
    let rules = Rules { replace_complex_whole: true, ..Rules::default() };
    let whole = |operations: Value| patch_under(rules, users(), &user(), operations).map(|(after, changed, _)| (after, changed));
    let doe = with(json!({"name": {"familyName": "Doe"}}));
    for (operations, expected) in [
        (op("replace", "name", json!({"familyName": "Doe"})), doe.clone()),
        (json!([{"op": "replace", "value": {"name": {"familyName": "Doe"}}}]), doe.clone()),
        (op("replace", "name", json!({"familyName": "Doe", "formatted": null})), doe),
        (op("replace", "name", json!({})), with(json!({"name": null}))),
        (op("replace", "name", json!(null)), with(json!({"name": null}))),
        // Adding and naming one part are no replacement of the whole.
        (
            op("add", "name", json!({"familyName": "Doe"})),
            with(json!({"name": {"familyName": "Doe", "givenName": "Barbara", "formatted": "Ms. Barbara Jensen"}})),
        ),
        (
            op("replace", "name.familyName", json!("Doe")),
            with(json!({"name": {"familyName": "Doe", "givenName": "Barbara", "formatted": "Ms. Barbara Jensen"}})),
        ),
        (
            op("replace", &format!("{ENTERPRISE}:manager"), json!({"value": "9"})),
            with(json!({ENTERPRISE: {"department": "Tours", "manager": {"value": "9"}}})),
        ),
        (op("replace", "name", user()["name"].clone()), user()),
    ] {
        let shown = operations.to_string();
        assert_eq!(whole(operations), Ok((expected.clone(), expected != user())), "{shown}");
    }
}

#[test]
fn what_is_immutable_stays_when_the_whole_is_replaced() {
    let rules = Rules { replace_complex_whole: true, ..Rules::default() };
    let schema = with_custom();
    let before = json!({"userName": "u", ACME: {"lease": {"value": "1", "note": "n"}}});
    let replace = |value: Value| patch_under(rules, &schema, &before, op("replace", &format!("{ACME}:lease"), value));
    assert_eq!(replace(json!({"value": "1"})).map(|(after, ..)| after[ACME]["lease"].clone()), Ok(json!({"value": "1"})));
    for value in [json!({"value": "2"}), json!({"note": "m"})] {
        assert_eq!(replace(value).unwrap_err().scim_type, Some(ScimType::Mutability));
    }
}
