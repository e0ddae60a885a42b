//! RFC 7644 §3.5.2, by the numbers of the requirements.

use serde_json::{Value, json};

use super::*;
use crate::scim::attr::AttrPath;

#[test]
fn operations_change_what_they_name() {
    let work = &user()["emails"][0];
    let home = &user()["emails"][1];
    let table: Vec<(&str, Value, Value)> = vec![
        ("Q153 any case", json!([{"op": "Replace", "path": "TITLE", "value": "x"}]), with(json!({"title": "x"}))),
        ("Q153 keys in any case", json!([{"OP": "ADD", "Path": "title", "VALUE": "x"}]), with(json!({"title": "x"}))),
        (
            "Q156 in order",
            json!([
                {"op": "add", "path": "emails", "value": [{"type": "other", "value": "o@x"}]},
                {"op": "replace", "path": "emails[type eq \"other\"].value", "value": "p@x"},
                {"op": "remove", "path": "emails[type ne \"other\"]"},
            ]),
            with(json!({"emails": [{"type": "other", "value": "p@x"}]})),
        ),
        (
            "Q158 add",
            op("add", "emails", json!([{"value": "n@x", "type": "other", "primary": true}])),
            with(json!({"emails": [
                {"value": "work@x", "type": "work", "primary": false},
                home,
                {"value": "n@x", "type": "other", "primary": true},
            ]})),
        ),
        (
            "Q158 add to an element that is there",
            op("add", "emails", json!([{"value": "home@x", "type": "home", "primary": true}])),
            with(json!({"emails": [
                {"value": "work@x", "type": "work", "primary": false},
                {"value": "home@x", "type": "home", "display": "at home", "primary": true},
            ]})),
        ),
        (
            "Q158 replace an element",
            op("replace", "emails[type eq \"home\"]", json!({"value": "h@x", "type": "home", "primary": true})),
            with(json!({"emails": [
                {"value": "work@x", "type": "work", "primary": false},
                {"value": "h@x", "type": "home", "primary": true},
            ]})),
        ),
        (
            "Q158 replace primary",
            op("replace", "emails[type eq \"home\"].primary", json!("True")),
            with(json!({"emails": [
                {"value": "work@x", "type": "work", "primary": false},
                {"value": "home@x", "type": "home", "display": "at home", "primary": true},
            ]})),
        ),
        (
            "Q158 without path",
            json!([{"op": "add", "value": {"emails": {"value": "n@x", "primary": true}}}]),
            with(json!({"emails": [
                {"value": "work@x", "type": "work", "primary": false}, home, {"value": "n@x", "primary": true},
            ]})),
        ),
        ("Q159 extension", op("add", &format!("{ROLLCALL}:role"), json!("Editor")), with(json!({ROLLCALL: {"role": "editor"}}))),
        (
            "Q159 whole extension",
            op("add", ENTERPRISE, json!({"costCenter": "4130", "DIVISION": "Theme Park"})),
            with(json!({ENTERPRISE: {
                "department": "Tours", "costCenter": "4130", "division": "Theme Park",
                "manager": {"value": "26118915", "$ref": "../Users/26118915"},
            }})),
        ),
        ("Q164 text for a boolean", op("Replace", "active", json!("False")), with(json!({"active": false}))),
        ("Q164 list of one", op("replace", "title", json!(["x"])), with(json!({"title": "x"}))),
        (
            "Q165 dotted and qualified",
            json!([{"op": "replace", "value": {
                "name.familyName": "Doe",
                format!("{ENTERPRISE}:department"): "Legal",
                format!("{}:title", urn::USER): "x",
                "emails[type eq \"home\"].value": "h@x",
            }}]),
            with(json!({
                "name": {"familyName": "Doe", "givenName": "Barbara", "formatted": "Ms. Barbara Jensen"},
                ENTERPRISE: {"department": "Legal", "manager": {"value": "26118915", "$ref": "../Users/26118915"}},
                "title": "x",
                "emails": [work, {"value": "h@x", "type": "home", "display": "at home"}],
            })),
        ),
        (
            "Q167 nested extension",
            json!([{"op": "add", "value": {"nickName": "Babs", ENTERPRISE: {"department": "D"}, "TITLE": "x"}}]),
            with(json!({
                "nickName": "Babs", "title": "x",
                ENTERPRISE: {"department": "D", "manager": {"value": "26118915", "$ref": "../Users/26118915"}},
            })),
        ),
        ("Q167 path is the core URN", op("add", urn::USER, json!({"nickName": "Babs"})), with(json!({"nickName": "Babs"}))),
        (
            "Q168 complex",
            op("add", "name", json!({"middleName": "J", "FAMILYNAME": "Doe"})),
            with(json!({"name": {
                "familyName": "Doe", "givenName": "Barbara", "formatted": "Ms. Barbara Jensen", "middleName": "J",
            }})),
        ),
        (
            "Q169 one object appended",
            op("add", "emails", json!({"value": "n@x", "type": "other"})),
            with(json!({"emails": [work, home, {"value": "n@x", "type": "other"}]})),
        ),
        (
            "Q169 lists appended",
            op("add", "phoneNumbers", json!([{"value": "1"}, {"value": "2"}])),
            with(json!({"phoneNumbers": [{"value": "1"}, {"value": "2"}]})),
        ),
        ("Q170 same element", op("add", "emails", json!([{"value": "home@x", "type": "home"}])), user()),
        (
            "Q170 same value, other case",
            op("add", "emails", json!([{"value": "HOME@x"}])),
            with(json!({"emails": [
                work, {"value": "HOME@x", "type": "home", "display": "at home"},
            ]})),
        ),
        ("Q170 same address", op("add", "addresses", json!({"type": "home", "locality": "Thun"})), user()),
        (
            "Q170 same address, now primary",
            op("add", "addresses", json!([{"type": "home", "locality": "Thun", "primary": true}])),
            with(json!({"addresses": [
                {"type": "work", "locality": "Bern", "country": "CH"}, {"type": "work", "locality": "Basel"},
                {"type": "home", "locality": "Thun", "primary": true},
            ]})),
        ),
        ("Q170 same text", op("add", "title", json!("Guide")), user()),
        (
            "Q018 other type",
            op("add", "emails", json!([{"value": "home@x", "type": "other"}])),
            with(json!({"emails": [
                work, home, {"value": "home@x", "type": "other"},
            ]})),
        ),
        ("Q171 parent", op("add", &format!("{ROLLCALL}:role"), json!("guest")), with(json!({ROLLCALL: {"role": "guest"}}))),
        (
            "Q172 element from the filter",
            op("add", "phoneNumbers[type eq \"mobile\"].value", json!("+1")),
            with(json!({"phoneNumbers": [{"type": "mobile", "value": "+1"}]})),
        ),
        (
            "Q172 several terms",
            op("add", "emails[type eq \"other\" and primary eq true].value", json!("n@x")),
            with(json!({"emails": [
                {"value": "work@x", "type": "work", "primary": false}, home,
                {"type": "other", "primary": true, "value": "n@x"},
            ]})),
        ),
        (
            "Q172 whole element",
            op("add", "emails[type eq \"other\"]", json!({"value": "n@x"})),
            with(json!({"emails": [work, home, {"type": "other", "value": "n@x"}]})),
        ),
        (
            "add to selected elements",
            op("add", "emails[type eq \"home\"]", json!({"display": "d"})),
            with(json!({"emails": [work, {"value": "home@x", "type": "home", "display": "d"}]})),
        ),
        ("add nothing", op("add", "title", json!(null)), user()),
        ("add nothing", op("add", "name", json!(null)), user()),
        ("add nothing", op("add", "name", json!({"formatted": null})), user()),
        ("add nothing", op("add", "active", json!("")), user()),
        ("add nothing", op("add", "manager", json!({"value": ""})), user()),
        ("add nothing", op("add", "emails[type eq \"work\"].value", json!("")), user()),
        ("add nothing to a list", op("add", "emails", json!([])), user()),
        ("Q174 single", remove("title"), with(json!({"title": null}))),
        ("Q174 list", remove("emails"), with(json!({"emails": null}))),
        ("Q174 sub-attribute", remove("name.formatted"), with(json!({"name": {"familyName": "Jensen", "givenName": "Barbara"}}))),
        (
            "Q174 extension attribute",
            remove(&format!("{ENTERPRISE}:manager")),
            with(json!({ENTERPRISE: {"department": "Tours"}})),
        ),
        ("Q174 whole extension", remove(ENTERPRISE), with(json!({ENTERPRISE: null}))),
        ("Q174 not there", remove("nickName"), user()),
        ("Q175", remove("addresses[type eq \"work\"]"), with(json!({"addresses": [{"type": "home", "locality": "Thun"}]}))),
        ("Q175 none", remove("addresses[type eq \"moon\"]"), user()),
        (
            "Q176",
            remove("emails[type eq \"home\"].display"),
            with(json!({"emails": [work, {"value": "home@x", "type": "home"}]})),
        ),
        (
            "Q176 each match",
            remove("addresses[type eq \"work\"].locality"),
            with(json!({"addresses": [
                {"type": "work", "country": "CH"}, {"type": "home", "locality": "Thun"},
            ]})),
        ),
        ("Q176 nothing but the purpose left", remove("emails[type eq \"work\"].value"), with(json!({"emails": [home]}))),
        ("Q177", remove("emails[value pr]"), with(json!({"emails": null}))),
        (
            "Q177 sub-attributes",
            json!([
                {"op": "remove", "path": "name.formatted"}, {"op": "remove", "path": "name.familyName"},
                {"op": "remove", "path": "name.givenName"},
            ]),
            with(json!({"name": null})),
        ),
        ("Q180 other lists too", op("remove", "emails", json!([{"value": "home@x"}])), with(json!({"emails": [work]}))),
        ("Q180 nobody listed", op("remove", "emails", json!([])), user()),
        (
            "Q181",
            json!([{"op": "replace", "value": {"title": "x", "nickName": "y"}}]),
            with(json!({"title": "x", "nickName": "y"})),
        ),
        ("Q182", op("replace", "nickName", json!("Babs")), with(json!({"nickName": "Babs"}))),
        (
            "Q182 sub-attribute without elements",
            op("replace", "phoneNumbers.value", json!("1")),
            with(json!({"phoneNumbers": [{"value": "1"}]})),
        ),
        ("Q183", op("replace", "emails", json!([{"value": "n@x"}])), with(json!({"emails": [{"value": "n@x"}]}))),
        ("Q183 empty", op("replace", "emails", json!([])), with(json!({"emails": null}))),
        ("Q183 null", op("replace", "emails", json!(null)), with(json!({"emails": null}))),
        (
            "Q184",
            op("replace", "name", json!({"familyName": "Doe"})),
            with(json!({"name": {"familyName": "Doe", "givenName": "Barbara", "formatted": "Ms. Barbara Jensen"}})),
        ),
        (
            "Q184 null clears one part",
            op("replace", "name", json!({"formatted": null, "familyName": "Doe"})),
            with(json!({"name": {"familyName": "Doe", "givenName": "Barbara"}})),
        ),
        (
            "Q184 only null",
            op("replace", "name", json!({"formatted": null})),
            with(json!({"name": {"familyName": "Jensen", "givenName": "Barbara"}})),
        ),
        ("Q025 no URN, no extension attribute", json!([{"op": "add", "value": {"department": "x", "role": "admin"}}]), user()),
        ("Q184 nothing", op("replace", "name", json!({})), user()),
        ("Q184 null", op("replace", "name", json!(null)), with(json!({"name": null}))),
        (
            "Q185 sub-attribute of all",
            op("replace", "addresses[type eq \"work\"].country", json!("DE")),
            with(json!({"addresses": [
                {"type": "work", "locality": "Bern", "country": "DE"},
                {"type": "work", "locality": "Basel", "country": "DE"},
                {"type": "home", "locality": "Thun"},
            ]})),
        ),
        (
            "Q185 whole elements, made one",
            op("replace", "addresses[type eq \"work\"]", json!({"type": "work", "locality": "Chur"})),
            with(json!({"addresses": [{"type": "work", "locality": "Chur"}, {"type": "home", "locality": "Thun"}]})),
        ),
        (
            "Q185 what the filter says stays",
            op("replace", "emails[type eq \"home\"]", json!({"value": "h@x"})),
            with(json!({"emails": [work, {"type": "home", "value": "h@x"}]})),
        ),
        (
            "Q186 creation",
            op("replace", "phoneNumbers[type eq \"fax\"].value", json!("9")),
            with(json!({"phoneNumbers": [{"type": "fax", "value": "9"}]})),
        ),
        (
            "Q186 creation without a value attribute",
            op("replace", "addresses[type eq \"other\"].locality", json!("Genf")),
            with(json!({"addresses": [
                {"type": "work", "locality": "Bern", "country": "CH"}, {"type": "work", "locality": "Basel"},
                {"type": "home", "locality": "Thun"}, {"type": "other", "locality": "Genf"},
            ]})),
        ),
        ("nobody says any more", op("replace", "active", json!(null)), with(json!({"active": null}))),
        ("nobody says any more", remove("active"), with(json!({"active": null}))),
        ("nobody says any more", json!([{"op": "replace", "value": {"active": ""}}]), with(json!({"active": null}))),
    ];
    for (name, operations, expected) in table {
        let shown = operations.to_string();
        let (after, changed, _) =
            patch(users(), &user(), operations.clone()).unwrap_or_else(|error| panic!("{name}: {shown}: {error}"));
        assert_eq!(after, expected, "{name}: {shown}");
        assert_eq!(changed, expected != user(), "{name}: {shown}");
    }
}

