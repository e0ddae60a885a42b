//! PATCH requirement by requirement (Q152 to Q186) and identity provider by identity provider, then properties.
//!
//! Every case names the resource before, the operations, and the resource after or the refusal. [`patch`] checks in
//! passing that a refused request leaves the document as it was and that an unchanged document is said to be unchanged.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::scim::attr::AttrPath;
use crate::scim::document::{Document, MemberRef, Tolerated};
use crate::scim::schema::{Attribute, ResourceSchema, ResourceType, Type};
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
    let mut notes = Tolerated::default();
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
        (
            "Q159 extension",
            op("add", &format!("{ROLLCALL}:role"), json!("Editor")),
            with(json!({ROLLCALL: {"role": "editor"}})),
        ),
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
        ("Q170 same value, other case", op("add", "emails", json!([{"value": "HOME@x"}])), with(json!({"emails": [
            work, {"value": "HOME@x", "type": "home", "display": "at home"},
        ]}))),
        ("Q170 same address", op("add", "addresses", json!({"type": "home", "locality": "Thun"})), user()),
        ("Q170 same text", op("add", "title", json!("Guide")), user()),
        ("Q018 other type", op("add", "emails", json!([{"value": "home@x", "type": "other"}])), with(json!({"emails": [
            work, home, {"value": "home@x", "type": "other"},
        ]}))),
        (
            "Q171 parent",
            op("add", &format!("{ROLLCALL}:role"), json!("guest")),
            with(json!({ROLLCALL: {"role": "guest"}})),
        ),
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
        (
            "Q174 sub-attribute",
            remove("name.formatted"),
            with(json!({"name": {"familyName": "Jensen", "givenName": "Barbara"}})),
        ),
        ("Q174 extension attribute", remove(&format!("{ENTERPRISE}:manager")), with(json!({ENTERPRISE: {"department": "Tours"}}))),
        ("Q174 whole extension", remove(ENTERPRISE), with(json!({ENTERPRISE: null}))),
        ("Q174 not there", remove("nickName"), user()),
        ("Q175", remove("addresses[type eq \"work\"]"), with(json!({"addresses": [{"type": "home", "locality": "Thun"}]}))),
        ("Q175 none", remove("addresses[type eq \"moon\"]"), user()),
        (
            "Q176",
            remove("emails[type eq \"home\"].display"),
            with(json!({"emails": [work, {"value": "home@x", "type": "home"}]})),
        ),
        ("Q176 each match", remove("addresses[type eq \"work\"].locality"), with(json!({"addresses": [
            {"type": "work", "country": "CH"}, {"type": "home", "locality": "Thun"},
        ]}))),
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
        ("nobody is let in again", op("replace", "active", json!(null)), user()),
        ("nobody is let in again", remove("active"), user()),
        ("nobody is let in again", json!([{"op": "replace", "value": {"active": ""}}]), user()),
    ];
    for (name, operations, expected) in table {
        let shown = operations.to_string();
        let (after, changed, _) = patch(users(), &user(), operations.clone()).unwrap_or_else(|error| panic!("{name}: {shown}: {error}"));
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
        ("Q152", json!(["x"]), InvalidSyntax, "Operation 1: It is not a JSON object"),
        ("Q153", json!([{"op": "move", "path": "title"}]), InvalidSyntax, "op is \"move\""),
        ("Q153", json!([{"path": "title", "value": "x"}]), InvalidSyntax, "op is missing"),
        ("Q153", json!([{"op": 1, "path": "title", "value": "x"}]), InvalidSyntax, "op is missing"),
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
        ("Q154", json!([{"op": "remove", "path": 1}]), InvalidPath, "not a text"),
        ("Q155", remove("foo.bar"), InvalidPath, "no attribute \"foo.bar\""),
        ("Q155", op("add", "foo", json!("x")), InvalidPath, "foo"),
        ("Q155", op("add", "emails[type eq \"work\"].foo", json!("x")), InvalidPath, "emails.foo"),
        ("Q155", op("add", "urn:example:x:2.0:User:a", json!("x")), InvalidPath, ""),
        ("Q157", json!([
            {"op": "replace", "path": "title", "value": "x"}, {"op": "replace", "path": "active", "value": "maybe"},
        ]), InvalidValue, "Operation 2: active must be true or false"),
        ("Q158", op("replace", "emails.primary", json!(true)), InvalidValue, "more than one value with primary"),
        ("Q158", op("add", "emails", json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}])), InvalidValue, "primary"),
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
        ("Q167", json!([{"op": "replace", "value": {ENTERPRISE: "x"}}]), InvalidValue, "object of attributes"),
        ("Q167", op("add", ENTERPRISE, json!("x")), InvalidValue, "object of attributes"),
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
        json!(null), json!([]), json!("x"), json!({}),
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
    let extra = json!({"schemas": [urn::PATCH_OP], "Operations": [{"op": "add", "name": "addMember", "path": "title", "value": "x"}]});
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
        (op("replace", &path("badges[value eq \"red\"]"), json!("pink")), json!({"badges": ["pink", "blue"], "costKey": "k", "lease": lease})),
        (op("remove", &path("badges"), json!(["red", "blue"])), json!({"costKey": "k", "lease": lease})),
        (op("replace", &path("costKey"), json!("k")), json!({"badges": ["red", "blue"], "costKey": "k", "lease": lease})),
        (op("add", &path("lease"), json!({"value": "7", "note": "m"})), json!({"badges": ["red", "blue"], "costKey": "k", "lease": {"value": "7", "note": "m"}})),
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
        op("add", &path("grade"), json!("x")),
    ] {
        let shown = operations.to_string();
        let error = patch(&schema, &before, operations).expect_err(&shown);
        assert_eq!(error.scim_type, Some(ScimType::Mutability), "{shown}: {error}");
    }
    let unset = json!({"userName": "u"});
    let (set, ..) = patch(&schema, &unset, op("add", &path("costKey"), json!("k"))).unwrap();
    assert_eq!(set, after(json!({"costKey": "k"})));
    let error = patch(&schema, &unset, op("replace", &path("floor"), json!(1.5))).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
}

