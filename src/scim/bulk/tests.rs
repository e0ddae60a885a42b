use std::collections::{BTreeSet, HashMap};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::scim::{
    LIMITS,
    error::{ScimError, ScimType},
    schema::ResourceType,
    tolerance::{Rules, Tolerance, Tolerated},
    urn,
};

fn request(operations: Value) -> BulkRequest {
    parsed(json!({ "schemas": [urn::BULK_REQUEST], "Operations": operations })).unwrap()
}

fn parsed(body: Value) -> Result<BulkRequest, ScimError> {
    BulkRequest::parse(body, &LIMITS, &mut Tolerated::default())
}

fn one(operation: Value) -> Entry {
    request(json!([operation])).entries.remove(0)
}

#[test]
fn the_envelope_is_read_in_any_case() {
    let read = parsed(json!({
        "SCHEMAS": ["urn:IETF:params:scim:api:messages:2.0:bulkrequest"], "FailOnErrors": 2, "operations": [], "more": 1,
    }));
    assert_eq!(read, Ok(BulkRequest { fail_on_errors: Some(2), entries: Vec::new() }));
    for none in [json!(0), Value::Null] {
        let body = json!({ "schemas": [urn::BULK_REQUEST], "failOnErrors": none, "Operations": [] });
        assert_eq!(parsed(body).unwrap().fail_on_errors, None);
    }
}

#[test]
fn a_broken_envelope_is_refused_whole() {
    let with = |name: &str, value: Value| {
        let mut body = json!({ "schemas": [urn::BULK_REQUEST], "Operations": [], "failOnErrors": 1 });
        body[name] = value;
        body
    };
    for (body, says) in [
        (json!([]), "object"),
        (json!({}), "schemas"),
        (with("schemas", json!([])), "schemas"),
        (with("schemas", json!(urn::BULK_REQUEST)), "schemas"),
        (with("schemas", json!([urn::PATCH_OP, 1])), "schemas"),
        (with("Operations", Value::Null), "Operations"),
        (with("Operations", json!({})), "Operations"),
        (with("operations", json!([])), "twice"),
        (with("failOnErrors", json!(-1)), "failOnErrors"),
        (with("failOnErrors", json!(1.5)), "failOnErrors"),
        (with("failOnErrors", json!("1")), "failOnErrors"),
        (with("failOnErrors", json!(true)), "failOnErrors"),
    ] {
        let error = parsed(body.clone()).expect_err(&body.to_string());
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidSyntax)), "{body}");
        assert!(error.detail.contains(says), "{body}: {}", error.detail);
    }
}

#[test]
fn there_are_as_many_operations_as_the_limit_says() {
    let many = |n: usize| parsed(json!({ "schemas": [urn::BULK_REQUEST], "Operations": vec![Value::Null; n] }));
    assert_eq!(many(LIMITS.max_bulk_operations).unwrap().entries.len(), LIMITS.max_bulk_operations);
    let error = many(LIMITS.max_bulk_operations + 1).unwrap_err();
    assert_eq!((error.status, error.scim_type), (413, None));
    assert!(error.detail.contains("maxOperations") && error.detail.contains("is 1000"), "{}", error.detail);
}

#[test]
fn an_operation_is_read_in_any_case() {
    let read =
        one(json!({ "Method": "pOsT", "BULKID": "a", "Path": "/Users", "data": { "userName": "u" }, "version": 1, "x": 1 }));
    assert_eq!((read.method, read.creates(), &read.target), (Some(Method::Post), Some("a"), &None));
    assert_eq!(read.action, Ok(Action::Create { kind: ResourceType::User, body: json!({ "userName": "u" }) }));
    let target = Target { kind: ResourceType::Group, id: Identifier::Id("1".into()) };
    for path in ["/Groups/1", "/Groups/1/"] {
        let read = one(json!({ "method": "DELETE", "path": path, "bulkId": "d", "data": { "x": "bulkId:y" } }));
        assert_eq!((read.creates(), read.bulk_id.as_deref(), &read.target), (None, Some("d"), &Some(target.clone())));
        assert_eq!(read.action.unwrap().target(), Some(&target));
        assert!(read.references.is_empty(), "a DELETE has no body");
    }
    let read = one(json!({ "method": "PUT", "path": "/Users/bulkId:a/b?c", "version": null, "data": { "x": "bulkId:y" } }));
    assert_eq!(read.references.iter().collect::<Vec<_>>(), ["a/b?c", "y"]);
}