#[test]
fn what_is_wrong_is_refused_with_a_reason() {
    use ScimType::{InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget};
    let table: Vec<(&str, Value, ScimType, &str)> = vec![
        ("Q152", json!([]), InvalidSyntax, "Operations"),
        ("Q152", json!({}), InvalidSyntax, "Operations"),
        ("Q152", json!(["x"]), InvalidSyntax, "Operation 1: It must be a JSON object"),
        ("Q153", json!([{"op": "move", "path": "title"}]), InvalidSyntax, "op is \"move\""),
        ("Q153", json!([{"path": "title", "value": "x"}]), InvalidSyntax, "op is missing"),
        (
            "Q153",
            json!([{"op": 1, "path": "title", "value": "x"}]),
            InvalidSyntax,
            "op must be add, remove or replace, not the number 1",
        ),
        ("Q154", remove("emails[0]"), InvalidPath, "by position"),
        ("Q154", remove("emails/0"), InvalidPath, "not an attribute path"),
        ("Q154", remove("emails["), InvalidPath, "no closing bracket"),
        ("Q154", remove("emails[type eq \"]"), InvalidPath, "no closing bracket"),
        ("Q154", remove("emails[]"), InvalidFilter, "is empty"),
        ("Q154", remove("emails[type eq]"), InvalidFilter, "ends where a value"),
        ("Q154", remove("emails[type regex \"x\"]"), InvalidFilter, "no operator"),
        ("Q154", remove("emails[type eq \"]\"]]"), InvalidPath, ""),
        ("Q154", remove("emails[type pr]value"), InvalidPath, ""),
        ("Q154", remove("emails[type pr].a.b"), InvalidPath, ""),
        ("Q154", remove("emails.value[type pr]"), InvalidPath, "of the form"),
        ("Q154", remove("title[value eq \"x\"]"), InvalidPath, "one value"),
        ("Q154", remove(""), InvalidPath, ""),
        ("Q154", json!([{"op": "remove", "path": 1}]), InvalidPath, "path must be a text"),
        ("Q155", remove("foo.bar"), InvalidPath, "no attribute \"foo.bar\""),
        ("Q155", op("add", "foo", json!("x")), InvalidPath, "foo"),
        ("Q155", op("add", "emails[type eq \"work\"].foo", json!("x")), InvalidPath, "emails.foo"),
        ("Q155", op("add", "urn:example:x:2.0:User:a", json!("x")), InvalidPath, ""),
        (
            "Q157",
            json!([
                {"op": "replace", "path": "title", "value": "x"}, {"op": "replace", "path": "active", "value": "maybe"},
            ]),
            InvalidValue,
            "Operation 2: active must be true or false",
        ),
        ("Q158", op("replace", "emails.primary", json!(true)), InvalidValue, "more than one value with primary"),
        (
            "Q158",
            op("add", "emails", json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}])),
            InvalidValue,
            "primary",
        ),
        ("Q160", op("replace", "id", json!("x")), Mutability, "id is read-only"),
        ("Q160", op("replace", "meta.created", json!("2026-01-01T00:00:00Z")), Mutability, "meta.created"),
        ("Q160", op("add", "groups", json!([{"value": "g"}])), Mutability, "groups"),
        ("Q160", json!([{"op": "add", "value": {"groups": [{"value": "g"}]}}]), Mutability, "groups"),
        ("Q160", op("replace", "schemas", json!([])), Mutability, "schemas"),
        ("Q160", op("add", &format!("{ENTERPRISE}:manager.displayName"), json!("x")), Mutability, "manager.displayName"),
        ("Q163", op("replace", "name", json!("x")), InvalidValue, "name must be an object"),
        ("Q163", op("replace", "emails[type eq \"work\"].value", json!(5)), InvalidValue, "emails.value must be a string"),
        ("Q163", op("replace", &format!("{ROLLCALL}:role"), json!("emperor")), InvalidValue, "must be one of"),
        ("Q163", op("replace", "emails[type eq \"work\"]", json!([{"value": "a"}, {"value": "b"}])), InvalidValue, "one value"),
        ("Q166", json!([{"op": "add", "path": "title"}]), InvalidValue, "no value"),
        ("Q166", json!([{"op": "replace", "path": "title"}]), InvalidValue, "no value"),
        ("Q167", json!([{"op": "add"}]), InvalidValue, "object of attributes"),
        ("Q167", json!([{"op": "replace", "value": "x"}]), InvalidValue, "object of attributes"),
        ("Q167", json!([{"op": "replace", "value": {ENTERPRISE: "x"}}]), InvalidValue, "object of its attributes"),
        ("Q167", op("add", ENTERPRISE, json!("x")), InvalidValue, "object of its attributes"),
        ("Q172", op("add", "emails[type ne \"work\" and type ne \"home\"].value", json!("x")), NoTarget, "selects no value"),
        ("Q172", op("add", "emails[type eq \"a\" and type eq \"b\"].value", json!("x")), NoTarget, "selects no value"),
        ("Q172", op("add", "emails[value eq \"a\"].value", json!("b")), NoTarget, "selects no value"),
        ("Q173", json!([{"op": "remove"}]), NoTarget, "needs a path"),
        ("Q173", json!([{"op": "remove", "value": {"title": "x"}}]), NoTarget, "needs a path"),
        ("Q178", remove("userName"), Mutability, "required"),
        ("Q178", remove("meta"), Mutability, "read-only"),
        ("Q178", op("replace", "userName", json!(null)), InvalidValue, "userName is required"),
        ("Q178", op("replace", "userName", json!([])), InvalidValue, "userName is required"),
        ("Q186", op("replace", "addresses[type eq \"moon\"]", json!({"locality": "x"})), NoTarget, "selects no value"),
        ("Q186", op("replace", "emails[type eq \"moon\"].display", json!("x")), NoTarget, "selects no value"),
        ("Q186", op("replace", &format!("{ENTERPRISE}:manager[value eq \"x\"].$ref"), json!("y")), NoTarget, "selects no value"),
        ("Q172", op("add", "x509Certificates[value eq \"*\"].type", json!("a")), InvalidValue, "must be base64"),
        ("Q172", op("add", "manager[value eq \"x\"].$ref", json!("y")), NoTarget, "selects no value"),
        ("Q124", remove("emails[password eq \"x\"]"), InvalidFilter, "no sub-attribute"),
    ];
    for (name, operations, scim_type, words) in table {
        let shown = operations.to_string();
        let error = patch(users(), &user(), operations).expect_err(&shown);
        assert_eq!((error.status, error.scim_type), (400, Some(scim_type)), "{name}: {shown}: {error}");
        assert!(error.detail.contains(words), "{name}: {shown}: {}", error.detail);
    }
    let error = patch(groups(), &json!({"displayName": "Crew"}), remove("displayName")).unwrap_err();
    assert_eq!(error.scim_type, Some(Mutability));
}