#[test]
fn okta() {
    let (after, changed, _) = patch(users(), &user(), json!([{"op": "replace", "value": {"active": false}}])).unwrap();
    assert_eq!((after, changed), (with(json!({"active": false})), true));
    let (_, changed, _) = patch(users(), &user(), json!([{"op": "replace", "value": {"active": true}}])).unwrap();
    assert!(!changed);

    let mut notes = Tolerated::default();
    let request = PatchRequest::parse(users(), body(json!([{"op": "replace", "value": {"password": "n3wPa55"}}])), &mut notes).unwrap();
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

    let roles = op("Replace", "roles", json!([{"primary": false, "type": "WindowsAzureActiveDirectoryRole", "display": "d", "value": "v"}]));
    let (after, ..) = patch(users(), &new, roles).unwrap();
    assert_eq!(after["roles"], json!([{"primary": false, "type": "WindowsAzureActiveDirectoryRole", "display": "d", "value": "v"}]));
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
    assert!(notes.is_empty(), "{notes:?}");
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

#[test]
fn members_become_deltas() {
    use MemberChange::{Add, Remove, RemoveAll, Replace};
    let table: Vec<(&str, Value, Vec<MemberChange>)> = vec![
        ("Q169", op("add", "members", json!([{"value": "a"}, {"value": "b"}])), vec![Add(refs(&["a", "b"]))]),
        ("Q169 one object", op("add", "members", json!({"value": "a"})), vec![Add(refs(&["a"]))]),
        ("Q169 bare ids", op("add", "members", json!(["a"])), vec![Add(refs(&["a"]))]),
        ("Q169 Entra", op("Add", "members", json!([{"$ref": null, "value": "a"}])), vec![Add(refs(&["a"]))]),
        (
            "Q169 kind",
            op("add", "members", json!([{"value": "g", "$ref": "../Groups/g"}])),
            vec![Add(vec![MemberRef { value: "g".into(), kind: Some("Group".into()) }])],
        ),
        ("Q169 nobody", op("add", "members", json!([])), vec![]),
        ("Q167", json!([{"op": "add", "value": {"members": [{"value": "a"}]}}]), vec![Add(refs(&["a"]))]),
        ("Q109", op("add", &format!("{}:Members", urn::GROUP), json!([{"value": "a"}])), vec![Add(refs(&["a"]))]),
        ("Q174", remove("members"), vec![RemoveAll]),
        ("Q174 null", op("remove", "members", json!(null)), vec![RemoveAll]),
        ("Q175", remove("members[value eq \"a\"]"), vec![Remove(ids(&["a"]))]),
        (
            "Q175 several",
            remove("members[value eq \"a\" or value eq \"b\" or value eq \"c\"]"),
            vec![Remove(ids(&["a", "b", "c"]))],
        ),
        ("Q180", op("Remove", "members", json!([{"$ref": null, "value": "a"}])), vec![Remove(ids(&["a"]))]),
        ("Q180 one object", op("remove", "members", json!({"value": "a"})), vec![Remove(ids(&["a"]))]),
        ("Q180 nobody listed", op("remove", "members", json!([])), vec![]),
        ("Q183", op("replace", "members", json!([{"value": "a"}])), vec![Replace(refs(&["a"]))]),
        ("Q183 Okta", op("replace", "members", json!([])), vec![Replace(vec![])]),
        ("Q183 null", op("replace", "members", json!(null)), vec![Replace(vec![])]),
        (
            "Okta without path",
            json!([{"op": "replace", "value": {"members": [], "id": "1", "displayName": "Crew"}}]),
            vec![Replace(vec![])],
        ),
        ("langwatch: no key, no change", json!([{"op": "replace", "value": {"displayName": "Crew"}}]), vec![]),
        (
            "Okta, in order",
            json!([
                {"op": "remove", "path": "members[value eq \"a\"]"},
                {"op": "add", "path": "members", "value": [{"value": "b", "display": "b"}]},
                {"op": "remove", "path": "members", "value": [{"value": "c"}]},
            ]),
            vec![Remove(ids(&["a"])), Add(refs(&["b"])), Remove(ids(&["c"]))],
        ),
    ];
    for (name, operations, expected) in table {
        let shown = operations.to_string();
        // A request that is also about the document is looked at below.
        let found = if shown.contains("displayName") { split(operations).map(|(_, members)| members) } else { members(operations) };
        assert_eq!(found, Ok(expected), "{name}: {shown}");
    }
    let found = members(remove("members[value sw \"a\" and type eq \"User\"]")).unwrap();
    let [MemberChange::RemoveWhere(filter)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(filter.to_string(), "value sw \"a\" and type eq \"User\"");
}

fn split(operations: Value) -> Result<(PatchRequest, Vec<MemberChange>), ScimError> {
    PatchRequest::parse(groups(), body(operations), &mut Tolerated::default()).map(PatchRequest::split_members)
}

#[test]
fn a_split_keeps_both_halves() {
    let (rest, members) = split(json!([{"op": "replace", "value": {"members": [{"value": "a"}], "displayName": "Band"}}])).unwrap();
    assert_eq!(members, [MemberChange::Replace(refs(&["a"]))]);
    let mut document = Document::from_stored(map(json!({"displayName": "Crew"})));
    assert_eq!(apply(groups(), &rest, &mut document, &mut Tolerated::default()), Ok(true));
    assert_eq!(document.into_map(), map(json!({"displayName": "Band"})));
}

#[test]
fn members_are_added_and_removed_never_changed() {
    use ScimType::{InvalidFilter, InvalidValue, Mutability};
    for (operations, scim_type) in [
        (op("replace", "members[value eq \"a\"].value", json!("b")), Mutability),
        (op("replace", "members[value eq \"a\"]", json!({"value": "b"})), Mutability),
        (op("add", "members[value eq \"a\"]", json!({"value": "b"})), Mutability),
        (op("add", "members.value", json!("b")), Mutability),
        (remove("members[value eq \"a\"].value"), Mutability),
        (json!([{"op": "add", "path": "members"}]), InvalidValue),
        (op("add", "members", json!([{"display": "a"}])), InvalidValue),
        (op("add", "members", json!([5])), InvalidValue),
        (op("remove", "members", json!([{}])), InvalidValue),
        (remove("members[value eq]"), InvalidFilter),
    ] {
        let shown = operations.to_string();
        let error = members(operations).expect_err(&shown);
        assert_eq!((error.status, error.scim_type), (400, Some(scim_type)), "{shown}: {error}");
    }
}

#[test]
fn many_members_cost_one_pass() {
    let many: Vec<Value> = (0..10_000).map(|n| json!({"value": n.to_string()})).collect();
    let found = members(op("add", "members", Value::from(many))).unwrap();
    let [MemberChange::Add(members)] = found.as_slice() else { panic!("not one addition") };
    assert_eq!(members.len(), 10_000);
    let singles: Vec<Value> =
        (0..10_000).map(|n| json!({"op": "add", "path": "members", "value": [{"value": n.to_string()}]})).collect();
    assert_eq!(self::members(Value::from(singles)).unwrap().len(), 10_000);
}

#[test]
fn the_work_of_a_request_is_bounded() {
    let singles: Vec<Value> =
        (0..3_000).map(|n| json!({"op": "add", "path": "emails", "value": {"value": n.to_string()}})).collect();
    assert_eq!(patch(users(), &user(), Value::from(singles)).unwrap_err().status, 413);
    let honest: Vec<Value> =
        (0..500).map(|n| json!({"op": "add", "path": "emails", "value": {"value": n.to_string()}})).collect();
    assert!(patch(users(), &user(), Value::from(honest)).is_ok());
}

#[test]
fn hostile_paths_are_refused_without_echo() {
    for path in [
        "[".repeat(100_000),
        "(".repeat(100_000),
        format!("emails[{}", "(".repeat(100_000)),
        format!("emails[{}]", "(".repeat(100_000)),
        format!("emails[{}]", "not(".repeat(1_000)),
        format!("emails[value eq \"{}\"]", "x".repeat(1_000_000)),
        "x".repeat(1_000_000),
        format!("emails.{}", "x".repeat(1_000_000)),
        format!("urn:{}", "x:".repeat(100_000)),
        "\"".into(),
        "emails[\"".into(),
        "emails[\"\\".into(),
        "emails[é\"]".into(),
        "é[é]é".into(),
        "emails[value eq \"\u{0}\"]".into(),
        "emails[18446744073709551616]".into(),
        "emails[-1]".into(),
        "]".into(),
        "emails]type[".into(),
        "emails[type pr][value pr]".into(),
    ] {
        let error = patch(users(), &user(), remove(&path)).unwrap_err();
        assert!(matches!(error.scim_type, Some(ScimType::InvalidPath | ScimType::InvalidFilter)), "{error}");
        assert!(error.detail.chars().count() < 400, "{}", error.detail);
    }
}

#[test]
fn targets_are_shown_as_they_are_written() {
    for path in ["title", "name.familyName", "emails[type eq \"]\"].value", "emails[type eq \"[\" and value pr]"] {
        let mut notes = Tolerated::default();
        let request = PatchRequest::parse(users(), body(op("add", path, json!("x"))), &mut notes).unwrap();
        let [Operation::Change(change)] = request.operations.as_slice() else { panic!("{request:?}") };
        assert_eq!(change.target.to_string(), path);
    }
    let core = PatchRequest::parse(users(), body(op("add", &format!("{}:TITLE", urn::USER), json!("x"))), &mut Tolerated::default());
    let operations = core.unwrap().operations;
    let [Operation::Change(change)] = operations.as_slice() else { panic!("not a change") };
    assert_eq!(change.target.path, AttrPath::core("title"));
}

/// Operations that look like those of clients, right and wrong ones.
fn operations(verbs: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let path = prop::sample::select(vec![
        "title", "active", "userName", "name", "name.familyName", "emails", "emails.display",
        "emails[type eq \"work\"].value", "emails[type eq \"home\"].display", "emails[primary eq true].value",
        "addresses[type eq \"work\"].locality", "roles[primary eq \"True\"].value", "phoneNumbers", "manager",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
        "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:role", "id", "foo", "emails[", "password",
    ]);
    let text = prop::sample::select(vec!["a", "B", "work", "home", "True", "false", "", "editor"]);
    let element = (text.clone(), prop::option::of(text.clone()), prop::option::of(any::<bool>())).prop_map(|(value, kind, primary)| {
        let mut element = map(json!({"value": value}));
        element.extend(kind.map(|kind| ("type".to_owned(), json!(kind))));
        element.extend(primary.map(|primary| ("primary".to_owned(), json!(primary))));
        Value::Object(element)
    });
    let value = prop_oneof![
        3 => text.prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<i64>().prop_map(Value::from),
        2 => element.clone(),
        2 => prop::collection::vec(element, 0..3).prop_map(Value::from),
        1 => Just(json!({"familyName": "F", "title": "t", "formatted": null, "emails": [{"value": "z", "primary": true}]})),
    ];
    (prop::sample::select(verbs), prop::option::weighted(0.9, path), value).prop_map(|(verb, path, value)| match path {
        Some(path) => json!({"op": verb, "path": path, "value": value}),
        None => json!({"op": verb, "value": value}),
    })
}

/// JSON of any shape.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        "\\PC{0,8}".prop_map(Value::from),
        prop::sample::select(vec!["add", "remove", "emails", "members", "op", "True", ""]).prop_map(Value::from),
    ];
    let key = prop_oneof![
        prop::sample::select(vec![
            "op", "path", "value", "type", "primary", "emails", "members", "name", "manager", "$ref", "schemas",
            "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ]).prop_map(str::to_owned),
        "\\PC{0,8}",
    ];
    leaf.prop_recursive(4, 32, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..4).prop_map(|parts| Value::Object(parts.into_iter().collect())),
        ]
    })
}