#[test]
fn a_broken_operation_is_its_own_failure() {
    let (syntax, path) = (ScimType::InvalidSyntax, ScimType::InvalidPath);
    for (operation, scim_type, says) in [
        (json!(1), syntax, "object"),
        (Value::Null, syntax, "object"),
        (json!({ "path": "/Users", "bulkId": "a", "data": {} }), syntax, "method"),
        (json!({ "method": 1, "path": "/Users", "bulkId": "a", "data": {} }), syntax, "method"),
        (json!({ "method": "GET", "path": "/Users/1" }), syntax, "method"),
        (json!({ "method": "POST", "METHOD": "PUT", "path": "/Users", "bulkId": "a", "data": {} }), syntax, "twice"),
        (json!({ "method": "POST", "bulkId": "a", "data": {} }), syntax, "path"),
        (json!({ "method": "POST", "path": 1, "bulkId": "a", "data": {} }), syntax, "path"),
        (json!({ "method": "POST", "path": "/Users", "data": {} }), syntax, "bulkId"),
        (json!({ "method": "POST", "path": "/Users", "bulkId": "", "data": {} }), syntax, "bulkId"),
        (json!({ "method": "DELETE", "path": "/Users/1", "bulkId": 1 }), syntax, "bulkId"),
        (json!({ "method": "POST", "path": "/Users", "bulkId": "a" }), syntax, "data"),
        (json!({ "method": "POST", "path": "/Users", "bulkId": "a", "data": null }), syntax, "data"),
        (json!({ "method": "PUT", "path": "/Users/1", "data": [] }), syntax, "data"),
        (json!({ "method": "PATCH", "path": "/Users/1", "data": "{}" }), syntax, "data"),
        (json!({ "method": "DELETE", "path": "/Users/1", "version": 1 }), syntax, "version"),
        (json!({ "method": "POST", "path": "/Users/1", "bulkId": "a", "data": {} }), path, "/Users"),
        (json!({ "method": "PUT", "path": "/Users", "data": {} }), path, "/Users/<id>"),
        (json!({ "method": "DELETE", "path": "/Groups/" }), path, "/Groups/<id>"),
    ] {
        let read = one(operation.clone());
        let error = read.action.expect_err(&operation.to_string());
        assert_eq!((error.status, error.scim_type), (400, Some(scim_type)), "{operation}: {}", error.detail);
        assert!(error.detail.contains(says), "{operation}: {}", error.detail);
        assert!(read.references.is_empty());
    }
}

#[test]
fn only_users_and_groups_have_a_place_in_an_operation() {
    for path in [
        "",
        "/",
        "Users",
        "Users/1",
        "//Users",
        "/users",
        "/Bulk",
        "/Me",
        "/.search",
        "/Users/.search",
        "/Users/.search/",
        "/Schemas/x",
        "/Users?count=1",
        "/Users/1?attributes=id",
        "/Users/1#x",
        "/Users/1/2",
        "/v2/Users",
        "https://x/Users",
        "/Groups/../Users",
        "/Users/1/../../Bulk",
        "/Device/1",
        "/ServiceProviderConfig",
        "\u{0}",
        "/Users\u{2028}",
    ] {
        for method in Method::ALL.map(Method::as_str) {
            let read = one(json!({ "method": method, "path": path, "bulkId": "a", "data": { "schemas": [urn::PATCH_OP] } }));
            let error = read.action.expect_err(path);
            assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidPath)), "{method} {path}");
            assert_eq!(read.target, None, "{method} {path}");
        }
    }
}

#[test]
fn a_failure_keeps_what_could_be_read() {
    let read = one(json!({ "method": "PUT", "path": "/Users/1", "bulkId": "p" }));
    assert_eq!((read.method, read.bulk_id.as_deref()), (Some(Method::Put), Some("p")));
    assert_eq!(read.target, Some(Target { kind: ResourceType::User, id: Identifier::Id("1".into()) }));
}

#[test]
fn a_version_is_a_condition() {
    for method in ["PUT", "PATCH", "DELETE"] {
        let read = one(json!({ "method": method, "path": "/Users/1", "version": "W/\"3\"", "data": {} }));
        let conditions = match read.action.unwrap() {
            Action::Replace { conditions, .. } | Action::Change { conditions, .. } | Action::Delete { conditions, .. } => {
                conditions
            }
            Action::Create { .. } => panic!("{method}"),
        };
        assert_eq!(conditions.check_write("W/\"3\"", &Rules::default()), Ok(()));
        assert_eq!(conditions.check_write("W/\"4\"", &Rules::default()).unwrap_err().status, 412);
    }
}