#[test]
fn the_envelope_is_checked() {
    let operations = json!([{"op": "remove", "path": "title"}]);
    let parse = |body: Value| PatchRequest::parse(users(), body, &mut Tolerated::default());
    for body in [
        json!(null),
        json!([]),
        json!("x"),
        json!({}),
        json!({"Operations": operations}),
        json!({"schemas": [], "Operations": operations}),
        json!({"schemas": urn::PATCH_OP, "Operations": operations}),
        json!({"schemas": [urn::USER], "Operations": operations}),
        json!({"schemas": [urn::PATCH_OP]}),
        json!({"schemas": [urn::PATCH_OP], "Operations": {}}),
    ] {
        let error = parse(body.clone()).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax), "{body}");
    }
    for key in ["Operations", "operations", "OPERATIONS"] {
        assert!(parse(json!({"SCHEMAS": [urn::PATCH_OP.to_uppercase()], key: operations})).is_ok(), "{key}");
    }
    let extra =
        json!({"schemas": [urn::PATCH_OP], "Operations": [{"op": "add", "name": "addMember", "path": "title", "value": "x"}]});
    assert!(parse(extra).is_ok());
}

#[test]
fn attributes_of_a_workspace_of_its_own() {
    let schema = with_custom();
    let before = json!({
        "userName": "u",
        ACME: {"badges": ["red", "blue"], "costKey": "k", "lease": {"value": "7", "note": "n"}},
    });
    let after = |custom: Value| json!({"userName": "u", ACME: custom});
    let path = |name: &str| format!("{ACME}:{name}");
    let lease = json!({"value": "7", "note": "n"});
    for (operations, expected) in [
        (op("add", &path("badges"), json!("green")), json!({"badges": ["red", "blue", "green"], "costKey": "k", "lease": lease})),
        (op("add", &path("badges"), json!(["blue"])), json!({"badges": ["red", "blue"], "costKey": "k", "lease": lease})),
        (remove(&path("badges[value eq \"RED\"]")), json!({"badges": ["blue"], "costKey": "k", "lease": lease})),
        (
            op("replace", &path("badges[value eq \"red\"]"), json!("pink")),
            json!({"badges": ["pink", "blue"], "costKey": "k", "lease": lease}),
        ),
        (op("remove", &path("badges"), json!(["red", "blue"])), json!({"costKey": "k", "lease": lease})),
        (op("replace", &path("costKey"), json!("k")), json!({"badges": ["red", "blue"], "costKey": "k", "lease": lease})),
        (
            op("add", &path("lease"), json!({"value": "7", "note": "m"})),
            json!({"badges": ["red", "blue"], "costKey": "k", "lease": {"value": "7", "note": "m"}}),
        ),
    ] {
        let shown = operations.to_string();
        assert_eq!(patch(&schema, &before, operations).map(|(after, ..)| after), Ok(after(expected)), "{shown}");
    }
    for operations in [
        op("replace", &path("costKey"), json!("other")),
        remove(&path("costKey")),
        op("replace", &path("costKey"), json!(null)),
        op("add", &path("lease"), json!({"value": "8"})),
        op("replace", &path("lease.value"), json!("8")),
        op("replace", &path("lease[value eq \"7\"]"), json!({"value": "8"})),
        remove(&path("lease.value")),
        op("replace", &path("lease"), json!({"value": null})),
        op("add", &path("grade"), json!("x")),
    ] {
        let shown = operations.to_string();
        let error = patch(&schema, &before, operations).expect_err(&shown);
        assert_eq!(error.scim_type, Some(ScimType::Mutability), "{shown}: {error}");
    }
    let unset = json!({"userName": "u"});
    let badges = after(json!({"badges": ["red"]}));
    assert_eq!(patch(&schema, &badges, remove(ACME)).map(|(after, ..)| after), Ok(unset.clone()));
    assert_eq!(patch(&schema, &before, remove(ACME)).map_err(|error| error.scim_type), Err(Some(ScimType::Mutability)));
    let (set, ..) = patch(&schema, &unset, op("add", &path("costKey"), json!("k"))).unwrap();
    assert_eq!(set, after(json!({"costKey": "k"})));
    let error = patch(&schema, &unset, op("replace", &path("floor"), json!(1.5))).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
}

