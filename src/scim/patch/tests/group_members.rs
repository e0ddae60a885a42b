//! The members of a group.

use serde_json::{Value, json};

use super::*;

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
            vec![Add(vec![MemberRef { value: "g".into(), kind: Some(ResourceType::Group) }])],
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
        let found =
            if shown.contains("displayName") { split(operations).map(|(_, members)| members) } else { members(operations) };
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
    let (rest, members) =
        split(json!([{"op": "replace", "value": {"members": [{"value": "a"}], "displayName": "Band"}}])).unwrap();
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
    let found = self::members(Value::from(singles)).unwrap();
    let [MemberChange::Add(members)] = found.as_slice() else { panic!("{} changes", found.len()) };
    assert_eq!(members.len(), 10_000);
}

#[test]
fn changes_of_one_kind_that_follow_each_other_are_one() {
    use MemberChange::{Add, Remove, RemoveAll, Replace};
    let add = |id: &str| json!({"op": "add", "path": "members", "value": [{"value": id}]});
    let remove = |id: &str| json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")});
    let rename = json!({"op": "replace", "path": "externalId", "value": "x"});
    let replace = |id: &str| json!({"op": "replace", "path": "members", "value": [{"value": id}]});
    let all = json!({"op": "remove", "path": "members"});
    let (_, found) = split(json!([
        add("a"),
        rename,
        add("b"),
        remove("a"),
        remove("c"),
        add("d"),
        all,
        all,
        replace("e"),
        replace("f"),
        add("g"),
    ]))
    .unwrap();
    let expected = [
        Add(refs(&["a", "b"])),
        Remove(ids(&["a", "c"])),
        Add(refs(&["d"])),
        RemoveAll,
        Replace(refs(&["e"])),
        Replace(refs(&["f"])),
        Add(refs(&["g"])),
    ];
    assert_eq!(found, expected);
}

#[test]
fn changes_of_members_are_bounded() {
    let add = json!({"op": "add", "path": "members", "value": [{"value": "a"}]});
    let remove = json!({"op": "remove", "path": "members[value eq \"a\"]"});
    let taking_turns = |n: usize| (0..n).map(|n| if n % 2 == 0 { add.clone() } else { remove.clone() }).collect::<Value>();
    assert_eq!(members(taking_turns(1_000)).map(|changes| changes.len()), Ok(1_000));
    assert_eq!(members(taking_turns(1_001)).map_err(|error| error.status), Err(413));
    let asking = |n: usize| Value::from(vec![json!({"op": "remove", "path": "members[value sw \"a\" or type pr]"}); n]);
    assert_eq!(members(asking(100)).map(|changes| changes.len()), Ok(100));
    assert_eq!(members(asking(101)).map_err(|error| error.status), Err(413));
}