/// The example of RFC 7644 §3.7.3 has the operations of a PATCH without the message around them.
#[test]
fn a_list_is_a_patch_unless_the_workspace_refuses_it() {
    let body = json!({ "schemas": [urn::BULK_REQUEST], "Operations": [
        { "method": "PATCH", "path": "/Users/1", "data": [{ "op": "remove", "path": "nickName" }] },
    ]});
    let mut notes = Tolerated::default();
    let read = BulkRequest::parse(body.clone(), &LIMITS, &mut notes).unwrap().entries.remove(0).action.unwrap();
    assert_eq!(read.body(), Some(&json!({ "schemas": [urn::PATCH_OP], "Operations": [{ "op": "remove", "path": "nickName" }] })));
    assert_eq!(notes.used(), [Tolerance::BulkPatchList]);
    let rules = Rules { refused: [Tolerance::BulkPatchList].into_iter().collect(), ..Rules::default() };
    let read = BulkRequest::parse(body, &LIMITS, &mut Tolerated::under(rules)).unwrap().entries.remove(0);
    assert_eq!(read.action.unwrap_err().scim_type, Some(ScimType::InvalidSyntax));
}

#[test]
fn a_bulk_id_that_several_posts_have_names_nothing() {
    let post = |bulk_id: &str| json!({ "method": "POST", "path": "/Users", "bulkId": bulk_id, "data": { "userName": "u" } });
    let patch = json!({ "method": "PATCH", "path": "/Users/1", "bulkId": "a", "data": {} });
    let read = request(json!([post("a"), post("b"), post("A"), patch, post("a")]));
    let statuses: Vec<Option<u16>> =
        read.entries.iter().map(|entry| entry.action.as_ref().err().map(|error| error.status)).collect();
    assert_eq!(statuses, [Some(409), None, None, None, Some(409)]);
}

/// Operations by the first letter of their text: `+` creates, `~` changes; then the name, then whom it refers to. `~1` is about the
/// resource 1, `~=a` about the one that `+a` creates.
fn entries(operations: &[&str]) -> Vec<Entry> {
    let read = operations.iter().map(|operation| {
        let (name, references) = operation.split_once(':').unwrap_or((operation, ""));
        let members: Vec<Value> = references
            .split(',')
            .filter(|name| !name.is_empty())
            .map(|name| json!({ "value": format!("bulkId:{name}") }))
            .collect();
        let (method, name) = name.split_at(1);
        match (method, name.strip_prefix('=')) {
            ("+", _) => json!({ "method": "POST", "path": "/Groups", "bulkId": name, "data": { "members": members } }),
            (_, None) => json!({ "method": "PATCH", "path": format!("/Groups/{name}"), "data": { "members": members } }),
            (_, Some(name)) => {
                json!({ "method": "PATCH", "path": format!("/Groups/bulkId:{name}"), "data": { "members": members } })
            }
        }
    });
    request(read.collect()).entries
}

fn ordered(operations: &[&str]) -> Vec<Vec<usize>> {
    order(&entries(operations)).into_iter().map(|step| step.operations).collect()
}

#[test]
fn what_refers_backward_only_is_done_in_the_order_of_the_request() {
    assert_eq!(ordered(&[]), Vec::<Vec<usize>>::new());
    assert_eq!(ordered(&["+a", "~1:a", "+b:a", "~=b", "~1", "+c:a,b", "~=c:a"]), [[0], [1], [2], [3], [4], [5], [6]]);
    assert_eq!(ordered(&["+a:unknown", "+b"]), [[0], [1]]);
}

#[test]
fn what_refers_forward_waits_and_nothing_else_does() {
    assert_eq!(ordered(&["+a:b", "+x", "+b", "+y"]), [[1], [2], [0], [3]]);
    assert_eq!(ordered(&["+a:b", "+b:c", "+c", "+d"]), [[2], [1], [0], [3]]);
    assert_eq!(ordered(&["+a:d", "+b:d", "+c:a", "+d"]), [[3], [0], [1], [2]]);
}

#[test]
fn what_comes_later_for_a_resource_waits_with_what_comes_before() {
    assert_eq!(ordered(&["~1:b", "~2", "~1", "+b", "~1"]), [[1], [3], [0], [2], [4]]);
    assert_eq!(ordered(&["~=b", "~=b", "+b"]), [[2], [0], [1]]);
}

#[test]
fn a_circle_is_done_at_once_when_all_of_it_has_come() {
    let circular = |operations: &[&str]| -> Vec<(Vec<usize>, bool)> {
        order(&entries(operations)).into_iter().map(|step| (step.operations, step.circular)).collect()
    };
    assert_eq!(circular(&["+a:b", "+x", "+b:a", "+y"]), [(vec![1], false), (vec![0, 2], true), (vec![3], false)]);
    assert_eq!(circular(&["+a:a", "~=a:a"]), [(vec![0], true), (vec![1], false)]);
    assert_eq!(
        circular(&["+z:a", "+a:b", "+b:c", "+c:a,d", "+d:e", "+e:d", "+y:z"]),
        [(vec![4, 5], true), (vec![1, 2, 3], true), (vec![0], false), (vec![6], false)]
    );
}

