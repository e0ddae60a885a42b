//! What holds whatever a client sends, and what hostile clients send.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

#[test]
fn the_work_of_a_request_is_bounded() {
    let singles: Vec<Value> =
        (0..3_000).map(|n| json!({"op": "add", "path": "emails", "value": {"value": n.to_string()}})).collect();
    assert_eq!(patch(users(), &user(), Value::from(singles)).unwrap_err().status, 413);
    let honest: Vec<Value> =
        (0..500).map(|n| json!({"op": "add", "path": "emails", "value": {"value": n.to_string()}})).collect();
    assert!(patch(users(), &user(), Value::from(honest)).is_ok());

    let emails: Vec<Value> = (0..2_000).map(|n| json!({"value": n.to_string()})).collect();
    let selected = |times: usize| vec![json!({"op": "remove", "path": "emails[value eq \"x\"]"}); times];
    let before = json!({"userName": "u", "emails": emails});
    assert_eq!(patch(users(), &before, Value::from(selected(251))).unwrap_err().status, 413);
    assert!(patch(users(), &before, Value::from(selected(250))).is_ok());
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

/// Operations that look like those of clients, right and wrong ones.
fn operations(verbs: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let path = prop::sample::select(vec![
        "title",
        "active",
        "userName",
        "name",
        "name.familyName",
        "emails",
        "emails.display",
        "emails[type eq \"work\"].value",
        "emails[type eq \"home\"].display",
        "emails[primary eq true].value",
        "addresses[type eq \"work\"].locality",
        "roles[primary eq \"True\"].value",
        "phoneNumbers",
        "manager",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
        "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:role",
        "id",
        "foo",
        "emails[",
        "password",
    ]);
    let text = prop::sample::select(vec!["a", "B", "work", "home", "True", "false", "", "editor"]);
    let element =
        (text.clone(), prop::option::of(text.clone()), prop::option::of(any::<bool>())).prop_map(|(value, kind, primary)| {
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
            "op",
            "path",
            "value",
            "type",
            "primary",
            "emails",
            "members",
            "name",
            "manager",
            "$ref",
            "schemas",
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ])
        .prop_map(str::to_owned),
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