/// At most one primary per list, nothing empty, nothing that a document never has.
fn assert_sound(document: &Value) {
    for (name, value) in document.as_object().into_iter().flatten() {
        assert!(!matches!(name.as_str(), "id" | "meta" | "schemas" | "groups" | "members" | "password"), "{document}");
        assert!(!value.is_null() && *value != json!([]) && *value != json!({}), "{name} is empty: {document}");
        let primaries = value.as_array().into_iter().flatten().filter(|element| element["primary"] == true).count();
        assert!(primaries <= 1, "{name} has {primaries} primaries: {document}");
    }
}

proptest! {
    #[test]
    fn the_result_is_sound(operations in prop::collection::vec(operations(&["add", "remove", "replace"]), 1..6)) {
        // `patch` itself checks the changed flag and that errors change nothing.
        if let Ok((after, ..)) = patch(users(), &user(), Value::from(operations)) {
            assert_sound(&after);
        }
    }

    #[test]
    fn the_second_time_nothing_changes(operation in operations(&["add", "replace"])) {
        let operations = json!([operation]);
        if let Ok((after, ..)) = patch(users(), &user(), operations.clone()) {
            let again = patch(users(), &after, operations.clone()).map(|(_, changed, _)| changed);
            prop_assert_eq!(again, Ok(false), "{}: {}", operations, after);
        }
    }

    #[test]
    fn no_text_makes_a_path_panic(path in "\\PC{0,40}", parts in prop::collection::vec(prop::sample::select(vec![
        "emails", "[", "]", "\"", "\\", ".value", "type eq \"work\"", ".", ":", "urn:", "é", "0", " ", "name", "manager",
    ]), 0..10)) {
        for path in [path, parts.concat()] {
            drop(patch(users(), &user(), op("add", &path, json!("x"))));
            drop(members(remove(&path)));
        }
    }

    #[test]
    fn no_json_makes_it_panic(stored in any_json(), value in any_json(), entry in any_json(), path in prop::sample::select(vec![
        "emails", "emails[type eq \"work\"]", "emails[value pr].primary", "name", "name.familyName", "manager[value eq \"1\"]",
        "addresses.type", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    ])) {
        let mut notes = Tolerated::default();
        drop(PatchRequest::parse(users(), stored.clone(), &mut notes));
        drop(PatchRequest::parse(groups(), body(json!([entry])), &mut notes));
        drop(PatchRequest::parse(groups(), body(json!([{"op": "replace", "value": value}])), &mut notes));
        for verb in ["add", "replace", "remove"] {
            // Also a stored document that is not what it should be.
            let before = json!({"emails": stored, "name": stored, ENTERPRISE: stored});
            drop(patch(users(), &before, op(verb, path, value.clone())));
            drop(patch(users(), &before, json!([{"op": verb, "value": value}])));
        }
    }
}