#[test]
fn targets_are_shown_as_they_are_written() {
    for path in ["title", "name.familyName", "emails[type eq \"]\"].value", "emails[type eq \"[\" and value pr]"] {
        let mut notes = Tolerated::default();
        let request = PatchRequest::parse(users(), body(op("add", path, json!("x"))), &mut notes).unwrap();
        let [Operation::Change(change)] = request.operations.as_slice() else { panic!("{request:?}") };
        assert_eq!(change.target.to_string(), path);
    }
    let core =
        PatchRequest::parse(users(), body(op("add", &format!("{}:TITLE", urn::USER), json!("x"))), &mut Tolerated::default());
    let operations = core.unwrap().operations;
    let [Operation::Change(change)] = operations.as_slice() else { panic!("not a change") };
    assert_eq!(change.target.path, AttrPath::core("title"));
}

#[test]
fn the_examples_of_rfc_7644() {
    let (after, ..) = patch(
        users(),
        &user(),
        json!([{"op": "add", "value": {
            "emails": [{"value": "babs@jensen.org", "type": "home"}],
            "nickname": "Babs",
        }}]),
    )
    .unwrap();
    assert_eq!(after["emails"].as_array().map(Vec::len), Some(3));
    assert_eq!(after["nickName"], "Babs");

    let (after, ..) = patch(users(), &user(), remove("emails[type eq \"work\" and value ew \"@x\"]")).unwrap();
    assert_eq!(after["emails"], json!([user()["emails"][1]]));

    let home = json!({
        "type": "home", "streetAddress": "911 Universal City Plaza", "locality": "Hollywood", "region": "CA",
        "postalCode": "91608", "country": "US", "formatted": "911 Universal City Plaza\nHollywood, CA 91608 US",
        "primary": true,
    });
    let (after, ..) = patch(users(), &user(), op("replace", "addresses[type eq \"home\"]", home.clone())).unwrap();
    assert_eq!(after["addresses"][2], home);
    let street = op("replace", "addresses[type eq \"home\"].streetAddress", json!("1010 Broadway Ave"));
    let (after, ..) = patch(users(), &after, street).unwrap();
    assert_eq!(after["addresses"][2]["streetAddress"], "1010 Broadway Ave");
    assert_eq!(after["addresses"][2]["locality"], "Hollywood");

    let both = json!([{"op": "replace", "value": {
        "emails": [
            {"value": "bjensen@example.com", "type": "work", "primary": true},
            {"value": "babs@jensen.org", "type": "home"},
        ],
        "nickname": "Babs",
    }}]);
    let (after, ..) = patch(users(), &user(), both).unwrap();
    assert_eq!(after["emails"][0]["value"], "bjensen@example.com");
    assert_eq!(after["emails"].as_array().map(Vec::len), Some(2));

    let swapped = json!([
        {"op": "remove", "path": "members[value eq \"2819c223\"]"},
        {"op": "add", "path": "members", "value": [{"display": "James", "$ref": "https://example.com/v2/Users/08e1d05d", "value": "08e1d05d"}]},
    ]);
    let james = MemberRef { value: "08e1d05d".into(), kind: Some(ResourceType::User) };
    assert_eq!(members(swapped), Ok(vec![MemberChange::Remove(ids(&["2819c223"])), MemberChange::Add(vec![james])]));
}