#[test]
fn no_chain_of_references_is_too_long() {
    let names: Vec<String> = (0..1_000).map(|n| format!("+{n}:{}", n + 1)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let order = ordered(&names);
    assert_eq!((order.len(), order.first(), order.last()), (1_000, Some(&vec![999]), Some(&vec![0])));
}

/// Something like JSON that a bulk request may be.
fn json_value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[a-e]",
        "bulkId:[a-e]?",
        "/(Users|Groups)(/(bulkId:)?[a-e1])?",
        "(POST|PUT|PATCH|DELETE|get)",
        "\\PC{0,8}",
        "\\PC{0,3}\\[value eq \"bulkId:[a-e]\\PC{0,3}",
    ];
    let leaf = prop_oneof![
        text.prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(Value::Null),
        any::<bool>().prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let name = prop_oneof![
            "method",
            "bulkId",
            "path",
            "data",
            "version",
            "\\$ref",
            "value",
            "\\PC{0,4}",
            "x\\[value eq \"bulkId:[a-e]\"\\]"
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((name, inner), 0..6).prop_map(|parts| Value::Object(parts.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_panics_and_nothing_is_lost(operations in proptest::collection::vec(json_value(), 0..8), schemas in json_value()) {
        let count = operations.len();
        drop(parsed(json!({ "schemas": schemas, "Operations": schemas, "failOnErrors": schemas })));
        let read = request(Value::Array(operations));
        prop_assert_eq!(read.entries.len(), count);
        let done: Vec<usize> = order(&read.entries).into_iter().flat_map(|step| step.operations).collect();
        prop_assert_eq!(done.iter().copied().collect::<BTreeSet<_>>(), (0..count).collect::<BTreeSet<_>>());
        prop_assert_eq!(done.len(), count);
        for entry in read.entries {
            let Ok(mut action) = entry.action else { continue };
            prop_assert_eq!(action.replace_references(|_| Err(())).is_err(), !entry.references.is_empty());
            let mut action = action.clone();
            prop_assert_eq!(action.replace_references(|bulk_id| Ok::<_, ()>(format!("id of {bulk_id}"))), Ok(()));
        }
    }

    #[test]
    fn references_are_replaced_whole(data in json_value()) {
        let found = reference::find(&data);
        let mut replaced = data.clone();
        let mut asked = BTreeSet::new();
        let result = reference::replace(&mut replaced, &mut |bulk_id| {
            asked.insert(bulk_id.to_owned());
            Ok::<_, ()>("01".to_owned())
        });
        prop_assert_eq!(result, Ok(()));
        prop_assert_eq!(&asked, &found);
        prop_assert!(reference::find(&replaced).is_empty());
        prop_assert_eq!(found.is_empty(), replaced == data);
    }

    /// Whoever is referred to is done before, or in the same step, and whatever refers to nothing later keeps its place.
    #[test]
    fn the_order_is_one_in_which_everything_is_there(
        graph in proptest::collection::vec((any::<bool>(), 0..4_usize, proptest::collection::vec(0..12_usize, 0..3)), 0..12)
    ) {
        let operations: Vec<String> = graph.iter().enumerate().map(|(place, (creates, about, references))| {
            let references: Vec<String> = references.iter().map(ToString::to_string).collect();
            if *creates { format!("+{place}:{}", references.join(",")) } else { format!("~r{about}:{}", references.join(",")) }
        }).collect();
        let operations: Vec<&str> = operations.iter().map(String::as_str).collect();
        let (entries, steps) = (entries(&operations), ordered(&operations));
        let step_of: HashMap<usize, usize> =
            steps.iter().enumerate().flat_map(|(step, members)| members.iter().map(move |member| (*member, step))).collect();
        for (place, entry) in entries.iter().enumerate() {
            for reference in &entry.references {
                let needed: usize = reference.parse().unwrap();
                if graph.get(needed).is_some_and(|(creates, ..)| *creates) {
                    prop_assert!(step_of[&needed] <= step_of[&place]);
                }
            }
            for (earlier, other) in entries.iter().enumerate().take(place) {
                if entry.target.is_some() && entry.target == other.target {
                    prop_assert!(step_of[&earlier] < step_of[&place]);
                }
            }
        }
        let refers_forward = entries.iter().enumerate().any(|(place, entry)| {
            entry.references.iter().any(|name| graph.get(name.parse::<usize>().unwrap()).is_some_and(|(creates, ..)| *creates)
                && name.parse::<usize>().unwrap() >= place)
        });
        if !refers_forward {
            prop_assert_eq!(steps, (0..entries.len()).map(|place| vec![place]).collect::<Vec<_>>());
        }
    }
}
